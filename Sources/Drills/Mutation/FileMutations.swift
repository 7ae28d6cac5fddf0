// Mutations of files while nobody writes to them: the log, its manifest, settings, pid records, and
// what a device proves itself with.

import Checks
import Foundation
import Glibc
import LiveSync
import Support

enum FileMutations {
    static func next(
        on stage: Stage, using generator: inout SeededGenerator
    ) throws -> Mutation {
        switch Int.random(in: 0..<16, using: &generator) {
        case 0...3: return try flip(stage, &generator)
        case 4: return try cut(stage, &generator)
        case 5: return try remove(stage, &generator)
        case 6: return try append(stage, &generator)
        case 7: return try manifest(stage, &generator)
        case 8: return swap(try segments(stage).shuffled(using: &generator))
        case 9: return unreadable(try pick(stage, &generator))
        case 10...11: return wrongSettings(&generator)
        case 12: return harmlessSettings(&generator)
        case 13: return try credentials(stage, &generator)
        case 14: return linked(stage)
        default: return Bool.random(using: &generator) ? deadAgent() : stray(&generator)
        }
    }

    // MARK: The log

    /// Sealed segments: the newest may be empty.
    private static func segments(_ stage: Stage) throws -> [String] {
        let folder = stage.ada.workspace.walFolder
        let names = try FileAccess.names(in: folder).sorted()
            .filter { $0.hasPrefix("segment-") && $0.hasSuffix(".log") }
        return try names.map { "\(folder)/\($0)" }.filter { try !stage.offsets(in: $0).isEmpty }
    }

    private static func pick(
        _ stage: Stage, _ generator: inout SeededGenerator
    ) throws -> String {
        guard let segment = try segments(stage).randomElement(using: &generator) else {
            throw PlainFailure("log", "has no record", nextStep: "save something first")
        }
        return segment
    }

    /// Records of a segment that have one after them, so that their end is known.
    private static func record(
        of segment: String, _ stage: Stage, _ generator: inout SeededGenerator
    ) throws -> Range<Int> {
        let offsets = try stage.offsets(in: segment)
        let records = zip(offsets, offsets.dropFirst()).map { $0..<$1 }
        return records.randomElement(using: &generator) ?? offsets[0]..<(offsets[0] + 32)
    }

    private static func flip(
        _ stage: Stage, _ generator: inout SeededGenerator
    ) throws -> Mutation {
        let segment = try pick(stage, &generator)
        let record = try record(of: segment, stage, &generator)
        // The padding behind a record belongs to nobody: only what carries something is flipped.
        let offset = Int.random(in: record.lowerBound..<(record.lowerBound + 32), using: &generator)
        let mask = UInt8(1) << UInt8.random(in: 0..<8, using: &generator)
        return Mutation(
            .log, "bit of byte \(offset) of \(PathName.last(of: segment)) flipped",
            ["integrity.checksum-mismatch", "integrity.chain-broken", "integrity.tail-lost"]
        ) { try $0.overwrite(segment) { $0[offset] ^= mask } }
    }

    private static func cut(
        _ stage: Stage, _ generator: inout SeededGenerator
    ) throws -> Mutation {
        let segment = try pick(stage, &generator)
        let record = try record(of: segment, stage, &generator)
        let end = Int.random(in: record, using: &generator)
        return Mutation(
            .log, "\(PathName.last(of: segment)) cut to \(end) bytes", ["integrity.tail-lost"]
        ) { try $0.overwrite(segment) { $0.removeSubrange(end...) } }
    }

    private static func remove(
        _ stage: Stage, _ generator: inout SeededGenerator
    ) throws -> Mutation {
        let segment = try pick(stage, &generator)
        return Mutation(.log, "\(PathName.last(of: segment)) moved away", ["wal.segment-gap"]) {
            try $0.moveAway(segment)
        }
    }

    private static func append(
        _ stage: Stage, _ generator: inout SeededGenerator
    ) throws -> Mutation {
        let segment = try pick(stage, &generator)
        let junk = (0..<Int.random(in: 1...300, using: &generator)).map { _ in
            UInt8.random(in: 1...255, using: &generator)
        }
        return Mutation(
            .log, "\(junk.count) bytes behind \(PathName.last(of: segment))",
            ["wal.foreign-writer"]
        ) { try $0.overwrite(segment) { $0 += junk } }
    }

    private static func swap(_ segments: [String]) -> Mutation {
        let (one, other) = (segments[0], segments[segments.count - 1])
        return Mutation(
            .log, "\(PathName.last(of: one)) and \(PathName.last(of: other)) swapped",
            one == other ? [] : ["wal.segment-misnamed"]
        ) { stage in
            let (first, second) = (try FileAccess.read(one), try FileAccess.read(other))
            try stage.overwrite(one) { $0 = second }
            try stage.overwrite(other) { $0 = first }
        }
    }

    private static func unreadable(_ segment: String) -> Mutation {
        Mutation(
            .log, "a folder in the place of \(PathName.last(of: segment))",
            ["host.disk-error"]
        ) { stage in
            try stage.moveAway(segment)
            try retrying("mkdir", segment) { mkdir(segment, 0o700) }
            stage.mend { try retrying("rmdir", segment) { rmdir(segment) } }
        }
    }

