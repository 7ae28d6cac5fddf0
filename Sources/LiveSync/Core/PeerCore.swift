// The peer as a state machine: events in, effects out. No I/O, no waiting, no clock; time and
// chance are arguments, so that the simulator runs this same code.
//
// What must survive a restart is in `state`, a fold over the records that `handle` appends. The
// rest is known again once the working copy was read and the link is up.

import LiveProtocol
import Support
import WriteAheadLog

/// Who this peer is, and what it can parse.
public struct PeerIdentity: Hashable, Sendable {
    public var repository: String
    public var branch: String
    /// The commit that is checked out; empty when unborn.
    public var commit: String
    /// Digest of the grammar, by language name.
    public var grammars: [String: ContentDigest]

    public init(
        repository: String, branch: String, commit: String, grammars: [String: ContentDigest]
    ) {
        self.repository = repository
        self.branch = branch
        self.commit = commit
        self.grammars = grammars
    }
}

/// The peer's decisions.
///
/// Example: `for effect in core.handle(.observed(file), now: clock.now) { await perform(effect) }`
public struct PeerCore: Sendable {
    public internal(set) var state: PeerState
    public internal(set) var index: LocalIndex
    public internal(set) var identity: PeerIdentity
    /// What the Mothership announced; nil while the link is down.
    public internal(set) var limits: ServerLimits?
    public internal(set) var isScanned = false
    /// Says which paths are synced. Pure: the same path, the same answer.
    public var admits: @Sendable (String) -> Bool
    /// Mistakes a test plants; none in a product.
    public var seams: Set<Seam> = []

    var generator: SeededGenerator
    /// Texts of units that differ from the ledger's version, for changes and conflicts.
    var dirtyTexts: [FunctionID: UnitText] = [:]
    /// Texts of units that stand in an old file until their move has left it, as last read.
    var leftTexts: [FunctionID: UnitText] = [:]
    /// Units whose text a conflict has to keep although it is the shared version.
    var wantedTexts: Set<FunctionID> = []
    var running: RunningApply?
    /// When a change last got into a file, in this run.
    var lastAppliedAt: Timestamp?
    /// Units whose identity was made in this run: nobody else can know them yet.
    var newcomers: Set<FunctionID> = []
    /// Units that stood in a file and stand in none now, as they were when they went.
    var departed: [FunctionID: DepartedUnit] = [:]
    /// When the next timer for ``PeerEvent/timePassed`` ends; nil while none runs.
    var recheckAt: Timestamp?
    /// What the link may still send; nil while there is none.
    var pace: SendingPace?
    /// Functions whose base is being derived anew; they wait for the ledger.
    var reconciling: Set<FunctionID> = []
    /// Files whose last apply failed; tried again when they were read anew or on request.
    var failedPaths: Set<String> = []
    /// What was found not to fit into its file, and where that is being found out.
    var misfits = Misfits()
    /// Files that an effect asked to read; the answer is on its way.
    var awaitedPaths: Set<String> = []
    /// Files that were read since the start: only of those the index is no mere memory.
    var observedPaths: Set<String> = []
    /// Files whose queued changes have to be computed again.
    var touchedPaths: Set<String> = []
    /// The ledger's head when the link came up: what is queued here waits until it was read, so
    /// that it is pushed on bases, and under identities, that are not long gone.
    var catchUpTarget: UInt64 = 0
    /// What the ledger said, while it is read from its start to hold the bases against it.
    var heard: [FunctionID: HeardHistory]?
    /// Sets that went out before and have to go out over this link as well, the last one first.
    var unanswered: [ChangeSetID] = []
    /// How often in a row a file was another one than its plan was made for.
    var overtaken: [String: Int] = [:]
    /// What received changes replaced within the last minute, by function.
    var replaced: [FunctionID: ReplacedText] = [:]
    /// Received texts that were delivered once more, because a save had crossed them.
    var crossed: [FunctionID: AuraID] = [:]
    /// Received changes that git's HEAD does not have, by function.
    var uncommitted: [FunctionID: UncommittedChange] = [:]
    /// Received changes that the next save here took back, newest last.
    public internal(set) var reverts: [RevertedApply] = []
    var now = Timestamp(rawValue: 0)
    private var drafts: [RecordDraft] = []
    private var effects: [PeerEffect] = []

    struct RunningApply: Sendable {
        var plan: ApplyPlan
        /// Files that units of this plan come from.
        var sources: Set<String> = []
        /// The conflict that this apply resolves, and how; nil for a delivered change.
        var resolution: Resolution?
        var isCommitting = false
    }

    /// - Parameter state: folded from the log.
    /// - Parameter index: from the cache; an empty one is filled by the first scan.
    /// - Parameter generator: seeded differently at every start.
    public init(
        identity: PeerIdentity, state: PeerState = PeerState(), index: LocalIndex = LocalIndex(),
        generator: SeededGenerator, admits: @escaping @Sendable (String) -> Bool = { _ in true }
    ) {
        self.identity = identity
        self.state = state
        self.index = index
        self.generator = generator
        self.admits = admits
        for (old, new) in state.adopted.sorted(by: { $0.key < $1.key }) {
            guard let path = index.places[old], index.places[new] == nil,
                state.isMeant(by: new, not: old, at: path)
            else { continue }
            self.index.relabel(old, as: new, at: path)
        }
    }

