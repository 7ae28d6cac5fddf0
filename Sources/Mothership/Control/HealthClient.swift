// GET /health over a plain socket: a probe that must end in time and must not bring an event loop
// into a short command.

import CLinux
import Glibc
import Support

/// Why `/health` gave nothing.
public enum HealthFailure: Failure, Equatable {
    /// Nobody listens.
    case refused(address: String)
    case timedOut(address: String, after: Duration)
    /// Somebody answers who is no Mothership.
    case foreign(address: String)
    case broken(address: String, code: Int32)

    public var subject: String {
        switch self {
        case .refused(let address), .timedOut(let address, _), .foreign(let address),
            .broken(let address, _):
            address
        }
    }
    public var reason: String {
        switch self {
        case .refused: "nobody listens"
        case .timedOut(_, let limit): "no answer in \(limit.brief)"
        case .foreign: "the answer is not a Mothership's"
        case .broken(_, let code): "the connection broke: \(SystemFailure.text(of: code))"
        }
    }
    public var nextStep: String {
        switch self {
        case .refused: "start the Mothership with aura mothership start"
        case .timedOut: "check whether the process is stopped or overloaded"
        case .foreign: "find the program that has the port (ss -ltnp), or choose another port"
        case .broken: "try again; look into its log if it stays"
        }
    }
}

/// Asks a Mothership over plain HTTP.
public enum HealthClient {
    /// Longest answer that is read; ours has 500 bytes.
    private static let bytesMax = 64 << 10

    /// Asks for `/health`. Blocks its thread, at most for the timeout.
    ///
    /// - Parameter address: an IPv4 or IPv6 address, or `localhost`.
    public static func fetch(
        _ address: String, port: Int, timeout: Duration
    ) throws(HealthFailure) -> Health {
        let answer = try ask("/health", address, port: port, timeout: timeout)
        guard let health = parse(answer) else { throw .foreign(address: "\(address):\(port)") }
        return health
    }

    /// Asks for `/metrics`, which loopback may read. Blocks like ``fetch(_:port:timeout:)``.
    ///
    /// - Returns: the exposition text.
    public static func metrics(
        _ address: String, port: Int, timeout: Duration
    ) throws(HealthFailure) -> String {
        let answer = try ask("/metrics", address, port: port, timeout: timeout)
        let text = String(decoding: answer, as: UTF8.self)
        guard text.hasPrefix("HTTP/1.1 200"), let body = text.firstRange(of: "\r\n\r\n") else {
            throw .foreign(address: "\(address):\(port)")
        }
        return String(text[body.upperBound...])
    }

    private static func ask(
        _ path: String, _ address: String, port: Int, timeout: Duration
    ) throws(HealthFailure) -> [UInt8] {
        let name = "\(address):\(port)"
        let until = SystemClock().uptime + timeout
        let late = HealthFailure.timedOut(address: name, after: timeout)
        let descriptor = try connect(address, port, until: until, name: name, late: late)
        defer { close(descriptor) }
        let request = "GET \(path) HTTP/1.1\r\nHost: \(name)\r\nConnection: close\r\n\r\n"
        try wait(descriptor, POLLOUT, until, late)
        // 60 bytes fit an empty socket buffer at once.
        let sent = Array(request.utf8).withUnsafeBytes {
            aura_send(descriptor, $0.baseAddress, UInt($0.count))
        }
        guard sent == request.utf8.count else { throw .broken(address: name, code: errno) }
        return try readAll(descriptor, until: until, name: name, late: late)
    }

    /// The address to ask when a listener is bound to any address.
    public static func reachable(_ bind: String) -> String {
        bind == "0.0.0.0" ? "127.0.0.1" : bind == "::" ? "::1" : bind
    }

    static func parse(_ answer: [UInt8]) -> Health? {
        let text = String(decoding: answer, as: UTF8.self)
        // A Mothership that cannot use its store says so with 503, and is one all the same.
        guard ["HTTP/1.1 200", "HTTP/1.1 503"].contains(where: text.hasPrefix),
            let open = text.firstIndex(of: "{"), let end = text.lastIndex(of: "}")
        else { return nil }
        // What does not decode is another program's answer, which nil says.
        return try? JSONText.decode(Health.self, from: String(text[open...end]))
    }

    private static func connect(
        _ address: String, _ port: Int, until: Duration, name: String, late: HealthFailure
    ) throws(HealthFailure) -> Int32 {
        let host = address == "localhost" ? "127.0.0.1" : address
        let isIPv6 = host.contains(":")
        let descriptor = socket(
            isIPv6 ? AF_INET6 : AF_INET,
            Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .broken(address: name, code: errno) }
        let code = isIPv6 ? connect6(descriptor, host, port) : connect4(descriptor, host, port)
        do throws(HealthFailure) {
            if code == EINPROGRESS { try wait(descriptor, POLLOUT, until, late) }
            let final = code == EINPROGRESS ? pendingError(descriptor) : code
            if final == ECONNREFUSED { throw .refused(address: name) }
            if final != 0 { throw .broken(address: name, code: final) }
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func connect4(_ descriptor: Int32, _ host: String, _ port: Int) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else { return EINVAL }
        return connect(descriptor, &address, socklen_t(MemoryLayout<sockaddr_in>.size))
    }

    private static func connect6(_ descriptor: Int32, _ host: String, _ port: Int) -> Int32 {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = in_port_t(truncatingIfNeeded: port).bigEndian
        guard inet_pton(AF_INET6, host, &address.sin6_addr) == 1 else { return EINVAL }
        return connect(descriptor, &address, socklen_t(MemoryLayout<sockaddr_in6>.size))
    }

    private static func connect<Address>(
        _ descriptor: Int32, _ address: inout Address, _ length: socklen_t
    ) -> Int32 {
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, length)
            }
        }
        return result == 0 ? 0 : errno
    }

    private static func pendingError(_ descriptor: Int32) -> Int32 {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
        return code
    }

    private static func readAll(
        _ descriptor: Int32, until: Duration, name: String, late: HealthFailure
    ) throws(HealthFailure) -> [UInt8] {
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while answer.count < bytesMax {
            try wait(descriptor, POLLIN, until, late)
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
            if count < 0 { throw .broken(address: name, code: errno) }
            if count == 0 { return answer }
            answer += chunk[..<count]
        }
        return answer
    }

    private static func wait(
        _ descriptor: Int32, _ events: Int32, _ until: Duration, _ late: HealthFailure
    ) throws(HealthFailure) {
        while true {
            let left = (until - SystemClock().uptime).milliseconds
            guard left > 0 else { throw late }
            var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let count = poll(&entry, 1, Int32(clamping: left))
            if count > 0 { return }
            if count < 0 && errno != EINTR { throw .broken(address: late.subject, code: errno) }
        }
    }
}
