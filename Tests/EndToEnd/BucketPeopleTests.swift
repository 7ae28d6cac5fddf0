// Situations four, six and nine: received and not in the file, somebody who is not there any more,
// and settings of two people that do not fit.

import Drills
import Foundation
import LiveSync
import Support
import Testing

@Suite struct BucketPeopleTests {
    // MARK: 4, pulled and the text is not updated

    @Test func whatHoldsAReceivedChangeBackIsTheOnlyRoot() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try Situation.awaitHealth("before") { try pair.ada.doctor() }
            try Situation.awaitHealth("before") { try pair.ben.doctor() }
            let later = try pair.collide(
                in: sandbox, "src/shapes.rs", "value * 2", ada: "value * 3", ben: "value * 4")
            let earlier = later.user == "ada" ? pair.ben : pair.ada
            let text = try earlier.text("src/shapes.rs")

            let open = try Situation.awaitRoot("conflicts.unresolved") { try later.doctor() }
            #expect(open.allCodes.contains("wal.apply-skipped"), "\(open.text)")

            try earlier.edit(
                "src/shapes.rs", text.contains("value * 3") ? "value * 3" : "value * 4", "value * 9"
            )
            let blocking = try Situation.awaitRoot("conflicts.blocking-apply") {
                try later.doctor()
            }
            #expect(blocking.allCodes.contains("conflicts.unresolved"), "\(blocking.text)")

            let id = try #require(try later.status().conflicts.first?.id)
            try later.aura(["live", "conflicts", "dismiss", id])
            let dismissed = try Situation.awaitRoot("conflicts.dismissed-incoming") {
                try later.doctor()
            }
            #expect(dismissed.allCodes.contains("wal.apply-skipped"), "\(dismissed.text)")

