// Units that go from one file to another.

import Support
import Testing

@testable import SourceAnalysis

@Suite struct MoveTests {
    private let body = "(a, b):\n    total = a + b\n    log(total, b)\n    return total * 2\n"

    private func moves(
        _ before: [String: String], _ after: [String: String]
    ) throws -> [String] {
        let old = try before.mapValuesWithKeys { try Sample($1, $0).file }
        let new = try after.mapValuesWithKeys { try Sample($1, $0).file }
        return MoveFinder.moves(before: old, after: new).map { move in
            let (source, target) = (old[move.source.path], new[move.target.path])
            return "\(move.source.path) \(source?.units[move.source.unit].name ?? "?") -> "
                + "\(move.target.path) \(target?.units[move.target.unit].name ?? "?") "
                + "\(move.change.rawValue)\(move.similarity == 1 ? "" : " edited")"
        }
    }

    @Test func functionThatMovesBetweenFilesIsFound() throws {
        #expect(
            try moves(
                ["a.py": "def f\(body)def g(): pass\n", "b.py": "def h(): pass\n"],
                ["a.py": "def g(): pass\n", "b.py": "def h(): pass\ndef f\(body)"])
                == ["a.py f -> b.py f moved"])
    }

    @Test func smallEditOnTheWayAndAnotherNameAreFollowed() throws {
        let edited = body.replacing("* 2", with: "* 3")

        #expect(
            try moves(["a.py": "def f\(body)"], ["b.py": "def f\(edited)"])
                == ["a.py f -> b.py f moved edited"])
        #expect(
            try moves(["a.py": "def f\(body)"], ["b.py": "def k\(body)"])
                == ["a.py f -> b.py k renamed"])
        #expect(
            try moves(
                ["a.py": "def f\(body)"],
                ["b.py": "class A:\n    x = 1\n", "c.py": "def k\(edited)"])
                == ["a.py f -> c.py k renamed edited"])
    }

    @Test func copiesAndTwinsAreNoMoves() throws {
        #expect(
            try moves(["a.py": "def f\(body)"], ["a.py": "def f\(body)", "b.py": "def f\(body)"])
                .isEmpty)
        #expect(
            try moves(["a.py": "def f\(body)"], ["b.py": "def k\(body)", "c.py": "def m\(body)"])
                .isEmpty)
        #expect(
            try moves(["a.py": "def f\(body)", "b.py": "def g\(body)"], ["c.py": "def k\(body)"])
                .isEmpty)
    }

    @Test func ofTwoCopiesTheOneWithTheNameIsMeant() throws {
        #expect(
            try moves(["a.py": "def f\(body)"], ["b.py": "def k\(body)", "c.py": "def f\(body)"])
                == ["a.py f -> c.py f moved"])
    }

    @Test func otherLanguagesKindsAndContentsAreNoMoves() throws {
        #expect(
            try moves(
                ["a.py": "def f\(body)"],
                ["b.py": "def f(q):\n    while q:\n        q.pop().close(1, None)\n"]
            ).isEmpty)
        #expect(
            try moves(
                ["a.ts": "function f(a, b) { log(a, b, 1); }\n"],
                ["b.js": "function f(a, b) { log(a, b, 1); }\n"]
            ).isEmpty)
        #expect(try moves(["a.py": "def f(): pass\n"], ["b.py": "def f(): pass\n"]).isEmpty)
    }

    @Test func whatABrokenFileHidesHasNotMoved() throws {
        let broken = "function g() {\n"
        let text = "function f(a, b) { log(a, b, 1); show(a); }\n"

        #expect(try moves(["a.ts": text], ["a.ts": broken + text, "b.ts": text]).isEmpty)
    }
}

extension Dictionary {
    fileprivate func mapValuesWithKeys<Other>(
        _ transform: (Key, Value) throws -> Other
    ) rethrows -> [Key: Other] {
        try [Key: Other](uniqueKeysWithValues: map { ($0.key, try transform($0.key, $0.value)) })
    }
}
