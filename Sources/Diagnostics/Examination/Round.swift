// One run of all checks: who may start, who is late, who rests on a failure.
//
// The coordinator blocks on a mailbox and nothing else. Every check has its own thread; one that
// does not answer in time is marked and forgotten, and the round goes on without it.

import Support
import Synchronization

/// What came of one check in a round.
struct Completed<System: Sendable>: Sendable {
    let check: any Check<System>
    var verdict: Verdict<System>
    let duration: Duration
    let allowance: Duration
}

struct Round<System: Sendable> {
    private let source: Source<System>
    private let options: ExaminationOptions
    private let clock: any Clock
    private let stuck: StuckProbes
    private let checks: [any Check<System>]
    private let runEnd: Duration
    private let mailbox = Mailbox<(index: Int, verdict: Verdict<System>)>()
    private var waiting: [Int]
    private var running: [Int: Flight] = [:]
    private var done: [Int: Completed<System>] = [:]

    init(
        _ checks: [any Check<System>], source: Source<System>, options: ExaminationOptions,
        clock: any Clock, stuck: StuckProbes
    ) {
        self.checks = checks
        self.source = source
        self.options = options
        self.clock = clock
        self.stuck = stuck
        waiting = Array(checks.indices)
        runEnd = clock.uptime + options.timeout
    }

    /// Runs everything; returns at the latest when the run's timeout is over.
    mutating func conduct() -> [Completed<System>] {
        while true {
            startWhatCan()
            guard let next = running.values.map(\.end).min() else { break }
            let message = mailbox.next(within: max(.zero, next - clock.uptime))
            if let message { finish(message.index, message.verdict) }
            abandonTheLate()
        }
        return done.keys.sorted().compactMap { done[$0] }
    }

    private mutating func startWhatCan() {
        var progress = true
        while progress {
            progress = false
            for index in waiting {
                let gate = gate(of: index)
                if case .wait = gate { continue }
                waiting.removeAll { $0 == index }
                progress = true
                if case .skip(let cause) = gate {
                    skip(index, because: cause)
                } else {
                    start(index)
                }
            }
            // Checks that require each other would wait for ever: let the first one go.
            if !progress, running.isEmpty, let first = waiting.first {
                waiting.removeFirst()
                start(first)
            }
        }
    }

    private enum Gate {
        case open, wait
        case skip(because: Bucket)
    }

    private func gate(of index: Int) -> Gate {
        let required = Set(checks[index].requires)
        for (other, completed) in done.sorted(by: { $0.key < $1.key })
        where other != index && required.contains(completed.check.bucket) {
            switch completed.verdict.outcome {
            case .fail: return .skip(because: completed.check.bucket)
            case .skipped(let cause): return .skip(because: cause)
            case .ok, .info, .warn, .unknown, .timedOut, .crashed: continue
            }
        }
        let unfinished = waiting + running.keys
        let waits = unfinished.contains { $0 != index && required.contains(checks[$0].bucket) }
        return waits ? .wait : .open
    }

    private mutating func skip(_ index: Int, because cause: Bucket) {
        var verdict = Verdict<System>(
            outcome: .skipped(because: cause), detail: "\(cause) failed")
        verdict.nextStep = "put \(cause) right first"
        complete(index, verdict, duration: .zero, allowance: .zero)
    }

    private mutating func start(_ index: Int) {
        let check = checks[index]
        let now = clock.uptime
        let own = options.checkDeadline ?? check.deadline
        let allowance = max(.zero, min(own, runEnd - now))
        let key = "\(check.bucket)/\(check.title)"
        if stuck.isAbandoned(key) {
            let thread = "still blocked from an earlier run"
            let verdict = Verdict<System>(timedOut: check.bucket, after: .zero, thread: thread)
            return complete(index, verdict, duration: .zero, allowance: allowance)
        }
        guard allowance > .zero else {
            let verdict = Verdict<System>(
                timedOut: check.bucket, after: options.timeout, thread: nil)
            return complete(index, verdict, duration: .zero, allowance: .zero)
        }
        let flight = Flight(key: key, started: now, allowance: allowance)
        let deadline = Deadline(after: allowance, depth: options.depth, clock: clock)
        do throws(SystemFailure) {
            try launch(check, index, flight, deadline)
            running[index] = flight
        } catch {
            stuck.end(key)
            let failure = ProbeFailure.crashed(subject: error.subject, reason: error.reason)
            let verdict = Verdict<System>(failure: failure, check: check.bucket)
            complete(index, verdict, duration: .zero, allowance: allowance)
        }
    }

    private func launch<C: Check<System>>(
        _ check: C, _ index: Int, _ flight: Flight, _ deadline: Deadline
    ) throws(SystemFailure) {
        let trial = Trial(check: check, source: source, selection: options.selection)
        stuck.begin(flight.key)
        try DedicatedThread.start("check-\(check.bucket)") { [mailbox, stuck] in
            flight.task.withLock { $0 = DedicatedThread.current }
            let verdict = trial.run(until: deadline)
            stuck.end(flight.key)
            mailbox.post((index, verdict))
        }
    }

    private mutating func finish(_ index: Int, _ verdict: Verdict<System>) {
        // Nobody waits any more for the answer of an abandoned check.
        guard let flight = running.removeValue(forKey: index) else { return }
        var verdict = verdict
        if case .live = source, let usage = verdict.usage,
            usage.exceeds(options.allowance(of: checks[index]))
        {
            let declared = options.allowance(of: checks[index])
            verdict.findings.append(
                .overBudget(checks[index].bucket, usage, declared: declared))
        }
        let duration = clock.uptime - flight.started
        complete(index, verdict, duration: duration, allowance: flight.allowance)
    }

    private mutating func abandonTheLate() {
        let now = clock.uptime
        for (index, flight) in running where flight.end <= now {
            running[index] = nil
            stuck.abandon(flight.key)
            let task = flight.task.withLock { $0 }
            let verdict = Verdict<System>(
                timedOut: checks[index].bucket, after: flight.allowance,
                thread: DedicatedThread.state(of: task))
            complete(index, verdict, duration: now - flight.started, allowance: flight.allowance)
        }
    }

    private mutating func complete(
        _ index: Int, _ verdict: Verdict<System>, duration: Duration, allowance: Duration
    ) {
        done[index] = Completed(
            check: checks[index], verdict: verdict, duration: duration, allowance: allowance)
    }
}

/// A check that runs.
private final class Flight: Sendable {
    let key: String
    let started: Duration
    let allowance: Duration
    /// The kernel's number of its thread, once that runs.
    let task = Mutex("")

    init(key: String, started: Duration, allowance: Duration) {
        self.key = key
        self.started = started
        self.allowance = allowance
    }

    var end: Duration { started + allowance }
}

/// Which checks still hang from earlier rounds: those are not started again, so that a program
/// which examines every minute does not gather a blocked thread a minute.
final class StuckProbes: Sendable {
    private let abandonedByKey = Mutex<[String: Bool]>([:])

    func begin(_ key: String) { abandonedByKey.withLock { $0[key] = false } }
    func end(_ key: String) { abandonedByKey.withLock { $0[key] = nil } }

    /// Does nothing when the check has ended meanwhile.
    func abandon(_ key: String) {
        abandonedByKey.withLock { if $0[key] != nil { $0[key] = true } }
    }

    func isAbandoned(_ key: String) -> Bool { abandonedByKey.withLock { $0[key] ?? false } }
}
