// From the spool to the archive: the manifest, the order, and the room there is. An archive that
// comes out too large loses its oldest lines and is written again.

import Glibc
import Support

/// Writes the collected members into the output.
struct Shelf {
    /// What stands in the archive.
    struct Written {
        let entries: [Entry]
        let fileBytes: Int
    }

    /// Compression is not foreseeable; two rounds are usual, more than this is a mistake.
    private static let roundsMax = 8

    let request: BundleRequest
    let output: Int32
    let spool: Spool
    let gate: CallGate
    let watch: BundleWatch

    func write(_ collection: Collection) throws(BundleFailure) -> Written {
        var entries = collection.entries
        for _ in 0..<Self.roundsMax {
            let all = try withManifest(entries, collection)
            let fileBytes = try write(all)
            if fileBytes <= request.bytesMax { return Written(entries: all, fileBytes: fileBytes) }
            entries = try shed(entries, fileBytes: fileBytes, collection)
        }
        throw .tooLarge(path: request.path, bytes: request.bytesMax + 1, limit: request.bytesMax)
    }

    /// The members in order, the list of them included.
    private func withManifest(
        _ entries: [Entry], _ collection: Collection
    ) throws(BundleFailure) -> [Entry] {
        let sorted = entries.sorted { $0.name.bytes.lexicographicallyPrecedes($1.name.bytes) }
        let manifest = Manifest(
            request, members: sorted.map(\.row), omissions: collection.omissions.sorted(),
            redaction: collection.report)
        let scrubbed: [UInt8]
        collection.drop(Manifest.name)
        do {
            scrubbed = try collection.require(
                Manifest.name, Array(try manifest.text.utf8), as: .json, isStructure: true)
        } catch let failure as BundleFailure {
            throw failure
        } catch { throw .notCollected(member: Manifest.name, why: "\(error)") }
        do throws(SystemFailure) { try gate.pass("decode", Manifest.name) } catch {
            throw .system(error)
        }
        // A list that scrubbing changed proves nothing.
        guard let kept = Self.decoded(scrubbed), kept.members == manifest.members,
            let own = collection.entries.last
        else {
            throw .notScrubbed(member: Manifest.name, why: "its digests did not stay")
        }
        return (sorted + [own]).sorted { $0.name.bytes.lexicographicallyPrecedes($1.name.bytes) }
    }

    private static func decoded(_ bytes: [UInt8]) -> Manifest? {
        // Nil says all there is to say: it does not decode.
        try? JSONText.decode(Manifest.self, from: bytes)
    }

    private func write(_ entries: [Entry]) throws(BundleFailure) -> Int {
        let total = entries.reduce(0) { $0 + $1.region.bytes }
        do throws(SystemFailure) {
            try gate.call("truncate", request.path) { ftruncate(output, 0) }
            try gate.call("seek", request.path) { lseek(output, 0, SEEK_SET) }
            // Text of logs packs to a seventh; half leaves room for what does not.
            try Room.require(total / 2, on: output, path: request.path, gate: gate)
        } catch { throw .system(error) }
        let writer = try ArchiveWriter(
            to: output, path: request.path, modifiedAt: request.time, gate: gate)
        var done = 0
        for entry in entries {
            try watch.check()
            try writer.add(.init(name: entry.name, region: entry.region), from: spool)
            done += entry.region.bytes
            watch.progress(BundleProgress(stage: .writing, bytes: done, total: total))
        }
        return try writer.close()
    }

    /// Drops the oldest lines, as many as should make it fit.
    private func shed(
        _ entries: [Entry], fileBytes: Int, _ collection: Collection
    ) throws(BundleFailure) -> [Entry] {
        let total = max(1, entries.reduce(0) { $0 + $1.region.bytes })
        let excess = Double(fileBytes - request.bytesMax)
        // A little more than the average says: what is left may compress worse.
        var left = Int(excess * Double(total) / Double(max(1, fileBytes)) * 1.1) + 4096
        var kept = entries
        let oldestFirst = kept.indices.filter { kept[$0].isDated && kept[$0].region.bytes > 0 }
            .sorted {
                (kept[$0].modifiedAt, kept[$1].path) < (kept[$1].modifiedAt, kept[$0].path)
            }
        guard !oldestFirst.isEmpty else {
            throw .tooLarge(path: request.path, bytes: fileBytes, limit: request.bytesMax)
        }
        var gone: Set<Int> = []
        for index in oldestFirst where left > 0 {
            let before = kept[index].region.bytes
            if before <= left {
                gone.insert(index)
                left -= before
                collection.note(Omission(kept[index].path, .tooLarge, bytes: before))
                continue
            }
            kept[index].region = try spool.withoutBeginning(of: kept[index].region, dropped: left)
            kept[index].digest = try spool.digest(kept[index].region)
            let dropped = before - kept[index].region.bytes
            left -= dropped
            collection.note(Omission(kept[index].path, .tooLarge, bytes: dropped))
        }
        return kept.indices.filter { !gone.contains($0) }.map { kept[$0] }
    }
}

extension [Omission] {
    /// By name, so that equal states give equal lists, and each once: several parts of one source may
    /// be missing for one reason.
    func sorted() -> [Omission] {
        Set(self).sorted {
            ($0.member, $0.reason.rawValue, $0.bytes ?? 0)
                < ($1.member, $1.reason.rawValue, $1.bytes ?? 0)
        }
    }
}
