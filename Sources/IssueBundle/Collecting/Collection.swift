// Brings every source into the spool, scrubbed. What cannot be read or scrubbed is left out and
// listed; nothing is passed on as it was.

import Glibc
import Redaction
import Support

/// The members of a bundle as they come together.
final class Collection {
    /// Of one file the newest part is read, at most this much.
    static let fileBytesMax = 256 << 20
    /// Of all files together.
    static let bytesMax = 1 << 30
    private static let chunkBytes = 256 << 10

    private let redactor: Redactor
    /// For what holds the bundle together, its own names and lists: never strict, because a reader
    /// must find them.
    private let structure: Redactor
    private let spool: Spool
    private let gate: CallGate
    private let watch: BundleWatch
    private let time: Timestamp
    private let since: Timestamp?
    private(set) var entries: [Entry] = []
    private(set) var omissions: [Omission] = []
    private(set) var report = RedactionReport()
    /// What was taken out of the evidence itself, the planted canaries left aside.
    private(set) var ownReport = RedactionReport()
    private var names: Set<[UInt8]> = []
    private var bytesRead = 0

    init(
        _ request: BundleRequest, _ redactor: Redactor, structure: Redactor, _ spool: Spool,
        _ gate: CallGate, _ watch: BundleWatch
    ) {
        self.redactor = redactor
        self.structure = structure
        self.spool = spool
        self.gate = gate
        self.watch = watch
        time = request.time
        since = request.since
    }

    // MARK: What the program makes itself

    /// Adds one member; without it there is no bundle.
    ///
    /// - Returns: its scrubbed bytes.
    @discardableResult
    func require(
        _ path: String, _ bytes: [UInt8], as kind: ContentKind, source: String = "top",
        isStructure: Bool = false
    ) throws(BundleFailure) -> [UInt8] {
        do throws(MemberStop) {
            let writer = try open(
                path, as: kind, keeping: true, with: isStructure ? structure : redactor)
            try writer.feed(bytes)
            try close(writer, source: source, modifiedAt: time, isDated: false)
            return writer.kept ?? []
        } catch {
            switch error {
            case .fatal(let failure): throw failure
            case .left(_, let detail):
                throw .notScrubbed(member: path, why: detail ?? "no reason given")
            }
        }
    }

    /// Takes a member back, so that it can be made again.
    func drop(_ path: String) {
        for entry in entries where entry.path == path { names.remove(entry.name.bytes) }
        entries.removeAll { $0.path == path }
    }

    func note(_ omission: Omission) { omissions.append(omission) }

    // MARK: Sources

    func collect(_ source: BundleSource) throws(BundleFailure) {
        switch source.content {
        case .folder(let folder): try collect(folder, named: nil, for: source)
        case .files(let folder, let names): try collect(folder, named: names, for: source)
        case .made(let make): try collect(make, for: source)
        }
    }

    private func collect(
        _ make: (BundleSource.Emit) throws -> Void, for source: BundleSource
    ) throws(BundleFailure) {
        var writer: MemberWriter?
        do {
            try make { part, piece in
                try watch.check()
                let path = source.memberName(part)
                if let open = writer, open.path != path {
                    writer = nil
                    try close(open, source.label, time, source.isDated)
                }
                let open = try writer ?? self.open(path, as: source.kind, with: redactor)
                writer = open
                try open.feed(piece)
            }
            if let writer { try close(writer, source.label, time, source.isDated) }
        } catch let failure as BundleFailure {
            throw failure
        } catch MemberStop.fatal(let failure) {
            throw failure
        } catch {
            try writer?.discard()
            let path = writer?.path ?? source.memberName("*")
            var reason = Omission.Reason.notMade
            var detail = (error as? any Failure)?.reason ?? "\(error)"
            if case .left(let own, let why)? = error as? MemberStop {
                (reason, detail) = (own, why ?? own.rawValue)
            }
            if source.isRequired { throw .notCollected(member: path, why: detail) }
            omissions.append(Omission(path, reason, detail: detail))
        }
    }

    private func collect(
        _ folder: String, named names: Set<String>?, for source: BundleSource
    ) throws(BundleFailure) {
        let walk: FolderWalk
        do throws(SystemFailure) { walk = try FolderWalk(folder, named: names, gate: gate) } catch {
            let reason: Omission.Reason = error.code == ENOENT ? .absent : .unreadable
            omissions.append(Omission(source.memberName("*"), reason, detail: error.reason))
            return
        }
        for omission in walk.omissions {
            var omission = omission
            omission.member = source.memberName(omission.member)
            omissions.append(omission)
        }
        // The newest first: they have the best claim on the room there is.
        for file in walk.files.sorted(by: { $0.modifiedAt > $1.modifiedAt }) {
            try collect(file, for: source)
        }
    }

    private func collect(_ file: CollectedFile, for source: BundleSource) throws(BundleFailure) {
        let path = source.memberName(file.name)
        if let since, file.modifiedAt < since {
            omissions.append(Omission(path, .older, bytes: file.bytes))
            return
        }
        let room = min(Self.fileBytesMax, Self.bytesMax - bytesRead)
        guard room > 0 else {
            omissions.append(Omission(path, .tooLarge, bytes: file.bytes))
            return
        }
        var writer: MemberWriter?
        do throws(MemberStop) {
            let start = max(0, file.bytes - room)
            if start > 0 { omissions.append(Omission(path, .tooLarge, bytes: start)) }
            let open = try open(path, as: source.kind, with: redactor, named: file.name)
            writer = open
            try copy(file, from: start, to: open, isDated: source.isDated)
            let change = try settled(file)
            try close(open, source.label, file.modifiedAt, source.isDated)
            if let change { omissions.append(Omission(path, change)) }
        } catch {
            try writer?.discard()
            switch error {
            case .fatal(let failure): throw failure
            case .left(let reason, let detail):
                omissions.append(Omission(path, reason, detail: detail, bytes: file.bytes))
            }
        }
    }