            try later.aura(["live", "conflicts", "resolve", id, "--take", "remote"])
            try later.wait(for: "src/shapes.rs", toHold: "value * 9")
            try Situation.awaitHealth("after") { try later.doctor() }
            try Situation.awaitHealth("after") { try earlier.doctor() }
        }
    }

    @Test func aDeletionAgainstAnEditAndAStormAreToldApart() async throws {
        let count = 4
        let functions = (0..<count).map { "pub fn f\($0)() -> u32 {\n    \($0 + 20)\n}\n\n" }
        try await inSandbox { sandbox in
            let pair = try Pair(
                in: sandbox, extra: ["src/many.rs": functions.joined()],
                settings: Situation.settings("conflict_storm_count = 2"))
            try sandbox.killMothership()
            for peer in pair.both { try peer.wait(for: "offline") { $0.link.state == .offline } }
            let changed = functions.enumerated().map { number, text in
                text.replacingOccurrences(of: "\(number + 20)", with: "\(number + 40)")
            }
            let others = functions.enumerated().dropFirst().map { number, text in
                text.replacingOccurrences(of: "\(number + 20)", with: "\(number + 60)")
            }
            try pair.ada.save("src/many.rs", changed.joined())
            try pair.ben.save("src/many.rs", others.joined())
            for peer in pair.both { try peer.wait(for: "queue") { $0.wal.pendingOut == 1 } }
            try sandbox.startMothership()
            for peer in pair.both { try peer.aura(["live", "sync", "push", "--flush"]) }
            try Waiting.until("all conflicts") {
                try pair.both.contains { try $0.status().conflicts.count == count }
            }
            let later = try #require(try pair.both.first { try !$0.status().conflicts.isEmpty })

            let storm = try Situation.awaitRoot("conflicts.storm") { try later.doctor() }
            #expect(storm.allCodes.contains("conflicts.delete-modify"), "\(storm.text)")
            #expect(storm.allCodes.contains("conflicts.unresolved"))
        }
    }

    // MARK: 6, stale presence

    @Test func aPeerThatDiedWhileEditingIsHeldAndNamed() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            let ben = pair.ben
            try Situation.rehearse("presence.editing-held", at: pair.ada) {
                var number = 2
                try pair.ada.wait(for: "ben to be editing") { status in
                    // Each save makes ben's next heartbeat say so.
                    number += 1
                    try? ben.save("pkg/ben.py", "def ben():\n    return \(number)\n")
                    return status.presence.peers.contains { !$0.isSelf && $0.state == .editing }
                }
                _ = try sandbox.mothershipProcess().signal(SIGSTOP)
                try ben.killAgent()
            } back: {
                _ = try sandbox.mothershipProcess().signal(SIGCONT)
                try ben.enable()
                try pair.ada.aura(["live", "sync", "push", "--flush"])
            }
        }
    }

    // MARK: 9, received there and still the old text

    @Test(.enabled(if: FileAccess.exists("/usr/bin/strace"), "strace is not installed"))
    func aFileThatDoesNotHoldWhatWasWrittenIsNamed() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try Situation.rehearse("wal.apply-mismatch", at: pair.ada) {
                // The system says that the new name is there, and it is not.
                try SystemCallFault.inject("linkat:retval=0", into: pair.ada, of: sandbox)
                try pair.ben.save("pkg/new.py", "def new():\n    return 1\n")
            } back: {
                sandbox.endAll()
                try pair.ada.wait(for: "pkg/new.py", toHold: "return 1")
            }
        }
    }

    // MARK: Settings that do not fit

    @Test func aPeersFilesThatAreLeftOutHereAreNamed() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try Situation.awaitHealth("before") { try pair.ada.doctor() }
            try pair.ada.aura(["live", "sync", "disable"])
            try pair.ada.configure(["live.selective": "exclude = [\"web/**\"]"])
            try pair.ada.enable()

            try pair.ben.edit("web/cart.ts", "return 4;", "return 5;")

            try Situation.awaitRoot("config.selective-mismatch") { try pair.ada.doctor() }
        }
    }

    @Test func aCopiedFolderAnotherHomeAndASilentGitAreNamed() async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            try sandbox.startMothership()
            let ada = try sandbox.addPeer("ada", cloning: source, settings: Situation.settings())
            try Situation.awaitHealth("before") { try ada.doctor() }

            try Situation.awaitRoot("config.wrong-home") {
                try ada.doctor(with: ["AURA_HOME": sandbox.folder + "/elsewhere"], of: sandbox)
            }
            let stub = sandbox.folder + "/stub"
            try FileAccess.makeFolder(stub)
            try FileAccess.replace(
                stub + "/git", with: Array("#!/bin/sh\nexit 3\n".utf8), mode: 0o755)
            try Situation.awaitRoot("config.ignore-list-failed") {
                try ada.doctor(with: ["PATH": stub], of: sandbox)
            }
            let copy = sandbox.folder + "/copy"
            try Tool("/bin/cp", environment: [:], folder: "/").require(["-a", ada.root, copy])
            let answer = try DoctorAnswer(
                sandbox.aura(user: "ada", in: copy).run(["doctor", "live", "--json"]))
            #expect(answer.everyRoot == ["config.cloned-identity"], "\(answer.text)")
            #expect(answer.status == 1)
            try Situation.awaitHealth("after") { try ada.doctor() }
        }
    }

    @Test func anEditedGlobIsNotInForceUntilTheAgentReadsIt() async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            try sandbox.startMothership()
            let ada = try sandbox.addPeer(
                "ada", cloning: source, settings: Situation.settings("config_drift = \"1s\""))
            try Situation.rehearse("config.drift", at: ada) {
                try ada.configure(["live.selective": "exclude = [\"web/**\"]"])
            } back: {
                try ada.aura(["live", "sync", "disable"])
                try ada.enable()
            }
        }
    }

    @Test func limitsThatAreNotWrittenDownAreInformation() async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            try sandbox.startMothership(configuration: "[limits]\nbody_bytes = 1048576\n")
            let ada = try sandbox.addPeer("ada", cloning: source, settings: Situation.settings())

            let answer = try Situation.awaitRoot("config.limits-implicit") { try ada.doctor() }
            #expect(answer.status == 0, "\(answer.text)")
        }
    }

    @Test func anAgentThatDiedBeforeSyncWasTurnedOffLeavesItsRecord() async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            try sandbox.startMothership()
            let ada = try sandbox.addPeer("ada", cloning: source, settings: Situation.settings())
            try ada.killAgent()
            try ada.aura(["live", "sync", "disable"])

            let answer = try ada.doctor()

            #expect(answer.allCodes == ["agent.run-without-owner", "config.sync-disabled"])
            try ada.enable()
            try Situation.awaitHealth("after") { try ada.doctor() }
        }
    }

    @Test func aCalleeThatIsDeletedElsewhereIsTheRootAndStaleOnceNobodyCalls() async throws {
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

            let text = try ada.text("pkg/billing.py")
            let body =
                "def compute_tax(amount):\n    # the tax of an amount\n"
                + "    return amount * 20 / 100\n\n"
            try ada.save("pkg/billing.py", text.replacingOccurrences(of: body, with: ""))
            let gone = try Situation.awaitRoot("impacts.target-deleted") { try ben.doctor() }
            #expect(gone.allCodes.contains("impacts.unresolved"), "\(gone.text)")

            // With the agent running the alert would end by itself.
            try ben.aura(["live", "sync", "disable"])
            try ben.save("pkg/use.py", "\n")
            try ben.enable()
            try Waiting.until("the alert to be stale") {
                try ben.doctor().allCodes.contains("impacts.stale")
            }
        }
    }
}
