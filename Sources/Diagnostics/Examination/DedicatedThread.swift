// A thread of its own for work that may never come back.
//
// Neither the cooperative pool nor a dispatch queue will do: both have a limit, and work that is
// stuck in the kernel counts against it. A detached thread costs some address space and may be
// forgotten. A process with forgotten threads must end by `_exit`: `exit` runs destructors that
// the thread may still be using.

import Glibc
import Support

enum DedicatedThread {
    /// Large enough for recursive decoding in a debug build; only touched pages cost memory.
    private static let stackBytes = 8 << 20

    /// Runs `body` on a new detached thread.
    ///
    /// - Parameter name: what the thread is for, as an error names it.
    static func start(
        _ name: String, _ body: @escaping @Sendable () -> Void
    ) throws(SystemFailure) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, stackBytes)
        let box = Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        let code = pthread_create(&thread, &attributes, runWork, box.toOpaque())
        guard code == 0 else {
            box.release()
            throw SystemFailure(operation: "create thread", path: name, code: code)
        }
    }

    /// State letter of a thread of this process and the kernel function it sleeps in, where the
    /// kernel tells: `S in pipe_read`. Nil when the thread is gone.
    static func state(of task: String) -> String? {
        let folder = "/proc/self/task/\(task)"
        guard let stat = ProcFile.read("\(folder)/stat"),
            let close = stat.lastIndex(of: ")"),
            let letter = stat[stat.index(after: close)...].split(separator: " ").first
        else { return nil }
        let place = ProcFile.read("\(folder)/wchan") ?? ""
        return place.isEmpty || place == "0" ? String(letter) : "\(letter) in \(place)"
    }

    /// The kernel's number of the calling thread, as its folder under `/proc/self/task` is named.
    static var current: String {
        PathName.link("/proc/thread-self").map(PathName.last(of:)) ?? ""
    }
}

private final class Work: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private func runWork(_ box: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let box else { return nil }
    Unmanaged<Work>.fromOpaque(box).takeRetainedValue().body()
    return nil
}

/// Files in `/proc` have size 0, so they are read until their end.
enum ProcFile {
    static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var chunk = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(descriptor, &chunk, chunk.count)
        return count < 0 ? nil : String(decoding: chunk[..<count], as: UTF8.self)
    }
}
