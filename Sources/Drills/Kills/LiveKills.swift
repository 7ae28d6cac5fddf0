// The kills of a repair that needs live peers or a Mothership: it is killed while they run, and the
// fault is made again whenever it is gone. Nothing can be put back under running processes, so what
// must hold is weaker: the run is brought to its end, everybody who ran runs again, nothing else is found
// than before, the user's files are untouched, and the repair works afterwards.

import Diagnostics
import Support

struct LiveKills {
    private let drill: Drill
    private let staging: Staging
    private let executable: String
    private var stage: Stage?
    /// How often the fault was made on this stage.
    private var faults = 0
    /// The roots of the report with the fault.
    private var known: Set<String> = []

    /// Between two repairs that are left alone: after each of them the fault has to be made again,
    /// which takes longer than a kill.
    private static let wholeEvery = 8
    /// What goes wrong often in ten minutes is found for just that, and no repair ends it.
    private static let faultsMax = 3
    /// How long whoever was cut off, or started, may take to come up.
    private static let settleLimit = Duration.seconds(60)
    private static let recoveryLimit = Duration.seconds(20)

    init(drill: Drill, staging: Staging, executable: String) {
        self.drill = drill
        self.staging = staging
        self.executable = executable
    }

    mutating func run(share: Int?, _ generator: inout SeededGenerator) throws -> KillRow {
        var row = KillRow(code: drill.code)
        defer { stage?.close() }
        var current = try faulty()
        guard try current.report().allCodes.contains(drill.code) else {
            return row.notRun("it goes away once its cause did")
        }
        if let reason = try repair(on: current).obstacle() {
            return row.notRun("there is no repair: \(reason)")
        }
        let (all, whole) = try repair(on: current).points()
        guard try isSettled(current, isRepaired: true) else {
            return row.notRun("left alone, its repair does not end it at once: \(whole.briefly)")
        }
        row.states = ["live"]
        let chosen = share.map { Array(all.shuffled(using: &generator).prefix($0)) } ?? all
        for (place, point) in chosen.enumerated() {
            current = try faulty()
            row.points += 1
            let isWhole = (place + 1) % Self.wholeEvery == 0 || place + 1 == chosen.count
            let before = try current.subject.contentDigest()
            if try repair(on: current).run(killedAt: point) { row.killed += 1 }
            if let wrong = try settle(current, before, isWhole: isWhole) {
                row.wrong.append("live, \(point): \(wrong)")
                spoil()
            } else {
                row.held += 1
            }
        }
        return row
    }

    private func repair(on stage: Stage) -> TracedRepair {
        TracedRepair(drill: drill, stage: stage)
    }

    // MARK: The fault

    /// The stage with the fault on it, made again where it is gone.
    private mutating func faulty() throws -> Stage {
        if let stage {
            if try stage.report().allCodes.contains(drill.code) { return stage }
            do {
                guard !staging.spoils, !drill.entry.lossy, faults < Self.faultsMax else {
                    throw Spoilt()
                }
                try stage.mendAll()
                try make(on: stage)
                return stage
            } catch {
                spoil()  // the next fault gets a new stage
            }
        }
        let made = try Stage(staging.scene, executable: executable)
        (stage, faults) = (made, 0)
        try make(on: made)
        return made
    }

    private struct Spoilt: Error {}

    private mutating func spoil() {
        stage?.close()
        (stage, faults) = (nil, 0)
    }

    private mutating func make(on stage: Stage) throws {
        let course = DrillCourse(drill: drill, staging: staging, stage: stage)
        try course.awaitHealth("before the fault")
        faults += 1
        try staging.make(stage)
        var row = DrillRow(drill)
        try course.diagnose(&row)
        if let reason = row.reason {
            throw PlainFailure(drill.code, reason, nextStep: "run its drill alone")
        }
        try known = known.union(stage.report().everyRoot).union(staging.beside).union(
            stage.scene.standing)
        try stage.liftAll()
    }

    // MARK: After a kill

    private func settle(
        _ stage: Stage, _ before: [String: String], isWhole: Bool
    ) throws -> String? {
        let ending = try repair(on: stage).recovery()
        let isEnded = try isSettled(stage, isRepaired: false, limit: Self.recoveryLimit)
        // What was ended for good, as another server, is not begun again by taking a run back: then the
        // next repair goes on from there.
        if !isEnded {
            let next = try stage.doctor(["live", "--fix"] + drill.consents, limit: .seconds(180))
            guard try isSettled(stage, isRepaired: true) else {
                let seen = try stage.report().brief
                return
                    "not as before nor as after: \(ending.briefly); \(next.briefly), seen \(seen)"
            }
        }
        if isWhole, try stage.report().allCodes.contains(drill.code) {
            let again = try repair(on: stage).whole()
            guard try isSettled(stage, isRepaired: true) else {
                let seen = try stage.report().brief
                return "not repaired afterwards: \(again.briefly), seen \(seen)"
            }
        }
        guard !staging.delivers else { return nil }
        let now = try stage.subject.contentDigest()
        return Set(now.keys).union(before.keys).sorted().first { now[$0] != before[$0] }
            .map { "\($0) is another one" }
    }

    /// Waits until no run is cut off and nothing is found that did not belong to the fault.
    ///
    /// - Parameter isRepaired: whether the code itself must be gone.
    private func isSettled(
        _ stage: Stage, isRepaired: Bool, limit: Duration = Self.settleLimit
    ) throws -> Bool {
        var allowed = known.union(drill.entry.lossy ? ["integrity.loss-ledger"] : [])
        if isRepaired { allowed.remove(drill.code) }
        do {
            try Waiting.until("the end of the repair", limit: limit) {
                let report = try stage.report()
                // What the fault explains belongs to it, and comes and goes with time.
                let isGone = !report.allCodes.contains(drill.code)
                return (isGone || !isRepaired) && report.everyRoot.isSubset(of: allowed)
            }
            return true
        } catch is PlainFailure { return false }
    }
}
