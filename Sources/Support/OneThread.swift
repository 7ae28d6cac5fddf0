// All tasks on one thread: a tracer counts the system calls of each thread for itself, and for whoever
// interrupts a program at its n-th call that must be the same one every time.

import Dispatch
import Foundation
import Synchronization

/// Runs every job on the one thread it was made with, which lives as long as the process.
public final class OneThread: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])
    private let arrived = DispatchSemaphore(value: 0)

    public init() {
        Thread.detachNewThread {
            while true {
                self.arrived.wait()
                let job = self.jobs.withLock { $0.removeFirst() }
                job.runSynchronously(on: self.asUnownedTaskExecutor())
            }
        }
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        jobs.withLock { $0.append(unowned) }
        arrived.signal()
    }
}
