// A healthy peer as literal values, to break one value at a time, and a real working copy on disk
// for the checks that read files.

import Diagnostics
import Foundation
import Glibc
import LiveProtocol
import Support
import Synchronization
import TestSupport
import Testing

@testable import Checks
@testable import LiveSync
@testable import WriteAheadLog

/// The instant of all literal snapshots.
let now = Timestamp(rawValue: 1_800_000_000_000)

func ago(_ age: Duration) -> Timestamp { now + (.zero - age) }

/// A test's device; the byte tells them apart.
func sampleDevice(_ byte: UInt8) throws -> DeviceID {
    try #require(DeviceID(bytes: [UInt8](repeating: byte, count: DeviceID.byteCount)))
}

extension ScannerStatus {
    static let healthy = ScannerStatus(
        lastTickAt: ago(.seconds(2)), lastTickMilliseconds: 12, fullScanMilliseconds: 80,
        tickMillisecondsP95: 30, ticks: 40, dirty: 3, files: 120, functions: 900, heldBack: [],
        watching: true, watches: 17, overflows: 0, watchProblem: nil,
        canaries: [true, true, true, true], canaryFolderMissing: false, cacheHits: 100, parsed: 20)
}

extension LinkStatus {
    static let healthy = LinkStatus(
        state: .online, upSince: ago(.seconds(25)), lastSeen: ago(.seconds(4)), downSince: nil,
        retries: 0, nextTryIn: nil,
        breakerOpen: false, roundTripMilliseconds: 38, roundTripMillisecondsP95: 60,
        clockOffsetMilliseconds: 12, peers: 4, instance: "i", epoch: "e", serverVersion: "1.0",
        lastClose: nil, tokenExpiresAt: now + .seconds(3600))

    static func offline(_ close: LinkClose?, for downtime: Duration) -> LinkStatus {
        var link = healthy
        (link.state, link.downSince, link.lastClose) = (.offline, ago(downtime), close)
        (link.lastSeen, link.peers) = (ago(downtime), 0)
        return link
    }
}

extension WALStatus {
    static let healthy = WALStatus(
        records: 412, segments: 3, bytes: 1_200_000, pendingOut: 0, pendingIn: 0,
        oldestPendingAt: nil, lastSyncAt: ago(.seconds(9)), lastSyncMilliseconds: 1, durable: 412,
        acknowledged: 200, received: 190, syncPolicy: "always", refused: [:], failedApplies: [],
        writeProblem: nil)
}

extension VerifyReport {
    static let healthy = VerifyReport(
        segmentsExamined: 3, segmentsTotal: 3, recordsExamined: 412, recordsTotal: 412,
        bytesExamined: 1_200_000, verdicts: [.ok], damagedLSNs: LSNSet(), acceptedLosses: LSNSet(),
        repairedAt: [], firstLSN: .first, lastLSN: LSN(412), durableWitness: LSN(412), logID: nil,
        epoch: Epoch(rawValue: 1))
}

extension LiveStatus {
    /// An agent that runs well, as it would answer at ``now``.
    static func healthy() throws -> LiveStatus {
        LiveStatus(
            source: .agent, takenAt: now, enabled: true, lifecycle: .active, causes: [],
            root: "/copy", repository: "0123456789abcdef", branch: "main",
            endpoint: "ws://127.0.0.1:7070", device: try sampleDevice(1), user: "mia@host",
            version: Release.version, mothershipHome: nil, pid: getpid(), lastPush: nil,
            lastPull: nil, scanner: .healthy,
            link: .healthy, wal: .healthy, conflicts: [], impacts: [], recordsFolded: 412,
            counters: PeerCounters(),
            presence: PresenceStatus(
                ownBeatAt: ago(.seconds(22)),
                peers: [
                    try .row(1, age: .seconds(22), isSelf: true),
                    try .row(2, age: .seconds(30), isSelf: false),
                ]))
    }
}

extension PresenceStatus.Peer {
    static func row(
        _ byte: UInt8, _ state: Presence.State = .online, age: Duration, isSelf: Bool
    ) throws -> PresenceStatus.Peer {
        PresenceStatus.Peer(
            device: try sampleDevice(byte), user: "peer\(byte)@host", state: state, branch: "main",
            function: nil, lastBeatAt: ago(age), isSelf: isSelf)
    }
}

extension Check {
    /// What the check says of a snapshot: codes with severity, and the bracketed words.
    func judge(_ snapshot: Snapshot) -> (codes: [String], worst: Severity?, detail: String) {
        let found = diagnose(snapshot)
        return (
            found.map(\.code), found.map(\.severity).max(),
            detail(of: snapshot, findings: found)
        )
    }
}

/// A working copy with settings, device record and log, in a folder that goes with its last
/// reference.
final class WorkingCopy: Sendable {
    let workspace: Workspace
    private let agents = Mutex<[ControlServer]>([])

