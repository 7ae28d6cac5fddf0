// One JSON line in, one JSON line out, over a Unix socket: how the command line talks to its own
// background processes. Every wait has an end, because the process behind a socket may hang.

import CLinux
import Foundation
import Glibc
import Synchronization

/// A command for a background process.
public struct ControlRequest: Codable, Sendable {
    public let command: String
    public let arguments: [String: String]
    /// The caller's user id as the kernel tells it; set by the server.
    public var userID: UInt32?

    public init(command: String, arguments: [String: String] = [:]) {
        self.command = command
        self.arguments = arguments
    }
}

/// The answer: a JSON value, or a failure in its three parts.
public struct ControlReply: Codable, Sendable {
    private var value: String?
    private var failure: Parts?

    private struct Parts: Codable {
        let subject: String
        let reason: String
        let nextStep: String
        let exitStatus: Int32
    }

    /// The answer to a command that was carried out.
    public static func success(_ value: some Encodable) -> ControlReply {
        do { return ControlReply(value: try JSONText.encode(value), failure: nil) } catch {
            return .failure(
                PlainFailure("answer", "cannot be encoded", nextStep: "report this defect"))
        }
    }

    /// The answer to a command that was not, with the words for the person who gave it.
    public static func failure(_ failure: any Failure) -> ControlReply {
        ControlReply(
            value: nil,
            failure: Parts(
                subject: failure.subject, reason: failure.reason, nextStep: failure.nextStep,
                exitStatus: failure.exitStatus.rawValue))
    }

    /// The value.
    ///
    /// - Throws: the failure the other side answered with, or one that says the answer has
    ///   another shape (two releases that do not fit).
    public func decode<Value: Decodable>(_ type: Value.Type) throws(PlainFailure) -> Value {
        if let failure {
            throw PlainFailure(
                failure.subject, failure.reason, nextStep: failure.nextStep,
                exitStatus: ExitStatus(rawValue: failure.exitStatus) ?? .inputOutput)
        }
        do { return try JSONText.decode(type, from: value ?? "null") } catch {
            throw PlainFailure(
                "answer", "has another shape than this release expects",
                nextStep: "restart the background process with this release")
        }
    }
}

/// Why a control call got no answer.
public enum ControlFailure: Failure {
    /// Nobody listens: no socket file, or a refused connection.
    case notRunning(path: String)
    /// The kernel does not let this user connect: the socket, or a folder above it, is another's.
    case forbidden(path: String)
    case timedOut(path: String, command: String, after: Duration)
    case broken(path: String, why: String)

    public var subject: String {
        switch self {
        case .notRunning(let path), .forbidden(let path), .timedOut(let path, _, _),
            .broken(let path, _):
            path
        }
    }
    public var reason: String {
        switch self {
        case .notRunning: "no process answers on this socket"
        case .forbidden: "this user may not connect to it"
        case .timedOut(_, let command, let limit): "\(command) got no answer in \(limit.brief)"
        case .broken(_, let why): "the connection broke: \(why)"
        }
    }
    public var nextStep: String {
        switch self {
        case .notRunning: "start it"
        case .forbidden: "check owner and permissions"
        case .timedOut: "check whether the process is stopped or overloaded"
        case .broken: "try again; look into its log if it stays"
        }
    }
}

/// The longest line either side accepts.
private let lineBytesMax = 64 << 20

/// The calling side. Blocks its thread, at most for the timeout.
public enum ControlClient {
    /// True when somebody takes connections there, or when that cannot be told.
    public static func isServed(path: String) -> Bool {
        do throws(SystemFailure) {
            close(try UnixSocket.connect(to: path, within: .seconds(1)))
            return true
        } catch {
            return ![ENOENT, ECONNREFUSED, ENOTDIR].contains(error.code)
        }
    }

    /// Sends one command and waits for its answer. Blocks its thread, at most for the timeout.
    public static func call(
        path: String, command: String, arguments: [String: String] = [:],
        timeout: Duration = .seconds(5)
    ) throws(ControlFailure) -> ControlReply {
        let until = SystemClock().uptime + timeout
        let descriptor: Int32
        do throws(SystemFailure) {
            descriptor = try UnixSocket.connect(to: path, within: timeout)
        } catch {
            switch error.code {
            case ENOENT, ECONNREFUSED, ENOTDIR: throw .notRunning(path: path)
            case EACCES, EPERM: throw .forbidden(path: path)
            case EAGAIN: throw .timedOut(path: path, command: command, after: timeout)
            default: throw .broken(path: path, why: error.reason)
            }
        }
        defer { close(descriptor) }
        // Its server hangs up on other users without a word, root among them, whom the kernel lets through:
        // that is no sign of one that hangs.
        if let owner = UnixSocket.peerUser(of: descriptor), owner != geteuid(), owner != 0 {
            throw .forbidden(path: path)
        }
        let line: [UInt8]?
        do {
            let text = try JSONText.encode(ControlRequest(command: command, arguments: arguments))
            try LineStream.write(Array(text.utf8), to: descriptor, until: until)
            line = try LineStream.read(from: descriptor, until: until)
        } catch LineStream.Stop.late {
            throw .timedOut(path: path, command: command, after: timeout)
        } catch {
            throw .broken(path: path, why: String(describing: error))
        }
        guard let line else { throw .broken(path: path, why: "closed without an answer") }
        do { return try JSONText.decode(ControlReply.self, from: line) } catch {
            throw .broken(path: path, why: "the answer is no reply")
        }
    }
}

