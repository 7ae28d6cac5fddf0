// What can be wrong with how a peer and its Mothership prove who they are, and keep it to themselves.

import Diagnostics

/// The catalogue of bucket `auth`.
public enum AuthFinding: String, FindingKind {
    case identityMissing = "auth.identity-missing"
    case tokenInvalid = "auth.token-invalid"
    case keyModes = "auth.key-modes"
    case cleartextLink = "auth.cleartext-link"

    public static let bucket: Bucket = "auth"

    public var severity: Severity {
        switch self {
        case .identityMissing, .tokenInvalid: .fail
        case .keyModes, .cleartextLink: .warn
        }
    }

    public var fix: FixClass {
        switch self {
        case .identityMissing, .cleartextLink: .manual
        case .tokenInvalid: .consent
        case .keyModes: .safe
        }
    }

    public var meaning: String {
        switch self {
        case .identityMissing: "what says which device this is, or proves it, is gone or damaged"
        case .tokenInvalid: "the file with the token of this working copy holds no token"
        case .keyModes: "other users of this machine can read keys or tokens"
        case .cleartextLink: "source text leaves this machine unencrypted"
        }
    }

    public var impact: String {
        switch self {
        case .identityMissing: "an agent that runs goes on, and once it ends none starts here again"
        case .tokenInvalid: "no new connection to the mothership is let in"
        case .keyModes: "they can speak for this device, and no agent starts with such a key"
        case .cleartextLink: "whoever sits on the way can read every change and the token"
        }
    }

    public var nextStep: String {
        switch self {
        case .identityMissing: "put it back from a copy, or run aura init --new-device"
        case .tokenInvalid: "run aura live auth refresh"
        case .keyModes: "run chmod go-rwx on it, or aura doctor live --fix"
        case .cleartextLink: "set [live].mothership to a wss:// address, or use a tunnel"
        }
    }

    public var explains: [String] {
        switch self {
        case .identityMissing: ["agent.down", "config.sync-disabled"]
        case .tokenInvalid, .keyModes: ["agent.down"]
        case .cleartextLink: []
        }
    }
}
