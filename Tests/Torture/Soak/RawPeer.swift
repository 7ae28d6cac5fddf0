// A peer as a bare socket: no library between it and the bytes, so that thousands fit into one
// process and every byte on the wire is counted.

import CLinux
import Foundation
import Glibc
import LiveProtocol
import Support

/// A connection that says the protocol by hand.
public final class RawPeer {
    public let descriptor: Int32
    public private(set) var sentBytes = 0
    public private(set) var receivedBytes = 0
    private var buffer: [UInt8] = []
    private var start = 0
    public private(set) var isUpgraded = false
    private var outgoing: [UInt8] = []
    private var nextID: UInt64 = 1
    /// The server ended the connection.
    public private(set) var hasEnded = false

    /// Begins to connect to a port of this machine; nothing is waited for.
    public init(port: Int, room: String) throws {
        let flags =
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            | Int32(SOCK_CLOEXEC.rawValue)
        descriptor = try retrying("socket", "raw peer") { socket(AF_INET, flags, 0) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if code != 0, errno != EINPROGRESS {
            let failure = SystemFailure(operation: "connect", path: "port \(port)")
            Glibc.close(descriptor)
            throw failure
        }
        outgoing = Array(
            ("GET /ws/\(room) HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                + "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + "Sec-WebSocket-Version: 13\r\n\r\n").utf8)
    }

    public func close() { Glibc.close(descriptor) }

    /// True while bytes wait for room in the socket.
    public var wantsToWrite: Bool { !outgoing.isEmpty }

    /// Queues a message and sends what the socket takes.
    public func send(_ message: PeerMessage) throws {
        queue(Array(try Envelope(id: nextID, message: message).text().utf8))
        nextID += 1
        try flush()
    }

    /// Queues a text frame whose bytes are given.
    public func queue(_ payload: [UInt8]) {
        var frame: [UInt8] = [0x81]
        switch payload.count {
        case ..<126: frame.append(0x80 | UInt8(payload.count))
        case ..<65_536:
            frame += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        default:
            frame.append(0x80 | 127)
            frame += (0..<8).reversed().map { UInt8(payload.count >> ($0 * 8) & 255) }
        }
        // A mask of zeros leaves the payload as it is; the server sees a masked frame.
        outgoing += frame + [0, 0, 0, 0] + payload
    }

    /// Sends what the socket takes.
    public func flush() throws {
        guard !outgoing.isEmpty else { return }
        let count = outgoing.withUnsafeBytes {
            Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if count > 0 {
            sentBytes += count
            outgoing.removeFirst(count)
        } else if errno != EAGAIN, errno != ENOTCONN {
            hasEnded = true
        }
    }

    /// Reads what is there without waiting.
    ///
    /// - Returns: the payloads of whole text frames that arrived.
    public func receive() throws -> [[UInt8]] {
        var chunk = [UInt8](repeating: 0, count: 128 << 10)
        while true {
            let count = Int(aura_receive(descriptor, &chunk, UInt(chunk.count)))
            if count < 0, errno == EAGAIN || errno == EINTR { break }
            guard count > 0 else {
                hasEnded = true
                break
            }
            receivedBytes += count
            buffer += chunk[..<count]
            if count < chunk.count { break }
        }
        return frames()
    }

    /// The same, parsed.
    public func messages() throws -> [ServerMessage] {
        try receive().map { payload in
            try Envelope<ServerMessage>(parsing: String(decoding: payload, as: UTF8.self)).message
        }
    }

    private func frames() -> [[UInt8]] {
        if !isUpgraded, !takeUpgrade() { return [] }
        var payloads: [[UInt8]] = []
        while let (opcode, range) = nextFrame() {
            if opcode == 8 { hasEnded = true }
            if opcode == 1 { payloads.append(Array(buffer[range])) }
            start = range.upperBound
        }
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        return payloads
    }

    private func takeUpgrade() -> Bool {
        guard let end = buffer.firstRange(of: Array("\r\n\r\n".utf8)) else { return false }
        isUpgraded = buffer.starts(with: Array("HTTP/1.1 101".utf8))
        if !isUpgraded { hasEnded = true }
        buffer.removeFirst(end.upperBound)
        return isUpgraded
    }

    private func nextFrame() -> (opcode: UInt8, payload: Range<Int>)? {
        let available = buffer.count - start
        guard available >= 2 else { return nil }
        var (length, head) = (Int(buffer[start + 1] & 127), 2)
        let extended = length == 126 ? 2 : length == 127 ? 8 : 0
        guard available >= head + extended else { return nil }
        if extended > 0 {
            length = buffer[start + 2..<start + 2 + extended].reduce(0) { $0 << 8 | Int($1) }
            head += extended
        }
        guard available >= head + length else { return nil }
        return (buffer[start] & 15, start + head..<start + head + length)
    }
}

/// Waiting for many sockets at once.
public enum RawPeers {
    /// Waits until a socket has something, and tells which; nothing after `milliseconds`.
    public static func ready(_ peers: [RawPeer], milliseconds: Int32) -> [Int] {
        var entries = peers.map { peer in
            pollfd(
                fd: peer.hasEnded ? -1 : peer.descriptor,
                events: Int16(POLLIN) | (peer.wantsToWrite ? Int16(POLLOUT) : 0), revents: 0)
        }
        guard poll(&entries, nfds_t(entries.count), milliseconds) > 0 else { return [] }
        return entries.indices.filter { entries[$0].revents != 0 }
    }

    /// Lets this process have as many sockets as its hard limit allows.
    public static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        // Refused, it stays as it was, and the first socket too many says so.
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
