// The digest of a segment's bytes, computed beside the writer: hashing is slower than the disk, so it
// must not stand between one group and the next.

import Dispatch
import Support
import Synchronization

final class BackgroundDigest: Sendable {
    /// Smaller pieces wait for company: waking a thread costs as much as hashing 16 KiB.
    private static let pieceBytes = 64 << 10

    private struct Waiting: Sendable {
        var pieces: [[UInt8]] = []
        var bytes = 0
    }

    private let queue = DispatchQueue(label: "wal-digest")
    private let hasher = Mutex(ContentHasher())
    private let waiting = Mutex(Waiting())

    func update(_ bytes: [UInt8]) {
        let isEnough = waiting.withLock { waiting in
            waiting.pieces.append(bytes)
            waiting.bytes += bytes.count
            return waiting.bytes >= Self.pieceBytes
        }
        if isEnough { queue.async { self.work() } }
    }

    private func work() {
        let pieces = waiting.withLock { waiting in
            defer { waiting = Waiting() }
            return waiting.pieces
        }
        hasher.withLock { hasher in
            for piece in pieces { piece.withUnsafeBytes { hasher.update(raw: $0) } }
        }
    }

    /// The digest of everything so far; waits for the rest of the work.
    func finish() -> ContentDigest {
        queue.sync { self.work() }
        return hasher.withLock { $0.finish() }
    }
}
