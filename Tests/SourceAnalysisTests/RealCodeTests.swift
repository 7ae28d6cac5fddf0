// Real code of other people in every language: every byte has one owner, units splice back, and the
// functions are those that ctags sees. `.ci/real-code` brings the code; a language without it is
// left out, and a test that is skipped names it.

import Foundation
import Support
import Testing

@testable import SourceAnalysis

/// Where a language's real code is, and how well ctags agreed when this was written.
struct RealCode: CustomTestStringConvertible, Sendable {
    let language: String
    /// Folders below `.build-deps/real-code`, or absolute ones.
    let places: [String]
    /// ctags' name of the language and the letters of its kinds of functions; nil without a judge.
    var judge: (language: String, kinds: String)?
    /// Least share of ctags' functions that are units here, in percent; see `.ci/real-code`.
    var agreementMin = 0
    /// Most files with parse errors, in percent.
    var brokenMax = 5

    var testDescription: String { language }

    /// One row a language.
    static let all: [RealCode] = [
        RealCode(
            language: "go", places: ["golang-golang-x-net", "golang-github-spf13-cobra"],
            judge: ("Go", "f"), agreementMin: 99),
        RealCode(language: "java", places: ["jpype1"], judge: ("Java", "m"), agreementMin: 99),
        RealCode(
            language: "rust",
            places: ["librust-tokio-dev", "librust-regex-dev", "librust-clap-dev"],
            judge: ("Rust", "fP"), agreementMin: 99),
        RealCode(
            language: "php", places: ["php-monolog"], judge: ("PHP", "f"), agreementMin: 99),
        RealCode(
            language: "ruby", places: ["ruby-sinatra", "ruby-rack"], judge: ("Ruby", "fS"),
            agreementMin: 97),
        RealCode(language: "lua", places: ["lua-penlight"], judge: ("Lua", "f"), agreementMin: 85),
        RealCode(
            language: "javascript", places: ["node-express"], judge: ("JavaScript", "fmg"),
            agreementMin: 50),
        RealCode(
            language: "typescript", places: ["node-typescript"], judge: ("TypeScript", "fm"),
            agreementMin: 97),
        // The markup grammar reads plain TypeScript too; code with markup is in no archive here.
        RealCode(language: "tsx", places: ["node-typescript"]),
        RealCode(
            language: "kotlin", places: ["kotlinx-coroutines"], judge: ("Kotlin", "m"),
            agreementMin: 92),
        // Macros that stand for keywords break both grammars; broken units are held back.
        RealCode(
            language: "c", places: ["zlib"], judge: ("C", "f"), agreementMin: 75, brokenMax: 90),
        RealCode(
            language: "cpp", places: ["fmtlib"], judge: ("C++", "f"), agreementMin: 80,
            brokenMax: 60),
        RealCode(
            language: "bash", places: ["bash-completion"], judge: ("Sh", "f"), agreementMin: 95,
            brokenMax: 10),
        RealCode(language: "c_sharp", places: ["nunit"], judge: ("C#", "m"), agreementMin: 96),
    ]

    /// Languages whose code was not fetched.
    static var absent: [String] { all.filter(\.folders.isEmpty).map(\.language) }

    static var root: String {
        let file = PathName.resolved(#filePath) ?? #filePath
        return PathName.parent(of: PathName.parent(of: PathName.parent(of: file)))
            + "/.build-deps/real-code"
    }

    var folders: [String] {
        places.map { $0.hasPrefix("/") ? $0 : "\(Self.root)/\($0)" }.filter(FileAccess.exists)
    }
}

@Suite struct RealCodeTests {
    /// Files of a language unless `AURA_FULL=1` asks for all of them.
    private static let sampleCount = 60
    private static let seed: UInt64 = 20_261_122

    /// What a language's files came to.
    private struct Tally {
        var files = 0
        var bytes = 0
        var units = 0
        var broken = 0
        var expected = 0
        var found = 0
        var missing: [String] = []
    }

    /// Skipped, by name, while the code of some language is not here.
    @Test(
        .enabled(
            if: RealCode.absent.isEmpty,
            "not run: \(RealCode.absent.joined(separator: " ")); fetch with .ci/real-code"))
    func everyLanguageHasItsRealCode() {
        #expect(RealCode.all.count { !$0.folders.isEmpty } == RealCode.all.count)
    }

