// Schedules of edits, crashes, lost links and delays over the production cores.
//
// `AURA_SEED=N` runs one schedule and prints its history; `AURA_SCHEDULES=N` runs that many.

import Foundation
import LiveSync
import Support
import Testing

@Suite struct SimulationTests {
    private var environment: [String: String] { ProcessInfo.processInfo.environment }

    private func seeds(_ count: Int, from first: UInt64) -> [UInt64] {
        if let seed = environment["AURA_SEED"].flatMap(UInt64.init) { return [seed] }
        let wanted = environment["AURA_SCHEDULES"].flatMap(Int.init) ?? count
        return (0..<UInt64(wanted)).map { first + $0 }
    }

    /// - Parameter seen: what happened in the run, by name, is added to it.
    private func run(_ seed: UInt64, peers: Int, seen: inout Set<String>) -> Comment? {
        var world: World?
        do {
            world = try World(seed: seed, peers: peers)
            try world?.run()
            for record in try world?.records() ?? [] { seen.formUnion(Self.names(of: record)) }
            return nil
        } catch {
            let history = environment["AURA_SEED"] == nil ? "" : trace(world)
            return "AURA_SEED=\(seed), \(peers) peers: \(error)\(history)"
        }
    }

    private func trace(_ world: World?) -> String {
        "\n" + (world?.trace.joined(separator: "\n") ?? "")
    }

    private static func names(of record: PeerRecord) -> Set<String> {
        switch record {
        case .settled(_, _, let reason): [reason.rawValue]
        case .conflictOpened(let conflict): [conflict.kind.rawValue]
        case .conflictResolved(_, let choice, _, _): [choice.rawValue]
        case .stateChanged(.adopted): ["adopted"]
        case .stateChanged(.withdrawn): ["withdrawn"]
        case .applyFailed(_, _, _, _, let reason): [reason]
        default: [record.type.name]
        }
    }

    @Test func twoPeersAndARoomKeepTheirPromises() {
        var seen: Set<String> = []
        let seeds = seeds(60, from: 1)
        for seed in seeds {
            if let failure = run(seed, peers: 2, seen: &seen) { Issue.record(failure) }
        }

        // A simulation in which nothing goes wrong proves nothing.
        let wanted: Set = [
            "equal", "duplicate", "twin", "adopted", "withdrawn",
            "modify/modify", "modify/delete", "delete/modify", "add/add", "local", "remote",
            "converged", "interrupted", "changed_underneath", "OUTBOUND_FAILED", "APPLY_OK",
            "CONFLICT_DISMISSED", "CHECKPOINT",
        ]
        if seeds.count >= 60 { #expect(wanted.subtracting(seen).isEmpty) }
    }

    @Test func threePeersAndARoomKeepTheirPromises() {
        var seen: Set<String> = []
        for seed in seeds(40, from: 1_000) {
            if let failure = run(seed, peers: 3, seen: &seen) { Issue.record(failure) }
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
