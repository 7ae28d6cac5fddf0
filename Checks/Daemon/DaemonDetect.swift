// Tells "the server next door is dead" from "the server is somewhere else and out of reach".
//
// Only an endpoint on this machine can be judged from here, and only by the record that exactly
// that server left: same port, and a process that is gone. A clean stop removes the record.

import Diagnostics
import LiveProtocol
import LiveSync
import Support

/// The endpoint, and the record of this machine's server.
public struct DaemonSnapshot: Codable, Sendable {
    public var endpoint: String
    public var port: Int
    public var isLoopback: Bool
    public var home: String
    public var record: RecordedProcess?
    /// Nil when nobody could tell.
    public var link: LinkStatus.State?
    public var syncEnabled: Bool?
    /// What has the recorded pid now, when it is another process.
    public var successor: ProcessIdentity?
    /// Who listens on the endpoint's port.
    public var owner: PortOwner?
    /// Whether the agent answers, and so can be told to connect. Nil when it was not asked, or in a
    /// recording of an earlier release.
    public var isAgentUp: Bool?
    /// Whether a signal keeps the recorded process from running. Nil in a recording of an earlier
    /// release.
    public var isStopped: Bool?
    /// Whether its record is torn, and nobody runs on its home. Nil in a recording of an earlier
    /// release.
    public var isRecordTorn: Bool?
    /// Why it did not start the last time; nil when it did, and in a recording of an earlier release.
    public var refusedStart: RefusedStart?
    /// The pid of one that runs on this home and left no record. Nil in a recording of an earlier
    /// release.
    public var unrecorded: Int32?
    /// Files of its home, its ledger and its key, that are not what it opened. Nil in a recording of an
    /// earlier release.
    public var lostFiles: [String]?
    /// The time of the look; nil in a recording of an earlier release.
    public var takenAt: Timestamp?
}

/// Examines the Mothership of this machine, where the endpoint is here.
public struct DaemonCheck: Check {
    public typealias Kind = DaemonFinding

    public init() {}

    public func probe(
        _ host: SyncHost, until deadline: Deadline
    ) throws(ProbeFailure) -> DaemonSnapshot {
        let endpoint = try host.settings().mothership
        var snapshot = DaemonSnapshot(
            endpoint: endpoint.description, port: endpoint.port, isLoopback: endpoint.isLoopback,
            home: host.mothershipHome, record: nil, link: nil, syncEnabled: nil)
        snapshot.takenAt = host.clock.now
        guard endpoint.isLoopback else { return snapshot }
        var unrecorded: LocalMothership.Status?
        do throws(PlainFailure) { snapshot.record = try host.mothershipRecord() } catch {
            snapshot.isRecordTorn = host.hasTornMothershipRecord
            unrecorded = host.unrecordedMothership()
            guard snapshot.isRecordTorn == true || unrecorded != nil else {
                throw .unreadable(
                    subject: error.subject, reason: error.reason, nextStep: error.nextStep)
            }
        }
        if snapshot.record == nil, snapshot.isRecordTorn == nil {
            unrecorded = host.unrecordedMothership()
        }
        snapshot.unrecorded = unrecorded?.pid
        if let recorded = snapshot.record, recorded.isAlive {
            snapshot.lostFiles = host.lostFiles(
                ofMothership: recorded.record.process.pid, instance: recorded.record.instance)
        } else if let unrecorded {
            snapshot.lostFiles = host.lostFiles(
                ofMothership: unrecorded.pid, instance: unrecorded.instance)
        }
        snapshot.refusedStart = host.refusedMothershipStart()
        snapshot.successor = snapshot.record?.successor
        snapshot.isStopped = snapshot.record?.record.process.activity?.isStopped
        if snapshot.record?.isAlive == false || snapshot.isRecordTorn == true
            || snapshot.record == nil && snapshot.refusedStart != nil
        {
            snapshot.owner = host.owner(ofPort: endpoint.port)
        }
        do throws(ProbeFailure) {
            let status = try host.look()
            (snapshot.link, snapshot.syncEnabled) = (status.link.state, status.enabled)
            snapshot.isAgentUp = status.source == .agent
        } catch {
            return snapshot  // a dead server is dead whether or not the agent answers
        }
        return snapshot
    }

