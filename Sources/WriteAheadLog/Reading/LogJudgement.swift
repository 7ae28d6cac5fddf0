// The outcome of a judgement: for every segment what of it belongs to the log, and for the log what
// is the matter with it.

/// What of one segment belongs to the log, and what is the matter with it.
struct SegmentJudgement: Sendable {
    var number: SegmentNumber
    /// The readable records, in order, each once.
    var runs: [RecordRun] = []
    var lost = LSNSet()
    var verdicts: [Verdict] = []
    /// The end of the part that belongs to the log.
    var end: UInt64
    var lastLSN: LSN = .zero
    var chain: UInt32 = 0
    /// Whether recovery has listed this very state of the file.
    var isAccepted = false

    /// What no recovery has listed. No list makes records readable that a newer release wrote.
    var unlisted: [Verdict] {
        isAccepted ? verdicts.filter { if case .tooNew = $0 { true } else { false } } : verdicts
    }
}

struct LogJudgement: Sendable {
    /// In order of their numbers.
    var segments: [SegmentJudgement] = []
    /// Verdicts on the manifest and on files that are no segments.
    var folderVerdicts: [Verdict] = []
    var durable: LSN

    var lastLSN: LSN { segments.map(\.lastLSN).max() ?? .zero }

    var verdicts: [Verdict] {
        let all = folderVerdicts + segments.flatMap(\.unlisted)
        return all.isEmpty ? [.ok] : all
    }

    /// What is lost and not yet listed by a recovery.
    var damaged: LSNSet {
        segments.filter { !$0.isAccepted }
            .reduce(into: LSNSet()) { $0.formUnion($1.lost) }
    }
}

extension SegmentJudgement {
    /// The first and last position lost, as one range.
    var lostEnvelope: LSNRange? {
        guard let low = lost.ranges.first, let high = lost.ranges.last else { return nil }
        return LSNRange(low.first, high.last)
    }

    /// Names the records of the log that this build does not know and may not pass over.
    mutating func describeUnknown(_ scan: SegmentScan, _ segment: SegmentImage) {
        let records = scan.unknown.filter { record in
            runs.contains { $0.first <= record.lsn && record.lsn <= $0.last }
        }
        guard let first = records.first else { return }
        var detail = "record \(first.lsn) is a \(RecordType.name(of: first.type)), unknown here"
        if records.count > 1 { detail += ", and \(records.count - 1) more are" }
        verdicts.append(
            .tooNew(
                Spot(
                    segment: segment.number, file: segment.number.fileName, offset: first.offset,
                    detail: detail, recordType: first.type)))
    }

    /// Gives up on the whole segment.
    mutating func refuse(
        _ spot: Spot, _ whole: LSNRange?, _ detail: String, _ verdict: (Spot) -> Verdict
    ) {
        var spot = spot
        spot.detail = detail
        if let whole { lost.insert(whole) }
        verdicts.append(verdict(spot))
    }
}
