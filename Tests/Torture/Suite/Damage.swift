// One case: the files as somebody left them, and what the log has to make of them. The expectation
// comes from the places of the records in the intact log, never from the code under test.

import WriteAheadLog

struct Damage: Sendable {
    /// The kind of fault, as the tally counts it.
    var kind: String
    /// The exact place, for the line that reports a broken promise.
    var place: String
    /// The files that differ; nil for one that is gone.
    var files: [String: [UInt8]?]
    /// The rows that may answer; besides them only what `isHarmless` allows.
    var rows: Set<String>
    /// Records that this may cost; every other one must be read back.
    var mayLose: Set<LSN> = []
    /// Records that this must cost, each of them named.
    var mustLose: Set<LSN> = []
    /// Nothing of value was touched, so that OK is an answer too.
    var isHarmless = false
    /// Records of the write that was under way: free to be there, whole, or not.
    var mayReturn: [LSN: KnownRecord] = [:]
    /// What the other side of the link knows.
    var witness: ExternalWitness = .nothingKnown
    /// The fault takes the log's own witnesses with it, so that what it costs cannot be named.
    var takesWitnesses = false
    /// A newer format is refused for writing.
    var refusesWriting = false
    /// A folder stands in this file's place: the bytes cannot be read.
    var unreadableFile: String?
}

extension TortureLog {
    /// The case of one segment with other bytes, judged by what really differs.
    func damaged(
        _ segment: String, to bytes: [UInt8], kind: String, place: String, rows: Set<String>
    ) -> Damage {
        let intact = files[segment] ?? []
        var touched: Set<LSN> = []
        var isSame = bytes.count == intact.count
        for (lsn, record) in records(in: segment) {
            let range = record.offset..<record.end
            let now = range.upperBound <= bytes.count ? bytes[range] : bytes[bytes.count...]
            if now != intact[range] {
                touched.insert(lsn)
                isSame = false
            }
        }
        isSame = isSame && bytes == intact
        return Damage(
            kind: kind, place: place, files: [segment: bytes], rows: rows, mayLose: touched,
            isHarmless: isSame)
    }
}
