// Takes one layer of escapes off: backslashes, percent, HTML, terminal sequences and the zero
// bytes of UTF-16. All kinds at once, since logs mix them; the layers of a nested
// value come off one look after the other.

/// Decodes escapes.
struct Unescaper {
    private let text: Text
    private let range: Range<Int>
    /// Up to where the judgement holds whether this is quoted-printable.
    private var judgedEnd = -1
    private var isQuotedPrintable = false
    /// Up to where the judgement holds whether this is a form.
    private var formEnd = -1
    private var isInForm = false
    private let view: View

    /// A copy of the range without one layer of escapes; nil when it would be the same.
    ///
    /// Percent signs behind a backslash of the same word come off one look later: `\/\/name:a%20b@`
    /// would lose its password otherwise.
    static func view(of text: Text, _ range: Range<Int>, utf16: Bool, escapes: Bool) -> View? {
        guard holdsSign(text, range) else { return nil }
        var unescaper = Unescaper(text: text, range: range)
        unescaper.run(utf16: utf16, escapes: escapes)
        return unescaper.view.isChanged ? unescaper.view : nil
    }

    /// A copy of the range without quoted-printable, for itself: in text that is none, `key=ED`
    /// would lose its sign. Nil when it would be the same.
    static func unquoted(_ text: Text, _ range: Range<Int>) -> View? {
        // To look first costs little: a line may be as long as the window.
        var glance = Unescaper(text: text, range: range, view: View(capacity: 0))
        var sign = text.first(61, from: range.lowerBound, to: range.upperBound)
        while sign < range.upperBound, !glance.isQuoted(sign) || glance.quotedByte(sign) == nil {
            sign = text.first(61, from: sign + 1, to: range.upperBound)
        }
        guard sign < range.upperBound else { return nil }
        var unescaper = Unescaper(text: text, range: range)
        unescaper.unquote()
        return unescaper.view.isChanged ? unescaper.view : nil
    }

    /// Whether a byte stands in the range with which anything begins that ``run(utf16:escapes:)``
    /// takes off.
    private static func holdsSign(_ text: Text, _ range: Range<Int>) -> Bool {
        let base = UnsafeRawPointer(text.base)
        var index = range.lowerBound
        while index + 8 <= range.upperBound {
            let word = base.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            // `#`, `%`, `&`, `+`, the backslash, ESC and zero.
            let signs =
                zeros(word) | zeros(word ^ 0x2323_2323_2323_2323)
                | zeros(word ^ 0x2525_2525_2525_2525) | zeros(word ^ 0x2626_2626_2626_2626)
                | zeros(word ^ 0x2B2B_2B2B_2B2B_2B2B) | zeros(word ^ 0x5C5C_5C5C_5C5C_5C5C)
                | zeros(word ^ 0x1B1B_1B1B_1B1B_1B1B)
            if signs & 0x8080_8080_8080_8080 != 0 { return true }
            index += 8
        }
        return (index..<range.upperBound).contains {
            [35, 37, 38, 43, 92, 0x1B, 0].contains(text.base[$0])
        }
    }

    /// The highest bit of each byte that is zero, and now and then of one above such a byte.
    @inline(__always)
    private static func zeros(_ word: UInt64) -> UInt64 {
        (word &- 0x0101_0101_0101_0101) & ~word
    }

    /// Appends a line that is a text of JSON, without its escapes and the line feed that it ends with.
    static func append(to view: View, _ text: Text, _ range: Range<Int>) {
        var end = range.upperBound
        while end - 2 >= range.lowerBound, text[end - 2] == 92,
            text[end - 1] == 110 || text[end - 1] == 114, !text.isEscaped(end - 2)
        {
            end -= 2
        }
        var unescaper = Unescaper(text: text, range: range.lowerBound..<end, view: view)
        unescaper.run(utf16: false, escapes: true)
    }

