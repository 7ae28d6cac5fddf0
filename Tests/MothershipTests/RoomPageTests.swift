// Cursors and pages: where a hello starts, how far a peer is sent ahead of its acknowledgements,
// and what a page holds.

import LiveProtocol
import Mothership
import Testing

@Suite struct RoomPageTests {
    let ada: TestDevice
    let bob: TestDevice

    init() throws {
        ada = try TestDevice(1)
        bob = try TestDevice(2)
    }

    /// A room to which Ada pushed `count` sets of one change, by connection 1.
    func room(
        _ count: Int, _ tune: (inout RoomSettings) -> Void = { _ in }
    ) throws -> RoomDriver {
        var room = try RoomDriver(tune)
        try room.join(1, ada)
        for number in 0..<count { try room.push(1, ada.admitted(number, [put(number, "text")])) }
        return room
    }

    struct Start: Sendable, CustomTestStringConvertible {
        let epoch: String?
        let sequence: UInt64
        let after: UInt64?
        var testDescription: String { "\(epoch ?? "no epoch") at \(sequence)" }
    }

    /// The room is of epoch-1 and at 6; nil means that nothing is sent.
    @Test(arguments: [
        Start(epoch: "epoch-1", sequence: 4, after: 4),
        Start(epoch: "epoch-1", sequence: 6, after: nil),
        Start(epoch: "epoch-1", sequence: 99, after: nil),
        Start(epoch: "epoch-1", sequence: 0, after: 0),
        Start(epoch: "epoch-0", sequence: 4, after: 0),
        Start(epoch: nil, sequence: 0, after: 0),
    ])
    func aHelloStartsAtItsFrontierInItsEpoch(_ start: Start) throws {
        var room = try room(6)
        let frontier = start.epoch.map { Frontier(epoch: $0, sequence: start.sequence) }
        let effects = try room.join(2, bob, frontier: frontier)
        guard case .welcome(let welcome)? = effects.sent(to: 2).first else {
            throw Unexpected(what: "no welcome first")
        }
        #expect(welcome.head == 6 && welcome.epoch == "epoch-1")
        let deliveries = effects.deliveries(to: 2)
        #expect(deliveries.first?.after == start.after)
        #expect(deliveries.last?.through == (start.after == nil ? nil : 6))
        let sequences = deliveries.flatMap(\.sets).flatMap(\.places).map(\.sequence)
        #expect(sequences == start.after.map { Array($0 + 1...6) } ?? [])
    }

