// Faults of one process from the outside: no processor, and system calls that fail or wait.

import Drills
import Foundation
import Support
import Synchronization

/// Stops a process for most of the time, on a thread of its own.
final class Starving: Sendable {
    private let stopped = Mutex(false)

    init(_ process: ProcessIdentity) {
        Thread.detachNewThread { [self] in
            while !isStopped {
                // A process that is gone ends the rehearsal by itself.
                guard (try? process.signal(SIGSTOP)) == true else { return }
                pause(milliseconds: 300)
                _ = try? process.signal(SIGCONT)  // as above
                pause(milliseconds: 10)
            }
        }
    }

    private var isStopped: Bool { stopped.withLock { $0 } }

    func stop() { stopped.withLock { $0 = true } }
}

/// Faults in the system calls of a running agent.
enum SystemCallFault {
    /// Makes system calls of an agent fail or wait, until the sandbox is closed.
    static func inject(
        _ fault: String, into peer: SandboxPeer, of sandbox: Sandbox
    ) throws {
        let calls = fault.prefix { $0 != ":" }
        let strace = Process()
        strace.executableURL = URL(fileURLWithPath: "/usr/bin/strace")
        strace.arguments = [
            "-f", "-q", "-o", "/dev/null", "-p", "\(try peer.agentProcess().pid)",
            "-e", "trace=\(calls)", "-e", "inject=\(fault)",
        ]
        try strace.run()
        sandbox.atEnd {
            // Killed, not asked: a tracer that ends by itself waits for the call it delays.
            kill(strace.processIdentifier, SIGKILL)
            strace.waitUntilExit()
        }
        let pid = try peer.agentProcess().pid
        try Waiting.until("strace to be attached") {
            let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
            return !status.contains("TracerPid:\t0\n")
        }
    }
}
