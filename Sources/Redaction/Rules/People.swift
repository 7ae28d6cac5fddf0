// Names of people where nothing but their place says so: before an address, in the lists that git
// prints, in what a directory calls somebody.

extension Scanner {
    /// No name has more words.
    private static let wordsMax = 4

    /// Words that begin with a capital as names do, from `start` on; nil when fewer than two.
    func fullName(_ start: Int, least: Int = 2) -> Int? {
        var (index, end, count) = (start, start, 0)
        while count < Self.wordsMax, let stop = nameWord(index) {
            (end, count) = (stop, count + 1)
            guard text[stop] == 32 else { break }
            index = pastParticles(stop + 1)
        }
        return count >= least ? end : nil
    }

    /// Past `van der` and the like, which stand between the words of a name.
    private func pastParticles(_ start: Int) -> Int {
        var index = start
        for _ in 0..<2 {
            let stop = text.skip(index, limit: 4, while: Byte.isLower)
            guard stop > index, text[stop] == 32,
                Self.particles.contains(text.string(index, stop))
            else { break }
            index = stop + 1
        }
        return nameWord(index) == nil ? start : index
    }

    private static let particles: Set<String> = [
        "van", "der", "den", "de", "von", "zu", "zur", "la", "le", "du", "da", "dos", "das", "di",
        "del", "della", "ter", "ten", "bin", "ibn", "al", "el", "af", "av", "y",
    ]

    /// The end of `Ada`, `O'Brien` or `J.` at `start`.
    private func nameWord(_ start: Int) -> Int? {
        guard Byte.isUpper(text[start]) || text[start] >= 0xC3 else { return nil }
        let end = text.skip(start, limit: 32) {
            Byte.isLetter($0) || $0 >= 128 || $0 == 39 || $0 == 45 || $0 == 46
        }
        guard end - start >= 2, !Byte.isWord(text[end]), !isBrand(start, end) else { return nil }
        let isLower = (start + 1..<end).contains { Byte.isLower(text[$0]) || text[$0] >= 128 }
        return isLower || text[end - 1] == 46 ? end : nil
    }

    private static let brands: Set<String> = [
        "GitHub", "GitLab", "PostgreSQL", "MySQL", "SQLite", "JavaScript", "TypeScript", "CircleCI",
        "TeamCity", "YouTrack", "OpenSSL", "BoringSSL", "DevOps", "LibreSSL", "MongoDB",
    ]

    /// `GitHub`, `PostgreSQL`: capitals after small letters, as in no name but one of two parts.
    private func isBrand(_ start: Int, _ end: Int) -> Bool {
        let small = text.skip(start + 1, limit: end - start - 1, while: Byte.isLower)
        guard small < end, Byte.isUpper(text[small]) else { return false }
        return Self.brands.contains(text.string(start, end))
    }

    private mutating func name(_ start: Int, _ end: Int) {
        if book.isAlias(text.bytes(start, end), "user") { return }
        add(start, end, .userName, book.aliases.user(text.bytes(start, end)))
    }

    /// `12\tAda Berg <ada@…>`, `signature from "Ada Berg <…>"`: the address begins at `start`.
    mutating func fullNameBefore(_ start: Int) {
        guard text[start - 1] == 60, text[start - 2] == 32 else { return }
        // A quote may close the name, plain or escaped.
        let last = text.back(start - 2, limit: 4) { $0 == 34 || $0 == 92 }
        var first = last
        for _ in 0..<Self.wordsMax + 2 {
            let word = text.back(first, limit: 32) { $0 > 32 && !Byte.isQuote($0) && $0 != 93 }
            let isParticle = first < last && Self.particles.contains(text.string(word, first))
            guard word < first, isParticle || nameWord(word) == first else { break }
            first = word
            guard text[word - 1] == 32 else { break }
            first -= 1
        }
        if text[first] == 32 { first += 1 }
        guard let end = fullName(first), end == last else { return }
        name(first, end)
    }

    /// `"Ada Berg"@box.example`: a local part in quotes before the `@` at `mark`.
    mutating func quotedEmail(_ mark: Int, _ end: Int) {
        let close = text.back(mark - 1, limit: 3) { $0 == 92 }
        let start = text.back(close, limit: 64) { $0 > 31 && $0 != 34 && $0 != 92 && $0 != 64 }
        let last = (mark + 1..<max(mark + 1, end)).last { text[$0] == 46 }
        guard start < close, text[start - 1] == 34, let dot = last, end - dot > 2,
            (dot + 1..<end).allSatisfy({ Byte.isLetter(text[$0]) || text[$0] >= 128 }),
            !book.isHostAlias(text.bytes(mark + 1, end))
        else { return }
        name(start, close)
        nameHost(mark + 1, end)
    }

