// What changed between two versions of a file, unit by unit, in words a person would use.

import Support

/// One unit's difference between two versions.
public struct UnitDifference: Codable, Hashable, Sendable {
    /// What became of a unit.
    public enum Status: String, Codable, CaseIterable, Sendable {
        case added, removed
        /// Under another name in the same type.
        case renamed
        /// In another type, or at another place among the units that stayed.
        case moved
        /// Other tokens under the same name.
        case changed
        /// Other comments or layout, the same tokens: nothing to sync.
        case triviaOnly
        case same
        /// Broken now, or missing next to code that is broken: no statement is possible.
        case heldBack
    }

    public let status: Status
    public let old: SourceUnit?
    public let new: SourceUnit?
    /// For a renamed or moved unit: its tokens, own name aside, differ as well.
    public let isContentChanged: Bool

    /// The name to show: the new one, or the old one of a unit that is gone.
    public var qualifiedName: String { new?.qualifiedName ?? old?.qualifiedName ?? "" }
}

/// Compares two versions of one file.
public enum SemanticDiff {
    /// Compares two versions: the units of the new one in order, then those that are gone.
    public static func compare(
        old: SourceFile, oldBytes: [UInt8], new: SourceFile, newBytes: [UInt8]
    ) -> [UnitDifference] {
        let matches = UnitMatcher.match(old: old.fingerprints, new: new.fingerprints)
        let displaced = displaced(in: matches, old: old, new: new)
        return matches.compactMap { match -> UnitDifference? in
            switch (match.old, match.new) {
            case (let oldIndex?, let newIndex?):
                return difference(
                    old.units[oldIndex], oldBytes, new.units[newIndex], newBytes,
                    isDisplaced: displaced.contains(newIndex))
            case (nil, let newIndex?):
                let unit = new.units[newIndex]
                return UnitDifference(
                    status: unit.isHeldBack ? .heldBack : .added, old: nil, new: unit,
                    isContentChanged: true)
            case (let oldIndex?, nil):
                return UnitDifference(
                    status: new.hasContainerError ? .heldBack : .removed,
                    old: old.units[oldIndex], new: nil, isContentChanged: true)
            case (nil, nil):
                return nil
            }
        }
    }

    private static func difference(
        _ old: SourceUnit, _ oldBytes: [UInt8], _ new: SourceUnit, _ newBytes: [UInt8],
        isDisplaced: Bool
    ) -> UnitDifference {
        let isContentChanged =
            old.auraID != new.auraID && (old.shape != new.shape || hasOwnBytes(new.kind))
        return UnitDifference(
            status: status(old, oldBytes, new, newBytes, isDisplaced: isDisplaced),
            old: old, new: new, isContentChanged: isContentChanged)
    }

    private static func status(
        _ old: SourceUnit, _ oldBytes: [UInt8], _ new: SourceUnit, _ newBytes: [UInt8],
        isDisplaced: Bool
    ) -> UnitDifference.Status {
        if new.isHeldBack || old.isHeldBack { return .heldBack }
        if old.name != new.name { return .renamed }
        if owner(of: old) != owner(of: new) || isDisplaced { return .moved }
        if old.auraID != new.auraID { return .changed }
        return text(of: old, in: oldBytes) == text(of: new, in: newBytes) ? .same : .triviaOnly
    }

    /// Imports and opaque text are hashed by their bytes; their shape does not tell everything.
    private static func hasOwnBytes(_ kind: UnitKind) -> Bool {
        switch kind {
        case .imports, .opaque, .file, .mode: true
        case .function, .method, .type, .constant: false
        }
    }

    private static func text(of unit: SourceUnit, in bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        unit.ranges.map { bytes[$0.clamped(to: 0..<bytes.count)] }
    }

    /// The types around a unit; the module is left out, the caller knows which files it compares.
    private static func owner(of unit: SourceUnit) -> ArraySlice<String> {
        UnitName.parts(of: unit.qualifiedName).dropFirst().dropLast()
    }

    /// New indices of pairs that changed their order: all but a longest run that kept it.
    private static func displaced(
        in matches: [UnitMatch], old: SourceFile, new: SourceFile
    ) -> Set<Int> {
        let pairs = matches.compactMap { match -> (old: Int, new: Int)? in
            guard let oldIndex = match.old, let newIndex = match.new else { return nil }
            return (oldIndex, newIndex)
        }
        // Members are compared with members: moving a type does not move what is in it.
        let byParent = Dictionary(grouping: pairs) { new.units[$0.new].parent }
        var displaced: Set<Int> = []
        for siblings in byParent.values {
            let kept = longestAscending(siblings.map(\.old))
            for (index, pair) in siblings.enumerated() where !kept.contains(index) {
                displaced.insert(pair.new)
            }
        }
        return displaced
    }

    /// Positions of a longest strictly ascending subsequence (patience sorting).
    private static func longestAscending(_ values: [Int]) -> Set<Int> {
        var tails: [Int] = []
        var previous = [Int?](repeating: nil, count: values.count)
        for index in values.indices {
            var (low, high) = (0, tails.count)
            while low < high {
                let middle = (low + high) / 2
                if values[tails[middle]] < values[index] { low = middle + 1 } else { high = middle }
            }
            previous[index] = low > 0 ? tails[low - 1] : nil
            if low == tails.count { tails.append(index) } else { tails[low] = index }
        }
        var kept: Set<Int> = []
        var position = tails.last
        while let index = position {
            kept.insert(index)
            position = previous[index]
        }
        return kept
    }
}
