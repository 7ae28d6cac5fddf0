// Names of people and machines where the logs of a system put them: in the head of a line, beside a
// user's number, in the lines of its list of accounts.

extension Scanner {
    /// What follows somebody's name stands at `start`: `ada(uid=1000)`, `(ada) CMD (`.
    mutating func nameBefore(_ start: Int) {
        let first = text.back(start, limit: 48) { Byte.isWord($0) || $0 == 46 }
        guard first < start, text[first - 1] == 40 || Byte.isBlank(text[first - 1]) else { return }
        userValue(first, start, text.string(first, start).lowercased())
    }

    /// `ada:x:1000:1000:Ada Berg,,,:/home/ada:/bin/sh`; `:x:` stands at `start`.
    mutating func accountLine(_ start: Int) {
        let first = text.back(start, limit: 48) { Byte.isWord($0) || $0 == 46 }
        let before = text[first - 1]
        guard first < start,
            first == 0 || Byte.isSpace(before) || Byte.isQuote(before) || before == 61
                || before == 62
        else { return }
        let user = text.skip(start + 3, limit: 10, while: Byte.isDigit)
        let group = text.skip(user + 1, limit: 10, while: Byte.isDigit)
        guard text[user] == 58, text[group] == 58, user > start + 3 else { return }
        let end = text.skip(group + 1, limit: 200) { $0 != 58 && $0 != 44 && $0 != 10 }
        // Accounts of the system have small numbers and say what they are for.
        guard user - start - 3 >= 4 else { return }
        userValue(first, start, text.string(first, start).lowercased())
        if end > group + 1, text[end] == 58 || text[end] == 44 {
            userValue(group + 1, end, text.string(group + 1, end).lowercased())
        }
    }

    /// `ada:1001:HASH:HASH:::`, as lists of Windows accounts are dumped; `:::` stands at `mark`.
    mutating func accountHashes(_ mark: Int) {
        let second = text.back(mark, limit: 33, while: Byte.isHex)
        let first = text.back(second - 1, limit: 33, while: Byte.isHex)
        let number = text.back(first - 1, limit: 10, while: Byte.isDigit)
        guard mark - second == 32, second - first == 33, text[second - 1] == 58,
            text[first - 1] == 58, number < first - 1, text[number - 1] == 58
        else { return }
        add(first, second - 1, .passwordFile, .mask(.password))
        add(second, mark, .passwordFile, .mask(.password))
        let name = text.back(number - 1, limit: 64) { Byte.isWord($0) || $0 == 46 || $0 == 36 }
        userValue(name, number - 1, text.string(name, number - 1).lowercased())
    }

    /// `-rw-r--r--  1 ada staff 4096 …`: the letters of permissions stand at `start`.
    mutating func listing(_ start: Int) {
        guard start == 0 || !Byte.isWord(text[start - 1]) else { return }
        let end = text.skip(start + 1, limit: 9) {
            $0 == 45 || $0 == 114 || $0 == 119 || $0 == 120 || $0 | 0x20 == 115 || $0 | 0x20 == 116
        }
        guard end == start + 10 else { return }
        let count = text.pastBlanks(Byte.isBlank(text[end]) ? end : end + 1)
        let links = text.skip(count, limit: 8, while: Byte.isDigit)
        let first = text.pastBlanks(links)
        // Archives are listed without the number of links.
        guard links > count && first > links || Byte.isLower(text[count]) else { return }
        let stop = text.skip(first, limit: 48) { Byte.isWord($0) || $0 == 46 }
        if links == count, text[stop] != 47 { return }
        let group = text[stop] == 47 ? stop + 1 : text.pastBlanks(stop)
        let groupEnd = text.skip(group, limit: 48) { Byte.isWord($0) || $0 == 46 }
        for range in [first..<stop, group..<groupEnd] where !range.isEmpty {
            let name = text.string(range.lowerBound, range.upperBound).lowercased()
            if !Self.systemGroups.contains(name) {
                userValue(range.lowerBound, range.upperBound, name)
            }
        }
    }