    /// `name: Ada Berg` or `<name>Ada Berg</name>` shortly before an address, which begins at `start`.
    mutating func nameBeside(_ start: Int) {
        let from = max(0, start - 96)
        guard
            let mark = (from..<start).last(where: {
                text[$0 - 1] != 47 && text.has("name", at: $0, folded: true)
            })
        else { return }
        let first = text.skip(mark + 4, limit: 8) {
            $0 == 32 || $0 == 58 || $0 == 61 || $0 == 62 || $0 == 34 || $0 == 39 || $0 == 92
        }
        // `Rename Ada Berg` names nobody.
        let isWord =
            Byte.isLower(text[mark - 1]) && Byte.isLower(text[mark]) || text[mark - 1] == 45
        let hasSign = (mark + 4..<first).contains { text[$0] != 32 }
        guard hasSign, !isWord, let end = fullName(first), end < start,
            !(end..<start).contains(where: { text[$0] == 123 || text[$0] == 125 })
        else { return }
        let words = text.string(first, end).lowercased().split(separator: " ").map(String.init)
        if !words.contains(where: Self.groupWords.contains) { name(first, end) }
    }

    /// `Reviewed-by: Ada Berg`, without an address; the sign ends at `end`.
    mutating func bareTrailer(_ start: Int, _ end: Int) {
        let names: Set<String> = [
            "reviewed", "signed-off", "acked", "tested", "reported", "suggested", "co-authored",
            "approved", "helped", "co-developed",
        ]
        let word = text.back(start, limit: 16, while: Byte.isWord)
        guard names.contains(text.string(word, start).lowercased()) else { return }
        let first = text.pastBlanks(end)
        guard let stop = fullName(first), Byte.isBreak(text[stop]) || stop >= text.count else {
            return
        }
        name(first, stop)
    }

    /// `author-mail <` or `committer-mail <` of git's porcelain: the line above names the same person.
    mutating func porcelainName(_ start: Int) {
        guard hasLines, start > 0, text[start - 1] == 10 else { return }
        let above = text.lineStart(start - 1, limit: 200)
        for word: StaticString in ["author ", "committer "] where text.has(word, at: above) {
            let first = above + word.utf8CodeUnitCount
            if start - 1 - first <= 80 { name(first, start - 1) }
        }
    }

    /// `a1b2c3d4 (Ada Berg 2026-04-01 10:11:12 +0200 12)`, as git blames; `(` stands at `open`.
    mutating func blamedName(_ open: Int) {
        let line = contentStart(open)
        let hash = text[line] == 94 ? line + 1 : line
        let hashEnd = text.skip(hash, limit: 40, while: Byte.isHex)
        guard hasLines, hashEnd - hash >= 7, text[hashEnd] == 32 else { return }
        let limit = min(text.count, open + 80)
        var end = open + 1
        while end < limit, !Byte.isDigit(text[end]), text[end] != 41 { end += 1 }
        let year = text.skip(end, limit: 5, while: Byte.isDigit)
        guard year == end + 4, text[year] == 45, Byte.isDigit(text[year + 1]),
            text[end - 1] == 32
        else { return }
        let stop = text.back(end, limit: 40, while: Byte.isBlank)
        if stop > open + 2, text[open + 1] > 32 { name(open + 1, stop) }
        blamedLine(year)
    }

    /// `… 12) code`: what stands behind the number of the line is a line of the file.
    private mutating func blamedLine(_ year: Int) {
        let lineEnd = text.lineEnd(year)
        let close = text.skip(year, limit: 40) { $0 != 41 && $0 != 10 }
        guard text[close] == 41, Byte.isDigit(text[close - 1]), text[close + 1] == 32 else {
            return
        }
        let first = text.pastBlanks(close + 1, limit: 256)
        if first < lineEnd { add(first, lineEnd, .functionBody, .body) }
    }

    /// `cn=Ada Berg,ou=people`; `cn=` ends at `end`.
    mutating func commonName(_ end: Int) {
        guard let stop = fullName(end),
            text[stop] == 44 || text.has(":mailto:", at: stop, folded: true)
        else { return }
        if text[stop] == 58 { return name(end, stop) }
        let next = text.pastBlanks(stop + 1)
        let units: [StaticString] = ["ou=", "dc=", "uid=", "emailaddress", "o=", "mail="]
        guard units.contains(where: { text.has($0, at: next, folded: true) }) else { return }
        let words = text.string(end, stop).lowercased().split(separator: " ").map(String.init)
        if words.contains(where: Self.groupWords.contains) { return }
        name(end, stop)
    }

