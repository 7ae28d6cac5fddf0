// The short form of the torture of running processes; the long one is a command: `torture soak`,
// `torture kills`, `torture healthy`, `torture reconnect`.

import SoakSuite
import Support
import Testing
import TortureSuite

@Suite(.serialized) struct BadWeatherTests {
    @Test func aGroupUnderFaultsLosesNothingAndAgrees() async throws {
        try await torture { tally, tell, seed in
            var soak = Soak(
                executable: try auraExecutable(), peers: 3, length: .seconds(10), seed: seed)
            soak.files = 12
            soak.isDisputed = false
            soak.convergenceLimit = .seconds(90)
            try soak.run(tally, tell)
            #expect(tally.injectedCount > 0)
            #expect(tally.figure("saves still counted on") > 0)
            #expect(tally.figure("change sets in the ledger") > 0)
        }
    }

    @Test func fiveKillsUnderLoadLoseNothingAndApplyNothingTwice() async throws {
        try await torture { tally, tell, seed in
            var kills = Kills(executable: try auraExecutable(), count: 5, seed: seed)
            kills.peers = 2
            try kills.run(tally, tell)
            #expect(tally.injectedCount == 5)
            #expect(tally.figure("acknowledged sets looked up") > 0)
            #expect(tally.figure("applied changes looked at") > 0)
        }
    }

    @Test func healthyPeersUnderLoadAreCalledHealthy() async throws {
        try await torture { tally, tell, seed in
            var healthy = Healthy(executable: try auraExecutable(), runs: 10, seed: seed)
            healthy.peers = 2
            try healthy.run(tally, tell)
            #expect(tally.figure("runs of doctor live") == 10)
        }
    }

    @Test func fiftyPeersThatReconnectAtOnceAreAllUpToDate() async throws {
        try await torture { tally, tell, _ in
            var storm = Reconnect(executable: try auraExecutable(), peers: 50)
            storm.missed = 300
            try storm.run(tally, tell)
            #expect(tally.figure("peers up to date") == 150)
            #expect(tally.figure("missed change sets replayed") == 300)
        }
    }

    /// Runs a part off the cooperative pool and shows what it told when a promise broke.
    private func torture(
        _ body: @Sendable (Tally, (String) -> Void, UInt64) throws -> Void
    ) async throws {
        let seed = UInt64.random(in: .min ... .max)
        print("seed \(seed)")
        try await withTaskExecutorPreference(OwnThreads.shared) {
            let tally = Tally()
            try body(tally, { print("  " + $0) }, seed)
            #expect(tally.broken.isEmpty, "\(tally.lines.joined(separator: "\n"))")
        }
    }
}
