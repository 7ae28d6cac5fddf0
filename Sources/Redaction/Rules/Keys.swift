// Values behind telling keys.

extension Scanner {
    static func holdsName(_ byte: UInt8) -> Bool { Byte.isWord(byte) || byte == 46 }
    private static let keyMax = 96

    /// A word that keys are made of stands at `start..<end`.
    mutating func key(_ start: Int, _ end: Int) {
        guard start >= keyEnd else { return }
        var first = wordStart(start, limit: Self.keyMax, while: Self.holdsName)
        let wordEnd = text.back(end, limit: end - start) { !Self.holdsName($0) }
        var stop = text.skip(wordEnd, limit: Self.keyMax, while: Self.holdsName)
        let dashes = text.skip(first, limit: 2) { $0 == 45 } - first
        while stop > end, text[stop - 1] == 46 { stop -= 1 }
        if let sign = (wordEnd..<stop).first(where: isWideSign) { stop = sign }
        // A wider word than names are is a run of something else.
        guard stop - first <= Self.keyMax, !text.has("--", at: stop - 2) else { return }
        keyEnd = max(stop, start + 1)
        while first < stop, text[first] == 45 || text[first] == 46 { first += 1 }
        if Masks.standIn(text, first, stop) || text.has("did:", at: first - 4) { return }
        var kind = keyKind(first, stop)
        if kind == .none, dashes == 1, text[first] == 68 || text[first] == 80 {
            // `-DSESSION_ID=X` of cmake, `-Psession.id=X` of gradle: the letter is the flag.
            first += 1
            kind = keyKind(first, stop)
        }
        guard kind != .none, !isNoKey(first, stop) else { return }
        let place = KeyPlace(start: first, end: stop, dashes: dashes)
        if kind != .keyMaterial, column(kind, place) { return }
        keyed(kind, place)
    }

    mutating func keyed(_ kind: KeyKind, _ place: KeyPlace) {
        switch kind {
        case .none: return
        case .authorization where isQuery(place), .cookie where isQuery(place):
            secret(.credentials, place, isStrong: true)
        case .authorization:
            foldedHeader(place)
            authorization(place.end)
        case .cookie(let isSet): cookies(place.end, isSet: isSet)
        case .strong(let name): secret(name, place, isStrong: true)
        case .weak(let name): secret(name, place, isStrong: false)
        case .keyMaterial: keyMaterial(place)
        case .personalNumber: personalNumber(place)
        case .homeAddress: homeAddress(place)
        case .body: body(place, isStrong: true)
        case .weakBody: body(place, isStrong: false)
        case .user, .person, .host, .device, .hardware: identity(kind, place)
        case .strictName: strictName(place)
        }
    }

    mutating func secret(_ name: MaskClass, _ place: KeyPlace, isStrong: Bool) {
        let earlier = isStrong ? valueBefore(place) ?? valueElsewhere(place) : valueFor(place)
        // `invalid value 'debug' for '--key <KEY>'`: behind a word with other uses it must look like one.
        if let earlier, !isPlaceholder(earlier),
            isStrong || isWeakSecret(earlier)
        {
            return add(earlier.start, earlier.end, .keyedSecret, .mask(name))
        }
        if isStrong, valueBehind(place, name) { return }
        guard let value = value(after: place.end) else {
            if isStrong { laterOn(name, place) }
            return blockValue(name, place)
        }
        if value.quote == 0, text[value.start] == 91 || text[value.start] == 123,
            value.isKeyQuoted || Byte.isQuote(text[text.pastBlanks(value.start + 1)])
        {
            return collection(name, value, isStrong: isStrong)
        }
        if value.quote == 0, text[value.start] == 124 || text[value.start] == 62,
            value.end - value.start <= 3,
            (value.start + 1..<max(value.start + 1, value.end)).allSatisfy({
                text[$0] == 43 || text[$0] == 45 || Byte.isDigit(text[$0])
            })
        {
            return blockValue(name, place)
        }
        if value.quote == 0, Byte.isBreak(text[value.start]) { return blockValue(name, place) }
        // A key in PEM has a rule of its own, which knows where it ends.
        if text.has("-----BEGIN ", at: value.start) { return }
        let isOne = text.memo.pointee.secrets.of(value.start, value.end) {
            isSecret(value, name, place, isStrong: isStrong)
        }
        guard isOne else {
            // `password = "old" -> "X"`: what was there may be no secret, what comes is one. Not in a list,
            // as in `"/etc/passwd", why → "absent"`.
            if value.separator == 61 || value.separator == 58 {
                afterArrow(value, name, isStrong: isStrong)
            }
            if isStrong, value.separator == 32 || value.separator == 58 {
                fromAndTo(name, place.end)
                laterOn(name, place)
            }
            return
        }
        var end = value.end
        if value.quote == 0, let stop = enclosedEnd(value, place) {
            end = max(end, stop)
        } else if let stop = phraseEnd(value, place) {
            end = max(end, stop)
        } else if value.quote == 0, Byte.isBlank(text[value.start - 1]), opensLine(place),
            value.separator == 58 || value.separator == 61, !isJSONNumber(value)
        {
            end = max(end, restOfLine(value))
        } else if value.quote == 0, isScheme(value) {
            end = bareEnd(text.pastBlanks(value.end))
        }
        let rule: RedactionRule =
            place.dashes > 0 ? .commandFlag : isQuery(place) ? .urlQuery : .keyedSecret
        add(value.start, end, rule, .mask(name))
        nextValues(value, name, isStrong: isStrong)
    }

