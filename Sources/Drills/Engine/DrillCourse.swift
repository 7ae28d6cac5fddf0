// The course of one drill: healthy, the fault made for real, exactly its code, the commands of its
// runbook that look, a bundle that tells the same, repaired, healthy, a second repair that does
// nothing, the user's files untouched, undone, and the fault is back.
//
// For codes that nobody but a person can put right it ends after the diagnosis. The stage is left
// as it was found, or is given up.

import Diagnostics
import LiveSync
import Support

/// One drill on a stage.
struct DrillCourse {
    let drill: Drill
    let staging: Staging
    let stage: Stage

    /// How long a report may take to say what it should. It takes seconds on an idle machine; on one
    /// that builds and tests beside, each look alone takes as long.
    private static let limit = Duration.seconds(90)

    /// - Returns: the row, and whether the stage is as it was.
    func run() -> (row: DrillRow, isStageSound: Bool) {
        var row = DrillRow(drill)
        let clock = SystemClock()
        let start = clock.uptime
        do {
            try awaitHealth("before the fault")
            try staging.make(stage)
            try diagnose(&row)
            if row.outcome == .passed { try typeRunbook(&row) }
            if row.outcome == .passed { try bundle(&row) }
            if row.outcome == .passed { try repair(&row) }
        } catch {
            row.fail("\(error)")
        }
        let isSound = takeBack(row)
        row.milliseconds = (clock.uptime - start).milliseconds
        return (row, isSound)
    }

    private func takeBack(_ row: DrillRow) -> Bool {
        guard !staging.spoils, row.outcome != .failed else { return false }
        // What a repair gave up stays in the report for good.
        if drill.entry.lossy, row.repaired == .yes { return false }
        do {
            try stage.mendAll()
            try awaitHealth("after the fault was taken back")
            try awaitQuiet()
            return true
        } catch {
            return false  // the next drill gets a new stage
        }
    }

    // MARK: Diagnosis

    func awaitHealth(_ when: String) throws {
        var last: DoctorAnswer?
        do {
            try Waiting.until("health \(when)", limit: Self.limit) {
                let answer = try stage.report()
                last = answer
                return answer.isHealthy(besides: stage.scene.standing)
            }
        } catch {
            throw PlainFailure(
                "health \(when)", "did not come about: \(last?.brief ?? "no report")",
                nextStep: "run the drill alone")
        }
    }

    /// Waits until what was taken back is seen, and with everybody who is to get it: a report is
    /// healthy while a save is still on its way, and the next fault would begin with it.
    private func awaitQuiet() throws {
        for peer in stage.peers {
            let ticks = try peer.status().scanner?.ticks ?? 0
            try Waiting.until("a quiet \(peer.user)", limit: Self.limit) {
                let status = try peer.status()
                guard status.source == .agent, status.link.state != .offline else { return true }
                return status.wal.pendingOut == 0 && status.wal.pendingIn == 0
                    && (status.scanner?.ticks ?? 0) >= ticks + 2
            }
        }
    }

    /// Waits until the code is reported as it should be; remembers how far it came.
    func diagnose(_ row: inout DrillRow) throws {
        (row.detected, row.named) = (.no, .no)
        var last: DoctorAnswer?
        do {
            try Waiting.until("the code \(drill.code)", limit: Self.limit) {
                let answer = try stage.report()
                last = answer
                if answer.allCodes.contains(drill.code) { row.detected = .yes }
                return isNamedRight(answer)
            }
        } catch let failure as PlainFailure {
            guard let last else { throw failure }
            row.fail(
                row.detected == .yes
                    ? "\(drill.code) is not reported as it should be"
                    : "\(drill.code) is not reported", seen: last)
            return
        }
        row.named = .yes
        row.seen = last?.brief
        // A report that names something at warn or above says so by its exit status; what only
        // says why nothing could be told has a status of its own.
        if let last, last.codes.contains(where: { !$0.hasPrefix("doctor.") }), last.status != 1 {
            row.fail("the exit status is \(last.status)", seen: last)
        }
    }

    /// The commands of the code's page that only look work while the fault stands.
    private func typeRunbook(_ row: inout DrillRow) throws {
        for command in RunbookCommands.looking(after: drill.code) {
            let result = try stage.type(command)
            guard RunbookCommands.goodStatuses.contains(result.status) else {
                return row.fail(
                    "\(command) of the runbook ended with \(result.status): \(result.briefly)")
            }
            row.commands += 1
        }
    }

    func awaitCode() throws {
        try Waiting.until("the code \(drill.code) again", limit: Self.limit) {
            try stage.report().allCodes.contains(drill.code)
        }
    }

    /// The code is there, as root or under the declared one, and so is nothing that was not
    /// declared: roots are compared, since what a root explains is declared by its catalogue.
    private func isNamedRight(_ answer: DoctorAnswer) -> Bool {
        guard let own = answer.body.findings.first(where: { $0.code == drill.code }) else {
            return false
        }
        let isInPlace =
            staging.under.map { own.explainedBy == $0 } ?? (own.explainedBy == nil)
        var roots = staging.beside.union(stage.scene.standing)
        roots.insert(staging.under ?? drill.code)
        return isInPlace && answer.everyRoot.isSubset(of: roots)
    }
}

extension DoctorAnswer {
    /// Nothing is reported but what the scene raises by itself.
    func isHealthy(besides standing: Set<String>) -> Bool {
        allCodes.isSubset(of: standing) && body.overall == "OK" && status == 0
    }
}
