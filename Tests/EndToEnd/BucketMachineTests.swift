// Situations seven, eight and ten: a damaged log, a slow scan and the machine under it, a reset.

import Drills
import Foundation
import Glibc
import LiveSync
import Support
import Testing
import WriteAheadLog

@Suite struct BucketMachineTests {
    private func single(
        _ sandbox: Sandbox, _ thresholds: String = "", extra: [String: String] = [:]
    ) throws -> SandboxPeer {
        let source = try ToyRepository.make(in: sandbox, extra: extra)
        try sandbox.startMothership()
        let ada = try sandbox.addPeer(
            "ada", cloning: source, settings: Situation.settings(thresholds))
        try Situation.awaitHealth("before") { try ada.doctor() }
        return ada
    }

    // MARK: 7, the log is reported corrupt

    @Test func aFlippedByteIsARootAndASymptomInASyncedFolder() async throws {
        try await inSandbox { sandbox in
            let ada = try single(sandbox)
            // A clean stop seals the segment, so the agent writes to another one.
            try ada.aura(["live", "sync", "disable"])
            try ada.enable()
            let segment = ada.workspace.walFolder + "/segment-000001.log"
            let whole = try FileAccess.read(segment)
            let marker = sandbox.folder + "/.stfolder"

            try Situation.rehearse("integrity.checksum-mismatch", at: ada) {
                try flip(segment, at: 4096 + 70)
            } back: {
                try put(whole, into: segment)
            }
            try Situation.rehearse("wal.in-cloud-folder", at: ada) {
                // The agent saw where its log lies when it opened it.
                try FileAccess.makeFolder(marker)
                try ada.aura(["live", "sync", "disable"])
                try ada.enable()
                try flip(segment, at: 4096 + 70)
            } back: {
                try FileManager.default.removeItem(atPath: marker)
                try put(whole, into: segment)
                try ada.aura(["live", "sync", "disable"])
                try ada.enable()
            }
        }
    }

    /// Changes one byte in place, as another program would.
    private func flip(_ path: String, at offset: Int) throws {
        var bytes = try FileAccess.read(path)
        bytes[offset] ^= 0x55
        try put(bytes, into: path)
    }

    private func put(_ bytes: [UInt8], into path: String) throws {
        let descriptor = try retrying("open", path) { open(path, O_WRONLY | O_CLOEXEC) }
        defer { close(descriptor) }
        try FileAccess.writeAll(bytes, to: descriptor, path: path)
    }

    @Test(.enabled(if: FileAccess.exists("/usr/bin/strace"), "strace is not installed"))
    func aDiskThatRefusesReadsIsTheOnlyRoot() async throws {
        try await inSandbox { sandbox in
            let ada = try single(sandbox)
            try ada.aura(["live", "sync", "disable"])
            try ada.enable()
            let segment = ada.workspace.walFolder + "/segment-000001.log"

            try Situation.awaitRoot("host.disk-error") {
                let strace = Tool(
                    "/usr/bin/strace", environment: sandbox.environment(user: "ada"),
                    folder: ada.root)
                return try DoctorAnswer(
                    strace.run([
                        "-f", "-q", "-o", "/dev/null", "-P", segment, "-e",
                        "inject=read,pread64,preadv,mmap:error=EIO", sandbox.executable, "doctor",
                        "live", "--json", "--timeout", "30s",
                    ]))
            }
            try Situation.awaitHealth("after") { try ada.doctor() }
        }
    }

    // MARK: 8, a slow scan

    @Test func aBroadScopeIsTheRootOfSlowTicks() async throws {
        let many = Dictionary(
            uniqueKeysWithValues: (0..<1500).map {
                ("many/d\($0 / 50)/f\($0).py", "def f\($0)():\n    return \($0)\n")
            })
        try await inSandbox { sandbox in
            let ada = try single(sandbox, "scanner_scope_functions = 1000", extra: many)
            try ada.aura(["live", "sync", "disable"])
            // Every tick walks the whole tree, which takes longer than the limit on any machine.
            try ada.configure([
                "live.scan": "full_every = 1", "doctor.thresholds": "scanner_slow_warn = \"1ms\"",
            ])
            try ada.enable()

            let answer = try Situation.awaitRoot("scanner.scope-too-broad") { try ada.doctor() }
            #expect(answer.allCodes.contains("scanner.slow-tick"), "\(answer.text)")
        }
    }

    @Test func aFirstPassWithoutACacheIsSaidToBeJustThat() async throws {
        try await inSandbox { sandbox in
            let ada = try single(sandbox)
            try ada.aura(["live", "sync", "disable"])
            // One pass counts as slow, so that the first one does on any machine.
            try ada.configure([
                "doctor.thresholds": "scanner_slow_warn = \"1ms\"",
                "live.scan": "full_every = 1000",
            ])
            try FileManager.default.removeItem(
                atPath: ada.workspace.liveFolder + "/analysis.cache")
            try ada.enable()

            let answer = try Situation.awaitRoot("scanner.cache-cold") { try ada.doctor() }
            #expect(answer.status == 0)
            try Waiting.until("the first pass to be out of the window") {
                try !ada.doctor().allCodes.contains("scanner.cache-cold")
            }
        }
    }

    @Test(.enabled(if: FileAccess.exists("/usr/bin/strace"), "strace is not installed"))
    func aSlowDiskIsTheOnlyRoot() async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            try sandbox.startMothership()
            var settings = Situation.settings("disk_slow_count = 6")
            settings["doctor.thresholds"] = settings["doctor.thresholds"]?
                .replacingOccurrences(of: "disk_slow = \"20s\"", with: "disk_slow = \"100ms\"")
            let ada = try sandbox.addPeer("ada", cloning: source, settings: settings)

