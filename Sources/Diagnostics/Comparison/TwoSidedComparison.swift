// Two reports from the two ends of one matter: on whose side does the trouble lie?
//
// Each end sees itself, its own way to the middle, and what the middle tells it. What both ends
// see of the middle is the middle; what one end alone sees is that end or its way. The framework
// does not know which checks look where, so the caller says it in `SideRules`.

import Support

/// Which codes look at which part. Patterns as in ``Selection``; what none names is local.
public struct SideRules: Sendable {
    /// The common part that both ends use.
    public let remote: [String]
    /// The way of one end to the common part.
    public let link: [String]
    /// Seen on one side it is that side's own, seen on both it is the common part's: two clocks
    /// that agree with each other and not with the third.
    public let own: [String]
    /// The measured fact that is the common part's clock minus the reporter's.
    public let clockOffset: (check: Bucket, label: String)
    /// The measured fact that bounds the error of the offset.
    public let roundTrip: (check: Bucket, label: String)

    public init(
        remote: [String], link: [String], own: [String] = [],
        clockOffset: (check: Bucket, label: String), roundTrip: (check: Bucket, label: String)
    ) {
        self.remote = remote
        self.link = link
        self.own = own
        self.clockOffset = clockOffset
        self.roundTrip = roundTrip
    }

    fileprivate func part(of code: String) -> Part {
        if own.contains(where: { Glob.covers($0, code: code) }) { return .own }
        if remote.contains(where: { Glob.covers($0, code: code) }) { return .remote }
        if link.contains(where: { Glob.covers($0, code: code) }) { return .link }
        return .local
    }

    fileprivate enum Part { case local, link, remote, own }
}

/// What two reports say together.
public struct TwoSidedComparison: Codable, Hashable, Sendable {
    public static let schema = "aura.report-comparison"
    public static let schemaVersion = 1

    /// On whose side the trouble lies.
    public enum Verdict: String, Codable, CaseIterable, Sendable {
        /// The own side.
        case client
        /// The other side.
        case peer
        /// Something on both sides, each its own.
        case bothClients = "both-clients"
        /// The own way to the common part.
        case link
        /// The other side's way.
        case peerLink = "peer-link"
        case server
        case healthy
        case undetermined

        var words: String {
            switch self {
            case .client: "client: the trouble lies on this side"
            case .peer: "client: the trouble lies on the other side"
            case .bothClients: "client: each side has a trouble of its own"
            case .link: "link: the way from this side to the server"
            case .peerLink: "link: the way from the other side to the server"
            case .server: "server: both sides depend on it"
            case .healthy: "neither side sees a trouble"
            case .undetermined: "not to be told from these two reports"
            }
        }
    }

    /// How far the other clock is ahead of this one.
    public struct ClockSkew: Codable, Hashable, Sendable {
        public let milliseconds: Int64
        /// The true value lies within this of it; nil for a lower bound.
        public let uncertaintyMilliseconds: Int64?

        private enum CodingKeys: String, CodingKey {
            case milliseconds = "skew_ms"
            case uncertaintyMilliseconds = "uncertainty_ms"
        }

        var words: String {
            let difference = Duration.milliseconds(milliseconds).clockDifference
            guard let uncertaintyMilliseconds else {
                return "the other is at least \(difference) this one"
            }
            return "the other is \(difference) this one, give or take "
                + Duration.milliseconds(uncertaintyMilliseconds).brief
        }
    }

    public let schema: String
    public let schemaVersion: Int
    public let verdict: Verdict
    public let reasons: [String]
    public let clockSkew: ClockSkew?
    public let exitCode: Int32

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case schema
        case schemaVersion = "schema_version"
        case verdict, reasons
        case clockSkew = "clock_skew"
        case exitCode = "exit_code"
    }

    public static var fieldOrder: [String] { CodingKeys.allCases.map(\.rawValue) }
}

extension TwoSidedComparison {
    /// - Parameters:
    ///   - here: the report of this side.
    ///   - hereIsNow: true when it was made just now: the other report cannot be younger, and one
    ///     that claims so comes from a clock that is ahead.
    public init(here: Report, peer: Report, rules: SideRules, hereIsNow: Bool) {
        let (mine, theirs) = (Roots(here, rules), Roots(peer, rules))
        let verdict = Self.verdict(mine, theirs)
        schema = Self.schema
        schemaVersion = Self.schemaVersion
        self.verdict = verdict
        reasons = Self.reasons(verdict, mine, theirs)
        clockSkew =
            Self.skew(here, peer, rules) ?? (hereIsNow ? Self.leastSkew(here, peer) : nil)
        switch verdict {
        case .healthy: exitCode = ExitStatus.success.rawValue
        case .undetermined: exitCode = ExitStatus.undetermined.rawValue
        case .client, .peer, .bothClients, .link, .peerLink, .server:
            exitCode = ExitStatus.findings.rawValue
        }
    }

