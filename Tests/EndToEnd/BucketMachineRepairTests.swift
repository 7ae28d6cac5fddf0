// Situations six to ten of the field manual, put right by `--fix`: somebody shown who is gone, a
// damaged log, a slow scan, received and still the old text, and a reset.

import Diagnostics
import Drills
import Foundation
import Glibc
import LiveSync
import Support
import Testing

@Suite struct BucketMachineRepairTests {
    // MARK: 6, stale presence

    @Test func aPeerWhoseEndNobodyAnnouncedIsShownNoLonger() async throws {
        try await inSandbox { sandbox in
            let pair = try ProxiedPair(in: sandbox, settings: Situation.settings())
            let (proxy, ada, ben) = (pair.proxy, pair.ada, pair.ben)
            try ada.wait(for: "ben") { status in
                status.presence.peers.contains { !$0.isSelf && $0.state == .online }
            }
            try Situation.awaitHealth("before") { try ada.doctor() }
            let lost = proxy.losePresence()
            try ben.killAgent()
            try Waiting.until("the notice to be lost") { lost.hasHappened }
            proxy.restore()

            try Situation.repair("presence.peer-stale", at: ada)

            #expect(try ada.status().presence.peers.allSatisfy(\.isSelf))
        }
    }

    // MARK: 7, the log is reported corrupt

    @Test func aDamagedRecordIsGivenUpByNameAndNothingElseIsLost() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try Situation.awaitHealth("before") { try pair.ada.doctor() }
            try pair.ada.edit("pkg/billing.py", "return 3", "return 3003")
            try pair.ben.wait(for: "pkg/billing.py", toHold: "return 3003")
            // Not pushed yet when the log is damaged, and in the same log.
            try sandbox.killMothership()
            try pair.ada.wait(for: "offline") { $0.link.state == .offline }
            try pair.ada.edit("src/shapes.rs", "value * 2", "value * 7")
            try pair.ada.wait(for: "the push") { $0.wal.pendingOut == 1 }
            try pair.ada.aura(["live", "sync", "disable"])
            try pair.ada.damageRecord(holding: "return 3003")
            try sandbox.startMothership()
            try pair.ada.enable()

            let run = try Situation.repair(
                "integrity.checksum-mismatch", at: pair.ada, agreeing: "--allow-loss",
                leaving: ["integrity.loss-ledger"])

            #expect(run.loss.records == 1)
            #expect(!run.loss.names.isEmpty)
            try pair.ben.wait(for: "src/shapes.rs", toHold: "value * 7")
            #expect(try pair.ben.text("pkg/billing.py").contains("return 3003"))
            #expect(try pair.ada.status().conflicts.isEmpty)
        }
    }

    // MARK: 8, a slow scan

    @Test func aBroadScopeIsForAPersonToNarrow() async throws {
        let many = Dictionary(
            uniqueKeysWithValues: (0..<1500).map {
                ("many/d\($0 / 50)/f\($0).py", "def f\($0)():\n    return \($0)\n")
            })
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox, extra: many)
            try sandbox.startMothership()
            var settings = Situation.settings(
                "scanner_scope_functions = 1000\nscanner_slow_warn = \"1ms\"")
            // Every tick walks the whole tree, which takes longer than the limit on any machine.
            settings["live.scan"] = "tick_ms = 200\nfull_every = 1"
            let ada = try sandbox.addPeer("ada", cloning: source, settings: settings)

            let said = try Situation.leaveAlone("scanner.scope-too-broad", at: ada)

            #expect(said.contains("narrow the include globs in .aura/live.toml"), "\(said)")
        }
    }

    @Test func aWatcherWithoutItsProofIsStartedAfresh() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try Situation.awaitHealth("before") { try pair.ada.doctor() }
            try FileManager.default.removeItem(atPath: pair.ada.workspace.canaryFolder)

            try Situation.repair("scanner.canary-dir-missing", at: pair.ada)

            try pair.ada.edit("src/shapes.rs", "value * 2", "value * 3")
            try pair.ben.wait(for: "src/shapes.rs", toHold: "value * 3")
        }
    }

    @Test(arguments: [
        ("scanner.canary-dir-missing", "canary"), ("agent.log-broken", "logs"),
    ])
    func aFileInPlaceOfAFolderIsSetAsideWithTheAgentUp(code: String, folder: String) async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try Situation.awaitHealth("before") { try pair.ada.doctor() }
            let path = "\(pair.ada.workspace.liveFolder)/\(folder)"
            try FileManager.default.removeItem(atPath: path)
            try FileAccess.replace(path, with: "".utf8)

            try Situation.repair(code, at: pair.ada)

            #expect(FileAccess.isFolder(path))
            #expect(try pair.ada.status().source == .agent)
        }
    }

    // MARK: 9, received there and still the old text

    @Test func aChangeThatALockKeptOutIsAppliedOnceTheLockIsGone() async throws {
        try await inSandbox { sandbox in
            // Ticks so rare that the repair is what applies the change.
            var settings = Situation.settings("scanner_stalled = \"600s\"")
            settings["live.scan"] = "tick_ms = 120000"
            let pair = try Pair(in: sandbox, settings: settings)
            try Situation.awaitHealth("before") { try pair.ada.doctor() }
            let path = pair.ada.path("App/Greeting.swift")
            // Read only: the end of a writer is an event, and the agent would try by itself.
            let descriptor = try retrying("open", path) { open(path, O_RDONLY | O_CLOEXEC) }
            var isOpen = true
            defer { if isOpen { close(descriptor) } }
            try retrying("flock", path) { flock(descriptor, LOCK_EX) }
            try pair.ben.edit("App/Greeting.swift", "times + 5", "times + 6")
            try Situation.awaitRoot("wal.apply-failed-locked") { try pair.ada.doctor() }

            close(descriptor)
            isOpen = false
            try Situation.repair("wal.apply-failed-locked", at: pair.ada)

            #expect(try pair.ada.text("App/Greeting.swift").contains("times + 6"))
            #expect(try pair.ada.status().conflicts.isEmpty)
        }
    }

    // MARK: 10, a reset

    @Test func aResetIsMadeGoodWithWhatWasUnsentExportedFirst() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try Situation.awaitHealth("before") { try pair.ada.doctor() }
            try sandbox.aura().require(["mothership", "stop"])
            try pair.ada.edit("src/shapes.rs", "value * 2", "value * 3")
            try pair.ada.wait(for: "the push") { $0.wal.pendingOut == 1 }
            try pair.ada.aura(["live", "sync", "disable"])
            try pair.ada.aura([
                "live", "wal", "reset", "--confirm", "--allow-loss", "wal.reset-unsafe",
            ])
            let export = pair.ada.workspace.liveFolder + "/export"
            try FileManager.default.removeItem(atPath: export)
            try sandbox.startMothership()

            try Situation.repair("wal.reset-unsafe", at: pair.ada, agreeing: "--allow-loss")

            let folder = try #require(try FileAccess.names(in: export).first)
            let file = try #require(try FileAccess.names(in: "\(export)/\(folder)").first)
            let kept = try FileAccess.read("\(export)/\(folder)/\(file)")
            #expect(String(decoding: kept, as: UTF8.self).contains("value * 3"))
            try pair.ben.wait(for: "src/shapes.rs", toHold: "value * 3")
            #expect(try pair.ada.text("src/shapes.rs").contains("value * 3"))
        }
    }
}
