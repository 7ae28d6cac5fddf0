// Each fault is made for real on running processes, and the doctor names it; before it, the same
// pair is healthy.

import Drills
import Foundation
import LiveSync
import Support
import Testing

@Suite struct DoctorFaultTests {
    /// Short limits, so that a rehearsal need not wait for minutes.
    static let quick: [String: String] = [
        "doctor.thresholds": """
        mothership_down_fail = "1s"
        scanner_stalled = "5s"
        own_beat_warn = "2s"
        own_beat_fail = "4s"
        peer_stale = "4s"
        queue_stalled_warn = "1s"
        apply_stalled = "1s"
        backlog_count = 1
        """,
        "live.presence": "heartbeat_s = 1\nwindow_s = 3",
        "live.scan": "tick_ms = 200",
    ]

    /// Makes a pair, sees it healthy, makes the fault, and waits for the code.
    private func drill(
        _ code: String, mothership: String? = nil, proxied: Bool = false,
        extra: [String: String] = [:],
        _ fault: @Sendable (Sandbox, SandboxPeer, SandboxPeer, FaultProxy?) throws -> Void,
        then check: @Sendable (DoctorAnswer) throws -> Void = { _ in }
    ) async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox, extra: extra)
            try sandbox.startMothership(configuration: mothership)
            let proxy = proxied ? try FaultProxy(to: sandbox.port) : nil
            defer { proxy?.stop() }
            let ada = try sandbox.addPeer(
                "ada", cloning: source, settings: Self.quick, endpoint: proxy?.endpoint)
            let ben = try sandbox.addPeer("ben", cloning: source, settings: Self.quick)
            for peer in [ada, ben] { try peer.wait(for: "link") { $0.link.state == .online } }
            let healthy = try ada.doctor()
            #expect(healthy.codes.isEmpty, "\(healthy.text)")
            #expect(healthy.status == 0)

            try fault(sandbox, ada, ben, proxy)

            let answer = try awaited(code, ada)
            #expect(answer.allCodes.contains(code), "\(answer.text)")
            try check(answer)
        }
    }

    private func awaited(_ code: String, _ peer: SandboxPeer) throws -> DoctorAnswer {
        var answer = try peer.doctor()
        try Waiting.until("the code \(code)", limit: .seconds(60)) {
            answer = try peer.doctor()
            return answer.allCodes.contains(code)
        }
        return answer
    }

    // MARK: Processes

    @Test func aKilledMothershipIsTheOnlyRoot() async throws {
        try await drill("daemon.down") { sandbox, ada, _, _ in
            try sandbox.killMothership()
            try ada.wait(for: "offline") { $0.link.state == .offline }
        } then: { answer in
            #expect(answer.roots == ["daemon.down"], "\(answer.text)")
            #expect(answer.status == 1)
            #expect(answer.body.overall == "FAIL")
        }
    }

    @Test func aKilledAgentIsNamedAndItsFilesStillTell() async throws {
        try await drill("agent.down") { _, ada, _, _ in
            try ada.killAgent()
        } then: { answer in
            #expect(answer.roots == ["agent.down"], "\(answer.text)")
            let integrity = answer.body.checks.first { $0.check == "integrity" }
            #expect(integrity?.status == "ok")
        }
    }

    @Test func aStoppedAgentIsSaidToHang() async throws {
        try await drill("agent.command-hang") { _, ada, _, _ in
            _ = try ada.agentProcess().signal(SIGSTOP)
        }
    }

    // MARK: Settings

    @Test func syncTurnedOffIsNamed() async throws {
        try await drill("config.sync-disabled") { _, ada, _, _ in
            try ada.aura(["live", "sync", "disable"])
        }
    }

    @Test(arguments: [
        ("config.parse-error", "mothership = \"ws:"),
        ("config.unknown-key", "mothershop = \"ws://127.0.0.1:1\""),
        ("config.value-invalid", "branch_policy = \"loud\""),
    ])
    func brokenSettingsAreNamedWithTheirLine(code: String, line: String) async throws {
        try await drill(code) { _, ada, _, _ in
            try ada.configure(["live": line])
        }
    }

    // MARK: Scanner

    @Test func aFunctionThatDoesNotParseIsNamed() async throws {
        try await drill("scanner.parse-error") { _, ada, _, _ in
            try ada.edit("src/shapes.rs", "value * 2", "value * (")
        } then: { answer in
            #expect(answer.text.contains("src/shapes.rs"))
        }
    }

    @Test func aMissingCanaryFolderIsNamed() async throws {
        try await drill("scanner.canary-dir-missing") { _, ada, _, _ in
            try FileManager.default.removeItem(atPath: ada.workspace.canaryFolder)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "mounting needs root"))
    func aWatcherThatHearsNothingIsNamed() async throws {
        try await drill("scanner.watcher-deaf") { sandbox, ada, _, _ in
            // The markers go to the new file system, the watch stays on the old folder.
            let mount = Tool("/bin/mount", environment: [:], folder: "/")
            try mount.require(["-t", "tmpfs", "none", ada.workspace.canaryFolder])
            sandbox.atEnd("/bin/umount", ["-l", ada.workspace.canaryFolder])
        }
    }

    @Test func slowTicksAreNamed() async throws {
        let many = Dictionary(
            uniqueKeysWithValues: (0..<1500).map {
                ("many/d\($0 / 50)/f\($0).py", "def f\($0)():\n    return \($0)\n")
            })
        try await drill("scanner.slow-tick", extra: many) { sandbox, ada, _, _ in
            try ada.aura(["live", "sync", "disable"])
            try ada.configure(["live.scan": "full_every = 1"])
            try ada.enable()
            // A machine that gives the agent the processor only now and then.
            let starving = Starving(try ada.agentProcess())
            sandbox.atEnd { starving.stop() }
        }
    }

    @Test(.enabled(if: FileAccess.exists("/usr/bin/strace"), "strace is not installed"))
    func aDiskThatNeverAnswersStallsTheScanner() async throws {
        try await drill("scanner.stalled") { sandbox, ada, _, _ in
            try SystemCallFault.inject("fdatasync:delay_enter=20000000", into: ada, of: sandbox)
            try ada.edit("src/shapes.rs", "value * 2", "value * 5")
        }
    }

    // MARK: Link

    @Test func anotherMothershipOnThePortRefusesTheUpgrade() async throws {
        try await drill("mothership.upgrade-refused") { sandbox, ada, _, _ in
            try sandbox.killMothership()
            let other = sandbox.folder + "/other-home"
            let tool = sandbox.aura()
            try tool.require([
                "mothership", "start", "--home", other, "--port", "\(sandbox.port)",
            ])
            sandbox.atEnd(tool, ["mothership", "stop", "--home", other])
            try ada.wait(for: "a refusal") { $0.link.lastClose?.httpStatus == 404 }
        }
    }

    @Test func aRefusedConnectionWarnsFirstAndFailsLater() async throws {
        try await drill("mothership.unreachable", proxied: true) { _, ada, _, proxy in
            proxy?.stop()
            try ada.wait(for: "offline") { $0.link.state == .offline }
        } then: { answer in
            #expect(answer.roots.contains("mothership.unreachable"), "\(answer.text)")
            #expect(!answer.codes.contains("daemon.down"))
        }
    }

    @Test func aLateBeatIsASymptomOfTheLostLink() async throws {
        try await drill("presence.own-beat-late", proxied: true) { _, ada, _, proxy in
            proxy?.stop()
            try ada.wait(for: "offline") { $0.link.state == .offline }
        } then: { answer in
            #expect(!answer.roots.contains("presence.own-beat-late"), "\(answer.text)")
        }
    }

    @Test func aSlowLinkIsDegraded() async throws {
        try await drill("mothership.degraded", proxied: true) { _, ada, _, proxy in
            proxy?.set { $0.delay = .milliseconds(600) }
            proxy?.cut()
            try ada.wait(for: "a slow round trip") { $0.link.roundTripMilliseconds ?? 0 > 500 }
        }
    }

    @Test func aClockThatIsOffIsNamed() async throws {
        try await drill("mothership.clock-skew", proxied: true) { _, ada, _, proxy in
            proxy?.set { $0.rewritesDownstream = Self.shiftClock }
            proxy?.cut()
            try ada.wait(for: "an answered ping") {
                abs($0.link.clockOffsetMilliseconds ?? 0) > 2000
            }
        }
    }

    /// Makes the Mothership's clock in a pong some 16 minutes wrong, keeping every length.
    @Sendable private static func shiftClock(_ bytes: [UInt8]) -> [UInt8] {
        let mark = Array("\"serverTime\":".utf8)
        var bytes = bytes
        guard bytes.count > mark.count + 13,
            String(decoding: bytes, as: UTF8.self).contains("\"pong\"")
        else { return bytes }
        for start in 0..<(bytes.count - mark.count - 13)
        where Array(bytes[start..<start + mark.count]) == mark {
            let digit = start + mark.count + 6  // of 13: thousands of seconds
            bytes[digit] = bytes[digit] == UInt8(ascii: "9") ? UInt8(ascii: "0") : bytes[digit] + 1
        }
        return bytes
    }

    @Test func aNameThatDoesNotResolveIsNamed() async throws {
        try await drill("mothership.name-unresolved") { _, ada, _, _ in
            try ada.aura(["live", "sync", "disable"])
            try ada.replaceEndpoint("ws://nowhere.invalid:7070")
            try ada.enable(with: ["AURA_ALLOW_CLEARTEXT": "1"])
        }
    }

    @Test func anExpiredTokenThatCannotBeRenewedIsNamed() async throws {
        try await drill(
            "mothership.token-expired",
            mothership: "[tokens]\nlifetime_seconds = 6\nrenewal_seconds = 0\n"
        ) { sandbox, ada, _, _ in
            unlink(sandbox.mothershipHome + "/run/mothership.sock")
            try ada.wait(for: "the token to expire", limit: .seconds(60)) {
                $0.link.state == .offline && $0.link.lastClose?.code == 4002
            }
        }
    }

    // MARK: Queues and applies

    @Test func aQueueThatDoesNotMoveIsNamed() async throws {
        try await drill("wal.queue-stalled", proxied: true) { _, ada, _, proxy in
            proxy?.set { $0.swallowsUpstream = true }
            try ada.edit("src/shapes.rs", "value * 2", "value * 5")
        }
    }

    @Test func workThatPilesUpOfflineIsNamed() async throws {
        try await drill("wal.backlog-offline", proxied: true) { _, ada, _, proxy in
            proxy?.stop()
            try ada.wait(for: "offline") { $0.link.state == .offline }
            try ada.edit("src/shapes.rs", "value * 2", "value * 5")
            try ada.edit("web/cart.ts", "return 4;", "return 5;")
            try ada.wait(for: "two pushes") { $0.wal.pendingOut == 2 }
        }
    }

    @Test func aBodyOverTheLimitIsNamedAndBlocksNothing() async throws {
        try await drill(
            "wal.reject-payload-too-large", mothership: "[limits]\nbody_bytes = 1024\n"
        ) { _, ada, ben, _ in
            let long = (0..<100).map { "    value = value + \($0)\n" }.joined()
            try ada.save("pkg/long.py", "def long(value):\n\(long)    return value\n")
            try ada.wait(for: "the refusal") { !$0.wal.refused.isEmpty }
            try ada.edit("src/shapes.rs", "value * 2", "value * 5")
            try ben.wait(for: "src/shapes.rs", toHold: "value * 5")
        }
    }

    @Test func anyOtherRefusalIsNamedByItsClass() async throws {
        try await drill("wal.reject-other") { _, ada, _, _ in
            // A name longer than any path: a field the Mothership does not take.
            let name = String(repeating: "long", count: 1100)
            try ada.save("pkg/two.py", "def \(name)():\n    return 1\n")
            try ada.wait(for: "the refusal") { !$0.wal.refused.isEmpty }
        }
    }

    @Test(.enabled(if: geteuid() == 0, "the immutable flag needs root"))
    func aFileThatMayNotBeChangedIsNamed() async throws {
        try await drill("wal.apply-failed-permission") { sandbox, ada, ben, _ in
            let chattr = Tool("/usr/bin/chattr", environment: [:], folder: "/")
            try chattr.require(["+i", ada.path("src/shapes.rs")])
            sandbox.atEnd("/usr/bin/chattr", ["-i", ada.path("src/shapes.rs")])
            try ben.edit("src/shapes.rs", "value * 2", "value * 5")
        } then: { answer in
            #expect(answer.text.contains("immutable"))
        }
    }

    @Test func aLockedFileIsNamed() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Self.quick)
            let path = pair.ada.path("src/shapes.rs")
            let descriptor = try retrying("open", path) { open(path, O_RDWR | O_CLOEXEC) }
            defer { close(descriptor) }
            #expect(flock(descriptor, LOCK_EX) == 0)
            try pair.ben.edit("src/shapes.rs", "value * 2", "value * 5")

            let answer = try awaited("wal.apply-failed-locked", pair.ada)

            #expect(answer.allCodes.contains("wal.apply-failed-locked"))
            #expect(flock(descriptor, LOCK_UN) == 0)
            try pair.ada.wait(for: "src/shapes.rs", toHold: "value * 5")
            try Waiting.until("the report to be healthy") { try pair.ada.doctor().codes.isEmpty }
        }
    }

    @Test func aFileThatBecameALinkKeepsItsChangeWaiting() async throws {
        try await drill("wal.inbound-stalled") { _, ada, ben, _ in
            let path = ada.path("src/shapes.rs")
            try retrying("link", path) { link(path, ada.root + "/kept") }
            try retrying("symlink", path) { symlink(ada.root + "/kept", path + ".link") }
            try retrying("rename", path) { rename(path + ".link", path) }
            try ben.edit("src/shapes.rs", "value * 2", "value * 5")
        } then: { answer in
            #expect(answer.text.contains("unreadable"))
        }
    }

    // MARK: People

    @Test func anOpenConflictIsNamedOnTheLaterSide() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Self.quick)
            let later = try pair.collide(
                in: sandbox, "src/shapes.rs", "value * 2", ada: "value * 3", ben: "value * 4")

            let answer = try awaited("conflicts.unresolved", later)

            #expect(answer.roots == ["conflicts.unresolved"], "\(answer.text)")
            #expect(answer.body.overall == "WARN")
        }
    }

    @Test func aCalleeChangedOnAnotherBranchIsAnImpact() async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(
                in: sandbox,
                extra: [
                    "pkg/use.py":
                        "from billing import compute_tax\n\ndef use():\n    return compute_tax(4)\n"
                ])
            try sandbox.git(in: source).require(["branch", "side"])
            try sandbox.startMothership()
            let ada = try sandbox.addPeer("ada", cloning: source)
            let ben = try sandbox.addPeer("ben", cloning: source, branch: "side")
            for peer in [ada, ben] { try peer.wait(for: "link") { $0.link.state == .online } }
            #expect(try ben.doctor().codes.isEmpty)

            try ada.edit("pkg/billing.py", "amount * 20", "amount * 21")

            let answer = try awaited("impacts.unresolved", ben)
            #expect(answer.roots == ["impacts.unresolved"], "\(answer.text)")
            #expect(try ben.text("pkg/billing.py").contains("amount * 20"))
            let list = try ben.aura(["live", "impacts", "list"]).output
            #expect(list.contains("billing::compute_tax"))
        }
    }

    @Test func aPeerThatWasKilledWhileTheMothershipIsStuckGoesStale() async throws {
        try await drill("presence.peer-stale") { sandbox, ada, ben, _ in
            try ada.wait(for: "ben's presence") { !$0.presence.peers.filter { !$0.isSelf }.isEmpty }
            _ = try sandbox.mothershipProcess().signal(SIGSTOP)
            try ben.killAgent()
        }
    }

    @Test(.enabled(if: FileAccess.exists("/usr/bin/strace"), "strace is not installed"))
    func aDiskThatRefusesSyncsIsNamed() async throws {
        try await drill("wal.fsync-failed") { sandbox, ada, _, _ in
            try SystemCallFault.inject("fdatasync,fsync:error=EIO", into: ada, of: sandbox)
            var number = 6
            try Waiting.until("a write problem") {
                number += 1
                try ada.save(
                    "src/made.rs", "pub fn made() -> u32 {\n    \(number)\n}\n")
                return try ada.status().wal.writeProblem != nil
            }
        }
    }
}
