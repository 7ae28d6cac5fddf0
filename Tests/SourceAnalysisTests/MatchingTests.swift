// Which unit is which in the next version, and what a person is told about it.

import Support
import Testing

@testable import SourceAnalysis

@Suite struct UnitMatcherTests {
    /// `old -> new rule`, names without the module; unchanged pairs by name are left out.
    private func matches(_ old: String, _ new: String, _ path: String = "m.py") throws -> [String] {
        let (left, right) = (try Sample(old, path), try Sample(new, path))
        let matches = UnitMatcher.match(old: left.file.fingerprints, new: right.file.fingerprints)
        let olds = matches.compactMap(\.old)
        let news = matches.compactMap(\.new)
        #expect(Set(olds).count == olds.count && olds.count == left.file.units.count)
        #expect(news == Array(right.file.units.indices))
        return matches.compactMap { match in
            let from = match.old.map { left.fullOutline[$0] } ?? "-"
            let to = match.new.map { right.fullOutline[$0] } ?? "-"
            return from == to && match.rule == .sameName
                ? nil : "\(from) -> \(to) \(match.rule.rawValue)"
        }
    }

    private let body = "(a, b):\n    total = a + b\n    log(total, b)\n    return total * 2\n"

    @Test func editedFunctionKeepsItsName() throws {
        #expect(try matches("def f\(body)", "def f(x): return 1\n").isEmpty)
    }

    @Test func renamedFunctionIsFoundByItsContent() throws {
        #expect(
            try matches("def f\(body)def g(): pass\n", "def h\(body)def g(): pass\n")
                == ["function f -> function h sameContent"])
    }

    @Test func renamedAndSlightlyEditedFunctionIsFoundByItsTokens() throws {
        let edited = body.replacing("* 2", with: "* 3")

        #expect(
            try matches("def f\(body)", "def h\(edited)") == ["function f -> function h similar"])
    }

    @Test func anotherFunctionInItsPlaceIsNew() throws {
        #expect(
            try matches("def f\(body)", "def h(q):\n    while q:\n        q.pop().close(1, None)\n")
                == ["- -> function h added", "function f -> - removed"])
    }

    @Test func tinyFunctionsAreNotTakenForEachOther() throws {
        #expect(
            try matches("def f(): pass\n", "def h(): pass\n")
                == ["- -> function h added", "function f -> - removed"])
    }

    @Test func functionThatMovesIntoATypeStaysTheSameUnit() throws {
        let inside =
            "class A:\n" + "def f\(body)".split(separator: "\n").map { "    \($0)\n" }.joined()

        #expect(
            try matches(
                "class A:\n    x = 1\ndef f\(body)",
                inside.replacing("class A:\n", with: "class A:\n    x = 1\n"))
                == ["function f -> method A::f sameContent"])
    }

    @Test func swappedFunctionsKeepTheirNames() throws {
        #expect(try matches("def f\(body)def g(q): q()\n", "def g(q): q()\ndef f\(body)").isEmpty)
    }

    @Test func overloadInsertedInFrontDoesNotShiftTheOthers() throws {
        let old = "func f(_ a: Int) { use(a, 1) }\nfunc f(_ a: String) { show(a, 2) }\n"
        let new = "func f(_ a: Bool) { flip(a) }\n" + old

        #expect(
            try matches(old, new, "m.swift") == [
                "- -> function f added", "function f -> function f#1 sameName",
                "function f#1 -> function f#2 sameName",
            ])
    }

    @Test func overloadsThatSwapPlacesFollowTheirContent() throws {
        let first = "func f(_ a: Int) { use(a, 1) }\n"
        let second = "func f(_ a: String) { show(a, 2) }\n"

        #expect(
            try matches(first + second, second + first, "m.swift") == [
                "function f#1 -> function f sameName", "function f -> function f#1 sameName",
            ])
    }

    @Test func duplicateBodiesArePairedInOrder() throws {
        #expect(
            try matches("def a\(body)def b\(body)", "def c\(body)def d\(body)") == [
                "function a -> function c sameContent", "function b -> function d sameContent",
            ])
    }

    @Test func renamedTypeIsRecognisedByItsMembers() throws {
        let members =
            "    def load(self): pass\n    def save(self): pass\n    def drop(self): pass\n"

        let others =
            "    def open(self): pass\n    def read(self): pass\n    def shut(self): pass\n"

        #expect(
            try matches("class A:\n\(members)", "class B:\n\(members)")
                .contains("type A -> type B sameContent"))
        #expect(
            try matches("class A:\n\(members)", "class B:\n\(others)").contains("- -> type B added")
        )
    }

    @Test func functionThatMovesToAnotherFileIsFound() throws {
        let old = try Sample("def f\(body)", "a.py").file.fingerprints
        let new = try Sample("x = 1\ndef f\(body)", "b.py").file.fingerprints

        let match = UnitMatcher.match(old: old, new: new)

        #expect(match.contains(UnitMatch(old: 0, new: 1, rule: .sameContent)))
    }

    @Test func opaqueTextGoesByContentThenByNeighbours() throws {
        let old = "run(1)\ndef f(): pass\nrun(2)\ndef g(): pass\nrun(3)\n"
        let swapped = "run(3)\ndef f(): pass\nrun(2)\ndef g(): pass\nrun(1)\n"
        let edited = "def f(): pass\nrun(7)\ndef g(): pass\nrun(3)\n"

        #expect(
            try matches(old, swapped) == [
                "opaque (text)#2 -> opaque (text) sameContent",
                "opaque (text)#1 -> opaque (text)#1 sameContent",
                "opaque (text) -> opaque (text)#2 sameContent",
            ])
        #expect(
            try matches(old, edited) == [
                "opaque (text)#1 -> opaque (text) samePlace",
                "opaque (text)#2 -> opaque (text)#1 sameContent",
                "opaque (text) -> - removed",
            ])
    }

    @Test func unitThatIsHeldBackIsFoundByItsName() throws {
        #expect(
            try matches("fn a() {}\nfn b() { c(); }\n", "fn a() {}\nfn b() { let = ; }\n", "m.rs")
                == ["function b -> function b held sameName"])
    }

    @Test func fingerprintsSurviveJSON() throws {
        let prints = try Sample("def f\(body)x = 1\n", "m.py").file.fingerprints

        #expect(
            try JSONText.decode([UnitFingerprint].self, from: JSONText.encode(prints)) == prints)
        #expect(throws: (any Error).self) {
            try JSONText.decode(TokenSketch.self, from: "\"3:AAAA\"")
        }
    }

    @Test func similarityIsExactForShortUnitsAndCloseForLongOnes() {
        var generator = SeededGenerator(seed: 5)
        for (count, tolerance) in [(20, 0.000_001), (50, 0.000_001), (2000, 0.2)] {
            let shared = (0..<count).map { _ in UInt64.random(in: .min ... .max, using: &generator)
            }
            let left = shared + [1, 1, 1, 2]
            let right = shared + [1, 1, 3]
            // Shared also: two of the three equal tokens.
            let exact = Double(count + 2) / Double(count + 5)

            let similarity = TokenSketch(tokens: left).similarity(to: TokenSketch(tokens: right))

            #expect(abs(similarity - exact) <= tolerance, "\(count)")
        }
        #expect(TokenSketch(tokens: []).similarity(to: TokenSketch(tokens: [])) == 0)
    }

    @Test func matchingAThousandRewrittenUnitsIsBounded() throws {
        func file(_ word: String) throws -> [UnitFingerprint] {
            let text = (0..<1500).map {
                "def \(word)\($0)(a): return \(word)(a, \($0), x\(word)\($0))\n"
            }
            return try Sample(text.joined(), "m.py").file.fingerprints
        }

        let matches = UnitMatcher.match(old: try file("a"), new: try file("b"))

        #expect(matches.count == 3000)
    }
}

