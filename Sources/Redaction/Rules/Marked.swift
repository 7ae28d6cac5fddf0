// Secrets behind words that only one program writes.

/// Words, and where the secret behind them ends.
struct MarkedSecret: Sendable {
    enum Reach: Sendable {
        /// The next word, or the text in quotes.
        case word
        /// The next word, if nothing or little follows it.
        case endingWord
        /// Up to a sign.
        case until(UInt8)
        /// The last word of the line.
        case lastWord
        /// Behind the next colon.
        case colon
        /// Lines of hexadecimal digits below.
        case digits
        /// The words of a phrase, twelve or more.
        case phrase
        /// The password in the text that a picture with a network's name holds.
        case wireless
        /// Lines of one word below.
        case words
        /// What follows the colon in the next word: `user:password`.
        case login
        /// The word before, behind its sign: `>password` of an access list.
        case before
        /// The value of `name=value`.
        case pair
        /// `name=value` of each word that follows.
        case pairs
    }

    let mark: String
    let reach: Reach
    var name = MaskClass.password

    static let all: [MarkedSecret] =
        words(
            "requirepass |rocommunity |rwcommunity |rocommunity6 |insecure-password |bind-passwd ",
            .endingWord)
        + words("grub.pbkdf2.sha512.", .word)
        + words("mit-magic-cookie-1 |3 auth default |-server key 7 ", .word)
        + words("masterauth |snmp-server community |nickserv identify |identify nickserv ", .word)
        + words(
            " /rp |convertto-securestring -string |convertto-securestring |oathtool --totp -b |"
                + "input_pw |owner_pw ",
            .word)
        + words("  stats auth |addauth digest |*:*:*:", .login) + words(" ~* ", .before)
        // A secret for any host, in `chap-secrets` of pppd.
        + words("\" * \"", .until(34))
        + words("= crypt('|=crypt('", .until(39)) + words("nickserv :identify ", .word)
        + words("::add-mask::|key content ", .colon) + words(": eap \"|: xauth \"", .until(34))
        + words("wifi:t:", .wireless)
        + words("client_random |_traffic_secret_0 |exporter_secret ", .lastWord, .secret)
        + words(
            "priv:\n|prime1:\n|prime2:\n|exponent1:\n|exponent2:\n|coefficient:\n|privateexponent:\n"
                + "|$ansible_vault;",
            .digits, .privateKey)
        + words("seed phrase|recovery phrase|backup phrase|mnemonic", .phrase, .secret)
        + words("recovery codes|backup codes|scratch codes", .words)
        + words("vault kv put |vault write ", .pairs, .secret)
        + words("--from-literal=|--from-literal ", .pair, .secret)

    private static func words(
        _ marks: String, _ reach: Reach, _ name: MaskClass = .password
    ) -> [MarkedSecret] {
        marks.split(separator: "|").map { MarkedSecret(mark: String($0), reach: reach, name: name) }
    }
}

extension Scanner {
    /// The words end at `end`.
    mutating func markedSecret(_ kind: MarkedSecret, _ end: Int) {
        switch kind.reach {
        case .word:
            let first = text.pastBlanks(end)
            let quote = Byte.isQuote(text[first]) ? text[first] : 0
            let start = quote == 0 ? first : first + 1
            let stop =
                quote == 0
                ? text.skip(start, limit: 512) { $0 > 32 }
                : text.first(quote, from: start, to: text.lineEnd(start))
            marked(start, stop, kind)
        case .endingWord:
            let first = text.pastBlanks(end)
            let stop = text.skip(first, limit: 512) { $0 > 32 }
            let rest = text.pastBlanks(stop)
            let isNetwork = Byte.isDigit(text[rest]) || text[rest] == 35
            guard rest >= lineStop(end) || isNetwork, stop - first > 2 else { return }
            marked(first, stop, kind)
        case .until(let sign): marked(end, text.first(sign, from: end, to: text.lineEnd(end)), kind)
        case .lastWord:
            let stop = lineStop(end)
            marked(text.back(stop, limit: 512) { $0 > 32 }, stop, kind)
        case .colon:
            if text.has("::", at: end - 2) { return marked(end, lineStop(end), kind) }
            let colon = text.pastBlanks(end)
            guard text[colon] == 58 else { return }
            marked(text.pastBlanks(colon + 1), lineStop(colon), kind)
        case .login:
            let first = text.pastBlanks(end)
            let stop = text.skip(first, limit: 512) { $0 > 32 && $0 != 34 && $0 != 92 }
            let colon = text.first(58, from: first, to: stop)
            if colon < stop { marked(colon + 1, stop, kind) }
        case .before:
            let stop = end - kind.mark.utf8.count
            let start = text.back(stop, limit: 256) { $0 > 32 }
            if text[start] == 62 { marked(start + 1, stop, kind) }
        case .digits: digitLines(text.lineEnd(end - 1) + 1, kind)
        case .wireless: wirelessCode(end, kind)
        case .phrase: phrase(end, kind)
        case .words: wordLines(end, kind)
        case .pair: pairs(end, kind, isOne: true)
        case .pairs: pairs(end, kind, isOne: false)
        }
    }

