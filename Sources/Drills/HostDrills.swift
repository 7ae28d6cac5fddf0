// The faults of bucket `host`: disks that refuse, fill up, lie elsewhere or take their time. Mounts
// are made in a namespace of the one process that looks, or for one working copy.

import Checks
import Glibc
import LiveSync
import Support

extension HostFinding: Drilled {
    public var fault: Fault {
        switch self {
        case .wrongOwner:
            .real(in: .alone, needs: [.droppedPrivileges]) { stage in
                let path = stage.ada.workspace.walFolder + "/MANIFEST"
                stage.look.dropPrivileges()
                try retrying("chown", path) { chown(path, Self.nobody, Self.nobody) }
                stage.mend { try retrying("chown", path) { chown(path, geteuid(), getegid()) } }
            }
        case .wrongMode:
            .real(in: .alone, needs: [.droppedPrivileges]) { stage in
                let path = stage.ada.workspace.walFolder + "/MANIFEST"
                stage.look.dropPrivileges()
                try retrying("chmod", path) { chmod(path, 0) }
                stage.mend { try retrying("chmod", path) { chmod(path, 0o600) } }
            }
        case .diskError:
            .real(in: .alone, needs: [.systemCallFaults]) { stage in
                let segment = try stage.sealedSegment()
                stage.look.wrapper = [
                    "/usr/bin/strace", "-f", "-q", "-o", "/dev/null", "-P", segment, "-e",
                    "inject=read,pread64,preadv,mmap:error=EIO",
                ]
                stage.look.arguments = ["--timeout", "30s"]
            }
        case .readOnlyMount:
            .real(in: .alone, needs: [.mounting]) { stage in
                let root = stage.ada.root
                stage.look.wrapper = Self.mounted(
                    "/bin/mount --bind '\(root)' '\(root)' && "
                        + "/bin/mount -o remount,bind,ro '\(root)'", at: root)
            }
        case .diskLow:
            .real(in: Scene(diskMebibytes: 600), needs: [.mounting]) { stage in
                let filler = stage.ada.path(".git/filler")
                let shell = Tool("/bin/sh", environment: [:], folder: "/")
                try shell.require(["-c", "head -c 450m /dev/zero > '\(filler)'"])
                stage.mend { try shell.require(["-c", "rm '\(filler)'"]) }
            }
        case .networkFileSystem:
            .real(in: .alone, needs: [.mounting]) { stage in
                let (root, fake) = (stage.ada.root, stage.sandbox.folder + "/mountinfo")
                stage.look.wrapper = Self.mounted(
                    "/bin/mount --bind '\(root)' '\(root)' && "
                        + "sed '\\# \(root) #s# - [^ ]* # - nfs4 #' /proc/self/mountinfo > "
                        + "'\(fake)' && /bin/mount --bind '\(fake)' /proc/$$/mountinfo", at: root)
            }
        case .inodesLow:
            .real(in: Scene(diskMebibytes: 600, diskFiles: 12_000), needs: [.mounting]) { stage in
                let folder = stage.ada.path(".git/filler")
                let shell = Tool("/bin/sh", environment: [:], folder: "/")
                stage.mend { try shell.require(["-c", "rm -rf '\(folder)'"]) }
                try shell.require([
                    "-c", "mkdir '\(folder)' && cd '\(folder)' && seq 3000 | xargs touch",
                ])
            }
        case .descriptorLimit:
            .real(in: .alone, needs: [.processLimits]) { stage in
                let pid = try stage.ada.agentProcess().pid
                let tool = Tool("/usr/bin/prlimit", environment: [:], folder: "/")
                let open = try FileAccess.names(in: "/proc/\(pid)/fd").count
                let words = ["--pid", "\(pid)"]
                let before = try tool.require(words + ["--nofile", "--noheadings", "-o", "SOFT"])
                    .output.filter { !$0.isWhitespace }
                stage.mend { try tool.require(words + ["--nofile=\(before):"]) }
                try tool.require(words + ["--nofile=\(open + 2):"])
            }
        case .inotifyWatches:
            .real(in: .alone, needs: [.mounting]) { stage in
                let (root, fake) = (stage.ada.root, stage.sandbox.folder + "/watches")
                try FileAccess.replace(fake, with: Array("5\n".utf8))
                stage.look.wrapper = Self.mounted(
                    "/bin/mount --bind '\(fake)' /proc/sys/fs/inotify/max_user_watches", at: root)
            }
        case .inotifyOverflow: .real(in: .alone, spoils: true, Self.flood)
        case .caseFold:
            .real(in: .alone) { stage in
                try stage.save("pkg/Billing.py", "def upper():\n    return 1\n")
            }
        case .diskSlow:
            .real(in: Self.slow, needs: [.systemCallFaults], spoils: true, Self.slowDown)
        }
    }

    /// Nobody in particular; a user who is not this one.
    private static let nobody: uid_t = 65_534

    private static let slow = Scene(
        settings: ["doctor.thresholds": "disk_slow_count = 6\ndisk_slow = \"100ms\""])

    /// A process with mounts of its own, changed by a command.
    private static func mounted(_ command: String, at root: String) -> [String] {
        [
            "/usr/bin/unshare", "-m", "/bin/sh", "-c", "\(command) && cd '\(root)' && exec \"$@\"",
            "sh",
        ]
    }

    /// More events than the kernel keeps, while nobody takes any.
    @Sendable private static func flood(_ stage: Stage) throws {
        let limit = try FileAccess.kernelText("/proc/sys/fs/inotify/max_queued_events")
        let count = Int(limit.filter(\.isNumber)) ?? 16_384
        let agent = try stage.ada.agentProcess()
        _ = try agent.signal(SIGSTOP)
        let folder = stage.ada.path("pkg")
        // Each making and removing of a name is two events at least.
        for number in 0...(count / 2) {
            let path = "\(folder)/burst\(number).tmp"
            let descriptor = try retrying("open", path) { open(path, O_WRONLY | O_CREAT, 0o600) }
            close(descriptor)
            unlink(path)
        }
        _ = try agent.signal(SIGCONT)
        try stage.ada.wait(for: "an overflow") { ($0.scanner?.overflows ?? 0) > 0 }
    }

    @Sendable private static func slowDown(_ stage: Stage) throws {
        try stage.inject("fdatasync:delay_enter=200000")
        for number in 3..<9 {
            try stage.ada.save("src/made.rs", "pub fn made() -> u32 {\n    \(number)\n}\n")
            let pushed = UInt64(number - 2)
            try stage.ada.wait(for: "the push") { $0.counters.changesAcknowledged >= pushed }
        }
    }
}

extension Stage.Look {
    /// Root with no more rights over files than any owner has.
    static let plainUser = [
        "/usr/bin/setpriv", "--bounding-set", "-dac_override,-dac_read_search",
    ]

    /// Looks and repairs as somebody whom permissions bind.
    mutating func dropPrivileges() {
        wrapper = Self.plainUser
        repairsToo = true
    }
}
