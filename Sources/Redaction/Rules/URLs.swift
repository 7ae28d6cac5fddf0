// Addresses with a scheme: who and with which password, at which host, with which rights in the
// query.

extension Scanner {
    private static func endsURL(_ byte: UInt8) -> Bool {
        byte <= 32 || byte == 34 || byte == 60 || byte == 62 || byte == 96 || byte == 127
    }

    /// `://` stands at `mark`.
    mutating func url(_ mark: Int) {
        let scheme = text.back(mark, limit: 32) {
            Byte.isAlnum($0) || $0 == 43 || $0 == 45 || $0 == 46
        }
        guard scheme < mark else { return }
        let start = mark + 3
        var end = text.runEnd(start, limit: Self.valueMax, known: &text.memo.pointee.urlRun) {
            !Self.endsURL($0)
        }
        // A backtick inside of a password, not behind the address.
        if text[end] == 96, Byte.isAlnum(text[end + 1]) {
            end = text.skip(end + 1, limit: 512) { !Self.endsURL($0) }
        }
        end = pastWrittenSigns(start, end)
        var authority = start
        if let at = userInfoEnd(start, end) {
            userInfo(start, at)
            authority = at + 1
        } else {
            cutUserInfo(scheme, start, end)
        }
        if isImage(scheme, mark, authority) { return }
        urlHost(authority, end, isFile: text.has("file", at: scheme))
    }

    /// The end of an address that a blank written as `%20` or `%2520`, or a quote, seems to end: in a view
    /// that takes off its escapes the blanks of a password are blanks. Only before its first slash, and only
    /// where an `@` follows.
    private func pastWrittenSigns(_ start: Int, _ end: Int) -> Int {
        guard isWrittenSign(end), text.first(47, from: start, to: end) == end,
            text.first(64, from: start, to: end) == end, hasColon(start, end)
        else { return end }
        var stop = end
        while isWrittenSign(stop), stop - end < Self.writtenMax {
            stop = text.skip(stop + 1, limit: Self.writtenMax) { !Self.endsURL($0) }
        }
        let at = text.first(64, from: end, to: stop)
        return at < stop && text.first(47, from: end, to: at) == at ? stop : end
    }

    /// No password with blanks in it is longer.
    private static let writtenMax = 128

    /// Whether a sign that ends values is one only in this view, and `%20` or the like in the text.
    func isWrittenSign(_ index: Int) -> Bool {
        guard [32, 34, 60, 62, 96].contains(text[index]), let origin else { return false }
        let width = origin.width(at: index)
        return width == 3 || width == 5 && origin.source != nil
    }

    /// The `@` that ends the user information. Passwords hold `@ : / # ?` unescaped often enough,
    /// so it is the last one before something that reads as a host.
    private func userInfoEnd(_ start: Int, _ end: Int) -> Int? {
        let slash = text.skip(start, limit: end - start) { $0 != 47 && $0 != 63 && $0 != 35 }
        if isPlainAuthority(start, slash), slash < end { return nil }
        var found: Int?
        var index = text.first(64, from: start, to: end)
        var count = 0
        while index < end {
            count += 1
            // No password holds so many: hidden up to the last of them.
            if count > Self.userSignsMax {
                return text.back(end, limit: end - index) { $0 != 64 } - 1
            }
            // `nginx@sha256:…`: which image of that name.
            if text.has("@sha256:", at: index),
                text.skip(index + 8, limit: 65, while: Byte.isHex) == index + 72
            {
                return found
            }
            let isPair = hasColon(start, index)
            // A name and a password before the first slash need no host that reads as one.
            if isPair && index <= slash || startsHost(index + 1, end) && (isPair || index <= slash)
            {
                found = index
            }
            index = text.first(64, from: index + 1, to: end)
        }
        return found
    }

    private static let userSignsMax = 64

    private func hasColon(_ start: Int, _ end: Int) -> Bool {
        text.first(58, from: start, to: min(end, start + 64)) < min(end, start + 64)
    }

