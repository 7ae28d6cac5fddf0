// The snapshot a running agent gives of itself.

import Foundation
import LiveProtocol
import Support
import WriteAheadLog

extension PeerAgent {
    /// Everything at this instant; one value for every command that shows a part of it.
    func snapshot() -> LiveStatus {
        var status = StatusFold(
            parts: parts, state: core.state, log: log.status, at: clock.now,
            places: core.index.places
        ).status(source: .agent)
        status.pid = ProcessInfo.processInfo.processIdentifier
        status.branch = parts.branch
        if !pauseCauses.isEmpty { (status.lifecycle, status.causes) = (.paused, pauseCauses) }
        status.scanner = scannerStatus
        status.link = linkStatus
        status.wal.writeProblem = writeProblem
        status.wal.failedApplies += core.unexplainedWaits()
        status.wal.lostAnswers = lostAnswers
        status.wal.reverts = core.reverts
        status.mothershipHome = parts.surroundings.mothershipHome
        // What was lost before its start is in no list of its own either.
        status.lacksRecords = lostRecords
        status.settingsDigest = parts.configuration.digest
        status.refusedDeliveries += linkFacts.refusedDeliveries
        markStaleImpacts(&status)
        status.presence = presenceStatus
        return status
    }

    private var scannerStatus: ScannerStatus {
        let statistics = scanner.statistics
        let waiting = Set(core.state.outbound.map(\.path)).union(deferred).union(git.paths)
        let cache = parts.cache.statistics
        return ScannerStatus(
            lastTickAt: statistics.lastTickAt,
            lastTickMilliseconds: (statistics.recent.last ?? .zero).seconds * 1000,
            fullScanMilliseconds: statistics.fullScan.seconds * 1000,
            tickMillisecondsP95: statistics.recentMillisecondsP95, ticks: statistics.ticks,
            dirty: waiting.count, files: statistics.files,
            functions: core.index.files.values.reduce(0) { $0 + $1.units.count },
            heldBack: statistics.heldBack.sorted { $0.key < $1.key }.map {
                .init(path: $0.key, count: $0.value.count, ticks: $0.value.ticks)
            },
            watching: scanner.watcher != nil && statistics.watchProblem == nil,
            watches: scanner.watcher?.coverage.watched ?? 0, overflows: statistics.overflows,
            lastOverflowAt: statistics.lastOverflowAt,
            watchProblem: statistics.watchProblem,
            canaries: scanner.canary.history.map { if case .seen = $0 { true } else { false } },
            canaryFolderMissing: scanner.canary.health == .folderMissing,
            cacheHits: cache.hits, parsed: parts.reader.analyzer.parseCount,
            unpushed: unpushedFiles, missed: statistics.missed.missed)
    }

    /// An alert is over when nothing here calls the function any more, or when the function here
    /// says what the other branch's says.
    private func markStaleImpacts(_ status: inout LiveStatus) {
        for impact in core.state.impacts where impact.isOpen {
            let hasCaller = impact.callers.contains { core.index.places[$0.function] != nil }
            let own = core.index.locate(impact.notice.function)?.unit.auraID
            let isEqual = own != nil && own == impact.notice.newAuraID
            guard !hasCaller || isEqual else { continue }
            for row in status.impacts.indices
            where status.impacts[row].id == impact.id.short {
                status.impacts[row].isStale = true
            }
        }
    }

    private var linkStatus: LinkStatus {
        let isUp = linkFacts.welcome != nil
        let p95 = linkFacts.roundTripP95
        let isSlow = (p95 ?? 0) > 500 || linkFacts.unanswered > 0
        return LinkStatus(
            state: isUp ? (isSlow ? .degraded : .online) : .offline, upSince: linkFacts.upSince,
            lastSeen: linkFacts.lastSeen, downSince: isUp ? nil : linkFacts.downSince ?? startedAt,
            retries: isUp ? 0 : policy.retries,
            nextTryIn: linkFacts.retryAt.map { max(.zero, $0 - clock.uptime) },
            breakerOpen: policy.isBreakerOpen(at: clock.uptime),
            roundTripMilliseconds: linkFacts.roundTrips.last.map { $0.seconds * 1000 },
            roundTripMillisecondsP95: p95,
            clockOffsetMilliseconds: linkFacts.clockOffset(by: clock).map { $0.seconds * 1000 },
            peers: isUp ? presence.keys.count { $0 != parts.binding.device } : 0,
            instance: linkFacts.welcome?.instance, epoch: linkFacts.welcome?.epoch,
            serverVersion: linkFacts.welcome?.serverVersion, lastClose: linkFacts.lastClose,
            tokenExpiresAt: linkFacts.tokenExpiresAt,
            certificateFingerprint: linkFacts.certificate?.fingerprint,
            certificateNotAfter: linkFacts.certificate?.notAfter,
            tokenInstance: linkFacts.tokenInstance, unansweredPings: linkFacts.unanswered,
            recentCloses: linkFacts.recentCloses, recentUps: linkFacts.recentUps,
            ledgerHead: linkFacts.welcome.map {
                max($0.head, core.state.frontier?.sequence ?? 0, linkFacts.highestAnswer)
            }, strangeAnswers: linkFacts.strangeAnswers)
    }

    private var presenceStatus: PresenceStatus {
        let offset = linkFacts.clockOffset(by: clock) ?? .zero
        let beatAt = ownPresence.map { own in
            own.sentAt + (ownBeat.map { clock.step(since: $0) } ?? .zero)
        }
        // Nobody is sent what they said themselves.
        let own = linkFacts.welcome == nil ? nil : ownPresence
        let ownRow = own.map {
            PresenceRow(presence: $0, receivedAt: (beatAt ?? $0.sentAt) + offset)
        }
        let rows = (presence.values + [ownRow].compactMap(\.self)).map { row in
            PresenceStatus.Peer(
                device: row.presence.device, user: row.presence.user, state: row.presence.state,
                branch: row.presence.branch, function: row.presence.function,
                lastBeatAt: row.receivedAt + (.zero - offset),
                isSelf: row.presence.device == parts.binding.device,
                aheadMilliseconds: row.presence.sentAt.since(row.receivedAt).seconds * 1000)
        }
        return PresenceStatus(
            ownBeatAt: beatAt,
            peers: rows.sorted { ($0.user, $0.device.hex) < ($1.user, $1.device.hex) })
    }
}
