// An apply plan as edits of a file's text.

import LiveProtocol
import Support

extension ApplyPlan {
    /// The edits for ``SourceSplice``, in an order in which each finds what it needs.
    ///
    /// - Parameter local: the text a unit has in the file now; only merges look at it.
    public func spliceEdits(local: (FunctionID) -> UnitText?) -> [SpliceEdit] {
        edits.map { edit in
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
