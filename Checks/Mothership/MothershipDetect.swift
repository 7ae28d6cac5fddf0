// Judges the link by how it ended last, how long it has been down, and what its pings measured.

import Diagnostics
import Glibc
import LiveProtocol
import LiveSync
import Support

/// The link as the agent tells of it.
public struct MothershipSnapshot: Codable, Sendable {
    public var takenAt: Timestamp
    public var endpoint: String
    public var link: LinkStatus
    /// The port of the endpoint, where it is on this machine and this user's Mothership, which has a
    /// home, does not run. Nil in a recording of an earlier release.
    public var ownPort: Int?
}

/// Examines the way to the Mothership.
public struct MothershipCheck: Check {
    public typealias Kind = MothershipFinding

    /// Pings without an answer after which the agent gives a link up.
    private static let unansweredMax = 2
    /// The time in which ends of links are counted.
    private static let endsWindow = Duration.seconds(600)

    private let thresholds: Thresholds

    public init(_ thresholds: Thresholds) { self.thresholds = thresholds }

    public var requires: [Bucket] { [AgentBucket.name] }

    public func probe(
        _ host: SyncHost, until deadline: Deadline
    ) throws(ProbeFailure) -> MothershipSnapshot {
        let status = try host.lookAtAgent()
        return MothershipSnapshot(
            takenAt: status.takenAt, endpoint: status.endpoint, link: status.link,
            ownPort: status.link.state == .offline ? host.portOfStoppedMothership : nil)
    }

    public func diagnose(_ snapshot: MothershipSnapshot) -> [Finding<MothershipFinding>] {
        [
            outage(snapshot), exhausted(snapshot), expiry(snapshot), degraded(snapshot),
            skew(snapshot), certificate(snapshot), strange(snapshot),
        ].compactMap { $0 } + repeated(snapshot)
    }

    // MARK: Down

    private func outage(_ snapshot: MothershipSnapshot) -> Finding<MothershipFinding>? {
        let close = snapshot.link.lastClose
        guard snapshot.link.state == .offline, close?.isExpiry != true else { return nil }
        let since = downtime(snapshot)
        let lasting = since.map { " for \($0.brief)" } ?? ""
        let kind = Self.kind(of: close, unanswered: snapshot.link.unansweredPings)
        // After the upgrade somebody answered: the cause lies elsewhere, and a new try may not help.
        let isProven =
            close?.stage == .connect || close?.stage == .upgrade || kind != .unreachable
            || close?.ownStep != nil
        return Finding(
            kind, symptom: "\(snapshot.endpoint) is out of reach\(lasting)",
            on: [.other(kind: "endpoint", value: snapshot.endpoint)],
            evidence: evidence(snapshot), cause: close?.reason, raisedTo: severity(after: since),
            confidence: isProven ? .confirmed : .suspected,
            nextStep: close?.ownStep ?? Self.joinStep(close)
                ?? (kind == .unreachable ? startStep(snapshot) : nil))
    }

    /// The server is well and said no. Who was sent away does not try again by itself, so that a new
    /// token is taken up when it is asked to push.
    private static func joinStep(_ close: LinkClose?) -> String? {
        guard close?.reject == .tokenRevoked else { return nil }
        return "ask the operator for a new join token, run aura init --join TOKEN, then "
            + "aura live sync push"
    }

    /// One that was stopped here is started here.
    private func startStep(_ snapshot: MothershipSnapshot) -> String? {
        snapshot.ownPort.map { "run aura mothership start --port \($0), if it is to run" }
    }

    private static func kind(of close: LinkClose?, unanswered: Int) -> MothershipFinding {
        guard let close else { return .unreachable }
        switch close.stage {
        case .name: return .nameUnresolved
        // Who takes the connection and says nothing has refused nothing.
        case .upgrade: return close.errorNumber == nil ? .upgradeRefused : .unreachable
        case .connect: return isPathProblem(close.errorNumber) ? .pathBlocked : .unreachable
        case .tls, .identity: return close.trust == nil ? .unreachable : .tlsUntrusted
        case .hello, .session: break
        }
        guard let number = close.code else {
            if unanswered >= unansweredMax { return .halfOpen }
            // A hello that nobody answers ends in silence; so does a welcome that never comes.
            return close.stage == .hello ? .helloTimeout : .closeUnknown
        }
        return kind(ofCode: number, unanswered: unanswered)
    }

