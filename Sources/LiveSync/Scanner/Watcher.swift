// File-system events of a tree as a stream, read on a thread of their own.
//
// Events are handed on as they are read: no timer, no debounce. What is lost, by the kernel or
// because nobody reads the stream, is announced as an overflow, never passed over.

import Foundation
import Glibc
import Support
import Synchronization

/// Watches a tree and a marker folder. Ends when stopped or released.
public final class Watcher: Sendable {
    /// Everything that happens, in order. For one reader.
    public let events: AsyncStream<WatchEvent>

    private let source: WatchSource
    private let canaryFolder: String
    private let control: Int32

    /// Batches the stream holds for a slow reader before it gives up and says overflow.
    private static let bufferedCountMax = 1024
    /// A bound of our own on watches: 200,000 of them hold about 200 MB of kernel memory.
    public static let defaultWatchCountMax = 200_000

    /// Starts watching. When this returns, every later change is reported.
    ///
    /// - Parameters:
    ///   - root: the tree; an absolute path.
    ///   - canaryFolder: where markers are written; see ``Canary``.
    ///   - watchCountMax: the most folders to watch.
    public init(
        root: String, scope: ScanScope, canaryFolder: String,
        watchCountMax: Int = Watcher.defaultWatchCountMax
    ) throws(SystemFailure) {
        var status = stat()
        try retrying("stat", root) { stat(root, &status) }
        let descriptor = try retrying("watch", root) {
            inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        }
        source = WatchSource(descriptor: descriptor)
        self.canaryFolder = canaryFolder
        var pair: [Int32] = [-1, -1]
        try retrying("socketpair", root) {
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pair)
        }
        control = pair[0]
        var table = WatchTable(
            descriptor: descriptor, root: root, device: FileStamp.device(status), scope: scope,
            watchCountMax: watchCountMax)
        var first = WatchBatch()
        table.addTree("", listing: false, into: &first)
        source.set(table.coverage)
        let (stream, continuation) = AsyncStream.makeStream(
            of: WatchEvent.self, bufferingPolicy: .bufferingOldest(Self.bufferedCountMax))
        events = stream
        let loop = WatchLoop(
            table: table, source: source, descriptor: descriptor, control: pair[1],
            output: WatchOutput(continuation))
        Thread.detachNewThread { [first] in
            var loop = loop
            loop.run(first)
        }
        try watchCanaryFolder()
    }

    deinit { close(control) }

    /// How much of the tree is watched now.
    public var coverage: WatchCoverage { source.coverage }

    /// Watches the marker folder, again after it was gone. A folder that is missing throws ENOENT.
    public func watchCanaryFolder() throws(SystemFailure) {
        try source.watchCanary(canaryFolder)
    }

    /// Ends the stream after what was read already.
    public func stop() { shutdown(control, Int32(SHUT_RDWR)) }
}

/// The event descriptor, shared with callers that add the marker folder's watch.
final class WatchSource: Sendable {
    private struct State {
        /// Nil once the thread has ended and closed it.
        var descriptor: Int32?
        var canaryWatch: Int32 = -1
        var coverage = WatchCoverage()
    }

    private let state: Mutex<State>

    init(descriptor: Int32) { state = Mutex(State(descriptor: descriptor)) }

    deinit { closeDescriptor() }

    var coverage: WatchCoverage { state.withLock { $0.coverage } }
    var canaryWatch: Int32 { state.withLock { $0.canaryWatch } }

    func set(_ coverage: WatchCoverage) { state.withLock { $0.coverage = coverage } }

    func watchCanary(_ folder: String) throws(SystemFailure) {
        let mask = UInt32(
            IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW)
        let code: Int32 = state.withLock { state in
            guard let descriptor = state.descriptor else { return EBADF }
            let watch = inotify_add_watch(descriptor, folder, mask)
            if watch < 0 { return errno }
            state.canaryWatch = watch
            return 0
        }
        if code != 0 { throw SystemFailure(operation: "watch", path: folder, code: code) }
    }

    func closeDescriptor() {
        state.withLock { state in
            if let descriptor = state.descriptor { close(descriptor) }
            state.descriptor = nil
        }
    }
}

/// The stream's writing end, which never forgets that it dropped something.
private struct WatchOutput {
    private let continuation: AsyncStream<WatchEvent>.Continuation
    private(set) var owesOverflow = false

    init(_ continuation: AsyncStream<WatchEvent>.Continuation) { self.continuation = continuation }

    mutating func send(_ event: WatchEvent) {
        payOverflow()
        if owesOverflow { return }
        if case .dropped = continuation.yield(event) { owesOverflow = true }
    }

    mutating func payOverflow() {
        guard owesOverflow else { return }
        if case .enqueued = continuation.yield(.overflow) { owesOverflow = false }
    }

    func finish() { continuation.finish() }
}

/// The thread's work: wait, read, translate, hand on.
private struct WatchLoop {
    var table: WatchTable
    let source: WatchSource
    let descriptor: Int32
    let control: Int32
    var output: WatchOutput

    mutating func run(_ first: WatchBatch) {
        defer {
            source.closeDescriptor()
            close(control)
            output.finish()
        }
        for event in first.events { output.send(event) }
        // 64 KiB hold over a thousand events; one that does not fit stays in the queue.
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 8)
        defer { buffer.deallocate() }
        while waitForEvents() {
            guard step(buffer) else { return }
        }
    }

    /// False when the watcher was stopped or released.
    private mutating func waitForEvents() -> Bool {
        while true {
            output.payOverflow()
            var polled = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: control, events: Int16(POLLIN), revents: 0),
            ]
            // While an overflow is owed, the reader's progress has to be looked for.
            let ready = poll(&polled, 2, output.owesOverflow ? 20 : -1)
            if ready < 0 && errno != EINTR { return false }
            if polled[1].revents != 0 { return false }
            if ready > 0 && polled[0].revents != 0 { return true }
        }
    }

    /// Reads once; false when the source has failed.
    private mutating func step(_ buffer: UnsafeMutableRawBufferPointer) -> Bool {
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        guard count > 0 else {
            if errno == EINTR || errno == EAGAIN { return true }
            output.send(.failed(SystemFailure(operation: "read", path: "inotify")))
            return false
        }
        var batch = WatchBatch()
        let canary = source.canaryWatch
        for event in RawWatchEvent.parse(UnsafeRawBufferPointer(rebasing: buffer[..<count])) {
            if event.has(IN_Q_OVERFLOW) {
                batch.isOverflow = true
            } else if event.watch == canary {
                take(canary: event, into: &batch)
            } else {
                table.take(event, into: &batch)
            }
        }
        source.set(table.coverage)
        for event in batch.events { output.send(event) }
        return !batch.rootIsGone
    }

    private func take(canary event: RawWatchEvent, into batch: inout WatchBatch) {
        if event.has(IN_DELETE_SELF) || event.has(IN_MOVE_SELF) {
            batch.canaryFolderIsGone = true
        } else if event.has(IN_CLOSE_WRITE), let name = event.name,
            name.hasPrefix(Canary.prefix)
        {
            batch.canaries.append(name)
        }
    }
}
