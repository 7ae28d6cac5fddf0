// From the folded log to a snapshot: the part that is the same with and without a running agent.

import LiveProtocol
import Support
import WriteAheadLog

/// Who a snapshot is about.
protocol StatusSubject {
    var workspace: Workspace { get }
    var configuration: LiveConfiguration { get }
    var binding: DeviceBinding { get }
}

extension AgentParts: StatusSubject {}

/// Shows a folded state.
struct StatusFold {
    let parts: any StatusSubject
    let state: PeerState
    /// Nil before the first start.
    let log: LogStatus?
    let at: Timestamp
    /// Where functions stand now, which only a running agent knows: one that is in conflict may have
    /// been moved since.
    var places: [FunctionID: String] = [:]

    /// The snapshot without scanner, link and presence, which only a running agent knows.
    func status(source: LiveStatus.Source) -> LiveStatus {
        let (lifecycle, causes) = shownLifecycle
        return LiveStatus(
            source: source, takenAt: at, enabled: state.lifecycle != .off, lifecycle: lifecycle,
            causes: causes, root: parts.workspace.root, repository: parts.binding.repository,
            branch: Session.load(parts.workspace)?.branch ?? "-",
            endpoint: parts.configuration.mothership.description, device: parts.binding.device,
            user: parts.binding.user, version: Release.version, mothershipHome: nil, pid: nil,
            lastPush: state.lastPushAt.map {
                .init(at: $0, count: Int(clamping: state.counters.changesAcknowledged))
            },
            lastPull: state.lastPullAt.map {
                .init(at: $0, count: Int(clamping: state.counters.changesReceived))
            },
            scanner: nil, link: Self.unknownLink, wal: walStatus,
            conflicts: state.conflicts.filter { $0.state == .open }.map(row),
            dismissed: state.conflicts.filter { $0.state == .dismissed }.map(row),
            impacts: state.impacts.filter(\.isOpen).map(row), leftOut: setAside(.excluded),
            refusedDeliveries: foreignGrammars,
            recordsFolded: log?.records ?? 0,
            counters: state.counters, presence: PresenceStatus(ownBeatAt: nil, peers: []))
    }

    private var shownLifecycle: (LiveStatus.Lifecycle, [String]) {
        switch state.lifecycle {
        case .off: (.off, [])
        case .active: (.active, [])
        case .paused(let causes): (.paused, causes)
        }
    }

    private var walStatus: WALStatus {
        let waiting = state.outbound.filter { $0.isQueued || $0.isSent }
        var refused: [String: Int] = [:]
        for entry in state.outbound {
            if case .quarantined(let reject) = entry.state { refused[reject.word, default: 0] += 1 }
        }
        return WALStatus(
            records: log?.records ?? 0, segments: log?.segments ?? 0, bytes: log?.bytes ?? 0,
            pendingOut: waiting.count, pendingIn: state.inbound.count { $0.setAside == nil },
            oldestPendingAt: waiting.map(\.enqueuedAt).min(), lastSyncAt: log?.lastSync,
            lastSyncMilliseconds: log?.lastSyncDuration.map { $0.seconds * 1000 },
            durable: log?.durableLSN.rawValue ?? 0,
            acknowledged: state.counters.acknowledgedSequence,
            received: state.frontier?.sequence ?? 0, setback: state.setback,
            hasMetLedger: state.frontier != nil,
            syncPolicy: log?.syncPolicy.map(Self.words) ?? "-", refused: refused,
            failedApplies: failedApplies, writeProblem: nil, isFull: log?.condition == .diskFull,
            syncMilliseconds: (log?.recentSyncDurations ?? []).map { $0.seconds * 1000 },
            syncedBy: syncedBy, skippedApplies: skippedApplies, unpulled: setAside(.unpulled))
    }

    private var syncedBy: [String] {
        (log?.places ?? []).compactMap { place in
            if case .syncedFolder(let client) = place { client } else { nil }
        }
    }

    /// Every conflict that still holds its function back began with a change left unapplied.
    private var skippedApplies: [SkippedApply] {
        state.conflicts.filter(\.isBlocking).map {
            SkippedApply(
                function: $0.qualifiedName, path: $0.path, remote: $0.remote.auraID?.short,
                at: $0.updatedAt)
        }
    }

    private func setAside(_ reason: SetAsideReason) -> [LeftOutRow] {
        state.inbound.filter { $0.setAside == reason }.flatMap { entry in
            Dictionary(grouping: entry.changes, by: \.change.path).sorted { $0.key < $1.key }.map {
                LeftOutRow(path: $0.key, device: entry.device.short, changes: $0.value.count)
            }
        }
    }

