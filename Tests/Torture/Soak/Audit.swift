// After the storm: what the agents' logs say was acknowledged against what the ledger holds, read
// over a socket of its own. A promise is a record; that it was kept is seen elsewhere.

import Drills
import Foundation
import LiveProtocol
import LiveSync
import Support
import TortureSuite
import WriteAheadLog

/// Compares logs and ledger.
struct Audit {
    let crowd: Crowd
    let tally: Tally

    /// - Returns: the ledger, for what else is asked of it.
    @discardableResult
    func run() throws -> WholeLedger {
        let ledger = try WholeLedger(
            port: crowd.sandbox.port, room: crowd.room, home: crowd.sandbox.mothershipHome)
        tally.add(ledger.sets.count, "change sets in the ledger")
        checkLedger(ledger)
        let known = Set(ledger.sets.flatMap(\.places).map(\.sequence))
        for peer in crowd.peers { try checkLog(of: peer, known) }
        return ledger
    }

    private func checkLedger(_ ledger: WholeLedger) {
        var seen: Set<ChangeSetID> = []
        for id in ledger.setIDs where !seen.insert(id).inserted {
            tally.broke("change set \(id.hex) stands twice in the ledger")
        }
        let sequences = ledger.sets.flatMap(\.places).map(\.sequence).sorted()
        for (one, next) in zip(sequences, sequences.dropFirst()) where one >= next {
            tally.broke("sequence \(next) was given out twice")
        }
    }

    private func checkLog(of peer: SandboxPeer, _ ledger: Set<UInt64>) throws {
        var applied: Set<String> = []
        var unreadable: [String] = []
        var (acknowledged, lost) = (0, [ChangeSetID]())
        let report = try LogReader.forEachRecord(at: peer.workspace.walFolder) { record in
            guard let type = record.type else { return true }
            do throws(PostcardFailure) {
                switch try PeerRecord(type: type, metadata: record.metadata, body: record.body) {
                case .acked(let id, let places, _) where !places.isEmpty:
                    acknowledged += 1
                    // Said by somebody else before, it has that one's place.
                    if !places.allSatisfy({ ledger.contains($0.sequence) }) { lost.append(id) }
                case .applyOK(let id, let set, let functions, _):
                    for function in functions
                    where !applied.insert("\(id) \(set.hex) \(function.hex)").inserted {
                        tally.broke("\(peer.user) applied \(set.hex) twice")
                    }
                default: break
                }
            } catch {
                unreadable.append("\(record.lsn): \(error.reason)")
            }
            return true
        }
        tally.add(acknowledged, "acknowledged sets looked up")
        tally.add(applied.count, "applied changes looked at")
        for id in lost { tally.broke("\(peer.user): \(id.hex) was acknowledged and is lost") }
        for what in unreadable { tally.broke("\(peer.user): a record is unreadable: \(what)") }
        if !report.isSound { tally.broke("\(peer.user)'s log is damaged") }
    }
}
