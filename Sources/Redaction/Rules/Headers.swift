// Headers: what follows the name is a scheme and a secret, or names with secrets.

extension Scanner {
    /// After `Authorization` and its kin: the scheme stays, the rest goes.
    mutating func authorization(_ keyEnd: Int) {
        guard let value = value(after: keyEnd) else { return }
        if value.separator == 32, value.quote == 0 { return }
        if value.quote == 0, let inner = listedCredentials(value) ?? pairedCredentials(value) {
            return maskHeader(inner.lowerBound, inner.upperBound)
        }
        let end = headerEnd(value)
        let word = text.skip(value.start, limit: 24) { Byte.isAlnum($0) || $0 == 45 || $0 == 95 }
        let space = text.skip(word, limit: 4) { $0 == 32 || $0 == 9 || $0 == 43 }
        if word > value.start, space > word, space < end {
            if value.quote == 0, isListScheme(value.start, word) {
                return maskHeader(space, parameterListEnd(space, text.lineEnd(space)))
            }
            guard !Shape.isOpaque(text, value.start, word) || isKnownScheme(value.start, word)
            else { return maskHeader(value.start, end) }
            return credentials(space, value, word)
        }
        // The scheme alone: what follows is cut off, by an escape for instance.
        if isKnownScheme(value.start, word), space >= end { return }
        let comma = text.skip(word, limit: 2) { $0 == 44 || $0 == 32 }
        if comma > word, comma < end { return maskHeader(comma, end) }
        if KeyWords.status.contains(
            text.string(value.start, min(end, value.start + 24)).lowercased())
        {
            return
        }
        maskHeader(value.start, end)
    }

    /// `map[Authorization:[Bearer X] Accept:[*/*]]`, as Go prints headers: what is in the brackets.
    private func listedCredentials(_ value: KeyedValue) -> Range<Int>? {
        let first = value.start + 1
        guard text[value.start] == 91, !Byte.isQuote(text[first]) else { return nil }
        let lineEnd = text.lineEnd(first)
        let close = text.first(93, from: first, to: lineEnd)
        let word = text.skip(first, limit: 24) { Byte.isAlnum($0) || $0 == 45 }
        let start = text[word] == 32 && isKnownScheme(first, word) ? word + 1 : first
        let after = text[close + 1]
        guard close < lineEnd, start < close, after <= 32 || after == 93 else { return nil }
        return start..<close
    }

    /// `authorization=X n=4`: a word that can be a secret, and the next pair of the record.
    private func pairedCredentials(_ value: KeyedValue) -> Range<Int>? {
        guard value.separator == 61 else { return nil }
        let stop = text.skip(value.start, limit: Self.headerMax) { $0 > 32 && $0 != 34 }
        let next = text.pastBlanks(stop)
        let name = text.skip(next, limit: 40, while: Self.holdsName)
        guard next > stop, name > next, text[name] == 61,
            Shape.isOpaque(text, value.start, stop) || Masks.standIn(text, value.start, stop),
            !isKnownScheme(value.start, stop)
        else { return nil }
        return value.start..<stop
    }

    private mutating func maskHeader(_ start: Int, _ end: Int) {
        mask(start, end, .header, as: .credentials)
    }

    private func isKnownScheme(_ start: Int, _ end: Int) -> Bool {
        let schemes: Set<String> = [
            "bearer", "basic", "digest", "negotiate", "ntlm", "token", "aws4-hmac-sha256", "hawk",
            "apikey", "key", "sharedkey", "hmac", "oauth", "signature", "dpop", "kerberos",
        ]
        return schemes.contains(text.string(start, end).lowercased())
    }

    /// One word after most schemes.
    private mutating func credentials(_ start: Int, _ value: KeyedValue, _ word: Int) {
        if value.quote != 0 { return maskHeader(start, value.end) }
        let end = bareEnd(start)
        // `Authorization: Splunk 4f1c…`: ids and digests are credentials there.
        guard
            isKnownScheme(value.start, word) || Shape.isOpaque(text, start, end)
                || Shape.isIdentifier(text, start, end)
        else { return }
        maskHeader(start, end)
    }

    private func isListScheme(_ start: Int, _ end: Int) -> Bool {
        ["digest", "aws4-hmac-sha256", "hawk", "oauth", "signature"]
            .contains(text.string(start, end).lowercased())
    }

