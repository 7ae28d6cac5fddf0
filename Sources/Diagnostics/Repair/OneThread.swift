// All jobs on one thread: it may be forgotten with a job that never comes back, and a tracer, which
// counts the system calls of each thread for itself, finds the n-th call of a run where it was.

import Support

/// Runs every job on the one thread it was made with.
public final class OneThread: TaskExecutor {
    private let jobs = Mailbox<UnownedJob?>()
    /// Between two jobs a task waits for something, for as long as its own limit allows.
    private static let idle = Duration.seconds(24 * 3600)

    public init() throws(SystemFailure) {
        try DedicatedThread.start("step") { [self] in
            while let job = jobs.next(within: Self.idle) ?? nil {
                job.runSynchronously(on: asUnownedTaskExecutor())
            }
        }
    }

    public func enqueue(_ job: consuming ExecutorJob) { jobs.post(UnownedJob(job)) }

    /// No job comes any more.
    func end() { jobs.post(nil) }
}
