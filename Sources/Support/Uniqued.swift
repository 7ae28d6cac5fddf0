// Each once.

extension Sequence where Element: Hashable {
    /// The elements in the order in which each came first.
    public func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
