// What can be wrong with the background process of a working copy.

import Diagnostics

/// The catalogue of bucket `agent`.
public enum AgentFinding: String, FindingKind {
    case down = "agent.down"
    case commandHang = "agent.command-hang"

    public static let bucket: Bucket = "agent"

    public var severity: Severity { .fail }
    public var fix: FixClass { .safe }

    public var meaning: String {
        switch self {
        case .down: "sync is on and its agent does not run"
        case .commandHang: "the agent lives and does not answer"
        }
    }

    public var impact: String {
        switch self {
        case .down: "saves are not pushed and nothing arrives until it runs again"
        case .commandHang: "commands wait in vain, and saves may not be pushed"
        }
    }

    public var nextStep: String {
        switch self {
        case .down: "run aura live sync enable"
        case .commandHang: "end that process by its pid, then run aura live sync enable"
        }
    }

    public var explains: [String] {
        switch self {
        case .down: ["wal.backlog-offline", "wal.inbound-stalled"]
        case .commandHang: ["wal.inbound-stalled"]
        }
    }
}
