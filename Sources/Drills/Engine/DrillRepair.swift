// The second half of a drill: the program's own repair, checked from outside. Planned, with the
// promise to clear just what stood under the fault; carried out, healthy; a second repair finds
// nothing to do; the user's files are as they were.
//
// What is but a symptom here goes with its root: that one's repair is made, and has to say so before.

import Checks
import Diagnostics
import Support

extension DrillCourse {
    /// Plans that may be refused because the state moved on.
    private static let planCountMax = 3
    /// How long what a repair started may take to come up.
    static let settleLimit = Duration.seconds(90)

    func repair(_ row: inout DrillRow) throws {
        switch drill.entry.fix {
        case .manual, .none: return
        case .safe, .consent: break
        }
        try stage.liftAll()
        let before = try stage.subject.contentDigest()
        if staging.isCutOffRun { return try finish(&row) }
        guard let result = try applied(&row) else { return }
        let run = try JSONText.decode(RunSummary.self, from: result.output)
        guard try isHealthyAgain(&row) else { return }
        row.repaired = .yes
        try expectNothingLeft(&row)
        row.unchanged = try stage.subject.contentDigest() == before ? .yes : .no
        if row.unchanged == .no, !staging.delivers {
            row.fail("the repair changed files of the user")
        }
        if row.outcome == .passed { try takeBack(run, &row) }
    }

    /// Any repair first brings a run that was cut off to its end, and that one is taken back as
    /// a whole, so there is nothing to undo.
    private func finish(_ row: inout DrillRow) throws {
        _ = try stage.doctor(["live", "--fix", "--only", drill.code], limit: .seconds(180))
        guard try isHealthyAgain(&row) else { return }
        (row.repaired, row.undone) = (.yes, .nothingToUndo)
        try expectNothingLeft(&row)
    }

    /// The run of a plan; nil when there was none, or when it failed, which is noted.
    func applied(_ row: inout DrillRow) throws -> ToolResult? {
        var refusal: ToolResult?
        // What passes by itself can be gone between plan and deed; then the plan is refused.
        for _ in 0..<Self.planCountMax {
            guard let file = try planned(&row) else { return nil }
            let result = try stage.doctor(["apply", file, "--json"], limit: .seconds(180))
            if result.succeeded || isRepaired(result) { return result }
            refusal = result
            guard result.status == ExitStatus.refused.rawValue else { break }
        }
        row.repaired = .no
        row.fail(
            "the repair ended with \(refusal?.status ?? -1): \(refusal?.briefly ?? "no word")")
        return nil
    }

    /// A repair that went through while something else is still reported: the exit status is that
    /// report's.
    private func isRepaired(_ result: ToolResult) -> Bool {
        // What is no run at all was refused; the caller shows what it said.
        let run = try? JSONText.decode(RunSummary.self, from: result.output)
        return run?.outcome == .repaired
    }

    /// A file with the plan; nil when it does nothing about this code, or promises to clear something
    /// else than what the report shows beneath it. Either is noted.
    ///
    /// That what is promised goes is seen by the health after the repair.
    private func planned(_ row: inout DrillRow) throws -> String? {
        // What comes and goes while its cause stands is planned for when it is there.
        if !stage.isLifted { try awaitCode() }
        var seen: DoctorAnswer?
        var difference = ""
        // A symptom may come or go by itself between the two looks; then both are made again.
        for _ in 0..<Self.planCountMax {
            let answer = try stage.report()
            guard let (file, clears) = try plan(&row) else { return nil }
            let promised = Self.comparable(clears)
            let shown = Self.comparable(answer.codes(under: root.code))
            if promised == shown { return file }
            seen = answer
            difference = "the plan clears \(promised.sorted()), beneath it stood \(shown.sorted())"
        }
        row.repaired = .no
        row.fail(difference, seen: seen)
        return nil
    }

    /// Without what speaks of the examination itself: a look that took too long is one thing, the next
    /// look another.
    private static func comparable(_ codes: some Sequence<String>) -> Set<String> {
        Set(codes.filter { Bucket(of: $0) != DoctorFinding.bucket })
    }

