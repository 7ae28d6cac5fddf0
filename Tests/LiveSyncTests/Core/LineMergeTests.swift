// Import blocks merge as sets of lines.

import LiveProtocol
import Testing

@testable import LiveSync

@Suite struct LineMergeTests {
    private func merge(_ base: String, _ local: String, _ remote: String) -> String {
        let merged = LineMerge.merge(
            base: LineMerge.lines(of: UnitText(head: Array(base.utf8))),
            local: UnitText(head: Array(local.utf8)), remote: UnitText(head: Array(remote.utf8)))
        return String(decoding: merged.head, as: UTF8.self)
    }

    @Test func additionsOfBothSidesStay() {
        #expect(merge("a\n", "a\nmine\n", "a\ntheirs\n") == "a\nmine\ntheirs\n")
    }

    @Test func aRemovalOfEitherSideCounts() {
        #expect(merge("a\nb\nc\n", "a\nc\n", "b\nc\n") == "c\n")
    }

    @Test func theSameAdditionIsMadeOnce() {
        #expect(merge("a\n", "a\nb\n", "a\nb\n") == "a\nb\n")
    }

    @Test func commentsAndOrderOfTheLocalTextStay() {
        #expect(merge("a\nb\n", "// why\nb\na\n", "a\nb\nc\n") == "// why\nb\na\nc\n")
    }

    @Test func whatIsAddedInsideOfABlockGoesInsideOfIt() {
        #expect(
            merge(
                "import (\n\t\"a\"\n)\n", "import (\n\t\"a\"\n\t\"b\"\n)\n",
                "import (\n\t\"a\"\n\t\"c\"\n)\n")
                == "import (\n\t\"a\"\n\t\"b\"\n\t\"c\"\n)\n")
        #expect(merge("a\nb\n", "b\nmine\n", "first\nb\n") == "first\nb\nmine\n")
        #expect(
            merge("(\na\n)\n(\nb\n)\n", "(\na\n)\n(\nb\n)\n", "(\na\n)\n(\nb\nx\n)\n")
                == "(\na\n)\n(\nb\nx\n)\n")
    }

    /// Neither knew of the other: all lines are new, the brackets are in both.
    @Test func blocksWithoutACommonBaseMeetInsideOfTheirBrackets() {
        #expect(
            merge("", "import (\n\t\"a\"\n)\n", "import (\n\t\"b\"\n)\n")
                == "import (\n\t\"a\"\n\t\"b\"\n)\n")
    }

    @Test(arguments: [
        ("import { x } from q", "import { x, a } from q", "import { x, b } from q", true),
        ("import { x } from q", "import { x, a } from q", "import { x, a } from q", false),
        ("import os", "import sys", "import re", false),
        ("import os", "import os\nimport sys", "import re", false),
    ])
    func aLineThatBothWroteAnewIsNoSet(base: String, local: String, remote: String, isTwice: Bool) {
        func text(_ line: String) -> UnitText { UnitText(head: Array((line + "\n").utf8)) }
        #expect(
            LineMerge.isRewrittenTwice(
                base: LineMerge.lines(of: text(base)), local: text(local), remote: text(remote))
                == isTwice)
    }

    @Test func aFileWithoutLastLineEndStaysWithoutOne() {
        #expect(merge("a", "a", "a\nb\n") == "a\nb")
    }
}