    private func lineStop(_ index: Int) -> Int {
        text.back(text.lineEnd(index), limit: 8, while: Byte.isSpace)
    }

    private mutating func marked(_ start: Int, _ end: Int, _ kind: MarkedSecret) {
        if text[start] != 45 { mask(start, end, as: kind.name) }
    }

    /// `3f:2a:…` and unbroken digits, indented or not, as long as nothing else stands on the line.
    private mutating func digitLines(_ first: Int, _ kind: MarkedSecret) {
        guard hasLines, first >= digitsEnd else { return }
        var line = first
        defer { digitsEnd = line }
        while line < text.count {
            let end = text.lineEnd(line)
            let start = text.pastBlanks(line, limit: 64)
            let stop = text.skip(start, limit: end - start) { Byte.isHex($0) || $0 == 58 }
            guard stop - start >= 5, text.skip(stop, limit: 8, while: Byte.isSpace) >= end else {
                return
            }
            marked(start, stop, kind)
            line = end + 1
        }
    }

    /// `WIFI:T:WPA;S:Name;P:secret;;`
    private mutating func wirelessCode(_ end: Int, _ kind: MarkedSecret) {
        let lineEnd = text.lineEnd(end)
        for index in end..<min(lineEnd, end + 256) where text.has(";P:", at: index) {
            return marked(index + 3, text.first(59, from: index + 3, to: lineEnd), kind)
        }
    }

    private mutating func phrase(_ end: Int, _ kind: MarkedSecret) {
        let start = text.skip(end, limit: 24) {
            Byte.isSpace($0) || $0 == 58 || $0 == 61 || Byte.isQuote($0)
        }
        var index = start
        var stop = start
        var count = 0
        while count < 24 {
            let next = text.skip(index, limit: 12, while: Byte.isLower)
            guard next - index >= 3 else { break }
            (count, stop) = (count + 1, next)
            index = text.skip(next, limit: 2) { $0 == 32 || $0 == 44 }
        }
        guard count >= 12 else { return }
        marked(start, stop, kind)
    }

    private mutating func wordLines(_ end: Int, _ kind: MarkedSecret) {
        var line = text.lineEnd(end) + 1
        var count = 0
        guard hasLines, text.first(58, from: end, to: line) < line else { return }
        while line < text.count, count < 20 {
            let lineEnd = text.lineEnd(line)
            let start = text.skip(line, limit: 16) { Byte.isBlank($0) || $0 == 45 || $0 == 42 }
            let stop = text.skip(start, limit: 48) { Byte.isAlnum($0) || $0 == 45 }
            guard stop - start >= 6, (start..<stop).contains(where: { Byte.isDigit(text[$0]) }),
                text.skip(stop, limit: 4, while: Byte.isSpace) >= lineEnd
            else { return }
            marked(start, stop, kind)
            (line, count) = (lineEnd + 1, count + 1)
        }
    }

    private mutating func pairs(_ end: Int, _ kind: MarkedSecret, isOne: Bool) {
        let lineEnd = min(text.lineEnd(end), end + 4096)
        var index = end
        while index < lineEnd {
            let stop = text.skip(index, limit: lineEnd - index) { $0 > 32 }
            let sign = text.first(61, from: index, to: stop)
            if sign > index, sign + 1 < stop, text[index] != 45, text[sign + 1] != 64 {
                let isQuoted = Byte.isQuote(text[sign + 1])
                let start = isQuoted ? sign + 2 : sign + 1
                marked(
                    start,
                    isQuoted ? text.first(text[sign + 1], from: start, to: lineEnd) : stop, kind)
            }
            if isOne { return }
            index = text.skip(stop, limit: 4, while: Byte.isBlank)
            if index == stop { return }
        }
    }
}
