// Looking at a log without being its writer: no lock, no byte, no time stamp changed, beside a
// running writer or after its end.

import Glibc
import Support

/// Every readable record, and what is the matter with the log.
public struct LogContents: Sendable {
    public let records: [Record]
    public let report: VerifyReport
}

/// Verifies, reads and sums up a log from outside.
public enum LogReader {
    /// Beside a writer a second look settles what the first one could not; files may come and go
    /// in between, so a third and a fourth are allowed.
    private static let looksMax = 4

    /// Checks every checksum, the chain, the positions and the manifest.
    ///
    /// - Parameters:
    ///   - threads: how many segments are read at a time.
    ///   - digests: also hashes sealed segments whole; five times slower and finds what checksums
    ///     of 32 bits could miss.
    public static func verify(
        at folder: String, witness: ExternalWitness = .nothingKnown, threads: Int = 1,
        digests: Bool = false
    ) throws(LogFailure) -> VerifyReport {
        try look(at: folder, witness, threads: threads, digests: digests).report
    }

    /// Calls `visit` for every readable record from `first` on, in order of position, until it
    /// returns false.
    ///
    /// - Parameter bodies: false leaves the bodies alone.
    /// - Returns: what is the matter with the log.
    @discardableResult
    public static func forEachRecord(
        at folder: String, from first: LSN = .first, bodies: Bool = true,
        witness: ExternalWitness = .nothingKnown, threads: Int = 1, _ visit: (Record) -> Bool
    ) throws(LogFailure) -> VerifyReport {
        let look = try look(at: folder, witness, threads: threads)
        let handle = try LogFolder(at: folder, on: KernelDisk())
        defer { handle.close() }
        try look.forEachRecord(in: handle, from: first, bodies: bodies, visit)
        return look.report
    }

    /// Every readable record in order of position.
    public static func records(
        at folder: String, from first: LSN = .first, bodies: Bool = true,
        witness: ExternalWitness = .nothingKnown, threads: Int = 1
    ) throws(LogFailure) -> LogContents {
        var records: [Record] = []
        let report = try forEachRecord(
            at: folder, from: first, bodies: bodies, witness: witness, threads: threads
        ) {
            records.append($0)
            return true
        }
        return LogContents(records: records, report: report)
    }

    /// The newest records, oldest of them first, without their bodies.
    public static func tail(
        at folder: String, count: Int, filter: RecordType? = nil
    ) throws(LogFailure) -> [RecordSummary] {
        let look = try look(at: folder, .nothingKnown, threads: 1)
        let handle = try LogFolder(at: folder, on: KernelDisk())
        defer { handle.close() }
        var newest: [RecordSummary] = []
        for segment in look.judgement.segments.reversed() where newest.count < count {
            var found: [RecordSummary] = []
            try look.forEachRecord(in: handle, segment, from: .first, checkingPayload: false) {
                bytes, record in
                if filter == nil || record.header.type == filter?.rawValue {
                    found.append(record.summary(bytes, in: segment.number))
                }
                return true
            }
            newest.insert(contentsOf: found.suffix(count - newest.count), at: 0)
        }
        return newest
    }

    /// The figures of a log without asking its writer; what only the writer knows is nil.
    public static func status(at folder: String) throws(LogFailure) -> LogStatus {
        let look = try look(at: folder, .nothingKnown, threads: 1)
        return look.status(folder: folder)
    }

    /// The records that cannot be read, with what is still known of each: what a recovery would give
    /// up where it finds no copy of them. Nothing is changed.
    public static func lost(at folder: String) throws(LogFailure) -> [LostRecord] {
        let look = try look(at: folder, .nothingKnown, threads: 1)
        let handle = try LogFolder(at: folder, on: KernelDisk())
        defer { handle.close() }
        return LossList.make(look, in: handle, restored: [:])
    }

    /// Whether a folder holds anything of a log, sound or not: a manifest or a segment. What an earlier
    /// repair put into quarantine is none.
    public static func isThere(at path: String) throws(SystemFailure) -> Bool {
        do throws(SystemFailure) {
            return try FileAccess.names(in: path).contains {
                $0 == ManifestCodec.fileName || SegmentNumber(fileName: $0) != nil
            }
        } catch {
            if error.code == ENOENT { return false }
            throw error
        }
    }

    /// True while some process has the log open for writing; nothing is taken or made.
    public static func isHeld(at path: String) -> Bool {
        // A folder that cannot be opened is not there, or was moved away; nobody writes under its name.
        guard let folder = try? LogFolder(at: path, on: KernelDisk()) else { return false }
        defer { folder.close() }
        return LogLock.isHeld(in: folder)
    }

