// Which unit of the new version is which unit of the old one.
//
// In this order: same kind and qualified name; same content elsewhere (a move or a rename);
// similar tokens among what is left (a rename with an edit); else new or deleted. Opaque text has
// no name: equal content first, then the same neighbours, then the same position.

import Support

/// What the matcher knows of a unit.
public struct UnitFingerprint: Codable, Hashable, Sendable {
    public let kind: UnitKind
    public let qualifiedName: String
    public let ordinal: Int
    /// Nil for a unit that is held back.
    public let auraID: AuraID?
    /// See ``SourceUnit/shape``.
    public let shape: UInt64?
    public let sketch: TokenSketch

    public init(
        kind: UnitKind, qualifiedName: String, ordinal: Int, auraID: AuraID?, shape: UInt64?,
        sketch: TokenSketch
    ) {
        self.kind = kind
        self.qualifiedName = qualifiedName
        self.ordinal = ordinal
        self.auraID = auraID
        self.shape = shape
        self.sketch = sketch
    }
}

extension SourceUnit {
    public var fingerprint: UnitFingerprint {
        UnitFingerprint(
            kind: kind, qualifiedName: qualifiedName, ordinal: ordinal, auraID: auraID,
            shape: shape, sketch: sketch)
    }
}

/// A pair of units, or one without a counterpart.
public struct UnitMatch: Codable, Hashable, Sendable {
    /// What made the pair.
    public enum Rule: String, Codable, CaseIterable, Sendable {
        case sameName, sameContent, similar, samePlace
        /// Only in the new version.
        case added
        /// Only in the old version.
        case removed
    }

    public let old: Int?
    public let new: Int?
    public let rule: Rule
}

/// Matches two lists of units, each in document order.
public struct UnitMatcher {
    /// From this share of common tokens on, an unmatched pair counts as a rename.
    public static let similarityMin = 0.8
    /// Units with fewer telling tokens say too little to be recognised under another name.
    public static let tokensMin = 3
    /// Comparisons of unmatched pairs; a rewrite of a thousand units at once reaches it.
    static let comparisonsMax = 1_000_000

    private let old: [UnitFingerprint]
    private let new: [UnitFingerprint]
    private var counterpart: [Int?]
    private var isTaken: [Bool]
    private var rules: [UnitMatch.Rule]

    /// One match for each new unit in order, then one for each old unit that is gone.
    public static func match(old: [UnitFingerprint], new: [UnitFingerprint]) -> [UnitMatch] {
        var matcher = UnitMatcher(old: old, new: new)
        matcher.matchNames()
        matcher.matchContent()
        matcher.matchSimilar()
        matcher.matchOpaque()
        return matcher.matches
    }

    private init(old: [UnitFingerprint], new: [UnitFingerprint]) {
        self.old = old
        self.new = new
        counterpart = Array(repeating: nil, count: new.count)
        isTaken = Array(repeating: false, count: old.count)
        rules = Array(repeating: .added, count: new.count)
    }

    private var matches: [UnitMatch] {
        new.indices.map { UnitMatch(old: counterpart[$0], new: $0, rule: rules[$0]) }
            + old.indices.filter { !isTaken[$0] }
            .map { UnitMatch(old: $0, new: nil, rule: .removed) }
    }

    private mutating func pair(_ oldIndex: Int, _ newIndex: Int, _ rule: UnitMatch.Rule) {
        counterpart[newIndex] = oldIndex
        isTaken[oldIndex] = true
        rules[newIndex] = rule
    }

    // MARK: Names

    private struct NameKey: Hashable {
        let kind: UnitKind
        let name: String
    }

    private mutating func matchNames() {
        let olds = groups(old) { NameKey(kind: $0.kind, name: $0.qualifiedName) }
        let news = groups(new) { NameKey(kind: $0.kind, name: $0.qualifiedName) }
        for (key, newIndices) in news where key.kind != .opaque {
            matchGroup(olds[key] ?? [], newIndices)
        }
    }

    /// Overloads and extensions share a name: content tells them apart before their order does,
    /// because an overload that is inserted in front shifts every ordinal behind it.
    private mutating func matchGroup(_ olds: [Int], _ news: [Int]) {
        if olds.count > 1 || news.count > 1 {
            pairEqual(olds, news, .sameName) { $0.auraID.map(AnyHashable.init) }
            pairEqual(olds, news, .sameName) { $0.shape.map(AnyHashable.init) }
            pairSimilar(olds, news, .sameName, tokensMin: 1)
        }
        for (oldIndex, newIndex) in zip(freeOld(olds), freeNew(news)) {
            pair(oldIndex, newIndex, .sameName)
        }
    }

    // MARK: Content

    private struct ContentKey: Hashable {
        let shape: UInt64
        let family: UnitKind
        let sketch: TokenSketch
    }

