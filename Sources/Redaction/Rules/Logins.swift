// A name and its password side by side: arguments of a call, words of a sentence, fields of a line,
// answers to a server that asks for both.

extension Scanner {
    // MARK: - Calls

    /// Calls that take a name and a password, as they end before their arguments.
    static let loginCalls = [
        "auth(", "auth=(", "credential(", "credentials(", "getconnection(", "authenticate(",
        "passwordauthentication(", "login(", "signin(", "logon(",
    ]
    private static let argumentsMax = 6

    /// `basicAuth("ada", "X")`, `auth=('ada', 'X')`: the last two texts of a call, whose parenthesis ends
    /// at `end`.
    mutating func loginCall(_ end: Int) {
        let stop = min(text.lineEnd(end), end + 1024)
        var texts: [Range<Int>?] = []
        var index = text.pastBlanks(end)
        while index < stop, texts.count < Self.argumentsMax {
            let quote = text[index]
            var next = index
            if quote == 34 || quote == 39 {
                let close = text.firstUnescaped(quote, from: index + 1, to: stop)
                guard close < stop else { return }
                texts.append(index + 1..<close)
                next = text.pastBlanks(close + 1)
            } else {
                texts.append(nil)
                next = text.skip(index, limit: 200) { $0 != 44 && $0 != 41 && $0 != 40 && $0 != 10 }
            }
            if text[next] == 41 { break }
            guard text[next] == 44 else { return }
            index = text.pastBlanks(next + 1)
        }
        guard texts.count >= 2, let name = texts[texts.count - 2],
            let value = texts[texts.count - 1],
            isGiven(value)
        else { return }
        userValue(name.lowerBound, name.upperBound, text.string(name.lowerBound, name.upperBound))
        mask(value.lowerBound, value.upperBound, as: .password)
        // `Credentials("realm", "box", "ada", "X")`
        if texts.count == 4, let host = texts[1],
            text.has("credentials(", at: end - 12, folded: true)
        {
            toldHost(host.lowerBound)
        }
    }

    /// One word that is no name of a thing or a state.
    private func isGiven(_ value: Range<Int>) -> Bool {
        let census = Shape.Census(text, value.lowerBound, value.upperBound)
        let word = text.string(value.lowerBound, min(value.upperBound, value.lowerBound + 16))
        return value.count >= 4 && value.count <= 512
            && !value.contains(where: { text[$0] <= 32 })
            && !KeyWords.status.contains(word.lowercased())
            && !KeyWords.empty.contains(word.lowercased())
            && (census.digits > 0 || census.others > 0 || census.turns > 0 || value.count >= 8)
            && (census.digits > 0 || !value.contains { text[$0] == 47 })
    }

    /// `define('DB_PASSWORD', 'X')`: a call with a name and its value, and nothing more.
    func isCallOfTwo(
        _ value: KeyedValue, _ place: KeyPlace, _ name: MaskClass
    ) -> Bool {
        let open = text.back(place.start - 1, limit: 4, while: Byte.isBlank)
        let hasBlank = text.first(32, from: value.start, to: value.end) < value.end
        return value.quote != 0 && Byte.isQuote(text[place.start - 1]) && text[open - 1] == 40
            && text[text.pastBlanks(value.end + 1)] == 41 && value.end - value.start >= 4
            && (name == .password || !hasBlank) && keyKind(value.start, value.end) == .none
    }

    // MARK: - Sentences

    /// What stands before a name and a password in a sentence.
    static let loginPhrases = [
        "log in with ", "login with ", "logged in with ", "sign in with ", "log in as ",
        "login as ", "credentials: ", "creds: ", "username/password: ", "user/password: ",
        "user/pass: ", "login: ", "logins: ", "account: ", "log in using ",
    ]

