// A step has a time by which it must have ended. One that does not come back must neither hold the
// repair for ever nor take a thread of Swift's pool with it, so each part of a step runs on a thread
// that can be given up.
//
// What an abandoned step did is not known, and it may still do more. Its run is left as a crash
// leaves one: not sealed, its lock held until this process ends. The next run settles it.

import Support
import Synchronization

/// How long a step may take, and where it runs.
public struct StepLimits: Sendable {
    /// Comes on top of what a step expects of itself. No step of ours waits for more than 15 s;
    /// eight times that is a step that does not come back.
    public var patience: Duration
    /// Where steps run; nil gives each part of a step a thread of its own. One that cannot be given
    /// up is only for tests that count what a thread does.
    public var executor: (any TaskExecutor)?

    public init(patience: Duration = .seconds(120), executor: (any TaskExecutor)? = nil) {
        self.patience = patience
        self.executor = executor
    }

    /// The part of a step that is run.
    enum Part: Sendable { case require, perform, ensure }

    /// Runs a part of a step to its end, or until its time is over.
    ///
    /// - Throws: ``StepFailure``; `hangs` for one that was abandoned.
    func run<System: Sendable>(
        _ step: any RepairStep<System>, _ part: Part, on look: @escaping @Sendable () -> System
    ) async throws(StepFailure) {
        let limit = patience + step.expected
        let ending = await ending(of: step, within: limit) { () async -> Ending in
            do throws(StepFailure) {
                switch part {
                case .require: try await step.require(of: look())
                case .perform: try await step.perform(on: look())
                case .ensure: try await step.ensure(of: look())
                }
                return .good
            } catch { return .failed(error) }
        }
        switch ending {
        case .good: return
        case .failed(let failure): throw failure
        case .late: throw .hangs(title: step.title, limit: limit)
        }
    }

    private enum Ending: Sendable {
        case good, late
        case failed(StepFailure)
    }

    private func ending<System: Sendable>(
        of step: any RepairStep<System>, within limit: Duration,
        _ work: @escaping @Sendable () async -> Ending
    ) async -> Ending {
        let place: OneThread?
        do throws(SystemFailure) { place = executor == nil ? try OneThread() : nil } catch {
            return .failed(StepFailure(error))
        }
        let ended = Mailbox<Void>()
        return await withCheckedContinuation { continuation in
            let waiting = Mutex<CheckedContinuation<Ending, Never>?>(continuation)
            let answer: @Sendable (Ending) -> Void = { ending in
                let first = waiting.withLock { waiting in
                    defer { waiting = nil }
                    return waiting
                }
                first?.resume(returning: ending)
            }
            let task = Task(executorPreference: executor ?? place) {
                let ending = await work()
                ended.post(())
                place?.end()
                answer(ending)
            }
            do throws(SystemFailure) {
                try DedicatedThread.start("step-limit") {
                    if ended.next(within: limit) == nil {
                        task.cancel()
                        answer(.late)
                    }
                }
            } catch {
                return  // no thread to watch it: it runs as long as it takes
            }
        }
    }
}
