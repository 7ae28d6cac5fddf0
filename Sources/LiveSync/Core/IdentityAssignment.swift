// Gives the units of a file their identities: known ones by matching, new ones fresh.
//
// The units of the last reading are matched by name, content and similarity. What is left is
// looked up among the identities that the ledger or the queue knows at this path: that is how an
// index that was lost comes back with the identities it had.

import SourceAnalysis
import Support

/// An identity that is known without a parse: from a base, a queued change or git's HEAD.
struct KnownIdentity {
    let id: FunctionID
    let key: UnitKey
    let auraID: AuraID?
}

struct IdentityAssignment {
    /// Units of the last reading, in document order.
    var rows: [(id: FunctionID, fingerprint: UnitFingerprint)] = []
    var known: [KnownIdentity] = []
    /// There is no last reading, and the rows are git's: what the ledger calls a unit now says more
    /// than what a unit of an old commit resembles.
    var trustsNames = false

    /// One identity for each unit.
    ///
    /// - Parameter fresh: the identity of a unit that nothing knows, given those that are taken.
    func assign(
        _ units: [ObservedUnit], fixed: [FunctionID?]? = nil,
        fresh: (ObservedUnit, Set<FunctionID>) -> FunctionID
    ) -> [FunctionID] {
        var ids: [FunctionID?] = fixed?.count == units.count ? fixed ?? [] : units.map { _ in nil }
        var taken: Set<FunctionID> = []
        for index in ids.indices {
            guard let id = ids[index] else { continue }
            // One unit of a file is one identity, whoever says otherwise.
            if !taken.insert(id).inserted { ids[index] = nil }
        }
        if trustsNames { matchKnown(units, &ids, &taken) { $0.key == $1.key } }
        matchRows(units, &ids, &taken)
        // Of two units of one name the text says which is which; their order may have changed.
        matchKnown(units, &ids, &taken) {
            $0.key.kind == $1.kind && $0.key.qualifiedName == $1.qualifiedName
                && $0.auraID != nil && $0.auraID == $1.auraID
        }
        matchKnown(units, &ids, &taken) { $0.key == $1.key }
        matchKnown(units, &ids, &taken) {
            $0.key.kind == $1.kind && $0.auraID != nil && $0.auraID == $1.auraID
        }
        return zip(units, ids).map { unit, id in
            if let id { return id }
            let new = fresh(unit, taken)
            taken.insert(new)
            return new
        }
    }

    private func matchRows(
        _ units: [ObservedUnit], _ ids: inout [FunctionID?], _ taken: inout Set<FunctionID>
    ) {
        var seen = taken
        let old = rows.filter { seen.insert($0.id).inserted }
        let open = units.indices.filter { ids[$0] == nil }
        let matches = UnitMatcher.match(
            old: old.map(\.fingerprint), new: open.map { units[$0].fingerprint })
        for match in matches {
            guard let oldIndex = match.old, let newIndex = match.new else { continue }
            ids[open[newIndex]] = old[oldIndex].id
            taken.insert(old[oldIndex].id)
        }
    }

    private func matchKnown(
        _ units: [ObservedUnit], _ ids: inout [FunctionID?], _ taken: inout Set<FunctionID>,
        _ isSame: (KnownIdentity, ObservedUnit) -> Bool
    ) {
        for index in units.indices where ids[index] == nil {
            let match = known.first { !taken.contains($0.id) && isSame($0, units[index]) }
            guard let match else { continue }
            ids[index] = match.id
            taken.insert(match.id)
        }
    }
}
