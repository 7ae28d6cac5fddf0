// Names of hosts, people and devices.

extension Scanner {
    private static func holdsHost(_ byte: UInt8) -> Bool {
        Byte.isAlnum(byte) || byte == 45 || byte == 46
    }

    /// A suffix such as `.internal` stands at `start..<end`.
    mutating func hostName(_ start: Int, _ end: Int) {
        let next = text[end]
        guard !Byte.isAlnum(next), next != 45, next != 95 || text[end + 1] == 95, next != 40 else {
            return
        }
        if next == 46, Byte.isAlnum(text[end + 1]), HostSuffix.continues(text, end + 1) { return }
        var first = wordStart(start, limit: 200, while: Self.holdsHost)
        while first < start, text[first] == 45 || text[first] == 46 { first += 1 }
        guard first < start else { return }
        if isClassName(first, start, end) { return }
        let suffix = text.string(start + 1, end).lowercased()
        let labels = 1 + text.bytes(first, end).count { $0 == 46 }
        guard HostSuffix.isHost(suffix, labels, text, first, start) else { return }
        // An address of mail, unless nobody stands before the sign.
        if text[first - 1] == 64, text[first - 2] != 47, text[first - 2] > 32 { return }
        nameHost(first, end)
    }

    /// `ip-10-0-0-1`, `dhcp-192-168-0-66.lan`: an address in a name; its first digit ends at `index`.
    mutating func addressName(_ index: Int) {
        let start = text.back(index, limit: 40, while: Self.holdsHost)
        guard Byte.isLetter(text[start]), !Byte.isWord(text[start - 1]) else { return }
        // `node-20-11-1-0` is a version.
        let isSure = ["ip-", "dhcp-", "ec2-"].contains {
            text.has($0, at: start, folded: true) as Bool
        }
        var at = index - 1
        for part in 0..<4 {
            let end = text.skip(at, limit: 4, while: Byte.isDigit)
            let octet = Int(text.string(at, end)) ?? 256
            guard end > at, end - at <= 3, octet < 256, isSure || part > 0 || octet >= 100 else {
                return
            }
            if part == 3 {
                guard !Byte.isAlnum(text[end]) else { return }
                var stop = text.skip(end, limit: 160, while: Self.holdsHost)
                while stop > end, text[stop - 1] == 46 || text[stop - 1] == 45 { stop -= 1 }
                return nameHost(start, stop)
            }
            guard text[end] == 45 else { return }
            at = end + 1
        }
    }

    /// `connect to host ` ends at `start`.
    mutating func hostPhrase(_ start: Int) {
        var end = text.skip(start, limit: 160, while: Self.holdsHost)
        while end > start, !Byte.isAlnum(text[end - 1]) { end -= 1 }
        guard end - start >= 3, Byte.isLetter(text[start]) else { return }
        let word = text.string(start, end).lowercased()
        guard word != "localhost", !KeyWords.status.contains(word) else { return }
        let isMarked = (start..<end).contains { !Byte.isLetter(text[$0]) }
        let next = text[end]
        let isNamed =
            text.has(" port ", at: end) || next == 58 || Byte.isQuote(next) || Byte.isBreak(next)
        guard isMarked || isNamed && word != "port" else { return }
        nameHost(start, end)
    }

    /// Takes `start..<end` for the name of a host.
    mutating func nameHost(_ start: Int, _ end: Int) {
        let name = text.bytes(start, end)
        guard !book.isPublicHost(name) else { return }
        if name.allSatisfy({ Byte.isDigit($0) || $0 == 46 }) { return }
        add(start, end, .hostName, book.aliases.host(name))
        shortName(name, end)
    }

    /// `10.0.0.7 build7.example.net build7`: the first label again, as the list of hosts has it.
    private mutating func shortName(_ name: [UInt8], _ end: Int) {
        let start = text.pastBlanks(end, limit: 16)
        let stop = text.skip(start, limit: 64) { Byte.isAlnum($0) || $0 == 45 }
        guard start > end, let dot = name.firstIndex(of: 46), stop - start == dot, dot > 2,
            Byte.isSpace(text[stop]) || stop >= text.count,
            text.bytes(start, stop) == Array(name[..<dot])
        else { return }
        add(start, stop, .hostName, book.aliases.host(text.bytes(start, stop)))
    }

