// The floors: an import points down, the lower floors know no word of the upper ones, and no
// check knows another.
//
// SwiftPM alone does not hold this: a target may import whatever some other target happened to
// build. A new target needs its line in the table below.

import Support
import Testing

enum Floors {
    /// Lowest first. Modules of one row do not import each other.
    static let rows: [[String]] = [
        ["CLinux", "CHardware", "CTreeSitter", "CArchive", "CISAL"],
        ["Support"],
        [
            "Diagnostics", "Redaction", "WriteAheadLog", "SourceAnalysis", "LiveProtocol",
            "Runbooks",
        ],
        ["LiveSync", "Mothership"],
        ["Checks", "IssueBundle"],
        ["Drills"],
        ["aura"],
    ]

    /// Modules that must stay usable without any of these; they are products of their own.
    static let light = ["Diagnostics", "Redaction", "WriteAheadLog", "Support"]
    static let heavy = [
        "NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket", "NIOSSL", "GRDB", "TOMLKit", "JWTKit",
        "ArgumentParser",
    ]

    /// Modules whose sources do not know that anybody examines them.
    static let unaware = [
        "Support", "CLinux", "CHardware", "CTreeSitter", "WriteAheadLog", "SourceAnalysis",
        "LiveProtocol", "LiveSync", "Mothership", "Redaction",
    ]
    static let unknownWords: Set<String> = ["finding", "remedy", "doctor"]

    static func level(of module: String) -> Int? { rows.firstIndex { $0.contains(module) } }

    /// The module a file belongs to.
    static func module(of file: SourceFile) -> String? {
        let parts = file.path.split(separator: "/").map(String.init)
        switch parts.first {
        case "Sources" where parts.count > 2: return parts[1]
        case "Checks", "Runbooks": return parts[0]
        default: return nil
        }
    }

    /// `import X`, with any attribute, access level or kind before or after the word.
    static func imports(in file: SourceFile) -> [(line: Int, module: String)] {
        file.codeLines.enumerated().compactMap { index, line in
            let words = line.split(whereSeparator: \.isWhitespace)
            let allowed: Set<Substring> = [
                "public", "package", "internal", "fileprivate", "private",
            ]
            guard let at = words.firstIndex(of: "import"),
                words[..<at].allSatisfy({ $0.hasPrefix("@") || allowed.contains($0) })
            else { return nil }
            let kinds: Set<Substring> = [
                "struct", "class", "enum", "protocol", "func", "var", "let", "typealias",
            ]
            let name = words[(at + 1)...].first { !kinds.contains($0) }
            return name.map { (index + 1, String($0.prefix { $0 != "." && $0 != ";" })) }
        }
    }

    static func importBreaches(in files: [SourceFile]) -> [Breach] {
        files.filter(\.isSwift).flatMap { file -> [Breach] in
            guard let module = module(of: file) else { return [] }
            guard let own = level(of: module) else {
                return [Breach(file.path, "give module \(module) a floor in \(#fileID)")]
            }
            return imports(in: file).compactMap { line, imported in
                if light.contains(module), heavy.contains(imported) {
                    return Breach(file.path, line, "\(module) must stay free of \(imported)")
                }
                guard let other = level(of: imported), other >= own else { return nil }
                return Breach(
                    file.path, line,
                    "\(module) may not import \(imported): move what is needed down")
            }
        }
    }

    static func wordBreaches(in files: [SourceFile]) -> [Breach] {
        files.filter { module(of: $0).map(unaware.contains) ?? false }.flatMap { file in
            file.lines.enumerated().compactMap { index, line in
                // The name of a table of the settings file is a format, not knowledge.
                let told = line.lowercased().replacing("\"doctor.thresholds\"", with: "")
                let words = told.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
                let known = words.first { unknownWords.contains(String($0)) }
                return known.map {
                    Breach(file.path, index + 1, "say it without the word \"\($0)\"")
                }
            }
        }
    }

    /// Files under `Checks/A` that name a type declared at the top level of `Checks/B`.
    static func neighbourBreaches(in files: [SourceFile]) -> [Breach] {
        let checks = files.filter { $0.isUnder("Checks") && $0.isSwift && bucket(of: $0) != nil }
        var owner: [String: String] = [:]
        for file in checks {
            for type in declaredTypes(in: file) { owner[type] = bucket(of: file) }
        }
        return checks.flatMap { file in
            file.codeLines.enumerated().flatMap { index, line in
                let words = Set(line.split { !$0.isLetter && !$0.isNumber && $0 != "_" })
                return words.sorted().compactMap { word -> Breach? in
                    guard let other = owner[String(word)], other != bucket(of: file) else {
                        return nil
                    }
                    return Breach(
                        file.path, index + 1,
                        "\(word) belongs to Checks/\(other): move what both need to a lower floor")
                }
            }
        }
    }

