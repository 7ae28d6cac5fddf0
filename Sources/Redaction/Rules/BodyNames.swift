// Names of texts of functions that have a word more than `body`.

extension KeyWords {
    private static let texts: Set<String> = [
        "text", "source", "code", "content", "contents", "raw", "lines", "old", "new",
    ]

    /// `body_text`, `newBodySource`, `function_source`: what a text is called that is a function's.
    static func isBodysText(_ last: String, _ joined: String) -> Bool {
        guard texts.contains(last) else { return false }
        let owner = joined.dropLast(last.utf8.count)
        return ["body", "function", "fn", "method"].contains { owner.hasSuffix($0) }
    }
}