    /// `host` or `host:port` with a dot or a known name: no user before it.
    private func isPlainAuthority(_ start: Int, _ end: Int) -> Bool {
        if text.first(64, from: start, to: end) < end { return false }
        let host = text.skip(start, limit: end - start) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 }
        if host == end { return true }
        guard text[host] == 58 else { return text[start] == 91 }
        let port = text.skip(host + 1, limit: 6, while: Byte.isDigit)
        return port == end && port > host + 1
    }

    private func startsHost(_ start: Int, _ end: Int) -> Bool {
        if text[start] == 91 { return true }
        let stop = text.skip(start, limit: end - start) { Byte.isWord($0) || $0 == 46 || $0 == 37 }
        guard stop > start else { return false }
        let next = text[stop]
        return stop >= end || next == 58 || next == 47 || next == 63 || next == 35 || next == 44
            || next == 92 || next == 39 || next == 41 || next == 93 || next == 59 || next == 125
    }

    private mutating func userInfo(_ start: Int, _ at: Int) {
        let colon = text.first(58, from: start, to: at)
        // `${USER}:${PASSWORD}@`: what a template will put there.
        if text[start] == 36, text[start + 1] == 123, isPlaceholder(start, min(colon, at)),
            colon >= at || isPlaceholder(colon + 1, at)
        {
            return
        }
        // `$USER:$PASS@`: variables of a shell.
        if isVariable(start, min(colon, at)), colon >= at || isVariable(colon + 1, at) { return }
        if colon < at {
            if !isMask(colon + 1, at) {
                add(colon + 1, at, .urlUserInfo, .mask(.password))
            }
            if colon > start { userOrToken(start, colon) }
        } else if start < at {
            userOrToken(start, at)
        }
    }

    private func isVariable(_ start: Int, _ end: Int) -> Bool {
        text[start] == 36 && Byte.isUpper(text[start + 1])
            && text.skip(start + 1, limit: end - start) { Byte.isUpper($0) || $0 == 95 } == end
    }

    private mutating func userOrToken(_ start: Int, _ end: Int) {
        let plain = ["git", "root", "hg", "svn", "anonymous", "token", "oauth2", "x-access-token"]
        if plain.contains(text.string(start, end)) { return }
        if end - start >= 16, Shape.isRandom(text, start, end) || Shape.isDigest(text, start, end) {
            return add(start, end, .urlUserInfo, .mask(.token))
        }
        add(start, end, .urlUserInfo, book.aliases.user(text.bytes(start, end)))
    }

    private mutating func urlHost(_ start: Int, _ end: Int, isFile: Bool) {
        guard !isFile else { return }
        var stop = text.skip(start, limit: min(255, end - start)) {
            Byte.isWord($0) || $0 == 46
        }
        while stop > start, text[stop - 1] == 46 { stop -= 1 }
        guard stop > start, Byte.isLetter(text[start]) || text[start] >= 48 else { return }
        // Not a port behind the colon: a name and a password that something cuts. At the end of an address
        // it is the colon of a sentence: `wss://ada:X@box.dev: connection refused`.
        if text[stop] == 58, stop + 1 < end, !Byte.isDigit(text[stop + 1]) { return }
        nameHost(start, stop)
    }

    /// Parameters that only mean something secret in a query; `?` or `&` stands at `start`.
    mutating func queryParameter(_ start: Int, _ end: Int) {
        let stop = text.skip(end, limit: Self.valueMax) {
            $0 > 32 && $0 != 38 && $0 != 34 && $0 != 39 && $0 != 35 && $0 != 60 && $0 != 62
                && $0 != 92 && $0 != 127 && $0 != 44
        }
        // `code=404` and `code=open` say how things stand.
        let isNumber = stop - end == 3 && Shape.isNumber(text, end, stop)
        // What a service sends back of a login, however short.
        let isAnswer = text.has("state=", at: end - 6) || text.has("code=", at: end - 5)
        guard !isNumber, !isSwitch(end, stop) || isAnswer,
            !KeyWords.status.contains(text.string(end, min(stop, end + 16)))
        else {
            return
        }
        mask(end, stop, .urlQuery, as: .token)
    }

    func isMask(_ start: Int, _ end: Int) -> Bool { book.isSafe(text, start, end) }
}
