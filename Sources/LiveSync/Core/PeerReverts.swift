// A function that goes back, with the next save, to what it was before a received change: most often
// an editor that still had the old text. A new one is gone again then, and a removed one is back.
// It is a save like any other and is pushed as one; what is kept here says so to whoever wonders
// where the change went.
//
// A save within a moment of the change had read the file before it and says nothing of it: such a
// change comes in once more.
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
        /// The text that the ledger has for the unit, where that is just what came into the file and
        /// no save has crossed it yet.
        var announced: AuraID?
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
            // An editor that keeps its old text crosses each time; then it is a save.
            let announced =
                crossed[edit.target] == edit.announcedAuraID ? nil : edit.announcedAuraID
            replaced[edit.target] = ReplacedText(
                auraID: edit.expectedAuraID, isTaken: edit.action == .delete,
                announced: announced, function: edit.qualifiedName, path: plan.path, at: now)
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
    mutating func noteReverts(in file: LocalFile, at path: String, old: LocalFile?) {
        let texts = replaced.filter {
            $0.value.path == path && state.blockingConflict(of: $0.key) == nil
        }
        guard !texts.isEmpty else { return }
        let taken = texts.filter { hasCrossed($0.value, $0.key, in: file) }
        if !taken.isEmpty, hasMore(file, than: old, besides: taken) {
            takeAgain(taken)
        }
        for (id, before) in texts.sorted(by: { $0.key < $1.key }) where replaced[id] != nil {
            if isBack(before, id, in: file) { noteRevert(of: id, at: now) }
        }
    }

    /// Has the changes applied once more that a save wrote over. In the log they are conflicts that end
    /// at once: the text here gives way.
    private mutating func takeAgain(_ texts: [FunctionID: ReplacedText]) {
        for (id, before) in texts.sorted(by: { $0.key < $1.key }) {
            replaced[id] = nil
            crossed[id] = before.announced
            hold(id, reason: "crossed")
            if let conflict = state.blockingConflict(of: id) {
                resolveConflict(conflict.id, .remote)
            }
        }
    }

    /// Whether a save that was on its way when the change came may have written over it.
    private func hasCrossed(
        _ before: ReplacedText, _ id: FunctionID, in file: LocalFile
    ) -> Bool {
        guard let announced = before.announced, now.since(before.at) <= Self.crossingWindow,
            let change = uncommitted[id], change.pending.change.auraID == announced,
            isTheirs(change, id, in: file)
        else { return false }
        if let auraID = before.auraID { return file.unit(id)?.auraID == auraID }
        return file.unit(id) == nil && !file.hasContainerError
    }

    /// Whether a save did something else too. One that puts back what was there and nothing besides
    /// is meant, however fast: that is what a program does which takes a change back.
    private func hasMore(
        _ file: LocalFile, than old: LocalFile?, besides taken: [FunctionID: ReplacedText]
    ) -> Bool {
        func texts(_ file: LocalFile?) -> [FunctionID: AuraID?] {
            let others = (file?.units ?? []).filter { taken[$0.id] == nil }
            return Dictionary(others.map { ($0.id, $0.auraID) }) { first, _ in first }
        }
        return texts(file) != texts(old)
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
