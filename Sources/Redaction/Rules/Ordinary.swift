// What stands behind a telling name and is no secret: versions of packages, verdicts, structures, keys of
// tables.

extension Scanner {
    /// `^9`, `~1.2.0`, `0.5`, `>=2.1`, `latest`: what manifests ask of packages.
    func isVersionRange(_ value: KeyedValue) -> Bool {
        if value.quote != 0, text.string(value.start, value.end) == "latest" { return true }
        let first = text.skip(value.start, limit: 2) { byte in
            byte == 94 || byte == 126 || byte == 61 || byte == 62 || byte == 60
        }
        let isPinned = text[value.start - 1] == 61 && text[value.start - 2] == 61
        guard value.quote != 0 || isPinned || first > value.start, Byte.isDigit(text[first]) else {
            return false
        }
        let numbers = text.skip(first, limit: 40) { Byte.isDigit($0) || $0 == 46 }
        let hasPoint = (first..<numbers).contains { text[$0] == 46 }
        guard numbers < value.end else { return first > value.start || hasPoint }
        // `1.0.0-rc.2`: a word behind the numbers.
        return hasPoint && (text[numbers] == 45 || text[numbers] == 43)
            && value.end - numbers <= 12
    }

    /// `Dragon_2558`, `Sommer.2024!`: a capital, letters, a sign and a number, as people make passwords.
    func isMadeUp(_ value: KeyedValue, _ name: MaskClass) -> Bool {
        guard name == .password, Byte.isUpper(text[value.start]) else { return false }
        let word = text.skip(value.start + 1, limit: 24, while: Byte.isLower)
        let sign = text.skip(word, limit: 1) { !Byte.isAlnum($0) && $0 > 32 && $0 != 47 }
        let number = text.skip(sign, limit: 6, while: Byte.isDigit)
        let end = text.skip(number, limit: 2) { $0 == 33 || $0 == 63 || $0 == 35 || $0 == 36 }
        return word - value.start >= 4 && number - sign >= 2 && end >= value.end
    }

    /// `Nickelplum!`, `tundra-walnut-nickel-quartz`, `tundra78007`: letters with a sign that no name has, four
    /// words and more, or a word and a number, as people choose passwords.
    func isChosen(_ value: KeyedValue) -> Bool {
        let signs: [UInt8] = [33, 35, 36, 37, 38, 42, 43, 63, 64, 94]
        guard value.end - value.start >= 8, !Shape.isPath(text, value.start, value.end),
            Byte.isLetter(text[value.start])
        else { return false }
        let word = text.skip(value.start, limit: 24, while: Byte.isLetter)
        let number = text.skip(word, limit: 8, while: Byte.isDigit)
        if number == value.end, word - value.start >= 4, number - word >= 3 { return true }
        var dashes = 0
        for index in value.start..<value.end {
            if signs.contains(text[index]) { return true }
            dashes += text[index] == 45 ? 1 : 0
        }
        return dashes >= 3
    }

    private static let licences: Set<String> = [
        "GPL", "LGPL", "AGPL", "GFDL", "BSD", "MIT", "Apache", "MPL", "CC", "EPL", "CDDL", "ISC",
        "Zlib", "Artistic", "BSL", "OFL", "PSF", "Expat",
    ]

    /// `GPL-2+`, `BSD-3-Clause`: a family of licences and which of them.
    func isLicenceName(_ value: KeyedValue) -> Bool {
        let letters = text.skip(value.start, limit: 12, while: Byte.isLetter)
        return text[letters] == 45 && value.end - value.start <= 24
            && Self.licences.contains(text.string(value.start, letters))
    }

