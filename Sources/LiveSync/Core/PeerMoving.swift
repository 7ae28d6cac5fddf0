// Saves that move a unit from one file to another: it keeps its identity, and travels as a move.
//
// A unit that left one file is looked for among those that are new in others: by its content, and
// where that was edited on the way, by similarity. Both saves have to be seen before the deletion
// is sent; a deletion therefore waits a moment on its way out.

import LiveProtocol
import SourceAnalysis
import Support

/// A unit that stands in no file any more.
struct DepartedUnit: Hashable, Sendable {
    let fingerprint: UnitFingerprint
    let language: String
    let path: String
    let since: Timestamp
}

extension PeerCore {
    /// How long the push of a deletion waits for the save of the file it may have moved to. An
    /// editor that saves all files does so within this time.
    static let deletionGrace = Duration.milliseconds(250)

    /// Remembers what went out of a file, and looks again at what came into it.
    mutating func noteDepartures(from old: LocalFile?, to file: LocalFile, at path: String) {
        let present = Set(file.units.map(\.id))
        for unit in present { departed[unit] = nil }
        // What is queued for the file it had gone from says that it was deleted there.
        for unit in present.subtracting((old?.units ?? []).map(\.id)) {
            for entry in state.outbound.entries(of: unit) where entry.path != path {
                touchedPaths.insert(entry.path)
            }
        }
        for unit in old?.units ?? [] where !present.contains(unit.id) && !unit.isLeaving {
            guard index.places[unit.id] == nil else { continue }
            newcomers.remove(unit.id)
            dirtyTexts[unit.id] = nil
            let shared = sharedVersion(of: unit.id, in: nil)
            if let shared { touchedPaths.insert(shared.path) }
            guard !unit.isLocalOnly, shared != nil || state.inFlight(unit.id) != nil else {
                continue
            }
            departed[unit.id] = DepartedUnit(
                fingerprint: unit.fingerprint, language: file.grammar.language, path: path,
                since: now)
        }
    }

    /// Whether a unit went a moment ago and may come up in another file: what is delivered for it
    /// waits for that save, as the deletion does.
    func isDeparting(_ function: FunctionID) -> Bool {
        guard let departed = departed[function] else { return false }
        let gone = now.since(departed.since)
        return gone >= .zero && gone < Self.deletionGrace
    }

    /// Gives newcomers the identities of the units they were before.
    mutating func linkMoves() {
        guard !newcomers.isEmpty else { return }
        let gone = goneUnits()
        guard !gone.isEmpty else { return }
        let fresh = freshUnits()
        for pair in MoveFinder.pairs(gone.map(\.unit), fresh.map(\.unit)) {
            link(fresh[pair.fresh].id, to: gone[pair.gone].id)
        }
    }

    private mutating func link(_ new: FunctionID, to old: FunctionID) {
        guard let path = index.places[new] else { return }
        let source = departed[old]?.path ?? sharedVersion(of: old, in: nil)?.path
        // A file that became a folder, or the reverse: one has to go before the other can come, and
        // a move comes first.
        if let source, path.hasPrefix(source + "/") || source.hasPrefix(path + "/") { return }
        relabel(new, as: old, at: path)
        newcomers.remove(new)
        departed[old] = nil
        touchedPaths.insert(path)
        if let source { touchedPaths.insert(source) }
    }

    // MARK: Order

    /// Whether members of a type that this set brings to another file are still to be deleted in
    /// the old one, by a set that waits. They go first: with them in it the type could not leave
    /// that file at the others', and what is left there would come back as a type of its own.
    func waitsForMembers(_ entry: OutboundEntry) -> Bool {
        entry.set.changes.contains { change in
            guard Self.movesType(change), let shared = sharedVersion(of: change.function, in: nil)
            else { return false }
            return state.outbound.entries(at: shared.path).contains { other in
                // Two sets that wait for each other would wait for ever.
                other.id != entry.id && other.isQueued
                    && !other.set.changes.contains(where: Self.movesType)
                    && other.set.changes.contains {
                        $0.kind == .delete
                            && sharedVersion(of: $0.function, in: nil)?.parent == change.function
                    }
            }
        }
    }

    private static func movesType(_ change: UnitChange) -> Bool {
        change.kind == .move && change.unit == .type
    }

    // MARK: Candidates

    private struct Candidate {
        let id: FunctionID
        let unit: MoveCandidate
    }

    private func goneUnits() -> [Candidate] {
        var ids = Set(departed.keys)
        for path in touchedPaths {
            guard let file = index.files[path], observedPaths.contains(path) else { continue }
            ids.formUnion(missing(from: file, at: path))
        }
        return ids.sorted().compactMap(gone)
    }

    private func gone(_ id: FunctionID) -> Candidate? {
        guard index.places[id] == nil, state.inFlight(id) == nil,
            let shared = sharedVersion(of: id, in: nil), let auraID = shared.auraID,
            let file = index.files[shared.path], !file.hasContainerError,
            !file.silenced.contains(id)
        else { return nil }
        let before = departed[id]
        let kind = before?.fingerprint.kind ?? state.bases[id]?.kind
        guard let kind = kind ?? file.baselineUnit(id)?.kind,
            Self.movesAlone(kind) || kind != .mode && !file.exists
        else { return nil }
        return Candidate(
            id: id,
            unit: MoveCandidate(
                language: before?.language ?? file.grammar.language, kind: kind,
                name: Self.simpleName(of: shared.qualifiedName),
                auraID: before?.fingerprint.auraID ?? auraID, fingerprint: before?.fingerprint))
    }

    /// Imports and text between units are alike in many files: they move with the whole file.
    private static func movesAlone(_ kind: UnitKind) -> Bool {
        switch kind {
        case .function, .method, .type, .constant, .file: true
        case .imports, .opaque, .mode: false
        }
    }

    private static func simpleName(of qualifiedName: String) -> String {
        UnitName.parts(of: qualifiedName).last ?? ""
    }

    private func freshUnits() -> [Candidate] {
        newcomers.sorted().compactMap { id -> Candidate? in
            guard let (path, unit) = index.locate(id), let auraID = unit.auraID,
                !unit.isLocalOnly, !unit.isLeaving, state.bases[id] == nil,
                state.inFlight(id) == nil
            else { return nil }
            return Candidate(
                id: id,
                unit: MoveCandidate(
                    language: index.files[path]?.grammar.language ?? "", kind: unit.kind,
                    name: Self.simpleName(of: unit.qualifiedName), auraID: auraID,
                    fingerprint: unit.fingerprint))
        }
    }
}
