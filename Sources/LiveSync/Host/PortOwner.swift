// Which process of this machine listens on a port: the socket's inode from the kernel's table, and
// the process that has it open. Processes of other users cannot be looked into; then the port is
// known to be taken, and not by whom.

import Foundation
import Support

/// Who listens on a port.
public struct PortOwner: Codable, Hashable, Sendable {
    public var port: Int
    /// Nil when the process belongs to another user.
    public var process: ProcessIdentity?

    public init(port: Int, process: ProcessIdentity?) {
        self.port = port
        self.process = process
    }

    /// The listener of a TCP port; nil when there is none.
    static func find(_ port: Int) -> PortOwner? {
        let inodes = Set(tables.flatMap { listeners(in: $0, port: port) })
        guard !inodes.isEmpty else { return nil }
        return PortOwner(port: port, process: process(holding: inodes))
    }

    private static var tables: [String] {
        ["/proc/net/tcp", "/proc/net/tcp6"].compactMap { path in
            // A kernel without IPv6 has no second table.
            try? FileAccess.kernelText(path)
        }
    }

    /// Inodes of sockets in state LISTEN (0A) on this port.
    static func listeners(in table: String, port: Int) -> [String] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[3] == "0A",
                let written = fields[1].split(separator: ":").last,
                Int(written, radix: 16) == port
            else { return nil }
            return String(fields[9])
        }
    }

    private static func process(holding inodes: Set<String>) -> ProcessIdentity? {
        let wanted = Set(inodes.map { "socket:[\($0)]" })
        // A folder of /proc that cannot be listed belongs to another user or to nobody any more.
        let names = (try? FileAccess.names(in: "/proc")) ?? []
        for pid in names.compactMap(Int32.init) {
            let folder = "/proc/\(pid)/fd"
            // As above.
            let open = (try? FileAccess.names(in: folder)) ?? []
            if open.contains(where: { wanted.contains(PathName.link("\(folder)/\($0)") ?? "") }) {
                return .of(pid: pid)
            }
        }
        return nil
    }
}

extension SyncHost {
    /// The process that listens on a port of this machine.
    public func owner(ofPort port: Int) -> PortOwner? { PortOwner.find(port) }
}