    /// Takes one event and says what has to be done.
    public mutating func handle(_ event: PeerEvent, now: Timestamp) -> [PeerEffect] {
        self.now = now
        dispatch(event)
        advance()
        let records = drafts.isEmpty ? [] : [PeerEffect.append(drafts)]
        let all = records + effects
        (drafts, effects) = ([], [])
        return all
    }

    private mutating func dispatch(_ event: PeerEvent) {
        switch event {
        case .started: start()
        case .observed(let observation): observe(observation)
        case .observedTogether(let files): for file in files { observe(file) }
        case .unobservable(let path): awaitedPaths.remove(path)
        case .timePassed: recheckAt = nil
        case .scanCompleted: finishScan()
        case .linkUp(let welcome): linkUp(welcome)
        case .linkDown:
            limits = nil
            pace = nil
            unanswered = []
        case .pushResult(let result): finishPush(result)
        case .pushRefused(let id, let reject): refusePush(id, reject)
        case .pushDue(let id): resend(id)
        case .retryRefused(let reject): retryRefused(reject)
        case .delivery(let delivery): receive(delivery)
        case .applyPrepared(let begin, let preImage): beginApply(begin, preImage)
        case .applyFinished(let id, let outcome): finishApply(id, outcome)
        case .applyInspected(let id, let digest): resumeApply(id, digest)
        case .retryApplies(let path): retryApplies(path)
        case .retrySetAside: retrySetAside()
        case .enable: change(to: .active)
        case .disable: change(to: .off)
        case .pause(let causes): if state.lifecycle != .off { change(to: .paused(causes: causes)) }
        case .resume: if state.lifecycle != .off { change(to: .active) }
        case .headMoved(let commit): identity.commit = commit
        case .resolveConflict(let id, let choice): resolveConflict(id, choice)
        case .reopenConflict(let id): reopenConflict(id)
        case .mergeConflict(let id, let text): mergeConflict(id, text)
        case .reconcile(let function): reconcile(function)
        case .rereadLedger: rereadLedger()
        case .impact(let notice, let callers, let certainty):
            openImpact(notice, callers, certainty)
        case .resolveImpact(let id): resolveImpact(id)
        case .forgetLost(let functions): forgetLost(functions)
        case .writeCheckpoint: for part in state.checkpoint() { record(part) }
        }
    }

    /// Whatever became possible: settle what was delivered, queue what was saved, send, apply.
    private mutating func advance() {
        linkMoves()
        endVerifying()
        endReconciling()
        decideInbound()
        refreshTouched()
        sendQueued()
    }

    /// Folds a record and appends it.
    mutating func record(_ record: PeerRecord) {
        state.fold(record)
        drafts.append(record.draft)
    }

    /// How many records this event has made so far.
    var recordCount: Int { drafts.count }

    /// Adds an effect; it is performed after all records of this event are durable.
    mutating func effect(_ effect: PeerEffect) { effects.append(effect) }

    /// Asks for a fresh reading of a file, once until it comes.
    mutating func requestObservation(_ path: String) {
        if awaitedPaths.insert(path).inserted { effect(.observe(path: path)) }
    }

    // MARK: Condition

    private mutating func start() {
        if let begin = state.applying { effect(.inspectApply(begin)) }
    }

    /// What the ledger or the cache has and the scan did not meet is read once more: a file that
    /// went away while nobody looked is a deletion.
    private mutating func finishScan() {
        isScanned = true
        // The settings may be others than before the start.
        retrySetAside()
        let known = Set(index.files.keys).union(state.bases.livePaths)
        for path in known.subtracting(observedPaths).sorted() where admits(path) {
            requestObservation(path)
        }
    }

    private mutating func change(to lifecycle: Lifecycle) {
        guard state.lifecycle != lifecycle else { return }
        record(.stateChanged(.lifecycle(lifecycle)))
        touchedPaths.formUnion(observedPaths)
        if let running, !running.isCommitting {
            effect(.abandonApply(running.plan.id))
            self.running = nil
        }
    }

    /// Forgets bases that lost records may have moved: a full reading of the ledger and of the
    /// working copy finds again what is true.
    private mutating func forgetLost(_ functions: [FunctionID]?) {
        if functions == nil { renameQueued() }
        record(.stateChanged(.baselineReset(functions)))
        touchedPaths.formUnion(index.files.keys)
        for path in index.files.keys.sorted() { requestObservation(path) }
        if functions == nil, limits != nil { readAgain() }
    }

    /// Gives what is queued new names: that a set went out already may be what was lost, and the
    /// Mothership would answer its old name as it did then.
    private mutating func renameQueued() {
        for entry in state.outbound where entry.isQueued {
            var set = entry.set
            set.id = .random(using: &generator)
            record(.enqueued(set, path: entry.path, supersedes: [entry.id], at: entry.enqueuedAt))
        }
    }
}
