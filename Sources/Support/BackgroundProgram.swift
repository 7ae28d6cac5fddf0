// A program that runs beside this one until it is ended.
//
// Foundation's Process keeps the descriptors of every program it ever started, and reads past the
// end of a folder listing once there are over a thousand of them.

import Glibc
import Synchronization

/// A started program. It is ended when the last reference goes, with everything it started.
package final class BackgroundProgram: Sendable {
    package let pid: pid_t
    private let child: Mutex<RunningChild>

    /// Starts it. Its standard streams go to `process.log`, or are spoken with through `ask`.
    package init(_ process: ChildProcess) throws(ChildFailure) {
        let started = try RunningChild(process)
        pid = started.pid
        child = Mutex(started)
    }

    deinit { end() }

    package func signal(_ number: Int32) { child.withLock { $0.signal(number) } }

    /// Waits for its end.
    ///
    /// - Returns: its exit code, 128 + the number of a signal; nil when it still runs after `limit`.
    package func wait(limit: Duration = .seconds(60)) -> Int32? {
        child.withLock { $0.waitForExit(within: limit) ? $0.exitCode : nil }
    }

    /// SIGKILL, also to what it started in its group.
    package func end() { child.withLock { _ = $0.end() } }

    /// Sends a line, if there is one to send, and reads the answer: one line.
    ///
    /// - Returns: the line without its end; nil at the end of the output or after `limit`.
    package func ask(_ line: String? = nil, limit: Duration = .seconds(60)) -> String? {
        child.withLock { child in
            let end = SystemClock().uptime + limit
            if let line, !child.send(Array("\(line)\n".utf8), until: end) { return nil }
            var bytes: [UInt8] = []
            while bytes.last != UInt8(ascii: "\n") {
                guard RunningChild.wait(child.output, POLLIN, until: end),
                    child.receive(\.output, into: &bytes)
                else { return nil }
            }
            return String(decoding: bytes.dropLast(), as: UTF8.self)
        }
    }

    /// Ends its standard input.
    package func closeInput() { child.withLock { $0.closeInput() } }
}
