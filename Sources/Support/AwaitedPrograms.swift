// The programs that this process started and waits for. A process that ends without its threads, since
// one of them hangs, must not leave them behind: nobody else would end them.

import Glibc
import Synchronization

/// Programs under way, each the leader of a group of its own.
package final class AwaitedPrograms: Sendable {
    /// Those of this process.
    package static let own = AwaitedPrograms()

    private let pids = Mutex<Set<pid_t>>([])

    package init() {}

    package func add(_ pid: pid_t) { pids.withLock { _ = $0.insert(pid) } }
    package func remove(_ pid: pid_t) { pids.withLock { _ = $0.remove(pid) } }

    /// Kills what still runs, with all that it started. For the last act of a process.
    package func endAll() {
        for pid in pids.withLock({ $0 }) {
            var info = siginfo_t()
            // Of one that was collected meanwhile the number may be another program's.
            guard waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 else {
                continue
            }
            kill(-pid, SIGKILL)
        }
    }
}
