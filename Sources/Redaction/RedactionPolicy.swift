// How a redactor is to behave: with which key, how strictly, with which rules.

/// The key of the aliases. Equal keys and inputs give equal bytes; the key never leaves the machine.
///
/// An alias of an address made without a key is undone in seconds: there are only 2^32 of them.
public struct AliasKey: Sendable, Equatable {
    /// Shorter keys could be guessed.
    public static let byteCountMin = 16

    let bytes: [UInt8]

    /// - Throws: ``RedactionFailure/keyTooShort(bytes:)`` below ``byteCountMin``.
    public init(bytes: [UInt8]) throws(RedactionFailure) {
        guard bytes.count >= Self.byteCountMin else {
            throw .keyTooShort(bytes: bytes.count)
        }
        self.bytes = bytes
    }
}

/// How a redactor behaves.
public struct RedactionPolicy: Sendable {
    public var key: AliasKey
    /// Also hides paths and the names of functions, branches and repositories.
    public var strict: Bool
    /// Rules that are off. Only for proving that a proof would see it: a bundle is never written so.
    public var disabledRules: Set<RedactionRule>
    /// Names of settings, lower case, that keep their value beside ``knownSettings``: those of
    /// thresholds, for instance. Their values go through all other rules.
    public var keptSettings: Set<String>

    public init(
        key: AliasKey, strict: Bool = false, keptSettings: Set<String> = [],
        disabledRules: Set<RedactionRule> = []
    ) {
        self.key = key
        self.strict = strict
        self.keptSettings = keptSettings
        self.disabledRules = disabledRules
    }

    /// Settings of a peer and of a Mothership that hold no secret.
    public static let knownSettings: Set<String> = [
        "mothership", "room", "branch_policy", "include", "exclude", "whole_files",
        "verbose_logs", "log_level", "retain_log_days", "tick_ms", "full_every",
        "segment_bytes", "fsync", "heartbeat_s", "window_s", "ping_s", "bind", "port", "listen",
        "public_url", "tls", "enabled",
    ]

    func keepsSetting(_ name: String) -> Bool {
        Self.knownSettings.contains(name) || keptSettings.contains(name)
    }
}
