// Putting a delivered change into a source file: splice, parse, compare with what was announced,
// and only then write.

import LiveProtocol
import SourceAnalysis
import Support

/// New bytes of a file, checked and waiting for the intention to be durable.
struct PreparedApply: Sendable {
    let plan: ApplyPlan
    /// The file as it is; nil when it does not exist yet.
    let before: ReadSource?
    let source: ReadSource
    let order: [FunctionID?]
    /// The file goes with its last unit.
    let removesFile: Bool
}

extension PeerAgent {
    /// The word for a file that was excluded while a change for it was on its way.
    private static let excluded = "excluded"

    /// Makes the new bytes of a plan and checks them; writes nothing.
    func prepareApply(_ plan: ApplyPlan) -> [PeerEffect] {
        guard gitStands else {
            hold(plan)
            return []
        }
        guard admitsNow(plan.path) else {
            return decide(.applyFinished(plan.id, .failed(reason: Self.excluded)))
        }
        do throws(ApplyObstacle) {
            let prepared = try prepare(plan)
            self.prepared[plan.id] = prepared
            let begin = ApplyBegin(
                id: plan.id, setID: plan.setID, path: plan.path,
                functions: plan.edits.map(\.function), preDigest: prepared.before?.digest,
                postDigest: prepared.removesFile ? nil : prepared.source.digest)
            // The whole file as it was: small, and it restores more than the replaced spans alone.
            return decide(.applyPrepared(begin, preImage: prepared.before?.bytes ?? []))
        } catch {
            return decide(.applyFinished(plan.id, outcome(of: error, plan)))
        }
    }

    /// Writes prepared bytes and tells the core what the file is now.
    func commitApply(_ id: ApplyID) -> [PeerEffect] {
        guard let work = prepared.removeValue(forKey: id) else { return [] }
        let path = work.plan.path
        do throws(ApplyObstacle) { try checkHolders(work.plan) } catch {
            return decide(.applyFinished(id, outcome(of: error, work.plan)))
        }
        do throws(ApplyFailure) {
            var receipt: ApplyReceipt?
            let executable = work.source.isExecutable
            switch work.before {
            case let before? where work.removesFile:
                _ = try writer.remove(path, expecting: before.content)
                lastDigests[path] = nil
                let gone = FileObservation.missing(path, grammar: work.source.grammar)
                return decide(.applyFinished(id, .applied(gone)))
            case let before?:
                receipt = try writer.replace(
                    path, with: work.source.bytes, expecting: before.content,
                    executable: executable == before.isExecutable ? nil : executable)
            case nil:
                receipt = try writer.create(
                    path, bytes: work.source.bytes, mode: executable ? 0o755 : 0o644)
            }
            for warning in receipt?.warnings ?? [] {
                parts.logger.warning(
                    "a change could not keep all of its file",
                    metadata: ["path": "\(path)", "what": "\(warning.words)"])
            }
            let observation = work.source.observation(knownIDs: work.order)
            var effects = decide(.applyFinished(id, .applied(observation)))
            remember(work.source)
            // What was saved over it at once is a save like any other.
            if receipt?.isOvertaken == true { effects += observe([path]) }
            return effects
        } catch {
            parts.logger.warning(
                "a change could not be applied", metadata: ["why": "\(error)"])
            return decide(.applyFinished(id, outcome(of: .write(error), work.plan)))
        }
    }

    // MARK: Preparing

    private func prepare(_ plan: ApplyPlan) throws(ApplyObstacle) -> PreparedApply {
        try checkHolders(plan)
        let current = try readCurrent(plan.path)
        if let obstacle = current.flatMap({ _ in writer.obstacle(to: plan.path) }) {
            throw .write(ApplyFailure(path: plan.path, why: obstacle))
        }
        let (source, order) = try checkedSplice(plan, current)
        let isEmpty = !source.bytes.contains { $0 > 0x20 }
        return PreparedApply(
            plan: plan, before: current, source: source, order: order,
            removesFile: current != nil
                && (plan.leavesNoUnits && isEmpty || plan.wholeText == .some(nil)))
    }

    /// What leaves a file at the end of a move must still stand in the other one.
    private func checkHolders(_ plan: ApplyPlan) throws(ApplyObstacle) {
        for holder in plan.holders.sorted() { _ = try readCurrent(holder) }
    }

    /// The file as it is; it must be the one the plan was made on.
    private func readCurrent(_ path: String) throws(ApplyObstacle) -> ReadSource? {
        let current: ReadSource?
        do throws(SourceProblem) { current = try parts.reader.read(path) } catch {
            throw .word(error.word)
        }
        guard current?.digest == lastDigests[path] else {
            // What git puts there is not told as somebody's save.
            throw gitStands ? .changed(current, at: path) : .word("git_busy")
        }
        return current
    }

