// Command lines and statements that carry a password in a place of its own: behind a letter that
// only one tool means so, in SQL, before the `@` of an address without a scheme.

/// A tool and the letters behind which it takes a secret.
struct CommandTool: Sendable {
    let name: String
    /// The value may touch the letter or follow it.
    var letters = ""
    /// The value touches the letter; with a blank between, the letter means something else.
    var touching = ""
    /// Letters for `name:password`.
    var pairs = ""
    /// Letters for cookies.
    var cookies = ""
    /// Letters for somebody's name.
    var names = ""
    /// Letters for the name of a machine.
    var hosts = ""

    static let all: [CommandTool] = [
        CommandTool(name: "curl ", pairs: "uU", cookies: "b"),
        CommandTool(name: "mysql ", touching: "p", names: "u", hosts: "h"),
        CommandTool(name: "mysqldump ", touching: "p", names: "u", hosts: "h"),
        CommandTool(name: "mysqladmin ", touching: "p", names: "u", hosts: "h"),
        CommandTool(name: "mariadb ", touching: "p", names: "u", hosts: "h"),
        CommandTool(name: "sshpass ", letters: "p"),
        CommandTool(name: "redis-cli ", letters: "a", hosts: "h"),
        CommandTool(name: "ldapsearch ", letters: "w"), CommandTool(name: "ldapadd ", letters: "w"),
        CommandTool(name: "ldapmodify ", letters: "w"),
        CommandTool(name: "sqlcmd ", letters: "P", names: "U", hosts: "S"),
        CommandTool(name: "bcp ", letters: "P", names: "U", hosts: "S"),
        CommandTool(name: " login ", letters: "p", names: "u"),
        CommandTool(name: "zip ", letters: "P"), CommandTool(name: "7z ", touching: "p"),
        CommandTool(name: "usermod ", letters: "p"),
        CommandTool(name: "mongosh ", letters: "p", names: "u", hosts: "h"),
        CommandTool(name: "mongo ", letters: "p", names: "u", hosts: "h"),
        CommandTool(name: "mongodump ", letters: "p", names: "u", hosts: "h"),
        CommandTool(name: "influx ", letters: "t"),
        CommandTool(name: "ipmitool ", letters: "P", names: "U", hosts: "H"),
        CommandTool(name: "ldapwhoami ", letters: "w"),
        CommandTool(name: "ldappasswd ", letters: "wsa"),
        CommandTool(name: "ldapdelete ", letters: "w"),
        CommandTool(name: "ldapmodrdn ", letters: "w"),
        CommandTool(name: "ldapcompare ", letters: "w"), CommandTool(name: "crontab ", names: "u"),
        CommandTool(name: "sudo ", names: "u"), CommandTool(name: "http ", pairs: "a"),
        CommandTool(name: "https ", pairs: "a"),
        CommandTool(name: "snmpwalk ", letters: "cAX", names: "u"),
        CommandTool(name: "mosquitto_pub ", letters: "P", names: "u", hosts: "h"),
        CommandTool(name: "rabbitmqadmin ", letters: "p"),
        CommandTool(name: "xfreerdp ", letters: "p"), CommandTool(name: "plink ", letters: "w"),
        CommandTool(name: "pscp ", letters: "w"), CommandTool(name: "psftp ", letters: "w"),
        CommandTool(name: "openssl ", letters: "kK"), CommandTool(name: "security ", letters: "w"),
        CommandTool(name: "snmpget ", letters: "cAX", names: "u"),
        CommandTool(name: "mosquitto_sub ", letters: "P", names: "u", hosts: "h"),
        CommandTool(name: "ssh-keygen ", letters: "NP"), CommandTool(name: "kinit ", letters: "w"),
        CommandTool(name: "cqlsh ", letters: "p", names: "u"),
        CommandTool(name: "cypher-shell ", letters: "p", names: "u"),
        CommandTool(name: "ncftpput ", letters: "p", names: "u"),
        CommandTool(name: "ncftpget ", letters: "p", names: "u"),
        CommandTool(name: "unzip ", letters: "P"),
        CommandTool(name: "psql ", names: "U", hosts: "h"),
        CommandTool(name: "pg_dump ", names: "U", hosts: "h"),
        CommandTool(name: "pg_restore ", names: "U", hosts: "h"),
        CommandTool(name: "psexec ", letters: "p", names: "u"),
        CommandTool(name: "isql ", letters: "P"), CommandTool(name: "bsqldb ", letters: "P"),
    ]
}

