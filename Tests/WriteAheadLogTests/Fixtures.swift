// Small logs to damage: a folder that cleans itself up, records with known contents, and the files'
// bytes taken apart into frames.

import Foundation
import Glibc
import Support
import Testing

@testable import WriteAheadLog

/// A folder that goes away with its last reference.
final class Scratch: Sendable {
    let path: String
    var log: String { "\(path)/wal" }

    init() {
        let name = "wal-test-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
        mkdir(path, 0o700)
    }

    deinit {
        // A folder that cannot be removed costs space in /tmp and nothing else.
        _ = try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { "\(log)/\(name)" }
    func bytes(_ name: String) throws -> [UInt8] { try FileAccess.read(file(name)) }

    func write(_ bytes: [UInt8], to name: String) throws {
        chmod(file(name), 0o600)
        try FileAccess.replace(file(name), with: bytes)
    }

    func names() throws -> [String] { try FileAccess.names(in: log) }
}

func draft(_ index: Int, body: Int? = nil, type: RecordType? = nil) -> RecordDraft {
    let types: [RecordType] = [.outboundEnqueued, .outboundAcked, .inboundReceived, .applyOK]
    return RecordDraft(
        type: type ?? types[index % types.count], metadata: Array("meta \(index)".utf8),
        body: (0..<(body ?? index * 13 % 97)).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ index) })
}

/// Opens, lets `work` run, and closes.
@discardableResult
func withLog<Value>(
    _ scratch: Scratch, _ options: LogOptions = LogOptions(segmentBytes: 16 << 10),
    _ work: (WriteAheadLog) async throws -> Value
) async throws -> Value {
    let (log, _) = try WriteAheadLog.open(at: scratch.log, options: options)
    let value = try await work(log)
    try log.close()
    return value
}

/// A record's place in its file.
struct Frame: Hashable {
    var lsn: LSN
    var offset: Int
    var payload: Int
    var end: Int { offset + FrameSize.of(payload: payload) }
    var payloadStart: Int { offset + FrameSize.header }
    var payloadEnd: Int { payloadStart + payload }
}

/// One segment with everything the judge needs, in memory.
struct Specimen {
    var bytes: [UInt8]
    var header: SegmentHeader
    var manifest: ManifestFold
    var frames: [Frame]
    var number: SegmentNumber { header.number }

    /// The first segment of a log with `count` records.
    ///
    /// - Parameter sealed: false leaves it as the active segment of a killed writer.
    static func make(_ count: Int, sealed: Bool = true, body: Int? = nil) async throws -> Specimen {
        let scratch = Scratch()
        let options = LogOptions(segmentBytes: 32 << 10, spare: false, seed: 7)
        let (log, _) = try WriteAheadLog.open(at: scratch.log, options: options)
        for index in 0..<count { _ = try await log.append([draft(index, body: body)]) }
        if sealed { try log.close() } else { try log.abandon() }
        let bytes = try scratch.bytes("segment-000001.log")
        let image = try #require(ManifestCodec.decode(try scratch.bytes("MANIFEST")))
        var fold = ManifestFold(image.entries, logID: image.header.logID)
        fold.apply(image.durable)
        fold.isWhole = true
        let header = try #require(bytes.withUnsafeBytes { SegmentHeader($0) })
        return Specimen(bytes: bytes, header: header, manifest: fold, frames: frames(bytes, header))
    }

    static func frames(_ bytes: [UInt8], _ header: SegmentHeader) -> [Frame] {
        var frames: [Frame] = []
        let seed = Checksum.seed(salt: header.salt)
        bytes.withUnsafeBytes { raw in
            var offset = SegmentHeader.blockBytes
            while let frame = FrameHeader(raw, at: offset, seed: seed) {
                frames.append(Frame(lsn: frame.lsn, offset: offset, payload: frame.payloadBytes))
                offset += frame.frameBytes
            }
        }
        return frames
    }

    /// Judges other bytes in this segment's place.
    func judge(
        _ bytes: [UInt8], witness: ExternalWitness = .nothingKnown, digests: Bool = false,
        unreadable: [Range<UInt64>] = []
    ) -> LogJudgement {
        let file = LoadedFile(bytes: bytes, unreadable: unreadable)
        let image = file.withView {
            SegmentImage.judge($0, number, manifest, logID: manifest.logID, digests: digests)
        }
        return LogJudge.judge(
            LogImage(manifest: manifest, manifestState: .good, segments: [number: image]),
            witness: witness)
    }

    var allLSNs: LSNSet { LSNSet(frames.map { LSNRange(single: $0.lsn) }) }
}

extension LogJudgement {
    /// What a reader gets.
    var readable: LSNSet { LSNSet(segments.flatMap(\.runs).compactMap(\.range)) }
    /// No record twice.
    var returned: [LSN] {
        segments.flatMap(\.runs).flatMap { run in
            (run.first.rawValue...run.last.rawValue).map { LSN($0) }
        }
    }
}

func set(_ values: UInt64...) -> LSNSet { LSNSet(values.map { LSNRange(single: LSN($0)) }) }

extension LogJudgement {
    var hasDamage: Bool { verdicts.contains { $0.isDamage } }
}

extension LoadedFile {
    /// Lends the bytes without a copy.
    func withView<Value>(_ body: (LoadedView) -> Value) -> Value {
        bytes.withUnsafeBytes {
            body(LoadedView(bytes: $0, unreadable: unreadable, firstError: firstError))
        }
    }
}
