// Peers that behave: what one pushes the others get, also after a reconnect, a restart, and beside a
// peer that does not read.

import LiveProtocol
import Mothership
import Support
import Testing

@Suite struct ServerSyncTests {
    let ada: TestDevice
    let bob: TestDevice

    init() throws {
        ada = try TestDevice(1)
        bob = try TestDevice(2)
    }

    @Test func twoPeersGetEachOthersPushes() async throws {
        try await TestMothership.run { ship in
            var (adas, welcome) = try await ship.peer(ada)
            #expect(welcome.head == 0 && welcome.instance == ship.context.instance)
            #expect(welcome.durable && welcome.serverVersion == "1.2.3")
            var bobs = try await ship.peer(bob).client
            let first = try ada.signed(1, [put(1, "one"), put(2, "two")])
            try adas.push(first, count: 2)
            #expect(try await adas.result().accepted == [place(0, 1, 1), place(1, 2, 1)])
            let page = try await bobs.page()
            #expect(page.after == 0 && page.through == 2)
            #expect(page.sets.map(\.signed) == [first])
            #expect(page.sets.first?.signed.isAuthentic == true)

            let second = try bob.signed(1, [put(1, "three", base: 1, on: "one"), put(2, "stale")])
            try bobs.push(second, count: 2)
            let result = try await bobs.result()
            #expect(result.accepted == [place(0, 3, 2)])
            #expect(result.rejected.map(\.headRevision) == [1])
            let places = try await adas.places(through: 3)
            #expect(places == [place(0, 3, 2)])
            #expect(ship.context.metrics.value(.changesAccepted, repository) == 3)
        }
    }

    @Test func aReconnectContinuesFromItsFrontier() async throws {
        try await TestMothership.run { ship in
            var adas = try await ship.peer(ada).client
            var (bobs, welcome) = try await ship.peer(bob)
            try adas.push(try ada.signed(1, [put(1, "one")]))
            #expect(try await bobs.page().through == 1)
            try await bobs.cut()
            try adas.push(try ada.signed(2, [put(2, "two")]))
            try adas.push(try ada.signed(3, [put(3, "three")]))
            _ = try await adas.result()
            _ = try await adas.result()
            _ = try await adas.result()

            let frontier = Frontier(epoch: welcome.epoch, sequence: 1)
            (bobs, welcome) = try await ship.peer(bob, frontier: frontier)
            #expect(welcome.head == 3)
            #expect(try await bobs.places(through: 3).map(\.sequence) == [2, 3])
            (bobs, _) = try await ship.peer(bob, frontier: Frontier(epoch: "other", sequence: 3))
            #expect(try await bobs.places(through: 3).map(\.sequence) == [1, 2, 3])
        }
    }

    @Test func aRestartKeepsEverythingAndARepeatedPushGetsItsOldResult() async throws {
        let folder = try TemporaryFolder()
        let set = try ada.signed(1, [put(1, "one")])
        var frontier: Frontier?
        var first: PushResult?
        var instance = ""
        try await TestMothership.run(in: folder) { ship in
            var (adas, welcome) = try await ship.peer(ada)
            (frontier, instance) = (Frontier(epoch: welcome.epoch, sequence: 0), welcome.instance)
            try adas.push(set)
            first = try await adas.result()
        }
        try await TestMothership.run(in: folder) { ship in
            var (adas, welcome) = try await ship.peer(ada)
            #expect(welcome.epoch == frontier?.epoch && welcome.head == 1)
            #expect(welcome.instance == instance)
            try adas.push(set)
            #expect(try await adas.result() == first)
            #expect(ship.context.health().records == 1)
            var bobs = try await ship.peer(bob, frontier: frontier).client
            #expect(try await bobs.page().sets.map(\.signed) == [set])
        }
    }

    @Test func aStopTellsPeersThatItIsARestart() async throws {
        var client: PeerClient?
        try await TestMothership.run { ship in client = try await ship.peer(ada).client }
        var left = try #require(client)
        let (notice, code) = await left.closing()
        #expect(notice?.reject == .serviceRestart && notice?.closing == true)
        #expect(code == 1012)
    }

    @Test func aStalledReaderHoldsUpNobody() async throws {
        try await TestMothership.run { ship in
            var adas = try await ship.peer(ada).client
            var bobs = try await ship.peer(bob).client
            var stalled = try await ship.peer(try TestDevice(3), .smallBuffer).client
            try await stalled.reads(false)
            let count = 12
            for number in 1...count {
                let text = String(repeating: "\(number) ", count: 20_000)
                try adas.push(try ada.signed(number, [put(number, text)]))
                #expect(try await adas.result().accepted == [place(0, UInt64(number), 1)])
                #expect(try await bobs.page().through == UInt64(number))
            }
            // Nothing was lost for the one that did not read.
            try await stalled.reads(true)
            let places = try await stalled.places(through: UInt64(count))
            #expect(places.map(\.sequence) == (1...count).map(UInt64.init))
        }
    }

    @Test func manyPushesAtOnceAreAllAnsweredAndDense() async throws {
        try await TestMothership.run { ship in
            var adas = try await ship.peer(ada).client
            var bobs = try await ship.peer(bob).client
            let count = 100
            for number in 1...count {
                try adas.push(try ada.signed(number, [put(number, "a")]))
                try bobs.push(try bob.signed(number, [put(1000 + number, "b")]))
            }
            var sequences: [UInt64] = []
            for _ in 1...count {
                sequences += try await adas.result().accepted.map(\.sequence)
                sequences += try await bobs.result().accepted.map(\.sequence)
            }
            #expect(sequences.sorted() == (1...2 * count).map(UInt64.init))
        }
    }

    @Test func presenceAndImpactsReachTheOthers() async throws {
        try await TestMothership.run { ship in
            var adas = try await ship.peer(ada).client
            var bobs = try await ship.peer(bob, branch: "topic").client
            try adas.send(.presence(ada.presence(.editing)))
            let row = try await bobs.first { message in
                if case .presence(let rows) = message { rows.first } else { nil }
            }
            #expect(row.presence == ada.presence(.editing))
            #expect(row.receivedAt == ship.clock.now)
            try adas.push(try ada.signed(1, [put(1, "one")]))
            let notice = try await bobs.first { message in
                if case .impact(let notice) = message { notice } else { nil }
            }
            #expect(notice.function == function(1) && notice.branch == "main")
            try adas.send(.bye)
            let left = try await bobs.first { message in
                if case .presenceLeave(let device, let reason) = message {
                    "\(device.hex) \(reason)"
                } else {
                    nil
                }
            }
            #expect(left == "\(ada.id.hex) disconnect")
        }
    }

    @Test func aPushOfThousandsOfChangesSendsNoPeerAway() async throws {
        try await TestMothership.run { ship in
            var adas = try await ship.peer(ada).client
            var bobs = try await ship.peer(bob, branch: "topic").client
            let count = 2000
            try adas.push(
                try ada.signed(1, (1...count).map { put($0, "text") }), count: count)
            #expect(try await adas.result().accepted.count == count)
            var sequences: [UInt64] = []
            for _ in 1...count {
                sequences.append(
                    try await bobs.first { message in
                        if case .impact(let notice) = message { notice.sequence } else { nil }
                    })
            }
            #expect(sequences == (1...count).map(UInt64.init))
            #expect(try await bobs.isAlive())
        }
    }
}
