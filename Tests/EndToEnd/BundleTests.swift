// Bundles of real working copies, healthy and broken: made with the command of the field manual,
// unpacked by another program, and examined from the file alone.

import Drills
import Foundation
import LiveSync
import Support
import Testing

@Suite struct BundleTests {
    /// A Mothership and one peer with a pushed change.
    private func peer(in sandbox: Sandbox) throws -> SandboxPeer {
        let source = try ToyRepository.make(in: sandbox)
        try sandbox.startMothership()
        let peer = try sandbox.addPeer("margarethe", cloning: source)
        try peer.wait(for: "the link") { $0.link.state == .online }
        try peer.edit("pkg/billing.py", "return 3", "return 3003")
        try peer.wait(for: "the push") { $0.lastPush != nil && $0.wal.pendingOut == 0 }
        return peer
    }

    private func make(
        _ peer: SandboxPeer, _ name: String, _ arguments: [String] = []
    ) throws -> ToolResult {
        let result = try peer.tryAura(
            ["live", "logs", "bundle", "./\(name)"] + arguments, limit: .seconds(120))
        #expect(result.status == 0, "\(name): \(result.errors)\(result.output)")
        return result
    }

    /// The members of a bundle, unpacked by tar.
    private func unpacked(_ peer: SandboxPeer, _ name: String, in sandbox: Sandbox) throws -> String
    {
        let folder = "\(sandbox.folder)/unpacked-\(name)"
        try FileAccess.makeFolder(folder)
        let tar = Tool("/usr/bin/tar", environment: [:], folder: peer.root)
        try tar.require(["xzf", name, "-C", folder])
        return folder
    }

    /// The bundle's own report, and that the one made of the file alone is the same.
    private func report(_ peer: SandboxPeer, _ name: String, in sandbox: Sandbox) throws
        -> DoctorAnswer
    {
        let folder = try unpacked(peer, name, in: sandbox)
        let own = String(decoding: try FileAccess.read(folder + "/report.json"), as: UTF8.self)
        let made = try peer.tryAura(["doctor", "bundle", name, "--json"])
        #expect(made.output == own, "\(name)")
        return try DoctorAnswer(
            ToolResult(status: made.status, output: own, errors: made.errors))
    }

    @Test func theCommandOfTheFieldManualMakesAProvenBundle() async throws {
        try await inSandbox { sandbox in
            let peer = try peer(in: sandbox)
            let mail = "grace.hopper@cobol-works.org"
            let key = "AKIA" + "QYLPMN5HHHFPZAM2"
            let log = peer.workspace.logFolder + "/agent.out"
            try FileAccess.replace(
                log, with: Array("sent to \(mail) with \(key)\n@@ -1 +1 @@\n-    return 3\n".utf8))

            let printed = try make(peer, "live-debug.tar.gz").output

            for words in ["proven:    clean", "logs", "masked:", "left out:", "live-debug.tar.gz"] {
                #expect(printed.contains(words), "\(words): \(printed)")
            }
            let folder = try unpacked(peer, "live-debug.tar.gz", in: sandbox)
            let grep = Tool("/usr/bin/grep", environment: [:], folder: folder)
            let devices = "\(sandbox.folder)/config-margarethe/devices"
            var secrets = [mail, key, "return 3003", "margarethe", sandbox.folder + "/margarethe"]
            for name in try FileAccess.names(in: devices) where name.hasSuffix(".key") {
                let text = String(
                    decoding: try FileAccess.read(devices + "/" + name), as: UTF8.self)
                secrets += [String(text.prefix(64)), String(name.dropLast(4))]
            }
            for secret in secrets where secret != sandbox.folder + "/margarethe" {
                let hit = try grep.run(["-rlF", "--", secret, "."])
                #expect(hit.status == 1, "\(secret) in \(hit.output)")
            }
            for member in [
                "manifest.json", "proof.json", "report.json", "report.txt", "environment.json",
                "config/live.toml", "wal/records.jsonl", "wal/verify.json", "lifecycle/status.json",
                "metrics/peer.json", "snapshots/wal.json",
            ] {
                #expect(FileAccess.exists(folder + "/" + member), "\(member)")
            }
            let verified = try peer.tryAura(["doctor", "bundle", "live-debug.tar.gz", "--verify"])
            #expect(verified.status == 0, "\(verified.errors)")
            #expect(verified.output.contains("none found"), "\(verified.output)")
            let again = try peer.tryAura(["live", "logs", "bundle", "./live-debug.tar.gz"])
            #expect(again.status == 73, "\(again.errors)")
        }
    }