    private var foreignGrammars: [RefusedDelivery] {
        state.inbound.filter { $0.setAside == .grammarMismatch }.map { entry in
            RefusedDelivery(
                reason: .grammar, device: entry.device.short, about: entry.grammar.language,
                at: entry.receivedAt)
        }
    }

    private var failedApplies: [WALStatus.FailedApply] {
        state.inbound.flatMap { entry in
            entry.changes.compactMap { pending in
                pending.failure.map {
                    .init(path: pending.change.path, reason: $0, at: entry.receivedAt)
                }
            }
        }
    }

    private func row(_ conflict: Conflict) -> ConflictRow {
        ConflictRow(
            id: conflict.id.short, function: conflict.qualifiedName,
            path: places[conflict.function] ?? conflict.path, kind: conflict.kind.rawValue,
            openedAt: conflict.openedAt,
            remoteDevice: conflict.remoteDevice.short, base: conflict.baseAuraID?.short,
            local: conflict.localAuraID?.short, remote: conflict.remote.auraID?.short,
            hasNewer: conflict.hasNewerRemote,
            isGhost: conflict.state == .open && conflict.localAuraID == conflict.remote.auraID
                && conflict.path == conflict.remote.path)
    }

    private func row(_ impact: Impact) -> ImpactRow {
        ImpactRow(
            id: impact.id.short, function: impact.notice.qualifiedName,
            caller: impact.callers.first?.qualifiedName ?? "-", kind: impact.notice.kind.rawValue,
            branch: impact.notice.branch, user: impact.notice.user, openedAt: impact.openedAt,
            isSuspected: impact.certainty == .suspected)
    }

    private static func words(_ policy: SyncPolicy) -> String {
        switch policy {
        case .always: "always"
        case .batch(let delay): "batch:\(delay.milliseconds)"
        }
    }

    /// What is known of a link when nobody holds one.
    static let unknownLink = LinkStatus(
        state: .offline, upSince: nil, lastSeen: nil, downSince: nil, retries: 0, nextTryIn: nil,
        breakerOpen: false, roundTripMilliseconds: nil, roundTripMillisecondsP95: nil,
        clockOffsetMilliseconds: nil, peers: 0, instance: nil, epoch: nil, serverVersion: nil,
        lastClose: nil, tokenExpiresAt: nil)
}

/// The snapshot of a working copy whose agent does not run, read from its files alone.
struct StatusFromFiles: StatusSubject {
    let workspace: Workspace
    let configuration: LiveConfiguration
    let binding: DeviceBinding

    /// Folds the log from outside; writes nothing.
    static func take(
        _ workspace: Workspace, clock: any Support.Clock
    ) throws(StatusFailure) -> LiveStatus {
        let subject = try subject(workspace)
        var state = PeerState()
        var log: LogStatus?
        var lacksRecords = false
        do throws(LogFailure) {
            let contents = try LogReader.records(at: workspace.walFolder)
            state = workspace.folded(contents)
            lacksRecords = contents.report.lacksRecords
            log = try LogReader.status(at: workspace.walFolder)
        } catch {
            // Before the first start there is no log, and nothing to tell of one.
            guard case .notALog = error else { throw .unreadable(error) }
            lacksRecords = workspace.hasLostLog
            if lacksRecords, workspace.endedUncleanly { state.lifecycle = .active }
        }
        var status = StatusFold(parts: subject, state: state, log: log, at: clock.now)
            .status(source: .files)
        status.lacksRecords = lacksRecords
        return status
    }

    /// The state that the log of a working copy folds to.
    static func fold(_ workspace: Workspace) throws(LogFailure) -> PeerState {
        PeerState.replay(try LogReader.records(at: workspace.walFolder)).state
    }

    private static func subject(
        _ workspace: Workspace
    ) throws(StatusFailure) -> StatusFromFiles {
        let configuration: LiveConfiguration
        do throws(ConfigurationFailure) {
            configuration = try LiveConfiguration.load(
                workspace.configurationPath, guestTables: SyncHost.guestTables)
        } catch { throw .configuration(error) }
        do throws(PlainFailure) {
            return StatusFromFiles(
                workspace: workspace, configuration: configuration,
                binding: try DeviceBinding.load(workspace))
        } catch { throw .files(error) }
    }
}