    /// A file with the plan, and the codes that it says go with this one; nil when it does nothing about
    /// this code, which is noted.
    private func plan(_ row: inout DrillRow) throws -> (file: String, clears: [String])? {
        let file = stage.sandbox.folder + "/plan.json"
        let root = root
        let result = try stage.doctor(["plan", "--only", root.code, "-o", file] + root.consents)
        guard result.succeeded else {
            row.repaired = .no
            row.fail("no plan could be made: \(result.briefly)")
            return nil
        }
        let plan = try Plan(json: try FileAccess.read(file), named: file)
        let own = plan.repairs.first { repair in
            repair.codes.contains(root.code)
                && (root.code == drill.code || repair.clears.contains(drill.code))
        }
        if let own { return (file, own.clears) }
        if let open = plan.notAddressed.first(where: { $0.code == root.code }) {
            row.repaired = .notOffered
            row.fail("no repair of \(root.code) is offered: \(open.because.rawValue)")
        } else {
            row.heal("it was gone before its repair was planned")
        }
        return nil
    }

    /// What is repaired: the code itself, or the one that explains it here.
    private var root: Catalogue.Entry {
        let explaining = staging.under.flatMap { code in
            LiveProfile.catalogue.entries.first { $0.code == code }
        }
        return explaining ?? drill.entry
    }

    private func isHealthyAgain(_ row: inout DrillRow) throws -> Bool {
        var last: DoctorAnswer?
        // A loss that was agreed to stays in the report.
        let standing = stage.scene.standing.union(
            root.lossy ? ["integrity.loss-ledger"] : [])
        do {
            try Waiting.until("health after the repair", limit: Self.settleLimit) {
                let answer = try stage.report()
                last = answer
                // What the act brought about beside the fault is no matter of this repair.
                return answer.isHealthy(besides: standing)
                    || !staging.beside.isDisjoint(with: answer.allCodes)
                        && answer.allCodes.isSubset(of: standing.union(staging.beside))
            }
            return true
        } catch let failure as PlainFailure {
            row.repaired = .no
            row.fail("not healthy after the repair: \(failure.reason)", seen: last)
            return false
        }
    }

    /// Running a repair twice is running it once.
    private func expectNothingLeft(_ row: inout DrillRow) throws {
        // What stands beside the fault has repairs of its own.
        let only = staging.beside.isEmpty ? [] : ["--only", root.code]
        let result = try stage.doctor(["live", "--fix", "--json"] + only + root.consents)
        // Without anything to do the answer is the plan that says so, and no run was made.
        let plan = try? Plan(json: Array(result.output.utf8), named: "second")
        guard let plan, plan.isEmpty else {
            row.settled = .no
            return row.fail("a second repair found something to do: \(result.briefly)")
        }
        row.settled = .yes
    }
}

extension Drill {
    var consents: [String] { entry.consents }
}

extension Catalogue.Entry {
    /// What a person who agrees to the repair says.
    fileprivate var consents: [String] {
        var words = fix == .consent ? ["--yes", code] : []
        if lossy { words += ["--allow-loss", code] }
        return words
    }
}

extension ToolResult {
    /// What became of a run, or the first words of what a program said, for a row.
    var briefly: String {
        // Most answers are no run.
        if let run = try? JSONText.decode(RunSummary.self, from: output) { return run.brief }
        let said = errors.isEmpty ? output : errors
        return said.split(separator: "\n").prefix(3).joined(separator: " / ").prefix(300)
            .description
    }
}

extension RunSummary {
    /// The outcome, what failed, and what the second examination still found.
    fileprivate var brief: String {
        var words = ["run \(outcome?.rawValue ?? "without an end")"]
        words += steps.compactMap { step in step.failure.map { "\(step.title): \($0)" } }
        if let verdict {
            let open = Set(verdict.remaining + verdict.unclear)
            let left = zip(fingerprints, codes).filter { open.contains($0.0) }.map(\.1)
            words.append("left \(left), new \(verdict.new), found \(verdict.codes)")
        }
        return words.joined(separator: "; ")
    }
}