    private static let systemGroups: Set<String> = [
        "staff", "wheel", "users", "adm", "sudo", "docker", "disk", "dialout", "plugdev", "video",
        "audio", "kvm", "tty", "mail", "shadow", "utmp", "cdrom", "floppy", "dip", "everyone",
        "_lp",
        "bin", "sys", "games", "man", "lp", "news", "proxy", "backup", "list", "www-data", "syslog",
        "messagebus", "input", "render", "netdev", "bluetooth", "scanner", "lpadmin", "sambashare",
    ]

    /// `uid=1000(ada) gid=1000(ada) groups=1000(ada),27(sudo)`; a sign of equality ends at `end`.
    mutating func accountID(_ end: Int) {
        var index = end
        for _ in 0..<32 {
            let open = text.skip(index, limit: 10, while: Byte.isDigit)
            guard open > index, text[open] == 40 else { return }
            let close = text.skip(open + 1, limit: 48) { Byte.isWord($0) || $0 == 46 }
            guard text[close] == 41 else { return }
            let name = text.string(open + 1, close).lowercased()
            if !Self.systemGroups.contains(name) { userValue(open + 1, close, name) }
            guard text[close + 1] == 44 else { return }
            index = close + 2
        }
    }

    /// `ada : TTY=pts/0 ; PWD=…`, as sudo says who did something.
    mutating func terminalName(_ start: Int) {
        let first = text.back(start, limit: 48) { Byte.isWord($0) || $0 == 46 }
        let isApart = first == 0 || Byte.isSpace(text[first - 1]) || text[first - 1] == 58
        guard first < start, isApart else { return }
        userValue(first, start, text.string(first, start).lowercased())
    }

    /// `ada : 3 incorrect password attempts`: the words behind the number stand at `start`.
    mutating func countedAttempts(_ start: Int) {
        let number = text.back(start, limit: 4, while: Byte.isDigit)
        if number < start, text.has(" : ", at: number - 3) { terminalName(number - 3) }
    }

    /// `ada@box:~/src$` and `[ada@box src]$`; the `@` stands at `mark`, the two words round it.
    mutating func prompt(_ start: Int, _ mark: Int, _ end: Int) {
        let isPath = text[end] == 58 && (text[end + 1] == 126 || text[end + 1] == 47)
        let bracket = text.skip(end, limit: 80) { $0 != 93 && $0 != 10 }
        let isBracketed =
            text[start - 1] == 91 && text[end] == 32 && text[bracket] == 93
            && (text[bracket + 1] == 36 || text[bracket + 1] == 35)
        let sign = isPath ? text.skip(end + 1, limit: 200) { $0 > 32 && $0 != 36 && $0 != 35 } : end
        guard
            isBracketed || isPath && (text[sign] == 36 || text[sign] == 35)
                || isRemote(start, end)
        else { return }
        userValue(start, mark, text.string(start, mark).lowercased())
        nameHost(mark + 1, end)
    }

    /// `ssh ada@box`, `ada@box's password:`, `ada@box ~ % `.
    private func isRemote(_ start: Int, _ end: Int) -> Bool {
        if text.has("'s password", at: end) || text.has(": Permission denied", at: end) {
            return true
        }
        if text.has("Connect\t", at: start - 8), text.has(" on ", at: end) { return true }
        if text[end] == 32 {
            let sign = text.skip(end + 1, limit: 80) { $0 > 32 }
            if sign > end + 1, text.has(" % ", at: sign) { return true }
        }
        let before = text.lineStart(start, limit: 120)
        let tools: [StaticString] = [
            "ssh ", "scp ", "sftp ", "sftp:", "rsync ", "ssh-copy-id ", "mosh ",
        ]
        return (before..<start).contains { at in
            !Byte.isWord(text[at - 1]) && tools.contains { text.has($0, at: at) }
        }
    }

    /// Ids that peers of other networks make of their keys.
    mutating func peerKey(_ start: Int) {
        guard !Byte.isAlnum(text[start - 1]) else { return }
        // In `did:key:…` the id is seen as a whole.
        if text[start - 1] == 58 {
            let name = text.back(start - 1, limit: 24, while: Byte.isAlnum)
            guard text[name - 1] != 58 else { return }
        }
        let end = text.skip(start, limit: 80, while: Byte.isAlnum)
        guard end - start >= 44, !Byte.isWord(text[end]) else { return }
        add(start, end, .deviceID, book.aliases.device(text.bytes(start, end)))
    }

