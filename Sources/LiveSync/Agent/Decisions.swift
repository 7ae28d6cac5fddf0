// What people decide about conflicts and impacts, carried out one at a time.

import LiveProtocol
import Support

extension PeerAgent {
    func resolve(
        _ id: String, _ choice: ConflictChoice, _ reply: @Sendable (ControlReply) -> Void
    ) async {
        guard let conflict = find(id, reply, among: \.isBlocking) else { return }
        if choice == .remote, refuseExcluded(conflict, reply) { return }
        await feed([.resolveConflict(conflict.id, choice)])
        if choice != .dismiss, core.state.blockingConflict(of: conflict.function)?.state == .open {
            return reply(
                .failure(
                    PlainFailure(
                        conflict.qualifiedName,
                        "cannot be taken as it is: what stands in the file does not allow it",
                        nextStep: "take local, or first take away what only this side has in it")))
        }
        reply(.success(snapshot()))
    }

    /// Nothing is written into a file that is excluded.
    ///
    /// - Returns: true when the choice was refused for that.
    private func refuseExcluded(
        _ conflict: Conflict, _ reply: @Sendable (ControlReply) -> Void
    ) -> Bool {
        guard !admitsNow(conflict.path) else { return false }
        reply(
            .failure(
                PlainFailure(
                    conflict.path, "is excluded here, so that nothing is written into it",
                    nextStep: "admit it in .aura/live.toml, or take local")))
        return true
    }

    func reopen(_ id: String, _ reply: @Sendable (ControlReply) -> Void) async {
        guard let conflict = find(id, reply, among: { $0.state == .dismissed }) else { return }
        await feed([.reopenConflict(conflict.id)])
        reply(.success(snapshot()))
    }

    /// Writes the merged text; the conflict ends only when the file has it.
    func merge(
        _ id: String, _ text: [UInt8]?, _ reply: @Sendable (ControlReply) -> Void
    ) async {
        guard let conflict = find(id, reply, among: \.isBlocking) else { return }
        if refuseExcluded(conflict, reply) { return }
        if conflict.remote.unit == .mode || text == nil && conflict.remote.unit.isSingle {
            return reply(
                .failure(
                    PlainFailure(
                        conflict.qualifiedName, "cannot stand twice beside itself",
                        nextStep: "take local or remote", exitStatus: .usage)))
        }
        if text != nil, conflict.remote.unit == .type {
            return reply(
                .failure(
                    PlainFailure(
                        conflict.qualifiedName, "is a type; its members are units of their own",
                        nextStep: "take local or remote, then edit the file",
                        exitStatus: .usage)))
        }
        if text != nil, core.index.locate(conflict.function)?.unit.isHeldBack == true {
            return reply(
                .failure(
                    PlainFailure(
                        conflict.qualifiedName, "is half written in \(conflict.path) just now",
                        nextStep: "save it whole, or put it back, then resolve it again")))
        }
        let isWhole = conflict.remote.unit == .file
        await feed([
            .mergeConflict(
                conflict.id, text.map { isWhole ? UnitText(head: $0) : Self.unit($0) })
        ])
        guard core.state.conflicts.first(where: { $0.id == conflict.id })?.isBlocking != true
        else {
            return reply(
                .failure(
                    PlainFailure(
                        conflict.path, "could not be changed; the conflict stays open",
                        nextStep: "see aura live wal tail --filter APPLY_FAILED --n 1")))
        }
        reply(.success(snapshot()))
    }

    /// Blank lines at the end would belong to what follows the unit.
    private static func unit(_ text: [UInt8]) -> UnitText {
        var text = text
        while let last = text.last, last == 0x0A || last == 0x0D { text.removeLast() }
        return UnitText(head: text + [0x0A])
    }

    func resolveImpacts(_ id: String?, _ reply: @Sendable (ControlReply) -> Void) async {
        let open = core.state.impacts.filter(\.isOpen)
        guard let id else {
            await feed(open.map { .resolveImpact($0.id) })
            return reply(.success(snapshot()))
        }
        do throws(PlainFailure) {
            let impact = try open.only(
                id, kind: "impact", absent: "is not open", list: "aura live impacts list"
            ) { $0.id.description }
            await feed([.resolveImpact(impact.id)])
            reply(.success(snapshot()))
        } catch { reply(.failure(error)) }
    }

    private func find(
        _ id: String, _ reply: @Sendable (ControlReply) -> Void,
        among isWanted: (Conflict) -> Bool
    ) -> Conflict? {
        do throws(PlainFailure) {
            return try core.state.conflicts.filter(isWanted).only(
                id, kind: "conflict", absent: "is not there, or not in that state",
                list: "aura live conflicts list --all"
            ) { $0.id.description }
        } catch {
            reply(.failure(error))
            return nil
        }
    }
}
