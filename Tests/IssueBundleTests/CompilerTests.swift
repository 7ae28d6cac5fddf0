// What the compiler refuses: raw bytes on their way into an archive. Each text below differs from one
// that compiles by what it may not do, and is refused for that and nothing else.

import Foundation
import Support
import TestSupport
import Testing

@Suite struct CompilerTests {
    /// What this build has made.
    private static func build() throws -> String {
        let root = PathName.parent(
            of: PathName.parent(of: PathName.parent(of: PathName.absolute(#filePath))))
        let found = (BuildFolder.candidates + [root + "/.build/debug"]).first {
            FileAccess.exists($0 + "/Modules/IssueBundle.swiftmodule")
        }
        let folder = try #require(found, "the test bundle does not lie beside its modules")
        return try #require(PathName.resolved(folder))
    }

    /// The maps of all C modules that the build's modules were made with.
    private static func maps(_ build: String) throws -> [String] {
        let sources =
            PathName.parent(
                of: PathName.parent(of: PathName.parent(of: PathName.absolute(#filePath))))
            + "/Sources"
        let checkouts = PathName.parent(of: PathName.parent(of: build)) + "/checkouts"
        var folders = try FileAccess.names(in: build).filter { $0.hasSuffix(".build") }
            .map { "\(build)/\($0)" }
        folders += try FileAccess.names(in: sources).map { "\(sources)/\($0)" }
        for package in try FileAccess.names(in: checkouts) {
            let targets = "\(checkouts)/\(package)/Sources"
            guard FileAccess.isFolder(targets) else { continue }
            for target in try FileAccess.names(in: targets) {
                folders += ["\(targets)/\(target)", "\(targets)/\(target)/include"]
            }
        }
        return folders.map { $0 + "/module.modulemap" }.filter(FileAccess.exists)
    }

    /// The compiler's errors about each of some texts; none for those that compile. One compiler for all
    /// of them: it takes seconds, in which a thread does nothing else.
    private func errors(in texts: [String]) throws -> [[String]] {
        let scratch = try Scratch()
        let names = texts.indices.map { "text\($0).swift" }
        for (name, text) in zip(names, texts) { try scratch.write(name, Self.head + text) }
        let build = try Self.build()
        let maps = try Self.maps(build).flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] }
        var compiler = ChildProcess(
            "swiftc",
            [
                "-typecheck", "-wmo", "-swift-version", "6", "-parse-as-library", "-I",
                build + "/Modules",
            ]
                + maps + names.map { scratch.path + "/" + $0 },
            environment: ProcessInfo.processInfo.environment)
        compiler.deadline = .seconds(300)
        let result = try compiler.run()
        let said = String(decoding: result.output, as: UTF8.self) + result.errorText
        let errors = said.split(separator: "\n").map(String.init).filter {
            $0.contains(".swift:") && $0.contains("error:")
        }
        #expect(errors.isEmpty == (result.status == 0), "\(said)")
        return names.map { name in errors.filter { $0.contains("/\(name):") } }
    }

    private static let head = "import Redaction\n@testable import IssueBundle\n"

    @Test func whatWasRedactedMayGoIn() async throws {
        let texts = [
            "func f0(_ s: Spool, _ r: inout Spool.Region, _ t: Redacted) throws { "
                + "try s.append(t, to: &r) }",
            "func f1(_ r: Spool.Region, _ n: Redacted) -> ArchiveWriter.Member { "
                + ".init(name: n, region: r) }",
            "func f2(_ w: ArchiveWriter, _ m: ArchiveWriter.Member, _ s: Spool) throws { "
                + "try w.add(m, from: s) }",
        ]
        #expect(try await onOwnThread { try errors(in: texts) } == [[], [], []])
    }

    @Test func nothingElseMay() async throws {
        let refused = [
            (
                "func f0(_ s: Spool, _ r: inout Spool.Region, _ t: [UInt8]) throws { "
                    + "try s.append(t, to: &r) }", "expected argument type 'Redacted'"
            ),
            (
                "func f1(_ r: Spool.Region, _ n: [UInt8]) -> ArchiveWriter.Member { "
                    + ".init(name: n, region: r) }", "expected argument type 'Redacted'"
            ),
            (
                "func f2(_ w: ArchiveWriter, _ m: [UInt8], _ s: Spool) throws { "
                    + "try w.add(m, from: s) }", "expected argument type 'ArchiveWriter.Member'"
            ),
            ("let r3 = Redacted(bytes: [1], report: RedactionReport())", "inaccessible"),
            ("func f4(_ r: inout Redacted) { r.bytes = [1] }", "setter is inaccessible"),
            ("func f5(_ r: inout Redacted) { r.bytes.append(1) }", "setter is inaccessible"),
            ("let r6 = Spool.Region(lane: 0, start: 0, bytes: 9)", "inaccessible"),
            ("func f7(_ r: inout Spool.Region) { r.bytes = 9 }", "setter is inaccessible"),
        ]
        let said = try await onOwnThread { try errors(in: refused.map(\.0)) }
        for (text, found) in zip(refused, said) {
            #expect(found.count == 1 && found.first?.contains(text.1) == true, "\(text): \(found)")
        }
    }
}
