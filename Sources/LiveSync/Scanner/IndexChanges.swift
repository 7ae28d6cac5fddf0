// What differs between two snapshots.

import Support

/// The differences between two snapshots, each list in the order of its paths.
public struct IndexChanges: Equatable, Sendable {
    public private(set) var added: [String] = []
    public private(set) var changed: [String] = []
    public private(set) var removed: [String] = []
    /// Equal stamps that prove nothing, because the file was as new as the older snapshot.
    public private(set) var doubtful: [String] = []

    public init() {}

    /// Every path that is not proven unchanged.
    public var paths: [String] { added + changed + removed + doubtful }

    fileprivate mutating func take(
        old: Int?, new: Int?, in older: StatIndex, _ newer: StatIndex, folder: String
    ) {
        switch (old, new) {
        case (let old?, let new?):
            let stamp = older.files.stamps[old]
            let path = { StatIndex.join(folder, older.files.name(at: old)) }
            if stamp != newer.files.stamps[new] {
                changed.append(path())
            } else if stamp.isRacy(at: older.takenAt) {
                doubtful.append(path())
            }
        case (let old?, nil): removed.append(StatIndex.join(folder, older.files.name(at: old)))
        case (nil, let new?): added.append(StatIndex.join(folder, newer.files.name(at: new)))
        case (nil, nil): break
        }
    }
}

extension StatIndex {
    /// Compares two snapshots in one pass.
    public static func compare(_ old: StatIndex, _ new: StatIndex) -> IndexChanges {
        var changes = IndexChanges()
        var (left, right) = (0, 0)
        while left < old.folders.count || right < new.folders.count {
            let a = left < old.folders.count ? old.folders[left] : nil
            let b = right < new.folders.count ? new.folders[right] : nil
            let side = order(a?.path, b?.path)
            compare(
                side <= 0 ? a?.files ?? 0..<0 : 0..<0, side >= 0 ? b?.files ?? 0..<0 : 0..<0,
                in: old, new, folder: (side <= 0 ? a : b)?.path ?? "", into: &changes)
            if side <= 0 { left += 1 }
            if side >= 0 { right += 1 }
        }
        return changes
    }

    private static func compare(
        _ left: Range<Int>, _ right: Range<Int>, in old: StatIndex, _ new: StatIndex,
        folder: String, into changes: inout IndexChanges
    ) {
        if old.files.hasSameNames(left, new.files, right) {
            for (a, b) in zip(left, right) {
                changes.take(old: a, new: b, in: old, new, folder: folder)
            }
            return
        }
        var (a, b) = (left.lowerBound, right.lowerBound)
        while a < left.upperBound || b < right.upperBound {
            let side: Int =
                if a >= left.upperBound { 1 } else if b >= right.upperBound { -1 } else {
                    old.files.order(at: a, new.files, at: b)
                }
            changes.take(
                old: side <= 0 ? a : nil, new: side >= 0 ? b : nil, in: old, new, folder: folder)
            if side <= 0 { a += 1 }
            if side >= 0 { b += 1 }
        }
    }

    /// A missing folder sorts last.
    private static func order(_ left: String?, _ right: String?) -> Int {
        guard let left else { return 1 }
        guard let right else { return -1 }
        return order(left, right)
    }
}