    private init(text: Text, range: Range<Int>, view: View? = nil) {
        self.text = text
        self.range = range
        self.view = view ?? View(capacity: range.count)
    }

    /// `=3D` is how quoted-printable writes the sign it uses itself; three blanks will do as well.
    /// Judged by the neighbourhood: `session=01…` elsewhere is no quoted-printable.
    private mutating func isQuoted(_ index: Int) -> Bool {
        guard index >= judgedEnd else { return isQuotedPrintable }
        judgedEnd = min(index + 2 * Self.neighbourhood, range.upperBound)
        isQuotedPrintable = holdsQuotedPrintable(
            from: max(range.lowerBound, index - Self.neighbourhood))
        return isQuotedPrintable
    }

    /// Two lines of mail.
    private static let neighbourhood = 152

    private func holdsQuotedPrintable(from start: Int) -> Bool {
        var index = text.first(61, from: start, to: judgedEnd)
        var blanks = 0
        while index < judgedEnd {
            // `id=3d28b1c9` is a number in hexadecimal.
            let isNumber =
                Byte.isHex(text[index + 3]) && Byte.isHex(text[index + 4]) && !isAddress(index + 1)
            if text[index + 1] == 51, text[index + 2] | 0x20 == 100, !isNumber { return true }
            // A line feed that was kept, with capitals as the rule of mail has them.
            if text[index + 1] == 48, text[index + 2] == 65, !isNumber { return true }
            // `year=2026` holds no blank.
            let after = text[index + 3]
            let isBlank = !isNumber && (Byte.isLetter(after) || after == 61 || Byte.isBreak(after))
            if text[index + 1] == 50, text[index + 2] == 48, isBlank { blanks += 1 }
            if blanks > 2 { return true }
            index = text.first(61, from: index + 1, to: judgedEnd)
        }
        return false
    }

    /// `3D10.0.0.7`, `3D2a01:…`, `3D65-38-…`: the sign, and an address behind it. Only the first part of a
    /// UUID has eight digits.
    private func isAddress(_ start: Int) -> Bool {
        guard text[start] == 51, text[start + 1] == 68 else { return false }
        let end = text.skip(start, limit: 8, while: Byte.isHex)
        let mark = text[end]
        return end - start < 8 && (mark == 46 || mark == 58 || mark == 45)
            && Byte.isHex(text[end + 1])
    }

    private mutating func run(utf16: Bool, escapes: Bool) {
        var index = range.lowerBound
        var isBehindSlash = false
        while index < range.upperBound {
            let byte = text.base[index]
            let next: Int?
            switch byte {
            case UInt8(ascii: "\\") where escapes:
                next = backslash(index)
                isBehindSlash = next != nil && text[index + 1] == UInt8(ascii: "/")
            case UInt8(ascii: "%") where escapes && !isBehindSlash: next = percent(index)
            case UInt8(ascii: "+") where escapes && isForm(index):
                view.append(32, index, index + 1)
                next = index + 1
            case UInt8(ascii: "&") where escapes: next = entity(index)
            // Daemons of syslog write a line feed so.
            case UInt8(ascii: "#") where escapes && text.has("#012", at: index):
                view.append(10, index, index + 4)
                next = index + 4
            case 0x1B where escapes: next = terminal(index)
            case 0 where utf16: next = zero(index)
            default: next = nil
            }
            if let next {
                view.isChanged = true
                index = next
            } else {
                if byte <= 32 || byte == 34 { isBehindSlash = false }
                view.append(byte, index, index + 1)
                index += 1
            }
        }
    }

    private mutating func unquote() {
        var index = range.lowerBound
        while index < range.upperBound {
            if text.base[index] == 61, isQuoted(index), let next = quoted(index) {
                view.isChanged = true
                index = next
            } else {
                view.append(text.base[index], index, index + 1)
                index += 1
            }
        }
    }

