// Import blocks merge as sets of lines.

import LiveProtocol
import LiveSync
import Testing

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

    @Test func aFileWithoutLastLineEndStaysWithoutOne() {
        #expect(merge("a", "a", "a\nb\n") == "a\nb")
    }
}
