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

    /// The compiler's errors, a line each; empty for what compiles.
    private func errors(in text: String) throws -> [String] {
        let scratch = try Scratch()
        try scratch.write("text.swift", text)
        let build = try Self.build()
        let maps = try Self.maps(build).flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] }
        var compiler = ChildProcess(
            "swiftc",
            ["-typecheck", "-swift-version", "6", "-I", build + "/Modules"] + maps
                + [scratch.path + "/text.swift"],
            environment: ProcessInfo.processInfo.environment)
        compiler.deadline = .seconds(120)
        let result = try compiler.run()
        let said = String(decoding: result.output, as: UTF8.self) + result.errorText
        return said.split(separator: "\n").filter {
            $0.contains(".swift:") && $0.contains("error:")
        }
        .map(String.init) + (result.status == 0 ? [] : ["status \(result.status)"])
    }

    private static let head = "import Redaction\n@testable import IssueBundle\n"

    @Test(arguments: [
        "func f(_ s: Spool, _ r: inout Spool.Region, _ t: Redacted) throws { "
            + "try s.append(t, to: &r) }",
        "func f(_ r: Spool.Region, _ n: Redacted) -> ArchiveWriter.Member { "
            + ".init(name: n, region: r) }",
        "func f(_ w: ArchiveWriter, _ m: ArchiveWriter.Member, _ s: Spool) throws { "
            + "try w.add(m, from: s) }",
    ])
    func whatWasRedactedMayGoIn(text: String) throws {
        #expect(try errors(in: Self.head + text) == [])
    }

    @Test(arguments: [
        (
            "func f(_ s: Spool, _ r: inout Spool.Region, _ t: [UInt8]) throws { "
                + "try s.append(t, to: &r) }", "expected argument type 'Redacted'"
        ),
        (
            "func f(_ r: Spool.Region, _ n: [UInt8]) -> ArchiveWriter.Member { "
                + ".init(name: n, region: r) }", "expected argument type 'Redacted'"
        ),
        (
            "func f(_ w: ArchiveWriter, _ m: [UInt8], _ s: Spool) throws { "
                + "try w.add(m, from: s) }", "expected argument type 'ArchiveWriter.Member'"
        ),
        ("let r = Redacted(bytes: [1], report: RedactionReport())", "inaccessible"),
        ("func f(_ r: inout Redacted) { r.bytes = [1] }", "setter is inaccessible"),
        ("func f(_ r: inout Redacted) { r.bytes.append(1) }", "setter is inaccessible"),
        ("let r = Spool.Region(lane: 0, start: 0, bytes: 9)", "inaccessible"),
        ("func f(_ r: inout Spool.Region) { r.bytes = 9 }", "setter is inaccessible"),
    ])
    func nothingElseMay(text: String, why: String) throws {
        let errors = try errors(in: Self.head + text)
        #expect(errors.first?.contains(why) == true, "\(errors)")
        #expect(errors.count == 2, "\(errors)")
    }
}
