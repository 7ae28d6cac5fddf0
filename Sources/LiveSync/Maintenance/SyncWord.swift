// Whether sync is on in a working copy whose log lost records: the word that turned it on or off may be
// among them, and what cannot be read is no decision of the user.

import LiveProtocol
import Support
import WriteAheadLog

/// What a log says of being on or off, and whether it can be believed.
struct SyncWord {
    /// Where the newest record stands that says it; nil where none is readable.
    private let place: LSN?
    private let report: VerifyReport

    init(in contents: LogContents) {
        report = contents.report
        place = contents.records.lazy.filter(Self.isWord).map(\.origin).max()
    }

    private static func isWord(_ record: Record) -> Bool {
        switch record.type {
        case .checkpoint: return true
        case .stateChanged:
            var reader = PostcardReader(record.summary.metadata)
            // What does not decode says nothing; the fold passes over it too.
            guard let change = try? StateChange(from: &reader) else { return false }
            if case .lifecycle = change { return true }
            return false
        default: return false
        }
    }

    /// True where the log says off, or nothing, and sync was on all the same.
    ///
    /// - Parameter endedUncleanly: an agent left its record, or could not start since. A word behind the
    ///   newest that is readable may then be lost; without that, an off that is readable counts.
    func isOnDespite(endedUncleanly: Bool) -> Bool {
        guard report.lacksRecords else { return false }
        guard let place else { return true }
        let isNewest = (report.damagedLSNs.ranges.last?.last).map { $0 <= place } ?? false
        return endedUncleanly && !isNewest
    }
}

extension VerifyReport {
    /// Whether records cannot be read that no recovery has listed.
    var lacksRecords: Bool {
        !damagedLSNs.isEmpty
            || verdicts.contains { verdict in
                switch verdict {
                case .missing, .unreadable, .tooNew: true
                default: verdict.isUncounted
                }
            }
    }
}

extension Workspace {
    /// Whether an agent ended without a word, or was asked for since and did not start.
    var endedUncleanly: Bool {
        if RefusedStart.last(in: runFolder) != nil || hasTornRecord { return true }
        // Of a record that cannot be read nobody knows.
        guard let record = try? PidRecord.load(agentRecordPath) else { return false }
        return record.root == root && !record.process.isAlive
    }

    /// Whether there was a log, by what its owner left beside it, and nobody moved it aside in order to
    /// begin anew. Asked where there is none.
    var hasLostLog: Bool {
        // A folder that cannot be listed tells of no reset.
        let names = (try? FileAccess.names(in: liveFolder)) ?? []
        return FileAccess.exists(Session.path(self))
            && !names.contains { $0.hasPrefix("wal.reset-") }
    }

    /// An agent that began another log in place of one that is gone would hide that it is: with it went
    /// what was never sent, and both texts of each open conflict.
    ///
    /// - Throws: when no file of the log is left, and there was one. A repair that was agreed to makes
    ///   the new one before it starts an agent.
    func refuseLostLog() throws(PlainFailure) {
        // What is there and cannot be listed is named by whoever opens it.
        guard hasLostLog, (try? LogReader.isThere(at: walFolder)) == false else { return }
        throw PlainFailure(
            ".aura/live/wal", "all files of the log are gone",
            nextStep: "put it back, or agree to the loss in the repair of wal.segment-gap",
            exitStatus: .refused)
    }

    /// What a log of this working copy folds to, with sync on where damage alone says otherwise.
    func folded(_ contents: LogContents) -> PeerState {
        var state = PeerState.replay(contents).state
        if state.lifecycle == .off,
            SyncWord(in: contents).isOnDespite(endedUncleanly: endedUncleanly)
        {
            state.lifecycle = .active
        }
        return state
    }
}
