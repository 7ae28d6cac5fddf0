// Asks the agent's socket, and compares the answer with the pid record it left.
//
// A record whose process is dead is left only by an unclean end: a clean stop removes it. So it
// proves `agent.down` even where nothing else about the working copy can be read.

import Diagnostics
import LiveSync
import Support

/// The agent's answer beside its record.
public struct AgentSnapshot: Codable, Sendable {
    /// What the agent's socket did when it was asked.
    public enum Answer: String, Codable, Sendable {
        /// It answered.
        case answered
        /// Nobody listens on its socket.
        case refused
        /// Somebody listens and says nothing.
        case silent
    }

    public var answer: Answer
    /// Nil when it could not be told.
    public var enabled: Bool?
    public var record: RecordedProcess?
    public var version: String?
    public var takenAt: Timestamp
    /// The release of whoever looks.
    public var expectedVersion: String?
    /// The log of a running agent; nil when there is none to look at.
    public var log: AgentLogFacts?
    /// Why it did not start the last time; nil when it did, and in a recording of an earlier release.
    public var refusedStart: RefusedStart?
    /// Files that stand in place of its folders; nil in a recording of an earlier release.
    public var blockedFolders: [String]?
    /// Whether its record is torn, and no agent runs; nil in a recording of an earlier release.
    public var isRecordTorn: Bool?
    /// Whether a signal keeps its process from running; nil in a recording of an earlier release.
    public var isStopped: Bool?
    /// Whether the file that says which device this is is gone; nil in a recording of an earlier
    /// release.
    public var isDeviceGone: Bool?
    /// What was moved away under a running agent; nil when nothing was.
    public var moved: MovedFolders?
}

/// Examines the background process of a working copy.
public struct AgentCheck: Check {
    public typealias Kind = AgentFinding

    public init() {}

    public func probe(
        _ host: SyncHost, until deadline: Deadline
    ) throws(ProbeFailure) -> AgentSnapshot {
        var snapshot = AgentSnapshot(
            answer: .refused, enabled: nil, record: try record(of: host), version: nil,
            takenAt: host.clock.now, expectedVersion: Release.version)
        snapshot.refusedStart = host.refusedStart()
        snapshot.blockedFolders = host.blockedFolders
        snapshot.isRecordTorn = host.hasTornAgentRecord
        snapshot.isDeviceGone = !FileAccess.exists(host.workspace.devicePath)
        snapshot.isStopped = snapshot.record?.record.process.activity?.isStopped
        do throws(StatusFailure) {
            let status = try host.status()
            snapshot.answer = status.source == .agent ? .answered : .refused
            snapshot.enabled = status.enabled
            snapshot.version = status.source == .agent ? status.version : nil
            if status.source == .agent {
                let gone = AgentLogFacts(isPresent: false, isWritable: false, strangeLines: 0)
                // A log whose folder cannot be read is as broken as one that is gone.
                snapshot.log = (try? host.agentLog()) ?? gone
                snapshot.moved = host.movedFolders(since: snapshot.record)
            }
        } catch {
            if case .agentHangs = error {
                snapshot.answer = .silent
                return snapshot
            }
            // Either is left by an unclean end alone.
            guard snapshot.record?.isAlive == false || snapshot.isRecordTorn == true else {
                throw ProbeFailure(error)
            }
        }
        return snapshot
    }

    private func record(of host: SyncHost) throws(ProbeFailure) -> RecordedProcess? {
        do throws(PlainFailure) { return try host.agentRecord() } catch {
            throw .unreadable(
                subject: error.subject, reason: error.reason, nextStep: error.nextStep)
        }
    }

    public func diagnose(_ snapshot: AgentSnapshot) -> [Finding<AgentFinding>] {
        let lives = snapshot.record?.isAlive == true
        switch (snapshot.answer, snapshot.enabled) {
        case (.answered, _):
            return [moved(snapshot), skew(snapshot), brokenLog(snapshot)].compactMap { $0 }
        case (.refused, false?): return lives ? [] : [leftover(snapshot)].compactMap { $0 }
        case (.silent, _): return [hang(snapshot, "accepts connections and does not answer")]
        case (.refused, true?) where lives:
            return [hang(snapshot, "lives and nobody listens on its socket")]
        case (.refused, _) where lives: return []
        case (.refused, _):
            let torn = snapshot.isRecordTorn == true ? leftover(snapshot) : nil
            return [down(snapshot)] + [torn].compactMap { $0 }
        }
    }

    private func hang(_ snapshot: AgentSnapshot, _ what: String) -> Finding<AgentFinding> {
        let pid = snapshot.record?.record.process.pid
        let name = pid.map { "the agent (pid \($0))" } ?? "the agent"
        guard snapshot.isStopped == true, let pid else {
            return Finding(
                .commandHang, symptom: "\(name) \(what)", evidence: evidence(snapshot),
                cause: blockage(snapshot))
        }
        return Finding(
            .commandHang, symptom: "\(name) is stopped",
            evidence: evidence(snapshot) + [Evidence("stopped", .flag(true))],
            cause: "a signal keeps it from running: SIGSTOP, or control-Z in a shell",
            nextStep: "run kill -CONT \(pid), if nobody holds it on purpose")
    }