    /// The short name of a month begins a line: `Nov 22 04:00:00 host program[7]: `.
    mutating func systemLine(_ start: Int) {
        guard hasLines,
            start == 0 || Byte.isBreak(text[start - 1]) || followsPriority(start)
                || text.pastBlanks(contentStart(start)) == start
        else { return }
        let day = text.pastBlanks(start + 4, limit: 2)
        let time = text.skip(day, limit: 2, while: Byte.isDigit) + 1
        guard time > day + 1, text[time + 2] == 58, text[time + 5] == 58 else { return }
        let clock = text.skip(time, limit: 16) { Byte.isDigit($0) || $0 == 58 || $0 == 46 }
        lineHost(clock)
    }

    /// `]: ` stands at `mark`: the program's, in a line that begins with a time of ISO 8601.
    mutating func programMark(_ mark: Int) {
        let digits = text.back(mark, limit: 8, while: Byte.isDigit)
        guard hasLines, digits < mark, text[digits - 1] == 91 else { return }
        // In a text of something else the time stands two words before the sign.
        let program = text.back(digits - 1, limit: 48) { $0 > 32 }
        let host = text.back(program - 1, limit: 64) { $0 > 32 }
        let time = text.back(host - 1, limit: 40) {
            Byte.isDigit($0) || [43, 45, 46, 58, 84, 90].contains($0)
        }
        if text[host - 1] == 32, host - time > 19, TimeStamp.end(text, time) != nil {
            return lineHost(host - 1)
        }
        let line = text.lineStart(mark, limit: 160)
        // Most such lines begin with the time; the others have heads before it.
        guard
            let end = TimeStamp.end(text, line) ?? TimeStamp.end(text, firstHead(line))
                ?? TimeStamp.end(text, contentStart(mark))
        else { return }
        lineHost(text.skip(end, limit: 12) { $0 > 32 })
    }

