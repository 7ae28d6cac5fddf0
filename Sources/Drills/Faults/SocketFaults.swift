// Faults of the network on this machine: a port whose queue is full, and a message that gets lost.

import Foundation
import Glibc
import Support
import Synchronization

/// A listener that never accepts and whose queue is full: the kernel drops what else arrives, so a
/// caller hears nothing at all.
public final class FullListener {
    public let port: Int
    private var descriptors: [Int32] = []

    /// - Parameter port: 0 takes a free one.
    public init(port wanted: Int = 0) throws {
        let stream = Int32(SOCK_STREAM.rawValue)
        let listener = try retrying("socket", "full") { socket(AF_INET, stream, 0) }
        descriptors = [listener]
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(wanted).bigEndian
        var reuse: Int32 = 1
        // A port that was served a moment ago may still be winding down.
        setsockopt(
            listener, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        func withAddress(_ body: (UnsafeMutablePointer<sockaddr>) -> Int32) -> Int32 {
            withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body)
            }
        }
        do { try retrying("bind", "full") { withAddress { bind(listener, $0, size) } } } catch {
            Glibc.close(listener)
            throw error
        }
        try retrying("listen", "full") { listen(listener, 0) }
        try retrying("getsockname", "full") { withAddress { getsockname(listener, $0, &size) } }
        port = Int(UInt16(bigEndian: address.sin_port))
        // More than the queue takes; those that find no place stay without an answer.
        for _ in 0..<8 {
            let flags = stream | Int32(SOCK_NONBLOCK.rawValue)
            let caller = try retrying("socket", "full") { socket(AF_INET, flags, 0) }
            descriptors.append(caller)
            // In progress is all it has to be.
            _ = withAddress { connect(caller, $0, size) }
        }
    }

    public func close() {
        for descriptor in descriptors { Glibc.close(descriptor) }
        descriptors = []
    }
}

/// Says yes once.
public final class Lost: Sendable {
    private let seen = Mutex(false)

    public init() {}

    public func isFirst() -> Bool {
        seen.withLock { seen in
            defer { seen = true }
            return !seen
        }
    }

    public var hasHappened: Bool { seen.withLock { $0 } }
}

/// Another program that listens on a port of this machine.
final class Stranger {
    private let program: BackgroundProgram

    static let interpreter = "/usr/bin/python3"

    init(port: Int) throws {
        // Until the kernel has let go of a dead server's connections the port is taken.
        let arguments = [
            "-c",
            """
            import socket, time
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            while True:
                try:
                    s.bind(("127.0.0.1", \(port)))
                    break
                except OSError:
                    time.sleep(0.05)
            s.listen(16)
            while True:
                s.accept()[0].close()
            """,
        ]
        var process = ChildProcess(Self.interpreter, arguments, environment: [:])
        process.log = "/dev/null"
        program = try BackgroundProgram(process)
    }

    func end() {
        program.end()
    }
}
