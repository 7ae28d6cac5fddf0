// Which checks to run and which findings to show, as globs on buckets and codes.

/// `--only` and `--skip`. A pattern is a bucket (`wal`), a code (`wal.torn-tail`) or a glob of
/// either with `*` and `?`.
public struct Selection: Hashable, Sendable {
    public let only: [String]
    public let skip: [String]

    public init(only: [String] = [], skip: [String] = []) {
        self.only = only
        self.skip = skip
    }

    public static let everything = Selection()

    /// True when a check of these codes has something to report under the selection.
    public func includes(_ bucket: Bucket, codes: [String]) -> Bool {
        if skip.contains(where: { Glob.matches($0, bucket.rawValue) }) { return false }
        return codes.isEmpty
            ? includes(code: bucket.rawValue) : codes.contains(where: includes(code:))
    }

    /// True when a finding of this code is to be reported.
    public func includes(code: String) -> Bool {
        if skip.contains(where: { Glob.covers($0, code: code) }) { return false }
        return only.isEmpty || only.contains { Glob.covers($0, code: code) }
    }

    /// Patterns that fit nothing in the catalogue: a misspelt name is an error, not an empty run.
    public func unknownPatterns(in catalogue: Catalogue) -> [String] {
        (only + skip).filter { pattern in
            !catalogue.entries.contains { Glob.covers(pattern, code: $0.code) }
        }
    }
}

/// Shell-like patterns: `*` is any run of characters, `?` is one.
public enum Glob {
    /// True when the pattern fits the code, or the bucket that the code belongs to.
    public static func covers(_ pattern: String, code: String) -> Bool {
        matches(pattern, code) || matches(pattern, Bucket(of: code).rawValue)
    }

    /// Linear in the text: on a mismatch only the last `*` is tried again (Krauss 2008).
    public static func matches(_ pattern: String, _ text: String) -> Bool {
        let (pattern, text) = (Array(pattern.utf8), Array(text.utf8))
        var (inPattern, inText) = (0, 0)
        var star: (pattern: Int, text: Int)?
        while inText < text.count {
            if inPattern < pattern.count, pattern[inPattern] == UInt8(ascii: "*") {
                star = (inPattern, inText)
                inPattern += 1
            } else if inPattern < pattern.count,
                pattern[inPattern] == text[inText] || pattern[inPattern] == UInt8(ascii: "?")
            {
                inPattern += 1
                inText += 1
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                inPattern = last.pattern + 1
                inText = last.text + 1
            } else {
                return false
            }
        }
        return pattern[inPattern...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
