// The front: takes bytes, gives bytes that are safe to publish.

/// Takes secrets and identities out of text.
///
/// One redactor serves a whole bundle, so that a host has the same alias in every file. It can be
/// shared between tasks.
///
///     let redactor = Redactor(policy: RedactionPolicy(key: key), known: known)
///     let safe = try redactor.redact(bytes, as: .log)
public final class Redactor: Sendable {
    let book: RuleBook

    /// Works out the tables of the rules, which takes about a millisecond.
    public init(policy: RedactionPolicy, known: KnownValues = KnownValues()) {
        book = RuleBook(policy: policy, known: known)
    }

    /// A stream for content of any size. Memory stays bounded whatever the input.
    ///
    /// - Parameter keepsDigests: for a list that the caller made itself: what stands under `sha256` in
    ///   it are digests of what was scrubbed before, whatever they look like.
    public func stream(as kind: ContentKind, keepsDigests: Bool = false) -> RedactionStream {
        RedactionStream(book: book, kind: kind, keepsDigests: keepsDigests)
    }

    /// Redacts a whole value.
    ///
    /// - Throws: ``RedactionFailure``; nothing of the value may be used then.
    public func redact(_ bytes: [UInt8], as kind: ContentKind) throws(RedactionFailure) -> Redacted
    {
        var stream = stream(as: kind)
        var result = try stream.feed(bytes)
        result.append(try stream.finish())
        return result
    }
}
