// `wal recover` and `wal reset` on real logs with real damage: nothing is lost that was pushed,
// what was not is found and pushed again.

import Diagnostics
import Drills
import LiveSync
import Support
import Testing
import WriteAheadLog

@Suite struct LogRepairTests {
    private static let path = "pkg/billing.py"

    /// A pending push in a sealed segment whose bytes are then damaged.
    private func damaged(in sandbox: Sandbox) throws -> Pair {
        let pair = try Pair(in: sandbox)
        try sandbox.killMothership()
        try pair.ada.wait(for: "offline") { $0.link.state == .offline }
        try pair.ada.edit(Self.path, "return 3", "return 3003")
        try pair.ada.wait(for: "queue") { $0.wal.pendingOut == 1 }
        try pair.ada.aura(["live", "sync", "disable"])
        try pair.ada.damageRecord(holding: "return 3003")
        return pair
    }

    @Test func whatRecoveryLosesIsFoundAndPushedAgain() async throws {
        try await inSandbox { sandbox in
            let pair = try damaged(in: sandbox)
            let verify = try pair.ada.tryAura(["live", "wal", "verify"])
            #expect(verify.status == 1)
            #expect(verify.output.contains("CHECKSUM_MISMATCH"), "\(verify.output)")

            let recovered = try pair.ada.aura(["live", "wal", "recover"]).output
            #expect(recovered.contains("recovered"), "\(recovered)")
            #expect(recovered.contains("unacked: 1 lost"), "\(recovered)")
            #expect(recovered.contains("billing::last"), "\(recovered)")
            #expect(try pair.ada.aura(["live", "wal", "verify"]).output.contains("OK"))

            try sandbox.startMothership()
            try pair.ada.enable()
            try pair.ben.wait(for: Self.path, toHold: "return 3003", limit: .seconds(60))
            #expect(try pair.ada.status().conflicts.isEmpty)
            // Sound, and never again simply green.
            let report = try pair.ada.tryAura(["doctor", "live"]).output
            #expect(report.contains("integrity.loss-ledger"), "\(report)")
            let again = try pair.ada.aura(["live", "wal", "recover"]).output
            #expect(again.contains("nothing to recover"), "\(again)")
            #expect(again.contains("agent:   started again"), "\(again)")
        }
    }

    /// Whoever is asked to agree to a loss is told which functions nobody else has.
    @Test func aPlanNamesWhatIsNotPushedYet() async throws {
        try await inSandbox { sandbox in
            let pair = try damaged(in: sandbox)

            let plan = try pair.ada.aura(["doctor", "plan"]).output

            #expect(plan.contains("among it, not pushed yet:"), "\(plan)")
            #expect(plan.contains("  pkg/billing.py#billing::last"), "\(plan)")
            #expect(try pair.ada.tryAura(["live", "wal", "verify"]).status == 1, "still damaged")
        }
    }

    /// What an earlier run gave up is remembered, and is no reason to take the next one back.
    @Test func aRepairThatWasTakenBackCanBeMadeAgain() async throws {
        try await inSandbox { sandbox in
            let pair = try damaged(in: sandbox)
            let code = "integrity.checksum-mismatch"
            let fix = [
                "doctor", "live", "--fix", "--yes", code, "--allow-loss", code, "--only", "wal",
                "--only", "integrity",
            ]
            for _ in 0..<2 {
                let repaired = try pair.ada.tryAura(fix).output
                #expect(repaired.contains("it was repaired"), "\(repaired)")
                let hint = try #require(repaired.firstRange(of: "aura doctor undo "))
                let run = repaired[hint.upperBound...].prefix { !$0.isWhitespace }
                let undone = try pair.ada.aura(["doctor", "undo", String(run)]).output
                #expect(undone.contains("taken back"), "\(undone)")
                let found = try pair.ada.tryAura(["doctor", "live", "--only", "integrity"]).output
                #expect(found.contains(code) && !found.contains("loss-ledger"), "\(found)")
            }
        }
    }

    /// An agent shortens its log, but not one that it could not read whole.
    @Test func damageStaysUntilSomebodyHeardOfTheLoss() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let folder = pair.ada.workspace.walFolder
            var text = "return 3"
            // One segment fewer than at the next start makes a checkpoint worth while.
            for number in 100..<120 {
                try pair.ada.edit(Self.path, text, "return \(number)")
                text = "return \(number)"
                try pair.ben.wait(for: Self.path, toHold: text)
                try pair.ada.aura(["live", "sync", "disable"])
                let segments = try FileAccess.names(in: folder).count { $0.hasPrefix("segment-") }
                if segments >= 3 { break }
                try pair.ada.enable()
            }
            try pair.ada.damageRecord(holding: text)