    /// What keeps an agent from starting, where that can be seen.
    private func blockage(_ snapshot: AgentSnapshot) -> String? {
        if snapshot.isDeviceGone == true {
            return ".aura/live/device is gone, and no agent starts without its device"
        }
        return snapshot.blockedFolders?.first.map {
            "\($0) is no folder, and no agent starts beside it"
        }
    }

    private func moved(_ snapshot: AgentSnapshot) -> Finding<AgentFinding>? {
        guard let moved = snapshot.moved else { return nil }
        let pid = snapshot.record.map { [Evidence("pid", .count(Int($0.record.process.pid)))] }
        switch moved {
        case .root(let from):
            return Finding(
                .foldersMoved,
                symptom: "the agent was started in \(from), and this is another place",
                on: [.path(from)], evidence: pid ?? [])
        case .state(let present):
            let path = ".aura/live"
            let known =
                present.map { ", and its files are in \($0)" } ?? "; its own is not beside it"
            let wayBack =
                "disable sync, put \(present ?? "the old folder") in place of \(path), enable it"
            return Finding(
                .foldersMoved,
                symptom: "\(path) is not the folder that the agent began with\(known)",
                on: [.path(path)], evidence: pid ?? [],
                nextStep: present == nil
                    ? "\(wayBack); if it was removed, disable sync and run aura init --new-device"
                    : wayBack)
        }
    }

    private func down(_ snapshot: AgentSnapshot) -> Finding<AgentFinding> {
        let symptom =
            snapshot.record.map {
                "the agent (pid \($0.record.process.pid)) is gone without a clean stop"
            } ?? "sync is on and no agent runs"
        return Finding(
            .down, symptom: symptom, evidence: evidence(snapshot),
            cause: blockage(snapshot) ?? snapshot.refusedStart?.told(at: snapshot.takenAt),
            nextStep: mending(snapshot))
    }

    /// What keeps it from starting comes first.
    private func mending(_ snapshot: AgentSnapshot) -> String? {
        let start = AgentFinding.down.nextStep
        if snapshot.isDeviceGone == true {
            return "put .aura/live/device back, or run aura init --new-device"
        }
        if let blocked = snapshot.blockedFolders?.first {
            return "move \(blocked) aside, then \(start)"
        }
        return snapshot.refusedStart?.nextStep(before: start)
    }

    private func skew(_ snapshot: AgentSnapshot) -> Finding<AgentFinding>? {
        guard let version = snapshot.version, let expected = snapshot.expectedVersion,
            version != expected
        else { return nil }
        return Finding(
            .versionSkew, symptom: "the agent is release \(version), this is \(expected)",
            evidence: [
                Evidence("agent", .text(version), scrub: .plain),
                Evidence("command", .text(expected), scrub: .plain),
            ])
    }

    private func brokenLog(_ snapshot: AgentSnapshot) -> Finding<AgentFinding>? {
        guard let log = snapshot.log else { return nil }
        let symptom: String
        if let folder = blockedLogFolder(snapshot) {
            symptom = "\(folder) is no folder, so the agent has no log there"
        } else if !log.isPresent {
            symptom = "there is no log where the agent writes it"
        } else if !log.isWritable {
            symptom = "the agent's log may not be written to"
        } else if log.strangeLines > 0 {
            symptom = "\(log.strangeLines.of("line")) of the agent's log are not its own"
        } else {
            return nil
        }
        return Finding(
            .logBroken, symptom: symptom, on: [.path(".aura/live/logs/agent.jsonl")],
            evidence: [Evidence("strange_lines", .count(log.strangeLines))],
            nextStep: blockedLogFolder(snapshot).map {
                "move \($0) aside, then disable and enable sync"
            })
    }

    private func blockedLogFolder(_ snapshot: AgentSnapshot) -> String? {
        snapshot.blockedFolders?.first { $0.hasSuffix("/logs") }
    }

    private func leftover(_ snapshot: AgentSnapshot) -> Finding<AgentFinding>? {
        if snapshot.isRecordTorn == true {
            return Finding(
                .runWithoutOwner, symptom: "the record of the agent is torn, and no agent runs")
        }
        guard let record = snapshot.record else { return nil }
        return Finding(
            .runWithoutOwner,
            symptom: "the record of pid \(record.record.process.pid) outlived it, sync is off",
            evidence: evidence(snapshot))
    }

    private func evidence(_ snapshot: AgentSnapshot) -> [Evidence] {
        guard let recorded = snapshot.record else { return [] }
        return [
            Evidence("pid", .count(Int(recorded.record.process.pid))),
            Evidence("alive", .flag(recorded.isAlive)),
            Evidence("started_at", .time(recorded.record.startedAt)),
            Evidence("executable", .text(recorded.record.process.executable), scrub: .path),
        ]
    }

    public func witness(of snapshot: AgentSnapshot) -> Witness {
        Witness(examined: 1, total: 1, unit: "sockets", ageOfNewest: .zero)
    }

    public func detail(of snapshot: AgentSnapshot, findings: [Finding<AgentFinding>]) -> String {
        let none = snapshot.isRecordTorn == true ? "its pid record is torn" : "no pid record"
        let pid = snapshot.record.map { "pid \($0.record.process.pid)" } ?? none
        switch snapshot.answer {
        case .answered: return "\(pid), version \(snapshot.version ?? "unknown")"
        case .silent: return "\(pid), no answer"
        case .refused where snapshot.enabled == false: return "not running, sync off"
        case .refused: return "not running, \(pid)"
        }
    }
}
