// Whole trees of real code: every byte owned, and the same functions as other tools see.

import Foundation
import Support
import Testing

@testable import SourceAnalysis

@Suite struct RealTreeTests {
    /// Files taken from a tree unless `AURA_FULL=1` asks for all of them.
    private static let sampleCount = 100
    private static let seed: UInt64 = 20_261_121

    private struct Definition: Decodable, Hashable {
        let name: String
        let start: Int
        let end: Int
    }

    private struct Listing: Decodable {
        let path: String
        let functions: [Definition]
    }

    /// Functions of modules and classes, as Python itself parses them. Those within `if`, `try` or
    /// another function belong to that statement and are no units.
    private static let script = """
        import ast, json, sys
        def functions(node, prefix):
            for child in node.body:
                if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    first = min([child.lineno] + [d.lineno for d in child.decorator_list])
                    yield dict(name="::".join(prefix + [child.name]), start=first, end=child.end_lineno)
                elif isinstance(child, ast.ClassDef):
                    yield from functions(child, prefix + [child.name])
        for line in sys.stdin:
            path = line.rstrip("\\n")
            try:
                with open(path, "rb") as f: tree = ast.parse(f.read())
            except (SyntaxError, ValueError): continue
            json.dump(dict(path=path, functions=list(functions(tree, []))), sys.stdout)
            sys.stdout.write("\\n")
        """

