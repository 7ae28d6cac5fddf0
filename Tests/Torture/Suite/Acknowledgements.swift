// The question of every sweep: is what was acknowledged still there? For a log that goes on, one whose
// damage is recovered, and one that is reset.

import Support
import WriteAheadLog

/// What a process was promised, compared with what a log still has.
enum Acknowledgements {
    static func compare(
        _ acknowledged: [Crasher.Acknowledged], _ folder: String, _ what: String, _ tally: Tally,
        witness: ExternalWitness = .nothingKnown
    ) {
        do throws(LogFailure) {
            let contents = try LogReader.records(at: folder, witness: witness)
            if !contents.report.isSound || !contents.report.damagedLSNs.isEmpty {
                tally.broke("\(what): \(contents.report.verdicts)")
            }
            for verdict in contents.report.verdicts { tally.saw(verdict.name) }
            var found: [LSN: Record] = [:]
            for record in contents.records { found[record.lsn] = record }
            if found.count != contents.records.count { tally.broke("\(what): a position twice") }
            for promised in acknowledged {
                let record = found[promised.lsn]
                if record?.metadata != promised.metadata || record?.body != promised.body {
                    tally.broke("\(what): record \(promised.lsn)")
                    tally.add(1, "acknowledged records lost")
                }
            }
            tally.add(acknowledged.count, "acknowledged records compared")
        } catch {
            tally.broke("\(what): \(error)")
        }
    }
}

/// A log of which one record is damaged, about to be recovered.
struct DamagedLog {
    private static let segment = "segment-000001.log"
    private let folder: String
    private let promised: [Crasher.Acknowledged]
    private let lost: LSNSet
    private let bytes: [UInt8]

    init(in arena: Arena) throws {
        folder = arena.log
        promised = try Crasher.run(["work", folder, "12", "8192"]).acknowledged
        var bytes = try FileAccess.read("\(folder)/\(Self.segment)")
        bytes[4096 + 300] ^= 0x40
        try arena.write(bytes, to: Self.segment)
        self.bytes = bytes
        lost = try LogReader.verify(at: folder).damagedLSNs
    }

    /// After a recovery that was killed or failed, the next one ends as if it had run through: one
    /// loss, listed, the rest byte for byte, the damaged segment as it was.
    func expectRecovered(_ what: String, _ tally: Tally) throws {
        let again = try Crasher.run(["recover", folder])
        let report = try LogReader.verify(at: folder)
        if lost.count != 1 || !again.isDone || report.verdicts != [.ok]
            || report.acceptedLosses != lost
        {
            tally.broke("\(what): \(again.lines) \(report.verdicts)")
        }
        let intact = promised.filter { !lost.contains($0.lsn) }
        Acknowledgements.compare(intact, folder, "\(what), recovered again", tally)
        if try FileAccess.read("\(folder)/\(Self.segment)") != bytes {
            tally.broke("\(what): the segment changed")
        }
    }
}

/// A log about to be reset.
struct OldLog {
    private let arena: Arena
    private let promised: [Crasher.Acknowledged]
    private let id: LogID?

    init(in arena: Arena) throws {
        self.arena = arena
        promised = try Crasher.run(["work", arena.log, "4", "8192"]).acknowledged
        id = try LogReader.verify(at: arena.log).logID
    }

    /// There is a whole log under the name, the old or the new one, and the old one is somewhere.
    func expectKept(_ what: String, _ tally: Tally) throws {
        let now = try LogReader.verify(at: arena.log)
        let again = try Crasher.run(["open", arena.log])
        if now.verdicts != [.ok] || !again.isDone {
            tally.broke("\(what): \(now.verdicts) \(again.lines)")
        }
        let kept = try FileAccess.names(in: arena.path).map { "\(arena.path)/\($0)" }.first {
            path in
            guard FileAccess.exists("\(path)/MANIFEST") else { return false }
            return try LogReader.verify(at: path).logID == id
        }
        guard let kept else { return tally.broke("\(what): the old log is gone") }
        Acknowledgements.compare(promised, kept, what, tally)
    }
}
