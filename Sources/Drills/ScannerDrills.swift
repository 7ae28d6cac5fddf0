// The faults of bucket `scanner`: saves that cannot be seen, read or understood in time.

import Checks
import Foundation
import Glibc
import LiveSync
import Support

extension ScannerFinding: Drilled {
    public var fault: Fault {
        switch self {
        case .stalled:
            .real(
                in: Self.stuckDisk, needs: [.systemCallFaults],
                beside: ["presence.own-beat-late", "wal.queue-stalled"], spoils: true,
                Self.holdDisk)
        case .watcherDeaf:
            .real(in: .alone, needs: [.mounting]) { stage in
                // The markers go to the new file system, the watch stays on the old folder.
                let folder = stage.ada.workspace.canaryFolder
                try Tool("/bin/mount", environment: [:], folder: "/")
                    .require(["-t", "tmpfs", "none", folder])
                stage.lift {
                    try Tool("/bin/umount", environment: [:], folder: "/").require(["-l", folder])
                }
            }
        case .missedChange: .real(in: Self.attentive, Self.writeElsewhere)
        case .slowTick:
            .real(in: Self.sluggish, spoils: true, Self.starve)
        case .parseError:
            .real(in: .alone) { try $0.edit("src/shapes.rs", "value * 2", "value * (") }
        case .canaryDirMissing:
            .real(in: .alone) { stage in
                let folder = stage.ada.workspace.canaryFolder
                try FileManager.default.removeItem(atPath: folder)
                stage.mend {
                    if !FileAccess.isFolder(folder) {
                        try FileAccess.makeFolder(folder, mode: 0o700)
                    }
                }
            }
        case .scopeTooBroad: .real(in: Self.many, spoils: true, Self.broaden)
        case .cacheCold: .real(in: .alone, spoils: true, Self.chill)
        case .deferredOverflow:
            .real(in: Self.impatient) { stage in
                // git is in the middle of something, and files go on changing.
                let lock = stage.ada.path(".git/index.lock")
                try FileAccess.replace(lock, with: [])
                stage.lift { try retrying("unlink", lock) { unlink(lock) } }
                try stage.ada.wait(for: "a pause") { $0.lifecycle == .paused }
                for number in 0..<6 {
                    try stage.save(
                        "pkg/late\(number).py", "def late\(number)():\n    return 1\n")
                }
            }
        case .indexLock:
            .real(in: .alone) { stage in
                let lock = stage.ada.path(".git/index.lock")
                try FileAccess.replace(lock, with: [])
                // A repair has it moved.
                stage.mend { unlink(lock) }
                let old = time(nil) - 1200
                let times = [timespec(tv_sec: old, tv_nsec: 0), timespec(tv_sec: old, tv_nsec: 0)]
                try retrying("utimensat", lock) { utimensat(AT_FDCWD, lock, times, 0) }
                try stage.ada.wait(for: "a pause") { $0.lifecycle == .paused }
            }
        case .paused:
            .real(in: .alone) { stage in
                let git = stage.sandbox.git(in: stage.ada.root)
                try git.require(["checkout", "--quiet", "--detach"])
                stage.mend { try git.require(["checkout", "--quiet", "main"]) }
                try stage.ada.wait(for: "a pause") { $0.lifecycle == .paused }
            }
        case .fileTooLarge:
            .real(in: .alone) { stage in
                let path = stage.ada.path("pkg/billing.py")
                let before = try FileAccess.read(path)
                stage.mend { try stage.ada.save("pkg/billing.py", before) }
                try stage.ada.save(
                    "pkg/billing.py", before + [UInt8](repeating: 10, count: StableRead.limit))
            }
        case .fileClosed:
            .real(in: .alone, needs: [.droppedPrivileges]) { stage in
                let path = stage.ada.path("pkg/billing.py")
                let before = try FileAccess.read(path)
                stage.mend {
                    try retrying("chmod", path) { chmod(path, 0o644) }
                    try stage.ada.save("pkg/billing.py", before)
                }
                try stage.edit("pkg/billing.py", "return", "return 0 +")
                stage.look.dropPrivileges()
                try retrying("chmod", path) { chmod(path, 0) }
            }
        case .triviaOnly:
            .real(in: .alone) {
                try $0.edit("pkg/billing.py", "# the tax of an amount", "# what is due")
            }
        case .noAdapter:
            .real(in: .alone, beside: ["config.drift"]) { stage in
                try stage.ada.aura(["live", "sync", "disable"])
                stage.mend { try stage.ada.enable() }
                try stage.configure(["live.selective": "include = [\"**\"]"])
                try stage.ada.enable()
                stage.mend { try stage.ada.aura(["live", "sync", "disable"]) }
                try stage.save("pkg/notes.unheard", "words in no language\n")
            }
        }
    }

