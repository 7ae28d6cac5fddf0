// Who a device is, and what may leave it: two machines of one person, a copied folder, and clear
// text only where it was allowed.

import Drills
import Foundation
import LiveProtocol
import LiveSync
import Support
import Testing

@Suite struct DeviceTests {
    @Test func onePersonOnTwoMachinesIsTwoDevicesAndBothSync() async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            try sandbox.startMothership()
            let operating = try sandbox.addPeer("operator", cloning: source)
            let room = try operating.status().repository
            let machines = try ["desk", "laptop"].map { name in
                let machine = try Machine(name, in: sandbox, user: "ada", cloning: source)
                try machine.join(try sandbox.joinToken(room: room))
                try machine.enable()
                try machine.wait(for: "the link") { $0.link.state == .online }
                return machine
            }
            let (desk, laptop) = (machines[0], machines[1])
            try desk.edit("pkg/billing.py", "return 3", "return 31")
            try laptop.wait(for: "pkg/billing.py", toHold: "return 31")
            try laptop.edit("pkg/billing.py", "return 31", "return 32")
            try desk.wait(for: "pkg/billing.py", toHold: "return 32")
            let states = try machines.map { try $0.status() }
            #expect(states[0].user == states[1].user && states[0].device != states[1].device)
            #expect(states.allSatisfy { $0.conflicts.isEmpty })
        }
    }

    @Test func aCopiedWorkingCopyIsNoticedAndGetsADeviceOfItsOwn() async throws {
        try await inSandbox { sandbox in
            let house = try Household(in: sandbox)
            let copy = sandbox.folder + "/copy"
            let copying = Tool(
                "/bin/cp", environment: sandbox.environment(user: "ada"), folder: sandbox.folder)
            try copying.require(["-a", house.ada.root, copy])
            let ada = sandbox.aura(user: "ada", in: copy)
            sandbox.atEnd(ada, ["live", "sync", "disable"])

            let refused = try ada.run(["live", "sync", "enable"])

            #expect(refused.status == 5)
            #expect(refused.errors.contains("is a copy of the working copy"), "\(refused.errors)")
            #expect(refused.errors.contains("run aura init --new-device there"))
            let made = try ada.require(["init", "--new-device"])
            #expect(made.output.contains("live.previous-"))
            try ada.require(["live", "sync", "enable"])
            let workspace = Workspace(root: copy)
            let control = AgentControl(workspace)
            try Waiting.until("the copy's link") { try control.status().link.state == .online }
            #expect(try control.status().device != house.ada.status().device)
            try house.ada.edit("pkg/billing.py", "return 3", "return 31")
            try Waiting.until("the change to reach the copy") {
                // While a file is being replaced it may be missing for a moment.
                let bytes = (try? FileAccess.read(copy + "/pkg/billing.py")) ?? []
                return String(decoding: bytes, as: UTF8.self).contains("return 31")
            }
            #expect(try house.ada.status().link.state == .online)
        }
    }

    @Test func aRunningAgentKeepsItsDevice() async throws {
        try await inSandbox { sandbox in
            let house = try Household(in: sandbox)
            let refused = try house.ada.tryAura(["init", "--new-device"])
            #expect(refused.status == 6)
            #expect(refused.errors.contains("live sync disable"))
        }
    }
}

@Suite struct CleartextTests {
    @Test func aMothershipListensBeyondLoopbackInClearTextOnlyWhenTold() async throws {
        try await inSandbox { sandbox in
            let start = ["mothership", "start", "--bind", "0.0.0.0", "--port", "0"]
            let refused = try sandbox.aura().run(start)
            #expect(refused.status == 64)
            #expect(refused.errors.contains("0.0.0.0 is not loopback"), "\(refused.errors)")
            for way in ["--tls", "--allow-cleartext"] {
                #expect(refused.errors.contains(way))
                try sandbox.aura().require(start + [way])
                #expect(try sandbox.mothership().address == "0.0.0.0")
                try sandbox.aura().require(["mothership", "stop"])
            }
        }
    }

    @Test func aPeerSendsNothingInClearTextBeyondLoopbackUnlessTold() async throws {
        try await inSandbox { sandbox in
            let house = try Household(in: sandbox)
            let token = try sandbox.joinToken(
                room: house.room, ["--address", "ws://nowhere.invalid:7070"])
            let ben = try Machine("ben", in: sandbox, cloning: house.source)
            let refused = try ben.tryAura(["init", "--join", token.token])
            #expect(refused.status == 5)
            #expect(refused.errors.contains("in clear text"), "\(refused.errors)")
            #expect(refused.errors.contains("--allow-cleartext"))
            let tried = try ben.tryAura(["init", "--join", token.token, "--allow-cleartext"])
            #expect(tried.errors.contains("nowhere.invalid does not resolve"), "\(tried.errors)")

            try house.ada.aura(["live", "sync", "disable"])
            try house.ada.replaceEndpoint("ws://nowhere.invalid:7070")
            let unable = try house.ada.tryAura(["live", "sync", "enable"])
            #expect(unable.status == 5 && unable.errors.contains("--allow-cleartext"))
            try house.ada.aura(["live", "sync", "enable", "--allow-cleartext"])
            try house.ada.wait(for: "the name") { $0.link.lastClose?.stage == .name }
        }
    }
}
