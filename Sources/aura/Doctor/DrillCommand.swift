// `aura doctor drill …`: each fault made for real in a throw-away sandbox, and what came of it.

import ArgumentParser
import Drills
import Foundation

struct DoctorDrill: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "Make faults happen in a throw-away sandbox, and prove what is said of them.",
        discussion: """
            Builds working copies, a Mothership and a proxy of its own, makes each fault for real, \
            and asks the doctor of this same program. Nothing outside the sandbox is touched. \
            Drills that the machine does not allow are counted as not run, never as passed. Exits \
            0 only when nothing failed.
            """)

    @OptionGroup var output: OutputOptions
    @Argument(help: "Codes, buckets or globs: daemon.down, wal, 'config.*'.")
    var codes: [String] = []
    @Flag(name: .long, help: "Every drill.")
    var all = false
    @Flag(name: .long, help: "Only say which drills there are and what they need.")
    var list = false
    @Flag(name: .long, help: "Also drills that take some minutes each.")
    var slow = false
    @Option(name: .long, help: "Sandboxes at a time.")
    var jobs = 2
    @Option(name: .long, help: "Instead of drills: this many changes of real state, scored.")
    var mutations: Int?
    @Option(
        name: .long,
        help: "Instead of drills: kill each repair at so many calls that write, or at all.")
    var kills: KillCount?
    @Option(name: .long, help: "The seed of --mutations and --kills; chosen when not given.")
    var seed: UInt64?

    func validate() throws {
        let choices = [!codes.isEmpty, all, list && codes.isEmpty, mutations != nil]
        guard choices.count(where: { $0 }) == 1 else {
            throw ValidationError("name codes, or say one of --all, --list and --mutations N")
        }
        if kills != nil, list || mutations != nil {
            throw ValidationError("--kills goes with codes or with --all")
        }
        if jobs < 1 { throw ValidationError("--jobs must be at least 1") }
        if let mutations, mutations < 1 { throw ValidationError("--mutations must be at least 1") }
        if seed != nil && mutations == nil && kills == nil {
            throw ValidationError("--seed belongs to --mutations and --kills")
        }
    }

    func run() throws {
        if let mutations { return try mutate(mutations) }
        let every = try Drill.all()
        let drills = codes.isEmpty ? every : try Drill.named(codes, among: every)
        if list { return try show(drills) }
        if let kills { return try kill(drills, kills) }
        var runner = DrillRunner(executable: try DemoCommand.executable())
        runner.stageCountMax = jobs
        runner.isPatient = slow
        let isQuiet = output.json
        runner.tell = { row in
            guard !isQuiet else { return }
            Output.line(row.cells.joined(separator: "  "))
            if let reason = row.reason { Output.line("    \(reason)") }
            if row.outcome == .failed, let seen = row.seen { Output.line("    seen: \(seen)") }
            Output.flush()
        }
        let card = runner.run(drills)
        try tell(card, DrillRow.heads, card.rows.map(\.cells), [card.summary])
        throw ExitCode(card.exitStatus)
    }

    /// A score card: a table, and what it comes to.
    private func tell(
        _ card: some Encodable, _ heads: [String], _ rows: [[String]], _ end: [String]
    ) throws {
        if output.json { return try Output.json(card) }
        Output.line()
        Output.table(heads, rows)
        Output.line()
        for line in end { Output.line(line) }
    }

    private func kill(_ drills: [Drill], _ count: KillCount) throws {
        let seed = seed ?? UInt64.random(in: 0...UInt64(UInt32.max))
        var sweep = KillSweep(
            executable: try DemoCommand.executable(), seed: seed, share: count.share)
        sweep.stageCountMax = jobs
        if !output.json {
            sweep.tell = { row in
                Output.line(row.cells.joined(separator: "  "))
                if let reason = row.reason { Output.line("    \(reason)") }
                for wrong in row.wrong { Output.line("    \(wrong)") }
                Output.flush()
            }
        }
        // Of what nobody but a person repairs there is nothing to be killed.
        let card = sweep.run(drills.filter(\.isRepaired))
        let tried = card.rows.filter { $0.reason == nil }
        let rest = card.rows.compactMap { row in row.reason.map { "not run: \(row.code): \($0)" } }
        try tell(card, KillRow.heads, tried.map(\.cells), rest + card.summaries)
        throw ExitCode(card.exitStatus)
    }

    private func mutate(_ count: Int) throws {
        let seed = seed ?? UInt64.random(in: 0...UInt64(UInt32.max))
        Output.note("seed \(seed)")
        var mutator = Mutator(executable: try DemoCommand.executable(), seed: seed)
        if !output.json {
            mutator.tell = { line in
                Output.line(line)
                Output.flush()
            }
        }
        let card = try mutator.run(count)
        try tell(
            card, ["CODE", "HITS", "MISSES", "FALSE", "PRECISION", "RECALL"],
            card.scores.map { score in
                [
                    score.code, "\(score.hits)", "\(score.misses)", "\(score.falseAlarms)",
                    Self.share(score.precision), Self.share(score.recall),
                ]
            },
            card.wrong.map { "wrong: \($0)" } + [
                "\(card.mutations) changes, \(card.harmless) of them harmless, "
                    + "\(card.harmlessRaised) false alarms on those, \(card.wrong.count) wrong"
            ])
        throw ExitCode(card.exitStatus)
    }

    private static func share(_ value: Double?) -> String {
        value.map { "\(Int(($0 * 100).rounded()))%" } ?? "-"
    }

    private func show(_ drills: [Drill]) throws {
        let rows = drills.map { Listed($0, isPatient: slow) }
        try output.show(rows) { rows in
            Output.table(
                ["CODE", "FIX", "DRILL"],
                rows.map { [$0.code, $0.fix, $0.obstacle ?? "runs here"] })
        }
    }

    private struct Listed: Encodable {
        let code: String
        let fix: String
        let needs: [String]
        let obstacle: String?

        init(_ drill: Drill, isPatient: Bool) {
            code = drill.code
            fix = drill.entry.fix.rawValue
            switch drill.fault {
            case .notReproducible(let reason):
                needs = []
                obstacle = reason
            case .real(let rehearsal):
                needs = rehearsal.needs.sorted().map(\.rawValue)
                obstacle =
                    rehearsal.needs.sorted().lazy.compactMap {
                        Machinery.obstacle(to: $0, isPatient: isPatient)
                    }.first
            }
        }
    }
}

/// How often each repair is killed: a number, or at every call.
struct KillCount: ExpressibleByArgument {
    /// Nil for all.
    let share: Int?

    init?(argument: String) {
        if argument == "all" {
            share = nil
            return
        }
        guard let number = Int(argument), number > 0 else { return nil }
        share = number
    }
}
