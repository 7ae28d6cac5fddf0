// Reads the settings file as the agent would, and asks whether sync is on at all.
//
// The thresholds of the examination live in the same file, so their table is judged here too:
// everything that is wrong with the file has one line of the report.

import Diagnostics
import LiveSync
import Support

import struct Mothership.MothershipConfiguration

/// What the settings file holds, as far as it can be wrong.
public struct ConfigSnapshot: Codable, Sendable {
    /// One thing wrong in the file.
    public struct Defect: Codable, Hashable, Sendable {
        /// What kind of defect a settings file has.
        public enum Problem: String, Codable, Sendable {
            /// Of the file itself: nothing of it was read.
            case unreadable
            case parse, unknownKey, value
        }

        public var problem: Problem
        public var key: String
        /// From 1; 0 where the file could not be read.
        public var line: Int
        public var reason: String
        public var nextStep: String
    }

    public var file: String
    public var defects: [Defect]
    /// Nil when nobody could tell.
    public var syncEnabled: Bool?
    /// Why the agent did not start the last time; nil when it did, and in a recording of an earlier
    /// release.
    public var refusedStart: RefusedStart?
    /// Changed files that take no part.
    public var stranded = StrandedFiles.untold
    /// Set when this folder carries the device of another.
    public var copied: CopiedDevice?
    /// How long the settings have asked for a log in full detail; nil when they do not.
    public var detailedFor: Duration?
    /// What the settings lead to, as a running agent tells it.
    public var course: Course?
    /// The time of the look; nil in a recording of an earlier release.
    public var takenAt: Timestamp?
    /// The Mothership that a running agent uses, whatever the file says; nil without an agent.
    public var agentEndpoint: String?

    /// Where the agent looks for its Mothership, and what its filter keeps out.
    public struct Course: Codable, Hashable, Sendable {
        public var endpoint: String
        public var port: Int
        public var isLoopback: Bool
        public var isOffline: Bool
        public var stage: LinkStage?
        public var lastSeen: Timestamp?
        public var downSince: Timestamp?
        /// The server that answers, and the one whose token is used.
        public var instance: String?
        public var tokenInstance: String?
        /// The home of this user's Mothership as the agent sees it, and as this process does.
        public var agentHome: String?
        public var home: String
        /// The Mothership of that home.
        public var server: RecordedProcess?
        /// How long the settings file has differed from what the agent runs with.
        public var driftedFor: Duration?
        /// Limits that server has and its configuration does not name.
        public var implicitLimits: [String] = []
        /// Why sync is paused; empty when it is not.
        public var pauses: [String] = []
        public var localOnly: [UnpushedFile]
        public var leftOut: [LeftOutRow]
        /// Changes that wait because their grammar is another one.
        public var foreignGrammars: [RefusedDelivery] = []
    }
}

/// Examines the settings of a working copy.
public struct ConfigCheck: Check {
    public typealias Kind = ConfigFinding

    /// Files named in one finding; the count covers all.
    private static let subjectCountMax = 20

    private let thresholds: Thresholds

    public init(_ thresholds: Thresholds = Thresholds()) { self.thresholds = thresholds }

    /// It asks git for what the agent never looks at, and parses the settings.
    public var cost: Cost { SharedLook.own(milliseconds: 20) }
    public var shares: [String] { [SharedLook.status, SharedLook.tree] }

    public func probe(
        _ host: SyncHost, until deadline: Deadline
    ) throws(ProbeFailure) -> ConfigSnapshot {
        let file = host.workspace.configurationPath
        var snapshot = ConfigSnapshot(
            file: file, defects: host.settingsDefects(), syncEnabled: nil,
            refusedStart: host.refusedStart(), copied: host.copiedDevice(),
            detailedFor: detailedFor(host), takenAt: host.clock.now)
        do throws(ProbeFailure) {
            let status = try host.look()
            snapshot.syncEnabled = status.enabled
            if status.source == .agent {
                snapshot.course = course(host, status)
                snapshot.agentEndpoint = status.endpoint
            }
        } catch {
            // The agent's check says why there is no answer.
        }
        try deadline.checkpoint()
        // A copy says the same as its original; what its own settings keep out comes later.
        if snapshot.copied == nil { snapshot.stranded = host.strandedFiles() }
        return snapshot
    }

