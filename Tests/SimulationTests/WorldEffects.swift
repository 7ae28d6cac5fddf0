// What a driver does with the core's effects, on files and a disk in memory.

import LiveProtocol
import LiveSync
import Support

extension World {
    /// - Parameter pauses: time may pass, and a crash come, before a file is written.
    mutating func perform(_ peer: Int, pauses: Bool = true) throws {
        while let effect = peers[peer].effects.first {
            if case .append = effect {
                try acknowledgeEarly(peer)
                return
            }
            if case .commitApply = effect, pauses, Int.random(in: 0..<3, using: &generator) == 0 {
                return
            }
            peers[peer].effects.removeFirst()
            switch effect {
            case .append: return
            case .send(let set):
                try invariants.checkPush(set, of: peer, peers[peer])
                post(.push(try peers[peer].sign(set), set), from: peer)
            case .ackDelivery(let through):
                try invariants.checkAcknowledgement(through, of: peer)
                post(.ack(through), from: peer)
            case .apply(let plan): try prepare(plan, peer)
            case .commitApply(let id): try commit(id, peer)
            case .abandonApply(let id): peers[peer].prepared[id] = nil
            case .inspectApply(let begin):
                let digest = SimulatedPeer.digest(peers[peer].files[begin.path])
                invariants.noteInspection(begin, digest, of: peer)
                peers[peer].inbox.append(.event(.applyInspected(begin.id, digest)))
            case .observe where peers[peer].setAside != nil: continue
            case .observe(let path):
                peers[peer].inbox.append(.reading(path: path, lines: peers[peer].files[path]))
            case .reconnect: try drop(peer)
            case .recheck(let delay):
                time += Int64(delay.milliseconds) + 1
                peers[peer].inbox.append(.event(.timePassed))
            case .delayPush(let id, _): peers[peer].inbox.append(.event(.pushDue(id)))
            }
        }
    }

    /// A mistake: what waits behind the append is acknowledged before the disk has it.
    private mutating func acknowledgeEarly(_ peer: Int) throws {
        guard seams.contains(.peerAcknowledgesEarly),
            let place = peers[peer].effects.firstIndex(where: {
                if case .ackDelivery = $0 { true } else { false }
            }), case .ackDelivery(let through) = peers[peer].effects.remove(at: place)
        else { return }
        try invariants.checkAcknowledgement(through, of: peer)
        post(.ack(through), from: peer)
    }

    mutating func prepare(_ plan: ApplyPlan, _ peer: Int) throws {
        // Kept until git has settled; the pause that is on its way gives it up.
        guard peers[peer].setAside == nil else { return }
        if let holder = changedHolder(of: plan, peer) { return tellChanged(holder, of: plan, peer) }
        let lines = peers[peer].files[plan.path]
        let rows = peers[peer].core?.index.files[plan.path]
        let isExpected = plan.edits.allSatisfy {
            rows?.unit($0.target)?.auraID == $0.expectedAuraID
        }
        guard case .some(let known) = peers[peer].known[plan.path] ?? .some(nil), known == lines,
            isExpected
        else {
            return tellChanged(plan.path, of: plan, peer)
        }
        let source = try language.parse(lines ?? [])
        let ids = rows?.units.map(\.id) ?? []
        let result: SpliceResult
        do {
            result = try spliced(plan, source, ids)
        } catch let failure as SpliceFailure {
            peers[peer].inbox.append(
                .event(.applyFinished(plan.id, .failed(reason: failure.word))))
            return
        } catch let misfit as ToyMisfit {
            note("misfit")
            trace.append("\(peers[peer].name) cannot apply to \(plan.path): \(misfit.why)")
            peers[peer].inbox.append(
                .event(.applyFinished(plan.id, .failed(reason: misfit.kind.rawValue))))
            return
        }
        let after = ToyLanguage.lines(result.bytes)
        peers[peer].prepared[plan.id] = SimulatedPeer.Prepared(
            plan: plan, before: lines, after: plan.leavesNoUnits && after.isEmpty ? nil : after,
            ids: result.order)
        let begin = ApplyBegin(
            id: plan.id, setID: plan.setID, path: plan.path, functions: plan.edits.map(\.function),
            preDigest: SimulatedPeer.digest(lines),
            postDigest: SimulatedPeer.digest(peers[peer].prepared[plan.id]?.after))
        peers[peer].inbox.append(
            .event(.applyPrepared(begin, preImage: source.bytes)))
    }