/// The listening side: a thread that accepts, a thread per caller, an async handler.
public final class ControlServer: Sendable {
    public typealias Handler = @Sendable (ControlRequest) async -> ControlReply

    private let path: String
    private let listener: Int32
    private let stopped = Mutex(false)
    private let calls = DispatchGroup()

    /// Listens at `path` (mode 0600) until ``stop()``. Callers of another user are refused.
    public init(path: String, handler: @escaping Handler) throws(SystemFailure) {
        self.path = path
        listener = try UnixSocket.listen(at: path)
        let (listener, calls) = (listener, calls)
        Thread.detachNewThread { [weak self] in
            while true {
                let caller = aura_accept(listener)
                let code = errno
                guard self?.stopped.withLock({ $0 }) == false else {
                    if caller >= 0 { close(caller) }
                    break
                }
                if caller < 0 {
                    if code != EINTR && code != ECONNABORTED {
                        // Out of descriptors or memory: nothing tells when there are some again.
                        Thread.sleep(forTimeInterval: 0.1)
                    }
                    continue
                }
                calls.enter()
                Thread.detachNewThread { Self.serve(caller, handler) { calls.leave() } }
            }
            close(listener)
        }
    }

    /// Stops listening and removes the socket file. Calls under way go on; see ``finish(within:)``.
    public func stop() {
        // The thread that accepts closes the listener once it sees that; not before it is shut down.
        let first = stopped.withLock { stopped in
            defer { stopped = true }
            if !stopped { shutdown(listener, Int32(SHUT_RDWR)) }
            return !stopped
        }
        if first { unlink(path) }
    }

    /// Waits until every call under way has its answer. A process that ends before would leave the
    /// one who ended it without a word.
    ///
    /// - Parameter limit: a handler that hangs holds nobody up for longer.
    public func finish(within limit: Duration) {
        _ = calls.wait(timeout: .now() + .milliseconds(Int(limit.milliseconds)))
    }

    private static func serve(
        _ caller: Int32, _ handler: @escaping Handler, _ answered: @escaping @Sendable () -> Void
    ) {
        let request: ControlRequest
        do {
            guard let received = try receive(caller) else {
                close(caller)
                return answered()
            }
            request = received
        } catch {
            answer(
                caller,
                .failure(
                    PlainFailure(
                        "request", "is no control request",
                        nextStep: "use the aura command of the same release")))
            return answered()
        }
        // The answer must not wait for a pool that other work keeps busy.
        Task(executorPreference: OwnThreads.shared) {
            answer(caller, await handler(request))
            answered()
        }
    }

    /// The request; nil from another user, or from one who left before it was whole.
    private static func receive(_ caller: Int32) throws -> ControlRequest? {
        let user = UnixSocket.peerUser(of: caller)
        let limit = SystemClock().uptime + .seconds(60)
        guard user == geteuid() || geteuid() == 0,
            let line = try LineStream.read(from: caller, until: limit)
        else { return nil }
        var request = try JSONText.decode(ControlRequest.self, from: line)
        request.userID = user
        return request
    }

    private static func answer(_ caller: Int32, _ reply: ControlReply) {
        defer { close(caller) }
        do {
            let text = try JSONText.encode(reply)
            let limit = SystemClock().uptime + .seconds(5)
            try LineStream.write(Array(text.utf8), to: caller, until: limit)
        } catch {
            return  // the caller went away; there is nobody left to tell
        }
    }
}

/// Lines over a socket, never past a point in time.
private enum LineStream {
    enum Stop: Error {
        case late
        case broken(Int32)
        case tooLong
    }

    static func write(_ line: [UInt8], to descriptor: Int32, until: Duration) throws {
        let bytes = line + [UInt8(ascii: "\n")]
        var offset = 0
        while offset < bytes.count {
            try wait(descriptor, POLLOUT, until)
            let count = bytes.withUnsafeBytes {
                aura_send(
                    descriptor, $0.baseAddress! + offset,  // never empty
                    UInt(bytes.count - offset))
            }
            if count < 0 && errno != EINTR && errno != EAGAIN { throw Stop.broken(errno) }
            offset += max(0, count)
        }
    }

    /// The next line without its end; nil when the other side closed before one was complete.
    static func read(from descriptor: Int32, until: Duration) throws -> [UInt8]? {
        var line: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while line.count < lineBytesMax {
            try wait(descriptor, POLLIN, until)
            let count = aura_receive(descriptor, &chunk, UInt(chunk.count))
            if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
            if count < 0 { throw Stop.broken(errno) }
            if count == 0 { return nil }
            if let end = chunk[..<count].firstIndex(of: UInt8(ascii: "\n")) {
                return line + chunk[..<end]
            }
            line += chunk[..<count]
        }
        throw Stop.tooLong
    }

    private static func wait(_ descriptor: Int32, _ events: Int32, _ until: Duration) throws {
        while true {
            let left = (until - SystemClock().uptime).milliseconds
            guard left > 0 else { throw Stop.late }
            var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let ready = poll(&entry, 1, Int32(clamping: left))
            if ready > 0 { return }
            if ready == 0 { throw Stop.late }
            if errno != EINTR { throw Stop.broken(errno) }
        }
    }
}
