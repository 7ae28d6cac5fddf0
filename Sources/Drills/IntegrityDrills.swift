// The faults of bucket `integrity`: bytes of the log that another program changed, cut or swapped.

import Checks
import Foundation
import GRDB
import Glibc
import LiveSync
import Mothership
import Support

extension IntegrityFinding: Drilled {
    public var fault: Fault {
        switch self {
        case .checksumMismatch:
            .real(in: .alone) { stage in
                let segment = try stage.sealedSegment()
                try stage.overwrite(segment) { $0[4096 + 70] ^= 0x55 }
            }
        case .tailLost:
            .real(in: .alone) { stage in
                let segment = try stage.sealedSegment()
                guard let last = try stage.offsets(in: segment).last else { return }
                try stage.overwrite(segment) { $0.removeSubrange((last + 9)...) }
            }
        case .chainBroken:
            .real(in: .alone) { stage in
                let segment = try stage.sealedSegment()
                let (one, other) = try Self.twins(stage.offsets(in: segment))
                try stage.overwrite(segment) { bytes in
                    bytes.replaceSubrange(other, with: bytes[one])
                }
            }
        case .hubWentBack: .real(in: .alone, spoils: true, Self.rollBack)
        case .ledgerGap: .real(in: .alone, spoils: true, Self.tear)
        case .signatureInvalid:
            .real(in: .pair, spoils: true) { stage in
                try Forgery.spoilSignature(on: stage)
            }
        case .pathEscape:
            .real(in: .pair, spoils: true) { stage in
                try Forgery.deliver(on: stage) { set in
                    for index in set.changes.indices { set.changes[index].path = "../escape.py" }
                }
            }
        case .lossLedger:
            .real(in: .alone, beside: [], spoils: true) { stage in
                let segment = try stage.sealedSegment()
                try stage.overwrite(segment) { $0[4096 + 70] ^= 0x55 }
                let result = try stage.doctor(
                    [
                        "live", "--fix", "--yes", "integrity.checksum-mismatch",
                        "--allow-loss", "integrity.checksum-mismatch",
                    ], limit: .seconds(120))
                guard result.succeeded else {
                    throw PlainFailure(
                        "repair", "ended with \(result.status): \(result.briefly)",
                        nextStep: "drill integrity.checksum-mismatch first")
                }
            }
        case .notExamined:
            .real(in: .alone, under: "host.disk-error") { stage in
                let segment = try stage.sealedSegment()
                try stage.moveAway(segment)
                // A folder in its place cannot be read by anybody, root included.
                try retrying("mkdir", segment) { mkdir(segment, 0o700) }
                stage.mend { try retrying("rmdir", segment) { rmdir(segment) } }
            }
        }
    }

    /// The Mothership comes back with an older copy of its files, as after a restore.
    @Sendable private static func rollBack(_ stage: Stage) throws {
        let home = stage.sandbox.mothershipHome
        let copy = stage.sandbox.folder + "/older-home"
        let tool = Tool("/bin/cp", environment: [:], folder: "/")
        try stage.stopMothership()
        try tool.require(["-a", home, copy])
        try stage.sandbox.startMothership()
        try pushThrice(stage)
        try stage.sandbox.aura().require(["mothership", "stop"])
        try FileManager.default.removeItem(atPath: home)
        try retrying("rename", copy) { rename(copy, home) }
        try stage.sandbox.startMothership()
        try stage.flush()
    }

    /// Three versions of a new function that the ledger acknowledged, one after the other.
    private static func pushThrice(_ stage: Stage) throws {
        try stage.flush()
        for number in 0..<3 {
            try stage.ada.save("src/made.rs", "pub fn made() -> u32 {\n    \(number)\n}\n")
            try stage.ada.wait(for: "the push") {
                $0.counters.changesAcknowledged > UInt64(number) && $0.wal.pendingOut == 0
            }
        }
    }

    /// Another program deletes one row of the store while nobody serves it.
    @Sendable private static func tear(_ stage: Stage) throws {
        try pushThrice(stage)
        try stage.stopMothership()
        let store = try DatabaseQueue(
            path: MothershipHome(root: stage.sandbox.mothershipHome).store)
        try store.write {
            try $0.execute(sql: "DROP TRIGGER ledger_is_not_deleted")
            try $0.execute(
                sql: "DELETE FROM ledger WHERE sequence = (SELECT max(sequence) - 1 FROM ledger)")
        }
        try store.close()
        try stage.sandbox.startMothership()
        try stage.flush()
    }

    /// Two records of equal length that do not follow each other.
    private static func twins(_ offsets: [Int]) throws -> (Range<Int>, Range<Int>) {
        let records = zip(offsets, offsets.dropFirst()).map { $0..<$1 }
        for (index, one) in records.enumerated() {
            if let other = records.dropFirst(index + 1).first(where: { $0.count == one.count }) {
                return (one, other)
            }
        }
        throw PlainFailure(
            "segment", "has no two records of one length", nextStep: "save more files before")
    }
}
