// What the tests share: a redactor with a fixed key, and text in and out.

import Redaction

enum Bench {
    static func redactor(
        strict: Bool = false, known: KnownValues = KnownValues(),
        without rules: Set<RedactionRule> = []
    ) throws -> Redactor {
        let key = try AliasKey(bytes: Array(repeating: 7, count: 32))
        return Redactor(
            policy: RedactionPolicy(key: key, strict: strict, disabledRules: rules), known: known)
    }

    static func redact(_ text: String, as kind: ContentKind = .log) throws -> String {
        try redact(text, as: kind, by: redactor())
    }

    static func redact(_ text: String, as kind: ContentKind = .log, by redactor: Redactor) throws
        -> String
    {
        String(decoding: try redactor.redact(Array(text.utf8), as: kind).bytes, as: UTF8.self)
    }
}
