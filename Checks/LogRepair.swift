// The one repair of a damaged log, which two buckets ask for: the owner stops, the log recovers,
// the owner goes on and reads the whole tree again, so that a lost push is found and made anew.

import Diagnostics
import WriteAheadLog

extension VerifyReport {
    /// Stop, recover, go on; the same for every damaged place, since one recovery covers all.
    var recovery: [LiveStep] { [.stopAgent, .recoverLog(losing: loss), .resumeAgent] }

    /// The records that cannot be read.
    private var loss: Loss {
        let ranges = verdicts.filter(\.isDamage).compactMap { $0.spot?.lsns }
        let records = ranges.reduce(0) { $0 + Int(clamping: $1.count) }
        return Loss(records: records, names: ranges.map { "records \($0)" })
    }
}
