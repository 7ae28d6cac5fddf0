// Drills on real processes: the program under test examines sandboxes of its own. What the machine
// does not allow is told and not counted as passed.
//
// `AURA_DRILLS` chooses the share: `all`, or one in so many (default 3), by a seed that is printed.

import Drills
import Foundation
import Support
import TestSupport
import Testing

@Suite(.serialized) struct DrillRunTests {
    private static var seed: UInt64 {
        ProcessInfo.processInfo.environment["AURA_SEED"].flatMap { UInt64($0) }
            ?? UInt64.random(in: 0...UInt64(UInt32.max))
    }

    /// Drills that a change of one bucket most easily breaks: always run.
    private static let always: Set<String> = [
        "agent.down", "config.parse-error", "daemon.down", "integrity.checksum-mismatch",
        "wal.segment-gap",
    ]

    private static func chosen(_ drills: [Drill]) -> (drills: [Drill], seed: UInt64) {
        let asked = ProcessInfo.processInfo.environment["AURA_DRILLS"]
        if asked == "all" { return (drills, 0) }
        let share = asked.flatMap { UInt64($0) } ?? 3
        let seed = Self.seed
        var generator = SeededGenerator(seed: seed)
        let picked = drills.filter { drill in
            let isPicked = UInt64.random(in: 0..<max(1, share), using: &generator) == 0
            return isPicked || always.contains(drill.code)
        }
        return (picked, seed)
    }

    @Test func faultsMadeForRealAreNamed() async throws {
        let (drills, seed) = Self.chosen(try Drill.all())
        var runner = DrillRunner(executable: try BuildFolder.aura())
        runner.tell = { row in
            guard row.outcome != .passed else { return }
            print("\(row.cells.joined(separator: "  ")): \(row.reason ?? "-") \(row.seen ?? "")")
        }
        let ready = runner
        let card = try await onOwnThread { ready.run(drills) }

        print("seed \(seed): \(card.summary)")
        #expect(card.rows.count == drills.count)
        for row in card.rows where row.outcome == .failed {
            Issue.record("seed \(seed): \(row.code): \(row.reason ?? "-"), seen \(row.seen ?? "-")")
        }
        let possible = drills.filter(Self.canRun)
        let totals = card.totals
        #expect(
            totals.passed + totals.diagnosed + totals.failed == possible.count, "\(card.summary)")
        #expect(Self.always.isSubset(of: possible.map(\.code)))
        // Of whatever passed a bundle was made, and told the same.
        #expect(totals.bundles >= totals.passed + totals.diagnosed, "\(card.summary)")
    }

    /// Whether the fault can be made, and made on this machine.
    private static func canRun(_ drill: Drill) -> Bool {
        guard case .real(let staging) = drill.fault else { return false }
        return staging.needs.allSatisfy { Machinery.obstacle(to: $0) == nil }
    }

    /// A seeded share; `aura doctor drill --all --kills all` is the whole.
    @Test(.enabled(if: Machinery.obstacle(to: .systemCallFaults) == nil, "strace is missing"))
    func killedRepairsAreBroughtToTheirEnd() async throws {
        let seed = Self.seed
        let executable = try BuildFolder.aura()
        let codes = [
            "config.drift", "agent.down", "daemon.pid-stale", "integrity.checksum-mismatch",
        ]
        let drills = try Drill.named(codes, among: try Drill.all())
        let card = try await onOwnThread {
            KillSweep(executable: executable, seed: seed, share: 3).run(drills)
        }

        print(card.summaries.joined(separator: "\n"))
        #expect(card.rows.flatMap(\.wrong).isEmpty, "seed \(seed)")
        #expect(card.rows.allSatisfy { $0.reason == nil }, "\(card.rows.map(\.reason))")
        let states = [["live"], ["sync on"], ["sync on", "sync off"], ["sync on", "sync off"]]
        #expect(card.rows.map(\.states) == states)
        #expect(card.held == card.points && card.points == 3 * states.flatMap { $0 }.count)
        #expect(card.killed > 0)
    }

    @Test func manySmallChangesAreScoredWithoutAFalseAlarm() async throws {
        let seed = Self.seed
        let count =
            ProcessInfo.processInfo.environment["AURA_MUTATIONS"].flatMap { Int($0) } ?? 24
        let executable = try BuildFolder.aura()
        let card = try await onOwnThread {
            try Mutator(executable: executable, seed: seed).run(count)
        }

        print("seed \(seed): \(card.mutations) changes, \(card.harmless) harmless")
        #expect(card.mutations == count)
        #expect(card.harmlessRaised == 0)
        #expect(card.wrong.isEmpty, "seed \(seed): \(card.wrong.joined(separator: "\n"))")
    }
}
