// Who calls what in this working copy, by name: the basis of impact notices.
//
// A call is resolved only when exactly one unit here has the called name; anything else is a guess
// and raises nothing.

import Support

/// Callees by simple name, per unit.
struct CallIndex: Sendable {
    private var callers: [String: Set<FunctionID>] = [:]
    private var definitions: [String: Set<FunctionID>] = [:]
    private var byPath: [String: [(id: FunctionID, name: String, calls: [String])]] = [:]

    /// Replaces what is known of a file.
    mutating func set(_ path: String, _ units: [(id: FunctionID, name: String, calls: [String])]) {
        for unit in byPath[path] ?? [] {
            definitions[unit.name]?.remove(unit.id)
            for call in unit.calls { callers[call]?.remove(unit.id) }
        }
        byPath[path] = units.isEmpty ? nil : units
        for unit in units {
            definitions[unit.name, default: []].insert(unit.id)
            for call in unit.calls { callers[call, default: []].insert(unit.id) }
        }
    }

    /// The units here that call `function`; empty when the name is not its own alone.
    func callers(of function: FunctionID, named name: String) -> [FunctionID] {
        guard definitions[name] == [function] else { return [] }
        return (callers[name] ?? []).filter { $0 != function }.sorted()
    }
}