    /// `local@domain` round the `@` at `mark`.
    mutating func email(_ mark: Int) {
        let start = wordStart(mark, limit: 64) {
            Byte.isWord($0) || $0 == 46 || $0 == 43 || $0 == 126
        }
        var end = domainEnd(mark + 1)
        while end > mark, !Byte.isAlnum(text[end - 1]), text[end - 1] < 128 { end -= 1 }
        if start == mark, text[mark - 1] == 34 { return quotedEmail(mark, end) }
        guard start < mark, end > mark + 3, !isInUserInfo(start) else { return }
        end = HostSuffix.end(text, mark + 1, end)
        let dots = (mark + 1..<end).filter { text[$0] == 46 }
        guard let last = dots.last else { return prompt(start, mark, end) }
        if isAddress(mark + 1, end) {
            return userValue(start, mark, text.string(start, mark).lowercased())
        }
        guard end - last > 2 else { return }
        guard (last + 1..<end).allSatisfy({ Byte.isLetter(text[$0]) || text[$0] >= 128 }) else {
            return
        }
        let local = text.bytes(start, mark)
        let domain = text.bytes(mark + 1, end)
        if dots.count == 1, Self.units.contains(text.string(last + 1, end)) { return }
        if book.isAlias(Array(local.suffix(12)), "user"), book.isHostAlias(domain) { return }
        if local == Array("git".utf8) { return nameHost(mark + 1, end) }
        add(start, end, .email, book.aliases.email(local: local, domain: domain))
        nickBefore(start)
        personBefore(start)
        fullNameBefore(start)
        nameBeside(start)
    }

    /// `:Ada!~ada@box.example`, as IRC names who speaks; the address begins at `start`.
    private mutating func nickBefore(_ start: Int) {
        guard text[start - 1] == 33 else { return }
        let first = text.back(start - 1, limit: 32, while: Byte.isWord)
        guard hasLines, first < start - 1, text[first - 1] == 58,
            contentStart(first - 1) == first - 1 || Byte.isQuote(text[first - 2])
        else { return }
        userValue(first, start - 1, text.string(first, start - 1).lowercased())
    }

    /// `ada@10.0.0.7`: four numbers, which their own rule sees to.
    private func isAddress(_ start: Int, _ end: Int) -> Bool {
        (start..<end).count { text[$0] == 46 } == 3
            && (start..<end).allSatisfy { Byte.isDigit(text[$0]) || text[$0] == 46 }
    }

    /// Domains are written in any letters by now, and sentences in any signs.
    private func domainEnd(_ start: Int) -> Int {
        var index = start
        while index < start + 200 {
            let byte = text[index]
            let isSign =
                byte == 0xE2 || byte == 0xEF || byte == 0xC2
                || byte == 0xE3 && text[index + 1] == 0x80
            guard Self.holdsHost(byte) || byte >= 128 && !isSign else { break }
            index += byte >= 0xE0 ? 3 : byte >= 128 ? 2 : 1
        }
        let end = min(index, text.count)
        // A word of another script may touch the address.
        let plain = text.skip(start, limit: 200, while: Self.holdsHost)
        let dot = (start..<end).last { text[$0] == 46 } ?? start
        return plain > dot ? plain : end
    }

    /// `scheme://…` without a slash in between: the rule for addresses sees to it.
    private func isInUserInfo(_ start: Int) -> Bool {
        let begin = text.back(start, limit: 300) { $0 > 32 && $0 != 34 && $0 != 60 }
        var index = begin
        while index + 2 < start {
            if text.has("://", at: index) {
                return text.first(47, from: index + 3, to: start) >= start
                    || hasColonBefore(index + 3, start)
            }
            index += 1
        }
        return false
    }

