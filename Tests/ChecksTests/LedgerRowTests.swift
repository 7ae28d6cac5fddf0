// What the row of the log says of the ledger beside it.

import Diagnostics
import Foundation
import LiveSync
import Testing

@testable import Checks

@Suite struct LedgerRowTests {
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