    /// Whether the word round `index` is written as forms are: with a sign for a blank, and line feeds
    /// in percent.
    private mutating func isForm(_ index: Int) -> Bool {
        guard index >= formEnd else { return isInForm }
        formEnd = text.skip(index, limit: range.upperBound - index) { $0 > 32 }
        let start = text.back(index, limit: min(256, index - range.lowerBound)) { $0 > 32 }
        isInForm = false
        var sign = text.first(37, from: start, to: formEnd)
        while sign < formEnd, !isInForm {
            if text.has("%20", at: sign) { break }
            isInForm = text.has("%0a", at: sign, folded: true)
            sign = text.first(37, from: sign + 1, to: formEnd)
        }
        return isInForm
    }

    private func hex(_ index: Int, _ count: Int) -> UInt32? {
        guard index + count <= range.upperBound else { return nil }
        var value: UInt32 = 0
        for offset in 0..<count {
            guard Byte.isHex(text[index + offset]) else { return nil }
            value = value << 4 | UInt32(Byte.hexValue(text[index + offset]))
        }
        return value
    }

    private mutating func backslash(_ index: Int) -> Int? {
        let letter = text[index + 1]
        guard index + 1 < range.upperBound else { return nil }
        let plain: UInt8
        switch letter {
        case UInt8(ascii: "n"): plain = 10
        case UInt8(ascii: "t"): plain = 9
        case UInt8(ascii: "r"): plain = 13
        case UInt8(ascii: "b"): plain = 8
        case UInt8(ascii: "f"): plain = 12
        case UInt8(ascii: "e"): plain = 0x1B
        case UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "\""), UInt8(ascii: "'"):
            plain = letter
        case UInt8(ascii: "u"): return unicode(index)
        case UInt8(ascii: "U"):
            guard let value = hex(index + 2, 8) else { return nil }
            view.append(scalar: value, index, index + 10)
            return index + 10
        case UInt8(ascii: "x"):
            guard let value = hex(index + 2, 2) else { return nil }
            view.append(UInt8(truncatingIfNeeded: value), index, index + 4)
            return index + 4
        case UInt8(ascii: "0")...UInt8(ascii: "3"): return octal(index)
        default: return nil
        }
        view.append(plain, index, index + 2)
        return index + 2
    }

    private mutating func octal(_ index: Int) -> Int? {
        let digits = (1...3).map { text[index + $0] &- 48 }
        guard index + 4 <= range.upperBound, digits.allSatisfy({ $0 < 8 }) else {
            // `aura\0--token\0X`, as Rust and C write the end of an argument.
            guard digits[0] == 0, !Byte.isDigit(text[index + 2]) else { return nil }
            view.append(0, index, index + 2)
            return index + 2
        }
        view.append(digits[0] &* 64 &+ digits[1] &* 8 &+ digits[2], index, index + 4)
        return index + 4
    }

    private mutating func unicode(_ index: Int) -> Int? {
        if text[index + 2] == UInt8(ascii: "{") {
            let stop = text.skip(index + 3, limit: 6, while: Byte.isHex)
            guard text[stop] == UInt8(ascii: "}"), let value = hex(index + 3, stop - index - 3)
            else { return nil }
            view.append(scalar: value, index, stop + 1)
            return stop + 1
        }
        guard let value = hex(index + 2, 4) else { return nil }
        if value & 0xFC00 == 0xD800, text[index + 6] == UInt8(ascii: "\\"),
            let low = hex(index + 8, 4), low & 0xFC00 == 0xDC00
        {
            let scalar = 0x10000 + (value & 0x3FF) << 10 + (low & 0x3FF)
            view.append(scalar: scalar, index, index + 12)
            return index + 12
        }
        view.append(scalar: value, index, index + 6)
        return index + 6
    }

    private mutating func percent(_ index: Int) -> Int? {
        if text[index + 1] | 0x20 == UInt8(ascii: "u"), let value = hex(index + 2, 4) {
            view.append(scalar: value, index, index + 6)
            return index + 6
        }
        // Nobody escapes a control character; a password may hold `%15`.
        guard let value = hex(index + 1, 2), value >= 32 || Byte.isSpace(UInt8(value)) else {
            return nil
        }
        view.append(UInt8(truncatingIfNeeded: value), index, index + 3)
        return index + 3
    }

    private mutating func quoted(_ index: Int) -> Int? {
        guard let byte = quotedByte(index) else { return nil }
        view.append(byte, index, index + 3)
        return index + 3
    }

    private func quotedByte(_ index: Int) -> UInt8? {
        guard let value = hex(index + 1, 2), value >= 32 || Byte.isSpace(UInt8(value)) else {
            return nil
        }
        return UInt8(truncatingIfNeeded: value)
    }

    private mutating func entity(_ index: Int) -> Int? {
        if text[index + 1] == UInt8(ascii: "#") { return numericEntity(index) }
        let names: [(StaticString, UInt8)] = [
            ("&quot;", 34), ("&amp;", 38), ("&lt;", 60), ("&gt;", 62), ("&apos;", 39),
            ("&nbsp;", 32), ("&equals;", 61), ("&colon;", 58), ("&commat;", 64), ("&sol;", 47),
        ]
        for (name, byte) in names where text.has(name, at: index) {
            let end = index + name.utf8CodeUnitCount
            view.append(byte, index, end)
            return end
        }
        return nil
    }

    private mutating func numericEntity(_ index: Int) -> Int? {
        let isHex = text[index + 2] | 0x20 == UInt8(ascii: "x")
        let start = index + (isHex ? 3 : 2)
        let stop = text.skip(start, limit: 7, while: isHex ? Byte.isHex : Byte.isDigit)
        guard stop > start else { return nil }
        var value: UInt32 = 0
        for position in start..<stop {
            value = value &* (isHex ? 16 : 10) &+ UInt32(Byte.hexValue(text[position]))
        }
        let end = text[stop] == UInt8(ascii: ";") ? stop + 1 : stop
        view.append(scalar: value, index, end)
        return end
    }

    /// Whole sequences vanish: CSI up to its final byte, OSC up to its terminator. Of a link only what
    /// stands around its address.
    private func terminal(_ index: Int) -> Int? {
        switch text[index + 1] {
        case UInt8(ascii: "["):
            let stop = text.skip(index + 2, limit: 64) { $0 >= 0x20 && $0 < 0x40 }
            return min(stop + 1, range.upperBound)
        case UInt8(ascii: "]") where text.has("8;", at: index + 2):
            // A link: its address is text as any other, with a blank for the sign behind it.
            let limit = min(index + 4 + Self.linkHead, range.upperBound)
            let address = text.first(59, from: index + 4, to: limit)
            return address < limit ? address + 1 : index + 4
        case UInt8(ascii: "\\"):
            view.append(32, index, index + 2)
            return min(index + 2, range.upperBound)
        case UInt8(ascii: "]"):
            let stop = text.skip(index + 2, limit: 4096) { $0 != 7 && $0 != 0x1B && $0 != 10 }
            let length = text[stop] == 0x1B ? 2 : text[stop] == 7 ? 1 : 0
            return min(stop + length, range.upperBound)
        case 0x20...0x2F: return min(index + 3, range.upperBound)
        default: return min(index + 2, range.upperBound)
        }
    }

    /// So long may what a terminal is told of a link be, before its address.
    private static let linkHead = 128

    /// A zero between characters that alternate with zeros is half of a UTF-16 character.
    private func zero(_ index: Int) -> Int? {
        let isBefore = index >= 2 && text[index - 2] == 0 && text[index - 1] != 0
        let isAfter =
            index + 2 < text.count && text.base[index + 2] == 0 && text.base[index + 1] != 0
        return isBefore || isAfter ? index + 1 : nil
    }
}
