// What a collector meets in a folder that anybody may have prepared.

import Foundation
import Glibc
import Support
import Testing

@testable import IssueBundle

@Suite struct FolderWalkTests {
    private func reasons(_ walk: FolderWalk) -> [String: Omission.Reason] {
        Dictionary(walk.omissions.map { ($0.member, $0.reason) }, uniquingKeysWith: { $1 })
    }

    @Test func onlyRegularFilesAreOpened() throws {
        let scratch = try Scratch()
        try scratch.write("a.log", "text")
        try scratch.write("below/b.log", "text")
        #expect(mkfifo(scratch.path + "/pipe", 0o600) == 0)
        #expect(symlink("/etc/passwd", scratch.path + "/link") == 0)
        #expect(symlink("/etc", scratch.path + "/folder-link") == 0)
        let socket = try ControlServer(path: scratch.path + "/socket") { _ in .success(1) }
        defer { socket.stop() }

        let walk = try FolderWalk(scratch.path)

        #expect(walk.files.map(\.name) == ["a.log", "below/b.log"])
        #expect(
            reasons(walk) == [
                "pipe": .fifo, "link": .link, "folder-link": .link, "socket": .socket,
            ])
    }

    @Test func aSecondNameOutsideIsLeftOutAndOneInsideIsNot() throws {
        let (scratch, elsewhere) = (try Scratch(), try Scratch())
        try elsewhere.write("secret", "text")
        try scratch.write("own", "text")
        #expect(link(elsewhere.path + "/secret", scratch.path + "/stolen") == 0)
        #expect(link(scratch.path + "/own", scratch.path + "/own-again") == 0)

        let walk = try FolderWalk(scratch.path)

        #expect(walk.files.map(\.name) == ["own", "own-again"])
        #expect(reasons(walk) == ["stolen": .secondName])
    }

    @Test func aFolderThatIsALinkIsNotEntered() throws {
        let (scratch, elsewhere) = (try Scratch(), try Scratch())
        try elsewhere.write("a.log", "text")
        #expect(symlink(elsewhere.path, scratch.path + "/logs") == 0)

        #expect(throws: SystemFailure.self) { try FolderWalk(scratch.path + "/logs") }
    }

    @Test func foldersBelowFoldersEndSomewhere() throws {
        let scratch = try Scratch()
        try scratch.write("1/2/3/4/5/6/a.log", "text")

        let walk = try FolderWalk(scratch.path)

        #expect(walk.files.isEmpty)
        #expect(reasons(walk).values.contains(.tooDeep))
    }

    @Test func namesBecomePlainASCII() throws {
        let scratch = try Scratch()
        let name: [CChar] =
            Array("\(scratch.path)/caf\u{e9} \u{1B}[31m".utf8CString.dropLast())
            + [CChar(bitPattern: 0xFF), 0]
        let descriptor = open(name, O_CREAT | O_WRONLY, 0o600)
        #expect(descriptor >= 0)
        close(descriptor)

        let walk = try FolderWalk(scratch.path)

        #expect(walk.files.map(\.name) == ["caf%C3%A9%20%1B%5B31m%FF"])
    }

    @Test func namedFilesAreLookedForInTheFolderItself() throws {
        let scratch = try Scratch()
        try scratch.write("live.toml", "a")
        try scratch.write("other.toml", "a")
        try scratch.write("live/live.toml", "a")
        #expect(mkfifo(scratch.path + "/pipe", 0o600) == 0)

        let walk = try FolderWalk(scratch.path, named: ["live.toml", "pipe"])

        #expect(walk.files.map(\.name) == ["live.toml"])
        #expect(reasons(walk) == ["pipe": .fifo])
    }

    @Test func moreFilesThanABundleTakesAreListed() throws {
        let scratch = try Scratch()
        for number in 0...FolderWalk.filesMax { try scratch.write("\(number).log", "") }

        let walk = try FolderWalk(scratch.path)

        #expect(walk.files.count == FolderWalk.filesMax)
        #expect(walk.omissions.map(\.reason) == [.tooMany])
    }

    @Test(arguments: [("grow", Omission.Reason.grew), ("cut", .shrank)])
    func aFileThatChangesSizeIsNoticed(how: String, reason: Omission.Reason) throws {
        let scratch = try Scratch()
        try scratch.write("a.log", "0123456789")
        let walk = try FolderWalk(scratch.path)
        let file = try #require(walk.files.first)
        #expect(try file.change(.open) == nil)

        #expect(truncate(scratch.path + "/a.log", how == "grow" ? 20 : 4) == 0)

        #expect(try file.change(.open) == reason)
        #expect(file.bytes == 10)
    }

    @Test func aFolderThatVanishesHalfWayIsAnOmission() throws {
        let scratch = try Scratch()
        try scratch.write("a.log", "text")
        try scratch.write("b.log", "text")
        let count = try {
            let counter = Saboteur()
            _ = try FolderWalk(scratch.path, gate: counter.gate)
            return counter.calls.count
        }()
        var failures = 0
        for call in 0..<count {
            let saboteur = Saboteur(failing: call, code: ENOENT)
            let walk: FolderWalk
            do throws(SystemFailure) {
                walk = try FolderWalk(scratch.path, gate: saboteur.gate)
            } catch {
                failures += 1
                continue
            }
            #expect(walk.files.count + walk.omissions.count == 2, "call \(call)")
            #expect(walk.omissions.map(\.reason) == [.vanished], "call \(call)")
        }
        // The folder itself: its open, its look, its list.
        #expect(failures == 3)
        #expect(count > 4)
    }

    @Test(arguments: [
        ([0x1F, 0x8B, 8], Omission.Reason?.some(.packed)), (Array("PK\u{3}\u{4}".utf8), .packed),
        ([0x28, 0xB5, 0x2F, 0xFD], .packed), (Array("SQLite format 3\0".utf8), .database),
        ([0x7F, 0x45, 0x4C, 0x46, 2], .binary), ([1, 2, 3, 4, 5, 6, 7, 8], .binary),
        (Array("2026 plain text\n".utf8), nil), (Array("A=1\0B=2\0".utf8), nil),
        ([0xFF, 0xFE, 0x61, 0, 0x62, 0], nil), ([], nil),
    ])
    func contentIsJudgedByItsFirstBytes(head: [UInt8], expected: Omission.Reason?) {
        #expect(ContentSniff.refusal(head) == expected)
    }
}

