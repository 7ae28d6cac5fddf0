// What a stream of bytes is, as far as the redactor cares.

/// What the bytes are. Every kind gets the same rules; two get an allowlist before them.
public enum ContentKind: String, Sendable, CaseIterable, Codable {
    /// Lines of a log, of any format.
    case log
    /// One document or one document a line; stays JSON.
    case json
    /// Settings, TOML, YAML or INI: keys that are not on the list lose their value.
    case config
    /// `NAME=value`, one a line or separated by NUL: names not on the list lose their value.
    case environment
    /// A file or folder name, or the target of a link.
    case fileName
    /// Anything else that is text.
    case text
}
