// The whole folder as facts: the manifest, and for every segment its header and its scan. Reading
// only. The order matters beside a running writer: the manifest first, so that whatever it claims
// was true before the segments were read.

import Dispatch
import Glibc
import Support
import Synchronization

/// One segment's file as it was found.
struct SegmentImage: Sendable {
    enum State: Sendable {
        case scanned(SegmentScan)
        /// Neither the file nor the manifest has a usable header.
        case headerLost
        case foreign(String)
        case tooNew(UInt16)
        case unreadable(SystemFailure)
        case missing
    }

    var number: SegmentNumber
    /// From the file, else from the manifest.
    var header: SegmentHeader?
    /// Whether a part of the first block differs from what the header says it should be.
    var blockDamaged = false
    /// The segment that it is under a wrong name; nil where that is not proven.
    var belongsAs: SegmentNumber?
    var state: State
    var fileBytes: UInt64 = 0
    /// Of the whole file; only where the judgement needs it.
    var digest: ContentDigest?
    /// Of the bytes before the SEAL record; only on request.
    var contentDigest: ContentDigest?

    var scan: SegmentScan? {
        if case .scanned(let scan) = state { return scan }
        return nil
    }
}

struct LogImage: Sendable {
    enum ManifestState: Hashable, Sendable {
        case good
        case missing
        case damaged(String)
        case unreadable(String)
    }

    var manifest: ManifestFold
    var manifestImage: ManifestImage?
    var manifestState: ManifestState
    var segments: [SegmentNumber: SegmentImage] = [:]
    /// Names that look like ours and are not: conflicted copies and their kin.
    var strays: [String] = []

    /// - Parameters:
    ///   - threads: how many files are read at a time.
    ///   - digests: whether sealed content is hashed and compared with its seal.
    static func load(
        _ folder: LogFolder, threads: Int = 1, digests: Bool = false
    ) throws(LogFailure) -> LogImage {
        var image = loadManifest(folder)
        let names = try folder.names()
        var numbers: [SegmentNumber] = []
        for name in names {
            if let number = SegmentNumber(fileName: name) {
                if image.manifest.retired[number] == nil { numbers.append(number) }
            } else if isStray(name) {
                image.strays.append(name)
            }
        }
        let logID = image.manifest.logID
        let loaded = load(
            numbers, folder, image.manifest, logID: logID, threads: threads, digests: digests)
        for segment in loaded { image.segments[segment.number] = segment }
        image.dropSegmentsOfOtherLogs()
        image.addMissing()
        return image
    }

    /// Whether there is anything of a log in the folder.
    var isEmpty: Bool { segments.isEmpty && manifestState == .missing }

    /// The log's id: the manifest's, else that of the newest readable segment.
    var logID: LogID? {
        manifest.logID ?? segments.values.max { $0.number < $1.number }?.header?.logID
    }

    private static func isStray(_ name: String) -> Bool {
        if name.hasSuffix(".tmp") || name == LogLock.fileName || name == ManifestCodec.fileName {
            return false
        }
        let bare = name.hasPrefix(".") ? String(name.dropFirst()) : name
        return ["segment-", "MANIFEST", "LOCK"].contains { bare.hasPrefix($0) }
    }

    private static func loadManifest(_ folder: LogFolder) -> LogImage {
        do throws(SystemFailure) {
            let bytes = try SegmentLoader.load(ManifestCodec.fileName, in: folder).bytes
            guard let image = ManifestCodec.decode(bytes) else {
                return LogImage(
                    manifest: ManifestFold(), manifestState: .damaged("its header is unreadable"))
            }
            var fold = ManifestFold(image.entries, logID: image.header.logID)
            fold.apply(image.durable)
            fold.isWhole = image.damage == nil
            return LogImage(
                manifest: fold, manifestImage: image,
                manifestState: image.damage.map { .damaged($0) } ?? .good)
        } catch {
            return LogImage(
                manifest: ManifestFold(),
                manifestState: error.code == ENOENT ? .missing : .unreadable(error.reason))
        }
    }

    /// Without a manifest the newest segment says which log this is; the others must agree.
    private mutating func dropSegmentsOfOtherLogs() {
        guard let logID else { return }
        for (number, segment) in segments {
            if let header = segment.header, header.logID != logID {
                segments[number]?.state = .foreign("it is of log \(header.logID)")
            }
        }
    }

    /// Adds what the manifest, or the segment behind a hole, says should be here.
    private mutating func addMissing() {
        for (number, header) in manifest.headers where segments[number] == nil {
            segments[number] = SegmentImage(number: number, header: header, state: .missing)
        }
        guard let lowest = segments.keys.min() else { return }
        for segment in segments.values where segment.number > lowest {
            guard let previous = segment.header?.previousNumber, previous > lowest,
                segments[previous] == nil, manifest.retired[previous] == nil
            else { continue }
            segments[previous] = SegmentImage(number: previous, header: nil, state: .missing)
        }
    }