    private func course(_ host: SyncHost, _ status: LiveStatus) -> ConfigSnapshot.Course? {
        // Settings that do not parse are among the defects; a record that cannot be read is the
        // daemon check's to report.
        guard let address = try? host.configuration().mothership else { return nil }
        let server = (try? host.mothershipRecord()) ?? nil  // as above
        let isHere = address.isLoopback && server?.isAlive == true
        let file = host.mothershipHome + "/config.toml"
        // A server that runs has read its file; what cannot be read now is its own to report.
        let limits = isHere ? (try? MothershipConfiguration.implicitLimits(at: file)) ?? nil : nil
        return ConfigSnapshot.Course(
            endpoint: status.endpoint, port: address.port, isLoopback: address.isLoopback,
            isOffline: status.link.state == .offline, stage: status.link.lastClose?.stage,
            lastSeen: status.link.lastSeen, downSince: status.link.downSince,
            instance: status.link.instance, tokenInstance: status.link.tokenInstance,
            agentHome: status.mothershipHome, home: host.mothershipHome, server: server,
            driftedFor: driftedFor(host, status), implicitLimits: limits ?? [],
            pauses: status.causes,
            localOnly: (status.scanner?.unpushed ?? []).filter { $0.reason == .localOnly },
            leftOut: status.leftOut,
            foreignGrammars: status.refusedDeliveries.filter { $0.reason == .grammar })
    }

    private func detailedFor(_ host: SyncHost) -> Duration? {
        // Settings that do not parse are among the defects.
        guard let debug = try? host.configuration().debug, let since = host.settingsChangedAt(),
            debug.verboseLogs || debug.logLevel == .trace || debug.logLevel == .debug
        else { return nil }
        return host.clock.now.age(of: since)
    }

    private func driftedFor(_ host: SyncHost, _ status: LiveStatus) -> Duration? {
        // Settings that do not parse are among the defects.
        guard let running = status.settingsDigest, let file = try? host.configuration().digest,
            running != file, let changedAt = host.settingsChangedAt()
        else { return nil }
        return status.takenAt.age(of: changedAt)
    }

    public func diagnose(_ snapshot: ConfigSnapshot) -> [Finding<ConfigFinding>] {
        var found = snapshot.defects.map {
            $0.problem == .unreadable ? unreadable($0, snapshot) : finding($0, in: snapshot.file)
        }
        if let copied = snapshot.copied { found.append(finding(copied)) }
        if snapshot.syncEnabled == false {
            found.append(
                Finding(
                    .syncDisabled, symptom: "sync is off for this working copy",
                    cause: snapshot.refusedStart?.told(at: snapshot.takenAt),
                    nextStep: snapshot.refusedStart?.nextStep(
                        before: ConfigFinding.syncDisabled.nextStep)))
        }
        if let age = snapshot.detailedFor, age > thresholds.traceLeftOn {
            found.append(
                Finding(
                    .traceLeftOn, symptom: "the log has been kept in full detail for \(age.brief)",
                    on: [.path(".aura/live.toml")],
                    evidence: [
                        Evidence("age", .duration(age)),
                        Evidence("limit", .duration(thresholds.traceLeftOn)),
                    ]))
        }
        found += stranded(snapshot.stranded)
        guard let course = snapshot.course else { return found }
        return found
            + [
                drift(course), endpoint(course), home(course), limits(course), grammars(course),
            ].compactMap { $0 }
            + keptOut(course)
    }

    private func finding(_ copied: CopiedDevice) -> Finding<ConfigFinding> {
        Finding(
            .clonedIdentity,
            symptom: "the device \(copied.device.short) belongs to another folder",
            on: [.peer(copied.device.short)],
            evidence: [Evidence("original_runs", .flag(copied.originalRuns))])
    }

    // MARK: Kept out

