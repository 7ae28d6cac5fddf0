// The short form of the torture of running processes; the long one is a command: `torture soak`,
// `torture kills`, `torture healthy`, `torture reconnect`.

import Drills
import SoakSuite
import Support
import Testing
import TortureSuite

@Suite(.serialized) struct BadWeatherTests {
    @Test func aGroupUnderFaultsLosesNothingAndAgrees() async throws {
        try await torture(isKnownToFail: true) { tally, tell, seed in
            var soak = Soak(
                executable: try auraExecutable(), peers: 3, length: .seconds(10), seed: seed)
            soak.files = 12
            soak.isDisputed = false
            soak.convergenceLimit = .seconds(20)
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
    ///
    /// - Parameter isKnownToFail: equal trees and a checkout that is not pushed are asked for, and
    ///   told as a known issue when they are not had. Losses never are.
    private func torture(
        isKnownToFail: Bool = false,
        _ body: @Sendable (Tally, (String) -> Void, UInt64) throws -> Void
    ) async throws {
        let seed = UInt64.random(in: .min ... .max)
        print("seed \(seed)")
        try await withTaskExecutorPreference(OwnThreads.shared) {
            let tally = Tally()
            try body(tally, { print("  " + $0) }, seed)
            let known = tally.broken.filter { promise in
                let defects = [Soak.unsettled, Soak.strayed]
                return isKnownToFail && defects.contains { promise.hasPrefix($0) }
            }
            let broken = tally.broken.filter { !known.contains($0) }
            #expect(broken.isEmpty, "\(tally.lines.joined(separator: "\n"))")
            guard isKnownToFail else { return }
            withKnownIssue("trees can end apart, a checkout can be pushed", isIntermittent: true) {
                #expect(known.isEmpty, "\(tally.lines.joined(separator: "\n"))")
            }
        }
    }
}
