// A TCP proxy that misbehaves on request: it delays, swallows, rewrites or cuts what passes.
//
// It stands between a peer and a Mothership on loopback, so a fault of the network touches exactly
// one connection and nothing of the machine.

import CLinux
import Foundation
import Glibc
import Support
import Synchronization

/// A proxy in front of one port of this machine.
public final class FaultProxy: Sendable {
    /// What happens to bytes on their way.
    public struct Behaviour: Sendable {
        /// Held back for this long, in each direction.
        public var delay = Duration.zero
        /// Bytes from the peer are read and thrown away.
        public var swallowsUpstream = false
        /// Bytes from the Mothership are read and thrown away.
        public var swallowsDownstream = false
        /// Rewrites what the Mothership sends; must keep the number of bytes.
        public var rewritesDownstream: (@Sendable ([UInt8]) -> [UInt8])?

        public init() {}
    }

    /// Where peers connect to.
    public let port: Int
    private let target: Int
    private let behaviour = Mutex(Behaviour())
    private let listening = OpenSockets()
    private let connections = OpenSockets()

    /// Listens and forwards to `target`.
    ///
    /// - Parameter port: 0 takes a free one.
    public init(to target: Int, port wanted: Int = 0) throws {
        // Writing to a connection that was cut is an error to look at, not a reason to die.
        signal(SIGPIPE, SIG_IGN)
        self.target = target
        let listener = try retrying("socket", "proxy") { LoopbackSocket.make() }
        let listening = listening
        listening.add([listener])
        do throws(SystemFailure) {
            port = try LoopbackSocket.listen(listener, port: wanted)
        } catch {
            listening.close([listener])
            throw error
        }
        Thread.detachNewThread { [weak self] in
            while true {
                let caller = aura_accept(listener)
                guard caller >= 0, let self else { break }
                self.serve(caller)
            }
            listening.close([listener])
        }
    }

    public var endpoint: String { "ws://127.0.0.1:\(port)" }

    /// Changes what happens from now on.
    public func set(_ change: @Sendable (inout Behaviour) -> Void) {
        behaviour.withLock { change(&$0) }
    }

    /// Ends every open connection; new ones are accepted.
    public func cut() {
        connections.shutDown()
    }

    /// Ends everything; connections are refused from now on.
    public func stop() {
        listening.shutDown()
        cut()
    }

    private func serve(_ caller: Int32) {
        let server = LoopbackSocket.make()
        guard server >= 0, LoopbackSocket.connect(server, port: target) else {
            close(caller)
            if server >= 0 { close(server) }
            return
        }
        connections.add([caller, server])
        let open = Mutex(2)
        let pump: @Sendable (Int32, Int32, Bool) -> Void = { [self] source, destination, isUp in
            forward(source, destination, isUp: isUp)
            connections.shutDown([source, destination])
            // The last of the two directions closes both ends.
            if open.withLock({
                $0 -= 1
                return $0
            }) == 0 {
                connections.close([caller, server])
            }
        }
        Thread.detachNewThread { pump(caller, server, true) }
        Thread.detachNewThread { pump(server, caller, false) }
    }

    private func forward(_ source: Int32, _ destination: Int32, isUp: Bool) {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(source, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            let now = behaviour.withLock { $0 }
            if isUp ? now.swallowsUpstream : now.swallowsDownstream { continue }
            if now.delay > .zero { pause(milliseconds: Int32(clamping: now.delay.milliseconds)) }
            var bytes = Array(chunk[..<count])
            if !isUp, let rewrite = now.rewritesDownstream { bytes = rewrite(bytes) }
            do throws(SystemFailure) {
                try FileAccess.writeAll(bytes, to: destination, path: "proxy")
            } catch {
                return  // the other side is gone, which ends this direction too
            }
        }
    }
}

/// Descriptors that several threads use. One is shut down only while it is open: after that its number
/// may be somebody else's, of another stage's program for example.
private final class OpenSockets: Sendable {
    private let open = Mutex<Set<Int32>>([])

    func add(_ descriptors: [Int32]) { open.withLock { $0.formUnion(descriptors) } }

    /// - Parameter descriptors: all that are open unless some are named.
    func shutDown(_ descriptors: Set<Int32>? = nil) {
        open.withLock { open in
            for descriptor in open.intersection(descriptors ?? open) {
                shutdown(descriptor, Int32(SHUT_RDWR))
            }
        }
    }

    func close(_ descriptors: [Int32]) {
        open.withLock { open in
            for descriptor in descriptors where open.remove(descriptor) != nil {
                Glibc.close(descriptor)
            }
        }
    }
}

/// TCP sockets on 127.0.0.1.
private enum LoopbackSocket {
    static func make() -> Int32 { socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }

    /// Binds to a port, 0 for a free one, and returns it.
    static func listen(_ descriptor: Int32, port: Int) throws(SystemFailure) -> Int {
        var reuse: Int32 = 1
        // A port that was served a moment ago may still be winding down.
        setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        var bound: Int32 = 0
        withAddress(port: port) { pointer, length in
            bound = bind(descriptor, pointer, length)
        }
        guard bound == 0 else { throw SystemFailure(operation: "bind", path: "proxy") }
        try retrying("listen", "proxy") { Glibc.listen(descriptor, 16) }
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &length)
            }
        }
        guard code == 0 else { throw SystemFailure(operation: "getsockname", path: "proxy") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    static func connect(_ descriptor: Int32, port: Int) -> Bool {
        var connected = false
        withAddress(port: port) { pointer, length in
            connected = Glibc.connect(descriptor, pointer, length) == 0
        }
        return connected
    }

    private static func withAddress(
        port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Void
    ) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
