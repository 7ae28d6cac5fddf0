// A file that becomes a folder with that file in it, and back.

import LiveProtocol
import LiveSync
import Support
import Testing

@Suite struct FolderMoveTests {
    let f = ToyUnit(name: "f", code: "f1")
    let inside = "a.toy/b.toy"

    /// At the others' neither path can be made while the other one stands.
    @Test(arguments: [true, false])
    func whatGoesBelowItsOwnPathIsNoMove(isInward: Bool) throws {
        let (old, new) = isInward ? (Toy.path, inside) : (inside, Toy.path)
        var harness = try CoreHarness.ready(in: [([f], old)])

        var effects = try harness.send(
            .observedTogether([.missing(old, grammar: Toy.grammar), Toy.file([f], path: new)]))
        effects += try harness.waitForMoves()

        let changes = effects.sent.flatMap(\.changes)
        #expect(changes.map(\.kind) == [.put, .delete])
        #expect(changes.map(\.path) == [new, old])
    }
}
