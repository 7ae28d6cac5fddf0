// Values that are told by their key and their own form together: keys in base64 behind names that tables
// have too, and numbers that are somebody's.

extension Scanner {
    // MARK: - Keys

    /// `functionKey=PKfc…9Yv=`: the value behind the key of a table or a service.
    mutating func keyMaterial(_ place: KeyPlace) {
        let values = [value(after: place.end), valueElsewhere(place)]
        for case let value? in values where isKeyMaterial(value.start, value.end) {
            mask(value.start, value.end, as: .apiKey)
        }
    }

    /// 32 or 64 bytes in base64 with their padding, which settings may write behind a backslash.
    private func isKeyMaterial(_ start: Int, _ end: Int) -> Bool {
        guard end - start <= 64 else { return false }
        let stop = text.skip(start, limit: end - start, while: Byte.isRun)
        let padding = (stop..<end).count { text[$0] == 61 }
        guard (stop..<end).allSatisfy({ text[$0] == 61 || text[$0] == 92 }) else { return false }
        return stop - start == 43 && padding == 1 || stop - start == 86 && padding == 2
            || (53...54).contains(stop - start) && padding > 0
    }

    // MARK: - People

    /// What a telephone, a card or an account of a bank has at least, and at most.
    private static let digits = 5...30

    /// `phone: +49 996 557 6467`, `iban=DE98…`: the value behind a key of the kind.
    mutating func personalNumber(_ place: KeyPlace) {
        guard let value = value(after: place.end) else { return }
        var end = value.quote == 0 ? groupsEnd(value.start) : value.end
        if value.quote == 0, text[place.start] | 0x20 == UInt8(ascii: "l") {
            end = text.skip(value.start, limit: 24) { Byte.isDigit($0) || $0 == 46 || $0 == 45 }
        }
        if isPlaceholder(value.start, end) || isNoPosition(place, value.start, end) { return }
        let isAssigned = value.separator == 61 || value.separator == 58
        guard isAssigned ? isPersonalNumber(value.start, end) : isChecked(value.start, end) else {
            return
        }
        add(value.start, end, .keyedSecret, .mask(.identity))
    }

    /// `"street":"Emberstrasse 128"`
    mutating func homeAddress(_ place: KeyPlace) {
        guard let value = value(after: place.end), value.quote != 0, !isPlaceholder(value),
            value.separator == 58 || value.separator == 61, value.end - value.start <= 128,
            value.end - value.start >= 3
        else { return }
        add(value.start, value.end, .keyedSecret, .mask(.identity))
    }

    /// `lat=12.5` may be a time: a position has four decimals, and the other half of it beside it.
    private func isNoPosition(_ place: KeyPlace, _ start: Int, _ end: Int) -> Bool {
        let names = ["lat", "lon", "lng", "latitude", "longitude"]
        let name = text.string(place.start, place.end).lowercased()
        guard names.contains(name) else { return false }
        let dot = text.first(46, from: start, to: end)
        let decimals = text.skip(dot + 1, limit: 16, while: Byte.isDigit) - dot - 1
        let half: StaticString = name.hasPrefix("lat") ? "lon" : "lat"
        let other: StaticString = name.hasPrefix("lat") ? "lng" : "lat"
        let isPaired = (max(0, place.start - 48)..<min(text.count, end + 24)).contains {
            text.has(half, at: $0, folded: true) || text.has(other, at: $0, folded: true)
        }
        return dot >= end || decimals < 4 || !isPaired
    }

    /// Groups of digits and the signs between them; a few letters say which country or bank it is.
    private func isPersonalNumber(_ start: Int, _ end: Int) -> Bool {
        guard end - start <= 64 else { return false }
        var (digits, letters) = (0, 0)
        for index in start..<end {
            let byte = text[index]
            if Byte.isDigit(byte) {
                digits += 1
            } else if Byte.isLetter(byte) {
                letters += 1
            } else if ![32, 40, 41, 43, 45, 46, 47].contains(byte) {
                return false
            }
        }
        // A position of four decimals has five digits, a number of somebody seven.
        let least = (start..<end).contains { text[$0] == 46 } ? 5 : 7
        return digits >= least && Self.digits.contains(digits) && letters <= 6
    }

    /// Whether the sum of a card's digits is right, as most numbers in a sentence are not. Source:
    /// ISO/IEC 7812, Luhn's formula.
    func isChecked(_ start: Int, _ end: Int) -> Bool {
        let digits = (start..<end).filter { Byte.isDigit(text[$0]) }
        guard (13...19).contains(digits.count), end - start <= digits.count + 4 else {
            return false
        }
        let sum = digits.reversed().enumerated().reduce(0) { sum, item in
            let digit = Int(text[item.element]) - 48
            let doubled = item.offset.isMultiple(of: 2) ? digit : 2 * digit
            return sum + doubled / 10 + doubled % 10
        }
        return sum.isMultiple(of: 10)
    }

