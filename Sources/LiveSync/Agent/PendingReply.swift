// Questions that are answered when the ledger was read: a full pull, a base derived anew.

import Support

/// A caller who waits until everything the Mothership has was read and decided.
struct PendingReply {
    let isDone: @Sendable (PeerCore) -> Bool
    let answer: @Sendable (PeerCore) -> ControlReply
    let reply: @Sendable (ControlReply) -> Void
}

/// What a pull brought, in functions.
public struct PullAnswer: Codable, Sendable {
    public let received: UInt64
    public let applied: UInt64
    /// Known already, or equal here.
    public let skipped: UInt64
    public let conflicts: UInt64
    /// Delivered and neither applied nor decided: excluded, unreadable, not writable.
    public let waiting: Int
}

/// What became of a function whose base was derived anew.
public struct ReconcileAnswer: Codable, Sendable {
    /// Where the function stands now.
    public enum Verdict: String, Codable, Sendable {
        /// What stands here is the ledger's version, or goes on top of it.
        case clean
        /// The ledger's newer version was put in.
        case reapplied = "re-applied"
        /// No base can be found; both versions wait for a decision.
        case conflict
    }

    public let function: String
    public let path: String
    /// First digits of the version that was the base before, and of the one that is now.
    public let oldBase: String?
    public let newBase: String?
    public let verdict: Verdict
    /// The conflict to decide, when there is one.
    public let conflict: String?
}

extension PeerAgent {
    /// Answers whoever waits for what is settled now.
    func answerSettled() {
        let done = pendingReplies.filter { $0.isDone(core) }
        guard !done.isEmpty else { return }
        pendingReplies.removeAll { $0.isDone(core) }
        for pending in done { pending.reply(pending.answer(core)) }
    }

    /// There is no link and none comes up: nobody waits in vain.
    func failPending(_ close: LinkClose) {
        for pending in pendingReplies { pending.reply(.failure(close)) }
        pendingReplies = []
    }

    func pull(isFull: Bool, _ reply: @escaping @Sendable (ControlReply) -> Void) async {
        guard requireLink(reply) else { return }
        let before = core.state.counters
        if isFull { await feed([.rereadLedger]) }
        pendingReplies.append(
            PendingReply(
                isDone: { $0.isSettled },
                answer: { .success(PullAnswer(since: before, $0.state)) }, reply: reply))
    }

    func reconcile(_ name: String, _ reply: @escaping @Sendable (ControlReply) -> Void) async {
        guard requireLink(reply) else { return }
        let found = core.functions(named: name)
        guard found.count == 1, let place = found.first else {
            return reply(.failure(Self.unclear(name, found)))
        }
        let before = (
            base: core.state.bases[place.id]?.auraID,
            text: core.index.locate(place.id)?.unit.textDigest
        )
        await feed([.reconcile(place.id)])
        pendingReplies.append(
            PendingReply(
                isDone: { $0.isSettled && !$0.isReconciling(place.id) },
                answer: {
                    .success(
                        ReconcileAnswer(place, oldBase: before.base, oldText: before.text, $0))
                }, reply: reply))
    }

    private func requireLink(_ reply: @Sendable (ControlReply) -> Void) -> Bool {
        if linkFacts.welcome != nil, pauseCauses.isEmpty { return true }
        let isPaused = !pauseCauses.isEmpty
        reply(
            .failure(
                PlainFailure(
                    isPaused ? "sync" : "mothership",
                    isPaused ? "is paused: \(pauseCauses.joined(separator: ", "))" : "is offline",
                    nextStep: isPaused
                        ? "end that first" : "see aura live sync status --peer mothership",
                    exitStatus: .refused)))
        return false
    }

    private static func unclear(_ name: String, _ found: [NamedFunction]) -> PlainFailure {
        guard !found.isEmpty else {
            return PlainFailure(
                "function \(name)", "is not in this working copy",
                nextStep: "write it as module::name or path#name; see aura live selective why PATH",
                exitStatus: .usage)
        }
        return PlainFailure(
            "function \(name)", "means \(found.count) functions",
            nextStep: "name one: " + found.map { "\($0.path)#\($0.name)" }.joined(separator: ", "),
            exitStatus: .usage)
    }
}

extension PullAnswer {
    init(since before: PeerCounters, _ state: PeerState) {
        let after = state.counters
        self.init(
            received: after.changesReceived - before.changesReceived,
            applied: after.changesApplied - before.changesApplied,
            skipped: after.changesSettled - before.changesSettled,
            conflicts: after.conflictsOpened - before.conflictsOpened,
            waiting: state.inbound.reduce(0) { $0 + $1.changes.count })
    }
}

extension ReconcileAnswer {
    init(
        _ place: NamedFunction, oldBase: AuraID?, oldText: ContentDigest?, _ core: PeerCore
    ) {
        let conflict = core.state.blockingConflict(of: place.id)
        let text = core.index.locate(place.id)?.unit.textDigest
        self.init(
            function: place.name, path: place.path, oldBase: oldBase?.short,
            newBase: core.state.bases[place.id]?.auraID?.short,
            verdict: conflict != nil ? .conflict : text == oldText ? .clean : .reapplied,
            conflict: conflict?.id.short)
    }
}
