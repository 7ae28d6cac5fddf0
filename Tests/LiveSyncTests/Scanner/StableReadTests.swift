// One version of a file or a reason, whatever stands under the name.

import Glibc
import Support
import Testing

@testable import LiveSync

@Suite struct StableReadTests {
    private func problem(_ tree: ScratchTree, _ path: String, limit: Int = 100) -> StableReadFailure
        .Problem?
    {
        do throws(StableReadFailure) {
            _ = try StableRead.read(root: tree.path, path: path, limit: limit, clock: SystemClock())
            return nil
        } catch {
            return error.problem
        }
    }

    @Test func regularFileIsReadWithItsStamp() throws {
        let tree = try ScratchTree()
        try tree.write("a/b.rs", "fn main() {}")
        chmod(tree.at("a/b.rs"), 0o640)

        let file = try StableRead.read(root: tree.path, path: "a/b.rs", clock: SystemClock())

        #expect(String(decoding: file.bytes, as: UTF8.self) == "fn main() {}")
        #expect(file.stamp.size == 12)
        #expect(file.mode == 0o640)
        #expect(file.linkCount == 1)
        let walked = try TreeWalk.run(
            root: tree.path, scope: try scope(), clock: StillClock.future)
        #expect(walked.index["a/b.rs"] == file.stamp)
    }

    @Test(.timeLimit(.minutes(1))) func whatIsNoPlainFileIsRefusedWithoutBlocking() throws {
        let tree = try ScratchTree()
        try tree.write("real.rs", "x")
        try tree.makeFolder("dir.rs")
        #expect(mkfifo(tree.at("fifo.rs"), 0o600) == 0)
        #expect(symlink("real.rs", tree.at("link.rs")) == 0)
        #expect(symlink(".", tree.at("up")) == 0)

        #expect(problem(tree, "fifo.rs") == .refused(.notRegular))
        #expect(problem(tree, "dir.rs") == .refused(.notRegular))
        #expect(problem(tree, "link.rs") == .refused(.symlink))
        #expect(problem(tree, "up/real.rs") == .refused(.symlinkedParent))
        #expect(problem(tree, "real.rs/x") == .refused(.parentNotFolder))
        #expect(problem(tree, "../x") == .refused(.dotComponent))
        #expect(problem(tree, "none.rs") == .missing)
        #expect(problem(tree, "none/a.rs") == .missing)
        #expect(problem(tree, "real.rs", limit: 0) == .tooBig(bytes: 1, limit: 0))
        #expect(problem(tree, "real.rs") == nil)
    }

    @Test(.timeLimit(.minutes(1))) func bytesUnderAWriterAreOneVersion() async throws {
        // The writer keeps the size and changes every byte: a torn read would show two letters.
        let tree = try ScratchTree()
        let size = 1 << 16
        try tree.write("a.rs", String(repeating: "a", count: size))
        let writer = Task.detached {
            let descriptor = open(tree.at("a.rs"), O_WRONLY | O_CLOEXEC)
            defer { close(descriptor) }
            var letter = UInt8(ascii: "a")
            while !Task.isCancelled {
                letter = letter == UInt8(ascii: "z") ? UInt8(ascii: "a") : letter + 1
                let bytes = [UInt8](repeating: letter, count: size)
                pwrite(descriptor, bytes, size / 2, 0)
                pwrite(descriptor, bytes, size / 2, off_t(size / 2))
            }
        }
        for _ in 0..<200 {
            do throws(StableReadFailure) {
                let file = try StableRead.read(
                    root: tree.path, path: "a.rs", limit: 1 << 20, clock: SystemClock())
                #expect(Set(file.bytes).count == 1)
            } catch {
                #expect(error.problem == .unsettled(attempts: 5))
            }
        }
        writer.cancel()
        await writer.value

        let quiet = try StableRead.read(
            root: tree.path, path: "a.rs", limit: 1 << 20, clock: SystemClock())
        #expect(quiet.bytes.count == size)
    }
}
