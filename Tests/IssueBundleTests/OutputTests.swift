// The finished file: it is there, whole, or it is not there at all.

import CArchive
import Foundation
import Glibc
import Redaction
import Support
import Testing

@testable import IssueBundle

@Suite struct OutputFileTests {
    @Test(arguments: [true, false])
    func theNameComesLast(canBeNameless: Bool) throws {
        let scratch = try Scratch()
        let path = scratch.path + "/out"
        var file = try OutputFile(path, canBeNameless: canBeNameless)
        try CallGate.open.write(Array("whole".utf8), to: file.descriptor, path: path)
        #expect(!FileAccess.exists(path))

        try file.publish()

        #expect(try scratch.names == ["out"])
        #expect(try scratch.read("out") == Array("whole".utf8))
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test(arguments: [true, false])
    func nothingIsLeftOfAFileThatIsNotPublished(canBeNameless: Bool) throws {
        let scratch = try Scratch()
        do {
            let file = try OutputFile(scratch.path + "/out", canBeNameless: canBeNameless)
            try CallGate.open.write([1, 2, 3], to: file.descriptor, path: "out")
        }
        #expect(try scratch.names.isEmpty)
    }

    @Test(arguments: [true, false])
    func aFileThatIsThereIsNotReplaced(canBeNameless: Bool) throws {
        let scratch = try Scratch()
        let path = scratch.path + "/out"
        try scratch.write("out", "mine")
        #expect(throws: BundleFailure.exists(path: path)) {
            _ = try OutputFile(path, canBeNameless: canBeNameless)
        }
        unlink(path)

        var file = try OutputFile(path, canBeNameless: canBeNameless)
        try scratch.write("out", "came between")
        #expect(throws: BundleFailure.exists(path: path)) { try file.publish() }

        #expect(try scratch.read("out") == Array("came between".utf8))
    }

    @Test(arguments: [true, false])
    func eachFailingCallLeavesNoFile(canBeNameless: Bool) throws {
        func publish(_ saboteur: Saboteur, _ path: String) throws {
            var file = try OutputFile(path, gate: saboteur.gate, canBeNameless: canBeNameless)
            try saboteur.gate.write([1, 2, 3], to: file.descriptor, path: path)
            try file.publish()
        }
        let (counter, first) = (Saboteur(), try Scratch())
        try publish(counter, first.path + "/out")
        for call in counter.calls.indices {
            let scratch = try Scratch()
            #expect(throws: BundleFailure.self, "\(counter.calls[call])") {
                do {
                    try publish(Saboteur(failing: call, code: ENOSPC), scratch.path + "/out")
                } catch let failure as SystemFailure { throw BundleFailure.system(failure) }
            }
            #expect(try scratch.names.isEmpty, "\(counter.calls[call])")
        }
        #expect(counter.calls.count >= 4)
    }
}

@Suite struct GzipMembersTests {
    private func packed(_ bytes: [UInt8], inPiecesOf size: Int) throws -> [UInt8] {
        var output: [UInt8] = []
        let members = GzipMembers(path: "a stream") { output += $0 }
        for start in stride(from: 0, to: bytes.count, by: size) {
            try bytes[start..<min(start + size, bytes.count)].withUnsafeBytes {
                try members.take($0)
            }
        }
        try members.finish()
        #expect(members.bytes == output.count)
        return output
    }

    private static let member = GzipMembers.memberBytes

    @Test(arguments: [1, member - 1, member, member + 1, 5 * member + 17])
    func anotherProgramUnpacksThem(count: Int) throws {
        var generator = SeededGenerator(seed: 3)
        // One half packs well, the other not at all.
        let bytes = (0..<count).map {
            $0 % 2 == 0 ? 0 : UInt8.random(in: 0...255, using: &generator)
        }
        let scratch = try Scratch()
        let whole = try packed(bytes, inPiecesOf: count)
        try FileAccess.replace(scratch.path + "/packed.gz", with: whole)

        #expect(try Command.run("/usr/bin/gzip", ["-dc", scratch.path + "/packed.gz"]) == bytes)
        #expect(try packed(bytes, inPiecesOf: 300_007) == whole)
    }

    @Test func noiseGrowsOnlyALittle() throws {
        var generator = SeededGenerator(seed: 4)
        let bytes = (0..<2 * Self.member).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let size = try packed(bytes, inPiecesOf: bytes.count).count
        #expect((bytes.count...bytes.count + bytes.count / 1000).contains(size))
    }

    @Test func aCompressorThatRefusesIsAnError() throws {
        var generator = SeededGenerator(seed: 5)
        let bytes = (0..<4096).map { _ in UInt8.random(in: 0...255, using: &generator) }
        var written = 0
        let members = GzipMembers(
            path: "a stream", room: { $0 / 2 }, write: { written += $0.count })
        try bytes.withUnsafeBytes { try members.take($0) }
        let refusal = BundleFailure.archive(
            path: "a stream", operation: "pack", why: "it grew instead of shrinking")
        #expect(throws: refusal) { try members.finish() }
        #expect(written == 0)
    }