    /// The name of the machine between the time, which ends at `end`, and the program.
    private mutating func lineHost(_ end: Int) {
        guard text[end] == 32 else { return }
        let stop = text.skip(end + 1, limit: 64) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 }
        let program = text.skip(stop + 1, limit: 48) {
            Byte.isWord($0) || $0 == 46 || $0 == 47 || $0 == 40 || $0 == 41
        }
        let isProgram = text[program] == 91 || text[program] == 58 && text[program + 1] == 32
        let word = text.string(end + 1, stop)
        // A level may stand in the place of the machine.
        let isName = word.contains(where: \.isLowercase) && !Self.levels.contains(word.lowercased())
        guard stop > end + 1, text[stop] == 32, program > stop + 1, isProgram, isName,
            Byte.isLetter(text[end + 1])
        else { return }
        nameHost(end + 1, stop)
    }

    private static let levels: Set<String> = [
        "trace", "debug", "info", "notice", "warn", "warning", "error", "err", "fatal", "critical",
        "crit", "panic",
    ]

    /// `0011.2233.4455`, as routers write hardware addresses; a dot stands at `start + 1`.
    mutating func dottedHardware(_ start: Int) {
        // Another dot at its place before or behind; most numbers have none.
        guard text[start + 6] == 46 || text[start - 4] == 46 else { return }
        for first in [start - 3, start - 8] where first >= 0 {
            let groups = [first, first + 5, first + 10]
            let isWhole = groups.allSatisfy { group in
                text.skip(group, limit: 4, while: Byte.isHex) == group + 4
            }
            guard isWhole, text[first + 4] == 46, text[first + 9] == 46,
                !Byte.isWord(text[first - 1]), text[first - 1] != 46,
                !Byte.isWord(text[first + 14]), text[first + 14] != 46
            else { continue }
            let digits = groups.flatMap { text.bytes($0, $0 + 4) }
            let bytes = stride(from: 0, to: 12, by: 2).map {
                Byte.hexValue(digits[$0]) << 4 | Byte.hexValue(digits[$0 + 1])
            }
            guard !(bytes[0] == 2 && bytes[1] == 0 && bytes[2] == 0) else { return }
            return add(
                first, first + 14, .hardwareAddress,
                book.aliases.hardware(bytes, separator: 46))
        }
    }

    static func holdsUser(_ byte: UInt8) -> Bool { Byte.isWord(byte) || byte == 46 }

    /// `CORP\kwame`: where the name begins behind a domain in capitals, which stands at `start..<end`.
    func accountOfDomain(_ start: Int, _ end: Int) -> Int? {
        let first = text.skip(end, limit: 4) { $0 == 92 }
        let isDomain = (start..<end).allSatisfy {
            Byte.isUpper(text[$0]) || Byte.isDigit(text[$0]) || text[$0] == 45
        }
        return first > end && isDomain && end - start >= 2 && Byte.isAlnum(text[first])
            ? first : nil
    }

    /// `~ada`, with the name at `start`. Behind signs that set other things apart a folder has to follow.
    mutating func tildeFolder(_ start: Int) {
        // What was decoded may be a path and nothing else.
        if start == 1 {
            let end = text.skip(1, limit: 64) { Byte.isWord($0) || $0 == 46 }
            guard text[end] == 47, Byte.isLower(text[1]), Byte.isAlnum(text[end + 1]) else {
                return
            }
        }
        if [9, 44, 59, 60, 62, 91, 96, 124].contains(text[start - 2]) {
            let end = text.skip(start, limit: 64) { Byte.isWord($0) || $0 == 46 }
            guard text[end] == 47, Byte.isAlnum(text[end + 1]) || text[end + 1] == 46 else {
                return
            }
        }
        homeFolder(start)
    }

    /// `map[username:[ada] …]`, as Go prints lists of one.
    private func listedName(_ value: KeyedValue) -> KeyedValue {
        let end = text.skip(value.start + 1, limit: 160) { Byte.isWord($0) || $0 == 46 || $0 == 64 }
        guard text[value.start] == 91, text[value.start - 1] == 58, text[end] == 93,
            end > value.start + 1
        else { return value }
        var inner = value
        (inner.start, inner.end) = (value.start + 1, end)
        return inner
    }

    /// The value behind the name of somebody or something: a text that is alone in a list, as headers are
    /// logged, and the only line of a block of YAML count as well.
    func namedValue(_ place: KeyPlace) -> KeyedValue? {
        guard var value = value(after: place.end) else { return nil }
        guard value.quote == 0 else { return value }
        if hasLines, let block = indentedBlock(place),
            text.lineEnd(block.lowerBound) >= block.upperBound
        {
            (value.start, value.end) = (block.lowerBound, block.upperBound)
            return value
        }
        guard text[value.start] == 91, value.isKeyQuoted else { return listedName(value) }
        let quote = text.skip(value.start + 1, limit: 9) { $0 == 92 }
        guard Byte.isQuote(text[quote]) else { return value }
        let end = text.skip(quote + 1, limit: 160) { !Byte.isQuote($0) && $0 != 92 && $0 > 31 }
        let close = text.skip(end, limit: 8) { $0 == 92 }
        guard text[close] == text[quote], text[close + 1] == 93 else { return value }
        (value.start, value.end, value.quote) = (quote + 1, end, text[quote])
        return value
    }

    /// `  hostname        box7`: a name, blanks that set it apart, and a word with a number in it, alone on
    /// their line, as programs list what they are set to.
    func isOwnLine(_ value: KeyedValue, _ place: KeyPlace) -> Bool {
        isColumn(value, place) && Shape.Census(text, value.start, value.end).digits > 0
    }

    /// A name at the beginning of its line and, behind blanks that set it apart, one word and no more; or a
    /// cell between tabs.
    func isColumn(_ value: KeyedValue, _ place: KeyPlace) -> Bool {
        guard value.separator == 32, value.quote == 0 else { return false }
        if text[place.end] == 9, text[value.end] == 9 || text[place.start - 1] == 9 {
            return Byte.isSpace(text[value.end]) && text[value.end] != 32
        }
        guard opensLine(place), value.start - place.end >= 3 || text[place.end] == 9 else {
            return false
        }
        return text.pastBlanks(value.end) >= text.lineEnd(value.end)
    }
}
