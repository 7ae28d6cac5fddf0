// Repairs of real faults, through the command line: the fault is made, named, repaired, and the
// second examination is healthy; a second repair changes nothing.

import Diagnostics
import Drills
import Foundation
import LiveSync
import Support
import Testing

@Suite struct RepairTests {
    private func healthy(_ peer: SandboxPeer) throws {
        try Situation.awaitHealth("in the end") { try peer.doctor() }
    }

    private func summary(_ result: ToolResult) throws -> RunSummary {
        try JSONText.decode(RunSummary.self, from: result.output)
    }

    @Test func aKilledAgentIsStartedAgainAndASecondRepairDoesNothing() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try healthy(pair.ada)
            try pair.ada.killAgent()
            try Situation.awaitRoot("agent.down") { try pair.ada.doctor() }

            let dry = try pair.ada.tryAura(["doctor", "live", "--fix", "--dry-run"])
            #expect(dry.status == 1)
            #expect(dry.output.contains("start the agent again"), "\(dry.output)")
            #expect(dry.output.contains("no undo"), "\(dry.output)")
            #expect(!dry.output.contains("doctor.over-budget"), "\(dry.output)")
            #expect(try pair.ada.doctor().allCodes.contains("agent.down"), "dry changes nothing")

            let fixed = try pair.ada.tryAura(["doctor", "live", "--fix", "--json"])
            let run = try summary(fixed)
            #expect(run.outcome == .repaired, "\(fixed.output) \(fixed.errors)")
            #expect(fixed.status == 0, "\(fixed.output)")
            try healthy(pair.ada)

