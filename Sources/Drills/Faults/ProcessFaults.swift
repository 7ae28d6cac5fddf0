// Faults of one process from the outside: no processor, and system calls that fail or wait.

import Foundation
import Support
import Synchronization

/// Stops a process for most of the time, on a thread of its own.
public final class Starving: Sendable {
    private let stopped = Mutex(false)

    /// Gives it the processor for `running` out of `running` and `stopped` milliseconds.
    public init(_ process: ProcessIdentity, running: Int32 = 10, stopped rest: Int32 = 300) {
        Thread.detachNewThread { [self] in
            while !isStopped {
                // A process that is gone ends the rehearsal by itself.
                guard (try? process.signal(SIGSTOP)) == true else { return }
                pause(milliseconds: rest)
                _ = try? process.signal(SIGCONT)  // as above
                pause(milliseconds: running)
            }
        }
    }

    private var isStopped: Bool { stopped.withLock { $0 } }

    public func stop() { stopped.withLock { $0 = true } }
}

/// Faults in the system calls of a running agent.
public enum SystemCallFault {
    /// Makes system calls of an agent fail or wait, until the returned closure is called.
    public static func inject(_ fault: String, into peer: SandboxPeer) throws
        -> @Sendable () -> Void
    {
        let calls = fault.prefix { $0 != ":" }
        let pid = try peer.agentProcess().pid
        var tracing = ChildProcess(
            "/usr/bin/strace",
            [
                "-f", "-q", "-o", "/dev/null", "-p", "\(pid)", "-e", "trace=\(calls)",
                "-e", "inject=\(fault)",
            ], environment: [:])
        tracing.log = "/dev/null"
        let strace = try BackgroundProgram(tracing)
        // Killed, not asked: a tracer that ends by itself waits for the call it delays.
        let end = { @Sendable in strace.end() }
        do {
            try Waiting.until("strace to be attached") {
                let path = "/proc/\(pid)/status"
                // A fault that kills may do so at once; then there is nobody left to be attached to.
                let status = try? String(contentsOfFile: path, encoding: .utf8)
                return status?.contains("TracerPid:\t0\n") != true
            }
        } catch {
            end()
            throw error
        }
        return end
    }
}
