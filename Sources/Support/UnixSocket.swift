// Unix sockets by folder descriptor, because a socket's path is limited to 108 bytes and a working
// copy's path is not.

import CLinux
import Glibc

/// A stream socket in the file system.
enum UnixSocket {
    /// Binds and listens; a dead socket file of ours in the way is replaced.
    static func listen(at path: String) throws(SystemFailure) -> Int32 {
        let descriptor = try open(for: path)
        do throws(SystemFailure) {
            try withAddress(of: path) { (pointer, length) throws(SystemFailure) in
                if bind(descriptor, pointer, length) != 0 {
                    let refused = errno == EADDRINUSE && isDead(path)
                    guard refused else { throw SystemFailure(operation: "bind", path: path) }
                    try retrying("unlink", path) { unlink(path) }
                    try retrying("bind", path) { bind(descriptor, pointer, length) }
                }
            }
            try retrying("chmod", path) { chmod(path, 0o600) }
            try retrying("listen", path) { Glibc.listen(descriptor, 64) }
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Connects to a listener.
    ///
    /// - Throws: `EAGAIN` when its backlog is full for all of the limit: it accepts nobody.
    static func connect(
        to path: String, within limit: Duration
    ) throws(SystemFailure) -> Int32 {
        let descriptor = try open(for: path)
        do throws(SystemFailure) {
            try retrying("limit", path) {
                aura_limit_connecting(descriptor, Int(max(1, limit.milliseconds)))
            }
            try withAddress(of: path) { (pointer, length) throws(SystemFailure) in
                _ = try retrying("connect", path) { Glibc.connect(descriptor, pointer, length) }
            }
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// The user behind the other end of a connected socket; nil when the kernel does not say.
    static func peerUser(of descriptor: Int32) -> UInt32? {
        let user = aura_peer_user(descriptor)
        return user < 0 ? nil : UInt32(truncatingIfNeeded: user)
    }

    private static func open(for path: String) throws(SystemFailure) -> Int32 {
        try retrying("socket", path) { aura_unix_socket() }
    }

    private static func isDead(_ path: String) -> Bool {
        do throws(SystemFailure) {
            close(try connect(to: path, within: .seconds(1)))
            return false
        } catch { return error.code == ECONNREFUSED }
    }

    /// Gives `body` an address that reaches `path` through its folder's descriptor.
    private static func withAddress<Value>(
        of path: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws(SystemFailure) -> Value
    ) throws(SystemFailure) -> Value {
        let folder = PathName.parent(of: path)
        let handle = try retrying("open", folder) { aura_open_folder_handle(folder) }
        defer { close(handle) }
        let short = "/proc/self/fd/\(handle)/\(PathName.last(of: path))"
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(short.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SystemFailure(operation: "bind", path: path, code: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        do {
            return try withUnsafePointer(to: &address) { pointer in
                try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    try body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        } catch let error as SystemFailure {
            throw error
        } catch {
            throw SystemFailure(operation: "bind", path: path)  // the closure throws nothing else
        }
    }
}
