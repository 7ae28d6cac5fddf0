// A program that is in the middle of writing a file: what it writes next is in no copy of it, and goes
// into that very file, whatever name it has by then.

import Glibc
import Support
import Synchronization
import Testing

@testable import LiveSync

@Suite(.timeLimit(.minutes(20))) struct OpenWriterTests {
    private let tree: ScratchTree
    private let side: ScratchTree

    init() throws {
        tree = try ScratchTree()
        side = try ScratchTree()
    }

    /// An editor that saves in place, a piece at a time.
    private final class SlowEditor: Sendable {
        private let descriptor: Int32

        init(_ path: String, truncates: Bool) throws {
            descriptor = open(path, O_WRONLY | O_CLOEXEC | (truncates ? O_TRUNC : O_APPEND))
            try #require(descriptor >= 0)
        }

        func type(_ text: String) throws {
            try FileAccess.writeAll(Array(text.utf8), to: descriptor, path: "editor")
        }

        func finish() { close(descriptor) }
    }

    private func replace(
        _ observer: @escaping @Sendable (ApplyStage) -> Void = { _ in }
    ) throws(ApplyFailure) {
        let writer = FileWriter(
            root: tree.path, quarantineFolder: side.at("quarantine"), clock: SystemClock(),
            observer: observer)
        _ = try writer.replace(
            "a.py", with: Array("theirs".utf8), expecting: .of("half".utf8))
    }

    /// Waits until nobody has the file open for writing: a process that another test starts at this
    /// moment holds every descriptor of ours until it runs its program.
    private func awaitClosed(_ path: String) throws {
        let descriptor = open(tree.at(path), O_RDONLY | O_CLOEXEC)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var status = stat()
        try #require(fstat(descriptor, &status) == 0)
        while FileLocks.isBeingWritten(descriptor, FileStamp(status), now: SystemClock().now) {
            sched_yield()
        }
    }

    @Test func aFileThatIsBeingWrittenIsNotReplacedUntilItIsClosed() throws {
        try tree.write("a.py", "")
        let editor = try SlowEditor(tree.at("a.py"), truncates: true)
        try editor.type("half")

        #expect(throws: ApplyFailure(path: "a.py", why: .locked)) { try replace() }

        try editor.type(" and half")
        editor.finish()
        try awaitClosed("a.py")
        #expect(try tree.read("a.py") == "half and half")
        #expect(throws: ApplyFailure(path: "a.py", why: .changedUnderneath)) { try replace() }
    }

    @Test func whoOpensItAtTheLastMomentKeepsTheFile() throws {
        try tree.write("a.py", "half")
        let editor = try SlowEditor(tree.at("a.py"), truncates: false)
        editor.finish()
        try awaitClosed("a.py")
        let tree = tree
        let late = LateEditor()

        #expect(throws: ApplyFailure(path: "a.py", why: .changedUnderneath)) {
            try replace { stage in
                guard stage == .compared else { return }
                late.open(tree.at("a.py"))
            }
        }

        try late.finish(typing: " and half")
        #expect(try tree.read("a.py") == "half and half")
    }

    /// Opens a file from within an observer.
    private final class LateEditor: Sendable {
        private let editor = Mutex<SlowEditor?>(nil)

        func open(_ path: String) {
            do {
                let opened = try SlowEditor(path, truncates: false)
                editor.withLock { $0 = opened }
            } catch { Issue.record(error) }
        }

        func finish(typing text: String) throws {
            let opened = try #require(editor.withLock { $0 })
            try opened.type(text)
            opened.finish()
        }
    }

    @Test func halfAFileIsNotReadWhileTheOtherHalfIsOnItsWay() throws {
        try tree.write("a.py", "")
        let editor = try SlowEditor(tree.at("a.py"), truncates: true)
        try editor.type("half")

        #expect(throws: StableReadFailure(path: "a.py", problem: .held)) {
            try StableRead.read(root: tree.path, path: "a.py", clock: SystemClock())
        }

        try editor.type(" and half")
        editor.finish()
        try awaitClosed("a.py")
        let file = try StableRead.read(root: tree.path, path: "a.py", clock: SystemClock())
        #expect(file.bytes == Array("half and half".utf8))
    }

    /// A program that never closes its file does not keep it from travelling.
    @Test func aFileThatIsOnlyOpenIsRead() throws {
        try tree.write("a.py", "")
        let editor = try SlowEditor(tree.at("a.py"), truncates: true)
        defer { editor.finish() }
        try editor.type("whole")
        try tree.setModified("a.py", 1_700_000_000_000_000_000)

        let file = try StableRead.read(root: tree.path, path: "a.py", clock: SystemClock())
        #expect(file.bytes == Array("whole".utf8))
    }
}
