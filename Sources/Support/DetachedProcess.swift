// Starting a background process without fork: spawn, new session, and a readiness pipe, so that
// "started" means that the process itself said so.

import CLinux
import Glibc

/// What a starting background process tells its parent, one JSON line on the readiness pipe.
public struct Readiness: Codable, Sendable {
    public let ready: Bool
    /// A JSON value when ready; the failure in words otherwise.
    public let message: String
    public let nextStep: String?
    public let exitStatus: Int32

    /// The environment variable that names the pipe's descriptor in the child.
    public static let variable = "AURA_READY_FD"

    /// Tells the parent, once; without a parent that waits it does nothing.
    public static func report(ready value: some Encodable) {
        let text: String
        do { text = try JSONText.encode(value) } catch { text = "null" }
        send(Readiness(ready: true, message: text, nextStep: nil, exitStatus: 0))
    }

    /// Tells the parent why the start failed.
    public static func report(failure: any Failure) {
        send(
            Readiness(
                ready: false, message: "\(failure.subject): \(failure.reason)",
                nextStep: failure.nextStep, exitStatus: failure.exitStatus.rawValue))
    }

    /// Tells the parent that the start goes on, an empty line: its limit counts from here again.
    public static func reportProgress() {
        if let descriptor { tell("", descriptor) }
    }

    /// Where the parent listens, until it was told.
    private static var descriptor: Int32? {
        guard let text = getenv(variable), let descriptor = Int32(String(cString: text)),
            fcntl(descriptor, F_GETFD) >= 0
        else { return nil }
        return descriptor
    }

    private static func send(_ readiness: Readiness) {
        guard let descriptor else { return }
        unsetenv(variable)
        // Without a word the parent learns from the end of the pipe that something is wrong.
        if let text = try? JSONText.encode(readiness) { tell(text, descriptor) }
        close(descriptor)
    }

    /// Writes a line. To a parent that is gone that is an error of the write, not the end of this
    /// process, which goes on without it.
    private static func tell(_ line: String, _ descriptor: Int32) {
        signal(SIGPIPE, SIG_IGN)
        // As above.
        _ = try? FileAccess.writeAll(
            Array("\(line)\n".utf8), to: descriptor, path: "readiness pipe")
    }
}

