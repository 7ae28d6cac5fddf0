// The one repair of a damaged log, which two buckets ask for: the owner stops, the log recovers,
// the owner goes on and reads the whole tree again, so that a lost push is found and made anew.

import Diagnostics
import WriteAheadLog

extension [LiveStep] {
    /// Stop, recover, go on.
    ///
    /// - Parameter isOn: an agent ran. What the log said of that may be among what is lost, and sync
    ///   stays on all the same.
    static func recovery(losing loss: Loss, isOn: Bool) -> [LiveStep] {
        [.stopAgent, .recoverLog(losing: loss), isOn ? .startAgent : .resumeAgent]
    }
}

extension VerifyReport {
    /// The same for every damaged place, since one recovery covers all.
    ///
    /// - Parameter durable: the last record that the running owner wrote; nil when nobody tells.
    func recovery(isOn: Bool, durable: UInt64? = nil) -> [LiveStep] {
        .recovery(losing: loss(durable), isOn: isOn)
    }

    /// The records that cannot be read.
    private func loss(_ durable: UInt64?) -> Loss {
        // Recovery gives exchanged files their names back before it gives anything up.
        let exchanged = misnamedFiles
        let verdicts = verdicts.filter { !exchanged.contains($0.spot?.file ?? "") }
        let damaged = verdicts.filter(\.isDamage).compactMap(\.spot)
        let ranges = damaged.compactMap(\.lsns)
        let uncounted = verdicts.filter(\.isUncounted).compactMap { $0.spot?.file }
        let listed = Loss(
            records: ranges.reduce(0) { $0 + Int(clamping: $1.count) },
            names: damaged.compactMap(Self.name)
                + uncounted.map { "records of \($0), how many is not known" },
            hasMore: !uncounted.isEmpty)
        guard let durable, isLastSegmentMissing, lastLSN.rawValue < durable else { return listed }
        return listed + .records(lastLSN.rawValue + 1, through: durable)
    }

    /// A checkpoint is no change of anybody's: it repeats what the state was.
    private static func name(_ spot: Spot) -> String? {
        guard let lsns = spot.lsns else { return nil }
        let isCheckpoint = spot.recordType == RecordType.checkpoint.rawValue
        return "records \(lsns)" + (isCheckpoint ? ", a checkpoint of the state" : "")
    }

    /// What was in it only its owner knows.
    private var isLastSegmentMissing: Bool {
        verdicts.contains {
            if case .missing(let spot) = $0 { spot.lsns == nil } else { false }
        }
    }
}

extension Loss {
    /// Nothing where the range is empty.
    static func records(_ first: UInt64, through last: UInt64) -> Loss {
        guard first <= last else { return .none }
        return Loss(
            records: Int(clamping: last - first + 1), names: ["records \(first)–\(last)"])
    }
}