    private mutating func matchContent() {
        let olds = freeOld(old.indices.filter { old[$0].kind != .opaque })
        let news = freeNew(new.indices.filter { new[$0].kind != .opaque })
        pairEqual(olds, news, .sameContent) { $0.auraID.map(AnyHashable.init) }
        pairEqual(olds, news, .sameContent) { unit in
            guard let shape = unit.shape, unit.sketch.tokenCount >= Self.tokensMin else {
                return nil
            }
            // Headers of plain types look all alike; their sketches hold the members' names.
            return AnyHashable(
                ContentKey(shape: shape, family: Self.family(of: unit.kind), sketch: unit.sketch))
        }
    }

    private mutating func matchSimilar() {
        for family in [UnitKind.function, .type, .constant, .imports, .file] {
            let olds = freeOld(old.indices.filter { Self.family(of: old[$0].kind) == family })
            let news = freeNew(new.indices.filter { Self.family(of: new[$0].kind) == family })
            pairSimilar(olds, news, .similar, tokensMin: Self.tokensMin)
        }
    }

    /// A function that moves into a type becomes a method and stays the same unit.
    static func family(of kind: UnitKind) -> UnitKind {
        switch kind {
        case .function, .method: .function
        case .type, .constant, .imports, .opaque, .file, .mode: kind
        }
    }

    // MARK: Opaque text

    private mutating func matchOpaque() {
        let olds = old.indices.filter { old[$0].kind == .opaque }
        let news = new.indices.filter { new[$0].kind == .opaque }
        pairEqual(olds, news, .sameContent) { $0.auraID.map(AnyHashable.init) }
        for newIndex in freeNew(news) {
            if let oldIndex = neighbour(of: newIndex) { pair(oldIndex, newIndex, .samePlace) }
        }
        let oldsByName = groups(old) { $0.kind == .opaque ? $0.qualifiedName : nil }
        let newsByName = groups(new) { $0.kind == .opaque ? $0.qualifiedName : nil }
        for (name, indices) in newsByName where name != nil {
            for (oldIndex, newIndex) in zip(freeOld(oldsByName[name] ?? []), freeNew(indices)) {
                pair(oldIndex, newIndex, .samePlace)
            }
        }
    }

    /// The free opaque unit between the counterparts of a new unit's neighbours.
    private func neighbour(of newIndex: Int) -> Int? {
        let before = newIndex > 0 ? counterpart[newIndex - 1].map { $0 + 1 } : 0
        let hasNext = newIndex + 1 < new.count
        let after = hasNext ? counterpart[newIndex + 1].map { $0 - 1 } : old.count - 1
        for candidate in [before, after].compactMap({ $0 }) {
            if old.indices.contains(candidate), !isTaken[candidate],
                old[candidate].kind == .opaque,
                old[candidate].qualifiedName == new[newIndex].qualifiedName
            {
                return candidate
            }
        }
        return nil
    }

    // MARK: Helpers

    private func freeOld(_ indices: [Int]) -> [Int] { indices.filter { !isTaken[$0] } }

    private func freeNew(_ indices: [Int]) -> [Int] { indices.filter { counterpart[$0] == nil } }

    private func groups<Key: Hashable>(
        _ units: [UnitFingerprint], by key: (UnitFingerprint) -> Key
    ) -> [Key: [Int]] {
        Dictionary(grouping: units.indices, by: { key(units[$0]) })
    }

    /// Pairs free units with equal keys in document order.
    private mutating func pairEqual(
        _ olds: [Int], _ news: [Int], _ rule: UnitMatch.Rule,
        by key: (UnitFingerprint) -> AnyHashable?
    ) {
        var waiting: [AnyHashable: [Int]] = [:]
        for index in freeOld(olds).reversed() {
            if let value = key(old[index]) { waiting[value, default: []].append(index) }
        }
        for index in freeNew(news) {
            guard let value = key(new[index]), let match = waiting[value]?.popLast() else {
                continue
            }
            pair(match, index, rule)
        }
    }

    /// Pairs the most similar free units first.
    private mutating func pairSimilar(
        _ olds: [Int], _ news: [Int], _ rule: UnitMatch.Rule, tokensMin: Int
    ) {
        var candidates: [(similarity: Double, old: Int, new: Int)] = []
        var comparisons = 0
        let free = freeOld(olds).filter { old[$0].sketch.tokenCount >= tokensMin }
        for newIndex in freeNew(news) where new[newIndex].sketch.tokenCount >= tokensMin {
            for oldIndex in free {
                comparisons += 1
                if comparisons > Self.comparisonsMax { break }
                let (left, right) = (old[oldIndex].sketch, new[newIndex].sketch)
                guard left.similarityMax(to: right) >= Self.similarityMin else { continue }
                let similarity = left.similarity(to: right)
                if similarity >= Self.similarityMin {
                    candidates.append((similarity, oldIndex, newIndex))
                }
            }
        }
        candidates.sort {
            ($1.similarity, $0.old, $0.new) < ($0.similarity, $1.old, $1.new)
        }
        for candidate in candidates
        where !isTaken[candidate.old] && counterpart[candidate.new] == nil {
            pair(candidate.old, candidate.new, rule)
        }
    }
}
