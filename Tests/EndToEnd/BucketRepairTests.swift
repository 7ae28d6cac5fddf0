// Situations one to five of the field manual: saved and not pushed, offline, a queue that stands,
// received and not in the file, a conflict of two equal texts. Put right by `--fix` where they do not
// end by themselves. Beside the ten: an alert from another branch.

import Diagnostics
import Drills
import Foundation
import LiveProtocol
import LiveSync
import Support
import Testing

@Suite struct BucketRepairTests {
    // MARK: 1, saved and nothing pushed

    @Test func savedAndNothingPushedBecauseSyncIsOff() async throws {
        try await inSandbox { sandbox in
            var settings = Situation.settings()
            settings["live.selective"] = "exclude = [\"gen/**\"]"
            let pair = try Pair(in: sandbox, settings: settings)
            try Situation.awaitHealth("before") { try pair.ada.doctor() }
            try pair.ada.aura(["live", "sync", "disable"])
            try pair.ada.edit("src/shapes.rs", "value * 2", "value * 3")

            try Situation.repair("config.sync-disabled", at: pair.ada, agreeing: "--yes")

            try pair.ben.wait(for: "src/shapes.rs", toHold: "value * 3")
        }
    }

    @Test func savedAndLeftOutByAGlobIsForAPerson() async throws {
        try await inSandbox { sandbox in
            var settings = Situation.settings()
            settings["live.selective"] = "exclude = [\"gen/**\"]"
            let pair = try Pair(in: sandbox, settings: settings)
            try Situation.awaitHealth("before") { try pair.ada.doctor() }
            try pair.ada.save("gen/made.rs", "pub fn made() -> u32 {\n    1\n}\n")

            let said = try Situation.leaveAlone("config.file-excluded", at: pair.ada)

            #expect(said.contains("edit the named rule"), "\(said)")
            #expect(try pair.ada.text("gen/made.rs").contains("made"))
            #expect(!FileAccess.exists(pair.ben.path("gen/made.rs")))
        }
    }

    // MARK: 2, the Mothership is offline

    @Test func theMothershipDiedWithAPushWaiting() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try Situation.awaitHealth("before") { try pair.ada.doctor() }
            try sandbox.killMothership()
            try pair.ada.wait(for: "offline") { $0.link.state == .offline }
            try pair.ada.edit("src/shapes.rs", "value * 2", "value * 3")
            try pair.ada.wait(for: "the push") { $0.wal.pendingOut == 1 }

            try Situation.repair("daemon.down", at: pair.ada)

