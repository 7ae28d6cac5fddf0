// The watcher proof as a state machine in virtual time.

import Testing

@testable import LiveSync

@Suite struct CanaryTests {
    /// Runs one marker: written at the start of a period, and seen after `latency` if any.
    private func round(_ canary: inout Canary, at start: Duration, latency: Duration?) -> String {
        guard case .write(let name) = canary.tick(at: start) else { return "" }
        if let latency { canary.seen(name, at: start + latency) }
        return name
    }

    @Test func markerThatComesBackProvesTheWatcher() {
        var canary = Canary(session: "s")

        let name = round(&canary, at: .zero, latency: .milliseconds(3))

        #expect(name == "canary-s-1")
        #expect(canary.health == .alive)
        #expect(canary.history == [.seen(latency: .milliseconds(3))])
        #expect(canary.tick(at: .milliseconds(4999)) == .none)
        #expect(canary.tick(at: .seconds(5)) == .write(name: "canary-s-2"))
    }

    @Test func firstMarkerLostIsDeaf() {
        var canary = Canary(session: "s")
        _ = round(&canary, at: .zero, latency: nil)

        #expect(canary.tick(at: .seconds(5)) == .none)
        #expect(canary.health == .unproven)
        _ = canary.tick(at: .milliseconds(5001))

        #expect(canary.health == .deaf)
    }

    @Test func oneLostOfThreeIsNotDeafAndTwoAre() {
        var canary = Canary(session: "s")
        var time = Duration.zero
        for latency: Duration? in [.milliseconds(1), nil, .milliseconds(1), nil] {
            _ = round(&canary, at: time, latency: latency)
            #expect(canary.health == .alive)
            time += .seconds(6)
        }
        _ = canary.tick(at: time)

        #expect(canary.history.suffix(3) == [.lost, .seen(latency: .milliseconds(1)), .lost])
        #expect(canary.health == .deaf)
        #expect(canary.lostCount == 2)
    }

    @Test func lateMarkerCountsAsLost() {
        var canary = Canary(session: "s")
        let name = round(&canary, at: .zero, latency: nil)
        _ = canary.tick(at: .seconds(6))

        canary.seen(name, at: .seconds(7))

        #expect(canary.history == [.late(latency: .seconds(7))])
        #expect(canary.health == .deaf)
        #expect(canary.lostCount == 1)
    }

    @Test func markerOfWhichABusyAgentHearsLateIsNoLoss() {
        var canary = Canary(session: "s")
        let name = round(&canary, at: .zero, latency: nil)
        _ = canary.tick(at: .seconds(6))
        #expect(canary.health == .deaf)

        canary.seen(name, at: .milliseconds(4))

        #expect(canary.history == [.seen(latency: .milliseconds(4))])
        #expect(canary.health == .alive)
        #expect(canary.lostCount == 0)
        #expect(canary.seenCount == 1)
    }

    @Test func markerOverTheLimitBeforeTheTickIsLateToo() {
        var canary = Canary(session: "s")
        _ = round(&canary, at: .zero, latency: .milliseconds(5001))

        #expect(canary.health == .deaf)
        #expect(canary.history == [.late(latency: .milliseconds(5001))])
    }

    @Test func deafWatcherIsAliveWhenAMarkerComesBack() {
        var canary = Canary(session: "s")
        _ = round(&canary, at: .zero, latency: nil)
        _ = round(&canary, at: .seconds(6), latency: .milliseconds(2))

        #expect(canary.health == .alive)
    }

    @Test func missingFolderSuspendsTheProof() {
        var canary = Canary(session: "s")
        _ = round(&canary, at: .zero, latency: .milliseconds(1))
        _ = round(&canary, at: .seconds(5), latency: nil)

        canary.folderGone()
        #expect(canary.health == .folderMissing)
        #expect(canary.tick(at: .seconds(60)) == .makeFolder)
        canary.folderRestored(at: .seconds(61))

        #expect(canary.health == .alive)
        #expect(canary.lostCount == 0)
        #expect(canary.tick(at: .seconds(61)) == .write(name: "canary-s-3"))
    }

    @Test func historyHoldsTenAndForeignMarkersNothing() {
        var canary = Canary(session: "s")
        for number in 0..<25 {
            _ = round(&canary, at: .seconds(5 * number), latency: .milliseconds(1))
            canary.seen("canary-other-1", at: .seconds(5 * number))
        }

        #expect(canary.history.count == 10)
        #expect(canary.seenCount == 25)
    }
}