    /// The end of `a="b", c=d, e`.
    private func parameterListEnd(_ start: Int, _ limit: Int) -> Int {
        var index = start
        while index < limit {
            let equal = text.skip(index, limit: 64) { Byte.isWord($0) }
            guard text[equal] == 61 else { break }
            if text[equal + 1] == 34, text[equal + 2] == 34, text[equal + 3] > 34,
                text[equal + 3] != 44
            {
                // In a cell of a table quotes are written twice.
                index = min(limit, text.first(34, from: equal + 3, to: limit) + 2)
            } else if text[equal + 1] == 34 {
                index = min(limit, text.first(34, from: equal + 2, to: limit) + 1)
            } else {
                index = text.skip(equal + 1, limit: limit - equal) {
                    $0 > 32 && $0 != 44 && $0 != 34
                }
            }
            let next = text.skip(index, limit: 4) { $0 == 44 || $0 == 32 }
            guard text[index] == 44, next < limit else { return index }
            index = next
        }
        return max(index, start)
    }

    /// A header reaches to the end of its quotes or of its line.
    private func headerEnd(_ value: KeyedValue) -> Int {
        if value.quote != 0 { return value.end }
        let lineEnd = text.lineEnd(value.start)
        let end = text.skip(value.start, limit: min(Self.headerMax, lineEnd - value.start)) {
            $0 >= 32 && $0 != 34 && $0 != 0x1B || $0 == 9
        }
        let record = recordStart(value.start, end)
        guard record == end, end - value.start == Self.headerMax else { return record }
        return text.back(end, limit: Self.headerMax / 2) { $0 != 32 }
    }

    /// What servers take of one header, all of them together: the usual limit of 16 KiB.
    private static let headerMax = 16 << 10

    /// `Bearer X` anywhere: X goes if it can be a token, so that `bearer token` stays prose.
    mutating func authScheme(_ start: Int, _ wordEnd: Int) {
        guard !Byte.isAlnum(text[start - 1]) else { return }
        let first = text.skip(wordEnd, limit: 8) { $0 == 32 || Byte.isQuote($0) || $0 == 9 }
        let end = bareEnd(first)
        // `token_type=bearer expires_in=3600`: the next pair, not what the scheme goes before.
        let name = text.skip(first, limit: 40) { Byte.isLower($0) || $0 == 95 }
        if name > first, text[name] == 61, name + 1 < end, text[name + 1] != 61 { return }
        let census = Shape.Census(text, first, end)
        let isMixed = census.digits > 0 || (census.upper > 1 && census.lower > 0)
        guard end - first >= 6, isMixed || end - first >= 20 else { return }
        if !isMixed, !Shape.isRandom(text, first, end) { return }
        maskHeader(first, end)
    }

    /// Names of cookies stay, values go; attributes of `Set-Cookie` are no secrets.
    mutating func cookies(_ keyEnd: Int, isSet: Bool) {
        guard let value = value(after: keyEnd), value.separator != 32 else { return }
        let end = headerEnd(value)
        guard text.first(61, from: value.start, to: end) < end, !isCount(value, end) else {
            guard Shape.isOpaque(text, value.start, value.end) else { return }
            return add(value.start, value.end, .header, .mask(.cookie))
        }
        cookieList(value.start, end, isSet: isSet)
    }

    /// `cookies=3 sessions=4`: another pair follows behind a blank, and names of cookies hold none.
    private func isCount(_ value: KeyedValue, _ end: Int) -> Bool {
        let sign = text.skip(value.start, limit: end - value.start) { $0 != 61 && $0 != 59 }
        return value.separator == 61 && value.quote == 0 && text[sign] == 61
            && text.first(32, from: value.start, to: sign) < text.back(sign, limit: 64) { $0 == 32 }
    }

    mutating func cookieList(_ start: Int, _ end: Int, isSet: Bool = false) {
        var index = start
        while index < end {
            let equal = text.skip(index, limit: min(256, end - index)) { $0 != 61 && $0 != 59 }
            guard equal < end, text[equal] == 61 else { break }
            let stop = text.skip(equal + 1, limit: end - equal - 1) { $0 != 59 && $0 != 32 }
            if !isSet || !isAttribute(index, equal) {
                mask(equal + 1, stop, .header, as: .cookie)
            }
            guard text[stop] == 59 else { break }
            index = text.pastBlanks(stop + 1)
        }
    }

    private func isAttribute(_ start: Int, _ end: Int) -> Bool {
        ["path", "domain", "expires", "max-age", "samesite", "priority", "version"]
            .contains(text.string(start, end).lowercased())
    }

