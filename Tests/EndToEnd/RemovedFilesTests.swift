// Files of a running agent that somebody removes: those by which it is found come back by themselves,
// those of its log are a finding and a repair, and sync stays on.

import Diagnostics
import Drills
import Foundation
import Glibc
import LiveSync
import Support
import Testing

@Suite struct RemovedFilesTests {
    private static let code = "wal.segment-gap"

    @Test func recordAndSocketComeBack() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            let space = pair.ada.workspace
            let record = try FileAccess.read(space.agentRecordPath)

            try FileManager.default.removeItem(atPath: space.runFolder)
            try Waiting.until("the record") { FileAccess.exists(space.agentRecordPath) }
            #expect(try FileAccess.read(space.agentRecordPath) == record)
            // Nobody but their owner could say that the permissions are gone; its mode can.
            try Waiting.until("the socket") { FileAccess.exists(space.agentSocketPath) }
            try retrying("chmod", space.agentSocketPath) { chmod(space.agentSocketPath, 0) }
            try Waiting.until("its permissions") {
                var status = stat()
                return lstat(space.agentSocketPath, &status) == 0
                    && status.st_mode & 0o7777 == 0o600
            }
            // Without it the next `git add -A` takes the log.
            try FileManager.default.removeItem(atPath: space.ignoreFilePath)
            try Waiting.until("what keeps git out") { FileAccess.exists(space.ignoreFilePath) }
            try Situation.awaitHealth("in the end") { try pair.ada.doctor() }
            try pair.ada.edit("pkg/billing.py", "return 3", "return 3003")
            try pair.ben.wait(for: "pkg/billing.py", toHold: "return 3003")
        }
    }

    /// `git clean -fdx` takes the state of a running agent away; what is made anew is not its own.
    @Test func theAgentOfAWorkingCopyThatWasMadeAnewEnds() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            let old = try pair.ada.agentProcess()
            let address = try pair.ada.status().endpoint
            try FileManager.default.removeItem(atPath: pair.ada.path(".aura"))
            try pair.ada.aura(["init", "--mothership", address])
            #expect(old.waitUntilGone(limit: .seconds(60)))

            try pair.ada.enable()
            #expect(try pair.ada.agentProcess().pid != old.pid)
            try pair.ada.edit("pkg/billing.py", "return 3", "return 3003")
            try pair.ben.wait(for: "pkg/billing.py", toHold: "return 3003")
        }
    }

    @Test func aLogThatIsGoneIsWrittenAgainAndNothingIsLost() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try pair.ada.edit("pkg/billing.py", "return 3", "return 3003")
            try pair.ben.wait(for: "pkg/billing.py", toHold: "return 3003")

            try FileManager.default.removeItem(atPath: pair.ada.workspace.walFolder)
            try pair.ada.edit("pkg/billing.py", "return 3003", "return 4004")
            try pair.ben.wait(for: "pkg/billing.py", toHold: "return 4004")
            try Waiting.until("another log") { FileAccess.exists(pair.ada.workspace.walFolder) }
            try Situation.awaitHealth("in the end") { try pair.ada.doctor() }
            // What the new log holds is all there is after a crash.
            try pair.ada.killAgent()
            try pair.ada.enable()
            try pair.ben.edit("pkg/billing.py", "return 4004", "return 5005")
            try pair.ada.wait(for: "pkg/billing.py", toHold: "return 5005")
            try Situation.awaitHealth("after the crash") { try pair.ada.doctor() }
        }
    }

    @Test func noAgentBeginsAnotherLogInPlaceOfOneThatIsGone() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try pair.ada.killAgent()
            let folder = pair.ada.workspace.walFolder
            try FileManager.default.removeItem(atPath: folder)
            // What an earlier repair put aside is no log.
            for aside in ["", "/quarantine"] {
                try FileAccess.makeFolder(folder + aside, mode: 0o700)
                let refused = try pair.ada.tryAura(["live", "sync", "enable"])
                #expect(refused.status == ExitStatus.refused.rawValue, "\(aside) \(refused.output)")
            }
            try FileManager.default.removeItem(atPath: folder)

            let refused = try pair.ada.tryAura(["live", "sync", "enable"])
            #expect(refused.status == ExitStatus.refused.rawValue, "\(refused.output)")
            #expect(refused.errors.contains("all files of the log are gone"), "\(refused.errors)")
            #expect(refused.errors.contains("repair of \(Self.code)"), "\(refused.errors)")
            // Nor does a repair without consent, whose part it is to start agents.
            _ = try pair.ada.tryAura(["doctor", "live", "--fix"])
            #expect(try FileAccess.names(in: folder).isEmpty)
            try Situation.awaitRoot(Self.code) { try pair.ada.doctor() }

            try repair(pair.ada, losing: { _ in true })
            try pair.ben.edit("pkg/billing.py", "return 3", "return 3003")
            try pair.ada.wait(for: "pkg/billing.py", toHold: "return 3003")
        }
    }

    @Test func aLogThatCannotBeWrittenAgainIsAFindingAndARepair() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            let folder = pair.ada.workspace.walFolder
            let records = Int(clamping: try pair.ada.status().wal.durable)
            try FileManager.default.removeItem(atPath: folder)
            // A link is no place for a log.
            try retrying("symlink", folder) { symlink("/tmp", folder) }
            try Waiting.until("the end of writing") {
                try pair.ada.status().wal.writeProblem != nil
            }
            try retrying("unlink", folder) { unlink(folder) }

            try Situation.awaitRoot(Self.code) { try pair.ada.doctor() }
            try repair(pair.ada, losing: { $0 >= records })
            try pair.ben.edit("pkg/billing.py", "return 3", "return 3003")
            try pair.ada.wait(for: "pkg/billing.py", toHold: "return 3003")
        }
    }

    @Test func segmentsTakenFromUnderTheWriterAreGivenUpAndSyncStaysOn() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try pair.ada.edit("pkg/billing.py", "return 3", "return 3003")
            try pair.ben.wait(for: "pkg/billing.py", toHold: "return 3003")
            let folder = pair.ada.workspace.walFolder
            let before = try FileAccess.names(in: folder).filter { $0.hasSuffix(".log") }
            for name in before { unlink("\(folder)/\(name)") }

            try Waiting.until("another segment") {
                try FileAccess.names(in: folder).contains { name in
                    name.hasSuffix(".log") && !before.contains(name)
                }
            }
            try Situation.awaitRoot(Self.code) { try pair.ada.doctor() }
            try repair(pair.ada, losing: { $0 > 0 })
            #expect(try pair.ada.status().enabled)
        }
    }

    private func repair(_ peer: SandboxPeer, losing isRight: (Int) -> Bool) throws {
        let fixed = try peer.tryAura([
            "doctor", "live", "--fix", "--allow-loss", Self.code, "--json",
        ])
        let run = try JSONText.decode(RunSummary.self, from: fixed.output)
        #expect(run.outcome == .repaired, "\(fixed.output) \(fixed.errors)")
        #expect(isRight(run.loss.records), "\(run.loss)")
        try Situation.awaitRoot("integrity.loss-ledger") { try peer.doctor() }
    }
}
