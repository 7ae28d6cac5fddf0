// What can be wrong with the background process of a working copy.

import Diagnostics

/// The catalogue of bucket `agent`.
public enum AgentFinding: String, FindingKind {
    case down = "agent.down"
    case commandHang = "agent.command-hang"
    case foldersMoved = "agent.folders-moved"
    case versionSkew = "agent.version-skew"
    case runWithoutOwner = "agent.run-without-owner"
    case logBroken = "agent.log-broken"

    public static let bucket: Bucket = "agent"

    public var severity: Severity {
        switch self {
        case .down, .commandHang, .foldersMoved: .fail
        case .versionSkew, .runWithoutOwner, .logBroken: .warn
        }
    }

    public var fix: FixClass {
        switch self {
        case .versionSkew, .commandHang: .consent
        case .foldersMoved: .manual
        case .down, .runWithoutOwner, .logBroken: .safe
        }
    }

    public var meaning: String {
        switch self {
        case .down: "sync is on and its agent does not run"
        case .commandHang: "the agent lives and does not answer"
        case .foldersMoved: "the working copy or its state was moved away under the running agent"
        case .versionSkew: "the agent is of another release than this command"
        case .runWithoutOwner: "an agent that died left its run record, or what is left of one"
        case .logBroken: "the agent's log is gone, holds other text, or takes no more lines"
        }
    }

    public var impact: String {
        switch self {
        case .down: "saves are not pushed and nothing arrives until it runs again"
        case .commandHang: "commands wait in vain, and saves may not be pushed"
        case .foldersMoved: "what is saved here is not seen, or not kept where the next start looks"
        case .versionSkew: "what this command shows may not be what the agent does"
        case .logBroken: "what the agent does is recorded nowhere, and bundles lack it"
        case .runWithoutOwner: "none while sync is off, but the last end was not a clean one"
        }
    }

    public var nextStep: String {
        switch self {
        case .down: "run aura live sync enable"
        case .commandHang: "run aura doctor live --fix --yes agent.command-hang"
        case .foldersMoved: "run aura live sync disable, then enable"
        case .versionSkew: "run aura live sync disable, then enable"
        case .logBroken: "run aura live sync disable, then enable"
        case .runWithoutOwner: "run aura live sync enable, the record is then written anew"
        }
    }

    public var explains: [String] {
        switch self {
        // A start writes the record anew.
        case .down: ["agent.run-without-owner", "wal.backlog-offline", "wal.inbound-stalled"]
        case .commandHang: ["wal.inbound-stalled"]
        case .foldersMoved:
            [
                "agent.log-broken", "mothership.*", "presence.own-beat-late",
                "scanner.canary-dir-missing", "scanner.missed-change", "scanner.stalled",
                "scanner.watcher-deaf", "wal.backlog-offline", "wal.fsync-failed",
                "wal.inbound-stalled", "wal.queue-stalled",
            ]
        case .versionSkew, .runWithoutOwner, .logBroken: []
        }
    }
}
