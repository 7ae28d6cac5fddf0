// Compare and set: what is accepted, what is stale, what is there already, and that nothing is
// applied twice or answered before it is durable.

import LiveProtocol
import Mothership
import Support
import Testing

@Suite struct RoomPushTests {
    let ada: TestDevice
    let bob: TestDevice

    init() throws {
        ada = try TestDevice(1)
        bob = try TestDevice(2)
    }

    struct Verdict: Sendable, CustomTestStringConvertible {
        let base: RevisionNumber
        /// The text that the base is said to have.
        var old: String? = "two"
        let text: String?
        /// The place it gets; nil when it is stale.
        let place: LedgerPlace?
        let rows: Int
        var testDescription: String {
            "base \(base) \(old ?? "deleted"), \(text ?? "deletion")"
        }
    }

    /// The unit is at revision 2 with the text "two", placed at sequence 2.
    static let verdicts = [
        Verdict(base: 2, text: "three", place: place(0, 3, 3), rows: 1),
        Verdict(base: 2, text: "two", place: place(0, 3, 3), rows: 1),
        Verdict(base: 2, text: nil, place: place(0, 3, 3), rows: 1),
        // The number of the head with another version under it: that was another ledger.
        Verdict(base: 2, old: "other", text: "three", place: nil, rows: 0),
        Verdict(base: 2, old: nil, text: "three", place: nil, rows: 0),
        Verdict(base: 2, old: "other", text: nil, place: nil, rows: 0),
        Verdict(base: 2, old: "other", text: "two", place: place(0, 2, 2), rows: 0),
        Verdict(base: 1, text: "three", place: nil, rows: 0),
        Verdict(base: 0, text: "three", place: nil, rows: 0),
        Verdict(base: 3, text: "three", place: nil, rows: 0),
        Verdict(base: 1, text: nil, place: nil, rows: 0),
        Verdict(base: 1, text: "two", place: place(0, 2, 2), rows: 0),
        Verdict(base: 0, text: "two", place: place(0, 2, 2), rows: 0),
        Verdict(base: 1, text: "one", place: nil, rows: 0),
    ]

    @Test(arguments: verdicts)
    func aChangeIsComparedWithTheHead(_ verdict: Verdict) throws {
        var room = try RoomDriver()
        try room.join(1, ada)
        try room.join(2, bob)
        try room.push(1, ada.admitted(1, [put(1, "one")]))
        try room.push(1, ada.admitted(2, [put(1, "two", base: 1, on: "one")]))
        let change = verdict.text.map { put(1, $0, base: verdict.base, on: verdict.old) }
        let set = try bob.admitted(
            1, [change ?? deletion(1, base: verdict.base, on: verdict.old)])
        let effects = try room.push(2, set)

        let result = try #require(effects.results(to: 2).first)
        #expect(result.accepted == (verdict.place.map { [$0] } ?? []))
        let rejected = result.rejected.map { [$0.reject.word, "\($0.headRevision ?? 0)"] }
        #expect(rejected == (verdict.place == nil ? [["base_mismatch", "2"]] : []))
        #expect(room.committedSets.last?.rows.count == verdict.rows)
        #expect(room.core.durableSequence == 2 + UInt64(verdict.rows))
    }

    @Test func theOtherChangesOfASetGoThroughWhenOneIsStale() throws {
        var room = try RoomDriver()
        try room.join(1, ada)
        try room.push(1, ada.admitted(1, [put(1, "one")]))
        let set = try ada.admitted(
            2,
            [put(2, "new"), put(1, "stale", base: 7), put(3, "new", path: "../x"), put(4, "new")])
        let result = try #require(try room.push(1, set).results(to: 1).first)
        #expect(result.accepted == [place(0, 2, 1), place(3, 3, 1)])
        #expect(result.rejected.map(\.index) == [1, 2])
        #expect(result.rejected.map(\.reject) == [.baseMismatch, .pathScopeForbidden])
        #expect(room.core.head(function(1), on: "main")?.revision == 1)
        #expect(room.core.head(function(3), on: "main") == nil)
    }

    @Test func aDeletionLeavesATombstoneThatCanBeBuiltOn() throws {
        var room = try RoomDriver()
        try room.join(1, ada)
        try room.push(1, ada.admitted(1, [put(1, "one")]))
        try room.push(1, ada.admitted(2, [deletion(1, base: 1, on: "one")]))
        #expect(room.core.head(function(1), on: "main")?.isTombstone == true)
        // A second deletion on the old base is the same edit.
        let again = try room.push(1, ada.admitted(3, [deletion(1, base: 1, on: "one")]))
        #expect(again.results(to: 1).first?.accepted == [place(0, 2, 2)])
        let back = try room.push(1, ada.admitted(4, [put(1, "back", base: 2)]))
        #expect(back.results(to: 1).first?.accepted == [place(0, 3, 3)])
    }

    @Test func branchesHaveHeadsOfTheirOwnAndOneSequence() throws {
        var room = try RoomDriver()
        try room.join(1, ada)
        try room.join(2, bob, branch: "topic")
        try room.push(1, ada.admitted(1, [put(1, "one")]))
        let effects = try room.push(2, bob.admitted(1, [put(1, "two")], branch: "topic"))
        #expect(effects.results(to: 2).first?.accepted == [place(0, 2, 1)])
        #expect(room.core.head(function(1), on: "main")?.sequence == 1)
        #expect(room.core.head(function(1), on: "topic")?.sequence == 2)
    }

