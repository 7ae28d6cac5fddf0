// Git puts a file back: a stash, a restore and a reset take out of the working copy what was not
// committed, and with it what others wrote. Nobody here decided about their work, so it is not taken
// back at everybody. It becomes a conflict, here alone, which ends by itself when the text is there
// again, as after `git stash pop`.
//
// It is no part of the log: what came before a restart goes as any save does.

import LiveProtocol
import Support

extension PeerCore {
    /// A received change that is in its file here and that git's HEAD does not have.
    struct UncommittedChange: Sendable {
        var pending: PendingChange
        /// The set it came with, without the changes.
        var entry: InboundEntry
        /// What HEAD has of the unit; nil: nothing.
        var headAuraID: AuraID?

        var bytes: Int { pending.change.text?.byteCount ?? 0 }
    }

    /// The newest that are remembered, and their text together.
    static let uncommittedMax = 2_000
    static let uncommittedBytesMax = 16 << 20

    /// Remembers what a plan has brought into its file, before its set counts as applied.
    mutating func noteUncommitted(_ plan: ApplyPlan) {
        guard var entry = state.inbound[plan.setID] else { return }
        let waiting = entry.changes
        entry.changes = []
        for edit in plan.edits {
            uncommitted[edit.function] = nil
            guard let pending = waiting.first(where: { $0.change.function == edit.function }),
                pending.change.path == plan.path, pending.leaves == nil, !pending.hasArrived,
                edit.announcedAuraID == pending.change.auraID
            else { continue }
            var kept = pending
            (kept.replaces, kept.failure) = (nil, nil)
            uncommitted[edit.function] = UncommittedChange(
                pending: kept, entry: entry,
                headAuraID: index.files[plan.path]?.baselineUnit(edit.function)?.auraID)
        }
        forgetOldest()
    }

    private mutating func forgetOldest() {
        var bytes = uncommitted.values.reduce(0) { $0 + $1.bytes }
        guard uncommitted.count > Self.uncommittedMax || bytes > Self.uncommittedBytesMax else {
            return
        }
        // Half of what may be kept, so that this is not done at each change.
        let oldest = uncommitted.sorted { $0.value.pending.sequence < $1.value.pending.sequence }
        for (function, change) in oldest {
            if uncommitted.count <= Self.uncommittedMax / 2,
                bytes <= Self.uncommittedBytesMax / 2
            {
                return
            }
            uncommitted[function] = nil
            bytes -= change.bytes
        }
    }

    /// Opens a conflict for each change of others that git took out of a file.
    mutating func holdTakenBack(in file: LocalFile, at path: String) {
        guard !uncommitted.isEmpty, isAsInHead(file) else { return }
        for (function, change) in uncommitted.sorted(by: { $0.key < $1.key })
        where change.pending.change.path == path {
            if isTakenBack(change, function, in: file) { hold(function, reason: "taken_back") }
        }
    }

    /// Makes a conflict of a change that was applied and is not here any more.
    mutating func hold(_ function: FunctionID, reason: String) {
        guard let change = uncommitted.removeValue(forKey: function) else { return }
        // What the ledger has is not what the text here was made of.
        record(.stateChanged(.baselineReset([function])))
        openConflict(change.pending, in: change.entry, reason: reason)
    }

    private func isAsInHead(_ file: LocalFile) -> Bool {
        file.exists && file.units.count == file.baseline.count
            && zip(file.units, file.baseline).allSatisfy { $0.auraID == $1.auraID }
    }

    /// Whether git has taken a change out, while HEAD has what it had when the change came: what a pull
    /// brings is newer.
    private func isTakenBack(
        _ change: UncommittedChange, _ function: FunctionID, in file: LocalFile
    ) -> Bool {
        file.baselineUnit(function)?.auraID == change.headAuraID
            && isTheirs(change, function, in: file)
    }

    /// Whether a change is not here, the others still have it as the newest, and what stands here in its
    /// place is known.
    func isTheirs(
        _ change: UncommittedChange, _ function: FunctionID, in file: LocalFile
    ) -> Bool {
        let unit = file.unit(function)
        guard unit?.auraID != change.pending.change.auraID,
            unit != nil || index.places[function] == nil,
            unit == nil || unit?.auraID != nil && dirtyTexts[function] != nil,
            let base = state.bases[function], base.revision == change.pending.revision,
            // A ledger that was put back gives its numbers out again.
            base.auraID == change.pending.change.auraID
        else { return false }
        return state.inFlight(function) == nil && state.blockingConflict(of: function) == nil
    }
}