    /// A file with something in it that the plan takes out of another one, and that is not as last read.
    private func changedHolder(of plan: ApplyPlan, _ peer: Int) -> String? {
        plan.holders.sorted().first { peers[peer].known[$0] != .some(peers[peer].files[$0]) }
    }

    private mutating func tellChanged(_ path: String, of plan: ApplyPlan, _ peer: Int) {
        peers[peer].inbox.append(
            .changedUnderneath(plan.id, path: path, lines: peers[peer].files[path]))
    }

    /// As the agent does it: in the first layout in which every unit is still one, and every edited
    /// one what was announced.
    private mutating func spliced(
        _ plan: ApplyPlan, _ source: ToySource, _ ids: [FunctionID]
    ) throws -> SpliceResult {
        let texts = Dictionary(zip(ids, source.observed.map(\.text))) { first, _ in first }
        let edits = plan.spliceEdits { texts[$0] }
        var last = ToyMisfit(kind: .unitsShifted, why: "no layout")
        for layout in SpliceLayout.allCases {
            let result = try SourceSplice.apply(
                edits, to: source.bytes, spans: source.spans(ids: ids), layout: layout)
            let parsed = try language.parse(ToyLanguage.lines(result.bytes))
            do throws(ToyMisfit) {
                try check(plan, result, parsed)
                return result
            } catch { last = error }
        }
        throw last
    }

    private func check(
        _ plan: ApplyPlan, _ result: SpliceResult, _ parsed: ToySource
    ) throws(ToyMisfit) {
        guard parsed.observed.count == result.order.count else {
            throw ToyMisfit(
                kind: .unitsShifted,
                why: "\(parsed.observed.count) units instead of \(result.order.count)")
        }
        let auras = Dictionary(zip(result.order, parsed.observed.map(\.auraID))) { $1 }
        for edit in plan.edits where edit.announcedAuraID != nil {
            guard auras[edit.target] == edit.announcedAuraID else {
                throw ToyMisfit(
                    kind: .hashDiffers, why: "\(edit.qualifiedName) is not what was announced")
            }
        }
    }

    mutating func commit(_ id: ApplyID, _ peer: Int) throws {
        guard let prepared = peers[peer].prepared[id] else { return }
        let path = prepared.plan.path
        guard peers[peer].setAside == nil else {
            peers[peer].inbox.append(.event(.applyFinished(id, .failed(reason: "git_busy"))))
            return
        }
        let isChanged = peers[peer].files[path] != prepared.before
        if let other = isChanged ? path : changedHolder(of: prepared.plan, peer) {
            return tellChanged(other, of: prepared.plan, peer)
        }
        let old = try language.parse(prepared.before ?? []).observed
        let new = try language.parse(prepared.after ?? []).observed
        let others = try peers[peer].files.filter { $0.key != path }.values.flatMap {
            try language.parse($0).observed.compactMap(\.auraID)
        }
        try invariants.checkWrite(
            prepared.plan, from: old, to: new, elsewhere: Set(others), of: peer)
        trace.append("\(peers[peer].name) applies to \(path): \(prepared.after ?? [])")
        peers[peer].files[path] = prepared.after
        invariants.noteWrite(prepared.plan, of: peer)
        peers[peer].inbox.append(.applied(id, lines: prepared.after, ids: prepared.ids))
    }
}

/// Why a splice is not written.
private struct ToyMisfit: Error {
    let kind: ApplyMisfit
    let why: String
}