    /// Where groups of digits end that blanks or signs set apart.
    private func groupsEnd(_ start: Int) -> Int {
        var end = text.skip(start, limit: 40) { Byte.isAlnum($0) || $0 == 43 || $0 == 40 }
        // A number that was written in one piece has no more of them.
        if (start..<end).count(where: { Byte.isDigit(text[$0]) }) >= 7 { return end }
        for _ in 0..<8 {
            let sign = text.skip(end, limit: 2) { [32, 40, 41, 45, 46].contains($0) }
            // Two signs only around the brackets of an area; ` -` begins another number.
            if sign - end == 2, text[end] != 41, text[end + 1] != 40 { break }
            let next = text.skip(sign, limit: 9, while: Byte.isDigit)
            guard sign > end, next - sign >= 2, !Byte.isAlnum(text[next]), text[next] != 95,
                text[next] < 128, text[next] != 61,
                text[next] != 58
            else { break }
            end = next
        }
        return end
    }

    /// `+47 930 385 2348` anywhere: a sign, the code of a country and groups of digits; the sign stands at
    /// `start`. Source: E.164 allows fifteen digits.
    mutating func phoneNumber(_ start: Int) {
        let end = groupsEnd(start)
        let digits = (start..<end).count { Byte.isDigit(text[$0]) }
        let code = text.skip(start + 1, limit: 4, while: Byte.isDigit) - start - 1
        let isGrouped =
            code <= 3 && text[start + 1 + code] != 46
            ? !(code == 2 && text[start + 1] == 49) && !holdsSizes(start, end)
            : (11...13).contains(digits) && isCalled(start)
        guard isGrouped, (9...15).contains(digits),
            (start + 1..<end).allSatisfy({ !Byte.isLetter(text[$0]) }),
            !Byte.isWord(text[end]), text[end] != 58
        else { return }
        add(start, end, .keyedSecret, .mask(.identity))
    }

    /// `(415) 555-0123`, as North America writes it; the area's last digit stands at `index`.
    mutating func areaNumber(_ index: Int) {
        let open = index - 3
        let first = index + 3
        guard open >= 0, text[open] == 40, (50...57).contains(text[open + 1]),
            Byte.isDigit(text[open + 2]), !Byte.isWord(text[open - 1]),
            text.skip(first, limit: 4, while: Byte.isDigit) == first + 3,
            [32, 45, 46].contains(text[first + 3]),
            text.skip(first + 4, limit: 5, while: Byte.isDigit) == first + 8,
            !Byte.isWord(text[first + 8])
        else { return }
        add(open, first + 8, .keyedSecret, .mask(.identity))
    }

    /// What stands before a number without groups that somebody calls or writes to.
    private func isCalled(_ start: Int) -> Bool {
        let words: [StaticString] = [
            " to ", " from ", "tel:", "call ", "called ", "sms ", "number ", "phone ", "sms:",
            "cell:",
        ]
        return words.contains { text.has($0, at: start - $0.utf8CodeUnitCount, folded: true) }
    }

    /// `+64 128 256 512`: two groups or more that are powers of two, as sizes are.
    private func holdsSizes(_ start: Int, _ end: Int) -> Bool {
        let groups = text.string(start, end).split(separator: " ")
        return groups.count { ["64", "128", "256", "512", "1024", "2048", "4096"].contains($0) } > 1
    }

    /// `DE81 6756 2163 8332 5493 46`: a country, two digits to check by and the account; it begins at
    /// `start`. Source: ISO 13616, the remainder by 97 is one.
    mutating func bankAccount(_ start: Int) {
        guard !Byte.isWord(text[start - 1]), Byte.isDigit(text[start + 3]) else { return }
        var (remainder, count, index, end) = (0, 0, start + 4, start + 4)
        while count < 30 {
            if text[index] == 32, count.isMultiple(of: 4), index > start + 4 || count == 0 {
                index += 1
            }
            let byte = text[index]
            guard Byte.isDigit(byte) || Byte.isUpper(byte) else { break }
            remainder = Self.appended(byte, to: remainder)
            (count, index) = (count + 1, index + 1)
            end = index
        }
        for at in start..<start + 4 { remainder = Self.appended(text[at], to: remainder) }
        guard (11...30).contains(count), remainder == 1, !Byte.isWord(text[end]) else { return }
        add(start, end, .keyedSecret, .mask(.identity))
    }

    /// Letters count from ten on, as two digits.
    private static func appended(_ byte: UInt8, to remainder: Int) -> Int {
        Byte.isDigit(byte)
            ? (remainder * 10 + Int(byte) - 48) % 97 : (remainder * 100 + Int(byte) - 55) % 97
    }
}
