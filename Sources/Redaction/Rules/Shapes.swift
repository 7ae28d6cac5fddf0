// What a run of bytes looks like: random, a number, an id the diagnosis needs.

enum Shape {
    /// How many of each kind of byte a range holds.
    struct Census {
        var lower = 0
        var upper = 0
        var digits = 0
        var others = 0
        /// Changes between letters and digits or between cases.
        var turns = 0

        init(_ text: Text, _ start: Int, _ end: Int) {
            var last = 0
            for index in start..<max(start, end) {
                let byte = text[index]
                let kind: Int
                if Byte.isLower(byte) {
                    lower += 1
                    kind = 1
                } else if Byte.isUpper(byte) {
                    upper += 1
                    kind = 2
                } else if Byte.isDigit(byte) {
                    digits += 1
                    kind = 3
                } else {
                    others += 1
                    kind = 4
                }
                // A capital before a small letter is a word, not a turn.
                if last != 0, kind != 4, kind != last, !(last == 2 && kind == 1) { turns += 1 }
                // Nor is a sign that joins words.
                last = kind == 4 ? 0 : kind
            }
        }
    }

    /// Whether the range has the mixture a generator makes and words do not.
    static func isRandom(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        let census = Census(text, start, end)
        let count = end - start
        guard count >= 12, census.digits > 0 || (census.upper > 0 && census.lower > 0) else {
            return false
        }
        return census.turns * 8 >= count
    }

    /// Whether the range could be a password or token that stands behind a word, not in prose:
    /// letters with digits or signs among them, and no id or measure.
    static func isOpaque(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        let census = Census(text, start, end)
        let letters = census.lower + census.upper
        guard end - start >= 6, letters >= 2, census.digits > 0 else { return false }
        guard !isIdentifier(text, start, end), !isMeasure(text, start, end) else { return false }
        return !isPath(text, start, end)
    }

    /// UUID, ULID, digest or other hexadecimal number of a usual length.
    static func isIdentifier(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        isUUID(text, start, end) || isULID(text, start, end) || isDigest(text, start, end)
    }

    /// Words that announce a digest.
    static let digestNames: Set<String> = [
        "sha", "sha1", "sha256", "sha384", "sha512", "md5", "blake3", "blake2b", "h1", "etag",
        "crc", "crc32", "xxh64", "xxh3", "traceparent", "hlc", "match",
    ]

    /// Words that ids begin with which open nothing.
    static let identifierNames: Set<String> = [
        "cid", "hash", "digest", "sum", "checksum", "integrity", "req", "request", "trace",
        "span", "run", "job", "build", "evt", "event", "msg", "message", "order", "page",
        "chunk", "file", "test", "tmp", "temp", "img", "id", "ref", "cus", "prod", "price",
        "inv", "sub", "txn", "pi", "ch", "cs", "seti", "acct", "obj", "rev", "toolu",
        "chatcmpl", "call", "thread", "asst", "vs", "resp", "user", "device", "cluster",
        "workspace", "layer", "blob", "upload", "node", "pod", "commit", "lib", "std",
        "component", "symbol", "core", "member", "team", "org", "project", "task", "step",
    ]

    /// `AuthenticationSessionHandlerV2`: words that begin with capitals, and one small number.
    static func isCamelName(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        var index = start
        var words = 0
        var numbers = 0
        while index < end {
            let digits = text.skip(index, limit: end - index, while: Byte.isDigit)
            if digits > index {
                numbers += 1
                guard numbers == 1, digits - index <= 2, words > 0 else { return false }
                if digits == end { break }
            }
            let capitals = text.skip(digits, limit: end - digits, while: Byte.isUpper)
            let small = text.skip(capitals, limit: end - capitals, while: Byte.isLower)
            // `V` before the number is no word.
            let isNumbersSign = small == capitals && Byte.isDigit(text[small]) || small == end
            guard small > digits, capitals - digits <= 3, small - digits >= 3 || isNumbersSign
            else { return false }
            words += 1
            index = small
        }
        return words > 1 && end - start >= 4 * words && isSpelled(text, start, end)
    }

    /// Long random letters fall into such words by chance, one of 20,000 tokens. Words of a language
    /// have vowels, and fewer capitals.
    private static func isSpelled(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        let count = end - start
        guard count >= 20 else { return true }
        let vowels = (start..<end).count { "aeiouy".utf8.contains(Byte.lower(text[$0])) }
        let capitals = (start..<end).count { Byte.isUpper(text[$0]) }
        return vowels * 4 >= count && capitals * (count < 32 ? 3 : 4) < count
    }

    /// `s9Redaction7ScannerV`: two words with their lengths before them.
    static func isMangled(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        var words = 0
        for index in start..<max(start, end) where Byte.isDigit(text[index]) {
            guard Byte.isLetter(text[index + 1]) else { continue }
            let small = text.skip(index + 2, limit: end - index, while: Byte.isLower)
            if small - index > 3 { words += 1 }
        }
        return words >= 2
    }

    static func isUUID(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        guard end - start == 36 else { return false }
        return (start..<end).allSatisfy { index in
            [8, 13, 18, 23].contains(index - start)
                ? text[index] == 45 : Byte.isHex(text[index])
        }
    }

    static func isULID(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        guard end - start == 26, text[start] == 48 else { return false }
        return (start..<end).allSatisfy { Byte.isDigit(text[$0]) || Byte.isUpper(text[$0]) }
    }

    static func isDigest(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        isDigestLength(end - start)
            && text.skip(start, limit: end - start, while: Byte.isHex) == end
    }

    /// Hexadecimal digits of checksums, short ids and the usual digests.
    static func isDigestLength(_ count: Int) -> Bool {
        switch count {
        case 8, 12, 16, 24, 32, 40, 56, 64, 96, 128: true
        default: false
        }
    }

    /// `12ms`, `3.5GiB`, `2026-03-01T00:00:00Z`, `0x7f00`: a number with a unit or a time.
    static func isMeasure(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        guard Byte.isDigit(text[start]) else { return false }
        if text[start] == 48, text[start + 1] | 0x20 == 120 { return true }
        let number = text.skip(start) {
            Byte.isDigit($0) || $0 == 46 || $0 == 45 || $0 == 58 || $0 == 84 || $0 == 44
        }
        return end - number <= 4
    }

    static func isNumber(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        start < end
            && text.skip(start, limit: end - start) {
                Byte.isDigit($0) || $0 == 46 || $0 == 45 || $0 == 43
            } == end
    }

    /// Words joined by `/`, `::`, `.` or `_`: names of the product, not secrets.
    static func isPath(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        let census = Census(text, start, end)
        let isJoined = (start..<end).contains { [47, 58, 95, 46].contains(text[$0]) }
        return isJoined && census.turns * 4 < end - start && !holdsMixedNumber(text, start, end)
    }

    /// A number of three digits or more that touches a letter, as passwords have it and names of
    /// files do not.
    private static func holdsMixedNumber(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        var index = start
        while index < end {
            let stop = text.skip(index, limit: end - index, while: Byte.isDigit)
            if stop - index >= 3 {
                let isBefore = index > start && Byte.isLetter(text[index - 1])
                if isBefore || stop < end && Byte.isLetter(text[stop]) { return true }
            }
            index = max(stop, index + 1)
        }
        return false
    }

    /// The longest stretch of printable ASCII.
    static func printableStretch(_ text: Text) -> Int {
        var best = 0
        var run = 0
        var index = 0
        while index < text.count {
            let byte = text.base[index]
            index += 1
            run = byte < 127 && Byte.isPrintable(byte) ? run + 1 : 0
            best = max(best, run)
        }
        return best
    }
}
