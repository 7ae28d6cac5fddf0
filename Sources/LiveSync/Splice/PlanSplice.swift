// An apply plan as edits of a file's text, and where a unit goes in it.

import LiveProtocol
import Support

extension ApplyPlan {
    /// The new content of a file that travels whole, `.some(nil)` when the file goes; nil when the
    /// plan edits units of a text.
    var wholeText: [UInt8]?? {
        guard let edit = edits.last(where: { $0.unit == .file }) else { return nil }
        switch edit.action {
        case .replace(let text), .insert(let text), .move(let text): return .some(text.head)
        case .mergeLines(_, let remote): return .some(remote.head)
        case .delete: return .some(nil)
        }
    }

    /// Whether the file may be executed afterwards.
    func makesExecutable(_ before: Bool) -> Bool {
        guard let edit = edits.last(where: { $0.unit == .mode }) else { return before }
        return edit.action != .delete
    }

    /// The edits for ``SourceSplice``, in an order in which each finds what it needs.
    ///
    /// - Parameter local: the text a unit has in the file now; only merges look at it.
    public func spliceEdits(local: (FunctionID) -> UnitText?) -> [SpliceEdit] {
        let next = settledNeighbours
        return edits.filter { $0.unit != .mode }.map { edit in
            switch edit.action {
            case .replace(let text): .replace(edit.target, text)
            case .insert(let text):
                .insert(edit.target, text, edit.unit, edit.placement.before(next[edit.function]))
            case .move(let text):
                .move(edit.target, text, edit.unit, edit.placement.before(next[edit.function]))
            case .mergeLines(let base, let remote):
                merged(edit.target, base: base, local: local(edit.target), remote: remote)
            case .delete: .delete(edit.target)
            }
        }
    }

    /// For each new unit the next neighbour that does not come after it in this plan: of several new
    /// ones in a row the first knows only the second.
    private var settledNeighbours: [FunctionID: FunctionID] {
        var neighbours: [FunctionID: FunctionID] = [:]
        // From the last to the first, so that each is looked up once.
        for edit in edits.reversed() {
            guard case .insert = edit.action, let next = edit.placement.next else { continue }
            neighbours[edit.function] = neighbours[next] ?? next
        }
        return neighbours
    }
}

/// A block of which each side removed what the other kept is gone.
private func merged(
    _ target: FunctionID, base: [[UInt8]], local: UnitText?, remote: UnitText
) -> SpliceEdit {
    guard let local else { return .replace(target, remote) }
    let text = LineMerge.merge(base: base, local: local, remote: remote)
    return LineMerge.lines(of: text).isEmpty ? .delete(target) : .replace(target, text)
}

extension Placement {
    /// The same place with another next neighbour; nil leaves the one it has.
    func before(_ next: FunctionID?) -> Placement {
        var placement = self
        if let next { placement.next = next }
        return placement
    }

    /// Where a unit goes among the members of its parent: after the previous neighbour, else before
    /// the next, else at the end; imports at the start, and what its author had nothing before behind
    /// the imports and statements that are there already.
    func position(
        among members: [(id: FunctionID?, kind: UnitKind)], of kind: UnitKind
    ) -> Int {
        if let previous, let index = members.firstIndex(where: { $0.id == previous }) {
            return index + 1
        }
        if let next, let index = members.firstIndex(where: { $0.id == next }) { return index }
        if kind == .imports { return 0 }
        guard previous == nil, next != nil else { return members.count }
        return kind == .opaque ? 0 : members.prefix { $0.kind.isProloguePart }.count
    }
}