    private func stranded(_ files: StrandedFiles) -> [Finding<ConfigFinding>] {
        switch files {
        case .untold: return []
        case .failed(let reason, let nextStep):
            return [
                Finding(
                    .ignoreListFailed, symptom: "the list of ignored files cannot be had",
                    cause: reason, nextStep: nextStep)
            ]
        case .known(let all):
            let out = all.filter { !$0.isAdmitted }
            let byRule = Dictionary(grouping: out) { "\($0.line ?? 0)\u{0}\($0.rule)" }
            return byRule.sorted { $0.key < $1.key }.compactMap { _, files in excluded(files) }
        }
    }

    private func excluded(_ files: [StrandedFile]) -> Finding<ConfigFinding>? {
        guard let first = files.first else { return nil }
        let others = files.count > 1 ? " and \((files.count - 1).of("other file"))" : ""
        let place = first.line.map { "line \($0) of .aura/live.toml" } ?? "a built-in rule"
        let rule = first.rule.isEmpty ? "no include" : "\"\(first.rule)\""
        return Finding(
            .fileExcluded,
            symptom: "\(first.path)\(others) changed and left out by \(rule), \(place)",
            on: files.prefix(Self.subjectCountMax).map { .path($0.path) },
            evidence: [
                Evidence("files", .count(files.count)), Evidence("line", .count(first.line ?? 0)),
                Evidence("rule", .text(first.rule), scrub: .path),
            ])
    }

    private func keptOut(_ course: ConfigSnapshot.Course) -> [Finding<ConfigFinding>] {
        let marked = course.localOnly.map { file in
            Finding<ConfigFinding>(
                .functionLocalOnly,
                symptom: "\(file.count.of("changed function")) of \(file.path) marked @aura-local",
                on: [.path(file.path)], evidence: [Evidence("functions", .count(file.count))])
        }
        let byDevice = Dictionary(grouping: course.leftOut, by: \.device)
        return marked
            + byDevice.sorted { $0.key < $1.key }.map { device, rows in
                let paths = Set(rows.map(\.path)).sorted()
                let changes = rows.reduce(0) { $0 + $1.changes }
                return Finding(
                    .selectiveMismatch,
                    symptom: "\(changes.of("change")) of \(paths.count.of("file")) from peer "
                        + "\(device) left out here",
                    on: [.peer(device)] + paths.prefix(Self.subjectCountMax).map { .path($0) },
                    evidence: [
                        Evidence("changes", .count(changes)),
                        Evidence("files", .count(paths.count)),
                    ])
            }
    }

    // MARK: Elsewhere

    /// Another server answers, or nobody does while this user's Mothership listens elsewhere. A
    /// server that ran on while the link broke is not proof: the way to it may be a tunnel.
    private func endpoint(_ course: ConfigSnapshot.Course) -> Finding<ConfigFinding>? {
        let subject = Subject.other(kind: "endpoint", value: course.endpoint)
        if let instance = course.instance, let expected = course.tokenInstance,
            instance != expected
        {
            return Finding(
                .endpointWrong, symptom: "\(course.endpoint) is another mothership than before",
                on: [subject],
                evidence: [
                    Evidence("instance", .text(instance), scrub: .identity),
                    Evidence("expected", .text(expected), scrub: .identity),
                ])
        }
        guard course.isLoopback, course.isOffline,
            course.stage == .connect || course.stage == .upgrade,
            let server = course.server, server.isAlive, let port = server.record.port,
            port != course.port
        else { return nil }
        let hasMoved = course.downSince.map { server.record.startedAt >= $0 } ?? false
        guard course.lastSeen == nil || hasMoved else { return nil }
        return Finding(
            .endpointWrong,
            symptom: "nobody answers at \(course.endpoint), the mothership listens on port \(port)",
            on: [subject],
            evidence: [
                Evidence("port", .count(course.port)), Evidence("listens_on", .count(port)),
                Evidence("pid", .count(Int(server.record.process.pid))),
            ], nextStep: "set [live].mothership of .aura/live.toml to ws://127.0.0.1:\(port)")
    }

