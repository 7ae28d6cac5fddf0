// Putting a delivered change into a source file: splice, parse, compare with what was announced,
// and only then write.

import LiveProtocol
import SourceAnalysis
import Support

/// New bytes of a file, checked and waiting for the intention to be durable.
struct PreparedApply: Sendable {
    let plan: ApplyPlan
    let source: ReadSource
    let order: [FunctionID?]
    /// Nil when the file does not exist yet.
    let preDigest: ContentDigest?
    /// Nil when the file goes with its last unit.
    let removesFile: Bool
}

extension PeerAgent {
    /// Makes the new bytes of a plan and checks them; writes nothing.
    func prepareApply(_ plan: ApplyPlan) -> [PeerEffect] {
        do throws(ApplyObstacle) {
            let prepared = try prepare(plan)
            self.prepared[plan.id] = prepared
            let begin = ApplyBegin(
                id: plan.id, setID: plan.setID, path: plan.path,
                functions: plan.edits.map(\.function), preDigest: prepared.preDigest,
                postDigest: prepared.removesFile ? nil : prepared.source.digest)
            return decide(.applyPrepared(begin, preImage: preImage(of: prepared)))
        } catch {
            return decide(.applyFinished(plan.id, outcome(of: error, plan)))
        }
    }

    /// Writes prepared bytes and tells the core what the file is now.
    func commitApply(_ id: ApplyID) -> [PeerEffect] {
        guard let work = prepared.removeValue(forKey: id) else { return [] }
        do throws(ApplyFailure) {
            let path = work.plan.path
            if work.removesFile, let digest = work.preDigest {
                _ = try writer.remove(path, expecting: digest)
                lastDigests[path] = nil
                let gone = FileObservation.missing(path, grammar: work.source.grammar)
                return decide(.applyFinished(id, .applied(gone)))
            }
            if let digest = work.preDigest {
                _ = try writer.replace(path, with: work.source.bytes, expecting: digest)
            } else {
                _ = try writer.create(path, bytes: work.source.bytes)
            }
            let observation = FileObservation(
                path: path, file: work.source.file, bytes: work.source.bytes,
                grammar: work.source.grammar, head: .asKnown, knownIDs: work.order)
            let effects = decide(.applyFinished(id, .applied(observation)))
            remember(work.source)
            return effects
        } catch {
            parts.logger.warning(
                "a change could not be applied", metadata: ["why": "\(error)"])
            return decide(.applyFinished(id, outcome(of: .write(error), work.plan)))
        }
    }

    // MARK: Preparing

    private func prepare(_ plan: ApplyPlan) throws(ApplyObstacle) -> PreparedApply {
        let current = try readCurrent(plan)
        if let obstacle = current.flatMap({ _ in writer.obstacle(to: plan.path) }) {
            throw .write(ApplyFailure(path: plan.path, why: obstacle))
        }
        let (source, order) = try checkedSplice(plan, current)
        let isEmpty = !source.bytes.contains { $0 > 0x20 }
        return PreparedApply(
            plan: plan, source: source, order: order, preDigest: current?.digest,
            removesFile: plan.leavesNoUnits && isEmpty && current != nil)
    }

    /// The file as it is; it must be the one the plan was made on.
    private func readCurrent(_ plan: ApplyPlan) throws(ApplyObstacle) -> ReadSource? {
        let current: ReadSource?
        do throws(SourceProblem) { current = try parts.reader.read(plan.path) } catch {
            switch error {
            case .notNow: throw .word("locked")
            case .never: throw .word("unreadable")
            }
        }
        guard current?.digest == lastDigests[plan.path] else { throw .changed(current) }
        return current
    }

    /// The new bytes, parsed and checked. Layout is adapted by rule; where that changes a unit (a
    /// string over several lines), the text goes in as it came.
    private func checkedSplice(
        _ plan: ApplyPlan, _ current: ReadSource?
    ) throws(ApplyObstacle) -> (ReadSource, [FunctionID?]) {
        do throws(ApplyObstacle) { return try checkedSplice(plan, current, .adapted) } catch {
            guard case .word = error else { throw error }
            return try checkedSplice(plan, current, .verbatim)
        }
    }

