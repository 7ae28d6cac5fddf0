// A Mothership that is put back from an older copy of its home, and has given its numbers out again
// by the time somebody comes back.

import Drills
import Foundation
import Support
import Testing

@Suite struct OlderHomeTests {
    private static let path = "pkg/billing.py"
    private static let code = "integrity.hub-went-back"

    @Test func whoWasAwayMeanwhileFindsAConflictAndNotItsOwnNumbers() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let (home, copy) = (sandbox.mothershipHome, sandbox.folder + "/older-home")
            try Self.stop(sandbox)
            try FileManager.default.copyItem(atPath: home, toPath: copy)
            try sandbox.startMothership()
            try pair.ada.edit(Self.path, "return 3", "return 5")
            try pair.ben.wait(for: Self.path, toHold: "return 5")
            try pair.settle()
            try pair.ben.aura(["live", "sync", "disable"])
            try pair.ben.edit(Self.path, "return 5", "return 7")
            try pair.ada.edit(Self.path, "return 5", "return 8")
            try pair.ada.wait(for: "the answer") {
                $0.counters.changesAcknowledged == 2 && $0.wal.pendingOut == 0
            }

            try Self.stop(sandbox)
            try FileManager.default.removeItem(atPath: home)
            try FileManager.default.moveItem(atPath: copy, toPath: home)
            try sandbox.startMothership()
            try pair.ada.aura(["live", "sync", "push", "--flush"])
            // The old copy was empty: what Ada has comes first in it.
            try pair.ada.wait(for: "the push") {
                $0.counters.changesAcknowledged == 3 && $0.wal.pendingOut == 0
            }
            #expect(try Self.isTold(by: pair.ada))
            try Self.repair(pair.ada)

            try pair.ben.enable()
            try Waiting.until("one conflict") {
                try pair.ada.status().conflicts.count + pair.ben.status().conflicts.count == 1
            }
            try pair.settle()
            #expect(try pair.ada.text(Self.path).contains("return 8"))
            #expect(try pair.ben.text(Self.path).contains("return 7"))
            let shown = try pair.ben.aura([
                "live", "conflicts", "show", Self.onlyConflict(pair.ben),
            ])
            #expect(shown.output.contains("return 7") && shown.output.contains("return 8"))
            // The numbers have grown again; that Ben's ledger went back is told all the same.
            #expect(try Self.isTold(by: pair.ben))
            try Self.repair(pair.ben)
            #expect(try pair.ben.status().conflicts.count == 1)
        }
    }

    /// What is the same ledger is never taken for another one.
    @Test func aMothershipThatOnlyStartsAgainIsTheOneThatWasKnown() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            var text = "return 3"
            for (round, kills) in [true, false, false].enumerated() {
                let next = "return 4\(round)"
                try pair.ada.edit(Self.path, text, next)
                text = next
                try pair.ben.wait(for: Self.path, toHold: next)
                try kills ? sandbox.killMothership() : Self.stop(sandbox)
                try sandbox.startMothership()
                for peer in pair.both {
                    try peer.aura(["live", "sync", "push", "--flush"])
                    try peer.wait(for: "the link") { $0.link.state == .online }
                }
            }
            for peer in pair.both {
                let status = try peer.status()
                #expect(status.wal.setback == nil)
                #expect(status.conflicts.isEmpty)
                #expect(try !Self.isTold(by: peer))
            }
        }
    }

    private static func stop(_ sandbox: Sandbox) throws {
        try sandbox.aura().require(["mothership", "stop"])
    }

    private static func onlyConflict(_ peer: SandboxPeer) throws -> String {
        try #require(try peer.status().conflicts.first?.id)
    }

    private static func isTold(by peer: SandboxPeer) throws -> Bool {
        try peer.doctor().body.findings.contains { $0.code == code }
    }

    private static func repair(_ peer: SandboxPeer) throws {
        let result = try peer.tryAura(["doctor", "live", "--fix", "--yes", code])
        #expect(try !isTold(by: peer), "\(result.output)\(result.errors)")
        try peer.wait(for: "an empty queue") {
            $0.link.state != .offline && $0.wal.pendingOut == 0 && $0.wal.pendingIn == 0
        }
    }
}
