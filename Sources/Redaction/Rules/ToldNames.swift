// Names of people, machines and devices behind words that announce one: `Account Name:`, `Connected to `,
// `CREATE USER `, `Machine ID:`.

extension Scanner {
    /// The words stand at `start..<end`.
    mutating func toldName(_ told: ToldName, _ start: Int, _ end: Int) {
        guard !Byte.isAlnum(text[start - 1]) || !Byte.isAlnum(text[start]) else { return }
        let first = text.skip(end, limit: 40) { Byte.isBlank($0) || $0 == 46 && told.kind == .host }
        switch told.kind {
        case .user: toldUser(text[end - 1] == 61 ? end : first)
        case .quotedUser:
            let close = text.skip(end, limit: 48, while: Self.holdsUser)
            let isRole = text.has("role ", at: start, folded: true)
            if text[close] == text[end - 1], actsBehind(close + 1, isRole: isRole) { toldUser(end) }
        case .role: role(first)
        case .listedUser: if let word = listedWord(start, first) { toldUser(word.lowerBound) }
        case .host: toldHost(text[first] == 58 ? text.pastBlanks(first + 1) : first)
        case .listedHost:
            if let word = listedWord(start, first) { nameHost(word.lowerBound, word.upperBound) }
        case .enclosedHost: enclosedHost(start, end)
        case .perhapsHost: perhapsHost(first)
        case .actor:
            let stop = text.skip(first, limit: 48, while: Self.holdsUser)
            let isLast = Byte.isBreak(text[stop]) || stop >= text.count
            if hasLines, isLast, contentStart(start) == start { toldUser(first) }
        case .person: toldPerson(first)
        case .carded:
            if hasLines, text.pastBlanks(contentStart(start)) == start { toldPerson(first) }
        case .searched:
            if hasLines, text.pastBlanks(contentStart(start)) == start { perhapsHost(first) }
        case .fingered:
            let line = contentStart(start)
            if text.has("login: ", at: line, folded: true) { toldPerson(first) }
        case .device: toldDevice(first)
        case .deviceBelow: deviceBelow(start, first)
        case .postalAddress: postalAddress(first)
        case .card: cardNumber(first)
        case .switched: switched(first)
        }
    }

    /// What somebody does or suffers stands behind a name in quotes; `the user 'www'` is prose.
    private func actsBehind(_ index: Int, isRole: Bool) -> Bool {
        // `role "leader-election" not found`: of those of a database more is said.
        if isRole { return text.has(" does not exist", at: index) }
        let words: [StaticString] = [
            " logged", " connected", " disconnected", " authenticated", " joined", " left",
            " signed", " from ", " not found", " does not exist", " denied", " failed", " rejected",
            " locked",
        ]
        return words.contains { text.has($0, at: index) }
    }

    /// `su: ada to root on pts/1`, `su[812]: + pts/1 ada:root`.
    private mutating func switched(_ index: Int) {
        let number = text.skip(index, limit: 4, while: Byte.isDigit)
        let first = number > index ? text.pastBlanks(number) : index
        let stop = text.skip(first, limit: 48, while: Self.holdsUser)
        if number > index {
            if text[stop] == 58 { toldUser(first) }
            return
        }
        let other = text.skip(stop + 4, limit: 48, while: Self.holdsUser)
        if text.has(" to ", at: stop), text.has(" on ", at: other) { toldUser(first) }
    }

    mutating func toldUser(_ first: Int) {
        let start = text.has("corp\\", at: first, folded: true) ? first + 5 : first
        let stop = text.skip(start, limit: 48, while: Self.holdsUser)
        let word = text.string(start, stop).lowercased()
        guard !KeyWords.status.contains(word), stop - start > 2 else { return }
        // A machine's account ends in a sign of its own.
        if text[stop] == 36 { return nameHost(start, stop) }
        userValue(start, stop, word)
    }

