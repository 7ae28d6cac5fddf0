// The faults of bucket `wal`: the files of the log, and its queues.

import Checks
import Diagnostics
import Foundation
import Glibc
import LiveProtocol
import LiveSync
import Support
import WriteAheadLog

extension WALFinding: Drilled {
    public var fault: Fault {
        switch self {
        case .fsyncFailed:
            .real(in: .alone, needs: [.systemCallFaults], spoils: true, LogFaults.failSyncs)
        case .diskFull:
            .real(
                in: .alone, needs: [.mounting], under: "host.disk-low", spoils: true,
                LogFaults.fillDisk)
        case .segmentGap:
            .real(in: .alone, spoils: true) { try $0.moveAway($0.sealedSegment()) }
        case .linkedFolder:
            .real(in: .alone) { stage in
                let (folder, place) = (stage.ada.workspace.walFolder, stage.sandbox.folder + "/log")
                try retrying("rename", folder) { rename(folder, place) }
                stage.mend { try retrying("rename", folder) { rename(place, folder) } }
                try retrying("symlink", folder) { symlink(place, folder) }
                stage.mend { try retrying("unlink", folder) { unlink(folder) } }
            }
        case .foreignWriter:
            .real(in: .alone) { stage in
                let folder = stage.ada.workspace.walFolder
                let path = folder + "/segment-000001 (conflicted copy).log"
                try FileAccess.replace(path, with: [1, 2, 3])
                stage.mend { try FileManager.default.removeItem(atPath: path) }
            }
        case .segmentMisnamed: .real(in: .alone, LogFaults.exchangeNames)
        case .newerFormat: .real(in: .alone, beside: ["wal.index-damaged"], LogFaults.renumber)
        case .indexDamaged:
            .real(in: .alone) { stage in
                let manifest = stage.ada.workspace.walFolder + "/MANIFEST"
                stage.mend { try stage.restartAgent() }
                try stage.overwrite(manifest) { $0.removeSubrange(min(2000, $0.count - 1)...) }
            }
        case .tornTail: .real(in: .alone, beside: ["agent.down"], LogFaults.tear)
        case .rejectPayloadTooLarge: QueueFaults.refusal(.payloadTooLarge)
        case .rejectSignature: QueueFaults.refusal(.invalidSignature)
        case .rejectRepoNotRegistered: QueueFaults.refusal(.repositoryNotRegistered)
        case .rejectOther: QueueFaults.refusal(.policyViolation)
        case .applyFailedPermission:
            .real(in: .pair, needs: [.immutableFiles], QueueFaults.forbid)
        case .applyFailedLocked:
            .real(in: .slowTicks, delivers: true, spoils: true, QueueFaults.lock)
        // The system says that the new name is there, and it is not.
        case .applyMismatch: QueueFaults.unnamed(by: "linkat:retval=0")
        case .applySkipped:
            .real(in: .pair, under: "conflicts.unresolved", spoils: true) { stage in
                stage.subject = try stage.collide(
                    "web/cart.ts", "return 4;", ada: "return 5;", ben: "return 6;")
            }
        case .applyReverted: .real(in: .pair, spoils: true, QueueFaults.saveOldText)
        case .applyNeedsPull: .real(in: .pair, QueueFaults.commitAhead)
        // A user's share of the disk is used up. When it no longer is, no event of the tree says so.
        case .inboundStalled: QueueFaults.unnamed(by: "linkat:error=EDQUOT")
        case .ackLost: .real(in: .patient, QueueFaults.loseAnswer)
        case .queueStalled:
            .real(in: .patient) { stage in
                try stage.link().set { $0.swallowsUpstream = true }
                stage.liftProxy(cuts: false)
                try stage.edit("src/shapes.rs", "value * 2", "value * 5")
            }
        case .backlogOffline:
            .real(in: .proxied, under: "mothership.unreachable") { stage in
                try stage.breakLink()
                try stage.edit("src/shapes.rs", "value * 2", "value * 5")
                try stage.ada.wait(for: "a push") { $0.wal.pendingOut == 1 }
            }
        case .inCloudFolder:
            .real(in: .alone) { stage in
                // The agent saw where its log lies when it opened it.
                let marker = stage.sandbox.folder + "/.stfolder"
                try FileAccess.makeFolder(marker)
                stage.mend {
                    try FileManager.default.removeItem(atPath: marker)
                    try stage.restartAgent()
                }
                try stage.restartAgent()
            }
        case .oversized:
            .real(in: LogFaults.small, spoils: true) { stage in
                try LogFaults.grow(stage)
            }
        case .resetUnsafe:
            .real(in: .alone, beside: ["daemon.pid-stale"]) {
                try LogFaults.reset($0, isDirty: true)
            }
        case .resetResidue: .real(in: .alone) { try LogFaults.reset($0, isDirty: false) }
        }
    }
}

/// Faults of the log's files and of the disk below.
enum LogFaults {
    static let small = Scene(
        settings: [
            "doctor.thresholds": "log_mebibytes = 2", "live.wal": "segment_bytes = 1048576",
        ])