    private func hasColonBefore(_ start: Int, _ end: Int) -> Bool {
        text.first(58, from: start, to: end) < end
    }

    /// `Author: Amara Okafor <amara@…>`: the name before the address is hers too.
    private mutating func personBefore(_ start: Int) {
        guard text[start - 1] == 60, text[start - 2] == 32,
            !text.has("-mail", at: start - 7)
        else { return }
        let lineStart = text.lineStart(start, limit: 160)
        let colon = (lineStart..<start).last { text[$0] == 58 } ?? lineStart - 1
        // `10:20:30.433Z  INFO <ada@…>` and `live::sync <ada@…>`: a time and a module, not a name.
        let first = text.pastBlanks(colon + 1)
        if Byte.isDigit(text[first]) || colon > 0 && text[colon - 1] == 58 { return }
        // `author Ada Berg <ada@…> 1773200000`, as git stores who did it.
        let roles: [StaticString] = ["author ", "committer ", "tagger "]
        let role = roles.first { text.has($0, at: first) }
        person(first + (role?.utf8CodeUnitCount ?? 0), start - 2)
    }

    /// A trailer such as `Co-authored-by:` ends at `end`.
    mutating func personTrailer(_ start: Int, _ end: Int) {
        let lineEnd = text.lineEnd(end)
        let open = text.first(60, from: end, to: lineEnd)
        guard open < lineEnd, text.first(64, from: open, to: lineEnd) < lineEnd else {
            return bareTrailer(start, end)
        }
        person(text.pastBlanks(end), text.back(open, limit: 4, while: Byte.isBlank))
    }

    private mutating func person(_ start: Int, _ end: Int) {
        guard end - start >= 2, end - start <= 80 else { return }
        let isName = (start..<end).allSatisfy {
            Byte.isWord(text[$0]) || text[$0] == 32 || text[$0] == 46 || text[$0] == 39
        }
        let words = text.string(start, end).split(separator: " ")
        guard isName, words.count <= 5 else { return }
        add(start, end, .userName, book.aliases.user(text.bytes(start, end)))
    }

    private static let sharedFolders: Set<String> = ["shared", "public", "default", "root", "all"]

    /// `/home/`, `C:\Users\` and the like end at `start`.
    ///
    /// - Parameter spaced: names of two words are usual there.
    mutating func homeFolder(_ start: Int, spaced: Bool = false) {
        // A folder of sources may be called so; those of people are written in one way.
        if text.has("/Home/", at: start - 6), Byte.isAlnum(text[start - 7]) { return }
        let first = text.skip(start, limit: 4) { $0 == 92 || $0 == 47 }
        let end = text.skip(first, limit: 64) { Byte.isWord($0) || $0 == 46 || $0 == 43 }
        var stop = end
        while stop > first, text[stop - 1] == 46 { stop -= 1 }
        guard stop > first else { return }
        // `/users/42`: a number of a service.
        if Shape.isNumber(text, first, stop) { return }
        guard !Self.sharedFolders.contains(text.string(first, stop).lowercased()) else { return }
        if isRoute(start, first, stop) || isSource(start, first, stop) { return }
        if spaced, text[stop] == 32 {
            let second = text.skip(stop + 1, limit: 48) { Byte.isWord($0) || $0 == 46 }
            if second > stop + 1, text[second] == 92 { return user(first, second) }
        }
        user(first, stop)
    }

    mutating func user(_ start: Int, _ end: Int) {
        add(start, end, .userName, book.aliases.user(text.bytes(start, end)))
    }

