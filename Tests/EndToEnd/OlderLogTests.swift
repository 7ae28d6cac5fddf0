// An older copy of a peer's log, as a backup brings it back, under a Mothership that went on: what the
// log no longer knows is on both sides already. It is neither lost, nor applied twice, nor a conflict,
// and the peer goes on sharing behind it.

import Drills
import Foundation
import LiveSync
import Support
import Testing

@Suite struct OlderLogTests {
    private static let own = "pkg/billing.py"
    private static let theirs = "src/shapes.rs"

    @Test func aLogFromABackupUnderALivingMothershipLosesAndRepeatsNothing() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            let backup = sandbox.folder + "/older-log"
            try pair.ada.edit(Self.own, "return 3", "return 31")
            try pair.ben.wait(for: Self.own, toHold: "return 31")
            try whileOff(pair.ada) {
                try FileManager.default.copyItem(
                    atPath: pair.ada.workspace.walFolder, toPath: backup)
            }
            // What the backup does not know: a push that was answered, and a change that came.
            try pair.ada.edit(Self.own, "return 31", "return 32")
            try pair.ben.wait(for: Self.own, toHold: "return 32")
            try pair.ben.edit(Self.theirs, "value * 2", "value * 3")
            try pair.ada.wait(for: Self.theirs, toHold: "value * 3")
            try whileOff(pair.ada) {
                try FileManager.default.removeItem(atPath: pair.ada.workspace.walFolder)
                try FileManager.default.copyItem(
                    atPath: backup, toPath: pair.ada.workspace.walFolder)
            }
            try pair.ada.wait(for: "the link") { $0.link.state == .online }

            try pair.ada.edit(Self.own, "return 32", "return 33")
            try pair.ben.wait(for: Self.own, toHold: "return 33")
            try pair.ben.edit(Self.theirs, "value * 3", "value * 4")
            try pair.ada.wait(for: Self.theirs, toHold: "value * 4")

            for path in [Self.own, Self.theirs] {
                #expect(try pair.ada.text(path) == pair.ben.text(path))
            }
            for peer in [pair.ada, pair.ben] {
                try peer.wait(for: "nothing on its way") {
                    $0.wal.pendingOut == 0 && $0.wal.pendingIn == 0
                }
                let state = try peer.status()
                #expect(state.conflicts.isEmpty && state.dismissed.isEmpty)
                #expect(state.lifecycle == .active)
                try Situation.awaitHealth("in the end") { try peer.doctor() }
            }
        }
    }

    private func whileOff(_ peer: SandboxPeer, _ body: () throws -> Void) throws {
        try peer.aura(["live", "sync", "disable"])
        try body()
        try peer.enable()
    }
}
