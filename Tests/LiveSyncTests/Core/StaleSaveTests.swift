// An editor that still has a file as it was before a change came, and saves it.

import LiveProtocol
import LiveSync
import Support
import Testing

@Suite struct StaleSaveTests {
    let f = ToyUnit(name: "f", code: "f1")
    let f2 = ToyUnit(name: "f", code: "f2")
    let g = ToyUnit(name: "g", code: "g1")
    let h = ToyUnit(name: "h", code: "h1")
    let other = "b.toy"

    /// `h` came into the file of `f` and `g`.
    private func received() throws -> CoreHarness {
        var harness = try CoreHarness.ready(in: [([f, g], Toy.path), ([], other)])
        let plan = try #require(try harness.deliver(harness.remoteChange(h)).plans.first)
        try harness.carryOut(plan, [f, g, h])
        return harness
    }

    @Test func aNewFunctionThatTheNextSaveDropsIsTold() throws {
        var harness = try received()

        try harness.save([f2, g])
        let effects = try harness.waitForMoves()

        #expect(effects.sent.flatMap(\.changes).contains { $0.kind == .delete })
        #expect(harness.core.reverts.map(\.function) == ["h"])
    }

    @Test func aRemovedFunctionThatTheNextSaveBringsBackIsTold() throws {
        var harness = try CoreHarness.ready([f, g])
        let gone = harness.remoteChange(g, kind: .delete)
        let plan = try #require(try harness.deliver(gone).plans.first)
        try harness.carryOut(plan, [f])
        #expect(harness.core.reverts.isEmpty)

        try harness.save([f2, g])

        #expect(harness.core.reverts.map(\.function) == ["g"])
    }

    @Test func aNewFunctionThatIsCutAndPastedIsNotGone() throws {
        var harness = try received()

        try harness.save([f2, g])
        try harness.save([h], path: other)
        _ = try harness.waitForMoves()

        #expect(harness.core.reverts.isEmpty)
    }
}