    @Test(arguments: RealCode.all.filter { !$0.folders.isEmpty })
    func everyByteHasOneOwnerAndFunctionsAreThoseCtagsSees(code: RealCode) throws {
        let language = try #require(Language.named(code.language))
        let paths = sample(of: code.folders.flatMap { files(of: language, under: $0) })
        let tags = try judged(code, paths)
        var tally = Tally()
        for path in paths { try add(path, as: language, tags[path] ?? [], to: &tally) }
        let share = tally.expected == 0 ? 100 : 100 * tally.found / tally.expected
        note(
            "real code: \(code.language), seed \(Self.seed), \(tally.files) files, "
                + "\(tally.bytes) bytes, \(tally.units) units, \(tally.broken) with errors, "
                + "ctags \(tally.found)/\(tally.expected)")
        if ProcessInfo.processInfo.environment["AURA_MISSING"] == "1" {
            for name in tally.missing.prefix(60) { note("  missing \(name)") }
        }
        #expect(share >= code.agreementMin, "\(tally.missing.prefix(20))")
        #expect(tally.broken * 100 <= code.brokenMax * tally.files)
        #expect(tally.units > tally.files)
    }

    private func add(
        _ path: String, as language: Language, _ tags: [(name: String, line: Int)],
        to tally: inout Tally
    ) throws {
        let bytes = try FileAccess.read(path)
        let file = try Sample.analyzer.analyze(bytes, path: path, language: language)
        expectEveryByteOwnedOnce(file, bytes, path)
        #expect(
            file.pieces().flatMap { bytes[$0.range] }[...] == bytes[EncodingMark.end(in: bytes)...],
            "\(path)")
        tally.files += 1
        tally.bytes += bytes.count
        tally.units += file.units.count
        tally.broken += file.hasErrors ? 1 : 0
        let functions = file.units.filter { $0.kind == .function || $0.kind == .method }
        for tag in tags {
            // A function within another one belongs to it and is no unit.
            let isFound = functions.contains {
                $0.name == tag.name && ($0.startLine...$0.endLine).contains(tag.line)
            }
            let isInner = functions.contains { $0.startLine < tag.line && tag.line <= $0.endLine }
            if !isFound && isInner { continue }
            tally.expected += 1
            tally.found += isFound ? 1 : 0
            if !isFound { tally.missing.append("\(path):\(tag.line) \(tag.name)") }
        }
    }

    /// ctags' functions by file.
    private func judged(
        _ code: RealCode, _ paths: [String]
    ) throws -> [String: [(name: String, line: Int)]] {
        let tool = ["/usr/bin/ctags", "/usr/local/bin/ctags"].first(where: FileAccess.exists)
        guard let judge = code.judge, let tool else { return [:] }
        let list = FileManager.default.temporaryDirectory
            .appendingPathComponent("aura-files-\(UUID().uuidString)")
        try paths.joined(separator: "\n").write(to: list, atomically: false, encoding: .utf8)
        defer {
            do { try FileManager.default.removeItem(at: list) } catch { Issue.record(error) }
        }
        var process = ChildProcess(
            tool,
            [
                "-x", "--_xformat=%{name}\t%n\t%F", "--language-force=\(judge.language)",
                "--kinds-\(judge.language)=\(judge.kinds)", "-L", list.path,
            ], environment: ProcessInfo.processInfo.environment)
        process.deadline = .seconds(300)
        let result = try process.run()
        #expect(result.status == 0)
        let text = String(decoding: result.output, as: UTF8.self)
        var tags: [String: [(name: String, line: Int)]] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "\t")
            // ctags makes names up for functions without one.
            guard parts.count == 3, let number = Int(parts[1]), !parts[0].hasPrefix("Anonymous"),
                !parts[0].hasPrefix("<")
            else { continue }
            // `A:m` and `I.Add` name the owner too.
            let isOperator = parts[0].hasPrefix("operator ")
            let name = parts[0].split(whereSeparator: { ".:".contains($0) }).last
            tags[String(parts[2]), default: []].append(
                (String(isOperator ? parts[0] : name ?? parts[0]), number))
        }
        return tags
    }

    /// Files by extension; without one, the first line of a bash script.
    private func files(of language: Language, under folder: String) -> [String] {
        let plain = language.name == "tsx" ? ["ts"] : language.extensions
        guard let walk = FileManager.default.enumerator(atPath: folder) else { return [] }
        return walk.compactMap { $0 as? String }.filter { path in
            plain.contains(PathName.fileExtension(of: path).lowercased())
                || language.name == "bash" && path.contains("/completions/")
                    && PathName.fileExtension(of: path).isEmpty
        }.map { "\(folder)/\($0)" }.filter(isFile).sorted()
    }

    private func isFile(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            && !isFolder.boolValue
    }

    private func sample(of paths: [String]) -> [String] {
        if ProcessInfo.processInfo.environment["AURA_FULL"] == "1" { return paths }
        var generator = SeededGenerator(seed: Self.seed)
        return Array(paths.shuffled(using: &generator).prefix(Self.sampleCount))
    }

    /// Numbers a reader of the log wants to see, on the error stream.
    private func note(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
