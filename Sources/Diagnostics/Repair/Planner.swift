// From an examination to a plan: what will be done, in which order, and what will not and why.

import Support

struct Planner<Ground: RepairGround> {
    let ground: Ground
    let policy: RepairPolicy
    let examination: Examination<Ground.System>
    let breaker: CircuitBreaker
    let interrupted: [RunID]

    private var report: Report { examination.report }

    func plan() throws(RepairFailure) -> Plan {
        let system = ground.look()
        var draft = Draft(policy: policy)
        var due: [DueRepair<Ground.System>] = []
        for finding in ordered {
            if DoctorFinding(rawValue: finding.code) == .interruptedRun { continue }
            if let refusal = refusal(of: finding) {
                draft.notAddressed.append(refusal)
                continue
            }
            let steps = examination.sighting(of: finding.bucket)?
                .steps(for: finding.fingerprint)
            guard let steps, !steps.isEmpty else {
                draft.notAddressed.append(.init(finding, .noStepsNow))
                continue
            }
            due.append(DueRepair(finding: finding, steps: steps))
        }
        for repair in DueRepair.inTurn(due) {
            let finding = repair.finding
            try draft.add(finding, clears: clears(finding), steps: repair.steps, on: system)
        }
        return try seal(draft)
    }

    /// Causes before what rests on them: the order of the checks, then worst first. Where processes
    /// are started, their turn decides first.
    private var ordered: [AnyFinding] {
        let place = Dictionary(
            ground.checks.enumerated().map { ($1.bucket, $0) }, uniquingKeysWith: min)
        return report.findings.enumerated().sorted {
            let (left, right) = (place[$0.1.bucket] ?? .max, place[$1.1.bucket] ?? .max)
            return (left, $0.0) < (right, $1.0)
        }.map(\.1)
    }

    /// Everything that folds under the finding, however far down.
    private func clears(_ finding: AnyFinding) -> [String] {
        let codes = report.findings.filter {
            $0.code != finding.code && report.root(of: $0).code == finding.code
        }.map(\.code)
        return Set(codes).sorted()
    }

    /// Why the finding is left alone, as far as that is known without its steps.
    private func refusal(of finding: AnyFinding) -> NotAddressed? {
        if finding.acknowledged != nil { return .init(finding, .acknowledged) }
        if !policy.only.isEmpty,
            !policy.only.contains(where: { Glob.covers($0, code: finding.code) })
        {
            return .init(finding, .notSelected)
        }
        if let cause = finding.explainedBy {
            let next = "put \(cause) right first"
            return .init(finding, .followsFrom, other: cause, nextStep: next)
        }
        if finding.confidence == .suspected { return .init(finding, .suspected) }
        if let refusal = refusalByClass(finding) { return refusal }
        if let other = stake(besides: finding) {
            let next = "put \(other) right first"
            return .init(finding, .dataAtStakeElsewhere, other: other, nextStep: next)
        }
        if policy.isUnattended, breaker.isOpen(for: finding.fingerprint, at: ground.clock.now) {
            return .init(finding, .breakerOpen, nextStep: "find out why it comes back")
        }
        return nil
    }

    private func refusalByClass(_ finding: AnyFinding) -> NotAddressed? {
        switch finding.fix {
        case .none: return .init(finding, .none)
        case .manual: return .init(finding, .manual)
        case .consent where policy.isUnattended, .safe where policy.isUnattended && finding.lossy:
            return .init(finding, .unattended)
        case .consent where !policy.yes.contains(finding.code) && !finding.lossy:
            let next = "agree with --yes \(finding.code)"
            return .init(finding, .consentNotGiven, nextStep: next)
        case .safe, .consent: return nil
        }
    }

    /// A finding with data at stake stops every other repair; it does not stop its own.
    private func stake(besides finding: AnyFinding) -> String? {
        if !interrupted.isEmpty { return DoctorFinding.interruptedRun.code }
        if finding.dataAtStake { return nil }
        return report.findings.first { $0.dataAtStake && $0.acknowledged == nil }?.code
    }

    private func seal(_ draft: Draft) throws(RepairFailure) -> Plan {
        let now = ground.clock.now
        return Plan(
            schema: Plan.schema, schemaVersion: Plan.schemaVersion,
            toolVersion: report.toolVersion, rulesetDigest: report.rulesetDigest,
            system: report.system, made: UTCTime(now), expires: UTCTime(now + Plan.lifetime),
            stateDigest: try digest(of: draft), policy: policy, seen: try seen(),
            interrupted: interrupted, repairs: draft.repairs, notAddressed: draft.notAddressed)
    }