    init(settings: String = "[live]\nmothership = \"wss://mothership.example:7070\"\n") throws {
        let name = "checks-\(getpid())-\(String(UInt32.random(in: 0...(.max)), radix: 36))"
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
        mkdir(path, 0o700)
        let root = try #require(PathName.resolved(path))
        workspace = Workspace(root: root)
        try FileAccess.makeFolder(workspace.runFolder)
        try FileAccess.makeFolder(workspace.walFolder)
        try FileAccess.replace(workspace.configurationPath, with: Array(settings.utf8))
        try FileAccess.replace(workspace.devicePath, with: Array(try binding(of: root).utf8))
    }

    deinit {
        agents.withLock { for agent in $0 { agent.stop() } }
        // A folder that cannot be removed costs space in /tmp and nothing else.
        _ = try? FileManager.default.removeItem(atPath: workspace.root)
    }

    private struct Binding: Encodable {
        let device: DeviceID
        let repository: String
        let user: String
        let rootDevice: UInt64
        let rootInode: UInt64
    }

    private func binding(of root: String) throws -> String {
        var status = stat()
        #expect(stat(root, &status) == 0)
        return try JSONText.encode(
            Binding(
                device: try sampleDevice(1), repository: "0123456789abcdef", user: "mia@host",
                rootDevice: UInt64(status.st_dev), rootInode: UInt64(status.st_ino)))
    }

    var mothershipHome: String { workspace.root + "/home" }

    /// A fresh look; one look never asks twice. An agent that answers may need a while to: it runs
    /// in this process, among all other tests.
    func host(controlTimeout: Duration = .seconds(50)) -> SyncHost {
        SyncHost(
            workspace: workspace, mothershipHome: mothershipHome, clock: StillClock(now: now),
            controlTimeout: controlTimeout, busyTimeout: controlTimeout)
    }

    /// Answers on the agent's socket with this status, and leaves the record of a live process.
    func runAgent(_ status: LiveStatus) throws {
        try listen { _ in .success(status) }
        try record(.current())
        try FileAccess.makeFolder(workspace.logFolder)
        try FileAccess.replace(workspace.agentLogPath, with: Array("{}\n".utf8))
    }

    /// Accepts on the agent's socket and never answers before the look is over.
    func runSilentAgent(until over: AsyncStream<Never>) throws {
        try listen { _ in
            for await _ in over {}
            return .failure(PlainFailure("test", "is over", nextStep: "none"))
        }
        try record(.current())
    }

    private func listen(_ handler: @escaping ControlServer.Handler) throws {
        let server = try ControlServer(path: workspace.agentSocketPath, handler: handler)
        agents.withLock { $0.append(server) }
    }

    func record(_ process: ProcessIdentity) throws {
        try PidRecord(
            process: process, root: workspace.root, port: nil, instance: nil, version: "1.0",
            startedAt: ago(.seconds(600))
        ).save(workspace.agentRecordPath)
    }

    func recordMothership(_ process: ProcessIdentity, port: Int) throws {
        try PidRecord(
            process: process, root: mothershipHome, port: port, instance: nil, version: "1.0",
            startedAt: ago(.seconds(600))
        ).save(LocalMothership.pidRecord(home: mothershipHome))
    }

    func examine(_ checks: [any Check<SyncHost>]? = nil, controlTimeout: Duration = .seconds(50))
        async -> Report
    {
        await Examiner(system: "live sync", toolVersion: "1.0", clock: SystemClock()).run(
            checks: checks ?? Registry.all, system: host(controlTimeout: controlTimeout),
            // A loaded machine must not turn a slow answer into a missing one.
            options: ExaminationOptions(timeout: .seconds(60), checkDeadline: .seconds(60)))
    }
}

extension ProcessIdentity {
    /// A process that has ended: its start time lies before the machine's.
    static func dead() throws -> ProcessIdentity {
        let text = try JSONText.encode(try ProcessIdentity.current())
        let ended = text.replacing(/"startTicks":\d+/, with: "\"startTicks\":1")
        return try JSONText.decode(ProcessIdentity.self, from: ended)
    }
}

extension ProcessIdentity {
    /// Some process, by decoding: only the kernel makes real ones.
    static func sample(pid: Int32, executable: String) -> ProcessIdentity? {
        let text =
            "{\"pid\":\(pid),\"startTicks\":1,\"executable\":\"\(executable)\",\"bootID\":\"b\"}"
        // The text is this type's own form; were it another one, the tests that need it would fail.
        return try? JSONText.decode(ProcessIdentity.self, from: text)
    }
}

extension Report {
    /// Codes in the order of the report, each once.
    var codes: [String] { Set(findings.map(\.code)).sorted() }
    func row(_ bucket: Bucket) -> CheckResult? { checks.first { $0.check == bucket } }
}
