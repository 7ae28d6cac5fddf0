// What can be wrong with how a peer and its Mothership prove who they are, and keep it to themselves.

import Diagnostics

/// The catalogue of bucket `auth`.
public enum AuthFinding: String, FindingKind {
    case cleartextLink = "auth.cleartext-link"

    public static let bucket: Bucket = "auth"

    public var severity: Severity { .warn }
    public var fix: FixClass { .manual }
    public var meaning: String { "source text leaves this machine unencrypted" }
    public var impact: String { "whoever sits on the way can read every change and the token" }
    public var nextStep: String { "set [live].mothership to a wss:// address, or use a tunnel" }
}
