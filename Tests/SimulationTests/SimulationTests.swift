// Schedules of edits, crashes, lost links and delays over the production cores.
//
// `AURA_SEED=N` runs one schedule and prints its history; `AURA_SCHEDULES=N` runs that many.

import Foundation
import Support
import Testing

@Suite struct SimulationTests {
    private var environment: [String: String] { ProcessInfo.processInfo.environment }

    private func seeds(_ count: Int, from first: UInt64) -> [UInt64] {
        if let seed = environment["AURA_SEED"].flatMap(UInt64.init) { return [seed] }
        let wanted = environment["AURA_SCHEDULES"].flatMap(Int.init) ?? count
        return (0..<UInt64(wanted)).map { first + $0 }
    }

    private func run(_ seed: UInt64, peers: Int) -> Comment? {
        var world: World?
        do {
            world = try World(seed: seed, peers: peers)
            try world?.run()
            return nil
        } catch {
            let history = environment["AURA_SEED"] == nil ? "" : trace(world)
            return "AURA_SEED=\(seed), \(peers) peers: \(error)\(history)"
        }
    }

    private func trace(_ world: World?) -> String {
        "\n" + (world?.trace.joined(separator: "\n") ?? "") + "\n" + (environment["AURA_ID"].flatMap { world?.debug($0) } ?? "")
    }

    @Test func twoPeersAndARoomKeepTheirPromises() {
        for seed in seeds(60, from: 1) {
            if let failure = run(seed, peers: 2) { Issue.record(failure) }
        }
    }

    @Test func threePeersAndARoomKeepTheirPromises() {
        for seed in seeds(40, from: 1_000) {
            if let failure = run(seed, peers: 3) { Issue.record(failure) }
        }
    }

    @Test func theSameSeedIsTheSameRun() throws {
        var first = try World(seed: 42, peers: 2, edits: 15)
        var second = try World(seed: 42, peers: 2, edits: 15)

        try first.run()
        try second.run()

        #expect(first.trace == second.trace)
        #expect(first.peers.map(\.log) == second.peers.map(\.log))
    }
}
