// What repairs write down before they act, and what they have cost. An undo rests on the one, and on the
// other that nobody takes a loss for health.

import Diagnostics
import Support

extension Decoder {
    static func repairs() throws -> [Decoder] {
        [try journal(), try journalLine(), try losses()]
    }

    /// A journal whose chain does not hold is no journal; of one that holds, each line is kept.
    private static func journal() throws -> Decoder {
        let folder = try ScratchFolder()
        guard let run = RunID(rawValue: WireSamples.run) else {
            throw PlainFailure(WireSamples.run, "is no name of a run", nextStep: "none")
        }
        let history = RunHistory(folder: folder.path)
        return Decoder("journal of a repair", samples: [Array(WireSamples.journal.utf8)]) { bytes in
            try folder.write(bytes, to: "\(run).ndjson")
            let record = try history.run(run)
            return record.id == run ? .taken : .altered("the journal of \(record.id)")
        }
    }

    /// The lines alone, because no chain outlives a change.
    private static func journalLine() throws -> Decoder {
        try json(
            "line of a journal",
            samples: try WireSamples.journal.split(separator: "\n").map {
                try JSONText.decode(JournalEntry.self, from: String($0))
            })
    }

    private static func losses() throws -> Decoder {
        let folder = try ScratchFolder()
        let ledger = LossLedger(folder: folder.path)
        let loss = Loss(records: 3, names: ["records 7 to 9"], hasMore: true)
        try ledger.note(
            loss, for: ["integrity.checksum-mismatch"], at: Timestamp(rawValue: 1_700_000_000_000))
        let sample = try FileAccess.read(folder.at("losses.ndjson"))
        return Decoder("ledger of losses", samples: [sample]) { bytes in
            try folder.write(bytes, to: "losses.ndjson")
            return try reread(ledger.entries())
        }
    }
}