    private static func kind(ofCode number: UInt16, unanswered: Int) -> MothershipFinding {
        switch CloseCode(rawValue: number) {
        case .resyncRequired: .resyncRequired
        case .helloTimeout: .helloTimeout
        case .expectedHello: .helloRejected
        case .unsupportedProtocol: .protoVersion
        case .rateLimited: .rateLimited
        case .serverOverload: .serverOverload
        case .serviceRestart: .serviceRestart
        case .normal, .goingAway: unanswered >= unansweredMax ? .halfOpen : .closeUnknown
        // Turned away as a peer, or the room is closed: the server is there and says no.
        case .unauthorized, .tokenExpired, .frozen: .unreachable
        case .messageTooBig, nil: .closeUnknown
        }
    }

    /// Nothing came back at all, or the kernel knows no way; a refusal did come back.
    private static func isPathProblem(_ number: Int32?) -> Bool {
        guard let number else { return true }
        return [ETIMEDOUT, ENETUNREACH, EHOSTUNREACH, ENETDOWN, EHOSTDOWN].contains(number)
    }

    private func exhausted(_ snapshot: MothershipSnapshot) -> Finding<MothershipFinding>? {
        guard snapshot.link.state == .offline, snapshot.link.breakerOpen else { return nil }
        return Finding(
            .retryExhausted,
            symptom:
                "no further try for now after \(snapshot.link.retries.of("try", plural: "tries"))",
            on: [.other(kind: "endpoint", value: snapshot.endpoint)],
            evidence: evidence(snapshot))
    }

    /// An end that a reconnect cures is no matter, unless it comes again and again.
    private func repeated(_ snapshot: MothershipSnapshot) -> [Finding<MothershipFinding>] {
        guard snapshot.link.state != .offline else { return [] }
        let kinds: [(CloseCode, MothershipFinding)] = [
            (.resyncRequired, .resyncRequired), (.serverOverload, .serverOverload),
        ]
        return kinds.compactMap { code, kind in
            let ends = snapshot.link.recentCloses.count {
                $0.code == code.rawValue && snapshot.takenAt.age(of: $0.at) <= Self.endsWindow
            }
            guard ends > thresholds.linkEndsCount else { return nil }
            return Finding(
                kind, symptom: "the link ended \(ends.of("time")) in ten minutes: \(code.text)",
                on: [.other(kind: "endpoint", value: snapshot.endpoint)],
                evidence: [
                    Evidence("ends", .count(ends)),
                    Evidence("close_code", .count(Int(code.rawValue))),
                ], raisedTo: .fail)
        }
    }

    private func expiry(_ snapshot: MothershipSnapshot) -> Finding<MothershipFinding>? {
        let link = snapshot.link
        let isTurnedAway = link.state == .offline && link.lastClose?.isExpiry == true
        let isPast = link.tokenExpiresAt.map { $0 <= snapshot.takenAt } ?? false
        guard isTurnedAway || isPast else { return nil }
        let age = link.tokenExpiresAt.map { snapshot.takenAt.age(of: $0) }
        let when = age.map { " \($0.brief) ago" } ?? ""
        return Finding(
            .tokenExpired, symptom: "the token expired\(isPast ? when : "")",
            on: [.other(kind: "endpoint", value: snapshot.endpoint)],
            evidence: evidence(snapshot),
            raisedTo: isTurnedAway ? severity(after: downtime(snapshot)) : .info)
    }

    private func certificate(_ snapshot: MothershipSnapshot) -> Finding<MothershipFinding>? {
        guard let end = snapshot.link.certificateNotAfter,
            end < snapshot.takenAt + thresholds.certificateEnds
        else { return nil }
        let isPast = end <= snapshot.takenAt
        let left = isPast ? snapshot.takenAt.since(end) : end.since(snapshot.takenAt)
        return Finding(
            .tlsExpiring,
            symptom: isPast
                ? "the certificate ended \(left.brief) ago"
                : "the certificate ends in \(left.brief)",
            on: [.other(kind: "endpoint", value: snapshot.endpoint)],
            evidence: [
                Evidence("not_after", .text(end.iso8601), scrub: .plain),
                Evidence(
                    "fingerprint", .text(snapshot.link.certificateFingerprint ?? "-"),
                    scrub: .plain),
            ])
    }

    private func downtime(_ snapshot: MothershipSnapshot) -> Duration? {
        snapshot.link.downSince.map { snapshot.takenAt.age(of: $0) }
    }

    private func severity(after downtime: Duration?) -> Severity {
        (downtime ?? .zero) > thresholds.mothershipDownFail ? .fail : .info
    }