    private func digest(of draft: Draft) throws(RepairFailure) -> ContentDigest {
        var hasher = ContentHasher()
        hasher.update(report.rulesetDigest.hex)
        for run in interrupted { hasher.update("\n\(run)") }
        // Not the sentences: they may name ages, which differ in the next examination.
        let fingerprints = draft.repairs.map(\.fingerprints)
        let steps = draft.repairs.flatMap(\.steps)
        do {
            hasher.update(try JSONText.encode(policy))
            hasher.update(try JSONText.encode(fingerprints))
            hasher.update(try JSONText.encode(steps.map(\.step)))
            hasher.update(try JSONText.encode(steps.map(\.loss)))
        } catch {
            throw .unreadable(subject: "plan", reason: "does not encode (\(error))")
        }
        for touch in steps.flatMap(\.touches) where touch.isBound {
            let bytes = try repairing { () throws(SystemFailure) in
                try PathTree.digest(of: touch.path)
            }
            hasher.update("\n\(touch.path)\0\(bytes?.hex ?? "absent")")
        }
        return hasher.finish()
    }

    private func seen() throws(RepairFailure) -> Seen {
        var snapshots: [String: ContentDigest] = [:]
        for sighting in examination.sightings {
            do {
                let text = try sighting.snapshotJSON()
                snapshots[sighting.bucket.rawValue] = ContentDigest.of(text.utf8)
            } catch {
                throw .unreadable(
                    subject: "snapshot of \(sighting.bucket)",
                    reason: "does not encode (\(error))")
            }
        }
        return Seen(
            findings: report.findings.map { .init(code: $0.code, fingerprint: $0.fingerprint) },
            answered: report.checks.filter { !$0.status.isUndetermined }.map(\.check),
            snapshots: snapshots)
    }
}

/// A finding with the steps that put it right, before they have their place in the plan.
private struct DueRepair<System: Sendable> {
    let finding: AnyFinding
    let steps: [any RepairStep<System>]

    /// By the first process it is about; of one turn those that also change what lies there first,
    /// since what is started later reads it. What is alike keeps its order.
    static func inTurn(_ repairs: [DueRepair]) -> [DueRepair] {
        repairs.enumerated().sorted { left, right in
            let (mine, theirs) = (left.element, right.element)
            return (mine.turn, mine.startsOnly ? 1 : 0, left.offset)
                < (theirs.turn, theirs.startsOnly ? 1 : 0, right.offset)
        }.map(\.element)
    }

    private var turn: RepairTurn {
        steps.map(\.turn).filter { $0 != .state }.min() ?? .state
    }

    private var startsOnly: Bool { !steps.contains { $0.turn == .state } }
}

/// A plan in the making: repairs so far, and what they cost.
private struct Draft {
    let policy: RepairPolicy
    var repairs: [PlannedRepair] = []
    var notAddressed: [NotAddressed] = []

    init(policy: RepairPolicy) { self.policy = policy }

    /// Takes the repair of a finding into the plan. What an earlier repair does is not done again: a
    /// second time it would meet what came of the first. A process that is stopped or started is
    /// another matter, since each repair needs it so in its own course.
    mutating func add<System: Sendable>(
        _ finding: AnyFinding, clears: [String], steps: [any RepairStep<System>],
        on system: System
    ) throws(RepairFailure) {
        var whole: [PlannedStep] = []
        for step in steps {
            whole.append(try Self.planned(step, in: finding.bucket, on: system))
        }
        let loss = whole.map(\.loss).reduce(.none, +)
        let giveUp = finding.lossy || !loss.isNone
        if giveUp, policy.isUnattended || !policy.allowLoss.contains(finding.code) {
            let next = "agree with --allow-loss \(finding.code)"
            notAddressed.append(.init(finding, .lossNotAllowed, nextStep: next, loss: loss))
            return
        }
        // One that only starts or asks keeps its own place: what it is for is judged by what runs, and
        // not on a copy with what lies there.
        let changesState = steps.contains { $0.turn == .state }
        let twin = repairs.firstIndex {
            $0.does(whole) && (changesState || $0.steps.count == whole.count)
        }
        if let twin {
            repairs[twin] = repairs[twin].covering(finding, clears: clears)
            return
        }
        let left = zip(steps, whole).filter { step, planned in
            step.turn != .state || !repairs.contains { $0.does([planned]) }
        }.map(\.1)
        guard !left.isEmpty else {
            // Each of its steps is one of an earlier repair; it is put right with the last of them.
            let last = repairs.lastIndex { repair in whole.contains { repair.does([$0]) } }
            if let last { repairs[last] = repairs[last].covering(finding, clears: clears) }
            return
        }
        add(finding, clears: clears, steps: left)
    }