    /// Two segments that nobody writes to any more get each other's names.
    @Sendable static func exchangeNames(_ stage: Stage) throws {
        let folder = stage.ada.workspace.walFolder
        var others: [String] = []
        var one = ""
        for _ in 0..<4 where others.isEmpty {
            one = PathName.last(of: try stage.sealedSegment())
            let names = try FileAccess.names(in: folder).filter { $0.hasSuffix(".log") }.sorted()
            others = names.dropLast().filter { $0 != one }
        }
        guard let other = others.first else {
            throw PlainFailure(
                "log", "has no two sealed segments", nextStep: "see its folder")
        }
        let apart = "\(folder)/\(one).tmp"
        let exchange = {
            try retrying("rename", apart) { rename("\(folder)/\(one)", apart) }
            try retrying("rename", one) { rename("\(folder)/\(other)", "\(folder)/\(one)") }
            try retrying("rename", other) { rename(apart, "\(folder)/\(other)") }
        }
        try exchange()
        stage.mend {
            try exchange()
            try stage.restartAgent()
        }
    }

    /// Saves large functions until the log is above its limit, and before it shortens itself.
    static func grow(_ stage: Stage) throws {
        for round in 0..<24 where try stage.ada.status().wal.bytes <= 2 << 20 {
            let lines = (0..<8_000).map { "    value = value + \($0 + round)\n" }.joined()
            try stage.ada.save("pkg/long.py", "def long(value):\n\(lines)    return value\n")
            try Waiting.until("push \(round)", limit: .seconds(90)) {
                // A busy agent answers late; then it is asked again.
                let status = try? stage.ada.status()
                return (status?.counters.changesAcknowledged ?? 0) > UInt64(round)
            }
        }
    }

    @Sendable static func failSyncs(_ stage: Stage) throws {
        try stage.inject("fdatasync,fsync:error=EIO")
        var number = 6
        try Waiting.until("a write problem") {
            number += 1
            try stage.ada.save("src/made.rs", "pub fn made() -> u32 {\n    \(number)\n}\n")
            return try stage.ada.status().wal.writeProblem != nil
        }
    }

    /// Room for two segments and little else.
    @Sendable static func fillDisk(_ stage: Stage) throws {
        let folder = stage.ada.workspace.walFolder
        try stage.ada.aura(["live", "sync", "disable"])
        try stage.ada.configure(["live.wal": "segment_bytes = 1048576"])
        let aside = stage.sandbox.folder + "/log"
        try PathTree.copy(folder, to: aside)
        let mount = Tool("/bin/mount", environment: [:], folder: "/")
        try mount.require(["-t", "tmpfs", "-o", "size=4m", "none", folder])
        stage.sandbox.atEnd("/bin/umount", ["-l", folder])
        for name in try FileAccess.names(in: aside) {
            try PathTree.copy("\(aside)/\(name)", to: "\(folder)/\(name)")
        }
        try stage.ada.enable()
        let ada = stage.ada
        // It cannot end cleanly: there is no room to say so.
        stage.sandbox.atEnd { _ = try? ada.killAgent() }
        var number = 0
        try Waiting.until("a full log", limit: .seconds(120)) {
            number += 1
            let lines = (0..<20_000).map { "    value = value + \($0 + number)\n" }.joined()
            try ada.save("pkg/long.py", "def long(value):\n\(lines)    return value\n")
            // A busy agent answers late; then it is asked again.
            return (try? ada.status())?.wal.isFull ?? false
        }
    }

    /// A segment whose header says that a later release wrote it, with sums that are right.
    @Sendable static func renumber(_ stage: Stage) throws {
        let segment = try stage.sealedSegment()
        try stage.overwrite(segment) { bytes in
            for copy in [0, 2048] {
                bytes[copy + 8] = 9
                let sum = InPlace.checksum(bytes[copy..<copy + 156])
                for index in 0..<4 {
                    bytes[copy + 156 + index] = UInt8(truncatingIfNeeded: sum >> (8 * index))
                }
            }
        }
        // The manifest's own copy of the header names the old format, and it goes first.
        try stage.moveAway(stage.ada.workspace.walFolder + "/MANIFEST")
    }

    /// The machine stops in the middle of a write: half a record stands at the end.
    @Sendable static func tear(_ stage: Stage) throws {
        let folder = stage.ada.workspace.walFolder
        try stage.edit("src/shapes.rs", "value * 2", "value * 6")
        try stage.ada.wait(for: "the push") {
            $0.wal.pendingOut == 0 && $0.counters.changesAcknowledged > 0
        }
        try stage.killAgent()
        let contents = try LogReader.records(at: folder)
        guard let newest = contents.records.last?.summary else {
            throw PlainFailure("log", "has no record", nextStep: "save something first")
        }
        let path = "\(folder)/\(newest.segment.fileName)"
        var bytes = try FileAccess.read(path)
        guard let end = bytes.lastIndex(where: { $0 != 0 }).map({ ($0 + 8) & ~7 }),
            end + 96 <= bytes.count
        else { throw PlainFailure(path, "has no room left", nextStep: "use larger segments") }
        // The beginning of the record before, as far as the disk got.
        let start = Int(newest.offset)
        bytes.replaceSubrange(end..<(end + 40), with: bytes[start..<(start + 40)])
        try InPlace.put(bytes, into: path)
    }

