// A function as a person names it: `billing::compute_tax`, `compute_tax`, `src/tax.rs#compute_tax`.

import SourceAnalysis
import Support

/// A unit that a name means.
struct NamedFunction: Hashable, Sendable {
    let id: FunctionID
    let path: String
    let name: String
}

extension PeerCore {
    /// Every unit that the text can mean: units of this working copy, and such as only a conflict
    /// holds. The whole qualified name wins over the end of one.
    func functions(named text: String) -> [NamedFunction] {
        let parts = text.split(separator: "#", maxSplits: 1).map(String.init)
        let (path, name) = parts.count == 2 ? (parts[0], parts[1]) : (nil, text)
        let all = candidates().filter { path == nil || $0.path == path }
        let exact = all.filter { $0.name == name }
        let found =
            exact.isEmpty ? all.filter { $0.name.hasSuffix(UnitName.separator + name) } : exact
        return found.sorted { ($0.path, $0.name) < ($1.path, $1.name) }
    }

    private func candidates() -> Set<NamedFunction> {
        var all: Set<NamedFunction> = []
        for (path, file) in index.files {
            for unit in file.units where !unit.isLeaving {
                all.insert(NamedFunction(id: unit.id, path: path, name: unit.qualifiedName))
            }
        }
        for conflict in state.conflicts where conflict.isBlocking {
            guard index.places[conflict.function] == nil else { continue }
            all.insert(
                NamedFunction(
                    id: conflict.function, path: conflict.path, name: conflict.qualifiedName))
        }
        return all
    }

    /// Everything the Mothership has was read, and what can be decided is decided and done.
    var isSettled: Bool {
        limits != nil && isCaughtUp && running == nil && state.applying == nil
    }

    func isReconciling(_ function: FunctionID) -> Bool { reconciling.contains(function) }
}
