// What the peer's side has to say for itself: the log's metadata, the state, the processes, the
// counters. Never a body of a record, never a database file.

import Glibc
import LiveSync
import Support
import WriteAheadLog

/// Members about one working copy.
struct PeerEvidence: Sendable {
    /// Rows of the log that go in; the newest.
    static let recordsMax = 50_000

    private let host: SyncHost
    private var workspace: Workspace { host.workspace }

    init(_ host: SyncHost) { self.host = host }

    // MARK: The log

    /// One record without its body.
    private struct Row: Encodable {
        let seq: UInt64
        let time: String
        let type: String
        let function: String
        let version: String
        let reason: String
        let segment: String
        let offset: UInt64
        let metadataBytes: Int
        let bodyBytes: Int
        let crc32c: String
        let salvagedFrom: UInt64?

        init(_ record: RecordSummary) {
            let row = TailRow(of: record)
            seq = row.sequence
            time = row.time
            type = row.type
            function = row.function
            version = row.hash
            reason = row.reason
            segment = "\(record.segment)"
            offset = record.offset
            metadataBytes = record.metadata.count
            bodyBytes = record.bodyBytes
            let digits = String(record.payloadCRC, radix: 16)
            crc32c = String(repeating: "0", count: 8 - digits.count) + digits
            salvagedFrom = record.salvagedFrom?.rawValue
        }

        private enum CodingKeys: String, CodingKey {
            case seq, time, type, function, version, reason, segment, offset
            case metadataBytes = "metadata_bytes"
            case bodyBytes = "body_bytes"
            case crc32c
            case salvagedFrom = "salvaged_from"
        }
    }

    func records(_ emit: BundleSource.Emit) throws {
        let newest = try LogReader.tail(at: workspace.walFolder, count: Self.recordsMax)
        for start in stride(from: 0, to: newest.count, by: 512) {
            let rows = try newest[start..<min(start + 512, newest.count)].map {
                try JSONText.encode(Row($0)) + "\n"
            }
            try emit("records.jsonl", Array(rows.joined().utf8))
        }
    }

    /// What is the matter with the log's files.
    func verdict(_ emit: BundleSource.Emit) throws {
        try BundleSource.emit(try host.verifyLog(), as: "verify.json", emit)
        try BundleSource.emit(
            try LogReader.status(at: workspace.walFolder), as: "status.json", emit)
    }

    func logFiles(_ emit: BundleSource.Emit) throws {
        try BundleSource.emit(
            try FileListing.below(workspace.walFolder), as: "files.json", emit)
    }

    // MARK: State

    func status(_ emit: BundleSource.Emit) throws {
        try BundleSource.emit(try host.status(), as: "status.json", emit)
    }

    /// The records of processes as they lie there, and whether they live.
    func processes(_ emit: BundleSource.Emit) throws {
        struct Processes: Encodable {
            var agent: RecordedProcess?
            var mothership: RecordedProcess?
            var problems: [String] = []
            var files: [FileListing.Entry]
        }
        var processes = Processes(
            files: FileAccess.exists(workspace.runFolder)
                ? try FileListing.below(workspace.runFolder) : [])
        do { processes.agent = try host.agentRecord() } catch {
            processes.problems.append("agent: \(error.reason)")
        }
        do { processes.mothership = try host.mothershipRecord() } catch {
            processes.problems.append("mothership: \(error.reason)")
        }
        try BundleSource.emit(processes, as: "processes.json", emit)
        let changes = try LogReader.tail(
            at: workspace.walFolder, count: 1000, filter: .stateChanged)
        let lines = try changes.map { try JSONText.encode(TailRow(of: $0)) + "\n" }
        try emit("changes.jsonl", Array(lines.joined().utf8))
    }

    /// What repairs put aside: names and sizes, never the files.
    func quarantine(_ emit: BundleSource.Emit) throws {
        let folders = [workspace.quarantineFolder, workspace.walFolder + "/quarantine"]
        let entries = try folders.filter(FileAccess.exists).flatMap { try FileListing.below($0) }
        try BundleSource.emit(entries, as: "quarantine.json", emit)
    }

    func metrics(_ emit: BundleSource.Emit) throws {
        struct Metrics: Encodable {
            let takenAt: Timestamp
            let source: LiveStatus.Source
            let counters: PeerCounters
            let wal: WALStatus
            let scanner: ScannerStatus?
            let link: LinkStatus
        }
        let status = try host.status()
        try BundleSource.emit(
            Metrics(
                takenAt: status.takenAt, source: status.source, counters: status.counters,
                wal: status.wal, scanner: status.scanner, link: status.link),
            as: "peer.json", emit)
    }
}

/// Names, sizes and times of files; nothing of their contents.
enum FileListing {
    struct Entry: Codable, Hashable {
        let name: String
        let kind: String
        let bytes: Int
        let mode: String
        let modifiedAt: Timestamp

        private enum CodingKeys: String, CodingKey {
            case name, kind, bytes, mode
            case modifiedAt = "modified_at"
        }
    }

    /// A folder of more names than this is told of by its first ones.
    private static let entriesMax = 2000
    private static let depthMax = 4

    static func below(_ folder: String) throws(SystemFailure) -> [Entry] {
        var entries: [Entry] = []
        try list(folder, prefix: "", depth: 0, &entries)
        return entries
    }

    private static func list(
        _ folder: String, prefix: String, depth: Int, _ entries: inout [Entry]
    ) throws(SystemFailure) {
        for name in try FileAccess.names(in: folder) {
            guard entries.count < entriesMax else { return }
            var status = stat()
            // A name that went away since is no entry.
            guard lstat("\(folder)/\(name)", &status) == 0 else { continue }
            let kind = status.st_mode & S_IFMT
            entries.append(
                Entry(
                    name: prefix + NameText.printable(name), kind: word(kind),
                    bytes: Int(status.st_size), mode: String(status.st_mode & 0o7777, radix: 8),
                    modifiedAt: Timestamp(seconds: Int64(status.st_mtim.tv_sec))))
            if kind == S_IFDIR, depth < depthMax {
                try list(
                    "\(folder)/\(name)", prefix: prefix + NameText.printable(name) + "/",
                    depth: depth + 1, &entries)
            }
        }
    }

    private static func word(_ kind: mode_t) -> String {
        switch kind {
        case S_IFREG: "file"
        case S_IFDIR: "folder"
        case S_IFLNK: "link"
        case S_IFIFO: "fifo"
        case S_IFSOCK: "socket"
        default: "device"
        }
    }
}
