// The process around an agent: log, socket, record, signals, and a clean end.

import Dispatch
import Foundation
import Glibc
import LiveProtocol
import Support
import WriteAheadLog

/// What a started agent tells whoever started it.
public struct AgentReady: Codable, Sendable {
    public let pid: Int32
    public let endpoint: String
    public let room: String
    public let branch: String
    public let files: Int
    /// Why the link is not up yet; nil when it is.
    public let linkProblem: String?
}

/// Runs an agent in this process until it is told to stop.
struct AgentProcess {
    let workspace: Workspace
    let surroundings: Surroundings
    let clock: any Support.Clock

    func run() async throws {
        let parts = try AgentParts.collect(workspace, surroundings: surroundings, clock: clock)
        try StartFence.pass(workspace)
        _ = try workspace.keepIgnored()
        // Before the log is opened: where its lock was removed, two of us would write to it.
        if ControlClient.isServed(path: workspace.agentSocketPath) {
            throw PlainFailure(
                "sync", "an agent of this working copy runs already",
                nextStep: "see aura live sync status", exitStatus: .busy)
        }
        let (log, state, lostRecords) = try openLog(parts)
        let agent = try PeerAgent(
            parts: parts, log: log, state: state, lostRecords: lostRecords, clock: clock)
        try await obtainTokenIfMissing(parts)
        try Session(branch: parts.branch).save(workspace)
        let record = PidRecord(
            process: try ProcessIdentity.current(), root: workspace.root, port: nil,
            instance: parts.binding.device.hex, version: Release.version, startedAt: clock.now)
        let files = try RunFiles(
            record: record, at: workspace.agentRecordPath, socket: workspace.agentSocketPath,
            ground: workspace.configurationPath
        ) { request in await agent.answer(request) }
        let signals = [SIGTERM, SIGINT].map { onSignal($0) { agent.stop() } }
        let announcement = Task { await announce(agent, parts) }
        let keeper = Task { await keep(files, parts, agent) }
        defer {
            announcement.cancel()
            keeper.cancel()
            for signal in signals { signal.cancel() }
        }
        do {
            try await agent.run()
        } catch {
            files.stop()
            throw error
        }
        files.stop()
        do throws(LogFailure) { try await agent.log.close() } catch {
            parts.logger.critical("the log could not be closed: \(error)")
        }
        parts.logger.info("agent ends")
        // The log is free by now, and another agent may have it already.
        files.removeRecord()
        files.finish(within: .seconds(2))
    }