    /// `{"value":"X","name":"DB_PASSWORD"}`: the name is a text, and its value stands before it.
    private func valueBefore(_ place: KeyPlace) -> KeyedValue? {
        guard Byte.isQuote(text[place.start - 1]) else { return nil }
        let sign = text.back(place.start, limit: 8) { Byte.isQuote($0) || $0 == 92 || $0 == 32 }
        guard text[sign - 1] == 58 else { return nil }
        let open = text.back(sign, limit: 1024) { $0 != 123 && $0 != 125 && $0 != 10 }
        guard text[open - 1] == 123 else { return nil }
        for index in open..<sign where text.has("value", at: index, folded: true) {
            let end = index + 5
            guard Byte.isQuote(text[end]) || text[end] == 92, let value = value(after: end),
                value.end > value.start, value.end < place.start
            else { continue }
            return value
        }
        return nil
    }

    /// `"n": 12`: a number behind a quoted name ends with its digits.
    private func isJSONNumber(_ value: KeyedValue) -> Bool {
        value.isKeyQuoted && Shape.isNumber(text, value.start, value.end)
    }

    /// Where `NAME=value` ends that fills a text in quotes, or what lies between two zero bytes: there
    /// blanks are part of the value.
    private func enclosedEnd(_ value: KeyedValue, _ place: KeyPlace) -> Int? {
        let before = text[place.start - 1]
        guard value.separator == 61, text[place.end] == 61, place.start > 0 else { return nil }
        guard before == 0 || before == 34 || before == 39 else { return nil }
        let limit = min(text.lineEnd(value.start), value.start + Self.settingMax)
        let end = text.first(before, from: value.end, to: limit)
        return end < limit ? end : nil
    }

    private func isScheme(_ value: KeyedValue) -> Bool {
        let length = value.end - value.start
        return (length == 6 && text.has("bearer", at: value.start, folded: true))
            || (length == 5 && text.has("basic", at: value.start, folded: true))
    }

    private func isQuery(_ place: KeyPlace) -> Bool {
        let before = text[place.start - 1]
        return (before == 63 || before == 38) && text[place.end] == 61
    }

    /// Whether the key begins its line, as in settings; blanks, a list dash and `export` aside.
    func opensLine(_ place: KeyPlace) -> Bool {
        guard hasLines else { return false }
        var index = text.back(place.start, limit: 64, while: Byte.isBlank)
        // Ruby writes a sign before a name.
        if Byte.isQuote(text[place.start - 1]) || text[place.start - 1] == 58 {
            index = place.start - 1
        }
        if text[index - 1] == 45, Byte.isBlank(text[index]) { index -= 1 }
        if text.has("export", at: index - 6) { index -= 6 }
        index = text.back(index, limit: 64, while: Byte.isBlank)
        return index == 0 || text[index - 1] == 10
    }

    /// No setting has more words than this many bytes.
    private static let settingMax = 1024

    /// Settings may have values with spaces; a comment is not part of them.
    private func restOfLine(_ value: KeyedValue) -> Int {
        // Seen without escapes the line may be the last of a text in quotes, which ends there.
        let after = text[value.end + 1]
        if depth > 0, text[value.end] == 34, after <= 32 || [41, 44, 93, 125].contains(after) {
            return value.end
        }
        let line = text.lineEnd(value.start)
        let lineEnd = recordStart(value.end, min(line, value.end + 2 * Self.settingMax))
        var index = value.end
        while index < lineEnd {
            if text[index] == 0 { return index }
            if text[index] == 35, Byte.isBlank(text[index - 1]) { break }
            if text[index] == 60, text[index + 1] == 47 { break }
            if index - value.end > Self.settingMax { break }
            // Another assignment on the line: this is logfmt, not a setting.
            let name = text.skip(index, limit: 40, while: Self.holdsName)
            if name > index, text[name] == 61, Byte.isBlank(text[index - 1]) { break }
            index = max(index + 1, name)
        }
        return max(value.end, text.back(min(index, lineEnd), limit: 64, while: Byte.isSpace))
    }