    private static func verdict(_ mine: Roots, _ theirs: Roots) -> Verdict {
        if !mine.remote.isEmpty || !theirs.remote.isEmpty { return .server }
        if !Set(mine.own.map(\.code)).isDisjoint(with: theirs.own.map(\.code)) { return .server }
        switch (mine.link.isEmpty, theirs.link.isEmpty) {
        case (false, false): return .server
        case (false, true): return theirs.sawLink ? .link : .undetermined
        case (true, false): return mine.sawLink ? .peerLink : .undetermined
        case (true, true): break
        }
        let (quietHere, quietThere) = (
            (mine.local + mine.own).isEmpty, (theirs.local + theirs.own).isEmpty
        )
        switch (quietHere, quietThere) {
        case (false, false): return .bothClients
        case (false, true): return .client
        case (true, false): return .peer
        case (true, true): return mine.isWhole && theirs.isWhole ? .healthy : .undetermined
        }
    }

    private static func reasons(
        _ verdict: Verdict, _ mine: Roots, _ theirs: Roots
    ) -> [String] {
        func lines(_ side: String, _ findings: [AnyFinding]) -> [String] {
            findings.map { "\(side): \($0.code): \($0.symptom)" }
        }
        let all =
            lines("here", mine.all)
            + lines("there", theirs.all)
        let silent =
            mine.silent.map { "here: \($0.title): \($0.detail)" }
            + theirs.silent.map { "there: \($0.title): \($0.detail)" }
        return verdict == .undetermined ? all + silent : all
    }

    /// Each end measured its distance to the same clock; the difference is theirs to each other.
    private static func skew(_ here: Report, _ peer: Report, _ rules: SideRules) -> ClockSkew? {
        guard let mine = here.fact(rules.clockOffset), let theirs = peer.fact(rules.clockOffset)
        else { return nil }
        let trips = [here, peer].compactMap { $0.fact(rules.roundTrip) }.reduce(.zero, +)
        return ClockSkew(
            milliseconds: (mine - theirs).milliseconds,
            uncertaintyMilliseconds: (trips / 2).milliseconds)
    }

    /// A report that was made after now was made by a clock that is ahead.
    private static func leastSkew(_ here: Report, _ peer: Report) -> ClockSkew? {
        let took = Duration.milliseconds(here.durationMilliseconds ?? 0)
        let ahead = peer.started.timestamp.since(here.started.timestamp + took)
        guard ahead > .zero else { return nil }
        return ClockSkew(milliseconds: ahead.milliseconds, uncertaintyMilliseconds: nil)
    }
}

/// The root findings of one report from warn on, by the part they are about.
private struct Roots {
    var local: [AnyFinding] = []
    var link: [AnyFinding] = []
    var remote: [AnyFinding] = []
    var own: [AnyFinding] = []
    /// Checks without an answer.
    let silent: [CheckResult]
    /// True when a check of the link had an answer.
    let sawLink: Bool

    var isWhole: Bool { silent.isEmpty }
    var all: [AnyFinding] { remote + link + own + local }

    init(_ report: Report, _ rules: SideRules) {
        silent = report.checks.filter { $0.status.isUndetermined }
        sawLink = report.checks.contains { row in
            !row.status.isUndetermined
                && rules.link.contains { Glob.matches($0, row.check.rawValue) }
        }
        for finding in report.rootFindings
        where finding.severity >= .warn && finding.bucket != DoctorFinding.bucket {
            switch rules.part(of: finding.code) {
            case .local: local.append(finding)
            case .link: link.append(finding)
            case .remote: remote.append(finding)
            case .own: own.append(finding)
            }
        }
    }
}

extension Report {
    fileprivate func fact(_ name: (check: Bucket, label: String)) -> Duration? {
        let fact = checks.first { $0.check == name.check }?.facts?.first { $0.label == name.label }
        guard case .duration(let value)? = fact?.value else { return nil }
        return value
    }
}
