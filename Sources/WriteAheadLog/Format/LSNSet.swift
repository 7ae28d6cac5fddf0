// A set of positions kept as sorted runs, because a log of millions of records that lost three is
// two or three runs, never a list of millions.

/// Positions as sorted, disjoint, non-adjacent ranges.
public struct LSNSet: Hashable, Codable, Sendable {
    public private(set) var ranges: [LSNRange] = []

    public init() {}

    init(_ ranges: some Sequence<LSNRange>) {
        for range in ranges { insert(range) }
    }

    public var isEmpty: Bool { ranges.isEmpty }
    public var count: UInt64 { ranges.reduce(0) { $0 + $1.count } }

    /// Whether a position is in the set; binary search over its ranges.
    public func contains(_ lsn: LSN) -> Bool {
        guard let index = firstEnding(atOrAfter: lsn) else { return false }
        return ranges[index].first <= lsn
    }

    /// The highest position in the set.
    var last: LSN? { ranges.last?.last }

    /// The lowest position in the set that is not below `lsn`.
    func first(atOrAfter lsn: LSN) -> LSN? {
        firstEnding(atOrAfter: lsn).map { max(lsn, ranges[$0].first) }
    }

    mutating func insert(_ range: LSNRange) {
        if let last = ranges.last, last.last < range.first.previous {
            ranges.append(range)
            return
        }
        let low = firstEnding(atOrAfter: range.first.previous) ?? ranges.count
        var high = low
        var (first, last) = (range.first, range.last)
        while high < ranges.count, ranges[high].first <= range.last.next {
            first = min(first, ranges[high].first)
            last = max(last, ranges[high].last)
            high += 1
        }
        guard let merged = LSNRange(first, last) else { return }
        ranges.replaceSubrange(low..<high, with: [merged])
    }

    package mutating func formUnion(_ other: LSNSet) {
        for range in other.ranges { insert(range) }
    }

    /// The positions of this set that the other lacks.
    package func subtracting(_ other: LSNSet) -> LSNSet {
        var result = LSNSet()
        var cursor = 0
        for range in ranges {
            var next = range.first
            while cursor < other.ranges.count, other.ranges[cursor].last < next { cursor += 1 }
            var index = cursor
            while index < other.ranges.count, other.ranges[index].first <= range.last {
                let hole = other.ranges[index]
                if let kept = LSNRange(next, hole.first.previous), next < hole.first {
                    result.insert(kept)
                }
                next = max(next, hole.last.next)
                index += 1
            }
            if let rest = LSNRange(next, range.last) { result.insert(rest) }
        }
        return result
    }

    func intersection(_ other: LSNSet) -> LSNSet { subtracting(subtracting(other)) }

    /// The index of the first range whose end is at or after `lsn`.
    private func firstEnding(atOrAfter lsn: LSN) -> Int? {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].last < lsn { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count ? low : nil
    }
}
