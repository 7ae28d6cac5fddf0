// The log stays short: a checkpoint takes the place of what came before it, and nothing that is
// known is lost with the old segments.

import Drills
import LiveSync
import Support
import Testing
import WriteAheadLog

@Suite struct CompactionTests {
    private static let path = "pkg/large.py"

    @Test func aLongHistoryIsReplacedByACheckpointAndTheStateSurvivesAKill() async throws {
        try await inSandbox { sandbox in
            // Large texts, so that few saves fill the smallest segments there are.
            let bulk = String(repeating: "0123456789abcdef", count: 12 << 10)
            let pair = try Pair(
                in: sandbox,
                extra: ["pkg/large.py": "def large():\n    return 3\n    \"\(bulk)\"\n"],
                settings: ["live.wal": "segment_bytes = 1048576", "live.scan": "tick_ms = 200"])
            let retired = pair.ada.workspace.walFolder + "/retired"
            var value = 3
            try Waiting.until("segments to retire", limit: .seconds(120)) {
                try pair.ada.edit(Self.path, "return \(value)\n", "return \(value + 1)\n")
                value += 1
                try pair.ada.wait(for: "the push") {
                    $0.counters.changesAcknowledged == UInt64(value - 3)
                }
                return try FileAccess.exists(retired) && !FileAccess.names(in: retired).isEmpty
            }
            let verify = try pair.ada.aura(["live", "wal", "verify"]).output
            #expect(verify.contains("OK"), "\(verify)")
            let before = try pair.ada.status()

            try pair.ada.killAgent()
            let offline = try pair.ada.status()
            #expect(offline.counters == before.counters)
            try pair.ada.enable()
            try pair.ada.edit(Self.path, "return \(value)\n", "return 1000\n")
            try pair.ben.wait(for: Self.path, toHold: "return 1000")
            let after = try pair.ada.status()
            #expect(after.counters.changesAcknowledged == before.counters.changesAcknowledged + 1)
            #expect(after.conflicts.isEmpty && after.wal.refused.isEmpty)
        }
    }
}