    /// `CREATE USER 'ada'@'%'`, `ALTER ROLE ada WITH LOGIN`: a statement goes on behind the name.
    private mutating func role(_ first: Int) {
        let start = Byte.isQuote(text[first]) ? first + 1 : first
        let stop = text.skip(start, limit: 48, while: Self.holdsUser)
        let next = text.pastBlanks(Byte.isQuote(text[stop]) ? stop + 1 : stop)
        let words: [StaticString] = ["with ", "identified ", "password ", "login", "set ", "in "]
        let isStatement =
            text[next] == 64 || text[next] == 59
            || words.contains { text.has($0, at: next, folded: true) }
        let isQuoted = start > first && text[stop] == text[first]
        let word = text.string(start, stop).lowercased()
        let isState = KeyWords.status.contains(word)
        guard isQuoted || isStatement && !isState, !["if", "with", "for", "not"].contains(word)
        else { return }
        userValue(start, stop, word)
    }

    mutating func toldHost(_ first: Int) {
        let stop = text.skip(first, limit: 128) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 }
        guard stop - first > 1, (first..<stop).contains(where: { Byte.isLetter(text[$0]) }) else {
            return
        }
        nameHost(first, stop)
    }

    /// A name with dots that ends as hosts do, or one that an address or a port stands behind.
    private mutating func perhapsHost(_ first: Int) {
        var stop = text.skip(first, limit: 253) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 }
        while stop > first, text[stop - 1] == 46 { stop -= 1 }
        guard stop - first > 2, Byte.isLetter(text[first]), !text.has("://", at: stop) else {
            return
        }
        let dot = (first..<stop).last { text[$0] == 46 }
        let suffix = dot.map { text.string($0 + 1, stop).lowercased() }
        let isNamed = suffix.map(HostSuffix.isKnown) ?? false
        let behind = Byte.isQuote(text[stop]) ? stop + 1 : stop
        let hasAddress = text.has(" (", at: behind) && Byte.isDigit(text[behind + 2])
        let hasNumber =
            text[stop] == 47 && Byte.isDigit(text[stop + 1])
            && text.first(46, from: stop, to: stop + 5) < stop + 5
        let hasPort = text[stop] == 58 && Byte.isDigit(text[stop + 1])
        let isAsked = (text.has(" on ", at: stop) || text.has(" [", at: stop)) && dot == nil
        let isThere = isAsked && isAddressAt(text[stop + 1] == 91 ? stop + 2 : stop + 4)
        let word = text.string(first, stop).lowercased()
        guard isNamed || hasAddress || hasNumber || isThere || hasPort && dot == nil,
            word != "localhost",
            word != "port"
        else { return }
        nameHost(first, stop)
        // `Authenticating to box:22 as 'ada'`
        let port = hasPort ? text.skip(stop + 1, limit: 5, while: Byte.isDigit) : stop
        if text.has(" as '", at: port) { toldUser(port + 5) }
    }

    mutating func toldPerson(_ first: Int) {
        let end = text.back(text.lineEnd(first), limit: 8, while: Byte.isSpace)
        guard var stop = fullName(first), stop - first <= 80,
            stop == end || Byte.isQuote(text[stop]) || text[stop] == 92 || text[stop] == 60
        else { return }
        // `user.name 'Ada Berg'`: the sign is a letter of names such as O'Neill, too.
        if text[first - 1] == 39, text[stop - 1] == 39 { stop -= 1 }
        add(first, stop, .userName, book.aliases.user(text.bytes(first, stop)))
    }

    /// Digits and letters, as makers number what they sell and systems name themselves.
    mutating func toldDevice(_ first: Int) {
        let stop = text.skip(first, limit: 64) { Byte.isAlnum($0) || $0 == 45 }
        let census = Shape.Census(text, first, stop)
        let isMixed = census.digits > 0 && census.upper + census.lower > 0
        guard stop - first >= 8, isMixed || isSerial(first, stop), text[stop] != 58,
            !book.isSafe(text, first, stop)
        else { return }
        let bytes = text.bytes(first, stop)
        if bytes.hasPrefix("device-") || bytes.hasSuffix(Aliases.keyMark) { return }
        add(first, stop, .deviceID, book.aliases.device(bytes))
    }

    // MARK: - Rows of lists

    /// The words of a line that begins before `index`, at most `count` of them.
    func rowWords(_ index: Int, count: Int) -> [Range<Int>] {
        let line = contentStart(index)
        let end = text.lineEnd(index)
        guard hasLines else { return [] }
        var words: [Range<Int>] = []
        var at = text.pastBlanks(line)
        while at < end, words.count < count {
            let stop = text.skip(at, limit: 200) { $0 > 32 }
            words.append(at..<stop)
            at = text.pastBlanks(stop, limit: 64)
        }
        return words
    }

    func isCount(_ word: Range<Int>) -> Bool {
        word.allSatisfy { Byte.isDigit(text[$0]) }
    }

    /// ` ? ` stands at `mark`: a process without a terminal, and who runs it.
    mutating func processRow(_ mark: Int) {
        let words = rowWords(mark, count: 4)
        guard words.count == 4, isCount(words[1]), words[0].upperBound < mark,
            words[2].allSatisfy({ Byte.isDigit(text[$0]) || text[$0] == 46 })
        else { return }
        account(words[0].lowerBound, words[0].upperBound)
    }

    /// `  812 ada   20   0`, as `top` prints it; the priority stands at `mark`.
    mutating func priorityRow(_ mark: Int) {
        let words = rowWords(mark, count: 4)
        guard words.count == 4, isCount(words[0]), isCount(words[2]), words[1].upperBound <= mark
        else { return }
        account(words[1].lowerBound, words[1].upperBound)
    }

    /// `aura 812 ada 12u IPv4 0x0 0t0 TCP box:4711->…`: an open connection, its family at `mark`.
    mutating func openFileRow(_ mark: Int) {
        let words = rowWords(mark, count: 9)
        guard words.count > 3, isCount(words[1]), Byte.isDigit(text[words[3].lowerBound]) else {
            return
        }
        account(words[2].lowerBound, words[2].upperBound)
        guard words.count == 9 || words.count == 8, let last = words.last else { return }
        let stop = text.skip(last.lowerBound, limit: 128) { Byte.isAlnum($0) || $0 == 45 }
        if Byte.isLetter(text[last.lowerBound]), text[stop] == 58, Byte.isDigit(text[stop + 1]) {
            nameHost(last.lowerBound, stop)
        }
    }

    /// `10.0.0.7 - ada [05/Mar/2026:…`: the month stands at `mark`.
    mutating func requestRow(_ mark: Int) {
        let open = text.back(mark, limit: 2, while: Byte.isDigit) - 1
        guard text[open] == 91, text[open - 1] == 32 else { return }
        let first = text.back(open - 1, limit: 48, while: Self.holdsUser)
        guard text.has("- ", at: first - 2), text[first] != 45 else { return }
        toldUser(first)
    }

    /// `? (10.0.0.7) at 02:…`, `box (10.0.0.7) at …`; `) at ` stands at `mark`.
    mutating func neighbour(_ mark: Int) {
        let open = text.back(mark, limit: 48) { $0 != 40 && $0 > 32 } - 1
        let first = text.back(open - 1, limit: 64) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 }
        guard text[open] == 40, Byte.isHex(text[open + 1]), text[open - 1] == 32,
            Byte.isLetter(text[first]), text.pastBlanks(contentStart(first)) == first,
            first < open - 1
        else { return }
        nameHost(first, open - 1)
    }

    /// `DHCPACK on 10.0.0.7 to 02:… (box) via eth0`; `) via ` stands at `mark`.
    mutating func leased(_ mark: Int) {
        let first = text.back(mark, limit: 64) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 }
        let line = text.lineStart(mark, limit: 200)
        guard text[first - 1] == 40, first < mark, Byte.isLetter(text[first]),
            (line..<first).contains(where: { text.has("dhcp", at: $0, folded: true) })
        else { return }
        nameHost(first, mark)
    }

    // MARK: - Windows

    /// `CORP\ada`: a domain of capitals ends before the backslash at `mark`.
    mutating func domainAccount(_ mark: Int) {
        let domain = text.back(mark, limit: 16) {
            Byte.isUpper($0) || Byte.isDigit($0) || $0 == 45
        }
        let first = text.skip(mark, limit: 4) { $0 == 92 }
        let stop = text.skip(first, limit: 48, while: Self.holdsUser)
        let before = text[domain - 1]
        guard mark - domain >= 2, !Byte.isWord(before), before != 92, before != 58, before != 46,
            before != 36,
            text[stop] != 92, text[stop] != 47, text[stop] != 58, stop - first > 2,
            first - mark > 1 || depth > 0 || !isEscapeLetter(first, stop) || isSpokenOf(domain)
                || isWholeLine(domain, stop)
        else { return }
        let name = text.string(domain, mark)
        guard !Self.noDomains.contains(name), text[stop - 1] != 46 else { return }
        userValue(first, stop, text.string(first, stop).lowercased())
    }

    /// What a backslash makes something else of: the end of a line, or a character by its number.
    private func isEscapeLetter(_ first: Int, _ stop: Int) -> Bool {
        switch text[first] {
        case UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"): true
        case UInt8(ascii: "u"): text.skip(first + 1, limit: 4, while: Byte.isHex) == first + 5
        case UInt8(ascii: "x"): text.skip(first + 1, limit: 2, while: Byte.isHex) == first + 3
        default: false
        }
    }

    /// Nothing else stands on the line.
    private func isWholeLine(_ domain: Int, _ stop: Int) -> Bool {
        hasLines && contentStart(domain) == domain && text[domain - 1] != 34
            && (Byte.isBreak(text[stop]) || stop >= text.count)
    }

    /// A word before the domain says that somebody's account follows.
    private func isSpokenOf(_ domain: Int) -> Bool {
        let words: [StaticString] = ["account ", "user ", "login ", "user: ", "account: "]
        return words.contains {
            text.has($0, at: domain - $0.utf8CodeUnitCount, folded: true)
        }
    }

    private static let noDomains: Set<String> = [
        "NT", "AUTHORITY", "BUILTIN", "HKLM", "HKCU", "HKCR", "HKU", "SOFTWARE", "SYSTEM", "INFO",
        "WARN", "ERROR", "DEBUG", "TRACE", "FATAL", "WINDOWS",
    ]

    /// `\\BOX\share`: the name of the machine begins at `first`.
    mutating func sharedFolder(_ first: Int) {
        let before = text[text.back(first, limit: 8) { $0 == 92 } - 1]
        if Byte.isWord(before) || before == 58 || before == 46 { return }
        let stop = text.skip(first, limit: 128) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 }
        let next = text.skip(stop, limit: 4) { $0 == 92 }
        guard stop - first > 2, next > stop, Byte.isAlnum(text[next]) || text[next] == 36,
            Byte.isLetter(text[first]) || isDefaultName(first, stop),
            Byte.isUpper(text[first]) || (first..<stop).contains(where: { text[$0] == 46 })
                || isDefaultName(first, stop)
                || before == 32 && (isMarked(first, stop) || isNetUse(first))
        else { return }
        nameHost(first, stop)
    }

    /// `net use Z: \\box\s`
    private func isNetUse(_ first: Int) -> Bool {
        (max(0, first - 24)..<first).contains { text.has("net use ", at: $0, folded: true) }
    }

    /// Capitals and digits, as systems number machines that nobody named.
    private func isDefaultName(_ first: Int, _ stop: Int) -> Bool {
        (first..<stop).allSatisfy {
            Byte.isUpper(text[$0]) || Byte.isDigit(text[$0]) || text[$0] == 45
        } && (first..<stop).contains { Byte.isUpper(text[$0]) }
    }

    /// A dash or a digit behind a letter: no word of a path.
    func isMarked(_ first: Int, _ stop: Int) -> Bool {
        Byte.isLetter(text[first])
            && (first..<stop).contains { Byte.isDigit(text[$0]) || text[$0] == 45 }
    }

    // MARK: - Places

    /// `/media/ada/USB`: a disk is called in capitals or by a number; `/media/` stands at `start..<end`.
    mutating func mountedDisk(_ start: Int, _ end: Int) {
        let before = text[start - 1]
        let slash = text.skip(end, limit: 48, while: Self.holdsUser)
        guard !Byte.isWord(before), before != 46, before != 47, text[slash] == 47,
            Byte.isLower(text[end]), Byte.isUpper(text[slash + 1]) || Byte.isDigit(text[slash + 1])
        else { return }
        userValue(end, slash, text.string(end, slash).lowercased())
    }

    /// `  User ada` of settings of ssh: a line of two words; the second begins at `end`.
    mutating func sshUser(_ start: Int, _ end: Int) {
        let stop = text.skip(end, limit: 48, while: Self.holdsUser)
        guard hasLines, stop > end, Byte.isBreak(text[stop]) || stop >= text.count,
            text.pastBlanks(contentStart(end - 5)) == end - 5
        else { return }
        userValue(end, stop, text.string(end, stop).lowercased())
    }

    /// `R58M30   device product:…`, as debuggers list telephones; the words stand at `mark`.
    mutating func deviceRow(_ mark: Int) {
        if let first = rowWords(mark, count: 1).first { toldDevice(first.lowerBound) }
    }

    /// `//npm.box/:_authToken`: the host of a registry; what stands behind it begins at `mark`.
    mutating func hostPath(_ mark: Int) {
        let start = text.back(mark, limit: 200) { $0 > 32 && !Byte.isQuote($0) }
        guard text.has("//", at: start) else { return }
        let stop = text.skip(start + 2, limit: 253) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 }
        if Byte.isLetter(text[start + 2]) { nameHost(start + 2, stop) }
    }

    /// `10.0.0.7<tab>box.example.net box`: a line of a list of hosts, whose tab stands before `first`.
    mutating func hostsLine(_ first: Int) {
        let line = contentStart(first)
        let address = text.skip(line, limit: 48) { Byte.isHex($0) || $0 == 46 || $0 == 58 }
        guard hasLines, address == first - 1, address - line >= 7, Byte.isDigit(text[line]) else {
            return
        }
        var index = first
        let end = text.lineEnd(first)
        var names: [Range<Int>] = []
        while index < end, text[index] != 35 {
            let stop = text.skip(index, limit: 253) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 }
            guard stop > index, Byte.isSpace(text[stop]) || stop >= end, Byte.isLetter(text[index])
            else { return }
            names.append(index..<stop)
            index = text.pastBlanks(stop)
        }
        for name in names { nameHost(name.lowerBound, name.upperBound) }
    }

    // MARK: - Clouds

    /// `arn:aws:iam::123456789012:user/ada`; the mark ends at `end`.
    mutating func cloudName(_ end: Int) {
        let stop = text.skip(end, limit: 80) { Byte.isAlnum($0) || $0 == 45 || $0 == 58 }
        var first = text.first(58, from: end, to: stop)
        while first < stop {
            let digits = text.skip(first + 1, limit: 13, while: Byte.isDigit)
            if digits == first + 13, text[digits] == 58 {
                add(first + 1, digits, .keyedSecret, .mask(.identity))
                if text.has("user/", at: digits + 1) { toldUser(digits + 6) }
                return
            }
            first = text.first(58, from: first + 1, to: stop)
        }
    }
}
