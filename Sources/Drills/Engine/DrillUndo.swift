// The end of a drill: the repair is taken back where it changed anything that lasts, and the fault is
// there again.
//
// A repair that starts an agent is not taken back while that one goes on writing. Then the drill is
// played once more on a stage of its own with sync off, where nobody writes.

import Diagnostics
import Support

extension DrillCourse {
    /// Takes the repair back where it changed anything that lasts.
    func takeBack(_ run: RunSummary, _ row: inout DrillRow) throws {
        guard run.steps.contains(where: { $0.undo == .bytes }) else {
            row.undone = .nothingToUndo
            return
        }
        let result = try undo(run)
        if result.status == ExitStatus.undoRefused.rawValue {
            row.undone = .refused
            return try takeBackWithSyncOff(&row)
        }
        guard result.succeeded else {
            row.undone = .no
            return row.fail("the undo ended with \(result.status): \(result.briefly)")
        }
        try expectFaultBack(&row)
    }

    private func undo(_ run: RunSummary) throws -> ToolResult {
        try stage.doctor(["undo", run.run.rawValue, "--json"], limit: .seconds(120))
    }

    private func expectFaultBack(_ row: inout DrillRow) throws {
        var last: DoctorAnswer?
        do {
            try Waiting.until("the fault to be back", limit: Self.settleLimit) {
                let answer = try stage.report()
                last = answer
                return answer.allCodes.contains(drill.code)
            }
            row.undone = .yes
        } catch is PlainFailure {
            row.undone = .no
            row.fail("the fault is not back after the undo", seen: last)
        }
    }

    // MARK: With sync off

    /// The same fault and repair where no agent goes on writing over what was put right.
    private func takeBackWithSyncOff(_ row: inout DrillRow) throws {
        let alone = try Stage(staging.scene, executable: stage.sandbox.executable)
        defer { alone.close() }
        try DrillCourse(drill: drill, staging: staging, stage: alone).repeatWithSyncOff(&row)
    }

    private func repeatWithSyncOff(_ row: inout DrillRow) throws {
        try awaitHealth("before the fault with sync off")
        try staging.make(stage)
        try stage.subject.aura(["live", "sync", "disable"])
        // Only what does not need an agent to be seen is there without one.
        guard try stage.report().allCodes.contains(drill.code) else { return }
        guard let result = try applied(&row) else { return }
        let run = try JSONText.decode(RunSummary.self, from: result.output)
        if try stage.report().allCodes.contains(drill.code) {
            row.undone = .no
            return row.fail("with sync off the repair does not end it: \(result.briefly)")
        }
        let taken = try undo(run)
        guard taken.succeeded else {
            row.undone = .no
            return row.fail("with sync off the undo ended with \(taken.status): \(taken.briefly)")
        }
        try expectFaultBack(&row)
    }
}
