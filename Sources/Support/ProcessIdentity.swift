// Who a process is: a pid alone is reused within minutes on a busy machine.

import Glibc

/// A process named so that a reused pid is told apart: pid, start time and executable.
public struct ProcessIdentity: Codable, Hashable, Sendable {
    public let pid: Int32
    /// Field 22 of `/proc/PID/stat`: clock ticks since boot.
    public let startTicks: UInt64
    /// The resolved path of the executable, without the kernel's ` (deleted)` suffix.
    public let executable: String
    /// The kernel's boot id, so that a record from before a reboot matches nothing.
    public let bootID: String

    /// The calling process.
    public static func current() throws(SystemFailure) -> ProcessIdentity {
        guard let identity = of(pid: getpid()) else {
            throw SystemFailure(operation: "read", path: "/proc/self/stat")
        }
        return identity
    }

    /// The process that has this pid now; nil when there is none, it is a zombie, or it ends.
    public static func of(pid: Int32) -> ProcessIdentity? {
        guard let entry = Entry(pid: pid), let executable = executable(of: pid) else { return nil }
        return ProcessIdentity(
            pid: pid, startTicks: entry.startTicks, executable: executable,
            bootID: currentBootID)
    }

    /// True while exactly this process lives, or holds a file or a lock on its way out: the kernel
    /// forgets the executable of a process that was killed before it closes what it had open.
    public var isAlive: Bool {
        guard let entry = Entry(pid: pid), entry.startTicks == startTicks,
            bootID == Self.currentBootID
        else { return false }
        return Self.executable(of: pid).map { $0 == executable } ?? true
    }

    /// What this process has used of the processor, and whether it waits for more.
    public struct Activity: Hashable, Sendable {
        /// Clock ticks, of all its threads.
        public let ticks: UInt64
        /// True while its first thread runs, or would if the machine let it.
        public let isRunnable: Bool
        /// True while a signal, or a debugger, keeps it from running.
        public let isStopped: Bool
    }

    /// Nil when exactly this process is gone.
    public var activity: Activity? {
        guard let entry = Entry(pid: pid), entry.startTicks == startTicks else { return nil }
        return entry.activity
    }

    /// What the kernel tells of a process that is not gone.
    private struct Entry {
        let startTicks: UInt64
        let activity: Activity

        init?(pid: Int32) {
            guard let text = procText("/proc/\(pid)/stat"),
                let close = text.lastIndex(of: ")")
            else { return nil }
            let fields = text[text.index(after: close)...].split(separator: " ")
            guard fields.count > 19, fields[0] != "X", let ticks = UInt64(fields[19]) else {
                return nil
            }
            // A first thread that has ended is a zombie while others of the process still run.
            if fields[0] == "Z", fields[17] == "1" || fields[17] == "0" { return nil }
            startTicks = ticks
            let used = fields[11...12].compactMap { UInt64($0) }.reduce(0, &+)
            activity = Activity(
                ticks: used, isRunnable: fields[0] == "R",
                isStopped: fields[0] == "T" || fields[0] == "t")
        }
    }

    /// Nil while the process has no program any more, or is another user's.
    private static func executable(of pid: Int32) -> String? {
        guard let link = PathName.link("/proc/\(pid)/exe") else { return nil }
        return link.hasSuffix(" (deleted)") ? String(link.dropLast(10)) : link
    }

    private static var currentBootID: String {
        (procText("/proc/sys/kernel/random/boot_id") ?? "unknown")
            .split(separator: "\n").first.map(String.init) ?? "unknown"
    }

    /// Files in `/proc` have size 0, so they are read until their end.
    private static func procText(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}

extension PathName {
    /// The target of a symbolic link; nil when it is none.
    public static func link(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes {
            readlink(path, $0.baseAddress!.assumingMemoryBound(to: CChar.self), 4096)  // not empty
        }
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }
}