    /// `log in with ada/X`, `credentials: ada / X`; the phrase ends at `end`.
    mutating func spokenLogin(_ end: Int) {
        let first = text.pastBlanks(end)
        let stop = text.skip(first, limit: 64) { Byte.isWord($0) || $0 == 46 || $0 == 64 }
        let sign = text.pastBlanks(stop, limit: 1)
        guard stop - first > 1, text[sign] == 47 || text[sign] == 58 && sign == stop else { return }
        let start = text.pastBlanks(sign + 1, limit: 1)
        guard sign > stop || start == sign + 1 else { return }
        let last = text.skip(start, limit: 256) { $0 > 32 && $0 != 34 && $0 != 39 }
        let value = start..<text.back(last, limit: 2) { [44, 46, 41, 59].contains($0) }
        // `login with github/oauth2`: other words follow.
        guard isGiven(value), !text.has("//", at: sign),
            Shape.Census(text, value.lowerBound, value.upperBound).digits > 0
                || Byte.isBreak(text[last]) || last >= text.count
        else { return }
        userValue(first, stop, text.string(first, stop).lowercased())
        mask(value.lowerBound, value.upperBound, as: .password)
    }

    // MARK: - Lines

    /// `[relay.example]:587 ada:X`; what stands before the name ends at `end`.
    mutating func relayLogin(_ end: Int) {
        let stop = text.skip(end, limit: 256) { $0 > 32 }
        let close = text.skip(end, limit: 256) { $0 > 32 && $0 != 34 && $0 != 92 }
        if close > end, text[close] == 34 || text[close] == 92 { return pair(end, close) }
        if stop > end, text.skip(stop, limit: 8, while: Byte.isSpace) >= text.lineEnd(end) {
            pair(end, stop)
        }
    }

    /// `ada * "X" *`, as PPP keeps secrets; the sign between two tabs stands at `mark`.
    mutating func peerSecret(_ mark: Int) {
        // Blanks may set the columns apart as well.
        let name = text.back(mark, limit: 16, while: Byte.isBlank)
        let line = text.pastBlanks(contentStart(mark))
        guard hasLines, text.skip(line, limit: 96, while: Self.holdsUser) == name, line < name
        else { return }
        let first = text.pastBlanks(mark + 3)
        let start = Byte.isQuote(text[first]) ? first + 1 : first
        let stop = start > first ? quotedEnd(start) : text.skip(start, limit: 256) { $0 > 32 }
        let address = text.pastBlanks(Byte.isQuote(text[stop]) ? stop + 1 : stop)
        guard text[address] == 42 || Byte.isDigit(text[address]), address > stop else { return }
        if text[mark] == 32, start == first, !Shape.isOpaque(text, start, stop) { return }
        userValue(line, name, text.string(line, name).lowercased())
        mask(start, stop, as: .password)
    }

    /// `username ada password 7 X` and `enable secret 5 X` of routers; the words end at `end`.
    mutating func routerSecret(_ end: Int) {
        let line = text.pastBlanks(contentStart(end))
        let opens: [StaticString] = ["username ", "enable ", "password ", "secret ", "key "]
        let stop = text.skip(end, limit: 512) { $0 > 32 }
        guard hasLines, opens.contains(where: { text.has($0, at: line) }), stop - end >= 4,
            text.skip(stop, limit: 8, while: Byte.isSpace) >= text.lineEnd(end)
        else { return }
        if text.has("username ", at: line) {
            let name = text.skip(line + 9, limit: 48, while: Self.holdsUser)
            userValue(line + 9, name, text.string(line + 9, name).lowercased())
        }
        mask(end, stop, as: .password)
    }

    /// `AUTH X` alone on a line, as clients of Redis send it; the word ends at `end`.
    mutating func sentPassword(_ start: Int, _ end: Int) {
        guard hasLines, text.pastBlanks(contentStart(start)) == start else { return }
        let stop = text.back(text.lineEnd(end), limit: 8, while: Byte.isSpace)
        let last = text.back(stop, limit: 512) { $0 > 32 }
        let middle = text.skip(end, limit: 64) { $0 > 32 }
        guard last == end || last == middle + 1, stop - last >= 4 else { return }
        let census = Shape.Census(text, last, stop)
        guard census.lower + census.digits > 0, census.others < stop - last else { return }
        if last > end { userValue(end, middle, text.string(end, middle).lowercased()) }
        mask(last, stop, .passwordFile, as: .password)
    }

