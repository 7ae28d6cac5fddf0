// Units that went from one file to another in one batch of saves.
//
// The matcher pairs the units of one file with its next version. What it leaves over, gone here
// and new there, is compared across files: equal content first, then similar tokens. A pair counts
// only when neither side has a second candidate as good; a guess would give a unit's history to
// another one.

import Support

/// A unit of one file's old version that is a unit of another file's new version.
public struct UnitMove: Hashable, Sendable {
    public enum Change: String, Codable, CaseIterable, Sendable {
        /// The same name in another file.
        case moved
        /// Another name too.
        case renamed
    }

    /// A unit by file and index into ``SourceFile/units``.
    public struct End: Hashable, Comparable, Sendable {
        public let path: String
        public let unit: Int

        public static func < (left: Self, right: Self) -> Bool {
            (left.path, left.unit) < (right.path, right.unit)
        }
    }

    public let source: End
    public let target: End
    public let change: Change
    /// Shared tokens, from 0 to 1; 1 for equal content.
    public let similarity: Double
}

/// Finds moves between the files of one batch.
public enum MoveFinder {
    /// Comparisons in one batch; a move of a whole folder stays below it.
    static let comparisonsMax = 250_000

    /// The moves from files as they were to files as they are, by target.
    ///
    /// Functions and methods, types and constants are looked for, in the same language. A file
    /// that is new or gone is missing on one side.
    public static func moves(
        before: [String: SourceFile], after: [String: SourceFile]
    ) -> [UnitMove] {
        var gone: [Candidate] = []
        var fresh: [Candidate] = []
        for path in Set(before.keys).union(after.keys).sorted() {
            let (old, new) = (before[path], after[path])
            // What is missing from a file that is broken may only be hidden.
            let isCertain = !(new?.hasContainerError ?? false)
            let matches = UnitMatcher.match(
                old: old?.fingerprints ?? [], new: new?.fingerprints ?? [])
            for match in matches {
                if match.new == nil, let index = match.old, let old, isCertain {
                    if let unit = Candidate(path, index, old) { gone.append(unit) }
                }
                if match.old == nil, let index = match.new, let new {
                    if let unit = Candidate(path, index, new) { fresh.append(unit) }
                }
            }
        }
        return pair(gone, fresh).sorted { $0.target < $1.target }
    }

    private struct Candidate {
        let end: UnitMove.End
        let language: String
        let unit: SourceUnit

        /// Nil for text and imports, which have no identity, and for what says too little.
        init?(_ path: String, _ index: Int, _ file: SourceFile) {
            unit = file.units[index]
            guard unit.kind != .opaque, unit.kind != .imports, unit.auraID != nil,
                unit.sketch.tokenCount >= UnitMatcher.tokensMin
            else { return nil }
            end = UnitMove.End(path: path, unit: index)
            language = file.language
        }

        func similarity(to other: Candidate) -> Double? {
            let methods: Set<UnitKind> = [.function, .method]
            let isKind =
                unit.kind == other.unit.kind
                || methods.isSuperset(of: [unit.kind, other.unit.kind])
            guard isKind, language == other.language, end.path != other.end.path else { return nil }
            if unit.shape == other.unit.shape, unit.sketch == other.unit.sketch { return 1 }
            let (left, right) = (unit.sketch, other.unit.sketch)
            guard left.similarityMax(to: right) >= UnitMatcher.similarityMin else { return nil }
            // Below 1, so that equal content goes before the most similar.
            let similarity = min(left.similarity(to: right), 0.999)
            return similarity >= UnitMatcher.similarityMin ? similarity : nil
        }
    }

    private static func pair(_ gone: [Candidate], _ fresh: [Candidate]) -> [UnitMove] {
        guard gone.count * fresh.count <= comparisonsMax else { return [] }
        // Per side and index, the best score and how many reach it.
        var best: [[(score: Double, other: Int, isOnly: Bool)?]] = [
            Array(repeating: nil, count: gone.count), Array(repeating: nil, count: fresh.count),
        ]
        func note(_ side: Int, _ index: Int, _ score: Double, _ other: Int) {
            let known = best[side][index]
            if score > known?.score ?? 0 {
                best[side][index] = (score, other, true)
            } else if score == known?.score {
                best[side][index]?.isOnly = false
            }
        }
        for (oldIndex, old) in gone.enumerated() {
            for (newIndex, new) in fresh.enumerated() {
                guard var score = old.similarity(to: new) else { continue }
                // Of two copies the one that kept its name is meant.
                if old.unit.name == new.unit.name { score += 1 }
                note(0, oldIndex, score, newIndex)
                note(1, newIndex, score, oldIndex)
            }
        }
        return gone.indices.compactMap { index in
            guard let target = best[0][index], target.isOnly, let source = best[1][target.other],
                source.isOnly, source.other == index
            else { return nil }
            let (old, new) = (gone[index], fresh[target.other])
            let isSame = old.unit.name == new.unit.name
            return UnitMove(
                source: old.end, target: new.end, change: isSame ? .moved : .renamed,
                similarity: isSame ? target.score - 1 : target.score)
        }
    }
}
