// One version of a file or a reason, whatever stands under the name.

import Glibc
import Support
import Synchronization
import TestSupport
import Testing

@testable import LiveSync

@Suite struct StableReadTests {
    private func problem(
        _ tree: ScratchTree, _ path: String, limit: Int = 100,
        clock: any Support.Clock = SystemClock()
    ) -> StableReadFailure.Problem? {
        do throws(StableReadFailure) {
            _ = try StableRead.read(root: tree.path, path: path, limit: limit, clock: clock)
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

    @Test(.timeLimit(.minutes(20))) func whatIsNoPlainFileIsRefusedWithoutBlocking() throws {
        let tree = try ScratchTree()
        try tree.write("real.rs", "x")
        try tree.makeFolder("dir.rs")
        #expect(mkfifo(tree.at("fifo.rs"), 0o600) == 0)
        #expect(symlink("real.rs", tree.at("link.rs")) == 0)
        #expect(symlink(".", tree.at("up")) == 0)

        #expect(problem(tree, "fifo.rs") == .refused(.notRegular))
        #expect(problem(tree, "dir.rs") == .replaced)
        #expect(problem(tree, "link.rs") == .refused(.symlink))
        #expect(problem(tree, "up/real.rs") == .refused(.symlinkedParent))
        #expect(problem(tree, "real.rs/x") == .replaced)
        #expect(problem(tree, "../x") == .refused(.dotComponent))
        #expect(problem(tree, "none.rs") == .missing)
        #expect(problem(tree, "none/a.rs") == .missing)
        #expect(problem(tree, "real.rs", limit: 0) == .tooBig(bytes: 1, limit: 0))
        #expect(problem(tree, "real.rs") == nil)
    }

    @Test func aFileCompletedWhileItIsReadIsReadAgain() throws {
        // Both halves have the size of the whole: only the second reading shows one version.
        let tree = try ScratchTree()
        try tree.write("a.rs", "bbaa")
        let clock = InterruptingClock { call in
            if call == 1 { overwrite(tree.at("a.rs"), "bbbb") }
        }

        let file = try StableRead.read(root: tree.path, path: "a.rs", clock: clock)

        #expect(String(decoding: file.bytes, as: UTF8.self) == "bbbb")
        #expect(clock.calls == 2)
    }

    @Test func aFileThatChangesUnderEveryAttemptIsNotHandedOut() throws {
        let tree = try ScratchTree()
        try tree.write("a.rs", "0000")
        let clock = InterruptingClock { overwrite(tree.at("a.rs"), "\($0)\($0)\($0)\($0)") }

        #expect(problem(tree, "a.rs", clock: clock) == .unsettled(attempts: 5))
        #expect(clock.calls == 5)
        #expect(problem(tree, "a.rs") == nil)
    }

    @Test func aFileReplacedWhileItIsReadIsReadUnderItsName() throws {
        let tree = try ScratchTree()
        try tree.write("a.rs", "old")
        try tree.write("b.rs", "new")
        let clock = InterruptingClock { call in
            if call == 1 { #expect(rename(tree.at("b.rs"), tree.at("a.rs")) == 0) }
        }

        let file = try StableRead.read(root: tree.path, path: "a.rs", clock: clock)

        #expect(String(decoding: file.bytes, as: UTF8.self) == "new")
    }

    /// Another program's save that keeps the file and its size.
    private func overwrite(_ path: String, _ text: String) {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        defer { close(descriptor) }
        #expect(pwrite(descriptor, text, text.utf8.count, 0) == text.utf8.count)
    }
}

/// A clock that does something each time it is read: a reading asks it for the time once per
/// attempt, between the bytes and the second status.
private final class InterruptingClock: Support.Clock {
    private let count = Mutex(0)
    private let interruption: @Sendable (Int) -> Void

    init(_ interruption: @escaping @Sendable (Int) -> Void) { self.interruption = interruption }

    var calls: Int { count.withLock { $0 } }

    var now: Timestamp {
        let call = count.withLock {
            $0 += 1
            return $0
        }
        interruption(call)
        return SystemClock().now
    }

    var uptime: Duration { .zero }
}