    private func settled(_ file: CollectedFile) throws(MemberStop) -> Omission.Reason? {
        do throws(SystemFailure) { return try file.change(gate) } catch {
            throw .left(.unreadable, detail: error.reason)
        }
    }

    /// Feeds a file from a place on; a beginning that is cut is cut at a line's end.
    private func copy(
        _ file: CollectedFile, from start: Int, to writer: MemberWriter, isDated: Bool
    ) throws(MemberStop) {
        let head = try read(file, at: 0, count: min(file.bytes, ContentSniff.bytesMax))
        do throws(SystemFailure) { try spool.require(room: file.bytes - start) } catch {
            throw MemberStop(spool: error)
        }
        if head.starts(with: ContentSniff.gzip) { return try unpack(file, to: writer, isDated) }
        if let reason = ContentSniff.refusal(head) { throw .left(reason, detail: nil) }
        var window = LineWindow(since: isDated ? since : nil)
        var isCut = start > 0
        var at = start
        while at < file.bytes {
            do throws(BundleFailure) { try watch.check() } catch { throw .fatal(error) }
            var piece = try read(file, at: at, count: min(Self.chunkBytes, file.bytes - at))
            // The file became shorter: what was there is in, and the change is listed.
            if piece.isEmpty { break }
            at += piece.count
            bytesRead += piece.count
            if isCut {
                guard let newline = piece.firstIndex(of: 0x0A) else { continue }
                piece.removeFirst(newline + 1)
                isCut = false
            }
            try writer.feed(window.take(piece))
            watch.progress(BundleProgress(stage: .collecting, bytes: bytesRead, total: nil))
        }
        try writer.feed(window.finish())
    }

    /// Feeds what a packed log holds.
    private func unpack(
        _ file: CollectedFile, to writer: MemberWriter, _ isDated: Bool
    ) throws(MemberStop) {
        let room = min(Self.fileBytesMax, Self.bytesMax - bytesRead)
        let packed = try PackedFile(file, bytesMax: room, gate: gate)
        var window = LineWindow(since: isDated ? since : nil)
        var isFirst = true
        while true {
            do throws(BundleFailure) { try watch.check() } catch { throw .fatal(error) }
            let piece = try packed.read(Self.chunkBytes)
            if isFirst,
                let reason = ContentSniff.refusal(Array(piece.prefix(ContentSniff.bytesMax)))
            {
                throw .left(reason, detail: "inside of a packed file")
            }
            isFirst = false
            if piece.isEmpty { break }
            bytesRead += piece.count
            try writer.feed(window.take(piece))
            watch.progress(BundleProgress(stage: .collecting, bytes: bytesRead, total: nil))
        }
        try writer.feed(window.finish())
    }

    private func read(
        _ file: CollectedFile, at offset: Int, count: Int
    ) throws(MemberStop) -> [UInt8] {
        do throws(SystemFailure) {
            return try gate.read(file.descriptor, at: offset, count: count, path: file.name)
        } catch { throw .left(.unreadable, detail: error.reason) }
    }

    // MARK: Members

    private func open(
        _ path: String, as kind: ContentKind, keeping: Bool = false, with redactor: Redactor,
        named foreign: String = ""
    ) throws(MemberStop) -> MemberWriter {
        MemberWriter(
            path, name: try scrubbedName(path, foreign), as: kind, redactor, spool, gate,
            keeping: keeping)
    }

    private func close(
        _ writer: MemberWriter, _ source: String, _ modifiedAt: Timestamp, _ isDated: Bool
    ) throws(MemberStop) {
        try close(writer, source: source, modifiedAt: modifiedAt, isDated: isDated)
    }

    private func close(
        _ writer: MemberWriter, source: String, modifiedAt: Timestamp, isDated: Bool
    ) throws(MemberStop) {
        let entry = try writer.finish(source: source, modifiedAt: modifiedAt, isDated: isDated)
        names.insert(entry.name.bytes)
        entries.append(entry)
        report.add(writer.report)
        if source != BundleMaker.proofFolder { ownReport.add(writer.report) }
    }

    /// Two names that look alike once they are scrubbed get a number.
    ///
    /// - Parameter foreign: the end of the path that somebody else chose.
    private func scrubbedName(
        _ path: String, _ foreign: String
    ) throws(MemberStop) -> Redacted {
        do throws(RedactionFailure) {
            let (plain, theirs) = (NameText.printable(path), NameText.printable(foreign))
            let own = plain.utf8.dropLast(theirs.utf8.count)
            var name = try structure.redact(Array(own), as: .fileName)
            if !theirs.isEmpty {
                name.append(try redactor.redact(Array(theirs.utf8), as: .fileName))
            }
            var candidate = name
            var number = 2
            while names.contains(candidate.bytes) {
                candidate = name
                candidate.append(try structure.redact(Array("~\(number)".utf8), as: .fileName))
                number += 1
            }
            return candidate
        } catch { throw MemberStop(error) }
    }
}