    private func evidence(_ snapshot: MothershipSnapshot) -> [Evidence] {
        let link = snapshot.link
        var evidence = [
            Evidence("retries", .count(link.retries)),
            Evidence("breaker_open", .flag(link.breakerOpen)),
            Evidence("unanswered_pings", .count(link.unansweredPings)),
        ]
        if let down = downtime(snapshot) { evidence.append(Evidence("down", .duration(down))) }
        guard let close = link.lastClose else { return evidence }
        evidence.append(Evidence("stage", .text(close.stage.rawValue), scrub: .plain))
        if let code = close.code { evidence.append(Evidence("close_code", .count(Int(code)))) }
        if let status = close.httpStatus {
            evidence.append(Evidence("http_status", .count(status)))
        }
        if let errno = close.errorNumber {
            evidence.append(Evidence("errno", .count(Int(errno))))
        }
        return evidence
    }

    // MARK: Up

    private func degraded(_ snapshot: MothershipSnapshot) -> Finding<MothershipFinding>? {
        let link = snapshot.link
        guard link.state != .offline else { return nil }
        let p95 = link.roundTripMillisecondsP95.map { Duration(measured: $0) }
        let isSlow = (p95 ?? .zero) > thresholds.mothershipSlow
        let isShaky = link.retries > thresholds.mothershipRetries
        guard isSlow || isShaky || link.state == .degraded else { return nil }
        let symptom: String
        if isSlow, let p95 {
            symptom = "one round trip in 20 takes \(p95.brief) or longer"
        } else if isShaky {
            symptom = "the link needed \(link.retries) tries"
        } else {
            symptom = "pings stay without an answer"
        }
        let measured = p95.map { [Evidence("rtt_p95", .duration($0))] } ?? []
        return Finding(
            .degraded, symptom: symptom,
            evidence: measured + [
                Evidence("limit", .duration(thresholds.mothershipSlow)),
                Evidence("retries", .count(link.retries)),
            ])
    }

    private func skew(_ snapshot: MothershipSnapshot) -> Finding<MothershipFinding>? {
        guard let milliseconds = snapshot.link.clockOffsetMilliseconds else { return nil }
        let size = Duration(measured: abs(milliseconds))
        guard size > thresholds.clockSkewWarn else { return nil }
        let offset = milliseconds > 0 ? size : .zero - size
        return Finding(
            .clockSkew,
            symptom: "this clock is \((.zero - offset).clockDifference) the mothership's",
            evidence: [
                Evidence("offset", .duration(offset)),
                Evidence("limit", .duration(thresholds.clockSkewWarn)),
            ], raisedTo: size > thresholds.clockSkewFail ? .fail : .info)
    }

    private func strange(_ snapshot: MothershipSnapshot) -> Finding<MothershipFinding>? {
        guard let newest = snapshot.link.strangeAnswers.last else { return nil }
        let count = snapshot.link.strangeAnswers.count
        return Finding(
            .ackUnknown,
            symptom:
                "\(count.of("answer")) to pushes that were never made, last \(newest.changeSet)",
            on: [.other(kind: "change-set", value: newest.changeSet)],
            evidence: [
                Evidence("answers", .count(count)),
                Evidence("age", .duration(snapshot.takenAt.age(of: newest.sentAt))),
            ])
    }

    public func witness(of snapshot: MothershipSnapshot) -> Witness {
        Witness(
            examined: 1, total: 1, unit: "links",
            ageOfNewest: snapshot.link.lastSeen.map { snapshot.takenAt.age(of: $0) })
    }

    public func facts(of snapshot: MothershipSnapshot) -> [Evidence] {
        let link = snapshot.link
        return [
            link.clockOffsetMilliseconds.map {
                Evidence(LiveFact.clockOffset, .duration(Duration(measured: $0)))
            },
            link.roundTripMilliseconds.map {
                Evidence(LiveFact.roundTrip, .duration(Duration(measured: $0)))
            },
        ].compactMap { $0 }
    }

    public func detail(
        of snapshot: MothershipSnapshot, findings: [Finding<MothershipFinding>]
    ) -> String {
        let link = snapshot.link
        if link.state == .offline {
            let seen = link.lastSeen.map { "last seen \(snapshot.takenAt.age(of: $0).brief) ago" }
            return "ws offline, \(seen ?? "never seen")"
        }
        let isDegraded = findings.contains { $0.kind == .degraded }
        let rtt = link.roundTripMilliseconds.map { "\(Duration(measured: $0).milliseconds)ms" }
        return "ws \(isDegraded ? "degraded" : link.state.rawValue), rtt \(rtt ?? "unknown"), "
            + "peers \(link.peers)"
    }
}

extension LinkClose {
    /// True when the Mothership ended the link because of the token's age.
    fileprivate var isExpiry: Bool {
        code == CloseCode.tokenExpired.rawValue || reject == .tokenExpired
    }
}
