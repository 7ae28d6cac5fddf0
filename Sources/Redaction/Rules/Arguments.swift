// Tools that take a secret by its place among their arguments, and protocols of words that do.

/// A command, and which of its arguments is secret.
struct PlacedSecret: Sendable {
    /// What a secret argument looks like.
    enum Form: Sendable {
        case whole
        /// `name/password@where`
        case slash
        /// `name%password` and `name,password`
        case pair(UInt8)
    }

    let command: String
    /// Arguments before it that are not flags.
    var skipped = 0
    var form = Form.whole
    /// A flag that has to stand before it.
    var flag: Character?
    /// Whether the arguments before it name somebody.
    var follows = false

    static let all: [PlacedSecret] = [
        PlacedSecret(command: "net user ", skipped: 1, follows: true),
        PlacedSecret(command: "htpasswd ", skipped: 2, flag: "b", follows: true),
        PlacedSecret(command: "wpa_passphrase ", skipped: 1),
        PlacedSecret(command: "net use "),
        PlacedSecret(command: "rclone obscure "), PlacedSecret(command: "vault login "),
        PlacedSecret(command: "vault operator unseal "), PlacedSecret(command: "bao login "),
        PlacedSecret(command: "sqlplus ", form: .slash),
        PlacedSecret(command: "sqlldr ", form: .slash),
        PlacedSecret(command: "rman target ", form: .slash),
        PlacedSecret(command: "smbclient ", form: .pair(37)),
        PlacedSecret(command: "rpcclient ", form: .pair(37)),
        PlacedSecret(command: "lftp ", form: .pair(44)),
        PlacedSecret(command: " LOGIN ", skipped: 1, follows: true),
        PlacedSecret(command: "rabbitmqctl add_user ", skipped: 1, follows: true),
        PlacedSecret(command: "rabbitmqctl change_password ", skipped: 1, follows: true),
        PlacedSecret(command: "mc alias set ", skipped: 2),
        PlacedSecret(command: "mc alias set ", skipped: 3),
    ]
}

extension Scanner {
    private static let argumentsMax = 16

    /// The command stands at `start..<end`.
    mutating func placedSecret(_ kind: PlacedSecret, _ start: Int, _ end: Int) {
        let isMail = kind.command == " LOGIN "
        if isMail {
            guard text.has(" LOGIN ", at: start), isMailTag(start) else { return }
        } else {
            guard !Byte.isWord(text[start - 1]) else { return }
        }
        var words: [Range<Int>] = []
        var hasFlag = kind.flag == nil
        for word in arguments(end) {
            if text[word.lowerBound] == 45 {
                let name = text.string(word.lowerBound + 1, word.upperBound)
                if let flag = kind.flag, name.contains(flag) { hasFlag = true }
            } else if text[word.lowerBound] != 47 || kind.flag != nil {
                // A drive and a share say where.
                let isPlace =
                    text[word.upperBound - 1] == 58 || text[word.lowerBound] == 92
                if !isPlace { words.append(word) }
            }
        }
        guard hasFlag else { return }
        switch kind.form {
        case .whole:
            guard words.count > kind.skipped else { return }
            if kind.follows, kind.skipped > 0 {
                let name = words[kind.skipped - 1]
                user(name.lowerBound, name.upperBound)
            }
            placed(words[kind.skipped])
        case .slash:
            guard let word = words.first else { return }
            let slash = text.first(47, from: word.lowerBound, to: word.upperBound)
            let at = word.last { text[$0] == 64 } ?? word.upperBound
            guard slash > word.lowerBound, slash + 1 < at else { return }
            user(word.lowerBound, slash)
            placed(slash + 1..<at)
        case .pair(let sign):
            for word in words {
                let place = text.first(sign, from: word.lowerBound, to: word.upperBound)
                guard place > word.lowerBound, place + 1 < word.upperBound else { continue }
                user(word.lowerBound, place)
                return placed(place + 1..<word.upperBound)
            }
        }
    }

