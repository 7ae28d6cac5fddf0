// A small tree of source files with its call graph, for the tests of calls.

import Support
import Testing

@testable import SourceAnalysis

/// Files, their units' ids, and the graph over them.
struct CallTree {
    private(set) var graph = CallGraph()
    private var names: [FunctionID: String] = [:]
    private var ids: [String: FunctionID] = [:]

    init(_ files: [(path: String, text: String)]) throws {
        for file in files { try set(file.path, file.text) }
    }

    /// Puts a file in, or takes it out.
    mutating func set(_ path: String, _ text: String?) throws {
        guard let text else { return graph.set(path, nil, ids: []) }
        let file = try Sample(text, path).file
        #expect(!file.hasErrors, "\(path)")
        let ids = file.units.map { unit in
            FunctionID.derived(
                repository: "test", path: path, kind: unit.kind,
                qualifiedName: unit.qualifiedName, ordinal: unit.ordinal)
        }
        for (id, unit) in zip(ids, file.units) {
            let parts = UnitName.parts(of: unit.qualifiedName).dropFirst()
            let name = "\(path) \(parts.joined(separator: "::"))"
            names[id] = name
            if self.ids[name] == nil { self.ids[name] = id }
        }
        graph.set(path, file, ids: ids)
    }

    /// The callers of `path name`, as `path name`, or `path name?` where only suspected.
    func callers(
        _ function: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [String] {
        let id = try #require(ids[function], sourceLocation: sourceLocation)
        return lines(graph.callers(of: id))
    }

    func expectCallers(
        of function: String, _ expected: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let found = try callers(function, sourceLocation: sourceLocation)
        #expect(found == expected, "\(function)", sourceLocation: sourceLocation)
    }

    func callers(ofGone simpleName: String, _ qualifiedName: String, in path: String) -> [String] {
        lines(graph.callers(ofName: simpleName, qualifiedName: qualifiedName, path: path))
    }

    private func lines(_ calls: [Call]) -> [String] {
        calls.map { "\(names[$0.caller] ?? "?")\($0.certainty == .resolved ? "" : "?")" }.sorted()
    }
}
