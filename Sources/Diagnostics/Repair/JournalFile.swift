// The file of a journal: appended line by line with a sync each, read with every link of the chain
// checked.

import Glibc
import Support

/// Journals in a folder: `RUN.ndjson` each.
struct JournalFolder: Sendable {
    let path: String
    /// Where the runs keep what they replace; nil where that is not looked at.
    var quarantine: String? = nil

    static let fileExtension = "ndjson"

    func file(of run: RunID) -> String { "\(path)/\(run).\(Self.fileExtension)" }

    /// The runs that have a journal, oldest first; none when there is no folder yet.
    func runs() throws(SystemFailure) -> [RunID] {
        guard FileAccess.exists(path) else { return [] }
        let ending = ".\(Self.fileExtension)"
        return try FileAccess.names(in: path).compactMap { name in
            // The ledger of losses lies beside them and begins with no digit.
            guard name.hasSuffix(ending), name.utf8.first.map({ (48...57).contains($0) }) == true
            else { return nil }
            return RunID(rawValue: String(name.dropLast(ending.count)))
        }
    }

    /// Reads one journal.
    func read(_ run: RunID) throws(RepairFailure) -> [JournalEntry] {
        let path = file(of: run)
        guard FileAccess.exists(path) else { throw .unknownRun(run.rawValue) }
        let bytes = try repairing { () throws(SystemFailure) in try FileAccess.read(path) }
        var entries: [JournalEntry] = []
        var previous = JournalFolder.seed(of: run)
        for line in Self.wholeLines(bytes) {
            let number = entries.count + 1
            let entry: JournalEntry
            do { entry = try JSONText.decode(JournalEntry.self, from: Array(line)) } catch {
                throw .journalBroken(run: run, line: number, reason: "does not parse")
            }
            guard entry.schema == JournalEntry.schema, entry.schemaVersion == 1 else {
                throw .journalBroken(run: run, line: number, reason: "is of another version")
            }
            guard entry.sequence == number, entry.run == run, entry.previous == previous else {
                throw .journalBroken(
                    run: run, line: number, reason: "does not follow from the line before it")
            }
            previous = ContentDigest.of(line)
            entries.append(entry)
        }
        // A crash before the first line left nothing; one that moved something aside had begun.
        if entries.isEmpty, let quarantine, FileAccess.exists("\(quarantine)/\(run)") {
            throw .journalBroken(
                run: run, line: 1, reason: "is gone, although the run keeps what it replaced")
        }
        return entries
    }

    /// What the first line names as the one before it.
    static func seed(of run: RunID) -> ContentDigest { ContentDigest.of(run.rawValue.utf8) }

    /// Lines ended by a newline. What follows the last one is an append that a crash cut off:
    /// nothing was done on the strength of it, because the sync came after.
    static func wholeLines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        guard let end = bytes.lastIndex(of: 10) else { return [] }
        return bytes[..<end].split(separator: 10, omittingEmptySubsequences: false)
    }
}

/// A journal that is being written, by the one run that holds the lock.
actor JournalWriter {
    let run: RunID
    private let path: String
    private let descriptor: Int32
    private let clock: any Clock
    private var sequence: Int
    private var previous: ContentDigest

    /// Begins a journal; one of this name must not exist.
    init(creating run: RunID, in folder: JournalFolder, clock: any Clock) throws(RepairFailure) {
        let path = folder.file(of: run)
        descriptor = try repairing { () throws(SystemFailure) in
            let descriptor = try retrying("create", path) {
                open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o600)
            }
            try FileAccess.syncFolder(folder.path)
            return descriptor
        }
        self.run = run
        self.path = path
        self.clock = clock
        sequence = 0
        previous = JournalFolder.seed(of: run)
    }

    /// Goes on with a journal, behind its last whole line.
    init(extending run: RunID, in folder: JournalFolder, clock: any Clock) throws(RepairFailure) {
        sequence = try folder.read(run).count
        let path = folder.file(of: run)
        let bytes = try repairing { () throws(SystemFailure) in try FileAccess.read(path) }
        descriptor = try repairing { () throws(SystemFailure) in
            let descriptor = try retrying("open", path) {
                open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC)
            }
            // Cuts off half a line, which nothing rests on; see `wholeLines`.
            let whole = bytes.lastIndex(of: 10).map { $0 + 1 } ?? 0
            if whole < bytes.count {
                try retrying("truncate", path) { ftruncate(descriptor, whole) }
                try retrying("fsync", path) { fsync(descriptor) }
            }
            return descriptor
        }
        self.run = run
        self.path = path
        self.clock = clock
        previous =
            JournalFolder.wholeLines(bytes).last.map { ContentDigest.of($0) }
            ?? JournalFolder.seed(of: run)
    }

    deinit { close(descriptor) }

    /// Appends one line and syncs it. What follows may rely on it.
    func append(_ event: JournalEvent) throws(RepairFailure) {
        let entry = JournalEntry(
            schema: JournalEntry.schema, schemaVersion: JournalEntry.schemaVersion, run: run,
            sequence: sequence + 1, previous: previous, at: UTCTime(clock.now), event: event)
        let line: [UInt8]
        do {
            line = Array(try OrderedJSON.encode(entry, order: JournalEntry.fieldOrder).utf8)
        } catch {
            throw .unreadable(subject: path, reason: "the line does not encode (\(error))")
        }
        let (path, descriptor) = (path, descriptor)
        try repairing { () throws(SystemFailure) in
            try FileAccess.writeAll(line + [10], to: descriptor, path: path)
            try retrying("fsync", path) { fsync(descriptor) }
        }
        previous = ContentDigest.of(line)
        sequence += 1
    }
}
