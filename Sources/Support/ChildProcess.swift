// Runs a program to its end: no shell, bounded time, bounded output.
//
// The child gets its own process group, so that the deadline ends its children with it, and
// sockets instead of pipes, because a write to a closed socket can be told not to raise SIGPIPE.

import Glibc

/// What a program left behind.
public struct ChildResult: Equatable, Sendable {
    /// Exit code; 128 + signal number when it was killed, as shells count.
    public let status: Int32
    public let output: [UInt8]
    /// The start of what it said on standard error.
    public let errorText: String
    /// Processor time of the program and of the children it waited for.
    public let processor: Duration
}

/// Why a program could not be run to its end.
public struct ChildFailure: Failure, Equatable {
    /// Why it gave no result.
    public enum Problem: Hashable, Sendable {
        /// Not found in the search path.
        case notFound
        case deadline(Duration)
        /// Whoever started it wants it no more.
        case unwanted
        case outputTooLong(limit: Int)
        /// Still there two seconds after SIGKILL: it hangs in the kernel.
        case unkillable(pid: Int32)
        case system(Int32)
    }

    public let program: String
    public let problem: Problem

    package init(program: String, problem: Problem) {
        self.program = program
        self.problem = problem
    }

    public var subject: String { program }

    public var reason: String {
        switch problem {
        case .notFound: "the program is not in the search path"
        case .deadline(let limit): "it did not end within \(limit.brief) and was stopped"
        case .unwanted: "it was stopped before its end"
        case .outputTooLong(let limit): "it wrote more than \(limit) bytes"
        case .unkillable(let pid): "process \(pid) did not end on SIGKILL"
        case .system(let code): SystemFailure(operation: "spawn", path: program, code: code).reason
        }
    }

    public var nextStep: String {
        switch problem {
        case .notFound: "install \(program), or add its folder to PATH"
        case .deadline: "run it by hand to see what it waits for"
        case .unwanted: "run it again"
        case .outputTooLong: "exclude large folders"
        case .unkillable: "see what it waits for: a disk, or a network mount that is gone"
        case .system(let code):
            SystemFailure(operation: "spawn", path: program, code: code).nextStep
        }
    }
}

/// A program with its arguments and surroundings.
public struct ChildProcess: Sendable {
    public let program: String
    public let arguments: [String]
    public let environment: [String: String]
    /// Time until it is stopped.
    public var deadline = Duration.seconds(5)
    /// The most bytes of standard output.
    public var outputLimit = 256 << 20
    /// The folder it runs in; nil is this process's own.
    public var folder: String?
    /// The most bytes kept of standard error; enough for a message, the rest is read and forgotten.
    public var errorLimit = 4096
    /// A file that takes what it says on both streams, in place of the caller.
    package var log: String?
    /// Time between SIGTERM and SIGKILL when it must be stopped; nil is SIGKILL at once.
    public var grace: Duration?
    /// Asked about every 20 ms; once it says true the program is stopped.
    public var isUnwanted: @Sendable () -> Bool = { false }
    /// True when nothing that it started may outlive it.
    public var endsGroup = false

    public init(_ program: String, _ arguments: [String], environment: [String: String]) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
    }

    /// Runs it, blocking the calling thread, and feeds `input` to its standard input.
    public func run(input: [UInt8] = []) throws(ChildFailure) -> ChildResult {
        var child = try RunningChild(self)
        AwaitedPrograms.own.add(child.pid)
        defer { AwaitedPrograms.own.remove(child.pid) }
        do throws(ChildFailure) {
            let result = try converse(with: &child, input)
            guard child.end() else { throw failure(.unkillable(pid: child.pid)) }
            return result
        } catch {
            guard child.end(grace: grace) else { throw failure(.unkillable(pid: child.pid)) }
            throw error
        }
    }

    private func converse(
        with child: inout RunningChild, _ input: [UInt8]
    ) throws(ChildFailure) -> ChildResult {
        var exchange = ChildExchange(
            input: input, outputLimit: outputLimit, errorLimit: errorLimit)
        let end = SystemClock().uptime + deadline
        while !exchange.isOver {
            let left = end - SystemClock().uptime
            if left <= .zero { throw failure(.deadline(deadline)) }
            if isUnwanted() { throw failure(.unwanted) }
            // Woken now and then to see an exit whose sockets a grandchild still holds open.
            guard exchange.step(&child, wait: min(left, .milliseconds(20))) else {
                throw failure(.outputTooLong(limit: outputLimit))
            }
        }
        while !child.hasExited {
            if SystemClock().uptime > end { throw failure(.deadline(deadline)) }
            poll(nil, 0, 1)
        }
        return ChildResult(
            status: child.exitCode, output: exchange.output, errorText: exchange.errorText,
            processor: child.processor)
    }

    package func failure(_ problem: ChildFailure.Problem) -> ChildFailure {
        ChildFailure(program: program, problem: problem)
    }

    /// The program's file, looked up in the given environment's search path.
    package func executable() throws(ChildFailure) -> String {
        if program.contains("/") { return program }
        for folder in (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":") {
            let candidate = "\(folder)/\(program)"
            if access(candidate, X_OK) == 0 && !FileAccess.isFolder(candidate) { return candidate }
        }
        throw failure(.notFound)
    }
}

/// The bytes going in and coming out.
private struct ChildExchange {
    private var input: ArraySlice<UInt8>
    private let outputLimit: Int
    private(set) var output: [UInt8] = []
    private var errorBytes: [UInt8] = []
    private(set) var isOver = false

    private let errorLimit: Int

    init(input: [UInt8], outputLimit: Int, errorLimit: Int) {
        self.input = input[...]
        self.outputLimit = outputLimit
        self.errorLimit = errorLimit
    }

    var errorText: String { String(decoding: errorBytes, as: UTF8.self) }

    /// Moves what can be moved; false when the output is over its limit.
    mutating func step(_ child: inout RunningChild, wait: Duration) -> Bool {
        if input.isEmpty { child.closeInput() }
        let exited = child.hasExited
        var polled = [
            pollfd(fd: child.output, events: Int16(POLLIN), revents: 0),
            pollfd(fd: child.error, events: Int16(POLLIN), revents: 0),
            pollfd(fd: child.input, events: Int16(POLLOUT), revents: 0),
        ]
        let ready = poll(&polled, 3, exited ? 0 : Int32(max(1, wait.milliseconds)))
        if ready <= 0 {
            isOver = exited || (child.output < 0 && child.error < 0)
            return true
        }
        if polled[2].revents != 0 { feed(&child) }
        if polled[0].revents != 0, !child.receive(\.output, into: &output) { child.closeOutput() }
        if polled[1].revents != 0 {
            if !child.receive(\.error, into: &errorBytes) { child.closeError() }
            if errorBytes.count > errorLimit {
                errorBytes.removeLast(errorBytes.count - errorLimit)
            }
        }
        isOver = child.output < 0 && child.error < 0
        return output.count <= outputLimit
    }

    private mutating func feed(_ child: inout RunningChild) {
        let sent = input.withUnsafeBytes {
            send(child.input, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if sent > 0 {
            input = input.dropFirst(sent)
        } else if errno != EAGAIN && errno != EINTR {
            // The child reads no further; what it made of the start shows in its exit code.
            input = []
        }
    }
}
