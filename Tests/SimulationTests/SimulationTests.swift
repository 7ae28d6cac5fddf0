// Schedules of edits, crashes, refusals, pauses, lost links and delays over the production cores.

import LiveSync
import Support
import Testing

extension Lane: CustomTestStringConvertible {
    var testDescription: String { "\(peers) peers from seed \(firstSeed)" }
}

@Suite(.serialized) struct SimulationTests {
    /// A simulation in which nothing goes wrong proves nothing.
    private static let wanted: Set = [
        "equal", "duplicate", "twin", "adopted", "withdrawn", "modify/modify", "modify/delete",
        "delete/modify", "add/add", "local", "remote", "converged",
        "changed_underneath", "base_mismatch", "payload_too_large", "capability_mismatch",
        "APPLY_OK", "CONFLICT_DISMISSED", "CONFLICT_REOPENED", "CHECKPOINT", "paused", "off",
    ]

    @Test(arguments: Lane.all)
    func peersAndARoomKeepTheirPromises(lane: Lane) async throws {
        let seeds = Schedules.seeds(of: lane)
        let (seen, failures) = try await onOwnThread { Schedules.run(lane) }
        for failure in failures where !Schedules.open.contains(failure.seed) {
            Issue.record("\(failure.text)")
        }
        for seed in seeds where Schedules.open.contains(seed) {
            withKnownIssue("a schedule that is known to fail") {
                for failure in failures where failure.seed == seed {
                    Issue.record("\(failure.text)")
                }
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
