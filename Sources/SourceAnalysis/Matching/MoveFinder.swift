// Units that went from one file to another: which of those that are gone is which of those that
// are new elsewhere.
//
// The matcher pairs the units of one file with its next version; this is about what it leaves
// over. Equal versions go first, then similar tokens. A pair counts only when neither side has a
// second candidate as good: a guess would give a unit's history to another one.

import Support

/// A unit that is in no file any more, or new in one.
public struct MoveCandidate: Hashable, Sendable {
    public let language: String
    public let kind: UnitKind
    /// Its own, without the types around it.
    public let name: String
    public let auraID: AuraID?
    /// Nil when only name and version are remembered.
    public let fingerprint: UnitFingerprint?

    public init(
        language: String, kind: UnitKind, name: String, auraID: AuraID?,
        fingerprint: UnitFingerprint?
    ) {
        self.language = language
        self.kind = kind
        self.name = name
        self.auraID = auraID
        self.fingerprint = fingerprint
    }
}

/// A unit that is gone and the new one it has become, by index.
public struct MovePair: Hashable, Sendable {
    public let gone: Int
    public let fresh: Int
    /// Shared tokens, from 0 to 1; 1 for equal content.
    public let similarity: Double
}

/// Finds moves.
public struct MoveFinder {
    /// Comparisons of units that differ; a move of a whole folder stays below it.
    static let comparisonsMax = 250_000

    private let gone: [MoveCandidate]
    private let fresh: [MoveCandidate]

    /// The moves among these units, by index of the unit that is gone.
    public static func pairs(_ gone: [MoveCandidate], _ fresh: [MoveCandidate]) -> [MovePair] {
        let finder = MoveFinder(gone: gone, fresh: fresh)
        let equal = finder.equal()
        let (usedGone, usedFresh) = (Set(equal.map(\.gone)), Set(equal.map(\.fresh)))
        let similar = finder.similar(
            gone.indices.filter { !usedGone.contains($0) && finder.isTelling(gone[$0]) },
            fresh.indices.filter { !usedFresh.contains($0) && finder.isTelling(fresh[$0]) })
        return (equal + similar).sorted { $0.gone < $1.gone }
    }

    // MARK: Equal versions

    private struct Version: Hashable {
        let language: String
        let kind: UnitKind
        let auraID: AuraID
    }

    private func equal() -> [MovePair] {
        let (olds, news) = (versions(gone), versions(fresh))
        return olds.compactMap { version, indices in
            guard indices.count == 1, let new = news[version], new.count == 1 else { return nil }
            return MovePair(gone: indices[0], fresh: new[0], similarity: 1)
        }
    }

    private func versions(_ units: [MoveCandidate]) -> [Version: [Int]] {
        var versions: [Version: [Int]] = [:]
        for (index, unit) in units.enumerated() {
            guard let auraID = unit.auraID else { continue }
            let version = Version(language: unit.language, kind: unit.kind, auraID: auraID)
            versions[version, default: []].append(index)
        }
        return versions
    }

    // MARK: Similar ones

    /// Imports and text between units are alike everywhere, and a unit of a few tokens is alike to
    /// many: they are known by an equal version only.
    private func isTelling(_ unit: MoveCandidate) -> Bool {
        guard let fingerprint = unit.fingerprint, unit.auraID != nil,
            fingerprint.sketch.tokenCount >= UnitMatcher.tokensMin
        else { return false }
        switch unit.kind {
        case .function, .method, .type, .constant, .file: return true
        case .imports, .opaque, .mode: return false
        }
    }

    /// The best score of one unit, who has it, and whether nobody else does.
    private struct Best {
        var score = 0.0
        var other = 0
        var isOnly = true

        mutating func note(_ score: Double, _ other: Int) {
            if score > self.score {
                self = Best(score: score, other: other, isOnly: true)
            } else if score == self.score {
                isOnly = false
            }
        }
    }

    private func similar(_ olds: [Int], _ news: [Int]) -> [MovePair] {
        guard olds.count * news.count <= Self.comparisonsMax else { return [] }
        var bestOfGone: [Int: Best] = [:]
        var bestOfFresh: [Int: Best] = [:]
        for old in olds {
            for new in news {
                guard var score = similarity(gone[old], fresh[new]) else { continue }
                // Of two copies the one that kept its name is meant.
                if gone[old].name == fresh[new].name { score += 1 }
                bestOfGone[old, default: Best()].note(score, new)
                bestOfFresh[new, default: Best()].note(score, old)
            }
        }
        return olds.compactMap { old in
            guard let target = bestOfGone[old], target.isOnly,
                let source = bestOfFresh[target.other], source.isOnly, source.other == old
            else { return nil }
            return MovePair(
                gone: old, fresh: target.other,
                similarity: target.score > 1 ? target.score - 1 : target.score)
        }
    }

    private func similarity(_ old: MoveCandidate, _ new: MoveCandidate) -> Double? {
        guard UnitMatcher.family(of: old.kind) == UnitMatcher.family(of: new.kind),
            old.language == new.language, let left = old.fingerprint, let right = new.fingerprint
        else { return nil }
        if left.shape == right.shape, left.sketch == right.sketch { return 1 }
        guard left.sketch.similarityMax(to: right.sketch) >= UnitMatcher.similarityMin else {
            return nil
        }
        // Below 1, so that equal content goes before the most similar.
        let similarity = min(left.sketch.similarity(to: right.sketch), 0.999)
        return similarity >= UnitMatcher.similarityMin ? similarity : nil
    }
}