    private func checkedSplice(
        _ plan: ApplyPlan, _ current: ReadSource?, _ layout: SpliceLayout
    ) throws(ApplyObstacle) -> (ReadSource, [FunctionID?]) {
        let spliced = try splice(plan, current, layout)
        let source: ReadSource
        do throws(SourceProblem) {
            source = try parts.reader.parse(
                spliced.bytes, path: plan.path, mode: current?.mode ?? 0o644)
        } catch { throw .word("parse_error") }
        try check(source, spliced.order, plan, brokenBefore: current?.file.hasErrors ?? false)
        return (source, spliced.order)
    }

    private func splice(
        _ plan: ApplyPlan, _ current: ReadSource?, _ layout: SpliceLayout
    ) throws(ApplyObstacle) -> SpliceResult {
        let ids = (core.index.files[plan.path]?.units ?? []).map(\.id)
        let edits = plan.spliceEdits { function in
            guard let current, let index = ids.firstIndex(of: function) else { return nil }
            return UnitText(head: Array(current.bytes[current.file.units[index].head]))
        }
        do throws(SpliceFailure) {
            return try SourceSplice.apply(
                edits, to: current?.bytes ?? [], spans: current?.file.spans(ids: ids) ?? [],
                layout: layout)
        } catch { throw .word(error.word) }
    }

    /// Each edited unit must now be what was announced, and nothing may be broken that was not.
    private func check(
        _ source: ReadSource, _ order: [FunctionID?], _ plan: ApplyPlan, brokenBefore: Bool
    ) throws(ApplyObstacle) {
        guard source.file.units.count == order.count else { throw .word("units_shifted") }
        if source.file.hasErrors && !brokenBefore { throw .word("parse_error") }
        for edit in plan.edits {
            let unit = zip(order, source.file.units).first { $0.0 == edit.function }?.1
            switch (edit.action, unit) {
            case (.delete, nil): continue
            case (.delete, _?), (_, nil): throw .word("units_shifted")
            case (_, let unit?):
                if let announced = edit.announcedAuraID, unit.auraID != announced {
                    throw .word("hash_differs")
                }
            }
        }
    }

    private func preImage(of prepared: PreparedApply) -> [UInt8] {
        // The whole file as it was: small, and it restores more than the replaced spans alone.
        guard prepared.preDigest != nil,
            case .success(let source?) = Result(catching: {
                try parts.reader.read(prepared.plan.path)
            }),
            source.digest == prepared.preDigest
        else { return [] }
        return source.bytes
    }

    private func outcome(of obstacle: ApplyObstacle, _ plan: ApplyPlan) -> ApplyOutcome {
        switch obstacle {
        case .word(let word): return .failed(reason: word)
        case .write(let failure):
            guard case .changedUnderneath = failure.why else {
                return .failed(reason: failure.why.word)
            }
            do throws(SourceProblem) {
                return changedUnderneath(try parts.reader.read(plan.path), plan)
            } catch { return .failed(reason: "unreadable") }
        case .changed(let current):
            return changedUnderneath(current, plan)
        }
    }

    private func changedUnderneath(_ source: ReadSource?, _ plan: ApplyPlan) -> ApplyOutcome {
        lastDigests[plan.path] = source?.digest
        guard let source else {
            guard let grammar = SourceGrammars.stamp(forPath: plan.path) else {
                return .failed(reason: "no_grammar")
            }
            return .changedUnderneath(.missing(plan.path, grammar: grammar))
        }
        return .changedUnderneath(
            FileObservation(
                path: source.path, file: source.file, bytes: source.bytes,
                grammar: source.grammar))
    }
}

/// Why an apply was not made.
private enum ApplyObstacle: Error {
    case word(String)
    case write(ApplyFailure)
    /// The file is not the one the plan was made on; this is what it is.
    case changed(ReadSource?)
}
