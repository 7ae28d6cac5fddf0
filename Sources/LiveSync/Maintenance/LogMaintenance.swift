// Recovering and resetting the log of a working copy: the log's own repairs, with what they mean
// for people: which functions are concerned, and what has to be read again.

import Foundation
import LiveProtocol
import Support
import WriteAheadLog

/// What `aura live wal recover` did.
public struct WALRecovery: Codable, Sendable {
    /// False when nothing was the matter; then nothing was touched.
    public let changed: Bool
    /// Records that are readable afterwards.
    public let kept: UInt64
    /// Sequences that are lost, as ranges.
    public let cut: [String]
    /// Functions whose unacknowledged push was among them; found again by the full scan.
    public let unacknowledged: [String]
    /// What was the matter, by name.
    public let verdicts: [String]
    /// What could not be set right.
    public let remaining: [String]
    /// Where the copies are.
    public let quarantine: String?
    public let restarted: Bool
}

/// A push that a reset would give up.
public struct UnsentChange: Codable, Hashable, Sendable {
    public let function: String
    public let path: String
    /// `put`, `delete`, `rename`, `move`.
    public let change: String
    /// `waiting`, `sent`, or the word of the refusal.
    public let state: String
    /// Whether git has the file as it is: then nothing is lost with the push.
    public let isCommitted: Bool
}

/// What `aura live wal reset` would lose, or did.
public struct WALReset: Codable, Sendable {
    public let unsent: [UnsentChange]
    /// Conflicts whose remote version only this log keeps; the ledger has it too.
    public let conflicts: Int
    /// Where the unsent work was written to; nil when there was none to save.
    public let exportedTo: String?
    /// Where the old log is now; nil while nothing was done.
    public let movedTo: String?
}

/// Recovers and resets the log of one working copy.
public struct LogMaintenance {
    private let workspace: Workspace
    private let clock: any Support.Clock

    public init(_ workspace: Workspace, clock: any Support.Clock = SystemClock()) {
        self.workspace = workspace
        self.clock = clock
    }

    // MARK: Recover

    /// Keeps what is intact, sets the damage aside, and has everything read again. A running agent
    /// is stopped for it and started again.
    ///
    /// - Parameters:
    ///   - executable: the program to start the agent with.
    ///   - beginsAnew: where no file of the log is left, an empty log is begun. A running agent asks for
    ///     that by itself: it has written one.
    ///   - noting: told what is lost, before anything else can fail: how many records, which, and
    ///     whether there were more that nobody can count.
    public func recover(
        executable: String, beginsAnew: Bool = false,
        noting: (_ records: Int, _ ranges: [String], _ hasMore: Bool) -> Void = { _, _, _ in }
    ) throws -> WALRecovery {
        let isRunning = try workspace.agentRecord()?.process.isAlive ?? false
        if isRunning {
            if let obstacle = AgentService.obstacleToStart(workspace) {
                throw PlainFailure(
                    obstacle.subject,
                    "\(obstacle.reason); the agent that runs could not be started again",
                    nextStep: obstacle.nextStep, exitStatus: .refused)
            }
            _ = try AgentService.disable(workspace)
        }
        let wasOn = try !isRunning && isOnInDamage()
        let report: RecoveryReport
        do throws(LogFailure) {
            report = try LogRecovery.recover(at: workspace.walFolder, clock: clock)
        } catch {
            guard case .notALog = error, isRunning || beginsAnew, try !hasLogFiles() else {
                throw error
            }
            noting(0, ["all"], true)
            return try beginAnew(restarting: isRunning ? executable : nil)
        }
        let lost =
            report.lostLSNs.ranges.map { "\($0)" }
            + report.uncounted.map { "of \($0), how many is not known" }
        if !lost.isEmpty {
            noting(Int(clamping: report.lostLSNs.count), lost, !report.uncounted.isEmpty)
            try forgetBases()
        }
        if wasOn { try keepOn() }
        if isRunning { _ = try AgentService.enable(workspace, executable: executable) }
        return WALRecovery(
            changed: report.changed, kept: report.keptRecords,
            cut: lost,
            unacknowledged: try unacknowledged(among: report.lost),
            verdicts: report.verdicts.map(\.name), remaining: report.remaining.map(\.name),
            quarantine: report.quarantine.map { "\(workspace.walFolder)/\($0)" },
            restarted: isRunning)
    }

