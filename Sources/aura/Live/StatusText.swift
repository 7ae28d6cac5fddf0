// The text forms of a status snapshot.

import Foundation
import LiveSync
import Support

enum StatusText {
    static func overview(_ status: LiveStatus) -> [String] {
        var lines = [state(of: status)]
        if status.source == .files {
            lines.append("  agent:       not running (read from the files it left)")
        }
        lines.append("  mothership:  \(status.link.state.rawValue) (\(status.endpoint))")
        lines.append("  branch:      \(status.branch)")
        lines.append("  last push:   \(movement(status.lastPush, at: status.takenAt))")
        lines.append("  last pull:   \(movement(status.lastPull, at: status.takenAt))")
        lines.append(
            "  queue:       pending out \(status.wal.pendingOut), pending in \(status.wal.pendingIn)"
        )
        let open = status.conflicts.count
        if open > 0 { lines.append("  conflicts:   \(open) unresolved (aura live conflicts list)") }
        return lines
    }

    /// The watch view: the state, the queues, and what happened last.
    static func watch(_ status: LiveStatus, _ recent: [TailRow]) -> [String] {
        let megabytes = String(format: "%.1f", Double(status.wal.bytes) / 1_000_000)
        return overview(status) + [
            "  peers:       \(status.link.peers)",
            "  wal:         \(status.wal.records) records, \(megabytes) MB",
        ]
            + recent.compactMap { row in
                let arrow =
                    row.type.hasPrefix("OUTBOUND")
                    ? "->" : row.type.hasPrefix("INBOUND") ? "<-" : nil
                return arrow.map { "    \($0) \(row.function)  \(row.type)  \(row.hash)" }
            }
    }

    static func mothership(_ status: LiveStatus) -> [String] {
        let link = status.link
        let seen = link.lastSeen.map { "\(status.takenAt.since($0).briefAge) ago" } ?? "never"
        let next: String
        switch (link.state, link.nextTryIn) {
        case (.online, _), (.degraded, _): next = ""
        case (.offline, let wait?): next = " (next in \(wait.brief), backoff exponential)"
        case (.offline, nil): next = " (no try scheduled, backoff exponential)"
        }
        return [
            "  mothership:  \(link.state.rawValue)",
            "  last seen:   \(seen)",
            "  endpoint:    \(status.endpoint)",
            "  retries:     \(link.retries)\(next)",
            "  queued:      \(status.wal.pendingOut) outbound pushes waiting",
        ]
    }

    private static func state(of status: LiveStatus) -> String {
        switch (status.enabled, status.lifecycle) {
        case (false, _): "disabled"
        case (true, .paused): "enabled, PAUSED: \(status.causes.joined(separator: ", "))"
        case (true, _): "enabled"
        }
    }

    private static func movement(_ movement: LiveStatus.Movement?, at now: Timestamp) -> String {
        guard let movement else { return "never" }
        return "\(now.since(movement.at).briefAge) ago (\(movement.count) functions)"
    }
}