    /// The folder below `Checks`; nil for a file that lies directly in it.
    static func bucket(of file: SourceFile) -> String? {
        let parts = file.path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : nil
    }

    /// Types declared in the first column, apart from those no other file can see.
    private static func declaredTypes(in file: SourceFile) -> [String] {
        let kinds: Set<Substring> = ["struct", "enum", "class", "actor", "protocol", "typealias"]
        return file.codeLines.compactMap { line in
            guard line.first?.isLetter == true || line.first == "@" else { return nil }
            let words = line.split { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "@" }
            guard let at = words.firstIndex(where: kinds.contains), at + 1 < words.count,
                !words[..<at].contains("private"), !words[..<at].contains("fileprivate")
            else { return nil }
            return String(words[at + 1])
        }
    }
}

@Suite struct FloorsTests {
    @Test func importsPointDown() throws {
        let breaches = Floors.importBreaches(in: try Repository.files())
        #expect(breaches.isEmpty, "\(breaches.listing)")
    }

    @Test func theExaminedKnowsNothingOfTheExaminer() throws {
        let breaches = Floors.wordBreaches(in: try Repository.files())
        #expect(breaches.isEmpty, "\(breaches.listing)")
    }

    @Test func noCheckNamesATypeOfAnother() throws {
        let breaches = Floors.neighbourBreaches(in: try Repository.files())
        #expect(breaches.isEmpty, "\(breaches.listing)")
    }

    @Test func everyTargetHasAFloor() throws {
        let targets = try FileAccess.names(in: "\(Repository.root)/Sources")
            .filter { FileAccess.isFolder("\(Repository.root)/Sources/\($0)") }
        for target in targets {
            #expect(Floors.level(of: target) != nil, "give \(target) a floor in \(#fileID)")
        }
    }

    @Test(arguments: [
        ("Sources/Support/A.swift", "import Diagnostics", 1),
        ("Sources/Diagnostics/A.swift", "public import LiveSync", 1),
        ("Sources/LiveSync/A.swift", "@testable import Mothership", 1),
        ("Sources/WriteAheadLog/A.swift", "import struct SourceAnalysis.Unit", 1),
        ("Sources/Diagnostics/A.swift", "private import GRDB", 1),
        ("Sources/New/A.swift", "import Support", 1),
        ("Checks/WAL/A.swift", "import Drills", 1),
        ("Checks/WAL/A.swift", "import LiveSync\nimport Foundation", 0),
        ("Sources/Support/A.swift", "// import Diagnostics\nlet a = \"import Drills\"", 0),
        ("Tests/SupportTests/A.swift", "import Diagnostics", 0),
    ])
    func anImportThatPointsUpIsSeen(path: String, text: String, count: Int) {
        let breaches = Floors.importBreaches(in: [SourceFile(path: path, text: text)])
        #expect(breaches.count == count, "\(breaches.listing)")
    }

    @Test func aWordOfTheUpperFloorsIsSeen() {
        func count(_ path: String, _ text: String) -> Int {
            Floors.wordBreaches(in: [SourceFile(path: path, text: text)]).count
        }
        #expect(count("Sources/LiveSync/A.swift", "// Tells the Doctor.") == 1)
        #expect(count("Sources/CHardware/a.c", "int x; /* finding */") == 1)
        #expect(count("Sources/LiveSync/A.swift", "// Pathfinding, indoctoring, findings") == 0)
        #expect(count("Sources/Diagnostics/A.swift", "// A finding.") == 0)
    }

    @Test func aTypeOfANeighbourIsSeen() {
        let wal = SourceFile(
            path: "Checks/WAL/A.swift",
            text: "public struct WALCheck {\n    struct Snapshot {}\n}\nprivate enum Own {}")
        let rooms = SourceFile(
            path: "Checks/Rooms/A.swift",
            text: "struct RoomsCheck {\n    let Snapshot = 1, Own = 2 // WALCheck\n}\nWALCheck()")
        let registry = SourceFile(path: "Checks/Registry.swift", text: "[WALCheck(), RoomsCheck()]")

        let breaches = Floors.neighbourBreaches(in: [wal, rooms, registry])

        #expect(breaches.map(\.line) == [4], "\(breaches.listing)")
    }
}