            for _ in 0..<2 {
                try pair.ada.enable()
                try pair.ada.wait(for: "ticks") { ($0.scanner?.ticks ?? 0) >= 2 }
                let report = try pair.ada.tryAura(["doctor", "live"]).output
                #expect(report.contains("integrity.checksum-mismatch"), "\(report)")
                try pair.ada.aura(["live", "sync", "disable"])
            }
            try pair.ada.enable()
            let code = "integrity.checksum-mismatch"
            let fixed = try pair.ada.tryAura(["doctor", "live", "--fix", "--allow-loss", code])
            #expect(fixed.output.contains("it was repaired"), "\(fixed.output)")
            let report = try pair.ada.tryAura(["doctor", "live"]).output
            #expect(report.contains("integrity.loss-ledger"), "\(report)")
            // Repaired, it is shortened as ever.
            for _ in 0..<4 {
                try pair.ada.aura(["live", "sync", "disable"])
                try pair.ada.enable()
            }
            try pair.ada.wait(for: "a checkpoint") { _ in
                try FileAccess.names(in: folder).count { $0.hasPrefix("segment-") } < 4
            }
        }
    }

    /// The newest segment of a killed agent is emptied from outside.
    @Test func anEmptiedSegmentIsALossThatStaysInTheReport() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try Situation.awaitHealth("before") { try pair.ada.doctor() }
            try pair.ada.edit(Self.path, "return 3", "return 33")
            try pair.ben.wait(for: Self.path, toHold: "return 33")
            try pair.ada.killAgent()
            let wal = pair.ada.workspace.walFolder
            let newest = try FileAccess.names(in: wal).filter { $0.hasPrefix("segment-") }.max()
            try InPlace.put([], into: "\(wal)/\(try #require(newest))")
            let code = "integrity.tail-lost"
            let told = try pair.ada.tryAura(["doctor", "live"]).output
            #expect(told.contains("the file is empty"), "\(told)")

            let fixed = try pair.ada.tryAura([
                "doctor", "live", "--fix", "--allow-loss", code, "--json",
            ])

            let run = try JSONText.decode(RunSummary.self, from: fixed.output)
            #expect(run.outcome == .repaired, "\(fixed.output) \(fixed.errors)")
            #expect(run.loss.isUncounted)
            #expect(try pair.ada.status().source == .agent, "sync was on, and is on again")
            let report = try pair.ada.tryAura(["doctor", "live"]).output
            #expect(report.contains("an unknown number of records lost"), "\(report)")
            #expect(!report.contains("config.sync-disabled"), "\(report)")
        }
    }

    /// The word that turned sync on is lost with everything else that the log held.
    @Test func recoveryLeavesSyncOnWhereOnlyDamageSaysOff() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try pair.ada.killAgent()
            let wal = pair.ada.workspace.walFolder
            for name in try FileAccess.names(in: wal) where name.hasPrefix("segment-") {
                try InPlace.put([], into: "\(wal)/\(name)")
            }
            let told = try pair.ada.tryAura(["doctor", "live"]).output
            #expect(!told.contains("config.sync-disabled"), "\(told)")

            _ = try pair.ada.tryAura(["live", "wal", "recover"])

            #expect(try pair.ada.status().enabled)
            let after = try pair.ada.tryAura(["doctor", "live"]).output
            #expect(after.contains("agent.down"), "\(after)")
            #expect(!after.contains("config.sync-disabled"), "\(after)")
        }
    }

    @Test func resetListsRefusesExportsAndRehydrates() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            try pair.ben.edit(Self.path, "return 1", "return 11")
            try pair.ada.wait(for: Self.path, toHold: "return 11")
            try sandbox.killMothership()
            try pair.ada.wait(for: "offline") { $0.link.state == .offline }
            try pair.ada.edit(Self.path, "return 3", "return 3003")
            try pair.ada.wait(for: "queue") { $0.wal.pendingOut == 1 }

            let asked = try pair.ada.tryAura(["live", "wal", "reset"])
            #expect(asked.status == ExitStatus.refused.rawValue)
            #expect(asked.output.contains("billing::last"), "\(asked.output)")
            #expect(asked.output.contains("NOT COMMITTED"))
            let running = try pair.ada.tryAura(["live", "wal", "reset", "--confirm"])
            #expect(running.status == ExitStatus.refused.rawValue)
            #expect(running.errors.contains("aura live sync disable"), "\(running.errors)")

            try pair.ada.aura(["live", "sync", "disable"])
            let unsafe = try pair.ada.tryAura(["live", "wal", "reset", "--confirm"])
            #expect(unsafe.status == ExitStatus.refused.rawValue)
            #expect(unsafe.errors.contains("wal.reset-unsafe"), "\(unsafe.errors)")
            let export = pair.ada.workspace.liveFolder + "/export"
            let folder = try #require(try FileAccess.names(in: export).first)
            let file = try #require(try FileAccess.names(in: export + "/" + folder).first)
            let text = String(
                decoding: try FileAccess.read("\(export)/\(folder)/\(file)"), as: UTF8.self)
            #expect(text.contains("return 3003"), "\(text)")

            try pair.ada.aura([
                "live", "wal", "reset", "--confirm", "--allow-loss", "wal.reset-unsafe",
            ])
            try sandbox.startMothership()
            try pair.ada.enable()
            try pair.ada.aura(["live", "sync", "pull", "--full"], limit: .seconds(60))
            try pair.ada.wait(for: Self.path, toHold: "return 11")
            #expect(try pair.ada.text(Self.path).contains("return 3003"), "files are not touched")
            // The difference without a base is found by the scan and pushed, or is a conflict.
            try Waiting.until("the edit to be shared or asked about", limit: .seconds(60)) {
                try pair.ben.text(Self.path).contains("return 3003")
                    || !pair.ada.status().conflicts.isEmpty
            }
        }
    }
}