            try Situation.expectNothingLeft(["doctor", "live", "--fix"], at: pair.ada)
            #expect(try pair.ada.tryAura(["doctor", "verify", "\(run.run)"]).status == 0)
            #expect(try pair.ada.aura(["doctor", "runs"]).output.contains("\(run.run)"))
        }
    }

    @Test func aDeadMothershipIsStartedAgainOnItsPort() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try healthy(pair.ada)
            try sandbox.killMothership()
            try Situation.awaitRoot("daemon.down") { try pair.ada.doctor() }

            let fixed = try pair.ada.tryAura(["doctor", "live", "--fix", "--json"])

            #expect(try summary(fixed).outcome == .repaired, "\(fixed.output) \(fixed.errors)")
            try healthy(pair.ada)
            try healthy(pair.ben)
        }
    }

    @Test func turningSyncOnNeedsConsent() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try pair.ada.aura(["live", "sync", "disable"])

            let without = try pair.ada.tryAura(["doctor", "live", "--fix"])
            let with = try pair.ada.tryAura([
                "doctor", "live", "--fix", "--yes", "config.sync-disabled", "--json",
            ])

            #expect(without.status == 1)
            let words =
                "nothing can be repaired without consent; to agree: --yes config.sync-disabled\n"
            #expect(without.output.contains(words), "\(without.output)")
            #expect(without.output.contains("nothing was changed"), "\(without.output)")
            #expect(try summary(with).outcome == .repaired, "\(with.output) \(with.errors)")
            try healthy(pair.ada)
        }
    }

    @Test func nobodyStartsAnAgentIntoTheMiddleOfARepair() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try pair.ada.aura(["live", "sync", "disable"])
            let lock = pair.ada.workspace.journalFolder + "/lock"
            let holder = LockHolder(
                process: try .current(), command: "a repair", since: UTCTime(SystemClock().now),
                epoch: 7)
            try FileAccess.replace(lock, with: try JSONText.encode(holder).utf8)

            let refused = try pair.ada.tryAura(["live", "sync", "enable"])
            #expect(refused.status == ExitStatus.busy.rawValue, "\(refused.errors)")
            #expect(refused.errors.contains("epoch 7"), "\(refused.errors)")

            try FileAccess.replace(lock, with: [])
            try pair.ada.enable()
        }
    }

    @Test func aPlanIsAppliedOnceAndRefusedWhenItIsStale() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try pair.ada.aura(["live", "sync", "disable"])
            let record = pair.ada.workspace.agentRecordPath
            let dead = try deadRecord(of: pair.ada)
            try FileAccess.replace(record, with: dead)
            let file = "\(pair.ada.root).plan.json"
            try pair.ada.aura([
                "doctor", "plan", "-o", file, "--only", "agent.run-without-owner",
            ])

            let printed = try pair.ada.aura([
                "doctor", "plan", "-o", "-", "--only", "agent.run-without-owner",
            ]).output
            #expect(printed.contains("agent.run-without-owner"))
            #expect(try Plan(json: Array(printed.utf8), named: "-").json() + "\n" == printed)
            #expect(!FileAccess.exists(pair.ada.root + "/-"), "a line for the screen, and no file")

            let applied = try pair.ada.tryAura(["doctor", "apply", file, "--json"])
            let run = try summary(applied)
            #expect(run.outcome == .repaired, "\(applied.output) \(applied.errors)")
            #expect(!FileAccess.exists(record))
            let stale = try pair.ada.tryAura(["doctor", "apply", file])
            #expect(stale.status == ExitStatus.refused.rawValue, "\(stale.output)")

            let nowhere = try pair.ada.tryAura(["doctor", "undo", "\(run.run)", "--action", "7"])
            #expect(nowhere.status == ExitStatus.usage.rawValue, "\(nowhere.output)")
            let title = try #require(run.steps.first).title
            #expect(nowhere.errors.contains("no step 7; it has 1. \(title)"), "\(nowhere.errors)")
            let undone = try pair.ada.tryAura(["doctor", "undo", "\(run.run)"])
            #expect(undone.status == 0, "\(undone.errors)")
            #expect(try FileAccess.read(record) == dead)
            _ = try pair.ada.tryAura(["doctor", "live", "--fix"])
            try FileAccess.replace(record, with: dead + [10])
            let last = try #require(
                try RunHistory(folder: pair.ada.workspace.journalFolder).sound().last)
            let refused = try pair.ada.tryAura(["doctor", "undo", "\(last.id)"])
            #expect(refused.status == ExitStatus.undoRefused.rawValue, "\(refused.output)")
            #expect(refused.errors.contains("doctor.undo-refused"), "\(refused.errors)")
        }
    }

    /// The record of an agent that is gone.
    private func deadRecord(of peer: SandboxPeer) throws -> [UInt8] {
        try peer.enable()
        let record = try FileAccess.read(peer.workspace.agentRecordPath)
        try peer.aura(["live", "sync", "disable"])
        return record
    }

    @Test func aDamagedLogIsRecoveredWithTheLossNamedAndThePushFoundAgain() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try healthy(pair.ada)
            try damageLog(of: pair, in: sandbox)
            let code = "integrity.checksum-mismatch"
            #expect(try pair.ada.doctor().allCodes.contains(code))

            let without = try pair.ada.tryAura(["doctor", "live", "--fix", "--yes", code])
            #expect(without.output.contains("--allow-loss \(code)"), "\(without.output)")
            #expect(without.output.contains("LOSES:"), "\(without.output)")
            let narrow = try pair.ada.tryAura([
                "doctor", "live", "--fix", "--allow-loss", code, "--max-records-lost", "0",
            ])
            #expect(narrow.output.contains("raise --max-records-lost"), "\(narrow.output)")

            let fixed = try pair.ada.tryAura([
                "doctor", "live", "--fix", "--allow-loss", code, "--json",
            ])

            let run = try summary(fixed)
            #expect(run.outcome == .repaired, "\(fixed.output) \(fixed.errors)")
            #expect(run.loss.records == 1)
            #expect(!run.loss.names.isEmpty)
            try sandbox.startMothership()
            try pair.ada.enable()
            try pair.ben.wait(
                for: "pkg/billing.py", toHold: "return 3003", limit: .seconds(60))
        }
    }

    @Test func theLogOfARunningAgentIsRecoveredAndTheLossStaysInTheReport() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try pair.ada.edit("pkg/billing.py", "return 3", "return 3003")
            try pair.ben.wait(for: "pkg/billing.py", toHold: "return 3003")
            try pair.ada.aura(["live", "sync", "disable"])
            try pair.ada.damageRecord(holding: "return 3003")
            try pair.ada.enable()
            let code = "integrity.checksum-mismatch"
            try Situation.awaitRoot(code) { try pair.ada.doctor() }
            let before = try pair.ada.agentProcess()

            let fixed = try pair.ada.tryAura([
                "doctor", "live", "--fix", "--allow-loss", code, "--json",
            ])

            let run = try summary(fixed)
            #expect(run.outcome == .repaired, "\(fixed.output) \(fixed.errors)")
            #expect(run.steps.map(\.progress) == [.done, .done, .done])
            #expect(try pair.ada.agentProcess() != before)
            try Situation.awaitRoot("integrity.loss-ledger") { try pair.ada.doctor() }
            let report = try pair.ada.aura(["doctor", "live"]).output
            #expect(report.contains("1 record lost in repairs"), "\(report)")
            // The agent has written since: taking the log back would lose that.
            let undo = try pair.ada.tryAura(["doctor", "undo", "\(run.run)"])
            #expect(undo.status == ExitStatus.undoRefused.rawValue, "\(undo.output)")
            #expect(undo.errors.contains("/.aura/live/wal changed since"), "\(undo.errors)")
            // The next step is a command that works, and what it brings is the damaged log.
            let words = undo.errors.split(separator: "'").map(String.init)
            try #require(words.count > 3 && words[0].hasSuffix("cp -a "), "\(undo.errors)")
            try pair.ada.aura(["live", "sync", "disable"])
            try FileManager.default.removeItem(atPath: pair.ada.workspace.walFolder)
            try PathTree.copy(words[1], to: pair.ada.workspace.walFolder)
            let verify = try pair.ada.tryAura(["live", "wal", "verify"])
            #expect(verify.output.contains("CHECKSUM_MISMATCH"), "\(verify.output)")
        }
    }

    @Test func aServerIsStartedBeforeItsClient() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try healthy(pair.ada)
            try sandbox.killMothership()
            try pair.ada.wait(for: "offline") { $0.link.state == .offline }
            try pair.ada.killAgent()

            let fixed = try pair.ada.tryAura(["doctor", "live", "--fix", "--json"])

            let run = try summary(fixed)
            #expect(run.outcome == .repaired, "\(fixed.output) \(fixed.errors)")
            #expect(run.codes == ["daemon.down", "agent.down"], "\(run.codes)")
            try healthy(pair.ada)
        }
    }

    @Test func anAgentIsNotStartedOnALogThatIsToBeRepaired() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try healthy(pair.ada)
            try pair.ada.killAgent()
            let manifest = pair.ada.workspace.walFolder + "/MANIFEST"
            try retrying("unlink", manifest) { unlink(manifest) }

            let fixed = try pair.ada.tryAura(["doctor", "live", "--fix", "--json"])

            let run = try summary(fixed)
            #expect(run.outcome == .repaired, "\(fixed.output) \(fixed.errors)")
            #expect(run.codes.first == "wal.index-damaged", "\(run.codes)")
            #expect(run.steps.first?.progress == .satisfied, "no agent is started to be stopped")
            #expect(try pair.ada.status().source == .agent)
        }
    }

    @Test func anAgentThatAFileKeepsFromStartingIsStartedAfterItWasMovedAside() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try healthy(pair.ada)
            let logs = pair.ada.workspace.logFolder
            try pair.ada.killAgent()
            try FileManager.default.removeItem(atPath: logs)
            try FileAccess.replace(logs, with: "mine".utf8)

            let repair = try pair.ada.tryAura(["doctor", "live", "--fix"])

            #expect(repair.status == 0, "\(repair.output)\(repair.errors)")
            #expect(FileAccess.isFolder(logs))
            try healthy(pair.ada)
            let kept = try FileAccess.names(in: pair.ada.workspace.quarantineFolder)
            #expect(!kept.isEmpty, "the file is kept")
        }
    }

    @Test func aWatchStartsWhatDiesAndEndsOnASignal() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try healthy(pair.ada)
            let watch = try sandbox.aura(user: pair.ada.user, in: pair.ada.root)
                .start(["doctor", "watch", "--fix", "--interval", "200ms"])
            // The second time within a minute: of a start there is nothing to take back, so it is made
            // again.
            for count in 1...2 {
                let before = try pair.ada.agentProcess()
                try pair.ada.killAgent()

                try Waiting.until("another agent", limit: .seconds(60)) {
                    let now = try PidRecord.load(pair.ada.workspace.agentRecordPath)?.process
                    return now?.isAlive == true && now != before
                }
                // The run is at its end before the signal: a repair under way would be taken back.
                try Waiting.until("the end of the run") {
                    try runs(of: pair.ada).count { $0.outcome == .repaired } == count
                }
            }
            watch.signal(SIGINT)
            #expect(watch.wait() == ExitStatus.interrupted.rawValue)
            try healthy(pair.ada)
        }
    }

    @Test(.enabled(if: Machinery.obstacle(to: .systemCallFaults) == nil, "strace is missing"))
    func aRepairKilledAtASyncIsBroughtToItsEndByTheNextOne() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try pair.ada.edit("pkg/billing.py", "return 3", "return 3003")
            try pair.ben.wait(for: "pkg/billing.py", toHold: "return 3003")
            try pair.ada.aura(["live", "sync", "disable"])
            try pair.ada.damageRecord(holding: "return 3003")
            let wal = pair.ada.workspace.walFolder
            let kept = "\(pair.ada.root).wal"
            try PathTree.copy(wal, to: kept)
            let damaged = try PathTree.digest(of: wal)

            // Copy, quarantine and journal of this repair sync more often than that.
            for number in 1...6 {
                try FileManager.default.removeItem(atPath: wal)
                try PathTree.copy(kept, to: wal)
                let known = try runs(of: pair.ada).map(\.id)
                let killed = try killRepair(of: pair.ada, in: sandbox, atSync: number)
                #expect(
                    killed.status == 128 + SIGKILL,
                    "sync \(number): \(killed.output) \(killed.errors)")

                // Without leave to lose anything: only what was cut off is brought to its end.
                let next = try pair.ada.tryAura(["doctor", "live", "--fix"])
                let run = try runs(of: pair.ada).first { !known.contains($0.id) }
                if run?.outcome == .repaired {
                    #expect(try pair.ada.tryAura(["live", "wal", "verify"]).status == 0)
                } else {
                    // Killed before there was a journal, or taken back.
                    let outcomes: [RunOutcome?] = [nil, .recovered, .rolledBack]
                    #expect(outcomes.contains(run?.outcome), "sync \(number): \(next.output)")
                    #expect(try PathTree.digest(of: wal) == damaged, "sync \(number)")
                }
            }
        }
    }

    private func runs(of peer: SandboxPeer) throws -> [RunRecord] {
        try RunHistory(folder: peer.workspace.journalFolder).sound()
    }

    /// Kills a repair at its n-th sync, whatever the machine has to do beside it.
    private func killRepair(
        of peer: SandboxPeer, in sandbox: Sandbox, atSync number: Int
    ) throws -> ToolResult {
        let strace = Tool(
            "/usr/bin/strace", environment: sandbox.environment(user: peer.user),
            folder: peer.root)
        let words = [
            "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e",
            "inject=fsync:signal=SIGKILL:when=\(number)",
            try auraExecutable(),
        ]
        let repair = ["doctor", "live", "--fix", "--one-thread", "--allow-loss", Self.mismatch]
        return try strace.run(words + repair, limit: .seconds(180))
    }

    private static let mismatch = "integrity.checksum-mismatch"

    /// A pending push in a sealed segment whose bytes are then damaged.
    private func damageLog(of pair: Pair, in sandbox: Sandbox) throws {
        try sandbox.killMothership()
        try pair.ada.wait(for: "offline") { $0.link.state == .offline }
        try pair.ada.edit("pkg/billing.py", "return 3", "return 3003")
        try pair.ada.wait(for: "queue") { $0.wal.pendingOut == 1 }
        try pair.ada.aura(["live", "sync", "disable"])
        try pair.ada.damageRecord(holding: "return 3003")
    }
}
