// Schedules of edits, crashes, refusals, pauses, lost links and delays over the production cores.

import LiveSync
import Support
import Testing

@Suite struct SimulationTests {
    /// A simulation in which nothing goes wrong proves nothing.
    private static let wanted: Set = [
        "equal", "duplicate", "twin", "adopted", "withdrawn", "modify/modify", "modify/delete",
        "delete/modify", "add/add", "local", "remote", "converged",
        "changed_underneath", "base_mismatch", "payload_too_large", "capability_mismatch",
        "APPLY_OK", "CONFLICT_DISMISSED", "CONFLICT_REOPENED", "CHECKPOINT", "paused", "off",
    ]

    @Test(arguments: Lane.all)
    func peersAndARoomKeepTheirPromises(lane: Lane) {
        var seen: Set<String> = []
        let seeds = Schedules.seeds(of: lane)
        for seed in seeds {
            if let failure = Schedules.run(seed, peers: lane.peers, seen: &seen) {
                Issue.record("\(failure)")
            }
        }
        if seeds.count >= 60 {
            #expect(Self.wanted.subtracting(seen).isEmpty, "did not happen from \(lane.firstSeed)")
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