    /// What sshd, PAM and git say of somebody: `Failed password for ada from …`. A phrase such as
    /// `invalid user ` stands at `start..<end`.
    mutating func userPhrase(_ start: Int, _ end: Int) {
        if text.has("of user ", at: start), !isSession(start) { return }
        let isQuoted = Byte.isQuote(text[end])
        let first = isQuoted ? end + 1 : end
        let isDoer = text.has("by ", at: end - 3)
        let whole = isDoer ? fullName(first) : nil
        // `committed by the agent`
        if isDoer, whole == nil { return }
        var stop = whole ?? text.skip(first, limit: 64) { Byte.isWord($0) || $0 == 46 }
        // The sentence ends with the name.
        while stop > first, text[stop - 1] == 46 { stop -= 1 }
        if !isDoer, Byte.isUpper(text[first]), text[stop] == 32, Byte.isUpper(text[stop + 1]) {
            let second = text.skip(stop + 1, limit: 48, while: Byte.isLetter)
            if Byte.isLower(text[second - 1]) { stop = second }
        }
        let next = text[stop]
        let isName =
            isQuoted
            ? Byte.isQuote(next)
            : Byte.isSpace(next) || next == 40 || next == 46 || stop >= text.count
                || isDoer && (next == 34 || next == 92 || next == 44)
        let word = text.string(first, stop).lowercased()
        guard isName, !KeyWords.status.contains(word), !Self.notNames.contains(word) else { return }
        // `by user request`: a name that nothing else announces has quotes or more than letters.
        let isLoose = end - start < 10 && !isDoer && !text.has("of user ", at: start)
        if isLoose, !isQuoted, word.allSatisfy(\.isLetter) { return }
        userValue(first, stop, word)
    }

    /// `New session 3 of user ada.`: without a session before it the phrase is prose.
    private func isSession(_ mark: Int) -> Bool {
        (max(0, mark - 24)..<mark).contains { text.has("session", at: $0, folded: true) }
    }

    /// What stands behind these phrases and is nobody.
    private static let notNames: Set<String> = [
        "invalid", "user", "all", "this", "that", "your", "his", "her", "their", "our", "my",
        "authentication", "authenticating", "access", "login", "device", "account", "peer",
    ]

    /// `did:METHOD:…`
    mutating func decentralizedID(_ start: Int) {
        guard !Byte.isAlnum(text[start - 1]) else { return }
        let method = text.skip(start + 4, limit: 24) { Byte.isLower($0) || Byte.isDigit($0) }
        guard method > start + 4, text[method] == 58 else { return }
        var end = text.skip(method + 1, limit: 512) {
            Byte.isWord($0) || $0 == 46 || $0 == 58 || $0 == 37
        }
        while end > method + 1, text[end - 1] == 46 || text[end - 1] == 58 { end -= 1 }
        guard end - method > 3 else { return }
        guard !text.has("example:", at: start + 4) else { return }
        add(start, end, .decentralizedID, book.aliases.decentralized(text.bytes(start, end)))
    }