    /// The bundle's own report says what is wrong; the one made of the file alone is the same.
    private func expectSame(
        _ peer: SandboxPeer, _ name: String, in sandbox: Sandbox, expecting code: String?
    ) throws {
        _ = try make(peer, "\(name).tar.gz")
        let recorded = try report(peer, "\(name).tar.gz", in: sandbox)
        if let code {
            #expect(recorded.allCodes.contains(code), "\(name): \(recorded.text)")
        }
    }

    @Test func aBundleTellsWhatTheDoctorSawOnEveryBrokenSystem() async throws {
        try await inSandbox { sandbox in
            let peer = try peer(in: sandbox)
            try expectSame(peer, "healthy", in: sandbox, expecting: nil)

            try sandbox.killMothership()
            try peer.wait(for: "offline") { $0.link.state == .offline }
            try expectSame(peer, "mothership-down", in: sandbox, expecting: "daemon.down")

            try peer.killAgent()
            try expectSame(peer, "agent-killed", in: sandbox, expecting: "daemon.down")

            // Nothing runs any more, so it may refuse.
            _ = try peer.tryAura(["live", "sync", "disable"])
            let wal = peer.workspace.walFolder
            let segment = try #require(
                try FileAccess.names(in: wal).filter { $0.hasPrefix("segment-") }.min())
            var bytes = try FileAccess.read(wal + "/" + segment)
            for place in stride(from: bytes.count / 3, to: bytes.count / 2, by: 97) {
                bytes[place] ^= 0x55
            }
            try FileAccess.replace(wal + "/" + segment, with: bytes)
            try expectSame(peer, "log-damaged", in: sandbox, expecting: nil)

            // A state database nobody has, settings nobody can read, a log folder that is gone.
            try FileAccess.replace(
                peer.workspace.configurationPath, with: Array("[live\nnonsense".utf8))
            try FileManager.default.removeItem(atPath: peer.workspace.logFolder)
            try expectSame(peer, "settings-broken", in: sandbox, expecting: nil)
            try FileManager.default.removeItem(atPath: wal)
            try expectSame(peer, "no-log", in: sandbox, expecting: nil)

            // Bundles stand in for the reports that follow from them.
            let diff = try peer.tryAura(
                ["doctor", "diff", "healthy.tar.gz", "mothership-down.tar.gz"])
            #expect(diff.status == 1 && diff.output.contains("daemon.down"), "\(diff.output)")
            let same = try peer.tryAura(["doctor", "diff", "healthy.tar.gz", "healthy.tar.gz"])
            #expect(same.status == 0, "\(same.output)\(same.errors)")
        }
    }

    /// What changes from one second to the next without anything being done stands in none.
    @Test func twoBundlesOfOneStateAndOneTimeAreTheSameFile() async throws {
        try await inSandbox { sandbox in
            let peer = try peer(in: sandbox)
            try sandbox.killMothership()
            try peer.killAgent()
            func bytes(_ name: String, time: String = "2030-01-02T03:04:05Z") throws -> [UInt8] {
                let path = "\(sandbox.folder)/\(name).tar.gz"
                let result = try peer.tryAura(["live", "logs", "bundle", path, "--time", time])
                #expect(result.status == 0, "\(result.errors)")
                return try FileAccess.read(path)
            }
            let first = try bytes("first")
            // A file of the disk that is nobody's business.
            try FileAccess.replace(
                sandbox.folder + "/elsewhere", with: [UInt8](repeating: 7, count: 100_000))

            #expect(try bytes("second") == first)
            #expect(try bytes("later", time: "2030-01-02T03:04:06Z") != first)
            let refused = try peer.tryAura(
                ["live", "logs", "bundle", "./x.tar.gz", "--time", "noon"])
            #expect(refused.status == 64 && refused.errors.contains("noon"), "\(refused.errors)")
        }
    }

    /// Not even the key of the aliases, which the first bundle makes.
    @Test func aPreviewWritesNothingAnywhere() async throws {
        try await inSandbox { sandbox in
            let peer = try peer(in: sandbox)
            let folders = [peer.root, "\(sandbox.folder)/config-margarethe"]
            let before = try folders.map { try FileAccess.names(in: $0) }

            let result = try peer.tryAura(["live", "logs", "bundle", "./x.tar.gz", "--preview"])

            #expect(result.status == 0 && result.output.contains("nothing was written"))
            #expect(try folders.map { try FileAccess.names(in: $0) } == before)
        }
    }

    /// Whoever gets the file must be able to tell "it found nothing" from "it was not recorded".
    @Test func aCheckOfAThirdPartyIsListedAsLeftOut() async throws {
        try await inSandbox { sandbox in
            let peer = try peer(in: sandbox)
            let path = peer.workspace.auraFolder + "/checks.d/pump"
            let text = """
                #!/bin/sh
                cat <<'END'
                {"name":"pump","codes":[{"code":"pump.dry","severity":"fail","fix":"none",
                 "meaning":"it is dry","impact":"no water","next_step":"pour some in"}]}
                END
                """
            try FileAccess.makeFolder(PathName.parent(of: path), mode: 0o700)
            try FileAccess.replace(path, with: Array(text.utf8), mode: 0o700)
            try peer.aura(["doctor", "trust", path])

            let printed = try make(peer, "x.tar.gz").output

            #expect(printed.contains("snapshots/pump.json  a check of a third party"), "\(printed)")
        }
    }

    @Test func theServersSideComesWhenItIsAskedFor() async throws {
        try await inSandbox { sandbox in
            let peer = try peer(in: sandbox)

            _ = try make(peer, "both.tar.gz", ["--include", "mothership", "--strict"])

            let folder = try unpacked(peer, "both.tar.gz", in: sandbox)
            for member in [
                "mothership/status.json", "mothership/files.json", "metrics/mothership.txt",
            ] {
                #expect(FileAccess.exists(folder + "/" + member), "\(member)")
            }
            _ = try report(peer, "both.tar.gz", in: sandbox)
        }
    }

    /// The kernel refuses one call; there is no file, and the exit status says so.
    @Test(
        .enabled(if: FileAccess.exists("/usr/bin/strace"), "strace is not installed"),
        arguments: ["fsync", "linkat", "ftruncate", "pread64"])
    func aRefusedCallLeavesNoFile(call: String) async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            try sandbox.startMothership()
            let peer = try sandbox.addPeer("ada", cloning: source)
            let strace = Tool(
                "/usr/bin/strace", environment: sandbox.environment(user: "ada"), folder: peer.root)

            let result = try strace.run(
                [
                    "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
                    "inject=\(call):error=EIO:when=1", sandbox.executable, "live", "logs", "bundle",
                    "./out.tar.gz",
                ], limit: .seconds(120))

            let left = try FileAccess.names(in: peer.root).filter { $0.contains("out.tar.gz") }
            #expect(result.status != 0 || call == "pread64", "\(result.output)")
            #expect(left.isEmpty || result.status == 0, "\(left) \(result.errors)")
        }
    }
}