    @Test func atMostFourPagesAreUnacknowledged() throws {
        var room = try room(9) { $0.pageSetsMax = 1 }
        let start = try room.join(2, bob)
        #expect(start.deliveries(to: 2).map(\.through) == [1, 2, 3, 4])
        #expect(
            try room.take(.acknowledge(connection(2), through: 2)).deliveries(to: 2).map(\.after)
                == [4, 5])
        // A late or repeated acknowledgement moves nothing.
        for through: UInt64 in [2, 1, 0] {
            #expect(try room.take(.acknowledge(connection(2), through: through)).isEmpty)
        }
        #expect(
            try room.take(.acknowledge(connection(2), through: 6)).deliveries(to: 2).map(\.through)
                == [7, 8, 9])
    }

    @Test func smallPagesGrowWhileTwoAreUnacknowledged() throws {
        var room = try RoomDriver()
        try room.join(1, ada)
        try room.join(2, bob)
        var sent: [UInt64] = []
        for number in 0..<5 {
            let effects = try room.push(1, ada.admitted(number, [put(number, "text")]))
            sent += effects.deliveries(to: 2).map(\.through)
        }
        #expect(sent == [1, 2])
        let grown = try room.take(.acknowledge(connection(2), through: 1)).deliveries(to: 2)
        #expect(grown.map(\.through) == [5])
        #expect(grown.map(\.sets.count) == [3])
    }

    /// Peers acknowledge one by one; all of them get the one page that ends with the batch.
    @Test func aSmallPageWaitsForTheBatchOnItsWay() throws {
        var room = try RoomDriver()
        try room.join(1, ada)
        let peers = [(2, bob), (3, try TestDevice(3))]
        for (number, device) in peers { try room.join(UInt64(number), device) }
        for number in 0..<3 { try room.push(1, ada.admitted(number, [put(number, "text")])) }
        room.holdsCommits = true
        try room.push(1, ada.admitted(3, [put(3, "text")]))
        for (number, _) in peers {
            let effects = try room.take(.acknowledge(connection(UInt64(number)), through: 2))
            #expect(effects.deliveries(to: UInt64(number)).isEmpty)
        }
        let effects = try room.release()
        for (number, _) in peers {
            let pages = effects.deliveries(to: UInt64(number))
            #expect(pages.map(\.after) == [2] && pages.map(\.through) == [4])
        }
    }

    @Test func aFullWindowHoldsUpNobodyElse() throws {
        var room = try RoomDriver { $0.pageSetsMax = 1 }
        try room.join(1, ada)
        try room.join(2, bob)
        try room.join(3, TestDevice(3))
        var got: [UInt64] = []
        var stalled: [UInt64] = []
        for number in 0..<20 {
            let effects = try room.push(1, ada.admitted(number, [put(number, "text")]))
            stalled += effects.deliveries(to: 2).map(\.through)
            for delivery in effects.deliveries(to: 3) {
                got.append(delivery.through)
                try room.take(.acknowledge(connection(3), through: delivery.through))
            }
        }
        #expect(got == Array(1...20))
        #expect(stalled == [1, 2, 3, 4])
    }

    @Test func acknowledgingWhatWasNotSentIsRefused() throws {
        var room = try room(3)
        try room.join(2, bob)
        let effects = try room.take(.acknowledge(connection(2), through: 4))
        guard case .error(let notice)? = effects.sent(to: 2).first else {
            throw Unexpected(what: "no error: \(effects)")
        }
        #expect(notice.reject == .protocolInvalidField && !notice.closing)
    }

    @Test func aPageEndsAtItsByteLimitAndALargeSetGoesAlone() throws {
        let small = String(repeating: "s", count: 400)
        let large = String(repeating: "l", count: 5000)
        var room = try RoomDriver { $0.pageBytesMax = 1500 }
        try room.join(1, ada)
        for (number, text) in [small, small, large, small].enumerated() {
            try room.push(1, ada.admitted(number, [put(number, text)]))
        }
        let pages = try room.join(2, bob).deliveries(to: 2)
        #expect(pages.map(\.through) == [2, 3, 4])
        #expect(pages.map(\.sets.count) == [2, 1, 1])
    }

    @Test func whatLeftMemoryIsReadFromTheStore() throws {
        var room = try room(40) {
            $0.ringSetsMax = 8
            $0.pageSetsMax = 5
        }
        var deliveries = try room.join(2, bob).deliveries(to: 2)
        #expect(room.storeReads > 0)
        var seen = 0
        while seen < deliveries.count {
            let through = deliveries[seen].through
            seen += 1
            deliveries += try room.take(.acknowledge(connection(2), through: through))
                .deliveries(to: 2)
        }
        let sequences = deliveries.flatMap(\.sets).flatMap(\.places).map(\.sequence)
        #expect(sequences == Array(1...40))
        for (page, next) in zip(deliveries, deliveries.dropFirst()) {
            #expect(page.through == next.after)
        }
    }

    @Test func ownSetsAndOtherBranchesAreSkippedAndTheCursorStillMoves() throws {
        var room = try RoomDriver()
        try room.join(1, ada)
        try room.join(2, bob)
        try room.join(3, TestDevice(3), branch: "topic")
        let effects = try room.push(1, ada.admitted(1, [put(1, "one")]))
        #expect(effects.deliveries(to: 1).map(\.sets.count) == [0])
        #expect(effects.deliveries(to: 1).map(\.through) == [1])
        #expect(effects.deliveries(to: 2).map(\.sets.count) == [1])
        #expect(effects.deliveries(to: 3).map(\.sets.count) == [0])
        // While that empty page is on its way, no further empty one is sent.
        let more = try room.push(1, ada.admitted(2, [put(2, "two")]))
        #expect(more.deliveries(to: 1).isEmpty)
        let acknowledged = try room.take(.acknowledge(connection(1), through: 1))
        #expect(acknowledged.deliveries(to: 1).map(\.through) == [2])
    }

    @Test func aDeviceThatLostItsStateGetsItsOwnSetsBack() throws {
        var room = try room(3)
        try room.take(.leave(connection(1)))
        let fresh = try room.join(2, ada).deliveries(to: 2)
        #expect(fresh.flatMap(\.sets).count == 3)
        try room.take(.leave(connection(2)))
        let known = try room.join(3, ada, frontier: Frontier(epoch: "epoch-1", sequence: 1))
        #expect(known.deliveries(to: 3).flatMap(\.sets).isEmpty)
        #expect(known.deliveries(to: 3).last?.through == 3)
    }

    @Test func aFrontierInsideASetGetsItsRest() throws {
        var room = try RoomDriver()
        try room.join(1, ada)
        try room.push(1, ada.admitted(1, [put(1, "a"), put(2, "b"), put(3, "c")]))
        let effects = try room.join(2, bob, frontier: Frontier(epoch: "epoch-1", sequence: 2))
        let places = effects.deliveries(to: 2).flatMap(\.sets).flatMap(\.places)
        #expect(places == [place(2, 3, 1)])
    }

    @Test func aCursorIsStoredWhenItsDeviceAcknowledgesAndNotWhenItIsSent() throws {
        var room = try room(2)
        try room.join(2, bob)
        try room.take(.tick)
        func stored() throws -> UInt64? {
            try room.store.cursors(of: repository).first { $0.device == bob.id }?.sequence
        }
        #expect(try stored() == 0)
        try room.take(.acknowledge(connection(2), through: 2))
        try room.take(.tick)
        #expect(try stored() == 2)
        try room.take(.acknowledge(connection(2), through: 1))
        try room.take(.tick)
        #expect(try stored() == 2)
    }

    @Test func aQuietPeerIsPingedAndASilentOneSentAway() throws {
        var room = try RoomDriver()
        try room.join(1, ada)
        room.uptime += .milliseconds(29_999)
        #expect(try room.take(.tick).sent(to: 1).isEmpty)
        room.uptime += .milliseconds(1)
        guard case .ping(let nonce)? = try room.take(.tick).sent(to: 1).first else {
            throw Unexpected(what: "no ping after 30 s")
        }
        try room.take(.pong(connection(1), nonce: nonce))
        room.uptime += .milliseconds(74_999)
        try room.take(.tick)
        #expect(room.core.peers.count == 1)
        room.uptime += .milliseconds(1)
        let effects = try room.take(.tick)
        #expect(
            effects.contains { effect in
                if case .close(connection(1), .resyncRequired, _) = effect { true } else { false }
            })
        #expect(room.core.peers.isEmpty)
    }
}
