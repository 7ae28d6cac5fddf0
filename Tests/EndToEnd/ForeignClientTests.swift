// The protocol against a client that shares no code with us: Python's `websockets`. Every refusal
// has its documented class and close code, and none of them costs the other peers anything.

import Drills
import Foundation
import Testing

@Suite(.enabled(if: ForeignClient.isThere, "python3 has no websockets and cryptography or nacl"))
struct ForeignClientTests {
    /// Small limits, so that the messages that break them are small.
    private static let configuration = """
        [server]
        connections_max = 40
        [limits]
        frame_bytes = 1048576
        body_bytes = 131072
        changes_per_pack = 100
        changes_per_second = 200
        """

    @Test(arguments: ["hello", "frames", "pushes", "transport", "patience"])
    func everyRefusalHasItsClassAndCodeAndHarmsNobody(group: String) async throws {
        try await inSandbox { sandbox in
            try sandbox.startMothership(configuration: Self.configuration)
            try ForeignClient.check(group, in: sandbox)
        }
    }

    @Test func aTokenThatEndsIsToldSo() async throws {
        try await inSandbox { sandbox in
            try sandbox.startMothership(configuration: "[tokens]\nlifetime_seconds = 4\n")
            try ForeignClient.check("expiry", in: sandbox)
        }
    }

    @Test func aForeignPeerAndAPeerOfOursReadEachOther() async throws {
        try await inSandbox { sandbox in
            let ada = try Self.peer(in: sandbox)
            let path = "pkg/billing.py"
            for (old, new) in [("return 3", "return 33"), ("return 33", "return 333")] {
                let revisions = try ada.status().counters.setsSent
                try ada.edit(path, old + "\n", new + "\n")
                try ada.wait(for: "the push") {
                    $0.counters.setsSent > revisions && $0.wal.pendingOut == 0
                }
            }
            let reverted = try ForeignClient.exchange("revert", "::last", ada, sandbox)
            #expect(reverted.versions == 2 && reverted.revision == 3)
            try ada.wait(for: path, toHold: "return 33\n")
            let deleted = try ForeignClient.exchange("delete", "::last", ada, sandbox)
            #expect(deleted.revision == 4)
            try Waiting.until("the deletion") { try !ada.text(path).contains("def last") }
            #expect(try ada.status().conflicts.isEmpty)
        }
    }

    @Test func damagedFramesStopNeitherTheMothershipNorAPeer() async throws {
        try await inSandbox { sandbox in
            let ada = try Self.peer(in: sandbox)
            let agent = try ada.agentProcess()
            try ForeignClient.check("fuzz", in: sandbox, room: try ada.status().repository)
            try ada.edit("src/shapes.rs", "value * 2", "value * 9")
            try ada.wait(for: "the push after it all", limit: .seconds(60)) {
                $0.link.state == .online && $0.wal.pendingOut == 0 && $0.lastPush != nil
            }
            #expect(try ada.agentProcess() == agent)
            try ada.aura(["live", "sync", "status"])
        }
    }

    /// A real peer on a Mothership with small limits.
    private static func peer(in sandbox: Sandbox) throws -> SandboxPeer {
        let source = try ToyRepository.make(in: sandbox)
        try sandbox.startMothership(configuration: configuration)
        let ada = try sandbox.addPeer("ada", cloning: source)
        try ada.wait(for: "the link") { $0.link.state == .online }
        return ada
    }
}