    // MARK: Looking

    private static func look(
        at path: String, _ witness: ExternalWitness, threads: Int, digests: Bool = false
    ) throws(LogFailure) -> LogLook {
        let folder = try LogFolder(at: path, on: KernelDisk())
        defer { folder.close() }
        let isLive = LogLock.isHeld(in: folder)
        var look = try LogLook(
            folder, witness, threads: threads, digests: digests, isLive: isLive, ceiling: nil)
        if look.image.isEmpty { throw .notALog(folder: path) }
        let ceiling = look.judgement.durable
        var looks = 1
        while isLive, looks < looksMax, look.judgement.verdicts.contains(where: \.isDamage) {
            look = try LogLook(
                folder, witness, threads: threads, digests: digests, isLive: true,
                ceiling: ceiling)
            looks += 1
        }
        return look
    }
}

/// One look at a folder: facts and judgement.
struct LogLook: Sendable {
    let image: LogImage
    let judgement: LogJudgement
    let logID: LogID?

    init(
        _ folder: LogFolder, _ witness: ExternalWitness, threads: Int, digests: Bool = false,
        isLive: Bool, ceiling: LSN?
    ) throws(LogFailure) {
        image = try LogImage.load(folder, threads: threads, digests: digests)
        judgement = LogJudge.judge(image, witness: witness, isLive: isLive, ceiling: ceiling)
        logID = image.logID
    }

    var report: VerifyReport {
        let scans = image.segments.values.compactMap(\.scan)
        let readable = judgement.segments.flatMap(\.runs).reduce(UInt64(0)) {
            $0 + ($1.range?.count ?? 0)
        }
        let accepted = image.manifest.acceptedLosses
        let lost = judgement.damaged
        return VerifyReport(
            segmentsExamined: scans.count, segmentsTotal: image.segments.count,
            recordsExamined: readable, recordsTotal: readable + lost.count,
            bytesExamined: image.segments.values.reduce(0) { $0 + $1.fileBytes },
            verdicts: judgement.verdicts, damagedLSNs: lost, acceptedLosses: accepted,
            repairedAt: image.manifest.repairs, firstLSN: firstLSN, lastLSN: judgement.lastLSN,
            durableWitness: judgement.durable, logID: logID, epoch: epoch)
    }

    var firstLSN: LSN {
        image.segments.values.compactMap(\.header?.firstLSN).min() ?? .zero
    }

    var epoch: Epoch {
        max(
            image.manifest.epoch,
            image.segments.values.compactMap(\.header?.epoch).max() ?? .init(rawValue: 0))
    }

    /// Keeps this build from writing to what it understands in part only.
    func refuseNewer(in folder: LogFolder) throws(LogFailure) {
        for case .tooNew(let spot) in judgement.verdicts {
            let file = folder.path(of: spot.file)
            if let type = spot.recordType {
                throw .unknownRecord(file: file, type: type, detail: spot.detail)
            }
            let segment = spot.segment.flatMap { image.segments[$0] }
            throw .tooNew(file: file, major: segment?.header?.major ?? 0)
        }
    }

    func forEachRecord(
        in folder: LogFolder, from first: LSN, bodies: Bool, _ visit: (Record) -> Bool
    ) throws(LogFailure) {
        for segment in judgement.segments {
            let more = try forEachRecord(in: folder, segment, from: first, checkingPayload: bodies)
            {
                visit($1.record($0, in: segment.number, withBody: bodies))
            }
            if !more { return }
        }
    }

    /// Walks one segment's readable records; false when `visit` said stop.
    @discardableResult
    func forEachRecord(
        in folder: LogFolder, _ segment: SegmentJudgement, from first: LSN, checkingPayload: Bool,
        _ visit: (UnsafeRawBufferPointer, LocatedRecord) -> Bool
    ) throws(LogFailure) -> Bool {
        guard let header = image.segments[segment.number]?.header,
            segment.runs.contains(where: { $0.last >= first })
        else { return true }
        let file: LoadedFile
        do throws(SystemFailure) {
            file = try SegmentLoader.load(segment.number.fileName, in: folder)
        } catch {
            // Retired since the look: whoever retired it had folded it already.
            if error.code == ENOENT { return true }
            throw .system(error)
        }
        return file.bytes.withUnsafeBytes { bytes in
            RecordCursor.forEach(
                bytes, segment.runs, seed: Checksum.seed(salt: header.salt), from: first,
                checkingPayload: checkingPayload
            ) { visit(bytes, $0) }
        }
    }
}
