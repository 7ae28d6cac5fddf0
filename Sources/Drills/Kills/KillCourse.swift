// The kills of one repair. The fault is made as in a drill, everybody goes home, and the state that is
// left is put back before each kill.

import Diagnostics
import Foundation
import LiveSync
import Support

struct KillCourse {
    let drill: Drill
    let staging: Staging
    let stage: Stage

    private static let strace = ["/usr/bin/strace", "-f", "-qq", "-o"]
    /// Calls that change files. A machine that lacks one of them never makes it.
    private static let calls = [
        "write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2", "link",
        "linkat", "unlink", "unlinkat", "truncate", "ftruncate", "fallocate", "chmod", "fchmod",
        "fchmodat", "mkdir", "mkdirat", "rmdir", "utimensat", "symlink", "symlinkat",
    ]

    /// A system call, and which one of its kind.
    private struct Point {
        let call: String
        let number: Int
    }

    func run(share: Int?, _ generator: inout SeededGenerator) throws -> KillRow {
        var row = KillRow(code: drill.code)
        try staging.make(stage)
        var diagnosis = DrillRow(drill)
        try DrillCourse(drill: drill, staging: staging, stage: stage).diagnose(&diagnosis)
        if let reason = diagnosis.reason { return row.notRun(reason) }
        try stage.liftAll()
        try sendEverybodyHome()
        guard try isFound(), try hasRepairOfFiles() else {
            return row.notRun("without live peers there is no repair of it that changes files")
        }
        let kept = try KeptState(of: stage)
        let (counts, whole) = try count()
        guard try !isFound() else {
            return row.notRun("its repair needs live peers: \(whole.briefly)")
        }
        let all = counts.sorted { $0.key < $1.key }.flatMap { call, count in
            (1...count).map { Point(call: call, number: $0) }
        }
        let chosen = share.map { Array(all.shuffled(using: &generator).prefix($0)) } ?? all
        row.points = chosen.count
        for point in chosen {
            try kept.putBack()
            let isKilled = try repair(killedAt: point)
            if isKilled { row.killed += 1 }
            if let wrong = try settle(kept) {
                row.wrong.append("\(point.call) \(point.number): \(wrong)")
            } else {
                row.held += 1
            }
        }
        return row
    }

    /// Sync is turned off everywhere, and the Mothership stopped, as far as they can be.
    private func sendEverybodyHome() throws {
        for peer in stage.peers {
            _ = try peer.tryAura(["live", "sync", "disable"])
            let path = peer.workspace.agentRecordPath
            // A record that cannot be read names nobody who could be sent home.
            if let record = try? PidRecord.load(path), record.process.isAlive {
                try peer.killAgent()
            }
        }
        _ = try stage.sandbox.aura().run(["mothership", "stop"])
    }

    private func isFound() throws -> Bool {
        try stage.report().allCodes.contains(drill.code)
    }

    private func hasRepairOfFiles() throws -> Bool {
        let result = try stage.doctor(["plan", "--json", "--only", drill.code] + drill.consents)
        let plan = try Plan(json: Array(result.output.utf8), named: "plan")
        return plan.repairs.contains { repair in
            repair.codes.contains(drill.code) && repair.steps.contains { $0.undo == .bytes }
        }
    }

    private var repairing: [String] {
        ["live", "--fix", "--one-thread", "--only", drill.code] + drill.consents
    }

