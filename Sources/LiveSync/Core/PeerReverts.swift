// A function that goes back, with the next save, to what it was before a received change: most often
// an editor that still had the old text. It is a save like any other and is pushed as one; what is
// kept here says so to whoever wonders where the change went.
//
// It is no part of the log: after a restart nobody is told, and nothing is decided by it.

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
    /// The newest that are remembered.
    static let revertCountMax = 20

    /// What a change replaced.
    struct ReplacedText: Sendable {
        var auraID: AuraID
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
            guard let before = edit.expectedAuraID, before != edit.announcedAuraID, !endsMove
            else {
                replaced[edit.target] = nil
                continue
            }
            replaced[edit.target] = ReplacedText(auraID: before, at: now)
        }
    }

    /// Notes the functions of a reading that are again what a change had replaced.
    mutating func noteReverts(in file: LocalFile, at path: String) {
        guard !replaced.isEmpty else { return }
        for unit in file.units {
            guard let before = replaced[unit.id], unit.auraID == before.auraID else { continue }
            replaced[unit.id] = nil
            guard now.since(before.at) <= Self.revertWindow else { continue }
            reverts.append(
                RevertedApply(
                    function: unit.qualifiedName, path: path, appliedAt: before.at, at: now))
        }
        reverts = reverts.suffix(Self.revertCountMax)
    }
}
