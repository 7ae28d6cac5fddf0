// All tasks on one thread: strace counts system calls in each thread for itself, and the n-th call
// of a run must be the same one every time.

import Dispatch
import Foundation
import Synchronization

/// Runs every job on the one thread it was made with.
final class OneThread: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])
    private let arrived = DispatchSemaphore(value: 0)

    init() {
        Thread.detachNewThread {
            while true {
                self.arrived.wait()
                let job = self.jobs.withLock { $0.removeFirst() }
                job.runSynchronously(on: self.asUnownedTaskExecutor())
            }
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        jobs.withLock { $0.append(unowned) }
        arrived.signal()
    }
}
