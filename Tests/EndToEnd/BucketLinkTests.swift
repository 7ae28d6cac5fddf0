// Every way a Mothership ends a connection, on a real link: the proxy turns its welcome into the
// close frame.

import Drills
import Foundation
import LiveProtocol
import LiveSync
import Support
import Testing

@Suite struct BucketLinkTests {
    private func proxied(
        _ sandbox: Sandbox, _ body: (SandboxPeer, FaultProxy) throws -> Void
    ) throws {
        let source = try ToyRepository.make(in: sandbox)
        try sandbox.startMothership()
        let proxy = try FaultProxy(to: sandbox.port)
        defer { proxy.stop() }
        var settings = Situation.settings("presence_ahead = \"5s\"")
        settings["live.presence"] = "heartbeat_s = 1\nwindow_s = 3\nping_s = 1"
        try body(
            try sandbox.addPeer(
                "ada", cloning: source, settings: settings, endpoint: proxy.endpoint), proxy)
    }

    @Test func eachCloseCodeIsTheOnlyRoot() async throws {
        let codes: [(UInt16, String)] = [
            (4001, "mothership.resync-required"), (4004, "mothership.hello-timeout"),
            (4005, "mothership.hello-rejected"), (4006, "mothership.proto-version"),
            (4008, "mothership.rate-limited"), (1011, "mothership.server-overload"),
            (4999, "mothership.close-unknown"),
        ]
        try await inSandbox { sandbox in
            try proxied(sandbox) { ada, proxy in
                for (code, root) in codes {
                    try Situation.rehearse(root, at: ada) {
                        proxy.rewrite { message in
                            if case .welcome = message { return .close(code) }
                            return .asIs
                        }
                        proxy.cut()
                        try ada.wait(for: "close code \(code)") {
                            $0.link.lastClose?.code == code
                        }
                    } back: {
                        proxy.restore()
                        try ada.aura(["live", "sync", "push", "--flush"])
                        try ada.wait(for: "the link") { $0.link.state == .online }
                    }
                }
            }
        }
    }

    @Test func aRestartIsInformationAndSilenceIsALinkHalfOpen() async throws {
        try await inSandbox { sandbox in
            try proxied(sandbox) { ada, proxy in
                try Situation.awaitHealth("before") { try ada.doctor() }
                try ada.wait(for: "an answered ping") { $0.link.roundTripMilliseconds != nil }
                try Situation.rehearse("mothership.half-open", at: ada) {
                    proxy.set { $0.swallowsDownstream = true }
                    try ada.wait(for: "two lost pings") { $0.link.state == .offline }
                } back: {
                    proxy.restore()
                    proxy.cut()
                    try ada.aura(["live", "sync", "push", "--flush"])
                }
                proxy.rewrite { message in
                    if case .welcome = message { return .close(1012) }
                    return .asIs
                }
                proxy.cut()
                try Waiting.until("the restart to be named") {
                    try ada.doctor().allCodes.contains("mothership.service-restart")
                }
            }
        }
    }

    @Test func aPeersClockThatIsAheadIsInformation() async throws {
        try await inSandbox { sandbox in
            try proxied(sandbox) { ada, proxy in
                try Situation.rehearse("presence.clock-future", at: ada) {
                    proxy.rewrite { message in
                        guard case .presence(let rows) = message else { return .asIs }
                        return .other(
                            .presence(
                                rows.map { row in
                                    var row = row
                                    row.presence.sentAt = row.receivedAt + .seconds(60)
                                    return row
                                }))
                    }
                    let source = sandbox.folder + "/source"
                    try sandbox.addPeer(
                        "ben", cloning: source, settings: Situation.settings())
                } back: {
                    proxy.restore()
                }
            }
        }
    }

    @Test func clearTextToAnotherMachineIsNamed() async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            try sandbox.startMothership()
            let ada = try sandbox.addPeer("ada", cloning: source, settings: Situation.settings())
            try Situation.awaitHealth("before") { try ada.doctor() }
            try ada.aura(["live", "sync", "disable"])
            try ada.replaceEndpoint("ws://nowhere.invalid:7070")
            try ada.enable(with: ["AURA_ALLOW_CLEARTEXT": "1"])
            try Waiting.until("the code auth.cleartext-link") {
                try ada.doctor().everyRoot == [
                    "auth.cleartext-link", "mothership.name-unresolved",
                ]
            }
        }
    }
}