    @Test func aRepeatedChangeSetWhileTheFirstIsOnItsWayIsDecidedOnce() throws {
        var room = try RoomDriver()
        try room.join(1, ada)
        room.holdsCommits = true
        let set = try ada.admitted(1, [put(1, "one")])
        try room.push(1, set)
        let repeated = try room.push(1, set)
        #expect(repeated.isEmpty)
        let results = try room.release().results(to: 1)
        #expect(results.count == 2)
        #expect(Set(results).count == 1)
        #expect(room.committedSets.count == 1)
        #expect(room.core.durableSequence == 1)
    }

    @Test func aRepeatedChangeSetLaterGetsTheStoredResult() throws {
        var room = try RoomDriver()
        try room.join(1, ada)
        let set = try ada.admitted(1, [put(1, "one")])
        let first = try room.push(1, set).results(to: 1)
        try room.push(1, ada.admitted(2, [put(1, "two", base: 1, on: "one")]))
        let prior = try #require(
            try room.store.result(of: set.set.id, device: ada.id, in: repository))
        #expect(try room.push(1, set, prior: prior).results(to: 1) == first)
        #expect(room.core.head(function(1), on: "main")?.revision == 2)
        #expect(room.committedSets.count == 2)
    }

    @Test func nothingIsToldBeforeItIsDurable() throws {
        var room = try RoomDriver()
        try room.join(1, ada)
        try room.join(2, bob)
        room.holdsCommits = true
        let before = try room.push(1, ada.admitted(1, [put(1, "one")]))
        #expect(before.commits.count == 1)
        #expect(before.count == 1)
        #expect(room.core.durableSequence == 0)
        let after = try room.release()
        #expect(after.results(to: 1).count == 1)
        #expect(after.deliveries(to: 2).map(\.through) == [1])
    }

    @Test func pushesDuringACommitShareTheNextOne() throws {
        var room = try RoomDriver()
        try room.join(1, ada)
        room.holdsCommits = true
        for number in 1...5 {
            try room.push(1, ada.admitted(number, [put(number, "text")]))
        }
        #expect(room.batches.map(\.sets.count) == [1])
        #expect(try room.release().results(to: 1).count == 1)
        #expect(room.batches.map(\.sets.count) == [1, 4])
        #expect(try room.release().results(to: 1).count == 4)
        #expect(room.core.durableSequence == 5)
    }

    @Test func aFailedCommitSendsEverybodyAwayAndAnswersNobody() throws {
        var room = try RoomDriver()
        try room.join(1, ada)
        try room.join(2, bob)
        room.holdsCommits = true
        try room.push(1, ada.admitted(1, [put(1, "one")]))
        let effects = try room.take(.commitFailed)
        let closed = effects.compactMap { effect -> ConnectionID? in
            guard case .close(let id, .serverOverload, let notice) = effect else { return nil }
            return notice.reject == .serverOverload && notice.closing ? id : nil
        }
        #expect(closed == [connection(1), connection(2)])
        #expect(effects.count == 2)
        #expect(room.core.needsReload)
        #expect(try room.push(1, ada.admitted(2, [put(2, "two")])).isEmpty)
    }

    @Test func otherBranchesAreToldOfAnImpactAndNobodyElse() throws {
        var room = try RoomDriver()
        try room.join(1, ada)
        try room.join(2, bob)
        try room.join(3, TestDevice(3), branch: "topic")
        try room.join(4, ada, branch: "topic")
        try room.push(1, ada.admitted(1, [put(1, "one")]))
        let change = put(1, "two", base: 1, on: "one")
        let effects = try room.push(1, ada.admitted(2, [change, put(2, "stale", base: 9)]))
        let notice = try #require(effects.impacts(to: 3).first)
        #expect(effects.impacts(to: 3).count == 1)
        #expect(notice.function == function(1) && notice.branch == "main")
        #expect(notice.user == ada.user && notice.sequence == 2)
        #expect(notice.oldAuraID == .of("one".utf8) && notice.newAuraID == .of("two".utf8))
        for other: UInt64 in [1, 2, 4] { #expect(effects.impacts(to: other).isEmpty) }
    }

    @Test func whoComesBackIsToldTheNewestVersionOfWhatOtherBranchesChanged() throws {
        var room = try RoomDriver()
        try room.join(1, ada, branch: "side")
        try room.push(1, ada.admitted(1, [put(1, "one")]))
        try room.push(1, ada.admitted(2, [put(1, "two", base: 1, on: "one"), put(2, "other")]))
        let seen = Frontier(epoch: room.core.epoch, sequence: 1)
        let back = try room.join(2, bob, frontier: seen)
        #expect(back.impacts(to: 2).map(\.sequence) == [2, 3])
        // Who saw it all, who is on that branch, and who is new missed nothing.
        let all = Frontier(epoch: room.core.epoch, sequence: 3)
        #expect(try room.join(3, bob, frontier: all).impacts(to: 3).isEmpty)
        #expect(try room.join(4, bob, branch: "side", frontier: seen).impacts(to: 4).isEmpty)
        #expect(try room.join(5, bob).impacts(to: 5).isEmpty)
    }

    @Test func anEditThatIsAlreadyThereHasNoImpact() throws {
        var room = try RoomDriver()
        try room.join(1, ada)
        try room.join(2, bob)
        try room.join(3, TestDevice(3), branch: "topic")
        try room.push(1, ada.admitted(1, [put(1, "one")]))
        let effects = try room.push(2, bob.admitted(1, [put(1, "one")]))
        #expect(effects.results(to: 2).first?.accepted == [place(0, 1, 1)])
        #expect(effects.impacts(to: 3).isEmpty)
        #expect(effects.deliveries(to: 1).isEmpty)
    }
}