            try SystemCallFault.inject("fdatasync:delay_enter=200000", into: ada, of: sandbox)
            for number in 3..<9 {
                try ada.save("src/made.rs", "pub fn made() -> u32 {\n    \(number)\n}\n")
                let pushed = UInt64(number - 2)
                try ada.wait(for: "the push") { $0.counters.changesAcknowledged >= pushed }
            }

            try Situation.awaitRoot("host.disk-slow") { try ada.doctor() }
        }
    }

    @Test(.enabled(if: geteuid() == 0, "mounting needs root"))
    func aNetworkFileSystemAndAFullAndAReadOnlyDiskAreNamed() async throws {
        try await inSandbox { sandbox in
            let mount = Tool("/bin/mount", environment: [:], folder: "/")
            let root = sandbox.folder + "/ada"
            try FileAccess.makeFolder(root)
            try mount.require(["-t", "tmpfs", "-o", "size=600m", "none", root])
            sandbox.atEnd("/bin/umount", ["-l", root])
            let ada = try single(sandbox)
            // Before its folder goes: nobody could name its process after that.
            sandbox.atEnd { _ = try? ada.aura(["live", "sync", "disable"]) }

            let filler = root + "/.git/filler"
            try Situation.rehearse("host.disk-low", at: ada) {
                try Tool("/bin/sh", environment: [:], folder: "/").require([
                    "-c", "head -c 450m /dev/zero > '\(filler)'",
                ])
            } back: {
                try FileManager.default.removeItem(atPath: filler)
            }
            // A mount table of its own for the one process that reads it.
            let table = try FileAccess.kernelText("/proc/self/mountinfo").split(separator: "\n")
                .map { $0.contains(" \(root) ") ? $0.replacing("- tmpfs", with: "- nfs4") : $0 }
            let fake = sandbox.folder + "/mountinfo"
            try FileAccess.replace(fake, with: Array(table.joined(separator: "\n").utf8))
            try Situation.awaitRoot("host.network-fs") {
                try doctor(
                    of: ada, in: sandbox, after: "mount --bind '\(fake)' /proc/$$/mountinfo")
            }
            try Situation.awaitRoot("host.read-only-mount") {
                try doctor(of: ada, in: sandbox, after: "mount -o remount,bind,ro '\(root)'")
            }
            try Situation.awaitHealth("after") { try ada.doctor() }
        }
    }

    @Test(.enabled(if: geteuid() == 0, "mounting needs root"))
    func aLogThatCannotGrowIsASymptomOfTheFullDisk() async throws {
        try await inSandbox { sandbox in
            let ada = try single(sandbox)
            try ada.aura(["live", "sync", "disable"])
            try ada.configure(["live.wal": "segment_bytes = 1048576"])
            // Room for two segments and little else.
            let mount = Tool("/bin/mount", environment: [:], folder: "/")
            try mount.require(["-t", "tmpfs", "-o", "size=4m", "none", ada.workspace.walFolder])
            sandbox.atEnd("/bin/umount", ["-l", ada.workspace.walFolder])
            try ada.enable()
            sandbox.atEnd { _ = try? ada.killAgent() }

            var number = 0
            try Waiting.until("a full log") {
                number += 1
                let lines = (0..<20_000).map { "    value = value + \($0 + number)\n" }.joined()
                try ada.save("pkg/long.py", "def long(value):\n\(lines)    return value\n")
                return try ada.status().wal.isFull
            }

            let answer = try Situation.awaitRoot("host.disk-low") { try ada.doctor() }
            #expect(answer.allCodes.contains("wal.disk-full"), "\(answer.text)")
        }
    }

    /// The report of a process with mounts of its own, after a command changed them.
    private func doctor(
        of peer: SandboxPeer, in sandbox: Sandbox, after command: String
    ) throws -> DoctorAnswer {
        let shell = Tool(
            "/usr/bin/unshare", environment: sandbox.environment(user: peer.user),
            folder: sandbox.folder)
        return try DoctorAnswer(
            shell.run([
                "-m", "/bin/sh", "-c",
                "/bin/\(command) && cd '\(peer.root)' && "
                    + "exec '\(sandbox.executable)' doctor live --json",
            ]))
    }

    // MARK: 10, a reset

    @Test func aResetIsUnsafeUntilEverythingIsReadAgain() async throws {
        try await inSandbox { sandbox in
            let ada = try single(sandbox)
            try Situation.rehearse("wal.reset-unsafe", at: ada) {
                try sandbox.aura().require(["mothership", "stop"])
                try ada.edit("src/shapes.rs", "value * 2", "value * 3")
                try ada.wait(for: "the push") { $0.wal.pendingOut == 1 }
                try ada.aura(["live", "sync", "disable"])
                _ = try LogRecovery.reset(at: ada.workspace.walFolder)
            } back: {
                try sandbox.startMothership()
                try ada.enable()
                try ada.wait(for: "the push") { $0.counters.changesAcknowledged == 1 }
            }
            try Situation.rehearse("wal.reset-residue", at: ada) {
                try ada.aura(["live", "sync", "disable"])
                _ = try LogRecovery.reset(at: ada.workspace.walFolder)
            } back: {
                try ada.enable()
            }
        }
    }
}