    /// The new bytes, parsed and checked. Layout is adapted by rule; where that changes a unit (a
    /// string over several lines, a comment that becomes part of what follows it), the text goes in
    /// as it came.
    private func checkedSplice(
        _ plan: ApplyPlan, _ current: ReadSource?
    ) throws(ApplyObstacle) -> (ReadSource, [FunctionID?]) {
        for layout in SpliceLayout.allCases.dropLast() {
            do throws(ApplyObstacle) { return try checkedSplice(plan, current, layout) } catch {
                guard case .word = error else { throw error }
            }
        }
        return try checkedSplice(plan, current, .joined)
    }

    private func checkedSplice(
        _ plan: ApplyPlan, _ current: ReadSource?, _ layout: SpliceLayout
    ) throws(ApplyObstacle) -> (ReadSource, [FunctionID?]) {
        let spliced = try splice(plan, current, layout)
        let source: ReadSource
        do throws(SourceProblem) {
            source = try parts.reader.parse(
                spliced.bytes, path: plan.path,
                isExecutable: plan.makesExecutable(current?.isExecutable ?? false))
        } catch { throw .misfit(.parseError) }
        if source.isExecutable, !parts.reader.tracksModes { throw .word("mode_not_kept") }
        let order = spliced.order + (source.isExecutable ? [modeID(in: plan)] : [])
        try check(source, order, plan, brokenBefore: current?.file.hasErrors ?? false)
        return (source, order)
    }

    private func splice(
        _ plan: ApplyPlan, _ current: ReadSource?, _ layout: SpliceLayout
    ) throws(ApplyObstacle) -> SpliceResult {
        let ids = (core.index.files[plan.path]?.units ?? []).map(\.id)
        if let text = plan.wholeText {
            let id = plan.edits.first { $0.unit == .file }?.function
            return SpliceResult(bytes: text ?? [], order: text == nil ? [] : [id])
        }
        let edits = plan.spliceEdits { function in
            guard let current, let index = ids.firstIndex(of: function) else { return nil }
            return UnitText(head: Array(current.bytes[current.file.units[index].head]))
        }
        do throws(SpliceFailure) {
            return try SourceSplice.apply(
                edits, to: current?.bytes ?? [],
                spans: current.map { $0.file.spans(ids: Array(ids.prefix($0.file.units.count))) }
                    ?? [],
                layout: layout)
        } catch { throw .word(error.word) }
    }

    /// Who the mode of the file is: it comes with the plan, or it was there before.
    private func modeID(in plan: ApplyPlan) -> FunctionID? {
        plan.edits.first { $0.unit == .mode }?.function
            ?? core.index.files[plan.path]?.units.first { $0.kind == .mode }?.id
    }

    /// Each edited unit must now be what was announced, and nothing may be broken that was not.
    private func check(
        _ source: ReadSource, _ order: [FunctionID?], _ plan: ApplyPlan, brokenBefore: Bool
    ) throws(ApplyObstacle) {
        if plan.wholeText == .some(nil) { return }
        let units = source.units
        guard units.count == order.count else { throw .misfit(.unitsShifted) }
        if source.file.hasErrors && !brokenBefore { throw .misfit(.parseError) }
        for edit in plan.edits {
            let unit = zip(order, units).first { $0.0 == edit.target }?.1
            switch (edit.action, unit) {
            case (.delete, nil), (.mergeLines, nil): continue
            case (.delete, _?), (_, nil): throw .misfit(.unitsShifted)
            case (_, let unit?):
                if let announced = edit.announcedAuraID, unit.auraID != announced {
                    throw .misfit(.hashDiffers)
                }
            }
        }
    }

    private func outcome(of obstacle: ApplyObstacle, _ plan: ApplyPlan) -> ApplyOutcome {
        switch obstacle {
        case .word(let word): return .failed(reason: word)
        case .write(let failure):
            guard case .changedUnderneath = failure.why else {
                return .failed(reason: failure.why.word)
            }
            do throws(SourceProblem) {
                return changedUnderneath(try parts.reader.read(plan.path), at: plan.path)
            } catch { return .failed(reason: error.word) }
        case .changed(let current, let path):
            return changedUnderneath(current, at: path)
        }
    }

    private func changedUnderneath(_ source: ReadSource?, at path: String) -> ApplyOutcome {
        guard gitStands else { return .failed(reason: "git_busy") }
        guard admitsNow(path) else { return .failed(reason: Self.excluded) }
        lastDigests[path] = source?.digest
        guard let source else {
            guard let grammar = parts.reader.grammar(of: path) else {
                return .failed(reason: "no_grammar")
            }
            return .changedUnderneath(.missing(path, grammar: grammar))
        }
        return .changedUnderneath(source.observation())
    }
}

/// Why an apply was not made.
private enum ApplyObstacle: Error {
    static func misfit(_ misfit: ApplyMisfit) -> Self { .word(misfit.rawValue) }

    case word(String)
    case write(ApplyFailure)
    /// The file is not the one the plan was made on; this is what it is.
    case changed(ReadSource?, at: String)
}
