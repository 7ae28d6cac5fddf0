// An answer that gets lost while the link stays up: the push goes out again, is taken once, and
// what was saved meanwhile follows.

import Drills
import LiveSync
import Testing

@Suite struct AnswerTests {
    private static let path = "pkg/billing.py"

    @Test func aPushWhoseAnswerWasLostGoesOutAgainAndIsTakenOnce() async throws {
        try await inSandbox { sandbox in
            let pair = try ProxiedPair(in: sandbox, adas: ["live.presence": "ping_s = 1"])
            let (proxy, ada, ben) = (pair.proxy, pair.ada, pair.ben)
            for peer in [ada, ben] { try peer.wait(for: "the link") { $0.link.state == .online } }
            let since = try ada.status().link.upSince
            let lost = Lost()
            proxy.rewrite { message in
                if case .packAck = message, lost.isFirst() { return .nothing }
                return .asIs
            }
            try ada.edit(Self.path, "return 3", "return 30")
            try ben.wait(for: Self.path, toHold: "return 30")
            try Waiting.until("the lost answer") { lost.hasHappened }
            try ada.edit(Self.path, "return 30", "return 31")
            try ben.wait(for: Self.path, toHold: "return 31")
            try ada.wait(for: "an empty queue") { $0.wal.pendingOut == 0 }
            let status = try ada.status()
            #expect(status.counters.changesAcknowledged == 2)
            #expect(status.link.upSince == since, "the same link all along")
        }
    }
}