    /// A value behind a key that names somebody.
    mutating func identity(_ kind: KeyKind, _ place: KeyPlace) {
        guard let value = namedValue(place), !isPlaceholder(value) else { return }
        if value.separator == 32, !isSetApart(value, place) { return }
        if isThingsCell(value, place) { return }
        // `"mac","e8e93696492a"`: a pair in a row; what it looks like tells it from two names of columns.
        let isPair = value.separator == 44 && value.isKeyQuoted && value.quote != 0
        let isShaped = kind == .hardware || kind == .device && value.end - value.start >= 16
        if value.separator == 44 || value.separator == 41, !(isPair && isShaped) { return }
        let (start, end) = (value.start, identityEnd(value))
        // `actor=did:key:z6…` and `actor=auth::login`: an id, which has a rule of its own, and a module.
        if value.quote == 0, text[end] == 58, text[end + 1] == 58 { return }
        if text.has("did:", at: start) { return }
        // `new user: name=ada`: a name of its own follows.
        if value.quote == 0, value.separator == 58, text[end] == 61, value.start > place.end + 1 {
            return
        }
        guard end > start, end - start <= 128, !Shape.isNumber(text, start, end) else { return }
        let name = text.string(start, end)
        // `uid` of Kubernetes, and a disk's; the id of a device is what it says.
        let isOwnID = kind == .device && place.end - place.start >= 6
        if !isOwnID,
            Shape.isUUID(text, start, end) || Shape.isUUID(text, value.start, value.end)
        {
            return
        }
        let word = name.lowercased()
        guard !KeyWords.empty.contains(word), !KeyWords.status.contains(word) else { return }
        switch kind {
        case .person: writtenName(value, place)
        case .user:
            if place.dashes > 0, text[end] == 58 { return pair(start, max(value.end, end + 1)) }
            if place.dashes > 0, value.quote != 0,
                text.first(58, from: start, to: value.end) < value.end
            {
                return pair(start, value.end)
            }
            if let account = accountOfDomain(start, end) {
                return userValue(
                    account, text.skip(account, limit: 64, while: Self.holdsUser), word)
            }
            if isThing(value, end, place) { return }
            userValue(start, wholeName(value, place, end), word)
        case .host where text[end] == 37 || text.has("://", at: end): return
        case .host where text[end] == 58 && ["tcp", "np", "lpc", "admin"].contains(word):
            toldHost(end + 1)
        case .host where isPeer(place) && !isMarked(start, end): return
        case .host where Byte.isAlnum(text[start]):
            let isHost = (start..<end).allSatisfy { Self.holdsHost(text[$0]) }
            let isShort = word.contains { $0 == "-" || $0 == "." || $0.isNumber }
            guard isHost, word != "localhost", !isNoHost(word, value, place),
                isShort || text[place.end - 1] != 116
                    || word.count > 2
            else { return }
            // `table "live.public.peer": index scans: 4`: a text in quotes, and what is told of it.
            let isTold = text[end] == 32 && Byte.isLower(text[end + 1])
            if isTold, value.isKeyQuoted, value.quote == 0, !isShort, value.separator == 58 {
                return
            }
            let isServer = text.has("server", at: place.end - 6, folded: true)
            if isServer, !isShort, value.quote == 0, value.separator == 58, isProse(end) { return }
            if text[end] == 47, Byte.isDigit(text[end + 1]) { return }
            nameHost(start, end)
        case .device:
            let end = Shape.isUUID(text, value.start, value.end) ? value.end : end
            guard end - start >= 8,
                Shape.Census(text, start, end).digits > 0 || isSerial(start, end)
            else { return }
            if name.hasPrefix("device-") || name.hasSuffix(Aliases.keyMark) { return }
            // The number of a document, as lists of parts have it.
            if text.has("urn:", at: value.start) { return }
            add(start, end, .deviceID, book.aliases.device(text.bytes(start, end)))
        case .hardware where text[start + 4] == 46: dottedHardware(start + 3)
        case .hardware where !hardware(start, end, separator: 0):
            hardware(start, end, separator: text[start + 2])
        default: return
        }
    }

    /// A peer is called as its machine is, or by a word of its own.
    private func isPeer(_ place: KeyPlace) -> Bool {
        place.end - place.start == 4 && text.has("peer", at: place.start, folded: true)
    }

    private func identityEnd(_ value: KeyedValue) -> Int {
        guard value.quote == 0 else { return value.end }
        return text.skip(value.start, limit: value.end - value.start) {
            Byte.isWord($0) || $0 == 46 || $0 == 43
        }
    }

    /// Accounts that are nobody's.
    private static let plainUsers: Set<String> = [
        "root", "system", "nobody", "git", "admin", "user", "anonymous", "unknown", "self",
        "you", "me", "host", "peer", "daemon", "agent", "ubuntu", "runner", "local", "remote",
        "bot", "postgres", "www-data", "nginx", "mysql", "redis",
    ]

    mutating func userValue(_ start: Int, _ end: Int, _ word: String) {
        let isName = (start..<end).allSatisfy {
            Byte.isWord(text[$0]) || text[$0] == 46 || text[$0] == 32 || text[$0] == 39
        }
        guard isName, !Self.plainUsers.contains(word), word.contains(where: \.isLetter),
            word.count > 1
        else { return }
        user(start, end)
    }
}