    /// Looks after the files by which others find this process, until it ends. Where the working copy
    /// was made anew as another device there is nothing of ours to look after.
    private func keep(_ files: RunFiles, _ parts: AgentParts, _ agent: PeerAgent) async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: RunFiles.period) } catch { return }  // it stopped
            if parts.isDisplaced {
                parts.logger.error("the working copy is another device's by now; this agent ends")
                return agent.stop()
            }
            do {
                let ignore = try workspace.keepIgnored() ? [workspace.ignoreFilePath] : []
                for path in try ignore + files.tend() {
                    parts.logger.warning("was gone and is put back", metadata: ["path": "\(path)"])
                }
            } catch {
                parts.logger.error("what is kept beside sync cannot be put back: \(error)")
            }
        }
    }

    /// Opens the log for writing and folds what is in it.
    private func openLog(
        _ parts: AgentParts
    ) throws -> (log: WriteAheadLog, state: PeerState, lostRecords: Bool) {
        try workspace.refuseLostLog()
        let (log, report) = try parts.openLog(clock: clock)
        if !report.isNew, report.found.verdicts != [.ok] {
            parts.logger.warning(
                "the log was not whole", metadata: ["verdicts": "\(report.verdicts.map(\.name))"])
        }
        let (state, undecodable) = PeerState.replay(
            try LogReader.records(at: workspace.walFolder))
        if undecodable > 0 {
            parts.logger.error(
                "records could not be decoded", metadata: ["count": "\(undecodable)"])
        }
        try refuseOtherBranch(parts, state)
        return (log, state, undecodable > 0 || report.hasLost)
    }

    /// Bases belong to a branch: another one may be bound only when nothing waits on the old.
    private func refuseOtherBranch(_ parts: AgentParts, _ state: PeerState) throws {
        guard let bound = Session.load(workspace)?.branch, bound != parts.branch,
            state.frontier != nil
        else { return }
        throw PlainFailure(
            "branch", "sync is bound to \(bound), HEAD is on \(parts.branch)",
            nextStep: "check out \(bound)", exitStatus: .refused)
    }

    /// The first token comes from the Mothership of this machine, or came with a join token.
    private func obtainTokenIfMissing(_ parts: AgentParts) async throws {
        let stored = try StoredToken.newest(parts.binding.device, in: parts.userFolder)?.token
        if let stored, stored.issued.expiresAt > clock.now + .seconds(60) { return }
        do {
            _ = try await Enrolment(surroundings, clock: clock).obtainToken(workspace)
        } catch {
            guard stored != nil else { throw error }
            // The old one may still do by the Mothership's clock; the hello will tell.
            parts.logger.warning("no new token before the start: \(error)")
        }
    }

    /// A start that reads nothing more for so long does not get any further.
    private static let startLimit = Duration.seconds(20)

    /// Reports readiness after the first canary and the first hello, or the reason it is not up.
    /// The first look at a large tree takes the time it takes.
    private func announce(_ agent: PeerAgent, _ parts: AgentParts) async {
        var end = clock.uptime + Self.startLimit
        var read = 0
        while clock.uptime < end, !Task.isCancelled {
            let status = await agent.snapshot()
            if let scanner = status.scanner, scanner.parsed + scanner.cacheHits > read {
                read = scanner.parsed + scanner.cacheHits
                end = clock.uptime + Self.startLimit
                Readiness.reportProgress()
            }
            let isProven = status.scanner?.canaries.contains(true) ?? false
            let isSettled = await agent.isLinkSettled
            if isProven && isSettled { break }
            do { try await Task.sleep(for: .milliseconds(10)) } catch { return }  // it stopped
        }
        let status = await agent.snapshot()
        if let blocker = startBlocker(status) {
            Readiness.report(failure: blocker)
            agent.stop()
            return
        }
        RefusedStart.forget(in: workspace.runFolder)
        Readiness.report(
            ready: AgentReady(
                pid: getpid(), endpoint: status.endpoint, room: parts.room, branch: parts.branch,
                files: status.scanner?.files ?? 0,
                linkProblem: status.link.state == .offline
                    ? status.link.lastClose?.message ?? "no answer yet" : nil))
    }

    /// What no retry can cure.
    private func startBlocker(_ status: LiveStatus) -> (any Failure)? {
        guard let scanner = status.scanner, scanner.canaries.contains(true) else {
            return PlainFailure(
                "watcher",
                status.scanner?.watchProblem
                    ?? "no event came for the first canary in \(Self.startLimit.brief)",
                nextStep: "check fs.inotify.max_user_watches", exitStatus: .refused)
        }
        guard status.link.state == .offline, let close = status.link.lastClose else { return nil }
        if close.httpStatus == 404 || close.reject == .repositoryNotRegistered {
            return PlainFailure(
                "repository", "is not registered at \(status.endpoint)",
                nextStep: "run aura mothership register", exitStatus: .refused)
        }
        if close.code == CloseCode.unauthorized.rawValue {
            return PlainFailure(
                "token", "was refused: \(close.message)", nextStep: close.nextStep,
                exitStatus: .refused)
        }
        if close.trust != nil {
            return PlainFailure(
                status.endpoint, close.message, nextStep: close.nextStep, exitStatus: .refused)
        }
        return nil
    }
}
