// Why something could not be redacted. Nothing of it has passed then.

import Support

/// What stopped a redaction. The bytes it was about must be left out.
public enum RedactionFailure: Failure, Equatable {
    /// The key of the aliases has too few bytes.
    case keyTooShort(bytes: Int)
    /// The bytes are no text this program can read; what they seem to be instead.
    case notText(String)
    /// More than this kind of content may have, in bytes.
    case tooLarge(bytes: Int, allowed: Int)
    /// The stream had failed or ended before.
    case streamEnded

    public var subject: String { "redaction" }

    public var reason: String {
        switch self {
        case .keyTooShort(let bytes):
            "the alias key has \(bytes) bytes instead of at least \(AliasKey.byteCountMin)"
        case .notText(let what): "the content is \(what), not text"
        case .tooLarge(let bytes, let allowed):
            "the content has \(bytes) bytes, more than the \(allowed) allowed for its kind"
        case .streamEnded: "the stream had already ended or failed"
        }
    }

    public var nextStep: String {
        switch self {
        case .keyTooShort: "make a new key"
        case .notText, .tooLarge: "leave it out and list it as omitted"
        case .streamEnded: "open a new stream"
        }
    }

    public var exitStatus: ExitStatus { .redactionFailed }
}