    /// Words in place of a value that tell how it stands: `password: required`, `token: expected ';'`.
    func isVerdict(_ value: KeyedValue, _ name: MaskClass, _ word: String) -> Bool {
        if KeyWords.verdicts.contains(word) { return true }
        guard name != .password, name != .secret, name != .credentials else { return false }
        let letters = text.skip(value.start, limit: 16, while: Byte.isLetter)
        if value.quote != 0 {
            // A sign that somebody did not expect.
            return letters == value.start && value.end - value.start <= 3
                && !(value.start..<value.end).contains { Byte.isAlnum(text[$0]) }
        }
        guard value.separator == 58, letters == value.end, value.end - value.start <= 12,
            !(value.start..<value.end).contains(where: { Byte.isUpper(text[$0]) })
        else { return false }
        // Another word follows: this is a sentence.
        let next = text.pastBlanks(value.end)
        guard next > value.end else { return false }
        let end = text.skip(next, limit: 40, while: Byte.isLetter)
        return end > next + 1 ? text[end] != 61 : Byte.isQuote(text[next])
    }

    /// `cache key: Linux-npm`: a key of a table, in two words.
    func isTableKey(_ place: KeyPlace) -> Bool {
        guard text[place.start - 1] == 32 else { return false }
        let first = text.back(place.start - 1, limit: 20, while: Byte.isLetter)
        let word = text.string(first, place.start - 1).lowercased()
        if KeyWords.tableKeys.contains(word) || KeyWords.storedKeys.contains(word) { return true }
        // Where lines were joined, the last word of the line above may touch it.
        return !hasLines && KeyWords.tableKeys.contains { $0.utf8.count > 4 && word.hasSuffix($0) }
    }

    /// `key=ribbon:79`: what a row or an entry is called, a word and its number.
    func isRowsKey(_ value: KeyedValue) -> Bool {
        let word = text.skip(value.start, limit: 40) { Byte.isLower($0) || $0 == 95 || $0 == 45 }
        guard word - value.start >= 3, text[word] == 58 else { return false }
        let number = text.skip(word + 1, limit: 6, while: Byte.isDigit)
        return number > word + 1 && number >= value.end
    }

    /// `Token: Kind: X` and `token=Token{…}`: a label, or something printed with its type.
    func isLabelOrStructure(_ value: KeyedValue) -> Bool {
        let label = text.skip(value.start, limit: 64) { Byte.isLetter($0) || $0 == 95 || $0 == 46 }
        if label == value.end - 1, text[label] == 58, value.separator == 58 { return true }
        if isEmptyOrTable(value) { return true }
        let word = text.skip(value.start, limit: 64, while: Byte.isLetter)
        guard word > value.start, text[word] == 123, Byte.isUpper(text[value.start]) else {
            return false
        }
        let name = text.skip(word + 1, limit: 40, while: Self.holdsName)
        // `Token{a64f992 Activity…`: a type, and the number of the object.
        let number = text.skip(word + 1, limit: 9, while: Byte.isHex)
        if number >= value.end || text[number] == 125, (5...8).contains(number - word - 1) {
            return true
        }
        return word + 1 == value.end || text[word + 1] == 125
            || name > word + 1 && (text[name] == 58 || text[name] == 61)
    }

    /// `[]`, `{}`, `[` at the end of its line, `[1, 2]` and `{ version = "9" }`.
    private func isEmptyOrTable(_ value: KeyedValue) -> Bool {
        let open = text[value.start]
        guard open == 91 || open == 123 else { return false }
        let first = text.pastBlanks(value.start + 1)
        let next = text[first]
        if next == 93 || next == 125 || Byte.isBreak(next) { return true }
        if open == 91 {
            let number = text.skip(first, limit: 20, while: Byte.isDigit)
            let isEnd = text[number] == 44 || text[number] == 93
            return value.separator == 61 && number > first && isEnd
        }
        let name = text.skip(first, limit: 40, while: Self.holdsName)
        return name > first && first > value.start + 1 && text[text.pastBlanks(name)] == 61
    }

    /// `PWD=/srv/app`: what shells and sudo call the folder they stand in.
    func isWorkingFolder(_ value: KeyedValue, _ place: KeyPlace) -> Bool {
        let name = text.string(place.start, place.end)
        guard text[value.start] == 47 else { return false }
        if name == "PWD" || name == "OLDPWD" { return true }
        // `pwd: /srv/app`, as a step of a build tells it.
        return name == "pwd" && Byte.isLower(text[value.start + 1])
            && text.first(47, from: value.start + 1, to: value.end) < value.end
            && Shape.isPath(text, value.start, value.end)
    }
}
