// The doctor on a healthy pair: no alarm under load, and nothing written while it looks.

import Drills
import Foundation
import Support
import Testing

@Suite struct HealthTests {
    @Test func fiftyHealthyRunsUnderLoadRaiseNothing() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let text = try pair.ada.text("src/shapes.rs")
            for round in 0..<50 {
                try pair.ada.save(
                    "src/shapes.rs",
                    text.replacingOccurrences(of: "value * 2", with: "value * \(round + 3)"))
                let peer = round.isMultiple(of: 2) ? pair.ada : pair.ben
                let answer = try peer.doctor()
                #expect(answer.codes.isEmpty && answer.body.overall == "OK", "\(answer.text)")
            }
            try pair.settle()
            #expect(try pair.ada.read("src/shapes.rs") == pair.ben.read("src/shapes.rs"))
        }
    }

    @Test(.enabled(if: FileAccess.exists("/usr/bin/strace"), "strace is not installed"))
    func theDoctorOpensNothingForWritingWhileTheAgentRuns() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let trace = sandbox.folder + "/trace"
            let strace = Tool(
                "/usr/bin/strace", environment: sandbox.environment(user: "ada"),
                folder: pair.ada.root)
            try strace.require([
                "-f", "-q", "-o", trace, "-e",
                "trace=openat,open,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,"
                    + "truncate,ftruncate,fallocate,chmod,fchmod,fchmodat,link,linkat,symlink,"
                    + "utimensat,fsync,fdatasync,pwrite64",
                sandbox.executable, "doctor", "live",
            ])
            let calls = String(decoding: try FileAccess.read(trace), as: UTF8.self)
                .split(separator: "\n")
            let touching = calls.filter { line in
                line.contains(pair.ada.root)
                    && (!line.contains("openat(") || line.contains("O_WRONLY")
                        || line.contains("O_RDWR") || line.contains("O_CREAT"))
            }
            #expect(calls.contains { $0.contains(pair.ada.root) }, "the trace saw nothing")
            #expect(touching.isEmpty, "\(touching.joined(separator: "\n"))")
            #expect(!calls.contains { $0.contains("fsync(") || $0.contains("pwrite64(") })
        }
    }

    @Test func theDoctorLeavesEveryByteAloneWhenTheAgentIsStopped() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            try pair.ada.edit("src/shapes.rs", "value * 2", "value * 9")
            try pair.ben.wait(for: "src/shapes.rs", toHold: "value * 9")
            try pair.settle()
            try pair.ada.aura(["live", "sync", "disable"])
            let before = try fingerprint(of: pair.ada.root)

            for _ in 0..<3 { _ = try pair.ada.tryAura(["doctor", "live"]) }
            for view in [
                ["live", "wal", "verify"], ["live", "wal", "tail"], ["live", "sync", "status"],
            ] {
                try pair.ada.aura(view)
            }

            #expect(try fingerprint(of: pair.ada.root) == before)
        }
    }

    /// The plain form is not read as the others are, and must not come to mean something else.
    @Test func whatIsUsuallyAskedCanBeSaidInFull() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            try pair.ada.aura(["live", "sync", "disable"])
            // From the second time on the report says since when.
            _ = try pair.ada.tryAura(["doctor", "live"])

            let plain = try pair.ada.tryAura(["doctor", "live"])
            let full = try pair.ada.tryAura([
                "doctor", "live", "--format", "text", "--depth", "standard", "--fail-on", "warn",
                "--timeout", "5s",
            ])

            #expect(plain.output == full.output && !plain.output.isEmpty)
            #expect(plain.status == full.status)
        }
    }

    /// Name, size, mode, times and digest of everything below a folder.
    private func fingerprint(of root: String) throws -> [String] {
        let names = FileManager.default.enumerator(atPath: root)?.allObjects as? [String] ?? []
        return try names.sorted().map { name in
            var status = stat()
            try retrying("lstat", name) { lstat(root + "/" + name, &status) }
            let isFile = status.st_mode & S_IFMT == mode_t(Glibc.S_IFREG)
            let digest = isFile ? ContentDigest.of(try FileAccess.read(root + "/" + name)).hex : "-"
            return "\(name) \(status.st_size) \(status.st_mode) \(status.st_mtim.tv_sec)."
                + "\(status.st_mtim.tv_nsec) \(status.st_ctim.tv_nsec) \(digest)"
        }
    }
}