@Suite struct SemanticDiffTests {
    private let base = """
        import a

        def f(x, y):
            return x + y * 2 - g(x)

        class A:
            def m(self, q):
                return q.call(self, 1)

            def n(self):
                return self.m(2) + 7

        run()

        """

    /// `status name` of everything that is not the same.
    private func changes(_ edit: (String) -> String) throws -> [String] {
        try differences(edit).filter { $0.status != .same }.map {
            let name = UnitName.parts(of: $0.qualifiedName).dropFirst().joined(separator: "::")
            return "\($0.status) \(name)" + ($0.isContentChanged ? " content" : "")
        }
    }

    private func differences(_ edit: (String) -> String) throws -> [UnitDifference] {
        let (old, new) = (try Sample(base, "m.py"), try Sample(edit(base), "m.py"))
        return SemanticDiff.compare(
            old: old.file, oldBytes: old.bytes, new: new.file, newBytes: new.bytes)
    }

    @Test func nothingChanged() throws {
        let differences = try differences { $0 }

        #expect(differences.count == 6 && differences.allSatisfy { $0.status == .same })
    }

    @Test func commentAndLayoutAreTriviaOnly() throws {
        #expect(
            try changes { $0.replacing("def f(x, y)", with: "# why\ndef f(x,  y)") }
                == ["triviaOnly f"])
        #expect(try changes { $0.replacing("class A:", with: "class A:  # c") } == ["triviaOnly A"])
    }

    @Test func bodyChanged() throws {
        #expect(try changes { $0.replacing("* 2", with: "* 3") } == ["changed f content"])
    }

    @Test func importAndOpaqueTextChanged() throws {
        #expect(
            try changes { $0.replacing("import a", with: "import b") } == [
                "changed (imports) content"
            ])
        #expect(try changes { $0.replacing("run()", with: "run(1)") } == ["changed (text) content"])
    }

    @Test func addedAndRemoved() throws {
        #expect(
            try changes { $0.replacing("run()", with: "def z(): pass\n\nrun()") }
                == ["added z content"])
        #expect(
            try changes {
                $0.replacing("    def n(self):\n        return self.m(2) + 7\n\n", with: "")
            }
            .contains("removed A::n content"))
    }

    @Test func renamedWithAndWithoutAnEdit() throws {
        #expect(try changes { $0.replacing("def f(", with: "def fresh(") } == ["renamed fresh"])
        #expect(
            try changes { $0.replacing("def f(", with: "def fresh(").replacing("* 2", with: "* 3") }
                == ["renamed fresh content"])
    }

    @Test func movedAmongItsSiblings() throws {
        let function = "def f(x, y):\n    return x + y * 2 - g(x)\n\n"

        let changes = try changes { $0.replacing(function, with: "") + "\n" + function.dropLast() }

        #expect(changes == ["moved f"])
    }

    @Test func movedOutOfItsType() throws {
        let method = "    def n(self):\n        return self.m(2) + 7\n\n"

        let changes = try changes {
            $0.replacing(method, with: "").replacing(
                "run()", with: "def n(self):\n    return self.m(2) + 7\n\nrun()")
        }

        #expect(changes.contains("moved n"))
        #expect(!changes.contains { $0.hasPrefix("removed") || $0.hasPrefix("added") })
    }

    @Test func brokenUnitIsHeldBackAndNothingCountsAsRemovedNextToBrokenText() throws {
        let broken = try changes { $0.replacing("* 2", with: "* * * 2 (") }

        #expect(broken.contains { $0.hasPrefix("heldBack") })
        #expect(!broken.contains { $0.hasPrefix("removed") })
    }
}