extension Scanner {
    /// Longer command lines are read no further.
    private static let commandMax = 4096

    /// The name of a tool stands at `start..<end`.
    mutating func toolSecrets(_ tool: CommandTool, _ start: Int, _ end: Int) {
        guard tool.name.hasPrefix(" ") || !Byte.isWord(text[start - 1]) else { return }
        let lineEnd = min(text.lineEnd(end), end + Self.commandMax)
        if tool.name.hasPrefix("snmp") { askedHost(end, lineEnd) }
        // What was read behind the same name before it reads the same again.
        var index = max(end, toolEnds[tool.name] ?? 0)
        toolEnds[tool.name] = max(index, lineEnd)
        while index < lineEnd {
            let dash = text.first(45, from: index, to: lineEnd)
            guard dash < lineEnd else { return }
            index = dash + 1
            guard Byte.isBlank(text[dash - 1]), text[index] != 45 else { continue }
            let letters = text.skip(index, limit: 6, while: Byte.isLetter)
            guard letters > index else { continue }
            flag(tool, index, letters, lineEnd)
        }
    }

    /// Letters behind one dash stand at `first..<stop`; the last may want what follows.
    private mutating func flag(_ tool: CommandTool, _ first: Int, _ stop: Int, _ lineEnd: Int) {
        let all = text.string(first, stop)
        let isTouching = !Byte.isBlank(text[stop])
        guard let head = all.first, let tail = all.last else { return }
        // Letters that touch a value are part of it, but for the first.
        let letter = isTouching && !Byte.isQuote(text[stop]) ? head : tail
        var start = letter == head && isTouching ? first + 1 : text.pastBlanks(stop)
        if isTouching, Byte.isQuote(text[stop]) { start = stop }
        if Byte.isQuote(text[start]) { start += 1 }
        guard start < lineEnd, text[start] != 45 else { return }
        if tool.cookies.contains(letter) { return cookieList(start, quotedEnd(start)) }
        let isWhole = tool.letters.contains(letter)
        let end = quotedEnd(start)
        if tool.names.contains(letter) {
            return userValue(start, end, text.string(start, end).lowercased())
        }
        if tool.hosts.contains(letter) { return toolHost(start, end) }
        if tool.pairs.contains(letter) { return pair(start, end) }
        // Behind a blank stands the name of a database, or what somebody took for the place of the password.
        let isMeant = isTouching || isMixedCase(start, end)
        guard isWhole || isMeant && tool.touching.contains(letter) else { return }
        guard end - start >= 2, !isPlaceholder(start, end) else { return }
        let isFile = text[start] == 47 || text[start] == 46
        if isWhole, !isTouching, isFile, !Byte.isQuote(text[start - 1]) { return }
        // `-p 8080:80` is a port.
        guard text.skip(start, limit: 12, while: { Byte.isDigit($0) || $0 == 58 }) < end else {
            return
        }
        add(start, end, .commandFlag, .mask(.password))
    }

    /// Capitals and small letters in turn, as no name of a database is written.
    private func isMixedCase(_ start: Int, _ end: Int) -> Bool {
        let census = Shape.Census(text, start, end)
        return end - start >= 8 && census.upper > 1 && census.lower > 1 && census.turns > 2
    }

    /// `snmpget -v3 … box 1.3.6.1`: the last word, or the one before what is asked for.
    private mutating func askedHost(_ first: Int, _ end: Int) {
        var stop = end
        for _ in 0..<3 {
            stop = text.back(stop, limit: 8) { $0 <= 32 || $0 == 92 || Byte.isQuote($0) }
            let start = text.back(stop, limit: 200) {
                Byte.isAlnum($0) || $0 == 45 || $0 == 46 || $0 == 58
            }
            guard start > first, Byte.isBlank(text[start - 1]) else { return }
            if isMarked(start, stop), text[start - 2] != 45 || start < 3,
                (start..<stop).allSatisfy({ text[$0] != 58 }), text[start - 3] != 45
            {
                return nameHost(start, stop)
            }
            stop = start
        }
    }