    /// `send "X\r"` of an `expect` script that waited for a password; the quote ends at `end`.
    mutating func typedPassword(_ end: Int) {
        let close = text.firstUnescaped(34, from: end, to: min(text.lineEnd(end), end + 512))
        let above = max(0, end - 200)
        guard text[close] == 34,
            (above..<end).contains(where: { text.has("assword", at: $0) })
        else { return }
        let isFed = text[close - 2] == 92 && (text[close - 1] == 114 || text[close - 1] == 110)
        mask(end, isFed ? close - 2 : close, as: .password)
    }

    /// `/u:ada /p:X /v:box` of clients for remote desktops; the flag stands at `start`.
    mutating func desktopFlag(_ start: Int, _ end: Int) {
        let line = text.lineStart(start, limit: 400)
        let isDesktop = (line..<start).contains {
            text.has("rdp", at: $0, folded: true) || text.has("mstsc", at: $0, folded: true)
        }
        let first = Byte.isQuote(text[end]) ? end + 1 : end
        let stop = first > end ? quotedEnd(first) : text.skip(first, limit: 256) { $0 > 32 }
        guard isDesktop, stop > first else { return }
        switch text[end - 2] | 0x20 {
        case UInt8(ascii: "p"): mask(first, stop, .commandFlag, as: .password)
        case UInt8(ascii: "u"):
            userValue(first, stop, text.string(first, stop).lowercased())
        default:
            let host = text.skip(first, limit: 128) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 }
            if Byte.isLetter(text[first]) { nameHost(first, host) }
        }
    }

    /// `gh secret set NAME --body X`: the flag ends at `end`.
    mutating func storedSecret(_ end: Int) {
        let line = text.lineStart(end, limit: 200)
        guard (line..<end).contains(where: { text.has("secret set ", at: $0) }) else { return }
        let first = text.pastBlanks(end)
        let start = Byte.isQuote(text[first]) ? first + 1 : first
        mask(start, quotedEnd(start), .commandFlag, as: .secret)
    }

    // MARK: - Answers

    /// The line below `index`: its last word answers a question in base64.
    mutating func answer(_ index: Int, isPassword: Bool) {
        let next = text.lineEnd(index) + 1
        // A whole line asks, and a whole line answers.
        guard hasLines, next < text.count, Byte.isBreak(text[index]) else { return }
        var stop = text.back(text.lineEnd(next), limit: 8, while: Byte.isSpace)
        // A terminal may show it in a colour.
        if text.has("\u{1B}[0m", at: stop - 4) { stop -= 4 }
        var start = text.back(stop, limit: 1024) { Byte.isRun($0) || $0 == 61 }
        if text[start - 1] == 91, text[start - 2] == 0x1B {
            start = text.skip(start, limit: 8) { Byte.isDigit($0) || $0 == 59 } + 1
        }
        guard stop - start >= 4, (stop - start).isMultiple(of: 4), stop - next <= 512 else {
            return
        }
        add(start, stop, .header, .mask(isPassword ? .password : .identity))
    }

    /// `<auth-user-pass>` ends at `end`: a name and a password on lines of their own.
    mutating func inlineLogin(_ end: Int) {
        guard hasLines, Byte.isBreak(text[end]) else { return }
        let name = text.lineEnd(end) + 1
        let value = text.lineEnd(name) + 1
        guard value < text.count else { return }
        let nameEnd = text.back(text.lineEnd(name), limit: 2, while: Byte.isSpace)
        userValue(name, nameEnd, text.string(name, nameEnd).lowercased())
        let valueEnd = text.back(text.lineEnd(value), limit: 2, while: Byte.isSpace)
        if text[value] != 60 { mask(value, valueEnd, .passwordFile, as: .password) }
    }

    /// `:APA91b` stands at `mark`: a token of Firebase, with the sender's number before it.
    mutating func messagingToken(_ mark: Int) {
        let start = text.back(mark, limit: 32, while: Byte.isURLSafe)
        let stop = text.skip(mark + 1, limit: 512, while: Byte.isURLSafe)
        guard mark - start >= 8, stop - mark >= 60 else { return }
        add(start, stop, .vendorToken, .mask(.googleKey))
    }
}
