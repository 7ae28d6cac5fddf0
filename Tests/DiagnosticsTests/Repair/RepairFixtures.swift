// A shelf in a folder of its own, for one test.

import Diagnostics
import Foundation
import Glibc
import RepairFixture
import Support
import Synchronization

/// A shelf that goes away with the test.
final class ShelfRoom {
    let shelf: Shelf
    let clock: SteppedClock
    let ground: ShelfGround

    init(canBeCopied: Bool = true) throws {
        let root = "/tmp/aura-shelf-\(getpid())-\(UInt64.random(in: .min ... .max))"
        shelf = Shelf(root: root)
        try FileAccess.makeFolder(root)
        try shelf.make()
        clock = SteppedClock()
        ground = ShelfGround(shelf, clock: clock, canBeCopied: canBeCopied)
    }

    deinit {
        // Nothing that a test could do about it.
        try? FileManager.default.removeItem(atPath: shelf.root)
    }

    var engine: RepairEngine<ShelfGround> { ground.engine() }

    /// Everything below the shelf but what the engine keeps for itself: names, modes and bytes.
    func picture() throws -> [String] { try Self.picture(of: shelf) }

    static func picture(of shelf: Shelf) throws -> [String] {
        var lines = FileAccess.exists(shelf.awake) ? ["awake"] : []
        for name in try FileAccess.names(in: shelf.jars) {
            var status = stat()
            stat(shelf.jar(name), &status)
            lines.append("\(name) \(status.st_mode) \(try shelf.text(of: name))")
        }
        return lines
    }
}

/// The machine's clock, set forward by hand.
final class SteppedClock: Clock {
    private let offset = Atomic(Duration.zero)
    private let system = SystemClock()

    var now: Timestamp { system.now + offset.value }
    var uptime: Duration { system.uptime + offset.value }

    func advance(by duration: Duration) { offset.add(duration) }
}

private final class Atomic: Sendable {
    private let held: Mutex<Duration>

    init(_ value: Duration) { held = Mutex(value) }

    var value: Duration { held.withLock { $0 } }
    func add(_ duration: Duration) { held.withLock { $0 += duration } }
}

extension Plan {
    /// Why a code is left alone.
    func refusal(of code: String) -> NotAddressed.Reason? {
        notAddressed.first { $0.code == code }?.because
    }
}