    private func isSecret(
        _ value: KeyedValue, _ name: MaskClass, _ place: KeyPlace, isStrong: Bool
    ) -> Bool {
        let length = value.end - value.start
        guard length > 0, !isPlaceholder(value), !isWorkingFolder(value, place) else {
            return false
        }
        let word = length <= 16 ? text.string(value.start, value.end).lowercased() : ""
        if KeyWords.empty.contains(word) { return false }
        if value.quote == 0, isLabelOrStructure(value) { return false }
        if isVersionRange(value) || isVerdict(value, name, word) { return false }
        if !isStrong, name == .apiKey, isTableKey(place) || isRowsKey(value) { return false }
        if isOutcome(value, place), isTestRun(place) || isGoTest(value, place) { return false }
        if isOrdinary(value, name, place, isStrong: isStrong) { return false }
        if !isStrong, name == .secret, isLicenceName(value) { return false }
        // `accesskey="n"` of HTML.
        if name == .apiKey, length == 1 { return false }
        let isPassword = name == .password && isStrong
        let isNumber = Shape.isNumber(text, value.start, value.end)
        if isNumber, !isPassword, length <= 4 || isPlural(place) { return false }
        // `cvc: 4.2`: a version, or how much of something.
        let isFraction =
            isNumber && length <= 5 && text.first(46, from: value.start, to: value.end) < value.end
        if isFraction, place.end - place.start <= 4 { return false }
        switch value.separator {
        case 32, 44, 41:
            if isStrong, isNamedID(value, name, place) || isDirective(value, place) { return true }
            // `"--token" flag: too short`: behind a flag in quotes, what is told of it goes on.
            if place.dashes > 0, text[value.start] != 45, value.quote != 0 || !value.isKeyQuoted {
                return !KeyWords.prose.contains(word) || value.quote != 0
            }
            // `"session_id","X"`: a pair of texts in a row; names of columns hold no such mixture.
            if value.separator == 44, !isStrong {
                return name != .apiKey && value.isKeyQuoted && value.quote != 0
                    && isWeakSecret(value, isNumber)
            }
            if isStrong, name == .password, isColumn(value, place), isNumber || isChosen(value) {
                return length >= 6
            }
            if value.separator == 44, isCallOfTwo(value, place, name) { return true }
            if isStrong, isPhrase(value, name) || isMadeUp(value, name) { return true }
            return Shape.isOpaque(text, value.start, value.end) && !isAssignment(value)
                && !isBracketed(value)
        case 0: return true
        default: break
        }
        if isQuery(place) { return isPassword || !isSwitch(value.start, value.end) }
        if !isPassword, KeyWords.status.contains(word.filter { $0.isLetter || $0.isNumber }),
            !value.isKeyQuoted
        {
            return false
        }
        if isStrong { return true }
        if name == .password, !isNumber, isPasswordsPlace(value, place, word) { return true }
        if isReport(value, place) { return false }
        if name == .password, value.separator == 61,
            Shape.isOpaque(text, value.start, value.end)
        {
            return true
        }
        if name == .password, !isNumber, value.separator == 61 || isAlone(value),
            isChosen(value) || isMixed(value)
        {
            return true
        }
        return isWeakSecret(value, isNumber)
    }

    /// Capitals, small letters and a sign, or digits among them: no name of a thing is written so.
    private func isMixed(_ value: KeyedValue) -> Bool {
        let (start, end) = (value.start, value.end)
        let census = Shape.Census(text, start, end)
        return end - start >= 8 && census.upper > 1 && census.lower > 1
            && (census.others > 0 || census.digits > 0) && census.turns > 1
            && !Shape.isPath(text, start, end) && !Shape.isCamelName(text, start, end)
    }

    /// `bindpw X`, a line of settings whose name can be nothing else: X may be of letters alone.
    private func isDirective(_ value: KeyedValue, _ place: KeyPlace) -> Bool {
        guard value.separator == 32 else { return false }
        let name = text.string(place.start, place.end).lowercased()
        if name == "password", isBehindTool("nmcli ", place.start) { return true }
        guard ["bindpw", "rootpw"].contains(name),
            text.pastBlanks(contentStart(place.start)) == place.start
        else { return false }
        let after = text[value.end]
        return Byte.isQuote(after) || after == 92
            || text.skip(value.end, limit: 8, while: Byte.isSpace) >= text.lineEnd(value.end)
    }

    private static let plainNames: Set<String> = [
        "token", "tokens", "secret", "secrets", "key", "credential",
    ]

    /// `HEROKU_API_KEY 02c2…`, `('client_secret', '02c2…')`: a UUID behind a name of several words is what
    /// the name says; one word may belong to a thing that has an id.
    private func isNamedID(_ value: KeyedValue, _ name: MaskClass, _ place: KeyPlace) -> Bool {
        guard Shape.isUUID(text, value.start, value.end) else { return false }
        return name == .password
            || !Self.plainNames.contains(text.string(place.start, place.end).lowercased())
    }

