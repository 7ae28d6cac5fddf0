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
        edits.filter { $0.unit != .mode }.map { edit in
            switch edit.action {
            case .replace(let text): .replace(edit.target, text)
            case .insert(let text): .insert(edit.target, text, edit.unit, settled(edit))
            case .move(let text): .move(edit.target, text, edit.unit, settled(edit))
            case .mergeLines(let base, let remote):
                merged(edit.target, base: base, local: local(edit.target), remote: remote)
            case .delete: .delete(edit.target)
            }
        }
    }

    private func settled(_ edit: ApplyEdit) -> Placement {
        edit.placement.settled { next in
            let other = edits.first { $0.function == next }
            guard let other, case .insert = other.action else { return nil }
            return other.placement
        }
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
    /// The place by a next neighbour that stands in the file: of several new units in a row the first
    /// knows only the second, which comes after it.
    ///
    /// - Parameter placement: that of a unit which comes with this one; nil for any other.
    func settled(_ placement: (FunctionID) -> Placement?) -> Placement {
        var settled = self
        var seen: Set<FunctionID> = []
        while let next = settled.next, seen.insert(next).inserted, let other = placement(next) {
            settled.next = other.next
        }
        return settled
    }

    /// Where a unit goes among the members of its parent: after the previous neighbour, else before
    /// the next, else at the end; at the start where its author had nothing before it, and imports.
    func position(among members: [FunctionID?], of kind: UnitKind) -> Int {
        if let previous, let index = members.firstIndex(of: previous) { return index + 1 }
        if let next, let index = members.firstIndex(of: next) { return index }
        let isFirst = previous == nil && next != nil
        return kind == .imports || isFirst ? 0 : members.count
    }
}
