// What does not fit into a file as it stands there: the text would be read as another unit, or as a
// part of its neighbour. Nobody can know that before the file was parsed with it.
//
// The edits of a set are tried together. When they do not fit, half of them are, and so on down to
// the one that is to blame: that one becomes a conflict and holds nothing else back.

import LiveProtocol
import Support

/// Which changes were found not to fit, and how far the search is.
struct Misfits: Sendable {
    /// The refused version of each function.
    private var refused: [FunctionID: RevisionNumber] = [:]
    /// By path: the set that is tried in parts, and how many of its edits at once.
    private var parts: [String: (set: ChangeSetID, count: Int)] = [:]

    /// Whether this version is known not to fit.
    func holds(_ pending: PendingChange) -> Bool {
        refused[pending.change.function] == pending.revision
    }

    /// How many edits of a set are tried at once in a file.
    func editsAtOnce(of set: ChangeSetID, at path: String) -> Int {
        guard let part = parts[path], part.set == set else { return .max }
        return part.count
    }

    /// Several edits did not fit together: half of them are tried.
    mutating func divide(_ plan: ApplyPlan) {
        parts[plan.path] = (plan.setID, plan.edits.count / 2)
    }

    /// A single edit did not fit.
    mutating func refuse(_ pending: PendingChange, at path: String) {
        refused[pending.change.function] = pending.revision
        parts[path] = nil
    }

    /// A part fitted: all that is left is tried together.
    mutating func join(at path: String) { parts[path] = nil }

    /// The refused version waits for a person now.
    mutating func forget(_ function: FunctionID) { refused[function] = nil }
}