    /// Where `pass` is somebody's password and not a test's outcome: in quotes, at the beginning of a
    /// line, or behind a user's name.
    private func isPasswordsPlace(
        _ value: KeyedValue, _ place: KeyPlace, _ word: String
    ) -> Bool {
        if KeyWords.status.contains(word) { return false }
        if value.quote != 0 && value.separator != 44 { return true }
        // `openssl … -passin pass:X`
        if text.has("-passin ", at: place.start - 8) || text.has("-passout ", at: place.start - 9)
            || text.has("-pass ", at: place.start - 6)
        {
            return true
        }
        if opensLine(place), isAlone(value), !isOutcome(value, place) { return true }
        let from = max(text.lineStart(place.start, limit: 96), place.start - 96)
        return ["user", "login"].contains { name in
            (from..<place.start).contains { text.has(name, at: $0, folded: true) }
        }
    }

    /// A text in quotes behind a word that can only be a secret's, or the digits of a key.
    private func isPhrase(_ value: KeyedValue, _ name: MaskClass) -> Bool {
        let (start, end) = (value.start, value.end)
        let word = end - start <= 16 ? text.string(start, end).lowercased() : ""
        if KeyWords.status.contains(word) { return false }
        let first = text.has("0x", at: start) ? start + 2 : start
        if Shape.isDigest(text, first, end), end - first >= 32 { return true }
        // The next text of a list is a value only if it looks like one.
        guard value.quote != 0, value.separator == 32, end - start >= 4 else { return false }
        let hasBlank = text.first(32, from: start, to: end) < end
        if name == .password { return !hasBlank }
        let census = Shape.Census(text, start, end)
        return !hasBlank && end - start >= 12 && census.upper > 0 && census.lower > 0
            && (census.others > 0 || census.turns > 2) && !Shape.isPath(text, start, end)
    }

    /// `name=value` or a mark of PEM behind a blank: the next thing, not a value.
    private func isAssignment(_ value: KeyedValue) -> Bool {
        let name = text.skip(value.start, limit: 64, while: Self.holdsName)
        let isName = name > value.start && name + 1 < value.end && Byte.isLetter(text[value.start])
        if isName, text[name] == 61 && text[name + 1] != 61 || text[name] == 58 { return true }
        return (value.start..<value.end).contains { text.has("-----", at: $0) }
    }

    /// What a word with other uses must look like to be taken for a secret.
    func isWeakSecret(_ value: KeyedValue) -> Bool {
        isWeakSecret(value, Shape.isNumber(text, value.start, value.end))
    }

    private func isWeakSecret(_ value: KeyedValue, _ isNumber: Bool) -> Bool {
        let (start, end) = (value.start, value.end)
        if isNumber { return end - start > 9 }
        if Shape.isUUID(text, start, end) || Shape.isULID(text, start, end) { return false }
        let census = Shape.Census(text, start, end)
        let letters = census.lower + census.upper
        if end - start >= 16, census.digits > 0, letters > 0 {
            return !Shape.isPath(text, start, end) || Shape.isRandom(text, start, end)
        }
        if Shape.isMeasure(text, start, end) { return false }
        if end - start >= 12, census.upper > 1, census.lower > 1, census.turns > 1 {
            return !Shape.isPath(text, start, end)
        }
        return end - start >= 6 && census.digits > 0 && letters > 0
            && (census.upper > 0 || census.others > 0 || census.turns > 1)
    }

    private func isPlural(_ place: KeyPlace) -> Bool { text[place.end - 1] | 0x20 == 115 }

    /// Whether nothing but a comment follows the value on its line.
    private func isAlone(_ value: KeyedValue) -> Bool {
        let next = text.pastBlanks(value.end)
        return next >= text.lineEnd(value.end) || text[next] == 35 || text[next] == 13
    }

    /// `PASS: tests/merge.sh`, as programs that run tests write it.
    private func isOutcome(_ value: KeyedValue, _ place: KeyPlace) -> Bool {
        value.separator == 58 && text.string(place.start, place.end) == "PASS"
    }

    /// Whether a line of the same kind stands above or below.
    private func isTestRun(_ place: KeyPlace) -> Bool {
        let line = text.lineStart(place.start)
        let lines = [line > 0 ? text.lineStart(line - 1) : -1, text.lineEnd(line) + 1]
        return lines.contains { start in
            start >= 0
                && ["PASS: ", "FAIL: ", "SKIP: ", "XFAIL: "].contains {
                    text.has($0, at: text.pastBlanks(start)) as Bool
                }
        }
    }
}

/// Where a key stands.
struct KeyPlace {
    let start: Int
    let end: Int
    /// Dashes before it: a command line flag has some.
    let dashes: Int
}