    /// Whether sync is on by what the damaged log, and what an agent left beside it, still say.
    private func isOnInDamage() throws -> Bool {
        do throws(LogFailure) {
            let contents = try LogReader.records(at: workspace.walFolder)
            return workspace.folded(contents).lifecycle != .off
        } catch {
            guard case .notALog = error else { throw error }
            return false
        }
    }

    /// The log is sound again and knows no more that sync was on: it is told, so that whoever looks
    /// sees a missing agent and no decision of the user.
    private func keepOn() throws {
        guard try StatusFromFiles.fold(workspace).lifecycle == .off else { return }
        try record([.lifecycle(.active)])
    }

    private func record(_ changes: [StateChange]) throws {
        let (log, _) = try WriteAheadLog.open(
            at: workspace.walFolder, options: LogOptions(), clock: clock)
        _ = try log.enqueue(changes.map { PeerRecord.stateChanged($0).draft })
        try log.close()
    }

    /// Where segments are left, nobody may say that all is gone.
    private func hasLogFiles() throws -> Bool {
        guard FileAccess.exists(workspace.walFolder) else { return false }
        return try FileAccess.names(in: workspace.walFolder).contains { $0.hasSuffix(".log") }
    }

    /// All files are gone: what they said is found again by reading ledger and tree.
    private func beginAnew(restarting executable: String?) throws -> WALRecovery {
        try forgetBases()
        if let executable { _ = try AgentService.enable(workspace, executable: executable) }
        return WALRecovery(
            changed: true, kept: 0, cut: ["all"],
            unacknowledged: ["unknown, as no file of the log was left"], verdicts: ["MISSING"],
            remaining: [], quarantine: nil, restarted: executable != nil)
    }

    /// What lost records said is unknown: the next start reads the ledger and every file again and
    /// pushes what the ledger does not have.
    public func forgetBases() throws { try record([.baselineReset(nil)]) }

    /// The functions of pushes that nobody acknowledged and whose records cannot be read, as
    /// `path#function`, as far as the log still tells. Changes nothing.
    public func unsentAtStake() throws -> [String] {
        let lost = try LogReader.lost(at: workspace.walFolder)
        return try unacknowledged(among: lost.filter { $0.metadata != nil })
    }

    private func unacknowledged(among lost: [LostRecord]) throws -> [String] {
        var acknowledged: Set<ChangeSetID> = []
        for record in try LogReader.records(at: workspace.walFolder).records
        where record.type == .outboundAcked {
            var reader = PostcardReader(record.summary.metadata)
            // The judgement of the log said that this record is whole.
            if let id = try? ChangeSetID(from: &reader) { acknowledged.insert(id) }
        }
        return lost.filter { $0.restoredAs == nil }.compactMap { record -> String? in
            guard record.type == RecordType.outboundEnqueued.name else { return nil }
            guard let set = enqueued(record) else { return "unknown (sequence \(record.lsn))" }
            guard !acknowledged.contains(set.id) else { return nil }
            return set.names.map { "\(set.path)#\($0)" }.joined(separator: ", ")
        }
    }

    private func enqueued(
        _ record: LostRecord
    ) -> (id: ChangeSetID, path: String, names: [String])? {
        guard let bytes = record.metadata.flatMap(Hex.decode) else { return nil }
        var reader = PostcardReader(bytes)
        do throws(PostcardFailure) {
            let id = try ChangeSetID(from: &reader)
            let path = try reader.readString("path")
            return (id, path, try reader.readStrings("names"))
        } catch {
            return nil  // what is left of it says no more
        }
    }