    private static let stuckDisk = Scene(
        settings: ["doctor.thresholds": "scanner_stalled = \"4s\""])
    private static let attentive = Scene(
        settings: ["live.scan": "tick_ms = 200\nfull_every = 5"])
    private static let impatient = Scene(
        settings: ["doctor.thresholds": "deferred_count = 4"])
    private static let files = Dictionary(
        uniqueKeysWithValues: (0..<1500).map {
            ("many/d\($0 / 50)/f\($0).py", "def f\($0)():\n    return \($0)\n")
        })
    private static let many = Scene(
        files: files, settings: ["doctor.thresholds": "scanner_scope_functions = 1000"])
    private static let sluggish = Scene(
        files: files, settings: ["doctor.thresholds": "scanner_slow_warn = \"100ms\""])

    /// The disk hangs for so long that a repair can be made meanwhile, and ends within the time that one
    /// gives an agent to end: killing it would need consent. Nobody here ends that earlier.
    @Sendable private static func holdDisk(_ stage: Stage) throws {
        try stage.hold("fdatasync", for: .seconds(17))
        try stage.ada.edit("src/shapes.rs", "value * 2", "value * 5")
    }

    /// The file is written through another name of it, in a folder that nobody watches.
    @Sendable private static func writeElsewhere(_ stage: Stage) throws {
        let path = stage.ada.path("pkg/billing.py")
        let other = stage.sandbox.folder + "/another-name.py"
        let before = try FileAccess.read(path)
        let text = String(decoding: before, as: UTF8.self)
        try retrying("link", other) { link(path, other) }
        stage.mend {
            unlink(other)
            try stage.ada.save("pkg/billing.py", before)
            try stage.restartAgent()
        }
        try InPlace.put(
            Array(text.replacingOccurrences(of: "return 3", with: "return 33").utf8), into: other)
    }

    /// A machine that gives the agent little of the processor, and ticks that need it.
    @Sendable private static func starve(_ stage: Stage) throws {
        try stage.ada.aura(["live", "sync", "disable"])
        try stage.ada.configure(["live.scan": "full_every = 1"])
        try stage.ada.enable()
        let starving = Starving(try stage.ada.agentProcess(), running: 40, stopped: 120)
        stage.lift { starving.stop() }
    }

    /// Every tick walks the whole tree, which takes longer than the limit on any machine.
    @Sendable private static func broaden(_ stage: Stage) throws {
        try stage.ada.aura(["live", "sync", "disable"])
        try stage.ada.configure([
            "live.scan": "full_every = 1", "doctor.thresholds": "scanner_slow_warn = \"1ms\"",
        ])
        try stage.ada.enable()
    }

    @Sendable private static func chill(_ stage: Stage) throws {
        try stage.ada.aura(["live", "sync", "disable"])
        // One pass counts as slow, so that the first one does on any machine.
        try stage.ada.configure([
            "doctor.thresholds": "scanner_slow_warn = \"1ms\"", "live.scan": "full_every = 1000",
        ])
        try FileManager.default.removeItem(
            atPath: stage.ada.workspace.liveFolder + "/analysis.cache")
        try stage.ada.enable()
    }
}
