// The kills of one repair on a state without live peers. The fault is made as in a drill, everybody
// goes home, and the state that is left is put back before each kill. Everybody is sent home in two
// ways, and the repair is killed in each of them in which it has something to do.

import Diagnostics
import Support

/// How the stage is left before a repair is killed on it: nobody runs in either.
enum Rest: CaseIterable {
    /// Agents and Mothership were ended as by a shutdown: a repair may start them.
    case syncOn
    /// Sync was turned off everywhere, and the Mothership stopped.
    case syncOff

    var words: String {
        switch self {
        case .syncOn: "sync on"
        case .syncOff: "sync off"
        }
    }
}

struct KillCourse {
    let drill: Drill
    let staging: Staging
    let stage: Stage
    private static let repairCountMax = 3
    private let repair: TracedRepair
    private let processes: StagedProcesses

    init(drill: Drill, staging: Staging, stage: Stage) {
        self.drill = drill
        self.staging = staging
        self.stage = stage
        repair = TracedRepair(drill: drill, stage: stage)
        processes = StagedProcesses(of: stage)
    }

    /// - Returns: a row with a reason where neither state has anything to be repaired.
    func run(share: Int?, _ generator: inout SeededGenerator) throws -> KillRow {
        var row = KillRow(code: drill.code)
        try staging.make(stage)
        var diagnosis = DrillRow(drill)
        try DrillCourse(drill: drill, staging: staging, stage: stage).diagnose(&diagnosis)
        if let reason = diagnosis.reason {
            throw PlainFailure(drill.code, reason, nextStep: "run its drill alone")
        }
        try stage.liftAll()
        try processes.shutDown()
        let fault = try KeptState(of: stage, in: stage.sandbox.folder + "/fault")
        var obstacles: [String] = []
        for rest in Rest.allCases {
            try fault.putBack()
            if rest == .syncOff { try turnOff() }
            let kept = try KeptState(of: stage, in: stage.sandbox.folder + "/kept-\(rest)")
            switch try points(kept) {
            case .failure(let obstacle):
                if !obstacles.contains(obstacle.reason) { obstacles.append(obstacle.reason) }
            case .success(let all):
                let chosen = share.map { Array(all.shuffled(using: &generator).prefix($0)) } ?? all
                row.states.append(rest.words)
                for point in chosen { try kill(at: point, kept, rest, &row) }
            }
        }
        return row.states.isEmpty
            ? row.notRun("without live peers \(obstacles.joined(separator: "; "))") : row
    }

    /// Sync is turned off everywhere, as far as it can be.
    private func turnOff() throws {
        for peer in stage.peers { _ = try peer.tryAura(["live", "sync", "disable"]) }
        _ = try stage.sandbox.aura().run(["mothership", "stop"])
        try processes.shutDown()
    }

    private func isFound() throws -> Bool {
        try stage.report().allCodes.contains(drill.code)
    }

    /// Why a repair cannot be killed on a state without live peers.
    private struct Obstacle: Error {
        let reason: String
    }

    /// The calls of a whole repair, after which the code must be gone.
    private func points(_ kept: KeptState) throws -> Result<[KillPoint], Obstacle> {
        guard try isFound() else { return .failure(Obstacle(reason: "it is not there")) }
        // What ends a run that was cut off is in no plan: every repair begins with it.
        if !staging.isCutOffRun, let reason = try repair.obstacle() {
            return .failure(Obstacle(reason: "there is no repair: \(reason)"))
        }
        let (points, whole) = try repair.points()
        let isGone = try !isFound()
        try processes.killAll()
        guard isGone else {
            return .failure(Obstacle(reason: "its repair fails: \(whole.briefly)"))
        }
        return .success(points)
    }

    private func kill(
        at point: KillPoint, _ kept: KeptState, _ rest: Rest, _ row: inout KillRow
    ) throws {
        try kept.putBack()
        row.points += 1
        if try repair.run(killedAt: point) { row.killed += 1 }
        if let wrong = try settle(kept) {
            row.wrong.append("\(rest.words), \(point): \(wrong)")
        } else {
            row.held += 1
        }
        try processes.killAll()
    }

    /// The next repair ends what was cut off, and then repairs.
    ///
    /// - Returns: what is not as it should be; nil when all is.
    private func settle(_ kept: KeptState) throws -> String? {
        let ending = try repair.recovery()
        let report = try stage.report()
        if report.allCodes.contains("doctor.interrupted-run") {
            return "the run is still cut off: \(ending.briefly)"
        }
        // What was started, by the killed one or by the next, is no part of the state.
        try processes.killAll()
        let isRepaired = !report.allCodes.contains(drill.code)
        if let difference = try difference(kept, isRepaired: isRepaired) { return difference }
        if isRepaired { return nil }
        var again = try repair.whole()
        // On a busy machine a pid is reused for a moment, and the code is another one meanwhile.
        for _ in 1..<Self.repairCountMax where try isFound() { again = try repair.whole() }
        if try isFound() { return "not repaired afterwards: \(again.briefly)" }
        try processes.killAll()
        return try difference(kept, isRepaired: true)
    }

    /// What is neither as before the repair nor as after it.
    private func difference(_ kept: KeptState, isRepaired: Bool) throws -> String? {
        if let path = try kept.differenceForUser(stage) { return "\(path) is another one" }
        if let lost = kept.lostFromLog() { return "the log lost \(lost)" }
        if isRepaired { return nil }
        if let path = try kept.differenceOfSettings() { return "\(path) is another one" }
        if try kept.hasAgentWritten() { return nil }
        return try kept.difference().map { "neither before nor after: \($0) is another one" }
    }
}
