// Every record of the peer survives its bytes, and the fold survives a checkpoint.

import LiveProtocol
import LiveSync
import Support
import Testing
import WriteAheadLog

@Suite struct RecordTests {
    /// A state with something in every part of it.
    private func full() throws -> CoreHarness {
        let units = (0..<6).map { ToyUnit(name: "u\($0)", code: "v\($0)") }
        var harness = try CoreHarness.ready(units)
        var edited = units
        edited[0].code = "mine 0"
        edited[1].code = "mine 1"
        let set = try #require(try harness.save(edited).sent.first)
        try harness.deliver(harness.remoteChange(ToyUnit(name: "u0", code: "theirs")))
        try harness.reject(set, .baseMismatch, headRevision: 1)
        edited[2].code = "mine 2"
        let refused = try #require(try harness.save(edited).sent.first)
        try harness.reject(refused, .invalidSignature)
        edited[3].code = "mine 3"
        let accepted = try #require(try harness.save(edited).sent.first)
        try harness.accept(accepted, from: 4)
        try harness.deliver(
            harness.remoteChange(ToyUnit(name: "u4", code: "theirs")),
            grammar: GrammarStamp(language: "toy", digest: .of([7])))
        try harness.send(.impact(notice, callers: [Toy.id("u1")], .resolved))
        try harness.send(.linkDown)
        edited[5].code = "mine 5"
        try harness.save(edited)
        return harness
    }

    private var notice: ImpactNotice {
        ImpactNotice(
            function: Toy.id("far"), qualifiedName: "far", path: "far.toy", kind: .put,
            branch: "other", user: "u@h", oldAuraID: nil, newAuraID: .of([5]), sequence: 3,
            at: Timestamp(rawValue: 5))
    }

    @Test func everyRecordReadsBackAsWritten() throws {
        let harness = try full()

        #expect(Set(harness.log.map(\.type)).count > 7)
        for draft in harness.log {
            let record = try PeerRecord(
                type: draft.type, metadata: draft.metadata, body: draft.body)
            #expect(record?.draft == draft)
        }
    }

    @Test func cutRecordsAreRefusedAndNeverTrap() throws {
        let harness = try full()

        for draft in harness.log {
            for length in 0..<draft.metadata.count {
                #expect(throws: PostcardFailure.self) {
                    try PeerRecord(
                        type: draft.type, metadata: Array(draft.metadata.prefix(length)),
                        body: draft.body)
                }
            }
        }
    }

    @Test func aCheckpointIsTheWholeState() throws {
        let harness = try full()

        for partBytes in [100, 1 << 20] {
            var state = PeerState()
            for record in harness.core.state.checkpoint(partBytes: partBytes) {
                let draft = record.draft
                try state.fold(type: draft.type, metadata: draft.metadata, body: draft.body)
            }
            #expect(state == harness.core.state)
        }
        #expect(harness.core.state.checkpoint(partBytes: 100).count > 5)
    }

    @Test func anIncompleteCheckpointChangesNothing() throws {
        let harness = try full()
        let parts = harness.core.state.checkpoint(partBytes: 200)
        var state = PeerState()
        state.fold(.stateChanged(.lifecycle(.active)))

        for record in parts.dropLast() { state.fold(record) }
        #expect(state.bases.count == 0)
        state.fold(.stateChanged(.lifecycle(.off)))
        #expect(state.lifecycle == .off)
        for record in parts.dropFirst() { state.fold(record) }
        #expect(state.bases.count == 0, "the first part is missing")
    }

    @Test func theLogGoesOnAfterACheckpoint() throws {
        var harness = try full()

        try harness.send(.writeCheckpoint)
        try harness.send(.linkUp(Toy.welcome(head: 1)))
        let tail = harness.log.drop { $0.type != .checkpoint }

        let (state, undecodable) = PeerState.replay(tail.map { ($0.type, $0.metadata, $0.body) })
        #expect(undecodable == 0)
        #expect(state == harness.core.state)
    }

    @Test func aRestartAtAnyPointContinues() throws {
        let whole = try full()
        for count in 0...whole.log.count {
            var state = PeerState()
            for draft in whole.log.prefix(count) {
                try state.fold(type: draft.type, metadata: draft.metadata, body: draft.body)
            }
            var core = PeerCore(
                identity: whole.core.identity, state: state,
                generator: SeededGenerator(seed: UInt64(count)))
            var check = state
            for event in try restartEvents() {
                for case .append(let drafts) in core.handle(event, now: Timestamp(rawValue: 9)) {
                    for draft in drafts {
                        try check.fold(
                            type: draft.type, metadata: draft.metadata, body: draft.body)
                    }
                }
            }
            #expect(check == core.state, "after \(count) records")
        }
    }

    private func restartEvents() throws -> [PeerEvent] {
        let units = (0..<6).map { ToyUnit(name: "u\($0)", code: "v\($0)") }
        let edited = units.map { ToyUnit(name: $0.name, code: "edited \($0.name)") }
        return [
            .started, .enable,
            .observed(try Toy.file(edited, head: .units(try Toy.observed(units)))),
            .scanCompleted, .linkUp(Toy.welcome(head: 9)), .retryRefused(nil), .linkDown,
        ]
    }

    @Test func impactsOpenOncePerVersionAndStayResolved() throws {
        var harness = try CoreHarness.ready([])
        try harness.send(.impact(notice, callers: [], .resolved))
        #expect(harness.core.state.impacts.isEmpty, "nothing here calls it")
        try harness.send(.impact(notice, callers: [Toy.id("u")], .resolved))

        try harness.send(.resolveImpact(ImpactID(notice)))
        try harness.send(.impact(notice, callers: [Toy.id("u")], .resolved))

        #expect(harness.core.state.impacts.map(\.isOpen) == [false])
    }

    @Test func afterLossTheLedgerIsReadAgainAndEditsAreFoundAgain() throws {
        let f = ToyUnit(name: "f", code: "f1")
        var harness = try CoreHarness.ready([f])
        let set = try #require(
            try harness.save([ToyUnit(name: "f", code: "f2")]).sent.first)
        try harness.accept(set)

        let effects = try harness.send(.forgetLost(nil))

        #expect(effects.observed == [Toy.path])
        #expect(effects.contains(.reconnect(.reread)))
        #expect(harness.core.state.bases.count == 0)
        try harness.send(.linkDown)
        try harness.send(.linkUp(Toy.welcome()))
        let again = try harness.save([ToyUnit(name: "f", code: "f2")])
        #expect(again.sent.flatMap(\.changes).map(\.baseRevision) == [0])
    }

    @Test func theIndexSurvivesItsCache() throws {
        let harness = try full()

        let text = try JSONText.encode(harness.core.index)
        let read = try JSONText.decode(LocalIndex.self, from: text)

        #expect(read == harness.core.index)
    }

    @Test func identitiesComeBackWithoutTheIndex() throws {
        var harness = try CoreHarness.ready([])
        let set = try #require(
            try harness.save([ToyUnit(name: "new", code: "n1")]).sent.first)
        try harness.save([ToyUnit(name: "new", code: "n1"), ToyUnit(name: "q", code: "q1")])
        let ids = harness.core.index.files[Toy.path]?.units.map(\.id)
        try harness.accept(set)
        try harness.restart()

        try harness.save([ToyUnit(name: "new", code: "n1"), ToyUnit(name: "q", code: "q1")])

        #expect(harness.core.index.files[Toy.path]?.units.map(\.id) == ids)
    }
}