@Suite struct LineWindowTests {
    private func time(_ second: Int64) -> String {
        Timestamp(rawValue: 1_790_000_000_000 + second * 1000).iso8601
    }

    private func kept(_ text: String, since: Int64, piece: Int) throws -> String {
        var window = LineWindow(since: Timestamp(rawValue: 1_790_000_000_000 + since * 1000))
        let bytes = Array(text.utf8)
        var kept: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: piece) {
            kept += window.take(Array(bytes[start..<min(start + piece, bytes.count)]))
        }
        kept += window.finish()
        return String(decoding: kept, as: UTF8.self)
    }

    @Test(arguments: [1, 7, 64, 4096])
    func linesOlderThanAskedForAreDropped(piece: Int) throws {
        let lines = (0..<10).map { "\(time(Int64($0))) n\($0)\n" }
        let text = "no time yet\n" + lines[..<5].joined() + "  more of it\n" + lines[5...].joined()

        let kept = try kept(text, since: 4, piece: piece)

        #expect(kept == lines[4] + "  more of it\n" + lines[5...].joined())
    }

    @Test func aLineWithoutEndIsDecidedByItsBeginning() throws {
        let old = "\(time(0)) " + String(repeating: "x", count: 90_000)
        let new = "\(time(9)) " + String(repeating: "y", count: 90_000)

        let kept = try kept(old + "\n" + new, since: 4, piece: 1000)

        #expect(kept == new)
    }
}