    /// A command of IMAP has a tag before it: `a1 LOGIN name password`.
    private func isMailTag(_ mark: Int) -> Bool {
        let start = text.back(mark, limit: 12, while: Byte.isAlnum)
        return start < mark && (start..<mark).contains { Byte.isDigit(text[$0]) }
            && !Byte.isWord(text[start - 1])
    }

    private mutating func placed(_ word: Range<Int>) {
        mask(word.lowerBound, word.upperBound, .commandFlag, as: .password)
    }

    /// Words and texts in quotes up to the end of the command, without their quotes.
    private func arguments(_ start: Int) -> [Range<Int>] {
        let lineEnd = text.lineEnd(start)
        var words: [Range<Int>] = []
        var index = text.pastBlanks(start)
        while index < lineEnd, words.count < Self.argumentsMax {
            let byte = text[index]
            if byte == 124 || byte == 59 || byte == 38 || byte == 62 { break }
            if byte == 34 || byte == 39 {
                let close = text.first(byte, from: index + 1, to: lineEnd)
                words.append(index + 1..<close)
                index = close + 1
            } else {
                let stop = text.skip(index, limit: lineEnd - index) {
                    $0 > 32 && $0 != 34 && $0 != 59 && $0 != 124
                }
                guard stop > index else { break }
                words.append(index..<stop)
                index = stop
            }
            index = text.pastBlanks(index)
        }
        return words
    }

    /// `<<< X`: what a shell hands to a command that reads a secret; the sign ends at `end`.
    mutating func handedOver(_ start: Int, _ end: Int) {
        guard text[start - 1] != 60, text[end] != 60, start >= handedEnd else { return }
        // What stands before it is looked through once, not again for each further sign.
        handedEnd = end + 64
        let lineStart = text.lineStart(start, limit: 400)
        let tools: [StaticString] = [
            "passwd", "cryptsetup", "login", "unseal", "gpg", "--key-file", "-stdin",
        ]
        let isAsked =
            KeyWords.holdsSuspiciousWord(text, lineStart, start)
            || tools.contains { word in (lineStart..<start).contains { text.has(word, at: $0) } }
        guard isAsked, let word = arguments(end).first else { return }
        placed(word)
    }

    /// `"AUTH" "name" "password"` as Redis shows its commands behind a time and a client; the first stands
    /// at `start..<end`.
    mutating func shownCommand(_ start: Int, _ end: Int) {
        guard text[start - 1] == 32, text[start - 2] == 93 else { return }
        var index = text.pastBlanks(end)
        var words: [Range<Int>] = []
        while text[index] == 34, words.count < 2 {
            let close = text.first(34, from: index + 1, to: text.lineEnd(index))
            words.append(index + 1..<close)
            index = text.pastBlanks(close + 1)
        }
        if words.count == 2 { user(words[0].lowerBound, words[0].upperBound) }
        if let last = words.last { placed(last) }
    }

    /// `AUTH`, the length of what follows in a line of its own, and the password: Redis on the wire.
    /// The name of the command ends at `end`.
    mutating func countedText(_ end: Int) {
        var index = end
        for _ in 0..<2 {
            guard let sign = pastFeed(index), text[sign] == 36 else { return }
            let digits = text.skip(sign + 1, limit: 6, while: Byte.isDigit)
            guard digits > sign + 1, let first = pastFeed(digits) else { return }
            let stop = text.skip(first, limit: 1024) { $0 > 32 && $0 != 92 }
            placed(first..<stop)
            index = stop
        }
    }

    /// Behind a line break, as it is or in letters.
    private func pastFeed(_ index: Int) -> Int? {
        var at = index
        if text[at] == 13 { at += 1 }
        if text[at] == 10 { return at + 1 }
        if text.has("\\r", at: at) { at += 2 }
        return text.has("\\n", at: at) ? at + 2 : nil
    }
}
