// How change sets become a page, by one rule for every store.

import LiveProtocol

/// Collects change sets until a page is full.
package struct PageBuilder {
    private let after: UInt64
    private let through: UInt64
    private let limit: PageLimit
    private var sets: [DeliveredChangeSet] = []
    private var byteCount = 0
    private var cutAt: UInt64?

    package init(after: UInt64, through: UInt64, limit: PageLimit) {
        self.after = after
        self.through = through
        self.limit = limit
    }

    /// Takes the next set; false when the page ends before it. A set larger than the byte limit
    /// gets a page of its own.
    package mutating func add(_ set: DeliveredChangeSet) -> Bool {
        guard let first = set.places.first, let last = set.places.last, last.sequence > after
        else { return true }
        guard first.sequence <= through else { return false }
        let size = set.signed.payload.count
        if sets.count == limit.sets || !sets.isEmpty && byteCount + size > limit.bytes {
            cutAt = first.sequence - 1
            return false
        }
        sets.append(set.after(after))
        byteCount += size
        return true
    }

    package var page: LedgerPage { LedgerPage(through: cutAt ?? through, sets: sets) }
}
