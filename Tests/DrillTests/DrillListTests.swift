// Every code has a drill, and how far each one can go is written down: a drill that silently stops
// being one is noticed here.

import Checks
import Diagnostics
import Drills
import Support
import Testing

@Suite struct DrillListTests {
    /// Codes whose fault nothing outside of the program can make.
    private static let defectsOnly: Set<String> = [
        "conflicts.base-unresolvable", "conflicts.ghost", "conflicts.self",
        "doctor.child-unkillable", "doctor.impure", "doctor.lock-busy",
        "doctor.nondeterministic", "doctor.plan-stale", "doctor.redaction-failed",
        "doctor.undo-refused", "presence.not-restored",
    ]

    /// Codes that come about only as a symptom of another one.
    private static let symptoms: [String: String] = [
        "conflicts.delete-modify": "conflicts.unresolved",
        "integrity.not-examined": "host.disk-error",
        "mothership.retry-exhausted": "mothership.unreachable",
        "presence.own-beat-late": "mothership.unreachable",
        "wal.apply-skipped": "conflicts.unresolved",
        "wal.backlog-offline": "mothership.unreachable",
        "wal.disk-full": "host.disk-low",
    ]

    /// Codes that are proven by their drill alone: each must have a real one.
    private static let provenByDrill: Set<String> = [
        "agent.log-broken", "config.grammar-mismatch", "config.trace-left-on",
        "conflicts.markers-in-source", "host.case-fold", "host.fd-limit", "host.inodes-low",
        "host.inotify-overflow", "host.inotify-watches", "presence.flapping",
        "scanner.deferred-overflow", "scanner.missed-change", "wal.apply-reverted", "wal.oversized",
    ]

    @Test func whatNothingElseProvesHasARealDrill() throws {
        let real = try Drill.all().filter {
            if case .real = $0.fault { true } else { false }
        }
        #expect(Self.provenByDrill.isSubset(of: Set(real.map(\.code))))
    }

    @Test func everyCodeHasItsDrill() throws {
        let codes = try Drill.all().map(\.code)
        #expect(codes == LiveProfile.catalogue.entries.map(\.code))
        #expect(Set(codes).count == codes.count)
    }

    @Test func whatOnlyADefectCouldMakeSaysSo() throws {
        let found = try Drill.all().filter {
            if case .notReproducible(let reason) = $0.fault { reason.count > 20 } else { false }
        }
        #expect(Set(found.map(\.code)) == Self.defectsOnly)
    }

    @Test func whatIsDeclaredBesideACodeIsACode() throws {
        let drills = try Drill.all()
        // A check that a drill adds may report what no catalogue holds: that is its fault.
        let codes = Set(drills.map(\.code)).union(["\(Stage.checkName).unheard-of"])
        var symptoms: [String: String] = [:]
        for drill in drills {
            guard case .real(let staging) = drill.fault else { continue }
            let declared = staging.beside.union(staging.scene.standing)
            #expect(declared.isSubset(of: codes), "\(drill.code)")
            #expect(!declared.contains(drill.code), "\(drill.code)")
            symptoms[drill.code] = staging.under
        }
        #expect(symptoms == Self.symptoms)
    }

    @Test func wordsNameDrillsAndUnknownOnesAreRefused() throws {
        let all = try Drill.all()
        #expect(try Drill.named(["daemon.down"], among: all).map(\.code) == ["daemon.down"])
        let integrity = try Drill.named(["integrity.*"], among: all)
        #expect(integrity.count == 9)
        let failure = #expect(throws: PlainFailure.self) {
            try Drill.named(["wal.*", "wal.no-such-code"], among: all)
        }
        #expect(failure?.subject == "wal.no-such-code")
        #expect(failure?.exitStatus == .usage)
    }

    @Test func aSceneKeepsItsOwnLimitsAndTakesTheRest() {
        let scene = Scene(
            settings: [
                "doctor.thresholds": "ack_lost = \"9s\"\nbacklog_count = 3", "live.wal": "x",
            ])

        let lines = Set((scene.allSettings["doctor.thresholds"] ?? "").split(separator: "\n"))

        #expect(lines.isSuperset(of: ["ack_lost = \"9s\"", "backlog_count = 3"]))
        #expect(lines.contains("peer_stale = \"3s\""))
        #expect(lines.count { $0.hasPrefix("ack_lost") } == 1)
        #expect(scene.allSettings["live.wal"] == "x")
        #expect(
            Set(lines.map { $0.prefix { $0 != " " } }).isSubset(
                of: Set(Thresholds.keys.map { $0[...] })))
    }
}
