// Clocks that are wrong by years: order comes from the ledger and never from a clock, so work goes
// on, and the difference is named; and a second agent on the same working copy, which is refused.

import Drills
import Foundation
import LiveSync
import SoakSuite
import Support
import Testing

@Suite struct WrongYearsTests {
    @Test(
        .enabled(if: ClockShim.obstacle == nil, "no C compiler for the clock shim"),
        arguments: [10, -10])
    func aClockWrongByYearsNeitherLosesNorReorders(years: Int64) async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let shim = try ClockShim(in: sandbox.folder)
            try pair.ben.killAgent()
            try pair.ben.enable(with: shim.variables(ahead: years * 365 * 86_400))
            try pair.ben.wait(for: "the link") { $0.link.state == .online }
            for round in 1...4 {
                let (author, other) =
                    round.isMultiple(of: 2)
                    ? (pair.ada, pair.ben) : (pair.ben, pair.ada)
                let mark = "return 3\(round)"
                try author.edit(
                    "pkg/billing.py", round == 1 ? "return 3" : "return 3\(round - 1)", mark)
                try other.wait(for: "pkg/billing.py", toHold: mark)
            }
            #expect(try pair.ada.read("pkg/billing.py") == pair.ben.read("pkg/billing.py"))
            #expect(try pair.both.allSatisfy { try $0.status().conflicts.isEmpty })
            let offset = try #require(try pair.ben.status().link.clockOffsetMilliseconds)
            #expect(abs(offset + Double(years) * 365 * 86_400_000) < 60_000)
        }
    }

    @Test func aSecondAgentOnTheSameRootIsRefusedAndHarmsNothing() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let first = try pair.ada.agentProcess()
            let second = try pair.ada.tryAura(
                ["live", "agent", "--root", pair.ada.root], limit: .seconds(90))
            #expect(second.status == 6, "\(second.status): \(second.errors)\(second.output)")
            #expect(try pair.ada.agentProcess() == first && first.isAlive)
            try pair.ada.edit("pkg/billing.py", "return 3", "return 33")
            try pair.ben.wait(for: "pkg/billing.py", toHold: "return 33")
        }
    }
}
