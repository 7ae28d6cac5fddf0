// Bytes that nobody wrote, for the decoders of segments and of the manifest: mutations of a corpus of
// real files, read as a log is read. Nothing may crash, hang, return a record that was never there,
// or call a log whole that differs from the one it was made from.

import Foundation
import WriteAheadLog

/// Which decoder the bytes are for.
public enum FuzzTarget: String, CaseIterable, Sendable {
    case segment = "segment-000001.log"
    case manifest = "MANIFEST"
}

public struct Fuzzing: Sendable {
    /// Every how many images are also opened for writing and recovered.
    static let writeEvery = 16

    private let tally: Tally
    private let loop: FuzzLoop

    public init(_ tally: Tally, seed: UInt64) {
        self.tally = tally
        // A look at a log of some kilobytes takes a millisecond; a thousand times that is a hang.
        loop = FuzzLoop(tally, seed: seed, lookMax: .seconds(2))
    }

    /// Mutates for so long, or so often.
    public func run(
        _ target: FuzzTarget, atMost duration: Duration, cases: Int = .max
    ) async throws {
        let logs = [
            try await TortureLog.make(bytes: 2500, segmentBytes: 8192, isClosed: true, seed: 1),
            try await TortureLog.make(bytes: 2500, segmentBytes: 8192, isClosed: false, seed: 2),
        ]
        let arena = try Arena()
        defer { arena.remove() }
        try loop.run("\(target)", atMost: duration, cases: cases) { number, what, random in
            let log = logs[number % logs.count]
            let intact = log.files[target.rawValue] ?? []
            let bytes = Mutation.mutated(intact, &random)
            try look(log, target, bytes, arena, what)
            // Opening and recovering sync a dozen times, so not all of them are.
            if number.isMultiple(of: Self.writeEvery) {
                try FuzzedWriting(log, tally).run(files(log, target, bytes), arena, what)
            }
        }
    }

    /// Reads the corpus, each in the place of the target, beside the rest of a real log.
    public func replay(_ target: FuzzTarget) async throws {
        let log = try await TortureLog.make(
            bytes: 2500, segmentBytes: 8192, isClosed: true, seed: 1)
        let arena = try Arena()
        defer { arena.remove() }
        for (name, bytes) in Corpus.made(of: log.files[target.rawValue] ?? []) {
            let what = "corpus \(name)"
            try loop.look(what, counting: "corpus of \(target)") {
                try look(log, target, bytes, arena, what)
            }
            try FuzzedWriting(log, tally).run(files(log, target, bytes), arena, what)
        }
    }

    /// The log with these bytes in the place of the target.
    private func files(
        _ log: TortureLog, _ target: FuzzTarget, _ bytes: [UInt8]
    ) -> [String: [UInt8]] {
        log.files.merging([target.rawValue: bytes]) { $1 }
    }

    private func look(
        _ log: TortureLog, _ target: FuzzTarget, _ bytes: [UInt8], _ arena: Arena, _ what: String
    ) throws {
        try arena.restore(files(log, target, bytes))
        do throws(LogFailure) {
            let contents = try LogReader.records(at: arena.log)
            for record in contents.records {
                guard let known = log.records[record.lsn] else {
                    tally.broke("\(what): record \(record.lsn) was never appended")
                    continue
                }
                if !known.isSame(as: record) { tally.broke("\(what): \(record.lsn) differs") }
            }
            for verdict in contents.report.verdicts { tally.saw(verdict.name) }
            if target == .manifest, contents.records.count < log.records.count,
                contents.report.verdicts == [.ok]
            {
                tally.broke("\(what): records are missing and nothing is said")
            }
            _ = try LogReader.tail(at: arena.log, count: 3)
            _ = try LogReader.status(at: arena.log)
        } catch {
            // A log that is not recognised as one is refused by name.
            if case .notALog = error {} else { tally.broke("\(what): \(error)") }
        }
    }
}

/// Changes that keep enough of a file to get past its first checks.
public enum Mutation {
    public static func mutated(
        _ bytes: [UInt8], _ random: inout some RandomNumberGenerator
    ) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...8, using: &random) where bytes.count > 64 {
            change(&bytes, &random)
        }
        return bytes
    }

    private static func change(
        _ bytes: inout [UInt8], _ random: inout some RandomNumberGenerator
    ) {
        let at = Int.random(in: bytes.indices, using: &random)
        let end = min(at + Int.random(in: 1...200, using: &random), bytes.count)
        let aligned = at / 8 * 8
        switch Int.random(in: 0...8, using: &random) {
        case 0: bytes[at] ^= 1 << UInt8.random(in: 0...7, using: &random)
        case 1: bytes[at] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
        case 2: bytes.removeSubrange(at..<end)
        case 3: bytes.insert(contentsOf: bytes[at..<end], at: at)
        case 4: bytes = Array(bytes[..<max(at, 1)])
        case 5: for index in at..<end { bytes[index] = UInt8.random(in: 0...255, using: &random) }
        case 6:
            // A length, a position or a checksum of a record.
            let value =
                UInt64.random(in: 0...UInt64.max, using: &random)
                >> UInt64.random(in: 0...63, using: &random)
            withUnsafeBytes(of: value.littleEndian) {
                bytes.replaceSubrange(aligned..<min(aligned + 8, bytes.count), with: $0)
            }
        case 7:
            let target = Int.random(in: 0..<bytes.count / 8, using: &random) * 8
            let piece = Array(bytes[aligned..<max(aligned, end)])
            bytes.replaceSubrange(target..<min(target + piece.count, bytes.count), with: piece)
        default: bytes += [UInt8](repeating: 0x41, count: Int.random(in: 1...9, using: &random))
        }
    }
}
