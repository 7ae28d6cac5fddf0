// Situations one to three of the field manual: saved and not pushed, offline, a queue that stands.

import Drills
import Foundation
import LiveProtocol
import LiveSync
import Support
import Testing

@Suite struct BucketTests {
    // MARK: 1, saved and nothing pushed

    @Test func eachReasonWhyASaveStaysIsTheOnlyRoot() async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            try sandbox.startMothership()
            let proxy = try FaultProxy(to: sandbox.port)
            defer { proxy.stop() }
            var settings = Situation.settings()
            settings["live.selective"] = "exclude = [\"gen/**\"]"
            let ada = try sandbox.addPeer(
                "ada", cloning: source, settings: settings, endpoint: proxy.endpoint)

            try Situation.rehearse("config.sync-disabled", at: ada) {
                try ada.aura(["live", "sync", "disable"])
                try ada.edit("src/shapes.rs", "value * 2", "value * 3")
            } back: {
                try ada.enable()
                try ada.wait(for: "the push") { $0.counters.changesAcknowledged == 1 }
            }
            try Situation.rehearse("config.file-excluded", at: ada) {
                try FileAccess.makeFolder(ada.path("gen"))
                try ada.save("gen/made.rs", "pub fn made() -> u32 {\n    1\n}\n")
            } back: {
                try FileManager.default.removeItem(atPath: ada.path("gen/made.rs"))
            }
            try Situation.rehearse("config.function-local-only", at: ada) {
                try ada.save(
                    "pkg/mine.py", "# @aura-local\ndef mine():\n    return 1\n")
            } back: {
                try FileManager.default.removeItem(atPath: ada.path("pkg/mine.py"))
            }
            try Situation.rehearse("scanner.trivia-only", at: ada) {
                try ada.edit("pkg/billing.py", "# the tax of an amount", "# what the state takes")
            } back: {
                try ada.checkout("pkg/billing.py", in: sandbox)
            }
            try Situation.rehearse("wal.queue-stalled", at: ada) {
                proxy.set { $0.swallowsUpstream = true }
                try ada.edit("src/shapes.rs", "value * 3", "value * 4")
            } back: {
                proxy.restore()
                proxy.cut()
                try ada.aura(["live", "sync", "push", "--flush"])
            }
            // A pause makes the same symptom and is no fault; the report names it.
            try sandbox.git(in: ada.root).require(["checkout", "--quiet", "-b", "side"])
            try ada.wait(for: "a pause") { $0.lifecycle == .paused }
            let paused = try ada.aura(["live", "sync", "status"]).output
            #expect(paused.contains("PAUSED"), "\(paused)")
            #expect(paused.contains("on branch side"), "\(paused)")
            let report = try ada.doctor()
            let scanner = report.body.checks.first { $0.check == "scanner" }
            #expect(scanner?.detail.hasPrefix("PAUSED: on branch side") == true, "\(report.text)")
            #expect(report.codes.isEmpty)
        }
    }

    // MARK: 2, the Mothership is offline

    @Test func eachWayToLoseTheMothershipIsTheOnlyRoot() async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            try sandbox.startMothership()
            let ada = try sandbox.addPeer("ada", cloning: source, settings: Situation.settings())

            try Situation.rehearse("daemon.down", at: ada) {
                try sandbox.killMothership()
                try ada.edit("src/shapes.rs", "value * 2", "value * 3")
            } back: {
                try sandbox.startMothership()
                try ada.aura(["live", "sync", "push", "--flush"])
            }
            try Situation.rehearse("config.endpoint-wrong", at: ada) {
                try sandbox.aura().require(["mothership", "stop"])
                try ada.wait(for: "offline") { $0.link.state == .offline }
                try sandbox.aura().require(["mothership", "start", "--port", "0"])
            } back: {
                try sandbox.aura().require(["mothership", "stop"])
                try sandbox.startMothership()
                try ada.aura(["live", "sync", "push", "--flush"])
            }
        }
    }

    @Test func aPortHeldByAStrangerIsTheOnlyRoot() async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            try sandbox.startMothership()
            let ada = try sandbox.addPeer("ada", cloning: source, settings: Situation.settings())

            try Situation.rehearse("daemon.port-foreign", at: ada) {
                try sandbox.killMothership()
                let port = sandbox.port
                try Waiting.until("the port to be free") {
                    // Until the kernel has let go of the dead server's connections it is taken.
                    guard let stranger = try? FaultProxy(to: 1, port: port) else { return false }
                    sandbox.atEnd { stranger.stop() }
                    return true
                }
            } back: {
                sandbox.endAll()
                try sandbox.startMothership()
                try ada.aura(["live", "sync", "push", "--flush"])
            }
            try Situation.rehearse("daemon.port-own", at: ada) {
                try sandbox.killMothership()
                let other = sandbox.folder + "/other-home"
                let tool = sandbox.aura()
                try tool.require([
                    "mothership", "start", "--home", other, "--port", "\(sandbox.port)",
                ])
                sandbox.atEnd(tool, ["mothership", "stop", "--home", other])
            } back: {
                sandbox.endAll()
                try sandbox.startMothership()
                try ada.aura(["live", "sync", "push", "--flush"])
            }
        }
    }

    @Test func packetsThatGetNoAnswerAreABlockedPath() async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            try sandbox.startMothership()
            let ada = try sandbox.addPeer("ada", cloning: source, settings: Situation.settings())
            try Situation.awaitHealth("before") { try ada.doctor() }
            let full = try FullListener()
            defer { full.close() }

            try ada.aura(["live", "sync", "disable"])
            try ada.replaceEndpoint("ws://127.0.0.1:\(full.port)")
            // Known at another port, the Mothership would make this a wrong endpoint.
            try sandbox.aura().require(["mothership", "stop"])
            try ada.enable()

            try Situation.awaitRoot("mothership.path-blocked") { try ada.doctor() }
            try ada.aura(["live", "sync", "disable"])
            try ada.replaceEndpoint(sandbox.endpoint)
            try sandbox.startMothership()
            try ada.enable()
            try Situation.awaitHealth("after") { try ada.doctor() }
        }
    }

    // MARK: 3, a queue that does not drain

    @Test func eachRefusalIsTheOnlyRoot() async throws {
        let refusals: [(String, RejectClass)] = [
            ("wal.reject-signature", .invalidSignature),
            ("wal.reject-repo-not-registered", .repositoryNotRegistered),
            ("wal.reject-payload-too-large", .payloadTooLarge),
            ("wal.reject-other", .policyViolation),
        ]
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            try sandbox.startMothership()
            let proxy = try FaultProxy(to: sandbox.port)
            defer { proxy.stop() }
            let ada = try sandbox.addPeer(
                "ada", cloning: source, settings: Situation.settings(), endpoint: proxy.endpoint)
            for (number, refusal) in refusals.enumerated() {
                try Situation.rehearse(refusal.0, at: ada) {
                    proxy.rewrite { Self.refusing($0, refusal.1) }
                    try ada.save(
                        "src/made\(number).rs", "pub fn made\(number)() -> u32 {\n    1\n}\n")
                    try ada.wait(for: "the refusal") { !$0.wal.refused.isEmpty }
                } back: {
                    proxy.restore()
                    try ada.aura(["live", "sync", "push", "--flush"])
                }
            }
            try Situation.rehearse("wal.ack-lost", at: ada) {
                let lost = Lost()
                proxy.rewrite { message in
                    if case .packAck = message, lost.isFirst() { return .nothing }
                    return .asIs
                }
                try ada.edit("src/shapes.rs", "value * 2", "value * 3")
                try ada.wait(for: "a push on its way") { $0.wal.pendingOut == 1 }
                try ada.edit("web/cart.ts", "return 4;", "return 5;")
            } back: {
                proxy.restore()
                proxy.cut()
                try ada.aura(["live", "sync", "push", "--flush"])
            }
        }
    }

    /// The same answer with everything in it refused.
    @Sendable private static func refusing(
        _ message: ServerMessage, _ reject: RejectClass
    ) -> FrameRewriting.Outcome {
        guard case .packAck(let result) = message else { return .asIs }
        let refused = result.accepted.map {
            RejectedChange(
                index: $0.index, reject: reject, headRevision: nil, message: "rehearsal")
        }
        return .other(
            .packAck(
                PushResult(changeSet: result.changeSet, accepted: [], rejected: refused)))
    }
}