    @Test func aFailedWriteIsTheErrorOfWhoeverPacks() throws {
        let full = SystemFailure(operation: "write", path: "a stream", code: ENOSPC)
        let members = GzipMembers(path: "a stream") { (_) throws(SystemFailure) in
            throw full
        }
        try [UInt8](repeating: 1, count: 10).withUnsafeBytes { try members.take($0) }
        #expect(throws: BundleFailure.system(full)) { try members.finish() }
    }
}

@Suite struct ArchiveWriterTests {
    /// Writes members through a spool; returns the bytes of the archive.
    private func write(
        _ members: [(String, String)], gate: CallGate = .open
    ) throws -> [UInt8] {
        let scratch = try Scratch()
        let path = scratch.path + "/archive"
        let descriptor = open(path, O_RDWR | O_CREAT, 0o600)
        defer { close(descriptor) }
        let spool = try Spool(beside: path, gate: gate)
        let writer = try ArchiveWriter(
            to: descriptor, path: path, modifiedAt: Sample.time, gate: gate)
        for (name, text) in members {
            var region = spool.open()
            try spool.append(try Sample.redacted(text), to: &region)
            try writer.add(
                .init(
                    name: try Sample.redactor().redact(Array(name.utf8), as: .fileName),
                    region: region), from: spool)
        }
        let bytes = try writer.close()
        let written = try FileAccess.read(path)
        #expect(bytes == written.count)
        return written
    }

    private let members = [
        ("a.txt", "first\n"), ("b/c.txt", String(repeating: "line\n", count: 9)),
    ]

    @Test func equalMembersGiveEqualBytes() throws {
        #expect(try write(members) == write(members))
    }

    @Test func otherProgramsReadIt() throws {
        let scratch = try Scratch()
        try scratch.write("a.tar.gz", try write(members))

        let list = try Command.run("/usr/bin/tar", ["tvzf", scratch.path + "/a.tar.gz"])
        let content = try Command.run(
            "/usr/bin/tar", ["xzOf", scratch.path + "/a.tar.gz", "b/c.txt"])

        let lines = String(decoding: list, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.hasPrefix("-rw-r--r-- 0/0") }, "\(lines)")
        #expect(String(decoding: content, as: UTF8.self) == members[1].1)
    }

    @Test func theGzipHeaderTellsNothing() throws {
        let bytes = try write(members)

        // Magic, deflate, no flags (so no name and no comment), no time.
        #expect(Array(bytes[..<8]) == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0])
    }

    @Test func namesOutOfOrderAreRefused() throws {
        #expect(throws: BundleFailure.self) { try write(members.reversed()) }
        #expect(throws: BundleFailure.self) { try write([members[0], members[0]]) }
    }

    @Test func aNameThatIsNoPlainASCIIIsRefused() throws {
        #expect(throws: BundleFailure.self) { try write([("caf\u{e9}", "a")]) }
    }

    @Test func eachFailingCallIsAnError() throws {
        let counter = Saboteur()
        _ = try write(members, gate: counter.gate)
        for call in counter.calls.indices {
            for code in [ENOSPC, EIO] {
                #expect(throws: (any Error).self, "call \(call): \(counter.calls[call])") {
                    try write(members, gate: Saboteur(failing: call, code: code).gate)
                }
            }
        }
        #expect(counter.calls.contains("write") && counter.calls.contains("archive close"))
    }

    @Test func aFullDeviceIsAnError() throws {
        let descriptor = open("/dev/full", O_WRONLY)
        defer { close(descriptor) }
        let scratch = try Scratch()
        let spool = try Spool(beside: scratch.path + "/x", gate: .open)
        var region = spool.open()
        try spool.append(try Sample.redacted(Sample.logs(2000)), to: &region)
        let writer = try ArchiveWriter(
            to: descriptor, path: "/dev/full", modifiedAt: Sample.time)

        let failure = #expect(throws: BundleFailure.self) {
            try writer.add(
                .init(name: try Sample.redacted("a.txt"), region: region), from: spool)
            _ = try writer.close()
        }

        #expect(
            failure
                == .system(SystemFailure(operation: "write", path: "/dev/full", code: ENOSPC)))
    }

    @Test func aRegionLosesItsOldestLines() throws {
        let scratch = try Scratch()
        let spool = try Spool(beside: scratch.path + "/x", gate: .open)
        var region = spool.open()
        try spool.append(try Sample.redacted("one\ntwo\nthree\n"), to: &region)
        func text(_ region: Spool.Region) throws -> String {
            var bytes: [UInt8] = []
            try spool.read(region) { (chunk) throws(BundleFailure) in bytes += chunk }
            return String(decoding: bytes, as: UTF8.self)
        }

        #expect(try text(spool.withoutBeginning(of: region, dropped: 1)) == "two\nthree\n")
        #expect(try text(spool.withoutBeginning(of: region, dropped: 4)) == "two\nthree\n")
        #expect(try text(spool.withoutBeginning(of: region, dropped: 5)) == "three\n")
        #expect(try text(spool.withoutBeginning(of: region, dropped: 99)) == "")
    }
}
