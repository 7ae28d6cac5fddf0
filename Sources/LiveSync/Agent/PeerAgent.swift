// The thin half of the peer: one loop that feeds the core and carries out what it decides.
//
// Everything that happens comes through one queue, so events reach the core in the order in which
// they happened, and observations of a path never overtake an apply to it.

import LiveProtocol
import Logging
import SourceAnalysis
import Support
import WriteAheadLog

/// A running peer.
actor PeerAgent {
    let parts: AgentParts
    /// Another one takes its place when its files were taken away.
    var log: WriteAheadLog
    let clock: any Support.Clock
    let queue = EventQueue<AgentEvent>()
    var core: PeerCore

    // Scanning
    var scanner: TreeScanner
    let heads: HeadVersions
    var gitStates: GitStateReader
    var git = GitSettling()
    var lastCommit: String
    var calls = CallGraph()
    var pauseCauses: [String] = []
    /// Paths that changed while sync was held, or could not be read yet.
    var deferred: Set<String> = []
    var lastDigests: [String: ContentDigest] = [:]
    /// Paths of which some text differs from the shared version.
    var differing: Set<String> = []
    var admission: AgentScope
    /// Files that were not looked at because the settings file excludes them since.
    var passedOver: Set<String> = []

    // Link
    var link: WebSocketLink?
    var attempt = 0
    /// The link was closed to start over at once.
    var wantsNewLink = false
    var isConnecting = false
    var messageNumber: UInt64 = 0
    /// Pushes without an answer, by the number of their message: an error names that number.
    var sentPacks: [UInt64: SentPack] = [:]
    var versions = VersionWatch()
    /// The number of the newest push that has its answer.
    var newestAnswer: UInt64 = 0
    var policy = LinkPolicy()
    var generator: SeededGenerator
    var linkFacts = LinkFacts()
    var presence: [DeviceID: PresenceRow] = [:]
    var pendingReplies: [PendingReply] = []
    var refreshReplies: [@Sendable (ControlReply) -> Void] = []
    var editing: (function: String, since: Timestamp, last: Timestamp)?
    /// What was last said of this peer; nothing before the first link.
    var ownPresence: Presence?
    /// When that was; a clock that is set later makes it no older.
    var ownBeat: ClockMoment?

    // Applies
    var prepared: [ApplyID: PreparedApply] = [:]
    let writer: FileWriter

    /// The log could not be read whole when it was opened.
    let lostRecords: Bool
    /// Why nothing can be written to the log; nil while it works.
    var writeProblem: String?
    /// Segments of the log after it was last shortened.
    var compactedSegments = 0
    var startedAt: Timestamp
    var nextTick = Duration.zero
    private var isStopping = false

    init(
        parts: AgentParts, log: WriteAheadLog, state: PeerState, lostRecords: Bool,
        clock: any Support.Clock
    ) throws {
        self.lostRecords = lostRecords
        self.parts = parts
        self.log = log
        self.clock = clock
        let seed = UInt64.random(in: .min ... .max)
        generator = SeededGenerator(seed: seed)
        admission = AgentScope(
            scope: parts.scope, root: parts.workspace.root,
            stricter: StricterSettings(
                file: parts.workspace.configurationPath, inForce: parts.configuration.digest))
        core = PeerCore(
            identity: PeerIdentity(
                repository: parts.binding.repository, branch: parts.branch, commit: parts.commit,
                grammars: SourceGrammars.all),
            state: state, generator: SeededGenerator(seed: seed &+ 1),
            admits: admission.admits)
        scanner = try TreeScanner(parts: parts, clock: clock)
        heads = HeadVersions(repository: parts.repository, reader: parts.reader)
        gitStates = GitStateReader(repository: parts.repository)
        lastCommit = parts.commit
        writer = FileWriter(
            root: parts.workspace.root, quarantineFolder: parts.workspace.quarantineFolder,
            clock: clock)
        startedAt = clock.now
    }

    /// Scans, connects and works until ``stop()``.
    func run() async throws {
        parts.logger.info(
            "agent starts",
            metadata: [
                "branch": "\(parts.branch)", "endpoint": "\(parts.configuration.mothership)",
            ])
        forwardWatchEvents()
        let pulse = startPulse()
        defer { pulse.cancel() }
        await feed([.started, .enable])
        // What a damaged record said is unknown: the ledger and every file are read again.
        if lostRecords { await feed([.forgetLost(nil)]) }
        try await awaitGit()
        try await scanEverything()
        connect()
        while !isStopping {
            let batch = await queue.next()
            await refreshGitState()
            refreshAdmission()
            for event in batch { await take(event) }
            await drain()
            answerSettled()
        }
        scanner.stop()
        heads.close()
        link?.close(.goingAway)
    }

    /// Ends the loop after the events that came before.
    nonisolated func stop() { queue.post(.stop) }

    // MARK: The loop

    private func take(_ event: AgentEvent) async {
        switch event {
        case .pulse: await pulse()
        case .watch(let event, let time): await takeWatch(event, at: time)
        case .connected(let link, let attempt): takeConnection(link, attempt)
        case .connectFailed(let close, let attempt):
            if attempt == self.attempt { await linkEnded(close) }
        case .link(let event, let attempt):
            if attempt == self.attempt { await takeLink(event) }
        case .core(let event): work.append(contentsOf: decide(event))
        case .command(let command, let reply): await takeCommand(command, reply)
        case .tokenRenewed(let succeeded): takeRenewal(succeeded: succeeded)
        case .lookAtGit:
            git.isLookAsked = false
            if git.isOpen { askToLook() }
        case .stop: isStopping = true
        }
    }

    private func startPulse() -> Task<Void, Never> {
        let period = min(
            .seconds(1), parts.configuration.scan.tick, parts.configuration.presence.heartbeat)
        return Task { [queue] in
            while !Task.isCancelled {
                queue.post(.pulse)
                do { try await Task.sleep(for: period) } catch { return }  // cancelled
            }
        }
    }

    private func forwardWatchEvents() {
        guard let events = scanner.events else { return }
        Task { [queue, clock] in
            for await event in events { queue.post(.watch(event, at: clock.uptime)) }
        }
    }

    // MARK: Effects

    /// Effects that wait for their turn.
    var work: [PeerEffect] = []

    /// Feeds events to the core and carries out everything that follows.
    func feed(_ events: [PeerEvent]) async {
        for event in events { work.append(contentsOf: decide(event)) }
        await drain()
    }

    func decide(_ event: PeerEvent) -> [PeerEffect] {
        core.handle(event, now: clock.now)
    }

    /// Carries out what waits. All records that wait go into the log together, before anything
    /// that follows any of them.
    func drain() async {
        while !work.isEmpty {
            var drafts: [RecordDraft] = []
            var others: [PeerEffect] = []
            for effect in work {
                if case .append(let records) = effect {
                    drafts += records
                } else {
                    others.append(effect)
                }
            }
            work = []
            if !drafts.isEmpty {
                guard await append(drafts) else { return }
            }
            for effect in others { perform(effect) }
        }
    }

    private func append(_ drafts: [RecordDraft]) async -> Bool {
        guard writeProblem == nil else { return false }
        do throws(LogFailure) {
            _ = try await log.append(drafts)
            return true
        } catch {
            // The core is ahead of its log now.
            stopWriting(error.reason)
            return false
        }
    }

    /// Nothing more may leave this process; a restart folds the log again and reads every file anew.
    func stopWriting(_ reason: String) {
        writeProblem = reason
        parts.logger.critical("the log cannot be written: \(reason)")
        link?.close(.goingAway)
    }

    private func perform(_ effect: PeerEffect) {
        switch effect {
        case .append: break  // taken out before
        case .send(let set): sendPush(set)
        case .ackDelivery(let through): send(.packAck(through: through))
        case .delayPush(let id, let reject):
            later(
                reject == .rateLimitNodes || reject == .rateLimitBytes ? .seconds(2) : .seconds(1)
            ) {
                .core(.pushDue(id))
            }
        case .apply(let plan): work.append(contentsOf: prepareApply(plan))
        case .commitApply(let id): work.append(contentsOf: commitApply(id))
        case .abandonApply(let id):
            prepared[id] = nil
            git.plans.removeAll { $0.id == id }
        case .inspectApply(let begin):
            work.append(contentsOf: decide(.applyInspected(begin.id, digest(of: begin.path))))
        case .observe(let path): work.append(contentsOf: observe([path]))
        case .recheck(let delay): later(delay) { .core(.timePassed) }
        case .reconnect(let reason):
            parts.logger.warning("reconnecting", metadata: ["reason": "\(reason)"])
            wantsNewLink = reason == .reread
            link?.close(.normal)
        }
    }

    func later(_ delay: Duration, _ event: @escaping @Sendable () -> AgentEvent) {
        Task { [queue] in
            do { try await Task.sleep(for: delay) } catch { return }  // the process ends
            queue.post(event())
        }
    }

    private func digest(of path: String) -> ContentDigest? {
        // An unreadable file is neither of the two versions, which is what nil says.
        (try? parts.reader.read(path))?.digest
    }
}
