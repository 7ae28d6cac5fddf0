// What a person was told once, and whoever looks later must find too: why a start was refused, what a
// recovery gave up, which device a working copy is.

import Drills
import Foundation
import Glibc
import LiveSync
import Support
import Testing

@Suite struct ToldCausesTests {
    private static let path = "pkg/billing.py"

    @Test func aRefusedStartIsTheCauseOfAMissingAgent() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            try pair.ada.aura(["live", "sync", "disable"])
            let device = try pair.ada.status().device
            let token = "\(sandbox.folder)/config-ada/devices/\(device.hex).token"
            try #require(FileAccess.exists(token), "\(token)")
            let before = try FileAccess.read(token)
            try FileAccess.replace(token, with: Array("garbage\n".utf8))
            #expect(try !pair.ada.tryAura(["live", "sync", "enable"]).succeeded)

            let report = try pair.ada.tryAura(["doctor", "live"]).output

            #expect(report.contains("the last start was refused"), "\(report)")
            #expect(report.contains("is no token file"), "\(report)")
            try FileAccess.replace(token, with: before)
            try pair.ada.enable()
            try pair.ada.wait(for: "the link") { $0.link.state == .online }
            #expect(!(try pair.ada.tryAura(["doctor", "live"]).output.contains("refused")))
        }
    }

    /// As after a command under sudo: to be kept out is neither a silent agent nor a missing
    /// workspace, and nothing is ended for it.
    @Test func whoIsKeptOutIsToldSo() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let plain = Tool(
                "/usr/bin/setpriv", environment: sandbox.environment(user: "ada"),
                folder: pair.ada.root)
            let words = [
                "--bounding-set=-dac_override,-dac_read_search", sandbox.executable, "doctor",
                "live",
            ]
            guard geteuid() == 0, try plain.run(words).succeeded else { return }
            let socket = pair.ada.workspace.agentSocketPath
            let agent = try pair.ada.agentProcess().pid

            chown(socket, 65_534, 65_534)
            let kept = try plain.run(words + ["--fix", "--yes", "agent.command-hang"])
            chown(socket, 0, 0)

            #expect(try pair.ada.agentProcess().pid == agent, "\(kept.output)\(kept.errors)")
            #expect(!kept.output.contains("command-hang"), "\(kept.output)")
            #expect(kept.output.contains("host.wrong-owner"), "\(kept.output)")

            chmod(pair.ada.workspace.auraFolder, 0)
            let closed = try plain.run(words)
            chmod(pair.ada.workspace.auraFolder, 0o755)
            #expect(closed.status == 66)
            #expect(closed.errors.contains("may not enter"), "\(closed.errors)")
            #expect(!closed.errors.contains("aura init"), "\(closed.errors)")
        }
    }

    /// Its socket and its lock say that it runs.
    @Test func aMothershipWithoutRecordIsNotCalledOffAndGetsItsRecordBack() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let record = sandbox.mothershipHome + "/run/mothership.pid"
            let pid = try sandbox.mothershipProcess().pid
            try FileManager.default.removeItem(atPath: record)

            let stop = try sandbox.aura().run(["mothership", "stop"])
            #expect(!stop.succeeded && stop.errors.contains("pid record is gone"), "\(stop)")
            let fixed = try pair.ada.tryAura(["doctor", "live", "--fix"])

            #expect(fixed.succeeded, "\(fixed.output)\(fixed.errors)")
            #expect(try sandbox.mothershipProcess().pid == pid)
            try sandbox.aura().require(["mothership", "stop"])
        }
    }

    @Test func aRefusedStartIsTheCauseOfADeadMothership() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let store = sandbox.mothershipHome + "/hub.db"
            try sandbox.killMothership()
            try pair.ada.wait(for: "offline") { $0.link.state == .offline }
            let kept = sandbox.folder + "/store"
            for name in try FileAccess.names(in: sandbox.mothershipHome)
            where name.hasPrefix("hub.db") {
                try FileAccess.makeFolder(kept)
                try FileManager.default.moveItem(
                    atPath: "\(sandbox.mothershipHome)/\(name)", toPath: "\(kept)/\(name)")
            }
            try FileAccess.replace(store, with: Array("this is no database\n".utf8))
            let start = ["mothership", "start", "--port", "\(sandbox.port)"]
            #expect(try !sandbox.aura().run(start).succeeded)

            let report = try pair.ada.tryAura(["doctor", "live"]).output

            #expect(report.contains("the last start was refused"), "\(report)")
            #expect(report.contains("not a database"), "\(report)")
            try FileManager.default.removeItem(atPath: store)
            for name in try FileAccess.names(in: kept) {
                try FileManager.default.moveItem(
                    atPath: "\(kept)/\(name)", toPath: "\(sandbox.mothershipHome)/\(name)")
            }
            try sandbox.startMothership()
            try pair.ada.wait(for: "the link") { $0.link.state == .online }
            #expect(!(try pair.ada.tryAura(["doctor", "live"]).output.contains("refused")))
        }
    }

    /// A report that ends while git hangs takes its gits with it.
    @Test func aGitThatHangsDoesNotOutliveTheReport() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let stub = sandbox.folder + "/stub"
            try FileAccess.makeFolder(stub)
            let script = "#!/bin/sh\necho $$ >> '\(stub)/pids'\nexec /bin/sleep 600\n"
            try FileAccess.replace(stub + "/git", with: Array(script.utf8), mode: 0o755)
            var tool = sandbox.aura(user: pair.ada.user, in: pair.ada.root)
            tool.environment["PATH"] = stub

            _ = try tool.run(["doctor", "live", "--timeout", "1s"])

            let text = String(decoding: try FileAccess.read(stub + "/pids"), as: UTF8.self)
            let pids = text.split(separator: "\n").compactMap { Int32($0) }
            #expect(!pids.isEmpty)
            try Waiting.until("the end of every git") {
                pids.allSatisfy { ProcessIdentity.of(pid: $0) == nil }
            }
        }
    }

    @Test func aWorkingCopyWhoseSettingsAreGoneStaysItsDevice() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let device = try pair.ada.status().device
            let address = try pair.ada.status().endpoint
            try pair.ada.aura(["live", "sync", "disable"])
            try FileManager.default.removeItem(atPath: pair.ada.workspace.configurationPath)

            try pair.ada.aura(["init", "--mothership", address])
            try pair.ada.enable()
            try pair.ada.wait(for: "the link") { $0.link.state == .online }

            #expect(try pair.ada.status().device == device)
            try pair.ada.edit(Self.path, "return 3", "return 33")
            try pair.ben.wait(for: Self.path, toHold: "return 33")
        }
    }
}