    // MARK: Reset

    /// What a reset would give up; changes nothing.
    public func losses() throws -> WALReset {
        let state = try StatusFromFiles.fold(workspace)
        return WALReset(
            unsent: try unsent(state), conflicts: state.conflicts.count(where: \.isBlocking),
            exportedTo: nil, movedTo: nil)
    }

    /// Begins an empty log. Unsent work that git does not have is exported first.
    ///
    /// - Parameter allowsLoss: the user said `--allow-loss wal.reset-unsafe`.
    /// - Throws: `refused` while the agent runs, or while unsent work is in no commit.
    public func reset(allowsLoss: Bool) throws -> WALReset {
        if let record = try workspace.agentRecord(), record.process.isAlive {
            throw PlainFailure(
                "sync", "is on", nextStep: "run aura live sync disable", exitStatus: .refused)
        }
        let state = try StatusFromFiles.fold(workspace)
        let unsent = try unsent(state)
        let exported = unsent.isEmpty ? nil : try export(state)
        let endangered = unsent.filter { !$0.isCommitted }
        if !endangered.isEmpty && !allowsLoss {
            throw PlainFailure(
                "wal.reset-unsafe",
                "\(endangered.count) unsent changes are in no commit "
                    + "(\(endangered.prefix(5).map(\.function).joined(separator: ", "))); "
                    + "they were written to \(exported ?? "-")",
                nextStep: "commit them, or give --allow-loss wal.reset-unsafe",
                exitStatus: .refused)
        }
        let report = try LogRecovery.reset(at: workspace.walFolder, clock: clock)
        return WALReset(
            unsent: unsent, conflicts: state.conflicts.count(where: \.isBlocking),
            exportedTo: exported, movedTo: report.movedTo)
    }

    private func unsent(_ state: PeerState) throws -> [UnsentChange] {
        let dirty = try dirtyPaths(Set(state.outbound.map(\.path)))
        return state.outbound.flatMap { entry in
            entry.set.changes.map { change in
                UnsentChange(
                    function: change.qualifiedName, path: change.path,
                    change: change.kind.rawValue, state: Self.word(entry.state),
                    isCommitted: !dirty.contains(change.path))
            }
        }
    }

    private static func word(_ state: PushState) -> String {
        switch state {
        case .queued: "waiting"
        case .sent: "sent"
        case .quarantined(let reject): reject.word
        }
    }

    /// Which of these files git does not have as they are.
    private func dirtyPaths(_ paths: Set<String>) throws -> Set<String> {
        guard !paths.isEmpty else { return [] }
        let repository = try GitRepository.open(
            at: workspace.root, environment: Surroundings().environment)
        guard let commit = try repository.head().commit else { return paths }
        return paths.intersection(try repository.command.changedPaths(since: commit))
    }

    /// Writes down what an earlier log held and nobody had acknowledged.
    ///
    /// - Parameter folder: a log that a reset moved aside.
    /// - Returns: where it was written; nil when there was nothing.
    @discardableResult
    public func exportUnsent(of folder: String) throws -> String? {
        let state = PeerState.replay(try LogReader.records(at: folder)).state
        return state.outbound.isEmpty ? nil : try export(state)
    }

    /// One file a change, readable by its owner alone.
    private func export(_ state: PeerState) throws -> String {
        let folder = workspace.liveFolder + "/export/reset-\(clock.now.fileStamp)"
        try FileAccess.makeFolder(folder, mode: 0o700)
        var number = 0
        for change in state.outbound.flatMap(\.set.changes) {
            number += 1
            let name = change.qualifiedName.map { $0.isLetter || $0.isNumber ? $0 : "-" }
            let text = change.text?.bytes ?? []
            let head = "\(change.kind.rawValue) \(change.path) \(change.qualifiedName)\n"
            try FileAccess.replace(
                "\(folder)/\(String(format: "%04d", number))-\(String(name.prefix(80))).txt",
                with: Array(head.utf8) + text)
        }
        return folder
    }
}
