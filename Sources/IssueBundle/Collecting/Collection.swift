// Brings every source into the spool, scrubbed. What cannot be read or scrubbed is left out and
// listed; nothing is passed on as it was.

import Glibc
import Redaction
import Support

/// A member that the program makes itself.
struct OwnMember: Sendable {
    let path: String
    let bytes: [UInt8]
    let kind: ContentKind
    let source: String
}

/// The members of a bundle as they come together.
final class Collection {
    /// Of one file the newest part is read, at most this much.
    static let fileBytesMax = 256 << 20
    /// Of all files together.
    static let bytesMax = 1 << 30

    let redactor: Redactor
    /// For what holds the bundle together, its own names and lists: never strict, because a reader
    /// must find them.
    private let structure: Redactor
    let spool: Spool
    let gate: CallGate
    private let watch: BundleWatch
    let feed: FileFeed
    let workers: Int
    let time: Timestamp
    let since: Timestamp?
    private(set) var entries: [Entry] = []
    private(set) var omissions: [Omission]
    private(set) var report = RedactionReport()
    /// What was taken out of the evidence itself, the planted canaries left aside.
    private(set) var ownReport = RedactionReport()
    private var names: Set<[UInt8]> = []
    /// Folders that the names of members lie in.
    private var folders: Set<[UInt8]> = []
    /// Members of the program's own for which there is time while others are collected.
    private var waiting: [OwnMember] = []

    /// - Parameter workers: files that are scrubbed at the same time. It does not show in what
    ///   comes out.
    init(
        _ request: BundleRequest, _ redactor: Redactor, structure: Redactor, _ spool: Spool,
        _ gate: CallGate, _ watch: BundleWatch, workers: Int
    ) {
        self.redactor = redactor
        self.structure = structure
        self.spool = spool
        self.gate = gate
        self.watch = watch
        self.workers = workers
        omissions = request.missing
        time = request.time
        since = request.since
        feed = FileFeed(since: request.since, gate: gate, watch: watch)
    }

    /// What the next file may have at most.
    var room: Int { min(Self.fileBytesMax, Self.bytesMax - feed.bytesRead) }

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
                path, as: kind, keeping: true, with: isStructure ? structure : redactor,
                isStructure: isStructure)
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

    /// Adds a member beside the next that are collected; without it there is no bundle.
    func require(alongside member: OwnMember) { waiting.append(member) }

    /// The members that wait; none do any more.
    func takeWaiting() -> [OwnMember] {
        defer { waiting = [] }
        return waiting
    }

    /// Takes a member back, so that it can be made again.
    func drop(_ path: String) {
        for entry in entries where entry.path == path { names.remove(entry.name.bytes) }
        entries.removeAll { $0.path == path }
    }

    func note(_ omission: Omission) { omissions.append(omission) }

    /// Notes what of a file is not in, though it is.
    func note(_ change: Omission.Reason?, older: Int, of path: String) {
        if let change { note(Omission(path, change)) }
        if older > 0 { note(Omission(path, .older, bytes: older)) }
    }

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
        var rest = walk.files.sorted { $0.modifiedAt > $1.modifiedAt }[...]
        while let first = rest.first {
            let group = try filesThatFit(of: rest)
            if group.count > 1 {
                try collect(together: group, for: source)
            } else {
                try collect(first, for: source)
            }
            rest = rest.dropFirst(max(1, group.count))
        }
    }

    private func collect(_ file: CollectedFile, for source: BundleSource) throws(BundleFailure) {
        let path = source.memberName(file.name)
        if let since, file.modifiedAt < since {
            omissions.append(Omission(path, .older, bytes: file.bytes))
            return
        }
        let room = room
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
            try feed.copy(file, from: start, room: room, to: open, isDated: source.isDated)
            let change = try feed.change(of: file)
            try close(open, source.label, file.modifiedAt, source.isDated)
            note(change, older: open.olderBytes, of: path)
        } catch {
            try writer?.discard()
            switch error {
            case .fatal(let failure): throw failure
            case .left(let reason, let detail):
                omissions.append(Omission(path, reason, detail: detail, bytes: file.bytes))
            }
        }
    }

    // MARK: Members

    private func open(
        _ path: String, as kind: ContentKind, keeping: Bool = false, with redactor: Redactor,
        named foreign: String = "", isStructure: Bool = false
    ) throws(MemberStop) -> MemberWriter {
        MemberWriter(
            path, name: try scrubbedName(path, foreign), as: kind, redactor, spool, gate,
            keeping: keeping, isStructure: isStructure)
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
        try take(entry, writer.report)
    }

    /// Takes a member that is in the spool, whole. Two names that look alike once they are scrubbed
    /// get a number, and so does that of a file which is now the name of another's folder: nobody could
    /// unpack both.
    func take(_ entry: Entry, _ counts: RedactionReport) throws(MemberStop) {
        var (entry, counts) = (entry, counts)
        entry.name = try free(entry.name)
        let above = Self.folders(of: entry.name.bytes)
        for folder in above where names.contains(folder) {
            guard let file = entries.firstIndex(where: { $0.name.bytes == folder }) else {
                continue
            }
            entries[file].name = try free(entries[file].name)
            names.remove(folder)
            names.insert(entries[file].name.bytes)
        }
        folders.formUnion(above)
        counts.add(entry.name.report)
        names.insert(entry.name.bytes)
        entries.append(entry)
        report.add(counts)
        if entry.source != BundleMaker.proofFolder { ownReport.add(counts) }
    }

    /// The name, with a number if another member has it.
    private func free(_ name: Redacted) throws(MemberStop) -> Redacted {
        var (result, number) = (name, 2)
        while names.contains(result.bytes) || folders.contains(result.bytes) {
            do throws(RedactionFailure) {
                let suffix = try structure.redact(Array("~\(number)".utf8), as: .fileName)
                result = name
                result.append(suffix)
            } catch { throw MemberStop(error) }
            number += 1
        }
        return result
    }

    /// `a` and `a/b` of `a/b/c`.
    private static func folders(of name: [UInt8]) -> [[UInt8]] {
        name.indices.filter { name[$0] == UInt8(ascii: "/") }.map { Array(name[..<$0]) }
    }

    /// - Parameter foreign: the end of the path that somebody else chose.
    func scrubbedName(_ path: String, _ foreign: String) throws(MemberStop) -> Redacted {
        let name: Redacted
        do throws(RedactionFailure) {
            let (plain, theirs) = (NameText.printable(path), NameText.printable(foreign))
            let own = plain.utf8.dropLast(theirs.utf8.count)
            var parts = try structure.redact(Array(own), as: .fileName)
            if !theirs.isEmpty {
                parts.append(try redactor.redact(Array(theirs.utf8), as: .fileName))
            }
            name = parts
        } catch { throw MemberStop(error) }
        // Readers take no longer one; some bytes stay for a number.
        guard name.bytes.count <= ArchiveLimits.own.nameBytesMax - 8 else {
            throw .left(.longName, detail: nil)
        }
        return name
    }
}
