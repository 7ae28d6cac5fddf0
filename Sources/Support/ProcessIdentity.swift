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

    /// The process that has this pid now; nil when there is none or it is a zombie.
    public static func of(pid: Int32) -> ProcessIdentity? {
        guard let text = procText("/proc/\(pid)/stat"),
            let close = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X",
            let ticks = UInt64(fields[19]),
            let link = PathName.link("/proc/\(pid)/exe")
        else { return nil }
        let executable = link.hasSuffix(" (deleted)") ? String(link.dropLast(10)) : link
        return ProcessIdentity(
            pid: pid, startTicks: ticks, executable: executable, bootID: currentBootID)
    }

    /// True while exactly this process lives.
    public var isAlive: Bool { Self.of(pid: pid) == self }

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
