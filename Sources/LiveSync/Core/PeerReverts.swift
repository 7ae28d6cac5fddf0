// A function that goes back, with the next save, to what it was before a received change: most often
// an editor that still had the old text. A new one is gone again then, and a removed one is back.
// It is a save like any other and is pushed as one; what is kept here says so to whoever wonders
// where the change went.
//
// A save within a moment of the change had read the file before it and says nothing of it: such a
// change is taken from the ledger once more.
//
// It is no part of the log: after a restart nobody is told, and a save is a save.

import Support

/// A received change that the next save here took back.
public struct RevertedApply: Codable, Hashable, Sendable {
    public var function: String
    public var path: String
    /// When the change came into the file, and when the old text was back.
    public var appliedAt: Timestamp
    public var at: Timestamp

    public init(function: String, path: String, appliedAt: Timestamp, at: Timestamp) {
        self.function = function
        self.path = path
        self.appliedAt = appliedAt
        self.at = at
    }
}

extension PeerCore {
    /// A person who reads the new text and wants the old one back takes longer, as a rule.
    static let revertWindow = Duration.seconds(60)
    /// Nobody reads a change and takes it back this fast: who saves then had read the file before.
    static let crossingWindow = Duration.milliseconds(250)
    /// The newest that are remembered.
    static let revertCountMax = 20

    /// What a change replaced.
    struct ReplacedText: Sendable {
        /// Nil: the unit was not there.
        var auraID: AuraID?
        /// The change took the unit away: what comes back is another unit with that text.
        var isTaken: Bool
        /// The ledger has just this text for the unit.
        var isAnnounced: Bool
        var function: String
        var path: String
        var at: Timestamp
    }

    /// Remembers what each function was before a change that is in its file now.
    mutating func noteReplaced(by plan: ApplyPlan) {
        replaced = replaced.filter { now.since($0.value.at) <= Self.revertWindow }
        for edit in plan.edits {
            // What leaves this file stands in another one and was not taken away.
            let endsMove =
                edit.action == .delete
                && index.places[edit.target].map { $0 != plan.path } ?? false
            guard !endsMove else { continue }
            guard edit.expectedAuraID != edit.announcedAuraID, !hasTwin(edit, at: plan.path) else {
                replaced[edit.target] = nil
                continue
            }
            replaced[edit.target] = ReplacedText(
                auraID: edit.expectedAuraID, isTaken: edit.action == .delete,
                isAnnounced: edit.announcedAuraID != nil, function: edit.qualifiedName,
                path: plan.path, at: now)
        }
    }

    /// Whether the text of a removed unit stands in its file once more, which says nothing later.
    private func hasTwin(_ edit: ApplyEdit, at path: String) -> Bool {
        edit.action == .delete
            && index.files[path]?.units.contains {
                $0.id != edit.target && $0.auraID == edit.expectedAuraID
            } == true
    }

    /// Notes the functions of a reading that are again what a change had replaced.
    mutating func noteReverts(in file: LocalFile, at path: String) {
        var crossed: [FunctionID] = []
        for (id, before) in replaced.sorted(by: { $0.key < $1.key }) where before.path == path {
            if hasCrossed(before, id, in: file) {
                replaced[id] = nil
                crossed.append(id)
            } else if isBack(before, id, in: file) {
                noteRevert(of: id, at: now)
            }
        }
        guard !crossed.isEmpty else { return }
        // The ledger has the change, and what stands here is what it was made of.
        record(.stateChanged(.baselineReset(crossed)))
        reconciling.formUnion(crossed)
        readAgain()
    }

    /// Whether a save that was on its way when the change came wrote over it.
    private func hasCrossed(
        _ before: ReplacedText, _ id: FunctionID, in file: LocalFile
    ) -> Bool {
        guard before.isAnnounced, limits != nil, now.since(before.at) <= Self.crossingWindow else {
            return false
        }
        if let auraID = before.auraID { return file.unit(id)?.auraID == auraID }
        return file.unit(id) == nil && index.places[id] == nil && !file.hasContainerError
    }

    private func isBack(_ before: ReplacedText, _ id: FunctionID, in file: LocalFile) -> Bool {
        guard let auraID = before.auraID else { return false }
        if before.isTaken { return file.units.contains { $0.auraID == auraID } }
        return file.unit(id)?.auraID == auraID
    }

    /// Notes the functions that a change had brought and a save dropped. What only went to another
    /// file leaves as a move, which is known by the time the set does.
    mutating func noteReverts(in entry: OutboundEntry) {
        for change in entry.set.changes where change.kind == .delete {
            guard let before = replaced[change.function], before.auraID == nil else { continue }
            noteRevert(of: change.function, at: entry.enqueuedAt)
        }
    }

    private mutating func noteRevert(of id: FunctionID, at time: Timestamp) {
        guard let before = replaced.removeValue(forKey: id),
            time.since(before.at) <= Self.revertWindow
        else { return }
        reverts.append(
            RevertedApply(
                function: before.function, path: before.path, appliedAt: before.at, at: time))
        reverts = reverts.suffix(Self.revertCountMax)
    }
}