    /// Adds a repair whose steps no earlier one does.
    private mutating func add(_ finding: AnyFinding, clears: [String], steps: [PlannedStep]) {
        let first = repairs.map(\.steps.count).reduce(1, +)
        let steps = steps.enumerated().map { $1.numbered(first + $0) }
        let loss = steps.map(\.loss).reduce(.none, +)
        if let limit = exceeded(by: steps, loss) {
            notAddressed.append(.init(finding, .budget, nextStep: "raise \(limit)", loss: loss))
        } else {
            repairs.append(
                PlannedRepair(
                    codes: [finding.code], fingerprints: [finding.fingerprint],
                    symptom: finding.symptom, fix: finding.fix, loss: loss, clears: clears,
                    steps: steps))
        }
    }

    /// The option whose limit all repairs together would exceed with these steps.
    private func exceeded(by steps: [PlannedStep], _ loss: Loss) -> String? {
        let all = repairs.flatMap(\.steps) + steps
        if let limit = policy.recordsLostMax,
            loss.isUncounted || (repairs.map(\.loss).reduce(.none, +) + loss).records > limit
        {
            return "--max-records-lost"
        }
        if let limit = policy.filesMax, all.map(\.fileCount).reduce(0, +) > limit {
            return "--max-files"
        }
        if let limit = policy.secondsMax,
            all.map(\.expectedMilliseconds).reduce(0, +) > Int64(limit) * 1000
        {
            return "--max-seconds"
        }
        return nil
    }

    /// Without a number yet: it has none before its place in the plan is known.
    private static func planned<System: Sendable>(
        _ step: any RepairStep<System>, in bucket: Bucket, on system: System
    ) throws(RepairFailure) -> PlannedStep {
        let touches = step.touches(in: system)
        var fileCount = 0
        for touch in touches {
            fileCount += try repairing { () throws(SystemFailure) in
                max(1, try PathTree.fileCount(of: touch.path))
            }
        }
        let undo: PlannedStep.Undo =
            touches.isEmpty ? (step.undo == nil ? .none : .step) : .bytes
        return PlannedStep(
            number: 0, title: step.title, bucket: bucket, isDurable: !touches.isEmpty,
            undo: undo, consequence: step.consequence, loss: step.loss, touches: touches,
            fileCount: fileCount,
            expectedMilliseconds: step.expected.milliseconds, step: try step.encoded())
    }
}

extension PlannedRepair {
    /// Whether it does all of these, in this order, whatever it does in between.
    fileprivate func does(_ others: [PlannedStep]) -> Bool {
        var missing = others[...]
        for step in steps {
            if let next = missing.first, step.isSame(as: next) { missing.removeFirst() }
        }
        return missing.isEmpty
    }

    /// The same steps put another finding right as well.
    fileprivate func covering(_ finding: AnyFinding, clears more: [String]) -> PlannedRepair {
        PlannedRepair(
            codes: codes + [finding.code], fingerprints: fingerprints + [finding.fingerprint],
            symptom: symptom, fix: fix, loss: loss, clears: Set(clears + more).sorted(),
            steps: steps)
    }
}

extension PlannedStep {
    /// Whether it does the same to the same, whichever check asks for it.
    fileprivate func isSame(as other: PlannedStep) -> Bool {
        step == other.step && title == other.title && touches == other.touches
    }

    fileprivate func numbered(_ number: Int) -> PlannedStep {
        PlannedStep(
            number: number, title: title, bucket: bucket, isDurable: isDurable, undo: undo,
            consequence: consequence, loss: loss, touches: touches, fileCount: fileCount,
            expectedMilliseconds: expectedMilliseconds, step: step)
    }
}

extension NotAddressed {
    fileprivate init(
        _ finding: AnyFinding, _ reason: Reason, other: String? = nil, nextStep: String? = nil,
        loss: Loss? = nil
    ) {
        self.init(
            code: finding.code, fingerprint: finding.fingerprint, because: reason,
            nextStep: nextStep ?? finding.nextStep, other: other, loss: loss)
    }
}