    private func drift(_ course: ConfigSnapshot.Course) -> Finding<ConfigFinding>? {
        guard let age = course.driftedFor, age > thresholds.configDrift else { return nil }
        return Finding(
            .drift, symptom: "edited \(age.brief) ago, and the agent has not read it since",
            on: [.path(".aura/live.toml")],
            evidence: [
                Evidence("age", .duration(age)),
                Evidence("limit", .duration(thresholds.configDrift)),
            ])
    }

    private func limits(_ course: ConfigSnapshot.Course) -> Finding<ConfigFinding>? {
        guard let first = course.implicitLimits.first else { return nil }
        let count = course.implicitLimits.count
        return Finding(
            .limitsImplicit,
            symptom: "\(count.of("limit")) not written down, first \(first)",
            on: course.implicitLimits.map { .other(kind: "key", value: $0) },
            evidence: [Evidence("keys", .count(count))])
    }

    private func grammars(_ course: ConfigSnapshot.Course) -> Finding<ConfigFinding>? {
        guard let first = course.foreignGrammars.first else { return nil }
        let languages = Set(course.foreignGrammars.map(\.about)).sorted()
        return Finding(
            .grammarMismatch,
            symptom: "\(first.device) reads \(languages.joined(separator: ", ")) otherwise",
            on: Set(course.foreignGrammars.map(\.device)).sorted().map { .peer($0) },
            evidence: [
                Evidence("waiting", .count(course.foreignGrammars.count)),
                Evidence(
                    "languages", .text(languages.joined(separator: ", ")), scrub: .plain),
            ])
    }

    private func home(_ course: ConfigSnapshot.Course) -> Finding<ConfigFinding>? {
        guard course.isLoopback, let agents = course.agentHome, agents != course.home else {
            return nil
        }
        return Finding(
            .wrongHome, symptom: "AURA_HOME is \(course.home) here and \(agents) for the agent",
            on: [.path(course.home)],
            evidence: [
                Evidence("here", .text(course.home), scrub: .path),
                Evidence("agent", .text(agents), scrub: .path),
            ])
    }

    // MARK: Defects of the file

    /// What a new file would have to say is known to the agent that still goes by the old one.
    private func unreadable(
        _ defect: ConfigSnapshot.Defect, _ snapshot: ConfigSnapshot
    ) -> Finding<ConfigFinding> {
        let isGone = defect.nextStep == ConfigFinding.unreadable.nextStep
        let address = isGone ? snapshot.agentEndpoint.map { " --mothership \($0)" } : nil
        return Finding(
            .unreadable, symptom: ".aura/live.toml \(defect.reason)", on: [.path(snapshot.file)],
            nextStep: defect.nextStep + (address ?? ""))
    }

    private func finding(
        _ defect: ConfigSnapshot.Defect, in file: String
    ) -> Finding<ConfigFinding> {
        let kind: ConfigFinding =
            switch defect.problem {
            case .unreadable: .unreadable
            case .parse: .parseError
            case .unknownKey: .unknownKey
            case .value: .valueInvalid
            }
        let key: [Subject] = defect.key.isEmpty ? [] : [.other(kind: "key", value: defect.key)]
        return Finding(
            kind, symptom: "line \(defect.line) \(defect.reason)", on: [.path(file)] + key,
            evidence: [
                Evidence("line", .count(defect.line)),
                Evidence("key", .text(defect.key), scrub: .name),
            ], nextStep: "in .aura/live.toml, \(defect.nextStep)")
    }

    public func witness(of snapshot: ConfigSnapshot) -> Witness {
        Witness(examined: 1, total: 1, unit: "files")
    }

    public func detail(
        of snapshot: ConfigSnapshot, findings: [Finding<ConfigFinding>]
    ) -> String {
        let sync =
            switch snapshot.syncEnabled {
            case true? where snapshot.course?.pauses.isEmpty == false:
                "sync PAUSED: \(snapshot.course?.pauses.joined(separator: ", ") ?? "")"
            case true?: "sync on"
            case false?: "sync off"
            case nil: "sync unknown"
            }
        guard let first = snapshot.defects.map(\.line).min() else { return sync }
        if first == 0 { return "\(sync), no settings to read" }
        return "\(sync), \(snapshot.defects.count.of("defect")), first on line \(first)"
    }
}