            try pair.ben.wait(for: "src/shapes.rs", toHold: "value * 3")
            try Situation.awaitHealth("after") { try pair.ben.doctor() }
        }
    }

    // MARK: 3, a queue that does not drain

    @Test func aRefusedSignatureIsRenewedAndThePushGoesOutAgain() async throws {
        try await inSandbox { sandbox in
            let pair = try ProxiedPair(in: sandbox, settings: Situation.settings())
            let (proxy, ada, ben) = (pair.proxy, pair.ada, pair.ben)
            try Situation.awaitHealth("before") { try ada.doctor() }
            // Refused on the way back, so the Mothership itself never said yes.
            proxy.rewrite { message in
                guard case .packAck(let result) = message else { return .asIs }
                let refused = result.accepted.map {
                    RejectedChange(
                        index: $0.index, reject: .invalidSignature, headRevision: nil,
                        message: "rehearsal")
                }
                return .other(
                    .packAck(
                        PushResult(changeSet: result.changeSet, accepted: [], rejected: refused)))
            }
            try ada.save("src/made.rs", "pub fn made() -> u32 {\n    1\n}\n")
            try ada.wait(for: "the refusal") { !$0.wal.refused.isEmpty }
            proxy.restore()

            try Situation.repair("wal.reject-signature", at: ada, agreeing: "--yes")

            #expect(try ada.status().wal.pendingOut == 0)
            try ben.wait(for: "src/made.rs", toHold: "made")
            #expect(try ada.text("src/made.rs").contains("made"))
        }
    }

    // MARK: 4, received and not in the file

    @Test func aConflictIsLeftToAPersonAndEndsOnTheirWordWithoutALoss() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try Situation.awaitHealth("before") { try pair.ada.doctor() }
            try Situation.awaitHealth("before") { try pair.ben.doctor() }
            let later = try pair.collide(
                in: sandbox, "src/shapes.rs", "value * 2", ada: "value * 3", ben: "value * 4")
            let other = later.user == "ada" ? pair.ben : pair.ada
            let (mine, others) = later.user == "ada" ? ("* 3", "* 4") : ("* 4", "* 3")

            let run = try Situation.repair("conflicts.unresolved", at: later, agreeing: "--yes")

            #expect(try later.text("src/shapes.rs").contains(mine), "local work stays")
            try other.wait(for: "src/shapes.rs", toHold: mine)
            // The other working copy has another text now: that is nothing to take back from here.
            let told = try later.aura(["doctor", "runs", "\(run.run)"]).output
            #expect(told.contains("undo:     none: others get this text"), "\(told)")
            let undo = try later.tryAura(["doctor", "undo", "\(run.run)"])
            #expect(undo.status == ExitStatus.undoRefused.rawValue, "\(undo.output)")
            #expect(undo.errors.contains("has no undo: others get this text"), "\(undo.errors)")
            // The text that gave way is whole in the log of whoever had it before.
            #expect(try logHolds("value \(others)", of: other))
            try Situation.awaitHealth("after") { try other.doctor() }
        }
    }

    private func logHolds(_ text: String, of peer: SandboxPeer) throws -> Bool {
        let folder = peer.workspace.walFolder
        return try FileAccess.names(in: folder).contains { name in
            guard name.hasPrefix("segment-") else { return false }
            let bytes = try FileAccess.read("\(folder)/\(name)")
            return String(decoding: bytes, as: UTF8.self).contains(text)
        }
    }

    // MARK: 5, a ghost conflict

    @Test func whatBothSaveAlikeIsNoConflict() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try Situation.awaitHealth("before") { try pair.ada.doctor() }
            try pair.apart(in: sandbox) {
                for peer in pair.both { try peer.edit("src/shapes.rs", "value * 2", "value * 3") }
            }
            try pair.settle()

            for peer in pair.both {
                let said = try peer.aura([
                    "live", "sync", "reconcile", "--function", "shapes::double",
                ])
                #expect(said.output.contains("clean"), "\(said.output)")
                try Situation.awaitHealth("after") { try peer.doctor() }
            }
            #expect(try pair.ada.text("src/shapes.rs") == pair.ben.text("src/shapes.rs"))
        }
    }

    /// No command is needed: the conflict knows that both sides say the same now.
    @Test func aConflictOfTextsThatBecameEqualEnds() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try Situation.awaitHealth("before") { try pair.ada.doctor() }
            let later = try pair.collide(
                in: sandbox, "src/shapes.rs", "value * 2", ada: "value * 3", ben: "value * 4")
            try Situation.awaitRoot("conflicts.unresolved") { try later.doctor() }
            let isAda = later.user == "ada"

            try later.edit(
                "src/shapes.rs", isAda ? "value * 3" : "value * 4",
                isAda ? "value * 4" : "value * 3")

            try later.wait(for: "the end of the conflict") { $0.conflicts.isEmpty }
            for peer in pair.both { try Situation.awaitHealth("after") { try peer.doctor() } }
            #expect(try pair.ada.text("src/shapes.rs") == pair.ben.text("src/shapes.rs"))
        }
    }

    // MARK: beside the ten, an alert from another branch

    @Test func anAlertIsLeftToAPersonAndClosedOnTheirWord() async throws {
        let use = "from billing import compute_tax\n\ndef use():\n    return compute_tax(4)\n"
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox, extra: ["pkg/use.py": use])
            try sandbox.git(in: source).require(["branch", "side"])
            try sandbox.startMothership()
            let ada = try sandbox.addPeer("ada", cloning: source, settings: Situation.settings())
            let ben = try sandbox.addPeer(
                "ben", cloning: source, branch: "side", settings: Situation.settings())
            for peer in [ada, ben] { try peer.wait(for: "link") { $0.link.state == .online } }
            try Situation.awaitHealth("before") { try ben.doctor() }
            let before = try ben.text("pkg/use.py")
            try ada.edit("pkg/billing.py", "amount * 20", "amount * 21")

            try Situation.repair("impacts.unresolved", at: ben, agreeing: "--yes")

            #expect(try ben.text("pkg/use.py") == before, "no file is touched")
            #expect(try ben.status().impacts.isEmpty)
        }
    }
}

extension Situation {

    /// Named, repaired by `--fix` with the word that is due and not without, healthy, and a second
    /// repair changes nothing.
    ///
    /// - Parameters:
    ///   - option: `--yes` or `--allow-loss`, where the code asks for it.
    ///   - rest: information that stays in the report afterwards.
    @discardableResult
    static func repair(
        _ code: String, at peer: SandboxPeer, agreeing option: String? = nil,
        leaving rest: Set<String> = []
    ) throws -> RunSummary {
        try awaitRoot(code) { try peer.doctor() }
        var words = ["doctor", "live", "--fix"]
        if let option {
            let without = try peer.tryAura(words)
            #expect(without.output.contains("\(option) \(code)"), "\(without.output)")
            #expect(try peer.doctor().allCodes.contains(code), "nothing is done without the word")
            words += [option, code]
        }
        let dry = try peer.tryAura(words + ["--dry-run"])
        #expect(dry.output.contains(code), "\(dry.output)")
        #expect(try peer.doctor().allCodes.contains(code), "a dry run changes nothing")

        let fixed = try peer.tryAura(words + ["--json"], limit: .seconds(120))
        let run = try JSONText.decode(RunSummary.self, from: fixed.output)
        #expect(run.outcome == .repaired, "\(fixed.output) \(fixed.errors)")
        #expect(run.codes.contains(code))
        try Waiting.until("health after the repair of \(code)", limit: patience) {
            let answer = try peer.doctor()
            return answer.allCodes.subtracting(rest).isEmpty && answer.status == 0
        }
        try expectNothingLeft(words, at: peer)
        return run
    }

    /// Named, and `--fix` does nothing about it but say what a person can do.
    ///
    /// - Returns: what `--fix` printed.
    static func leaveAlone(_ code: String, at peer: SandboxPeer) throws -> String {
        let severity = try awaitRoot(code) { try peer.doctor() }
            .body.findings.first { $0.code == code }?.severity
        let fixed = try peer.tryAura(["doctor", "live", "--fix", "--yes", code])
        #expect(fixed.output.contains("nothing was changed"), "\(fixed.output)")
        #expect(fixed.output.contains(code), "\(fixed.output)")
        #expect(fixed.status == (severity == "info" ? 0 : 1))
        try awaitRoot(code) { try peer.doctor() }
        return fixed.output
    }
}
