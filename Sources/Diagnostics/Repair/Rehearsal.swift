// The plan on a copy first: what a repair does to durable state is seen before it is done to the
// real one, and the real one has to end the same way.
//
// Only steps that change files are rehearsed; on a copy nothing runs that could be started or
// asked. What a check cannot judge there is not foretold.

import Glibc
import Support

/// What a rehearsal ended with.
struct Prediction: Hashable, Sendable {
    /// Codes found on the copy, in these buckets.
    let codes: [String]
    let buckets: [Bucket]
    /// What the copy lacked, being neither file nor folder.
    let leftOut: [String]

    /// True when nothing is found that neither the rehearsal left nor was there before: a copy has
    /// not all of a system, such as what earlier repairs are remembered by.
    func agrees(with verdict: RepairVerdict, after seen: Seen) -> Bool {
        let foretold = Set(codes + seen.findings.map(\.code))
        return verdict.codes.filter { buckets.contains(Bucket(of: $0)) }
            .allSatisfy(foretold.contains)
    }
}

struct Rehearsal<Ground: RepairGround> {
    let ground: Ground
    let limits: StepLimits

    /// Nil when nothing durable is planned or the system cannot be copied.
    ///
    /// - Throws: ``RepairFailure/rehearsalFailed(title:reason:)``; the real state is untouched.
    func predict(_ plan: Plan) async throws(RepairFailure) -> Prediction? {
        let durable = plan.repairs.filter(\.isDurable)
        guard !durable.isEmpty else { return nil }
        let folder = "\(ground.journalFolder)/shadow"
        try repairing { () throws(SystemFailure) in
            try PathTree.discard(folder)  // of a run that a crash cut off
            try FileAccess.makeFolder("\(folder)/state", mode: 0o700)
        }
        let outcome: Swift.Result<Prediction?, RepairFailure>
        do throws(RepairFailure) { outcome = .success(try await rehearse(durable, folder)) } catch {
            outcome = .failure(error)
        }
        try repairing { () throws(SystemFailure) in try PathTree.discard(folder) }
        return try outcome.get()
    }

    private func rehearse(
        _ repairs: [PlannedRepair], _ folder: String
    ) async throws(RepairFailure) -> Prediction? {
        let shadow = try repairing { () throws(SystemFailure) in
            try ground.shadow(in: "\(folder)/state")
        }
        guard let shadow else { return nil }
        let copy = shadow.ground
        for step in repairs.flatMap(\.steps) where step.isDurable {
            try await run(step, on: copy, folder)
        }
        let report = await copy.examine().report
        let answered = Set(report.checks.filter { !$0.status.isUndetermined }.map(\.check))
        let buckets = Set(repairs.flatMap(\.codes).map { Bucket(of: $0) })
            .intersection(answered)
        let found = Set(report.findings.map(\.code))
        for repair in repairs where !repair.startsWhatIsDown {
            for code in repair.codes
            where found.contains(code) && buckets.contains(Bucket(of: code)) {
                throw .rehearsalFailed(
                    title: repair.codes.joined(separator: ", "),
                    reason: "on a copy, \(code) is still found after the repair")
            }
        }
        return Prediction(
            codes: found.filter { buckets.contains(Bucket(of: $0)) }.sorted(),
            buckets: buckets.sorted { $0.rawValue < $1.rawValue }, leftOut: shadow.leftOut)
    }

    private func run(
        _ planned: PlannedStep, on copy: Ground, _ folder: String
    ) async throws(RepairFailure) {
        let step = try StepReader(checks: copy.checks).step(planned)
        let aside = "\(folder)/aside-\(planned.number)"
        do {
            try await limits.run(step, .require, on: copy.look)
            for (index, touch) in step.touches(in: copy.look()).enumerated()
            where touch.manner == .replaces && FileAccess.exists(touch.path) {
                try FileAccess.makeFolder(aside, mode: 0o700)
                try PathTree.move(touch.path, to: "\(aside)/\(index)")
            }
            try await limits.run(step, .perform, on: copy.look)
            try await limits.run(step, .ensure, on: copy.look)
        } catch let failure as any Failure {
            throw .rehearsalFailed(
                title: planned.title,
                reason: "on a copy it fails: \(failure.subject): \(failure.reason)")
        } catch {
            throw .rehearsalFailed(title: planned.title, reason: "on a copy it fails: \(error)")
        }
    }
}

extension PlannedRepair {
    /// Whether it starts a process that it did not stop: what is missing is the process then, and on a
    /// copy it stays missing.
    fileprivate var startsWhatIsDown: Bool {
        steps.contains { !$0.isDurable } && !steps.contains { $0.undo == .step }
    }
}