    @Sendable static func reset(_ stage: Stage, isDirty: Bool) throws {
        let ada = stage.ada
        if isDirty {
            try stage.sandbox.aura().require(["mothership", "stop"])
            stage.mend { try ada.enable() }
            stage.lift { try stage.sandbox.startMothership() }
            // A function that the ledger never had: of one it has, the new log has no base, and the
            // two versions would become a conflict.
            try stage.save("src/unsent.rs", "pub fn unsent() -> u32 {\n    1\n}\n")
            try ada.wait(for: "the push") { $0.wal.pendingOut == 1 }
        } else {
            stage.mend { try ada.enable() }
        }
        try ada.aura(["live", "sync", "disable"])
        _ = try LogRecovery.reset(at: ada.workspace.walFolder)
    }
}

/// Faults on the way of single changes.
enum QueueFaults {
    /// The Mothership's answer with everything in it refused.
    static func refusal(_ reject: RejectClass) -> Fault {
        .real(in: .proxied) { stage in
            try stage.rewrite { message in
                guard case .packAck(let result) = message else { return .asIs }
                let refused = result.accepted.map {
                    RejectedChange(
                        index: $0.index, reject: reject, headRevision: nil, message: "rehearsal")
                }
                return .other(
                    .packAck(
                        PushResult(changeSet: result.changeSet, accepted: [], rejected: refused)))
            }
            let name = reject.rawValue.filter(\.isLetter)
            try stage.save("src/\(name).rs", "pub fn \(name)() -> u32 {\n    1\n}\n")
            try stage.ada.wait(for: "the refusal") { !$0.wal.refused.isEmpty }
        }
    }

    @Sendable static func forbid(_ stage: Stage) throws {
        let path = stage.ada.path("src/shapes.rs")
        let chattr = Tool("/usr/bin/chattr", environment: [:], folder: "/")
        try chattr.require(["+i", path])
        stage.sandbox.atEnd(chattr, ["-i", path])
        stage.mend {
            try chattr.require(["-i", path])
            try stage.ada.wait(for: "src/shapes.rs", toHold: "value * 5")
        }
        try stage.partner().edit("src/shapes.rs", "value * 2", "value * 5")
    }

    @Sendable static func lock(_ stage: Stage) throws {
        let path = stage.ada.path("App/Greeting.swift")
        // Read only: the end of a writer is an event, at which the agent would try by itself.
        let descriptor = try retrying("open", path) { open(path, O_RDONLY | O_CLOEXEC) }
        try retrying("flock", path) { flock(descriptor, LOCK_EX) }
        stage.lift { close(descriptor) }
        try stage.partner().edit("App/Greeting.swift", "times + 5", "times + 6")
    }

    /// Somebody commits a file while their sync is off, and changes it with sync on.
    @Sendable static func commitAhead(_ stage: Stage) throws {
        let (ada, ben, path) = (stage.ada, try stage.partner(), "pkg/late.py")
        try ben.aura(["live", "sync", "disable"])
        try ben.save(path, "def early():\n    return 1\n\n\ndef late():\n    return 2\n")
        let git = stage.sandbox.git(in: ben.root)
        try git.require(["add", path])
        try git.require(["commit", "--quiet", "--message", "late", "--", path])
        try ben.enable()
        try ben.edit(path, "return 2", "return 3")
        stage.mend {
            try stage.sandbox.git(in: ada.root).require(["pull", "--quiet", ben.root])
            try ada.wait(for: path, toHold: "return 1\n\n\ndef late():\n    return 3")
        }
        try ada.wait(for: "the change") { $0.wal.unpulled?.isEmpty == false }
    }

    /// An editor that had the file open before a change came saves what it has.
    @Sendable static func saveOldText(_ stage: Stage) throws {
        let path = "src/shapes.rs"
        let old = try stage.ada.read(path)
        let before = try stage.ada.status().counters.changesApplied
        let number = try stage.factor(at: stage.partner())
        try stage.partner().edit(path, "value * \(number)", "value * \(number + 3)")
        try stage.ada.wait(for: "the change in the file") { $0.counters.changesApplied > before }
        try stage.ada.save(path, old)
    }

    /// A new file gets no name, by what the system answers to the call that would give it one.
    static func unnamed(by answer: String) -> Fault {
        .real(in: .slowTicks, needs: [.systemCallFaults], delivers: true, spoils: true) { stage in
            try stage.inject(answer)
            try stage.partner().save("pkg/new.py", "def new():\n    return 1\n")
        }
    }

    @Sendable static func loseAnswer(_ stage: Stage) throws {
        let lost = Lost()
        try stage.rewrite(cuts: false) { message in
            if case .packAck = message, lost.isFirst() { return .nothing }
            return .asIs
        }
        try stage.edit("src/shapes.rs", "value * 2", "value * 3")
        try stage.ada.wait(for: "a push on its way") { $0.wal.pendingOut == 1 }
        try stage.edit("web/cart.ts", "return 4;", "return 5;")
    }
}
