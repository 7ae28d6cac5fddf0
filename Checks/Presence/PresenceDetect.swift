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
    /// Since when the link has been up.
    public var linkUpSince: Timestamp?
    /// When links came up lately.
    public var recentUps: [Timestamp] = []
}

/// Examines signs of life.
public struct PresenceCheck: Check {
    public typealias Kind = PresenceFinding

    /// The time in which coming and going is counted.
    private static let flappingWindow = Duration.seconds(600)

    private let thresholds: Thresholds

    public init(_ thresholds: Thresholds) { self.thresholds = thresholds }

    public var requires: [Bucket] { [AgentBucket.name] }

    public func probe(
        _ host: SyncHost, until deadline: Deadline
    ) throws(ProbeFailure) -> PresenceSnapshot {
        let status = try host.lookAtAgent()
        let snapshot = PresenceSnapshot(
            takenAt: status.takenAt, lifecycle: status.lifecycle, link: status.link.state,
            startedAt: host.agentStart(), presence: status.presence,
            linkUpSince: status.link.upSince, recentUps: status.link.recentUps)
        if snapshot.presence.ownBeatAt == nil, diagnose(snapshot).isEmpty {
            throw .unavailable(
                subject: "heartbeat", reason: "none sent yet",
                nextStep: "examine again in a few seconds")
        }
        return snapshot
    }

    public func diagnose(_ snapshot: PresenceSnapshot) -> [Finding<PresenceFinding>] {
        restored(snapshot) + own(snapshot) + others(snapshot) + ahead(snapshot)
            + flapping(snapshot)
    }

    /// The first heartbeat follows a welcome at once; without it the server has no entry to relay.
    private func restored(_ snapshot: PresenceSnapshot) -> [Finding<PresenceFinding>] {
        guard snapshot.lifecycle == .active, snapshot.link != .offline,
            let since = snapshot.linkUpSince
        else { return [] }
        let age = snapshot.takenAt.age(of: since)
        let isAnnounced = snapshot.presence.ownBeatAt.map { $0 >= since } ?? false
        guard !isAnnounced, age > thresholds.presenceRestore else { return [] }
        return [
            Finding(
                .notRestored, symptom: "no heartbeat since the link came up \(age.brief) ago",
                evidence: [
                    Evidence("link_age", .duration(age)),
                    Evidence("limit", .duration(thresholds.presenceRestore)),
                ])
        ]
    }

    private func flapping(_ snapshot: PresenceSnapshot) -> [Finding<PresenceFinding>] {
        let ups = snapshot.recentUps.count {
            snapshot.takenAt.age(of: $0) <= Self.flappingWindow
        }
        guard ups > thresholds.presenceFlapsCount else { return [] }
        return [
            Finding(
                .flapping, symptom: "the link came up \(ups.of("time")) in ten minutes",
                evidence: [
                    Evidence("ups", .count(ups)),
                    Evidence("limit", .count(thresholds.presenceFlapsCount)),
                ])
        ]
    }

    private func ahead(_ snapshot: PresenceSnapshot) -> [Finding<PresenceFinding>] {
        snapshot.presence.peers.filter { !$0.isSelf }.compactMap { peer in
            let ahead = Duration(measured: peer.aheadMilliseconds)
            guard ahead > thresholds.presenceAhead else { return nil }
            return Finding(
                .clockFuture, symptom: "\(peer.user)'s clock is \(ahead.brief) ahead",
                on: [.peer(peer.device.short)],
                evidence: [
                    Evidence("offset", .duration(ahead)),
                    Evidence("user", .text(peer.user), scrub: .identity),
                ])
        }
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
                    peer.state == .editing ? .editingHeld : .peerStale,
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