    /// `-u name:password` and `-p password`.
    mutating func shortFlag(_ start: Int, _ end: Int) {
        let before = text[start - 1]
        guard
            before == 32 || Byte.isQuote(before) || before == 0 && start > 0 || before == 9
                || before == 10 || start == 0
        else { return }
        let first = text.skip(end, limit: 6) {
            $0 == 32 || Byte.isQuote($0) || $0 == 44 || $0 == 0 || $0 == 61
        }
        let stop = bareEnd(first)
        guard first < stop else { return }
        if text[start + 1] | 0x20 == 117 {
            let colon = text.first(58, from: first, to: stop)
            guard colon < stop, colon > first, colon + 1 < stop, text[colon + 1] != 47 else {
                return
            }
            if isContainersUser(start, first, stop) { return }
            user(first, colon)
            return add(colon + 1, stop, .commandFlag, .mask(.password))
        }
        guard text[first] != 47, text[first] != 46, text[first] != 45,
            !Shape.isNumber(text, first, stop),
            Shape.isOpaque(text, first, stop) || isSignedWord(first, stop)
        else { return }
        add(first, stop, .commandFlag, .mask(.password))
    }

    /// `yyVnne*mqymOh`: capitals, small letters and a sign between them that no name of a thing has.
    private func isSignedWord(_ start: Int, _ end: Int) -> Bool {
        let census = Shape.Census(text, start, end)
        guard end - start >= 8, census.upper > 0, census.lower > 0 else { return false }
        let signs: [UInt8] = [33, 35, 37, 42, 43, 63, 64, 94]
        return (start + 1..<end - 1).contains {
            guard Byte.isAlnum(text[$0 - 1]), Byte.isAlnum(text[$0 + 1]) else { return false }
            // `BCRf.bJMSDE`: words have their capitals at the beginning, and names of things no more signs.
            let isJoint = text[$0] == 46 || text[$0] == 95 || text[$0] == 126
            return signs.contains(text[$0])
                || isJoint && !isSpelledPart(start, $0) && !isSpelledPart($0 + 1, end)
        }
    }

    /// `Sales`, `api`, `v2`: letters of one case behind the first, and a number at the end.
    private func isSpelledPart(_ start: Int, _ end: Int) -> Bool {
        let rest = start + 1
        let letters = max(
            text.skip(rest, limit: end - rest, while: Byte.isLower),
            Byte.isUpper(text[start])
                ? text.skip(rest, limit: end - rest, while: Byte.isUpper) : rest)
        return Byte.isLetter(text[start])
            && text.skip(letters, limit: end - letters, while: Byte.isDigit) == end
    }

    /// A line of `.netrc` or of the like: the word, a blank, one value.
    mutating func passwordLine(_ start: Int, _ end: Int) {
        let first = text.pastBlanks(end)
        guard text[first] > 32, !Byte.isWord(text[start - 1]), text[start - 1] != 58 else { return }
        let stop = bareEnd(first)
        let lineStart = text.lineStart(start, limit: 300)
        let opensLine = text.pastBlanks(contentStart(start)) == start
        let isAlone = opensLine && (Byte.isBreak(text[stop]) || stop == text.count)
        let isLogin = text[start] | 0x20 == 108
        // The command of FTP and POP3, in prose a word like others.
        if end - start == 5, text[start] | 0x20 == 112 {
            guard text.has("PASS", at: start) else { return }
            let isWord = KeyWords.status.contains(text.string(first, stop).lowercased())
            if isSent(start), !isWord, stop >= text.count || Byte.isBreak(text[stop]) {
                return add(first, stop, .passwordFile, .mask(.password))
            }
            guard isAlone else { return }
            if let name = userAbove(lineStart) {
                userValue(
                    name.lowerBound, name.upperBound,
                    text.string(name.lowerBound, name.upperBound).lowercased())
                return mask(first, stop, .passwordFile, as: .password)
            }
            let census = Shape.Census(text, first, stop)
            if Shape.isOpaque(text, first, stop) || census.turns > 2 {
                add(first, stop, .passwordFile, .mask(.password))
            }
            return
        }
        let isNetrc = holdsNetrcWord(max(lineStart, start - 300), start, isLogin: isLogin)
        let word = text.string(first, min(stop, first + 16)).lowercased()
        if !isNetrc, Self.loginOutcomes.contains(word) { return }
        guard isAlone || isNetrc, text[first] != 61, text[first] != 58 else { return }
        if isLogin {
            netrcHost(lineStart, start)
            return user(first, stop)
        }
        if KeyWords.status.contains(text.string(first, stop).lowercased()), !isNetrc { return }
        add(first, stop, .passwordFile, .mask(.password))
    }

    /// `USER ada` one or two lines above `line`, an answer of the server between them.
    private func userAbove(_ line: Int) -> Range<Int>? {
        var above = line
        for _ in 0..<2 where above > 0 {
            above = text.lineStart(above - 1, limit: 160)
            let name = text.pastBlanks(contentStart(text.lineEnd(above)))
            guard text.has("USER ", at: name) else { continue }
            let stop = text.skip(name + 5, limit: 64, while: Self.holdsUser)
            return Byte.isBreak(text[stop]) ? name + 5..<stop : nil
        }
        return nil
    }

