// Words that are no secret wherever they stand behind a key: states, verdicts, and what says that
// nothing is there. And what names of things end with, whatever stands before.

extension KeyWords {
    /// Words that say how things stand; never a secret but for a password.
    static let status: Set<String> = [
        "ok", "failed", "failure", "none", "basic", "bearer", "expired", "expires", "refresh",
        "refreshed", "ready", "required", "missing", "valid", "invalid", "success", "denied",
        "pending", "unknown", "rejected", "accepted", "revoked", "is", "was", "not", "has",
        "found", "set", "unset", "empty", "active", "inactive", "closed", "open", "opened",
        "started", "ended", "paused", "off", "on", "present", "absent", "absend", "default",
        "error", "disabled", "enabled", "unchanged", "changed", "the", "a", "for", "in", "to",
        "and", "or", "of", "from", "with", "will", "could", "cannot", "must", "should", "no",
        "yes", "at", "by", "as", "run", "signed", "unsigned", "mismatch", "matches", "match",
        "wrong", "bad", "good", "new", "old", "renewed", "issued", "redeemed", "unauthorized",
        "digest", "negotiate", "token", "jwt", "anonymous", "public", "private", "rotated",
    ]
    /// What programs say of a value they do not show; nobody's password either.
    static let verdicts: Set<String> = [
        "required", "missing", "unset", "expired", "mismatch", "mismatched", "optional",
        "incorrect", "undeclared", "unexpected", "expected", "string", "verified", "unverified",
        "revoked", "valid", "invalid", "unreachable", "delivered", "configured",
    ]
    /// Never a secret at all.
    static let empty: Set<String> = [
        "true", "false", "null", "nil", "none", "undefined", "yes", "no", "redacted", "masked",
        "hidden", "removed", "filtered", "omitted", "nan", "some", "optional", "scrubbed", "amd64",
        "arm64", "ed25519", "x25519", "ecdsa", "curve25519", "secp256k1", "i386", "x86_64",
        "aarch64", "0x0", "argon2id", "argon2i", "argon2", "bcrypt", "scrypt", "pbkdf2",
    ]

    /// `live.device_id`, `eth0_mac`: what the last words say, whatever the thing belongs to.
    /// `auth.username`, `session_host`: a word with other uses belongs to the thing that the last one names;
    /// and a `pin` that is no contact of a chip is a secret.
    static func thingOf(_ words: [String], _ last: String, _ named: KeyKind) -> KeyKind {
        guard case .weak(let mask) = named, words.count > 1 else { return named }
        let kind = thingsKind(words)
        guard kind == .none else { return kind }
        switch last {
        case "user", "username": return .user
        case "host", "hostname": return .host
        case "salt": return .strong(mask)
        case "pin" where !contacts.contains(words[words.count - 2]): return .strong(mask)
        default: return named
        }
    }

    private static let contacts: Set<String> = [
        "gpio", "led", "data", "clock", "clk", "reset", "rst", "tx", "rx", "sda", "scl", "irq",
        "cs", "mosi",
        "miso", "input", "output", "in", "out", "power", "button", "relay", "pwm", "analog",
        "digital", "cpu",
        "version",
    ]

    static func thingsKind(_ words: [String]) -> KeyKind {
        guard words.count > 1, let last = words.last else { return .none }
        switch words[words.count - 2] + last {
        case "deviceid", "machineid", "peerid": return .device
        case "actorname", "username", "ownername", "loginname": return .user
        default: return ["mac", "hwaddr", "macaddr"].contains(last) ? .hardware : .none
        }
    }
}
