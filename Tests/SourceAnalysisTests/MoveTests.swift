// Units that go from one file to another.

import Testing

@testable import SourceAnalysis

@Suite struct MoveTests {
    private let body = "(a, b):\n    total = a + b\n    log(total, b)\n    return total * 2\n"

    private func moves(
        _ before: [String: String], _ after: [String: String]
    ) throws -> [String] {
        var (gone, fresh): ([Unit], [Unit]) = ([], [])
        for path in Set(before.keys).union(after.keys).sorted() {
            let old = try before[path].map { try Sample($0, path).file }
            let new = try after[path].map { try Sample($0, path).file }
            let matches = UnitMatcher.match(
                old: old?.fingerprints ?? [], new: new?.fingerprints ?? [])
            for match in matches {
                if match.new == nil, let old, let index = match.old {
                    gone.append(Unit(path: path, language: old.language, unit: old.units[index]))
                }
                if match.old == nil, let new, let index = match.new {
                    fresh.append(Unit(path: path, language: new.language, unit: new.units[index]))
                }
            }
        }
        return MoveFinder.pairs(gone.map(\.candidate), fresh.map(\.candidate)).map { pair in
            "\(gone[pair.gone].label) -> \(fresh[pair.fresh].label)"
                + (pair.similarity == 1 ? "" : " edited")
        }
    }

    private struct Unit {
        let path: String
        let language: String
        let unit: SourceUnit

        var label: String { "\(path) \(unit.name)" }
        var candidate: MoveCandidate {
            MoveCandidate(
                language: language, kind: unit.kind, name: unit.name, auraID: unit.auraID,
                fingerprint: unit.fingerprint)
        }
    }

    @Test func functionThatMovesBetweenFilesIsFound() throws {
        #expect(
            try moves(
                ["a.py": "def f\(body)def g(): pass\n", "b.py": "def h(): pass\n"],
                ["a.py": "def g(): pass\n", "b.py": "def h(): pass\ndef f\(body)"])
                == ["a.py f -> b.py f"])
    }

    @Test func smallEditOnTheWayAndAnotherNameAreFollowed() throws {
        let edited = body.replacing("* 2", with: "* 3")

        #expect(
            try moves(["a.py": "def f\(body)"], ["b.py": "def f\(edited)"])
                == ["a.py f -> b.py f edited"])
        #expect(
            try moves(["a.py": "def f\(body)"], ["b.py": "def k\(body)"])
                == ["a.py f -> b.py k"])
        #expect(
            try moves(
                ["a.py": "def f\(body)"],
                ["b.py": "class A:\n    x = 1\n", "c.py": "def k\(edited)"])
                == ["a.py f -> c.py k edited"])
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
                == ["a.py f -> c.py f"])
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
    }

    @Test func ofAShortUnitOnlyTheSameVersionHasMoved() throws {
        #expect(
            try moves(["a.py": "def f(): pass\n"], ["b.py": "def f(): pass\n"])
                == ["a.py f -> b.py f"])
        #expect(try moves(["a.py": "def f(): pass\n"], ["b.py": "def g(): pass\n"]).isEmpty)
    }

    @Test func aFunctionThatBecomesAMethodIsFollowed() throws {
        let method = body.replacing("    ", with: "        ")

        #expect(
            try moves(["a.py": "def f\(body)"], ["b.py": "class A:\n    def f\(method)"])
                == ["a.py f -> b.py f"])
    }
}
