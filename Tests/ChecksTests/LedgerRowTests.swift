// What the row of the log says of the ledger beside it.

import Diagnostics
import Foundation
import LiveSync
import Testing

@testable import Checks

@Suite struct LedgerRowTests {
    /// Numbers that grew again say nothing of what stands under them.
    @Test func aLedgerThatWentBackIsToldUntilItIsRepaired() throws {
        var snapshot = IntegritySnapshot(report: .healthy)
        snapshot.ledger = .init(head: 9, acknowledged: 7)
        #expect(IntegrityCheck().diagnose(snapshot).isEmpty)
        snapshot.setback = LedgerSetback(known: 7, head: 2)
        let finding = try #require(IntegrityCheck().diagnose(snapshot).first)
        #expect(finding.kind == .hubWentBack)
        #expect(finding.symptom.contains("up to 7") && finding.symptom.contains("at 2"))
        #expect(IntegrityCheck().remediate(finding, seenIn: snapshot) == [.edit(.forgetBases)])
        snapshot.isAgentUp = true
        #expect(
            IntegrityCheck().remediate(finding, seenIn: snapshot)
                == [.stopAgent, .edit(.forgetBases), .resumeAgent])
        snapshot.ledger?.head = 5
        #expect(IntegrityCheck().diagnose(snapshot).map(\.kind) == [.hubWentBack])
    }

    @Test func theRowTellsOfTheLedgerOnlyWhenAllOfItWasRead() {
        var snapshot = IntegritySnapshot(report: .healthy)
        snapshot.store = .init(isWhole: true, words: "whole (the newest 1000 records)")
        func ledger() -> String {
            let detail = IntegrityCheck().judge(snapshot).detail
            return detail.components(separatedBy: ", ledger ").dropFirst().joined()
        }
        #expect(ledger() == "")
        snapshot.store = .init(isWhole: true, words: "whole (all 40 records)")
        snapshot.isStoreReadWhole = true
        #expect(ledger() == "whole (all 40 records)")
        snapshot.store = .init(isWhole: false, words: "a gap after 3")
        #expect(ledger() == "damaged")
        snapshot.storeProblem = "gave no answer"
        #expect(ledger() == "not read")
    }
}