    /// What groups, machines and issuers of certificates are called.
    private static let groupWords: Set<String> = [
        "users", "admins", "domain", "enterprise", "group", "groups", "policies", "computers",
        "controllers", "service", "services", "accounts", "root", "authority", "global", "server",
        "encrypt", "signing", "certificate", "test", "trust", "secure", "intermediate", "issuing",
        "people", "managers", "build", "code", "studio", "settings", "default", "page", "account",
        "manager", "analyzer", "storage", "user", "admin", "owner", "reader", "contributor", "team",
        "builtin", "guests", "operators", "schema", "system",
    ]

    /// `"author":{"name":"Ada Berg"`: the text begins at `start`.
    mutating func quotedName(_ start: Int) {
        let end = text.skip(start, limit: 80) { $0 != 34 && $0 != 92 && $0 != 10 }
        guard text[end] == 34, end - start >= 2 else { return }
        userValue(start, end, text.string(start, end).lowercased())
    }

    /// A value behind a key that people and things share: `full_name`, `reporter`.
    mutating func writtenName(_ value: KeyedValue, _ place: KeyPlace) {
        // `first_name` has one word.
        let parts: [StaticString] = ["first", "last", "given", "family"]
        let isOneWord = parts.contains { text.has($0, at: place.start, folded: true) }
        guard let end = fullName(value.start, least: isOneWord ? 1 : 2),
            value.quote == 0 || end == value.end
        else {
            if text.has("by", at: place.end - 2, folded: true) { writtenAccount(value) }
            return
        }
        let words = text.string(value.start, end).lowercased().split(separator: " ")
        if words.count > 3 || words.contains(where: { Self.groupWords.contains(String($0)) }) {
            return
        }
        name(value.start, end)
    }

    /// `actor=scheduler`, `principal: HTTP/box`: programs have actors, too; an account that nothing else
    /// announces is a text of JSON, or has more than letters.
    func isThing(_ value: KeyedValue, _ end: Int, _ place: KeyPlace) -> Bool {
        guard
            text.has("actor", at: place.end - 5, folded: true)
                || text.has("principal", at: place.end - 9, folded: true)
        else { return false }
        if value.isKeyQuoted { return false }
        let dot = text.first(46, from: value.start, to: end)
        return text.has("0x", at: value.start)
            || dot == end && Shape.Census(text, value.start, end).digits == 0
    }

    /// Where a name ends of which the first word was read: `author_name=Ada Berg` without quotes.
    func wholeName(_ value: KeyedValue, _ place: KeyPlace, _ end: Int) -> Int {
        guard value.quote == 0, value.separator == 61 || value.separator == 58,
            text.has("name", at: place.end - 4, folded: true), text[end] == 32
        else { return end }
        return fullName(value.start) ?? end
    }

    /// `name = Ada Berg` in the lines below `[user]` of git's settings; the bracket ends at `end`.
    mutating func gitUser(_ end: Int) {
        guard hasLines, Byte.isBreak(text[end]) else { return }
        var line = text.lineEnd(end) + 1
        // A section that is not cut is read as a whole.
        defer { guards.append(end..<min(line, text.count)) }
        for _ in 0..<8 where line < text.count && text[line] != 91 {
            let first = text.pastBlanks(line)
            let lineEnd = text.lineEnd(line)
            let sign = text.pastBlanks(first + 4)
            if text.has("name", at: first), text[sign] == 61 {
                let start = text.pastBlanks(sign + 1)
                let stop = text.back(lineEnd, limit: 8, while: Byte.isSpace)
                if stop > start { name(start, stop) }
            }
            line = lineEnd + 1
        }
    }

    /// `cn: Ada Berg`, as directories write it: a whole line, whose key stands at `start..<end`.
    mutating func directoryName(_ start: Int, _ end: Int) {
        guard hasLines, let stop = fullName(end), Byte.isBreak(text[stop]) || stop >= text.count,
            text.pastBlanks(contentStart(start)) == start
        else { return }
        let words = text.string(end, stop).lowercased().split(separator: " ").map(String.init)
        if !words.contains(where: Self.groupWords.contains) { name(end, stop) }
    }
}
