// Two people who work while their Mothership is away, and meet when it is back.

import LiveSync
import Support

extension Stage {
    /// Both sides change something while the Mothership is gone.
    public func meetOffline(
        _ change: (_ ada: SandboxPeer, _ ben: SandboxPeer) throws -> Void
    ) throws {
        let ben = try partner()
        try sandbox.killMothership()
        for peer in peers { try peer.wait(for: "offline") { $0.link.state == .offline } }
        try change(ada, ben)
        for peer in peers { try peer.wait(for: "a queue") { $0.wal.pendingOut == 1 } }
        try sandbox.startMothership()
        try flush()
    }

    /// The peer that came later and now holds this many conflicts.
    public func loser(count: Int) throws -> SandboxPeer {
        var found: SandboxPeer?
        try Waiting.until("\(count) conflicts") {
            found = try peers.first { try $0.status().conflicts.count == count }
            return found != nil
        }
        guard let found else {
            throw PlainFailure("conflicts", "are nobody's", nextStep: "see both statuses")
        }
        return found
    }

    /// Both sides change one text while the Mothership is gone; returns the side that came later
    /// and holds the conflict.
    public func collide(
        _ path: String, _ old: String, ada adas: String, ben bens: String
    ) throws -> SandboxPeer {
        try meetOffline { ada, ben in
            try ada.edit(path, old, adas)
            try ben.edit(path, old, bens)
        }
        return try loser(count: 1)
    }
}