    private mutating func toolHost(_ start: Int, _ end: Int) {
        let stop = text.skip(start, limit: end - start) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 }
        guard stop - start > 1, stop == end || text[stop] == 58 || text[stop] == 44,
            Byte.isLetter(text[start])
        else { return }
        nameHost(start, stop)
    }

    /// The end of a word, or of the text in quotes whose first byte is `start`.
    func quotedEnd(_ start: Int) -> Int {
        let quote = text[start - 1]
        guard Byte.isQuote(quote) else { return bareEnd(start) }
        let end = text.first(quote, from: start, to: min(text.lineEnd(start), start + 1024))
        return end < text.lineEnd(start) ? end : bareEnd(start)
    }

    /// `name:password`
    mutating func pair(_ start: Int, _ end: Int) {
        let colon = text.first(58, from: start, to: end)
        guard colon < end, colon > start, colon + 1 < end, text[colon + 1] != 47 else { return }
        user(start, colon)
        mask(colon + 1, end, .commandFlag, as: .password)
    }

    // MARK: - SQL

    /// `IDENTIFIED` ends at `end`: with what it names, and `BY` a password.
    mutating func identifiedBy(_ end: Int) {
        var index = end
        while index < end + 80, !Byte.isBreak(text[index]) {
            if text.has(" by ", at: index, folded: true) {
                var start = text.pastBlanks(index + 4)
                if text.has("password ", at: start, folded: true) { start = start + 9 }
                // `identified by all tags` is a sentence.
                let isKnown = Byte.isQuote(text[start]) || isStatement(end)
                guard isKnown || Shape.isOpaque(text, start, bareEnd(start)) else { return }
                if Byte.isQuote(text[start]) { start += 1 }
                let stop = Byte.isQuote(text[start - 1]) ? quotedEnd(start) : bareEnd(start)
                return mask(start, stop, as: .password)
            }
            index += 1
        }
    }

    /// Whether a word of SQL stands on the line.
    private func isStatement(_ index: Int) -> Bool {
        let line = text.lineStart(index, limit: 512)
        if text.pastBlanks(line) + "identified".utf8.count >= index { return true }
        let words: [StaticString] = ["user", "grant", "role", "alter", "create", "connect"]
        return (line..<index).contains { at in
            words.contains { text.has($0, at: at, folded: true) }
        }
    }

    /// `INSERT INTO` ends at `end`: if one of the columns is secret, so are the texts in quotes that
    /// stand in its place.
    mutating func insertedValues(_ end: Int) {
        let lineEnd = min(text.lineEnd(end), end + Self.commandMax)
        let open = text.first(40, from: end, to: lineEnd)
        let close = text.first(41, from: open, to: lineEnd)
        guard close < lineEnd, open - end < 128 else { return }
        var secret: [Int: KeyKind] = [:]
        for (column, name) in columnNames(open + 1, close).enumerated() where !name.isEmpty {
            let kind = keyKind(name.lowerBound, name.upperBound)
            if kind != .none { secret[column] = kind }
        }
        guard !secret.isEmpty else { return }
        values(from: close + 1, to: lineEnd, secret)
    }

    private mutating func values(from start: Int, to end: Int, _ secret: [Int: KeyKind]) {
        var column = 0
        var index = start
        while index < end {
            let byte = text.base[index]
            index += 1
            if byte == 40 { column = 0 }
            if byte == 44 { column += 1 }
            guard byte == 39 || byte == 34 else { continue }
            let stop = text.first(byte, from: index, to: end)
            if let kind = secret[column] { cell(index..<max(index, stop), kind) }
            index = stop + 1
        }
    }

    // MARK: - What stands before a mark

    /// `echo X |` before a tool that reads a password.
    ///
    /// - Parameter isPair: the tool reads `name:password`.
    mutating func echoedPassword(_ mark: Int, isPair: Bool) {
        let lineStart = text.lineStart(mark, limit: 400)
        let echo = (lineStart..<mark).last {
            text.has("echo ", at: $0) || text.has("printf ", at: $0)
        }
        guard let echo else { return }
        var start = text.pastBlanks(text.first(32, from: echo, to: mark))
        while text[start] == 45, Byte.isLetter(text[start + 1]), text[start + 2] == 32 {
            start = text.pastBlanks(start + 3)
        }
        if Byte.isQuote(text[start]) { start += 1 }
        var end = quotedEnd(start)
        if text.has("printf ", at: echo), text.first(37, from: start, to: end) < end {
            // How it is written, not what.
            start = text.pastBlanks(Byte.isQuote(text[end]) ? end + 1 : end)
            if Byte.isQuote(text[start]) { start += 1 }
            end = quotedEnd(start)
        }
        guard end < mark, text[start] != 45 else { return }
        if isPair { return pair(start, end) }
        mask(start, end, .commandFlag, as: .password)
    }

    /// `echo X > .env`: what is written into a file that is for secrets; `echo ` ends at `end`.
    mutating func writtenSecret(_ end: Int) {
        let lineEnd = min(text.lineEnd(end), end + Self.commandMax)
        var start = text.pastBlanks(end)
        while text[start] == 45, Byte.isLetter(text[start + 1]), text[start + 2] == 32 {
            start = text.pastBlanks(start + 3)
        }
        if Byte.isQuote(text[start]) { start += 1 }
        let stop = quotedEnd(start)
        let sign = text.pastBlanks(Byte.isQuote(text[stop]) ? stop + 1 : stop)
        guard text[sign] == 62, sign < lineEnd, stop > start, text[start] != 36 else { return }
        let file = text.pastBlanks(text[sign + 1] == 62 ? sign + 2 : sign + 1)
        let fileEnd = text.skip(file, limit: 256) { $0 > 32 }
        let name = text.string(file, fileEnd).lowercased()
        guard
            ["pass", "secret", "token", ".env", "credential", "pgpass", "netrc"].contains(
                where: name.contains), Shape.isOpaque(text, start, stop)
        else { return }
        add(start, stop, .commandFlag, .mask(.password))
    }

    /// `name:password@tcp(` and `name/password@//`: an address without a scheme; `@` stands at
    /// `mark`.
    mutating func bareDSN(_ mark: Int) {
        let start = text.back(mark, limit: 200) {
            $0 > 32 && $0 != 34 && $0 != 39 && $0 != 40
        }
        let separator: UInt8 = text[mark + 1] == 47 ? 47 : 58
        var first = start
        // `DSN=ada:X`: no name of somebody holds the sign, passwords do.
        let assigned = text.first(61, from: start, to: text.first(separator, from: start, to: mark))
        if assigned < mark, text[assigned] == 61 { first = assigned + 1 }
        if separator == 47, let colon = (start..<mark).last(where: { text[$0] == 58 }) {
            first = colon + 1
        }
        let sign = text.first(separator, from: first, to: mark)
        guard sign < mark, sign > first, sign + 1 < mark, text[sign + 1] != 47 else { return }
        user(first, sign)
        add(sign + 1, mark, .urlUserInfo, .mask(.password))
        let host = text[mark + 1] == 116 ? mark + 5 : mark + 3
        let stop = text.skip(host, limit: 128) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 }
        if text[mark + 1] != 117, Byte.isLetter(text[host]) { nameHost(host, stop) }
    }

    /// `jdbc:oracle:thin:scott/X@host:1521/db`: the name begins at `start`.
    mutating func driverLogin(_ start: Int) {
        let stop = text.skip(start, limit: 256) { $0 > 32 && !Byte.isQuote($0) && $0 != 44 }
        let slash = text.skip(start, limit: 64) { Byte.isWord($0) || $0 == 46 || $0 == 36 }
        guard text[slash] == 47, slash > start,
            let mark = (slash..<stop).last(where: { text[$0] == 64 }), mark > slash + 1
        else { return }
        user(start, slash)
        add(slash + 1, mark, .urlUserInfo, .mask(.password))
    }

    /// `"kty"` stands at `start`: a key in JSON, whose secret parts have names of one or two letters.
    mutating func webKey(_ start: Int) {
        let memo = text.memo
        guard start >= memo.pointee.webKeyEnd else { return }
        let limit = 16 << 10
        if !memo.pointee.webKeyRun.contains(start) {
            let first = text.back(start) { $0 != 123 && $0 != 125 }
            memo.pointee.webKeyRun = first..<text.skip(start) { $0 != 125 && $0 != 123 }
        }
        let open = max(memo.pointee.webKeyRun.lowerBound, start - limit)
        let close = min(memo.pointee.webKeyRun.upperBound, start + limit)
        guard text[open - 1] == 123 else { return }
        memo.pointee.webKeyEnd = close
        var index = text.first(34, from: open, to: close)
        while index < close {
            let end = text.first(34, from: index + 1, to: close)
            let sign = text.pastBlanks(end + 1)
            let value = text.skip(sign + 1, limit: 64, while: Byte.isSpace)
            guard text[sign] == 58, text[value] == 34 else {
                index = text.first(34, from: end + 1, to: close)
                continue
            }
            let stop = text.first(34, from: value + 1, to: close)
            if ["d", "p", "q", "dp", "dq", "qi", "k", "r", "t"].contains(
                text.string(index + 1, end))
            {
                add(value + 1, stop, .privateKey, .mask(.privateKey))
            }
            index = text.first(34, from: stop + 1, to: close)
        }
    }
}