    private static func stray(_ generator: inout SeededGenerator) -> Mutation {
        let number = Int.random(in: 1...9, using: &generator)
        return Mutation(
            .log, "a conflicted copy of segment \(number)", ["wal.foreign-writer"]
        ) { stage in
            let path = stage.ada.workspace.walFolder + "/segment-00000\(number) (copy).log"
            try FileAccess.replace(path, with: [UInt8](repeating: 7, count: number))
            stage.mend { try FileManager.default.removeItem(atPath: path) }
        }
    }

    private static func manifest(
        _ stage: Stage, _ generator: inout SeededGenerator
    ) throws -> Mutation {
        let path = stage.ada.workspace.walFolder + "/MANIFEST"
        let count = try FileAccess.read(path).count
        let length = Int.random(in: 0..<min(count, 4096), using: &generator)
        return Mutation(
            .manifest, "manifest cut to \(length) bytes",
            ["wal.index-damaged", "integrity.tail-lost"]
        ) { try $0.overwrite(path) { $0.removeSubrange(length...) } }
    }

    /// The log in another place, and a link to it.
    private static func linked(_ stage: Stage) -> Mutation {
        let (folder, place) = (stage.ada.workspace.walFolder, stage.sandbox.folder + "/log")
        return Mutation(.log, "a link in the place of the log", ["wal.linked-folder"]) { stage in
            try retrying("rename", folder) { rename(folder, place) }
            stage.mend { try retrying("rename", folder) { rename(place, folder) } }
            try retrying("symlink", folder) { symlink(place, folder) }
            stage.mend { try retrying("unlink", folder) { unlink(folder) } }
        }
    }

    // MARK: Settings and records

    /// Record, key and token of the device: gone, open to others, torn; or as they may be.
    private static func credentials(
        _ stage: Stage, _ generator: inout SeededGenerator
    ) throws -> Mutation {
        let record = stage.ada.workspace.devicePath
        let device = try AuthFinding.secret(of: stage, "key")
        let token = try AuthFinding.secret(of: stage, "token")
        let path = [device, token].randomElement(using: &generator) ?? device
        let name = PathName.last(of: path).suffix(5)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0:
            return Mutation(.records, "the device record gone", ["auth.identity-missing"]) {
                try $0.moveAway(record)
            }
        case 1:
            return Mutation(.records, "the key gone", ["auth.identity-missing"]) {
                try $0.moveAway(device)
            }
        case 2:
            let length = Int.random(in: 0..<60, using: &generator)
            return Mutation(.records, "the token cut to \(length) bytes", ["auth.token-invalid"]) {
                try $0.overwrite(token) { $0.removeSubrange(length...) }
            }
        case 3:
            let mode = mode_t(0o600 | 1 << Int.random(in: 0..<6, using: &generator))
            let digits = String(mode, radix: 8)
            return Mutation(.records, "mode \(digits) of \(name)", ["auth.key-modes"]) { stage in
                try retrying("chmod", path) { chmod(path, mode) }
                stage.mend { try retrying("chmod", path) { chmod(path, 0o600) } }
            }
        default:
            // Its owner may have less of it than is usual; root is asked for no permission anyway.
            return Mutation(
                .records, "mode 400 of \(name)", geteuid() == 0 ? [] : ["host.wrong-mode"]
            ) { stage in
                try retrying("chmod", path) { chmod(path, 0o400) }
                stage.mend { try retrying("chmod", path) { chmod(path, 0o600) } }
            }
        }
    }

    private static func wrongSettings(_ generator: inout SeededGenerator) -> Mutation {
        let wrong: [(table: String, line: String, code: String)] = [
            ("live", "mothership = \"ws:", "config.parse-error"),
            ("live.debug", "log_level = ", "config.parse-error"),
            ("live.scan", "[[", "config.parse-error"),
            ("live", "mothershop = 1", "config.unknown-key"),
            ("live.wal", "segment_size = 5", "config.unknown-key"),
            ("doctor.thresholds", "patience = \"3s\"", "config.unknown-key"),
            ("live", "branch_policy = \"loud\"", "config.value-invalid"),
            ("live.debug", "log_level = \"loud\"", "config.value-invalid"),
            ("live.debug", "retain_log_days = 0", "config.value-invalid"),
            ("live.wal", "segment_bytes = 12", "config.value-invalid"),
            ("live.wal", "fsync = \"sometimes\"", "config.value-invalid"),
            ("doctor.thresholds", "backlog_age = 5", "config.value-invalid"),
        ]
        let chosen = wrong[Int.random(in: 0..<wrong.count, using: &generator)]
        return Mutation(
            .settings, "\(chosen.line) in [\(chosen.table)]", [chosen.code]
        ) { try $0.configure([chosen.table: chosen.line]) }
    }

    private static func harmlessSettings(_ generator: inout SeededGenerator) -> Mutation {
        let lines = ["# a remark", "", "   ", "# mothership = \"ws://elsewhere\""]
        let line = lines[Int.random(in: 0..<lines.count, using: &generator)]
        return Mutation(.settings, "a line \"\(line)\" more", []) {
            try $0.configure(["live.scan": line])
        }
    }

    /// An agent that died left its record, and sync was turned off since.
    private static func deadAgent() -> Mutation {
        Mutation(.records, "the record of a dead agent", ["agent.run-without-owner"]) { stage in
            let ada = stage.ada
            try ada.enable()
            let path = ada.workspace.agentRecordPath
            let record = try FileAccess.read(path)
            try ada.aura(["live", "sync", "disable"])
            try FileAccess.replace(path, with: record)
            stage.mend { try FileManager.default.removeItem(atPath: path) }
        }
    }
}