/// A background process in a session of its own.
public enum DetachedProcess {
    /// Starts `executable` and waits until it reports.
    ///
    /// - Parameters:
    ///   - log: where standard output and error go, appended.
    ///   - limit: how long to wait for the report, or for a word that the start goes on.
    /// - Returns: the pid and the JSON value the process reported.
    /// - Throws: ``PlainFailure`` with what the process said, or that it died or stayed silent.
    public static func start(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:],
        log: String, limit: Duration
    ) throws -> (pid: Int32, message: String) {
        try FileAccess.makeFolder(PathName.parent(of: log), mode: 0o700)
        var ends: [Int32] = [0, 0]
        try retrying("pipe", executable) { aura_pipe(&ends) }
        let (reader, writer) = (ends[0], ends[1])
        defer { close(reader) }
        let pid: Int32
        do {
            defer { close(writer) }
            pid = try spawn(executable, arguments, environment, log: log, pipe: writer)
        }
        let line: [UInt8]
        switch try firstWord(on: reader, limit: limit) {
        case .line(let told): line = told
        case .ended:
            throw PlainFailure(
                executable, "\(end(of: pid)) while starting", nextStep: "read \(log)",
                exitStatus: .cannotCreate)
        case .silent:
            throw PlainFailure(
                executable, "stayed silent for \(limit.brief) while starting",
                nextStep: "read \(log)", exitStatus: .cannotCreate)
        }
        let readiness = try JSONText.decode(Readiness.self, from: line)
        guard readiness.ready else {
            collect(pid, within: min(limit, Self.endLimit))
            throw PlainFailure(
                "start", readiness.message, nextStep: readiness.nextStep ?? "read \(log)",
                exitStatus: ExitStatus(rawValue: readiness.exitStatus) ?? .cannotCreate)
        }
        return (pid, readiness.message)
    }

    /// How long a process that said it does not start may take to end.
    private static let endLimit = Duration.seconds(10)

    /// Collects a child that does not start; one that stays is made to end, with what it started:
    /// whoever asked for it must not wait for ever.
    private static func collect(_ pid: Int32, within limit: Duration) {
        if isCollected(pid, within: limit) { return }
        // Ours and not collected yet, so nobody else has its number; it leads a session of its own.
        kill(-pid, SIGKILL)
        // One that the kernel holds on to is left to it.
        _ = isCollected(pid, within: .seconds(2))
    }

    private static func isCollected(_ pid: Int32, within limit: Duration) -> Bool {
        endStatus(of: pid, within: limit) != nil
    }

    /// Nil when it lives on.
    private static func endStatus(of pid: Int32, within limit: Duration) -> Int32? {
        let end = SystemClock().uptime + limit
        var status: Int32 = 0
        while waitpid(pid, &status, WNOHANG) == 0 {
            guard SystemClock().uptime < end else { return nil }
            pause(milliseconds: 5)
        }
        return status
    }

    /// How a process ended that closed its pipe without a word; a moment later it is gone, too.
    private static func end(of pid: Int32) -> String {
        guard let status = endStatus(of: pid, within: .seconds(2)) else { return "said nothing" }
        let signal = status & 0x7f
        return signal == 0
            ? "ended with status \(status >> 8 & 0xff)" : "was ended by signal \(signal)"
    }

    private static func spawn(
        _ executable: String, _ arguments: [String], _ extra: [String: String], log: String,
        pipe writer: Int32
    ) throws(SystemFailure) -> Int32 {
        let environment = merged(extra.merging([Readiness.variable: "3"]) { $1 })
        var pid: Int32 = 0
        let code = withStrings([executable] + arguments) { argv in
            withStrings(environment) {
                aura_spawn_detached(executable, argv, $0, log, writer, &pid)
            }
        }
        guard code == 0 else {
            throw SystemFailure(operation: "spawn", path: executable, code: code)
        }
        return pid
    }

    private static func merged(_ extra: [String: String]) -> [String] {
        var all: [String: String] = [:]
        var entry = environ
        while let pointer = entry.pointee {
            let text = String(cString: pointer)
            if let equals = text.firstIndex(of: "=") {
                all[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            entry += 1
        }
        return all.merging(extra) { $1 }.map { "\($0)=\($1)" }.sorted()
    }

    private static func withStrings<Value>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Value
    ) -> Value {
        let copies = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }

    /// What comes first from a process that starts.
    private enum FirstWord {
        case line([UInt8])
        /// It closed its end: most likely it is gone.
        case ended
        case silent
    }

    private static func firstWord(
        on descriptor: Int32, limit: Duration
    ) throws(SystemFailure) -> FirstWord {
        var until = SystemClock().uptime + limit
        var line: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let left = (until - SystemClock().uptime).milliseconds
            guard left > 0 else { return .silent }
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if try retrying("poll", "readiness pipe", { poll(&entry, 1, Int32(clamping: left)) })
                == 0
            {
                return .silent
            }
            let count = try retrying("read", "readiness pipe") { read(descriptor, &chunk, 4096) }
            if count == 0 { return .ended }
            line += chunk[..<count]
            line.trimPrefix { $0 == UInt8(ascii: "\n") }
            if line.isEmpty { until = SystemClock().uptime + limit }
            if let end = line.firstIndex(of: UInt8(ascii: "\n")) {
                return .line(Array(line[..<end]))
            }
        }
    }
}

extension ProcessIdentity {
    /// Waits until exactly this process is gone, without polling: a pid descriptor wakes us.
    ///
    /// - Returns: false when it still lives after `limit`.
    public func waitUntilGone(limit: Duration) -> Bool {
        guard isAlive else { return true }
        let handle = aura_pidfd_open(pid)
        guard handle >= 0 else { return !isAlive }
        defer { close(handle) }
        // The pid may have been reused between the test and the open.
        guard isAlive else { return true }
        var entry = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, Int32(clamping: limit.milliseconds)) > 0 || !isAlive
    }
}

extension ProcessIdentity {
    /// Sends a signal to exactly this process; a reused pid is never hit.
    ///
    /// - Returns: false when the process is gone.
    public func signal(_ number: Int32) throws(SystemFailure) -> Bool {
        let handle = aura_pidfd_open(pid)
        if handle < 0 && errno == ESRCH { return false }
        guard handle >= 0 else { throw SystemFailure(operation: "pidfd_open", path: "pid \(pid)") }
        defer { close(handle) }
        guard isAlive else { return false }
        if aura_pidfd_send_signal(handle, number) == 0 { return true }
        if errno == ESRCH { return false }
        throw SystemFailure(operation: "signal", path: "pid \(pid)")
    }
}
