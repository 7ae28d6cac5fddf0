// One file change at a time: planned, logged, written, logged again.

import LiveProtocol
import Support

extension PeerCore {
    mutating func startApply(
        _ setID: ChangeSetID, _ path: String, _ edits: [ApplyEdit], from sources: Set<String> = [],
        resolving resolution: Resolution? = nil
    ) {
        let file = index.files[path]
        let present = Set((file?.units ?? []).map(\.id))
        let deleted = Set(edits.filter { $0.action == .delete }.map(\.function))
        let isInserting = edits.contains { edit in
            if case .insert = edit.action { true } else { false }
        }
        let plan = ApplyPlan(
            id: ApplyID(rawValue: generator.next()), setID: setID, path: path, edits: edits,
            leavesNoUnits: !isInserting && present.isSubset(of: deleted),
            holders: holders(of: deleted, in: setID, leaving: path))
        running = RunningApply(plan: plan, sources: sources, resolution: resolution)
        effect(.apply(plan))
    }

    /// Where the units stand that leave this file at the end of their moves.
    private func holders(
        of units: Set<FunctionID>, in setID: ChangeSetID, leaving path: String
    ) -> Set<String> {
        let ended = (state.inbound[setID]?.changes ?? []).filter {
            $0.hasArrived && $0.leaves == path && units.contains($0.change.function)
        }
        return Set(ended.map(\.change.path))
    }

    /// Logs the intention, if the file is still what the plan was made for.
    mutating func beginApply(_ begin: ApplyBegin, _ preImage: [UInt8]) {
        guard let running, running.plan.id == begin.id, !running.isCommitting else {
            effect(.abandonApply(begin.id))
            return
        }
        guard state.lifecycle == .active, isCurrent(running) else {
            self.running = nil
            noteOvertaken(at: running.plan.path)
            effect(.abandonApply(begin.id))
            return
        }
        self.running?.isCommitting = true
        record(.applyBegin(begin, preImage: preImage))
        if seams.contains(.cursorBeforeApply) {
            record(.applyOK(begin.id, setID: begin.setID, functions: begin.functions, at: now))
        }
        effect(.commitApply(begin.id))
    }

    /// Whether every edit still finds the version it was decided on, and the set still waits.
    private func isCurrent(_ running: RunningApply) -> Bool {
        let plan = running.plan
        let file = index.files[plan.path]
        if let resolution = running.resolution {
            guard state.conflicts.contains(where: { $0.id == resolution.conflict && $0.isBlocking })
            else { return false }
        }
        let entry = state.inbound[plan.setID]
        return plan.edits.allSatisfy { edit in
            let pending = entry?.changes.first { $0.change.function == edit.function }
            // What is pushed by now is pushed from the new file.
            let endsMove = pending?.hasArrived == true && pending?.leaves == plan.path
            return file?.unit(edit.target)?.auraID == edit.expectedAuraID
                && (running.resolution != nil || pending != nil)
                && (endsMove || state.inFlight(edit.target) == nil)
                && isFree(edit, running)
        }
    }

    /// Whether what is brought in did not come up in another file meanwhile.
    private func isFree(_ edit: ApplyEdit, _ running: RunningApply) -> Bool {
        guard case .insert = edit.action, let place = index.places[edit.function] else {
            return true
        }
        return running.sources.contains(place)
    }

    /// An answer to a plan that was dropped since says nothing, except how the file stands.
    mutating func finishApply(_ id: ApplyID, _ outcome: ApplyOutcome) {
        guard let running, running.plan.id == id else {
            if case .changedUnderneath(let observation) = outcome { observe(observation) }
            return
        }
        let plan = running.plan
        self.running = nil
        let functions = plan.edits.map(\.function)
        switch outcome {
        case .applied(let observation):
            lastAppliedAt = now
            overtaken[plan.path] = nil
            noteUncommitted(plan)
            if !seams.contains(.cursorBeforeApply) {
                record(.applyOK(id, setID: plan.setID, functions: functions, at: now))
            }
            misfits.join(at: plan.path)
            markLeaving(plan.setID)
            touchedPaths.formUnion(functions.compactMap { index.places[$0] })
            if let resolution = running.resolution { finish(resolution) }
            noteReplaced(by: plan)
            observe(observation)
            readLeftovers(plan.setID)
        case .failed(let reason):
            recordFailure(plan, reason)
            // A text that a person chose and that does not fit holds nothing else back.
            if running.resolution == nil {
                let isSought = ApplyMisfit(rawValue: reason) != nil && seekMisfit(in: plan)
                if !isSought { failedPaths.insert(plan.path) }
            }
            touchedPaths.insert(plan.path)
        case .changedUnderneath(let observation):
            recordFailure(plan, "changed_underneath")
            observe(observation)
            noteOvertaken(at: plan.path)
        }
    }

    /// A file that is another one at every attempt is left alone for a while: attempts go into the log,
    /// and one plan that is made and dropped without an end would keep a processor busy.
    private mutating func noteOvertaken(at path: String) {
        overtaken[path, default: 0] += 1
        guard overtaken[path] == Self.overtakenMax else { return }
        overtaken[path] = nil
        failedPaths.insert(path)
    }

    private static var overtakenMax: Int { 5 }

    /// Has a plan that does not fit tried in parts, down to the edit that is to blame.
    ///
    /// - Returns: false when that edit ends a half made move, which no conflict can hold.
    private mutating func seekMisfit(in plan: ApplyPlan) -> Bool {
        if plan.edits.count > 1 {
            misfits.divide(plan)
            return true
        }
        let pending = state.inbound[plan.setID]?.changes.first {
            $0.change.function == plan.edits.first?.function
        }
        guard let pending, !pending.hasArrived else { return false }
        misfits.refuse(pending, at: plan.path)
        return true
    }

    private mutating func recordFailure(_ plan: ApplyPlan, _ reason: String) {
        record(
            .applyFailed(
                plan.id, setID: plan.setID, path: plan.path,
                functions: plan.edits.map(\.function), reason: reason,
                RecordLabel(plan.edits, at: now)))
    }

    /// Ends an apply that a crash left open. A file that is what it was, or that somebody changed
    /// since, is decided again, unit by unit, against its fresh reading: nothing is overwritten
    /// that the decision did not see.
    mutating func resumeApply(_ id: ApplyID, _ digest: ContentDigest?) {
        guard let begin = state.applying, begin.id == id else { return }
        if digest == begin.postDigest || seams.contains(.countsInterruptedApply) {
            record(.applyOK(id, setID: begin.setID, functions: begin.functions, at: now))
            markLeaving(begin.setID)
            touchedPaths.formUnion(begin.functions.compactMap { index.places[$0] })
        } else {
            let reason = digest == begin.preDigest ? "interrupted" : "changed_underneath"
            record(
                .applyFailed(
                    id, setID: begin.setID, path: begin.path, functions: begin.functions,
                    reason: reason, RecordLabel(names: [], auraID: nil, at: now)))
        }
        requestObservation(begin.path)
    }

    mutating func retryApplies(_ path: String?) {
        if let path { failedPaths.remove(path) } else { failedPaths = [] }
    }
}