    @Test func pythonsLibraryHasTheFunctionsThatPythonSees() throws {
        let folder = try run(
            "python3",
            ["-c", "import sys, sysconfig; sys.stdout.write(sysconfig.get_paths()['stdlib'])"],
            input: ""
        )
        let library = try #require(folder.split(separator: "\n").first.map(String.init))
        var paths = sourceFiles(under: library, ending: "py")
        try #require(paths.count > 200, "no Python library in \(library)")
        paths = sample(of: paths)
        let output = try run(
            "python3", ["-W", "ignore", "-c", Self.script], input: paths.joined(separator: "\n"))

        var (expected, found, bytes) = (0, 0, 0)
        var missing: [String] = []
        for line in output.split(separator: "\n") {
            let listing = try JSONText.decode(Listing.self, from: String(line))
            let sample = try Sample(bytes: FileAccess.read(listing.path), listing.path)
            bytes += sample.bytes.count
            let seen = Set(
                sample.file.units.filter { $0.kind == .function || $0.kind == .method }.map {
                    Definition(
                        name: UnitName.parts(of: $0.qualifiedName).dropFirst()
                            .joined(separator: "::"),
                        start: $0.startLine, end: $0.endLine)
                })
            expected += listing.functions.count
            for function in listing.functions {
                if seen.contains(function) {
                    found += 1
                } else {
                    missing.append("\(listing.path):\(function.start) \(function.name)")
                }
            }
        }
        note(
            "python: seed \(Self.seed), \(paths.count) files, \(bytes) bytes, \(found)/\(expected)")
        #expect(expected > 500)
        #expect(
            Double(found) >= 0.99 * Double(expected),
            "\(found) of \(expected); \(missing.prefix(20))")
    }

    @Test func thisRepositorysSwiftHasTheFunctionsThatItsLinesDeclare() throws {
        let file = try #require(PathName.resolved(#filePath))
        let root = PathName.parent(of: PathName.parent(of: PathName.parent(of: file)))
        var paths = ["Sources", "Checks", "Tests"].flatMap {
            sourceFiles(under: "\(root)/\($0)", ending: "swift")
        }
        try #require(paths.count > 20, "no Swift files under \(root)")
        paths = sample(of: paths)
        var functions = 0
        var broken: [String] = []
        for path in paths where FileAccess.exists(path) {
            let sample = try Sample(bytes: FileAccess.read(path), path)
            functions += sample.file.units.count { $0.kind == .function || $0.kind == .method }
            if sample.file.hasErrors { broken.append(path) }
            expectFunctionsOfLines(sample, path)
        }
        note(
            "swift: seed \(Self.seed), \(paths.count) files, \(functions) functions, \(broken.count) with errors"
        )
        // The grammar is behind the compiler in places; a file with errors still syncs in part.
        #expect(broken.count * 10 <= paths.count, "\(broken)")
    }

    /// Lines that declare a function at a type's or the file's level, found without a parser.
    private func expectFunctionsOfLines(_ sample: Sample, _ path: String) {
        guard !sample.file.hasErrors else { return }
        let starts = Set(sample.file.units.map { sample.text($0.declaration) }.flatMap(names))
        var isInText = false
        for line in sample.text(0..<sample.bytes.count).split(separator: "\n") {
            if line.contains("\"\"\"") { isInText.toggle() }
            guard !isInText, let name = declaredFunction(in: line) else { continue }
            #expect(starts.contains(name), "\(path): \(name)")
        }
    }

    private func names(in declaration: String) -> [String] {
        declaration.split(separator: "\n").compactMap(declaredFunction)
    }

    private func declaredFunction(in line: Substring) -> String? {
        let words = line.prefix { $0 != "(" && $0 != "<" && $0 != "\"" && $0 != "/" }
            .split(separator: " ")
        guard let position = words.firstIndex(of: "func"), position + 1 < words.count else {
            return nil
        }
        return String(words[position + 1])
    }

    @Test(
        .enabled(if: ctagsExists, "ctags is not installed"),
        arguments: [
            ("m.rs", "Rust", "fP"),
            ("m.py", "Python", "fm"),
            ("m.ts", "TypeScript", "fm"),
            ("m.go", "Go", "f"),
            ("M.java", "Java", "m"),
        ])
    func ctagsCountsTheSameFunctions(path: String, language: String, kinds: String) throws {
        let text = try #require(Self.fixtures[path])
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("aura-ctags-\(UUID().uuidString)").path
        try FileAccess.makeFolder(folder)
        defer {
            do { try FileManager.default.removeItem(atPath: folder) } catch { Issue.record(error) }
        }
        try FileAccess.replace("\(folder)/\(path)", with: Array(text.utf8))

        let tags = try run(
            "ctags",
            ["-x", "--languages=\(language)", "--\(language)-kinds=\(kinds)", "\(folder)/\(path)"],
            input: "")
        let expected = tags.split(separator: "\n").compactMap {
            $0.split(separator: " ").first.map(String.init)
        }.sorted()
        let units = try Sample(text, path).file.units
            .filter { $0.kind == .function || $0.kind == .method }.map(\.name).sorted()

        #expect(!expected.isEmpty && expected == units)
    }

    private static let fixtures = [
        "m.rs": """
        use a::b;
        /// One.
        pub fn one<T: Copy>(t: T) -> T { t }
        mod deep { pub async fn two() {} pub mod er { fn three() {} } }
        struct S;
        impl S { pub fn four(&self) {} const fn five() {} }
        impl Clone for S { fn clone(&self) -> S { S } }
        trait T { fn six(&self) { } }
        unsafe extern "C" fn seven() {}

        """,
        "m.py": """
        def one(a, *b, c=1, **d) -> int: return 1
        async def two(): pass
        class A:
            def three(self): pass
            @staticmethod
            def four(): pass
            class B:
                def five(self): pass

        """,
        "m.ts": """
        function one(a: string): void {}
        export async function two() {}
        class A {
          three(): number { return 1 }
          private async four() {}
        }
        export default function five() {}

        """,
        "m.go":
            "package m\n\nfunc One() {}\n\ntype T struct{}\n\nfunc (t *T) Two() {}\n\nfunc (t T) Three() int { return 1 }\n",
        "M.java":
            "class M { void one() {} int two(int a) { return a; } class In { void three() {} } }\n",
    ]

    private static var ctagsExists: Bool {
        ["/usr/bin/ctags", "/usr/local/bin/ctags"].contains(where: FileAccess.exists)
    }

    /// Numbers a reader of the log wants to see, on the error stream.
    private func note(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }

    private func sample(of paths: [String]) -> [String] {
        if ProcessInfo.processInfo.environment["AURA_FULL"] == "1" { return paths }
        var generator = SeededGenerator(seed: Self.seed)
        return Array(paths.shuffled(using: &generator).prefix(Self.sampleCount))
    }

    private func sourceFiles(under folder: String, ending: String) -> [String] {
        guard let walk = FileManager.default.enumerator(atPath: folder) else { return [] }
        return walk.compactMap { $0 as? String }
            .filter { $0.hasSuffix(".\(ending)") && !$0.contains("site-packages") }
            .map { "\(folder)/\($0)" }.sorted()
    }

    private func run(_ tool: String, _ arguments: [String], input: String) throws -> String {
        var process = ChildProcess(
            tool, arguments, environment: ProcessInfo.processInfo.environment)
        process.deadline = .seconds(300)
        let result = try process.run(input: Array(input.utf8))
        #expect(result.status == 0, "\(tool): \(result.errorText)")
        return String(decoding: result.output, as: UTF8.self)
    }
}