    public func diagnose(_ snapshot: DaemonSnapshot) -> [Finding<DaemonFinding>] {
        guard snapshot.isLoopback else { return [] }
        return storeMissing(snapshot) + process(snapshot)
    }

    private func process(_ snapshot: DaemonSnapshot) -> [Finding<DaemonFinding>] {
        if let pid = snapshot.unrecorded {
            return [
                Finding(
                    .pidMissing,
                    symptom: "pid \(pid) serves \(snapshot.home), and no record there names it",
                    on: [.path(snapshot.home)], evidence: [Evidence("pid", .count(Int(pid)))])
            ]
        }
        guard let recorded = snapshot.record else { return withoutRecord(snapshot) }
        guard !recorded.isAlive else { return stopped(snapshot, recorded).map { [$0] } ?? [] }
        let record = leftover(snapshot, recorded)
        let isMissed =
            isMissed(snapshot)
            && (recorded.record.port == nil || recorded.record.port == snapshot.port)
        guard isMissed else { return [record] }
        let down = down(snapshot, recorded)
        let reused = snapshot.successor == nil ? [] : [record]
        return (taken(snapshot).map { [$0] } ?? []) + [down] + reused
    }

    private func storeMissing(_ snapshot: DaemonSnapshot) -> [Finding<DaemonFinding>] {
        guard let lost = snapshot.lostFiles, !lost.isEmpty else { return [] }
        let pid = snapshot.record?.record.process.pid ?? snapshot.unrecorded
        let names = lost.map { "\(snapshot.home)/\($0)" }.joined(separator: " and ")
        return [
            Finding(
                .storeMissing,
                symptom: "\(names) \(lost.count == 1 ? "is" : "are") gone or not what the server "
                    + "that runs opened",
                on: [.path(snapshot.home)],
                evidence: pid.map { [Evidence("pid", .count(Int($0)))] } ?? [])
        ]
    }

    private func isMissed(_ snapshot: DaemonSnapshot) -> Bool {
        snapshot.syncEnabled != false && (snapshot.link == nil || snapshot.link == .offline)
    }

    /// What is left of a record, or of a start, names neither process nor port; the home it lies in is
    /// this user's.
    private func withoutRecord(_ snapshot: DaemonSnapshot) -> [Finding<DaemonFinding>] {
        let isTorn = snapshot.isRecordTorn == true
        guard isTorn || snapshot.refusedStart != nil && isMissed(snapshot) else { return [] }
        guard isMissed(snapshot) else {
            return [
                Finding(
                    .pidStale,
                    symptom: "the record in \(snapshot.home) is torn, and nobody runs there",
                    on: [.path(snapshot.home)])
            ]
        }
        let down = Finding(
            DaemonFinding.down,
            symptom: "nobody serves \(snapshot.endpoint), and "
                + (isTorn ? "the record of the server is torn" : "the server did not start"),
            on: [.path(snapshot.home)], evidence: [Evidence("port", .count(snapshot.port))],
            cause: snapshot.refusedStart?.told(at: snapshot.takenAt),
            nextStep: startStep(snapshot))
        return (taken(snapshot).map { [$0] } ?? []) + [down]
    }

    private func down(
        _ snapshot: DaemonSnapshot, _ recorded: RecordedProcess
    ) -> Finding<DaemonFinding> {
        let process = recorded.record.process
        return Finding(
            .down, symptom: "pid \(process.pid), which served \(snapshot.endpoint), is gone",
            on: [.path(snapshot.home)],
            evidence: [
                Evidence("pid", .count(Int(process.pid))),
                Evidence("port", .count(snapshot.port)),
                Evidence("started_at", .time(recorded.record.startedAt)),
                Evidence("version", .text(recorded.record.version), scrub: .plain),
            ],
            cause: snapshot.refusedStart?.told(at: snapshot.takenAt),
            nextStep: startStep(snapshot))
    }

