// Times as a person types them: a date, a time, or a duration from now.

import Support

extension Timestamp {
    /// Parses `2026-11-30` (its first moment, UTC), `2026-11-30T12:00Z`, `…:00Z` or with
    /// milliseconds; nil for any other spelling.
    public init?(typed text: String) {
        let forms = [
            text, text + "T00:00:00.000Z", String(text.dropLast()) + ":00.000Z",
            String(text.dropLast()) + ".000Z",
        ]
        guard let time = forms.lazy.compactMap({ UTCTime($0) }).first else { return nil }
        self = time.timestamp
    }
}
