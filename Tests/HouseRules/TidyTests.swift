// Small rules that keep a file readable, and calls that have something better.

import Support
import Testing

enum Tidy {
    struct Ban: Sendable {
        let pattern: String
        /// Part of every match, to leave most files alone quickly.
        let hint: String
        /// What to write instead.
        let instead: String
        /// A reason on the same or the previous line makes it good.
        var orReason = false
        let applies: @Sendable (SourceFile) -> Bool
    }

    static let bans: [Ban] = [
        Ban(
            pattern: #"(^|[^.\w])(print|debugPrint)\("#, hint: "rint(",
            instead: "return the text; only the command line prints"
        ) { product($0) && !$0.isUnder("Sources/aura") },
        Ban(pattern: #"\bDate\(\)"#, hint: "Date()", instead: "take a Clock", applies: product),
        Ban(
            pattern: #"[\w\)\]]!([^=\w]|$)"#, hint: "!",
            instead: "guard let, as? or throw on, or prove it in a comment", orReason: true,
            applies: product),
        Ban(
            pattern: #"\bfatalError\("#, hint: "fatalError(",
            instead: "throw a Failure, or prove it in a comment", orReason: true,
            applies: product),
        Ban(
            pattern: #"@unchecked Sendable"#, hint: "@unchecked",
            instead: "use a Mutex, or prove it in a comment", orReason: true, applies: product),
        Ban(
            pattern: #"nonisolated\(unsafe\)"#, hint: "(unsafe)",
            instead: "use a Mutex, or prove it in a comment", orReason: true, applies: product),
        Ban(
            pattern: #"\btry\?"#, hint: "try?",
            instead: "say beside it why the error does not matter", orReason: true,
            applies: product),
        Ban(
            pattern: #"\b(Task|Thread)\.sleep|\b(u|nano)?sleep\("#, hint: "sleep",
            instead: "await the condition instead of some time"
        ) { $0.isUnder("Tests") && !$0.isUnder("Tests/Benchmarks") && $0.isSwift },
    ]

    private static let product: @Sendable (SourceFile) -> Bool = {
        $0.isUnder("Sources", "Checks") && $0.isSwift
    }

    static func callBreaches(in file: SourceFile) throws -> [Breach] {
        let rules = try bans.filter { ban in
            ban.applies(file) && file.text.utf8.firstRange(of: ban.hint.utf8) != nil
        }.map { ($0, try Regex($0.pattern)) }
        guard !rules.isEmpty else { return [] }
        let commented = SwiftText.withoutStrings(file.text)
            .split(separator: "\n", omittingEmptySubsequences: false)
        return file.codeLines.enumerated().flatMap { index, line in
            rules.compactMap { ban, regex in
                guard line.contains(ban.hint), line.contains(regex) else { return nil }
                if ban.orReason, hasReason(commented, at: index) { return nil }
                return Breach(file.path, index + 1, ban.instead)
            }
        }
    }

    /// A comment on the line, or a line before it that is one.
    private static func hasReason(_ lines: [Substring], at index: Int) -> Bool {
        if lines[index].contains("//") { return true }
        return index > 0 && lines[index - 1].drop(while: \.isWhitespace).hasPrefix("//")
    }

    static func catchBreaches(in file: SourceFile) throws -> [Breach] {
        guard file.isSwift, file.isUnder("Sources", "Checks") else { return [] }
        let empty = try Regex(#"\bcatch\b[^\n{]*\{\s*\}"#)
        return file.text.ranges(of: empty).map { range in
            let line = file.text[..<range.lowerBound].count { $0 == "\n" } + 1
            return Breach(file.path, line, "handle the error, or say why it does not matter")
        }
    }

    static let lineCountMax = 400
    /// Written in two halves, so that this file does not break its own rule.
    private static let leftovers = ["TO" + "DO", "FIX" + "ME", "XX" + "X:"]

    static func fileBreaches(in file: SourceFile) -> [Breach] {
        var breaches: [Breach] = []
        if file.isSwift, file.name != "Package.swift" {
            if !file.text.hasPrefix("//") || file.text.hasPrefix("///") {
                breaches.append(Breach(file.path, 1, "say in a head comment what and why"))
            }
            let count = file.lines.count - (file.text.hasSuffix("\n") ? 1 : 0)
            if count > lineCountMax {
                breaches.append(Breach(file.path, "\(count) lines: split it by idea"))
            }
        }
        for (index, line) in file.lines.enumerated() where leftovers.contains(where: line.contains)
        {
            breaches.append(Breach(file.path, index + 1, "do it, or open an issue"))
        }
        return breaches
    }

    /// Places of the machine on which this is built. Absolute paths of a checkout or of its
    /// surroundings work on no other one.
    static func pathBreaches(in file: SourceFile, places: [String]) -> [Breach] {
        file.lines.enumerated().compactMap { index, line in
            places.first { line.contains($0) }.map {
                Breach(file.path, index + 1, "\($0) is a place on one machine")
            }
        }
    }

    /// The checkout and what lies beside it; `/tmp` and the top of the file system are everybody's.
    static func places(around root: String) -> [String] {
        let parent = PathName.parent(of: root)
        return parent == "/" || parent == "/tmp" ? [root + "/"] : [root + "/", parent + "/"]
    }
}

@Suite struct TidyTests {
    @Test func bannedCallsAreNotMade() throws {
        let breaches = try Repository.files().flatMap { try Tidy.callBreaches(in: $0) }
        #expect(breaches.isEmpty, "\(breaches.listing)")
    }

    @Test func noErrorIsSwallowed() throws {
        let breaches = try Repository.files().flatMap { try Tidy.catchBreaches(in: $0) }
        #expect(breaches.isEmpty, "\(breaches.listing)")
    }

    @Test func filesHaveAHeadAnEndAndNoLeftovers() throws {
        let breaches = try Repository.files().flatMap(Tidy.fileBreaches)
        #expect(breaches.isEmpty, "\(breaches.listing)")
    }

    @Test func noFileNamesAPlaceOnThisMachine() throws {
        let places = Tidy.places(around: Repository.root)
        let breaches = try Repository.files().flatMap { Tidy.pathBreaches(in: $0, places: places) }
        #expect(breaches.isEmpty, "\(breaches.listing)")
    }

    @Test func theTopLevelHoldsWhatBelongsThere() throws {
        let allowed: Set<String> = [
            "Package.swift", "README.md", "Sources", "Tests", "Checks", "Runbooks", ".ci",
            ".gitignore", ".swift-format",
        ]
        let strangers = try Repository.topLevel().filter { !allowed.contains($0) }
        #expect(strangers.isEmpty, "move these into a folder: \(strangers)")
    }

    @Test(arguments: [
        ("Sources/LiveSync/A.swift", "print(1)", 1), ("Sources/aura/A.swift", "print(1)", 0),
        ("Checks/WAL/A.swift", "    print(1)", 1), ("Checks/WAL/A.swift", "x.print(1)", 0),
        ("Sources/LiveSync/A.swift", "blueprint(1)", 0),
        ("Sources/LiveSync/A.swift", "let now = Date()", 1),
        ("Sources/LiveSync/A.swift", "let a = \"Date()\" // Date()", 0),
        ("Sources/LiveSync/A.swift", "try! f()", 1),
        ("Sources/LiveSync/A.swift", "try! f()  // a literal that parses", 0),
        ("Sources/LiveSync/A.swift", "let a = b as! C", 1),
        ("Sources/LiveSync/A.swift", "fatalError(\"// no reason\")", 1),
        ("Sources/LiveSync/A.swift", "a.b!.c", 1), ("Sources/LiveSync/A.swift", "f()!", 1),
        ("Sources/LiveSync/A.swift", "if a != b, !c { d[0] != e }", 0),
        ("Sources/LiveSync/A.swift", "class A: @unchecked Sendable {}", 1),
        ("Sources/LiveSync/A.swift", "// Locked.\nclass A: @unchecked Sendable {}", 0),
        ("Sources/LiveSync/A.swift", "nonisolated(unsafe) var a = 1", 1),
        ("Sources/LiveSync/A.swift", "try? f()", 1),
        ("Sources/LiveSync/A.swift", "// Absence is an answer.\ntry? f()", 0),
        ("Sources/LiveSync/A.swift", "let s = \"\\(\"x\") try? //\"\ntry? f()", 1),
        ("Tests/ATests/A.swift", "try await Task.sleep(for: .seconds(1))", 1),
        ("Tests/ATests/A.swift", "usleep(1); Thread.sleep(forTimeInterval: 1)", 1),
        ("Tests/ATests/A.swift", "let a = \"usleep(1)\"; asleep(); print(try! f())", 0),
    ])
    func eachBanIsHeld(path: String, text: String, count: Int) throws {
        let breaches = try Tidy.callBreaches(in: SourceFile(path: path, text: text))
        #expect(breaches.count == count, "\(breaches.listing)")
    }

    @Test func emptyCatchesAreSeen() throws {
        func count(_ text: String) throws -> Int {
            try Tidy.catchBreaches(in: SourceFile(path: "Sources/LiveSync/A.swift", text: text))
                .count
        }
        #expect(try count("do { try f() } catch {}") == 1)
        #expect(try count("do { try f() } catch let e as E {\n\n}") == 1)
        #expect(try count("do { try f() } catch { // gone is what was wanted\n}") == 0)
        #expect(try count("do { try f() } catch { g() }") == 0)
    }

    @Test func headlessLongAndUnfinishedFilesAreSeen() {
        func count(_ text: String) -> Int {
            Tidy.fileBreaches(in: SourceFile(path: "Sources/LiveSync/A.swift", text: text)).count
        }
        let long = "// Head.\n" + String(repeating: "a\n", count: 400)
        #expect(count("// Head.\n") == 0)
        #expect(count("import A\n") == 1)
        #expect(count("/// A type.\nstruct A {}\n") == 1)
        #expect(count(long) == 1)
        #expect(count(String(long.dropLast(2))) == 0)
        #expect(count("// Head.\n// TO" + "DO\n") == 1)
    }

    @Test func placesOfThisMachineAreSeen() {
        let file = SourceFile(path: "README.md", text: "see\n/home/mia/aura/Sources\n/home/mia/x")
        let places = Tidy.places(around: "/home/mia/aura")

        #expect(Tidy.pathBreaches(in: file, places: places).map(\.line) == [2, 3])
        #expect(Tidy.places(around: "/aura") == ["/aura/"])
        #expect(Tidy.places(around: "/tmp/aura") == ["/tmp/aura/"])
    }

    @Test(arguments: [
        (#"a "b" c"#, "a     c"), (#"a "\"" c"#, "a      c"),
        ("a /* b /* c */ d */ e", "a                   e"),
        (##"a #"b"c"# d"##, "a         d"), ("a // b\nc", "a     \nc"),
        (#"a "\(f("x"))" c"#, "a             c"),
        ("a \"\"\"\n b \"c\"\n \"\"\" d", "a    \n      \n     d"),
    ])
    func codeIsWhatIsNeitherCommentNorText(text: String, expected: String) {
        #expect(SwiftText.code(of: text) == expected)
    }
}
