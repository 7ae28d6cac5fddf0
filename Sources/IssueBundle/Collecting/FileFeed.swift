// From a file into a member: what is read of it, as far as it was there when it was opened.

import Redaction
import Support
import Synchronization

/// Reads files for members. Several at a time may be read by one.
final class FileFeed: Sendable {
    private static let chunkBytes = 256 << 10

    private let since: Timestamp?
    private let gate: CallGate
    private let watch: BundleWatch
    private let progress = Mutex(Progress())

    private struct Progress {
        var bytesRead = 0
        /// Nothing more is wanted: elsewhere something failed.
        var isOver = false
    }

    init(since: Timestamp?, gate: CallGate, watch: BundleWatch) {
        self.since = since
        self.gate = gate
        self.watch = watch
    }

    /// Of all files so far, unpacked.
    var bytesRead: Int { progress.withLock { $0.bytesRead } }

    /// Ends what is being read.
    func end() { progress.withLock { $0.isOver = true } }

    var isOver: Bool { progress.withLock { $0.isOver } }

    /// What happened to the file since it was opened; nil when it is as it was.
    func change(of file: CollectedFile) throws(MemberStop) -> Omission.Reason? {
        do throws(SystemFailure) { return try file.change(gate) } catch {
            throw .left(.unreadable, detail: error.reason)
        }
    }

    /// Whether the file is packed, and its size says nothing.
    func isPacked(_ file: CollectedFile) throws(MemberStop) -> Bool {
        try read(file, at: 0, count: 2).starts(with: ContentSniff.gzip)
    }

    /// Calls `take` with the pieces of a file from a place on, as long as it returns true.
    func pieces(
        of file: CollectedFile, from start: Int,
        _ take: ([UInt8]) throws(MemberStop) -> Bool
    ) throws(MemberStop) {
        var at = start
        while at < file.bytes, !isOver {
            do throws(BundleFailure) { try watch.check() } catch { throw .fatal(error) }
            let piece = try read(file, at: at, count: min(Self.chunkBytes, file.bytes - at))
            // The file became shorter: what was there is in, and the change is listed.
            if piece.isEmpty { break }
            at += piece.count
            guard try take(piece) else { break }
        }
    }

    /// Feeds a file from a place on; a beginning that is cut is cut at a line's end.
    ///
    /// - Parameter room: the most that a packed file may hold.
    func copy(
        _ file: CollectedFile, from start: Int, room: Int, to writer: MemberWriter, isDated: Bool
    ) throws(MemberStop) {
        let head = try read(file, at: 0, count: min(file.bytes, ContentSniff.bytesMax))
        try writer.require(room: file.bytes - start)
        if head.starts(with: ContentSniff.gzip) {
            return try unpack(file, room: room, to: writer, isDated)
        }
        if let reason = ContentSniff.refusal(head) { throw .left(reason, detail: nil) }
        var window = LineWindow(since: isDated ? since : nil)
        var isCut = start > 0
        try pieces(of: file, from: start) { (piece) throws(MemberStop) in
            count(piece)
            var piece = piece
            if isCut {
                guard let newline = piece.firstIndex(of: 0x0A) else { return true }
                piece.removeFirst(newline + 1)
                isCut = false
            }
            try writer.feed(window.take(piece))
            return true
        }
        try writer.feed(window.finish())
        writer.olderBytes = window.droppedBytes
    }

    /// Feeds what a packed log holds.
    private func unpack(
        _ file: CollectedFile, room: Int, to writer: MemberWriter, _ isDated: Bool
    ) throws(MemberStop) {
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
            count(piece)
            try writer.feed(window.take(piece))
        }
        try writer.feed(window.finish())
        writer.olderBytes = window.droppedBytes
    }

    /// Under the lock: whoever watches is told of rising numbers, one after the other.
    private func count(_ piece: [UInt8]) {
        progress.withLock {
            $0.bytesRead += piece.count
            watch.progress(
                BundleProgress(stage: .collecting, bytes: $0.bytesRead, total: nil))
        }
    }

    private func read(
        _ file: CollectedFile, at offset: Int, count: Int
    ) throws(MemberStop) -> [UInt8] {
        do throws(SystemFailure) {
            return try gate.read(file.descriptor, at: offset, count: count, path: file.name)
        } catch { throw .left(.unreadable, detail: error.reason) }
    }
}
