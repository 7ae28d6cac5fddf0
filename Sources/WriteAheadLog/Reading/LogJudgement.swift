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
}

struct LogJudgement: Sendable {
    /// In order of their numbers.
    var segments: [SegmentJudgement] = []
    /// Verdicts on the manifest and on files that are no segments.
    var folderVerdicts: [Verdict] = []
    var durable: LSN

    var lastLSN: LSN { segments.map(\.lastLSN).max() ?? .zero }

    var verdicts: [Verdict] {
        let all = folderVerdicts + segments.filter { !$0.isAccepted }.flatMap(\.verdicts)
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
