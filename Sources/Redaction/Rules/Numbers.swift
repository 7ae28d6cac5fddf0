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
    private static let digits = 7...30

    /// `phone: +49 996 557 6467`, `iban=DE98…`: the value behind a key of the kind.
    mutating func personalNumber(_ place: KeyPlace) {
        guard let value = value(after: place.end), !isPlaceholder(value) else { return }
        let end = value.quote == 0 ? groupsEnd(value.start) : value.end
        let isAssigned = value.separator == 61 || value.separator == 58
        guard isAssigned ? isPersonalNumber(value.start, end) : isChecked(value.start, end) else {
            return
        }
        add(value.start, end, .keyedSecret, .mask(.identity))
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
        return Self.digits.contains(digits) && letters <= 6
    }

    /// Whether the sum of a card's digits is right, as most numbers in a sentence are not. Source:
    /// ISO/IEC 7812, Luhn's formula.
    private func isChecked(_ start: Int, _ end: Int) -> Bool {
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
            let next = text.skip(sign, limit: 5, while: Byte.isDigit)
            guard sign > end, next - sign >= 2, !Byte.isWord(text[next]), text[next] != 61,
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
        let isGrouped = code <= 3 && text[start + 1 + code] != 46
        guard isGrouped, (9...15).contains(digits),
            (start + 1..<end).allSatisfy({ !Byte.isLetter(text[$0]) }),
            !Byte.isWord(text[end]), text[end] != 58
        else { return }
        add(start, end, .keyedSecret, .mask(.identity))
    }
}