    /// Why it does not start, where somebody has tried, is what has to be mended first.
    private func startStep(_ snapshot: DaemonSnapshot) -> String {
        // Without the port the server would listen on its usual one, where nobody looks for it.
        let start = "run aura mothership start --port \(snapshot.port)"
        return snapshot.refusedStart?.nextStep(before: start) ?? start
    }

    /// It lives and answers nobody: from here that looks like a link through a deaf proxy.
    private func stopped(
        _ snapshot: DaemonSnapshot, _ recorded: RecordedProcess
    ) -> Finding<DaemonFinding>? {
        guard snapshot.isStopped == true, snapshot.syncEnabled != false,
            recorded.record.port == nil || recorded.record.port == snapshot.port
        else { return nil }
        let pid = recorded.record.process.pid
        return Finding(
            .stopped, symptom: "pid \(pid), which serves \(snapshot.endpoint), is stopped",
            on: [.path(snapshot.home)],
            evidence: [
                Evidence("pid", .count(Int(pid))), Evidence("port", .count(snapshot.port)),
            ],
            nextStep: "run kill -CONT \(pid), if nobody holds it on purpose")
    }

    /// Somebody else listens where the dead server did, so it cannot simply be started again.
    private func taken(_ snapshot: DaemonSnapshot) -> Finding<DaemonFinding>? {
        guard let owner = snapshot.owner else { return nil }
        let name = owner.process.map { PathName.last(of: $0.executable) }
        let own = snapshot.record.map { PathName.last(of: $0.record.process.executable) }
        let who =
            owner.process.map { "\(name ?? "a process") (pid \($0.pid))" }
            ?? "a process of another user"
        return Finding(
            name != nil && name == own ? .portOwn : .portForeign,
            symptom: "port \(snapshot.port) is held by \(who)",
            on: [.other(kind: "port", value: "\(snapshot.port)")],
            evidence: [
                Evidence("port", .count(snapshot.port)),
                Evidence("pid", .count(Int(owner.process?.pid ?? 0))),
                Evidence("program", .text(name ?? "unknown"), scrub: .name),
            ])
    }

    /// The record itself, where nobody misses the server it names.
    private func leftover(
        _ snapshot: DaemonSnapshot, _ recorded: RecordedProcess
    ) -> Finding<DaemonFinding> {
        let pid = recorded.record.process.pid
        guard let successor = snapshot.successor else {
            return Finding(
                .pidStale,
                symptom: "the record in \(snapshot.home) names pid \(pid), which is gone",
                on: [.path(snapshot.home)], evidence: [Evidence("pid", .count(Int(pid)))])
        }
        let name = PathName.last(of: successor.executable)
        return Finding(
            .pidReused, symptom: "the record in \(snapshot.home) names pid \(pid), now \(name)",
            on: [.path(snapshot.home)],
            evidence: [
                Evidence("pid", .count(Int(pid))), Evidence("program", .text(name), scrub: .name),
            ])
    }

    /// The endpoint is what was looked at; one elsewhere needs no server here.
    public func witness(of snapshot: DaemonSnapshot) -> Witness {
        Witness(examined: 1, total: 1, unit: "endpoints")
    }

    public func detail(
        of snapshot: DaemonSnapshot, findings: [Finding<DaemonFinding>]
    ) -> String {
        guard snapshot.isLoopback else { return "the endpoint is on another machine" }
        guard let recorded = snapshot.record else {
            if let pid = snapshot.unrecorded { return "pid \(pid) runs without a record" }
            return snapshot.isRecordTorn == true
                ? "the record of the server here is torn" : "no record of a server here"
        }
        let pid = "pid \(recorded.record.process.pid)"
        return "\(pid) \(recorded.isAlive ? "runs" : "is gone"), port \(snapshot.port)"
    }
}
