// Judges heartbeats by their age: this peer's own, and those the Mothership passes on.
//
// The own beat is late whenever the link is down; that is reported too, as a symptom under the
// link's finding. What others last sent is stale then for no fault of theirs, and is left alone.

import Diagnostics
import LiveSync
import Support

/// This peer's heartbeat and those of others.
public struct PresenceSnapshot: Codable, Sendable {
    public var takenAt: Timestamp
    public var lifecycle: LiveStatus.Lifecycle
    public var link: LinkStatus.State
    /// When the agent started; nil when its record does not tell.
    public var startedAt: Timestamp?
    public var presence: PresenceStatus
}

/// Examines signs of life.
public struct PresenceCheck: Check {
    public typealias Kind = PresenceFinding

    private let thresholds: Thresholds

    public init(_ thresholds: Thresholds) { self.thresholds = thresholds }

    public var requires: [Bucket] { [AgentBucket.name] }

    public func probe(
        _ host: SyncHost, until deadline: Deadline
    ) throws(ProbeFailure) -> PresenceSnapshot {
        let status = try host.lookAtAgent()
        let snapshot = PresenceSnapshot(
            takenAt: status.takenAt, lifecycle: status.lifecycle, link: status.link.state,
            startedAt: host.agentStart(), presence: status.presence)
        if snapshot.presence.ownBeatAt == nil, diagnose(snapshot).isEmpty {
            throw .unavailable(
                subject: "heartbeat", reason: "none sent yet",
                nextStep: "examine again in a few seconds")
        }
        return snapshot
    }

    public func diagnose(_ snapshot: PresenceSnapshot) -> [Finding<PresenceFinding>] {
        own(snapshot) + others(snapshot)
    }

    private func own(_ snapshot: PresenceSnapshot) -> [Finding<PresenceFinding>] {
        guard snapshot.lifecycle == .active,
            let last = snapshot.presence.ownBeatAt ?? snapshot.startedAt
        else { return [] }
        let age = snapshot.takenAt.age(of: last)
        guard age > thresholds.ownBeatWarn else { return [] }
        return [
            Finding(
                .ownBeatLate, symptom: "no heartbeat sent for \(age.brief)",
                evidence: [
                    Evidence("age", .duration(age)),
                    Evidence("limit", .duration(thresholds.ownBeatWarn)),
                    Evidence("ever_sent", .flag(snapshot.presence.ownBeatAt != nil)),
                ], raisedTo: age > thresholds.ownBeatFail ? .fail : .info)
        ]
    }

    private func others(_ snapshot: PresenceSnapshot) -> [Finding<PresenceFinding>] {
        guard snapshot.link != .offline else { return [] }
        return snapshot.presence.peers.filter { !$0.isSelf && $0.state != .offline }
            .compactMap { peer in
                let age = snapshot.takenAt.age(of: peer.lastBeatAt)
                guard age > thresholds.peerStale else { return nil }
                return Finding(
                    .peerStale,
                    symptom: "\(peer.user) is shown \(peer.state.rawValue), "
                        + "last heard of \(age.brief) ago",
                    on: [.peer(peer.device.short)],
                    evidence: [
                        Evidence("age", .duration(age)),
                        Evidence("state", .text(peer.state.rawValue), scrub: .plain),
                        Evidence("user", .text(peer.user), scrub: .identity),
                    ])
            }
    }

    public func witness(of snapshot: PresenceSnapshot) -> Witness {
        Witness(
            examined: (snapshot.presence.ownBeatAt == nil ? 0 : 1)
                + snapshot.presence.peers.count { !$0.isSelf }, unit: "peers",
            ageOfNewest: snapshot.presence.ownBeatAt.map { snapshot.takenAt.age(of: $0) })
    }

    public func detail(
        of snapshot: PresenceSnapshot, findings: [Finding<PresenceFinding>]
    ) -> String {
        guard let last = snapshot.presence.ownBeatAt else { return "heartbeat never sent" }
        return "heartbeat \(snapshot.takenAt.age(of: last).wholeSeconds) ago"
    }
}
