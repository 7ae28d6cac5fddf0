// What several checks share about looking: how a missing snapshot becomes "unknown", and how ages
// and counts are worded.

import Diagnostics
import LiveSync
import Support
import WriteAheadLog

extension SyncHost {
    /// The one snapshot of this look; from the files when no agent runs.
    func look() throws(ProbeFailure) -> LiveStatus {
        do throws(StatusFailure) { return try status() } catch {
            if case .agentHangs = error {
                throw .unavailable(
                    subject: "agent", reason: "does not answer", nextStep: "see agent first")
            }
            throw .unreadable(
                subject: error.subject, reason: error.reason, nextStep: error.nextStep)
        }
    }

    /// The snapshot of a running agent: for parts that only live while it does.
    func lookAtAgent() throws(ProbeFailure) -> LiveStatus {
        let status = try look()
        guard status.enabled else {
            throw .unavailable(
                subject: "sync", reason: "turned off", nextStep: "run aura live sync enable")
        }
        guard status.source == .agent else {
            throw .unavailable(
                subject: "agent", reason: "not running", nextStep: "run aura live sync enable")
        }
        return status
    }

    /// The verified log of this look; nil when there is none yet.
    func lookAtLog() throws(ProbeFailure) -> VerifyReport? {
        do throws(LogFailure) { return try verifyLog() } catch {
            if case .notALog = error { return nil }
            throw .unreadable(
                subject: error.subject, reason: error.reason, nextStep: error.nextStep)
        }
    }
}

extension Timestamp {
    /// The age of `earlier` now; a clock that went back makes it zero, never negative.
    func age(of earlier: Timestamp) -> Duration { max(.zero, since(earlier)) }
}

extension Duration {
    /// From a measured value. A snapshot out of a recording may hold anything, and a number no
    /// integer can hold must not end the program.
    init(measured milliseconds: Double) {
        let isSane = milliseconds.isFinite && abs(milliseconds) < 1e15
        self = .milliseconds(isSane ? Int64(milliseconds.rounded()) : Int64(1e15))
    }

    /// Whole seconds as the report writes them: `22s`.
    var wholeSeconds: String { "\(components.seconds)s" }
}

extension Int {
    /// `1 conflict`, `3 conflicts`.
    func of(_ noun: String, plural: String? = nil) -> String {
        "\(self) \(self == 1 ? noun : plural ?? noun + "s")"
    }
}

/// What one look may use. Whichever check asks first pays for the look that all share: with the
/// agent down that is a verify and a fold of the whole log, 512 MiB in 350 ms as benchmarked, and
/// as much again for a debug build; the deadline leaves room for a slow disk.
extension Check where System == SyncHost {
    public var cost: Cost { Cost(processor: .milliseconds(700), readBytes: 2 << 30) }
    public var deadline: Duration { .seconds(5) }
}

/// The bucket that everything a running agent tells of itself rests on.
enum AgentBucket {
    static let name: Bucket = "agent"
}

extension SyncHost {
    /// When the running agent started, as its record says.
    func agentStart() -> Timestamp? {
        do throws(PlainFailure) { return try agentRecord()?.record.startedAt } catch {
            return nil  // the agent's check reports an unreadable record
        }
    }
}