    private static func load(
        _ numbers: [SegmentNumber], _ folder: LogFolder, _ manifest: ManifestFold, logID: LogID?,
        threads: Int, digests: Bool
    ) -> [SegmentImage] {
        let results = Mutex<[SegmentImage]>([])
        let next = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: max(1, min(threads, numbers.count))) { _ in
            let buffer = LoadBuffer()
            while true {
                let index = next.withLock { value in
                    defer { value += 1 }
                    return value
                }
                guard index < numbers.count else { return }
                let image = SegmentImage.load(
                    numbers[index], folder, manifest, logID: logID, digests: digests,
                    buffer: buffer)
                results.withLock { $0.append(image) }
            }
        }
        return results.withLock { $0 }
    }
}

extension SegmentImage {
    static func load(
        _ number: SegmentNumber, _ folder: LogFolder, _ manifest: ManifestFold, logID: LogID?,
        digests: Bool, buffer: LoadBuffer
    ) -> SegmentImage {
        do throws(SystemFailure) {
            if !digests, manifest.quarantined[number] == nil,
                let image = try clean(number, folder, manifest, logID: logID, buffer: buffer)
            {
                return image
            }
            let file = try SegmentLoader.load(number.fileName, in: folder, into: buffer)
            if file.bytes.isEmpty, file.firstError != 0 {
                throw SystemFailure(
                    operation: "read", path: folder.path(of: number.fileName), code: file.firstError
                )
            }
            return judge(file, number, manifest, logID: logID, digests: digests)
        } catch {
            let header = manifest.headers[number]
            return SegmentImage(
                number: number, header: header,
                state: error.code == ENOENT ? .missing : .unreadable(error))
        }
    }

    /// The image of a segment in which everything is right; nil for a closer look.
    private static func clean(
        _ number: SegmentNumber, _ folder: LogFolder, _ manifest: ManifestFold, logID: LogID?,
        buffer: LoadBuffer
    ) throws(SystemFailure) -> SegmentImage? {
        let (file, size) = try SegmentLoader.open(number.fileName, in: folder)
        defer { folder.disk.close(file) }
        var window = CleanScan(
            file, on: folder.disk, size: size, window: buffer.room(CleanScan.windowBytes))
        guard let block = window.firstBlock(), let own = SegmentHeader(block) else { return nil }
        let known = manifest.headers[number]
        guard own.major <= SegmentHeader.formatMajor, own == known ?? own,
            mismatch(own, known, number, logID) == nil,
            known != nil || number > manifest.lastNumber || !manifest.isWhole,
            block.isSame(as: own.block()), let scan = window.scan(own)
        else { return nil }
        return SegmentImage(
            number: number, header: own, state: .scanned(scan), fileBytes: UInt64(size))
    }

    /// Pure: what a file's bytes are, given what the manifest says of the segment.
    static func judge(
        _ file: LoadedView, _ number: SegmentNumber, _ manifest: ManifestFold, logID: LogID?,
        digests: Bool
    ) -> SegmentImage {
        let bytes = file.bytes
        let known = manifest.headers[number]
        let own = SegmentHeader(bytes) ?? SegmentHeader(bytes, at: SegmentHeader.copyOffset)
        var image = SegmentImage(number: number, header: known ?? own, state: .headerLost)
        image.fileBytes = UInt64(bytes.count)
        if manifest.quarantined[number] != nil { image.digest = ContentDigest.of(bytes) }
        guard let header = image.header else { return image }
        // What the file says of itself counts too: the manifest may be older than its rewriting.
        let major = max(header.major, own?.major ?? 0)
        if major > SegmentHeader.formatMajor {
            image.state = .tooNew(major)
        } else if let own, let reason = mismatch(own, known, number, logID) {
            image.state = .foreign(reason)
            let isKnown = manifest.headers[own.number] == own && own.number != number
            if isKnown, manifest.retired[own.number] == nil { image.belongsAs = own.number }
        } else if known == nil, number <= manifest.lastNumber, manifest.isWhole {
            image.state = .foreign("the manifest does not know it")
        } else {
            let block = bytes.slice(0..<min(bytes.count, SegmentHeader.blockBytes))
            image.blockDamaged = !block.isSame(as: header.block())
            let scan = SegmentScanner.scan(bytes, header: header, unreadable: file.unreadable)
            image.state = .scanned(scan)
            if digests, let seal = scan.seal, seal.bytes <= bytes.count {
                image.contentDigest = ContentDigest.of(bytes.slice(0..<Int(seal.bytes)))
            }
        }
        return image
    }

    private static func mismatch(
        _ own: SegmentHeader, _ known: SegmentHeader?, _ number: SegmentNumber, _ logID: LogID?
    ) -> String? {
        if let logID, own.logID != logID { return "it is of log \(own.logID)" }
        if own.number != number { return "its header says \(own.number)" }
        if let known, known.salt != own.salt {
            return "it is another incarnation than the manifest names"
        }
        return nil
    }
}
