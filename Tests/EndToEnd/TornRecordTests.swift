// What a crash or a full disk leaves of a pid record names nobody: it keeps neither the report from
// telling what is down nor the next start away.

import Drills
import LiveProtocol
import LiveSync
import Support
import Testing

@Suite struct TornRecordTests {
    private static let path = "src/shapes.rs"

    @Test(arguments: ["", "{\"process\":{\"pid\":"])
    func anAgentIsStartedAgainBehindATornRecord(text: String) async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try Situation.awaitHealth("before") { try pair.ada.doctor() }
            try pair.ada.killAgent()
            try FileAccess.replace(pair.ada.workspace.agentRecordPath, with: text.utf8)
            let told = try pair.ada.doctor()
            #expect(told.allCodes.contains("agent.run-without-owner"), "\(told.text)")

            try Situation.repair("agent.down", at: pair.ada)

            try pair.ada.edit(Self.path, "value * 2", "value * 3")
            try pair.ben.wait(for: Self.path, toHold: "value * 3")
        }
    }

    @Test func syncIsTurnedOnBehindATornRecord() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            try pair.ada.killAgent()
            try FileAccess.replace(pair.ada.workspace.agentRecordPath, with: "".utf8)

            try pair.ada.enable()

            #expect(try pair.ada.status().source == .agent)
        }
    }

    @Test func aMothershipIsStartedAgainBehindATornRecord() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, settings: Situation.settings())
            try Situation.awaitHealth("before") { try pair.ada.doctor() }
            try sandbox.killMothership()
            let record = LocalMothership.pidRecord(home: sandbox.mothershipHome)
            try FileAccess.replace(record, with: "".utf8)
            try pair.ada.wait(for: "offline") { $0.link.state == .offline }

            try Situation.repair("daemon.down", at: pair.ada)
        }
    }
}