    /// How often a whole repair makes each call, in the thread that makes it most often.
    private func count() throws -> (calls: [String: Int], result: ToolResult) {
        let log = stage.sandbox.folder + "/calls"
        stage.look.wrapper = Self.strace + [log, "-e", "trace=" + Self.list]
        defer { stage.look = Stage.Look() }
        let result = try stage.doctor(repairing, limit: .seconds(180))
        var counts: [String: [Substring: Int]] = [:]
        let text = String(decoding: try FileAccess.read(log), as: UTF8.self)
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
            guard words.count == 2 else { continue }
            let call = words[1].drop { $0 == " " }.prefix { $0 != "(" }
            guard Self.calls.contains(String(call)) else { continue }
            counts[String(call), default: [:]][words[0], default: 0] += 1
        }
        return (counts.compactMapValues { $0.values.max() }, result)
    }

    private static let list = calls.map { "?" + $0 }.joined(separator: ",")

    /// - Returns: false when it had come to its end before.
    private func repair(killedAt point: Point) throws -> Bool {
        stage.look.wrapper =
            Self.strace + [
                "/dev/null", "-e", "trace=\(point.call)", "-e",
                "inject=\(point.call):signal=SIGKILL:when=\(point.number)",
            ]
        defer { stage.look = Stage.Look() }
        return try stage.doctor(repairing, limit: .seconds(180)).status == 128 + SIGKILL
    }

    /// The next repair ends what was cut off, and then repairs.
    ///
    /// - Returns: what is not as it should be; nil when all is.
    private func settle(_ kept: KeptState) throws -> String? {
        let ending = try stage.doctor(["live", "--fix", "--only", "doctor.interrupted-run"])
        let report = try stage.report()
        if report.allCodes.contains("doctor.interrupted-run") {
            return "the run is still cut off: \(ending.briefly)"
        }
        guard report.allCodes.contains(drill.code) else { return nil }
        if let difference = try kept.difference() {
            return "neither before nor after: \(difference) is another one"
        }
        let again = try stage.doctor(repairing, limit: .seconds(180))
        return try isFound() ? "not repaired afterwards: \(again.briefly)" : nil
    }
}

/// The state of a stage on which nobody is at work, and a copy of it.
private struct KeptState {
    private let folders: [String]
    private let copies: String
    private let digests: [String: String]
    /// What a repair keeps for itself, and may differ.
    private let apart: Set<String>

    init(of stage: Stage) throws {
        let workspace = stage.subject.workspace
        folders = [
            workspace.auraFolder, stage.sandbox.mothershipHome,
            stage.sandbox.folder + "/config-" + stage.subject.user,
        ].filter { FileAccess.isFolder($0) }
        copies = stage.sandbox.folder + "/kept"
        apart = [workspace.journalFolder, workspace.quarantineFolder]
        try FileAccess.makeFolder(copies)
        for (index, folder) in folders.enumerated() {
            try Self.shell("cp -a --sparse=always '\(folder)' '\(copies)/\(index)'")
        }
        digests = try Self.digests(of: folders, without: apart)
    }

    /// The folders themselves stay, because a working copy knows its own by its number.
    func putBack() throws {
        for (index, folder) in folders.enumerated() {
            try Self.shell(
                "find '\(folder)' -mindepth 1 -delete && "
                    + "cp -a --sparse=always '\(copies)/\(index)/.' '\(folder)/'")
        }
    }

    /// The first path that is not what it was; nil when all is, byte for byte.
    func difference() throws -> String? {
        let now = try Self.digests(of: folders, without: apart)
        return Set(now.keys).union(digests.keys).sorted().first { now[$0] != digests[$0] }
    }

    private static func shell(_ command: String) throws {
        try Tool("/bin/sh", environment: ["PATH": "/usr/bin:/bin"], folder: "/")
            .require(["-c", command])
    }

    /// Of each file and folder below; of the user's own memory only what others rely on is state.
    private static func digests(
        of folders: [String], without apart: Set<String>
    ) throws -> [String: String] {
        var digests: [String: String] = [:]
        for folder in folders.prefix(2) {
            for name in try FileAccess.names(in: folder) {
                let path = "\(folder)/\(name)"
                if apart.contains(where: { $0.hasPrefix(path + "/") }) {
                    for inner in try FileAccess.names(in: path)
                    where !apart.contains("\(path)/\(inner)") {
                        digests["\(path)/\(inner)"] =
                            try PathTree.digest(of: "\(path)/\(inner)")?.hex
                    }
                } else {
                    digests[path] = try PathTree.digest(of: path)?.hex
                }
            }
        }
        return digests
    }
}
