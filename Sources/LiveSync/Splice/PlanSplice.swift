// An apply plan as edits of a file's text.

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
            case .replace(let text): .replace(edit.function, text)
            case .insert(let text): .insert(edit.function, text, edit.unit, edit.placement)
            case .move(let text): .move(edit.function, text, edit.unit, edit.placement)
            case .mergeLines(let base, let remote):
                .replace(
                    edit.function,
                    local(edit.function).map {
                        LineMerge.merge(base: base, local: $0, remote: remote)
                    } ?? remote)
            case .delete: .delete(edit.function)
            }
        }
    }
}
