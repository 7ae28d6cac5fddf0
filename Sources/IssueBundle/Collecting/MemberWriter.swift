// One member on its way through the redactor into the spool, piece by piece.

import Redaction
import Support

/// A member that is in the spool, whole.
struct Entry: Sendable {
    var name: Redacted
    var region: Spool.Region
    var digest: ContentDigest
    /// The label of its source.
    let source: String
    let modifiedAt: Timestamp
    /// Lines that may be dropped from the beginning.
    let isDated: Bool

    var path: String { String(decoding: name.bytes, as: UTF8.self) }
    var row: Manifest.Member { .init(path: path, bytes: region.bytes, digest: digest) }
}

/// Why a member did not get into the spool.
enum MemberStop: Error {
    /// The member is left out; the bundle goes on.
    case left(Omission.Reason, detail: String?)
    /// There is no going on.
    case fatal(BundleFailure)

    init(_ failure: RedactionFailure) { self = .left(.notScrubbed, detail: failure.reason) }
    /// Of the spool.
    init(spool failure: SystemFailure) { self = .fatal(.system(failure)) }
}

/// Writes one member.
final class MemberWriter {
    /// As the source calls it; for omissions.
    let path: String
    private let name: Redacted
    private let spool: Spool
    private let gate: CallGate
    private var region: Spool.Region
    private var stream: RedactionStream
    private var hasher = ContentHasher()
    /// Of what it holds; its name has a report of its own.
    private(set) var report = RedactionReport()
    /// Bytes of lines that were left out because they are older than asked for.
    var olderBytes = 0
    /// The scrubbed bytes, where somebody asked to keep them.
    private(set) var kept: [UInt8]?

    init(
        _ path: String, name: Redacted, as kind: ContentKind, _ redactor: Redactor,
        _ spool: Spool, _ gate: CallGate, lane: Int = 0, keeping: Bool = false,
        isStructure: Bool = false
    ) {
        self.path = path
        self.name = name
        self.spool = spool
        self.gate = gate
        region = spool.open(in: lane)
        stream = redactor.stream(as: kind, keepsDigests: isStructure)
        kept = keeping ? [] : nil
    }

    func feed(_ bytes: [UInt8]) throws(MemberStop) {
        guard !bytes.isEmpty else { return }
        try pass()
        let redacted: Redacted
        do throws(RedactionFailure) { redacted = try stream.feed(bytes) } catch {
            throw MemberStop(error)
        }
        try keep(redacted)
    }

    func finish(
        source: String, modifiedAt: Timestamp, isDated: Bool
    ) throws(MemberStop) -> Entry {
        try pass()
        let redacted: Redacted
        do throws(RedactionFailure) { redacted = try stream.finish() } catch {
            throw MemberStop(error)
        }
        try keep(redacted)
        return Entry(
            name: name, region: region, digest: hasher.finish(), source: source,
            modifiedAt: modifiedAt, isDated: isDated)
    }

    /// Scrubbing can fail like any call; then nothing of the member stays.
    private func pass() throws(MemberStop) {
        do throws(SystemFailure) { try gate.pass("scrub", path) } catch {
            throw .left(.notScrubbed, detail: error.reason)
        }
    }

    /// Fails unless the spool has room for the bytes.
    func require(room bytes: Int) throws(MemberStop) {
        do throws(SystemFailure) { try spool.require(room: bytes) } catch {
            throw MemberStop(spool: error)
        }
    }

    /// Takes back what is in the spool.
    func discard() throws(BundleFailure) {
        do throws(SystemFailure) { try spool.discard(region) } catch { throw .system(error) }
    }

    private func keep(_ redacted: Redacted) throws(MemberStop) {
        report.add(redacted.report)
        hasher.update(redacted.bytes)
        kept? += redacted.bytes
        do throws(SystemFailure) { try spool.append(redacted, to: &region) } catch {
            throw MemberStop(spool: error)
        }
    }
}
