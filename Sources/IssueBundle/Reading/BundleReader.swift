// Reads a bundle that somebody sent. Nothing is unpacked to disk, nothing is believed: limits on
// everything, and only the parts that are needed are kept.

import Glibc
import Redaction
import Support

/// What a reader needs of a bundle.
public struct BundleContents: Sendable {
    public let manifest: Manifest
    /// What the checks saw, JSON by file name.
    public let recording: [String: String]
    public let proof: ProofRecord?
    /// The text of `report.json` as it lies there.
    public let report: String
    /// Members with their digests, as they are in the archive.
    public let members: [Manifest.Member]

    /// What the manifest says of the members and is not so, in words; empty when all is as listed.
    public var differences: [String] {
        var differences: [String] = []
        let found = Dictionary(
            members.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        let listed = Dictionary(
            manifest.members.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        for (path, member) in listed.sorted(by: { $0.key < $1.key }) {
            guard let own = found[path] else {
                differences.append("\(NameText.words(path)) is listed and not there")
                continue
            }
            if own != member { differences.append("\(path) is not as it was written") }
        }
        for path in found.keys.sorted() where listed[path] == nil && path != Manifest.name {
            differences.append("\(path) is not listed")
        }
        return differences
    }
}

/// Opens bundles.
public struct BundleReader {
    /// Of a member that is kept: snapshots, report, manifest.
    private static let keptBytesMax = 64 << 20
    /// Of all that are kept.
    private static let keptTotalMax = 256 << 20

    private let path: String
    private let limits: ArchiveLimits
    private let gate: CallGate

    public init(_ path: String) { self.init(path, limits: .foreign) }

    init(_ path: String, limits: ArchiveLimits, gate: CallGate = .open) {
        self.path = path
        self.limits = limits
        self.gate = gate
    }

    /// Whether the file begins as a bundle does. What cannot be opened is no bundle: whoever reads
    /// it next says why.
    public var isPacked: Bool {
        do throws(BundleFailure) {
            let descriptor = try open()
            defer { close(descriptor) }
            var head: [UInt8] = [0, 0]
            return pread(descriptor, &head, 2, 0) == 2 && head == ContentSniff.gzip
        } catch {
            return false
        }
    }

    /// Reads a bundle. Blocks its thread.
    public func read() throws(BundleFailure) -> BundleContents {
        let descriptor = try open()
        defer { close(descriptor) }
        let stream = try ArchiveStream(descriptor, path: path, limits: limits, gate: gate)
        var members: [Manifest.Member] = []
        var kept: [String: [UInt8]] = [:]
        var keptBytes = 0
        while let member = try stream.next() {
            if Self.isKept(member.name) {
                let content = try stream.readAll(member, limit: Self.keptBytesMax)
                keptBytes += content.count
                guard keptBytes <= Self.keptTotalMax else {
                    throw .refused(path: path, why: "its snapshots are too large")
                }
                kept[member.name] = content
                members.append(
                    .init(path: member.name, bytes: content.count, digest: .of(content)))
            } else {
                members.append(try digest(member, stream))
            }
        }
        return try contents(kept, members)
    }

    /// Compares the bundle with its manifest and searches it again: for the canaries that were
    /// planted, and for what this machine knows to be secret.
    ///
    /// - Returns: how many things it was searched for.
    public func verify(
        _ contents: BundleContents, known: KnownValues
    ) throws(BundleFailure) -> BundleVerification {
        if let first = contents.differences.first { throw .altered(path: path, why: first) }
        let canaries = try canaries(of: contents)
        let needles = NeedleSet(canaries + NeedleSet.needles(of: known))
        let descriptor = try open()
        defer { close(descriptor) }
        let (extent, survivor) = try ArchiveSearch(needles: needles)
            .search(descriptor, path: path, limits: limits, gate: gate)
        if let survivor { throw .exposed(survivor, path: path) }
        try ArchiveEnd.check(
            descriptor, path: path, behind: extent.end,
            shape: TarShape(
                names: contents.members.map(\.path), time: contents.manifest.created.timestamp),
            gate: gate)
        return BundleVerification(
            members: extent.members, bytes: extent.bytes, canaries: canaries.count,
            knownValues: needles.valueCount - canaries.count)
    }

    /// What was planted, made again; none when another release did.
    ///
    /// - Throws: ``BundleFailure/altered(path:why:)`` when the record tells of less than lies there: a
    ///   search for nothing finds nothing.
    private func canaries(of contents: BundleContents) throws(BundleFailure) -> [Needle] {
        guard let proof = contents.proof else {
            throw .altered(path: path, why: "it has no \(ProofRecord.name)")
        }
        guard let plan = proof.plan else { return [] }
        guard plan.isUsual else {
            throw .altered(path: path, why: "its \(ProofRecord.name) is none of this program's")
        }
        let folder = BundleMaker.proofFolder + "/"
        let shadows = Set(contents.members.map(\.path).filter { $0.hasPrefix(folder) })
        let named = plan.sources.map { "\(folder)\($0.name)-\($0.kind.rawValue)" }
        let expected = Set(named + named.map { $0 + Shadow.wideSuffix })
        let planted = plan.all.map(\.needle)
        guard planted.count == proof.planted, shadows.isSuperset(of: named),
            shadows.isSubset(of: expected)
        else {
            throw .altered(
                path: path, why: "its \(ProofRecord.name) does not tell of what was planted")
        }
        return planted
    }

    private func open() throws(BundleFailure) -> Int32 {
        let descriptor: Int32
        do throws(SystemFailure) {
            let path = path
            // O_NONBLOCK: a FIFO without a writer must not hold us up.
            descriptor = try gate.call("open", path) {
                Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            }
        } catch { throw .system(error) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .refused(path: path, why: "is no bundle: it is no regular file")
        }
        return descriptor
    }

    private static func isKept(_ name: String) -> Bool {
        let tops: Set = [Manifest.name, BundleMaker.reportName, ProofRecord.name]
        return tops.contains(name) || name.hasPrefix(BundleMaker.snapshotFolder + "/")
    }

    private func digest(
        _ member: ArchiveStream.Member, _ stream: ArchiveStream
    ) throws(BundleFailure) -> Manifest.Member {
        var hasher = ContentHasher()
        var bytes = 0
        while true {
            let chunk = try stream.read(1 << 20)
            if chunk.isEmpty { break }
            hasher.update(chunk)
            bytes += chunk.count
        }
        return Manifest.Member(path: member.name, bytes: bytes, digest: hasher.finish())
    }

    private func contents(
        _ kept: [String: [UInt8]], _ members: [Manifest.Member]
    ) throws(BundleFailure) -> BundleContents {
        let manifest = try decode(Manifest.self, Manifest.name, kept)
        guard manifest.schema == Manifest.schema, manifest.schemaVersion == Manifest.schemaVersion
        else { throw .refused(path: path, why: "its manifest is of another kind or release") }
        guard let report = kept[BundleMaker.reportName] else {
            throw .refused(path: path, why: "it has no \(BundleMaker.reportName)")
        }
        let prefix = BundleMaker.snapshotFolder + "/"
        let recording = kept.filter { $0.key.hasPrefix(prefix) }.map {
            (String($0.key.dropFirst(prefix.count)), String(decoding: $0.value, as: UTF8.self))
        }
        let proof =
            kept[ProofRecord.name] == nil
            ? nil : try decode(ProofRecord.self, ProofRecord.name, kept)
        return BundleContents(
            manifest: manifest, recording: Dictionary(uniqueKeysWithValues: recording),
            proof: proof, report: String(decoding: report, as: UTF8.self), members: members)
    }

    private func decode<Value: Decodable>(
        _ type: Value.Type, _ name: String, _ kept: [String: [UInt8]]
    ) throws(BundleFailure) -> Value {
        guard let bytes = kept[name] else { throw .refused(path: path, why: "it has no \(name)") }
        do throws(SystemFailure) { try gate.pass("decode", name) } catch { throw .system(error) }
        do { return try JSONText.decode(type, from: bytes) } catch {
            throw .refused(path: path, why: "its \(name) does not decode")
        }
    }
}

/// What a bundle was searched for again.
public struct BundleVerification: Codable, Sendable {
    public let members: Int
    public let bytes: Int
    /// 0 when another release planted them.
    public let canaries: Int
    public let knownValues: Int

    private enum CodingKeys: String, CodingKey {
        case members, bytes, canaries
        case knownValues = "known_values"
    }
}

extension CanaryPlan {
    /// The plan of a foreign file must not keep us planting: no bundle has more sources, longer names,
    /// or a wrapping twice.
    fileprivate var isUsual: Bool {
        !sources.isEmpty && sources.count <= 64 && sources.allSatisfy { $0.name.utf8.count <= 128 }
            && !wrappings.isEmpty && Set(wrappings).count == wrappings.count
    }
}