    /// `---> PASS x`, `C: PASS x`: what a client shows of the commands it sends.
    private func isSent(_ start: Int) -> Bool {
        text.has("> ", at: start - 2) || text.has("C: ", at: start - 3)
    }

    /// `Login Succeeded`, `account locked`: nobody's name or password.
    private static let loginOutcomes: Set<String> = [
        "succeeded", "successful", "locked", "unlocked", "suspended",
    ]

    /// `machine box` before `login` at `start`, on its line or at the beginning of the one above.
    private mutating func netrcHost(_ line: Int, _ start: Int) {
        let above = line > 0 ? text.lineStart(line - 1, limit: 200) : line
        let content = contentStart(text.lineEnd(above))
        for index in Set([lineHead(above), content, text.pastBlanks(contentStart(start))]).sorted()
        where text.has("machine ", at: index) {
            let stop = text.skip(index + 8, limit: 253) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 }
            let isWhole = Byte.isSpace(text[stop]) && stop < start
            if isWhole, Byte.isLetter(text[index + 8]) { nameHost(index + 8, stop) }
        }
    }

    private func holdsNetrcWord(_ start: Int, _ end: Int, isLogin: Bool) -> Bool {
        (start..<max(start, end)).contains {
            text.has("machine ", at: $0) || (!isLogin && text.has(" login ", at: $0))
        }
    }

    /// `host:port:database:user:password`, a whole line or, with a name of a host that has dots, a word;
    /// a port stands at `mark`.
    mutating func pgpassLine(_ mark: Int) {
        // A host holds no blank; behind the password stands nothing.
        var lineStart = max(
            text.back(mark, limit: 256) { $0 > 32 && $0 != 34 && $0 != 39 }, contentStart(mark))
        // `arn:*:iam::*:role`: a pattern in quotes names no port.
        let isPattern = text[mark + 1] == 42 && Byte.isQuote(text[lineStart - 1])
        let isWhole = text.pastBlanks(contentStart(mark)) == lineStart && !isPattern
        let lineEnd = text.skip(mark, limit: 512) { $0 > 32 && $0 != 34 && $0 != 39 }
        if !isWhole {
            lineStart = text.back(mark, limit: 254) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 }
        }
        guard isWhole || isDottedHost(lineStart, mark), lineEnd - lineStart < 512 else { return }
        let passwordEnd = isWhole ? lineEnd : bareEnd(mark + 1)
        let colons = (lineStart..<passwordEnd).filter { text[$0] == 58 && !text.isEscaped($0) }
        guard isWhole ? colons.count >= 4 : colons.count == 4, colons[0] == mark,
            (lineStart..<colons[3]).allSatisfy({ text[$0] > 32 && text[$0] != 34 })
        else { return }
        nameHost(lineStart, colons[0])
        user(colons[2] + 1, colons[3])
        add(colons[3] + 1, passwordEnd, .passwordFile, .mask(.password))
    }

    /// `db.example.net` or an address, with the port of a database behind it and its name and a user's.
    private func isDottedHost(_ start: Int, _ mark: Int) -> Bool {
        let end = text.skip(start, limit: 254) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 }
        guard end == mark, mark - start > 3, Byte.isDigit(text[mark + 1]),
            (start + 1..<mark).contains(where: { text[$0] == 46 })
        else { return false }
        var index = mark
        for _ in 0..<3 {
            guard text[index] == 58 else { return false }
            let next = text.skip(index + 1, limit: 64) { Byte.isWord($0) || $0 == 42 || $0 == 46 }
            guard next > index + 1 else { return false }
            index = next
        }
        return text[index] == 58 && text[index + 1] > 32
    }

    /// A line of a jar: host, switch, path, switch, time, name and value with tabs between them. The
    /// first tab stands at `mark`.
    mutating func cookieRow(_ mark: Int) {
        let line = text.lineStart(mark, limit: 512)
        guard hasLines, text.first(9, from: line, to: mark) == mark else { return }
        let end = min(text.lineEnd(mark), mark + 8192)
        var fields = [line]
        var tab = mark
        while tab < end, fields.count < 7 {
            fields.append(tab + 1)
            tab = text.first(9, from: tab + 1, to: end)
        }
        guard fields.count == 7, text[fields[2]] == 47, Byte.isDigit(text[fields[4]]),
            text.has("TRUE\t", at: fields[3]) || text.has("FALSE\t", at: fields[3])
        else { return }
        let stop = text.skip(fields[6], limit: end - fields[6]) { $0 > 32 && $0 != 34 }
        add(fields[6], stop, .header, .mask(.cookie))
    }
}
