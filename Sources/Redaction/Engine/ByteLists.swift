// Text that is printed as a list of its bytes: `[100, 98, 95, …]` as Rust and Node show a buffer,
// `0x64, 0x62, …` in C, `64 62 5f …` and `64:62:5f:…` in dumps without offsets. What the bytes say is
// looked into as a run of base64 is; lists of other numbers say nothing and stay.

/// Numbers that one and the same sign sets apart.
private struct ByteList {
    private let text: Text
    let start: Int
    private(set) var end: Int
    /// How many bytes the numbers are.
    private(set) var count = 0
    private var isOne = true
    /// The sign between the numbers; 0 where blanks alone are.
    private var sign: UInt8 = 0
    /// Digits of each number, if it is hexadecimal.
    private let width: Int
    private let hasMark: Bool
    private(set) var isDecimal: Bool
    private(set) var isHex: Bool

    /// Longer lists are read in pieces.
    static let lengthMax = 32 << 10

    /// Digits, hexadecimal and decimal, and what stands between numbers.
    @inline(__always) static func holds(_ byte: UInt8) -> Bool {
        let (low, high): (UInt64, UInt64) = (0x27FF_3001_0000_2600, 0x0100_007E_0100_007E)
        guard byte < 128 else { return false }
        return (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 != 0
    }

    /// The number at `start`; nil when none stands there.
    init?(_ text: Text, _ start: Int) {
        guard let number = Self.number(text, start) else { return nil }
        self.text = text
        self.start = start
        end = number.upperBound
        hasMark = number.lowerBound > start
        width = number.count
        isDecimal = !hasMark && Self.isDecimal(text, number)
        isHex = number.count <= 8 && number.count.isMultiple(of: 2)
        guard isDecimal || isHex else { return nil }
        count = isDecimal ? 1 : width / 2
    }

    /// The digits of the number at `index`, without `0x`.
    private static func number(_ text: Text, _ index: Int) -> Range<Int>? {
        let first = text[index] == 48 && text[index + 1] | 0x20 == 120 ? index + 2 : index
        let end = text.skip(first, limit: 9, while: Byte.isHex)
        let isFraction = text[end] == 46 && Byte.isDigit(text[end + 1])
        return end > first && !isFraction && (!Byte.isWord(text[end]) || text[end] == 45)
            ? first..<end : nil
    }

    private static func isDecimal(_ text: Text, _ digits: Range<Int>) -> Bool {
        guard digits.count <= 3, digits.allSatisfy({ Byte.isDigit(text[$0]) }) else { return false }
        return digits.reduce(0) { $0 * 10 + Int(text[$1] - 48) } < 256
    }

    /// Takes the next number, if it is set apart and written as those before.
    mutating func grow() -> Bool {
        let mark = text.skip(end, limit: 64, while: Byte.isSpace)
        let isSign = [44, 58, 45, 61].contains(text[mark])
        let first = isSign ? text.skip(mark + 1, limit: 64, while: Byte.isSpace) : mark
        let found = isSign ? text[mark] : 0
        guard first > end, isOne || found == sign, end - start < Self.lengthMax,
            let number = Self.number(text, first),
            (number.lowerBound > first) == hasMark
        else { return false }
        let staysDecimal = isDecimal && Self.isDecimal(text, number)
        let staysHex = isHex && number.count == width
        guard staysDecimal || staysHex else { return false }
        (isDecimal, isHex, sign, end) = (staysDecimal, staysHex, found, number.upperBound)
        isOne = false
        count += staysDecimal ? 1 : width / 2
        return true
    }

    /// What the list says, if its numbers are read so.
    func bytes(hex: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        var index = start
        while index < end, let number = Self.number(text, index) {
            if hex {
                for at in stride(from: number.lowerBound, to: number.upperBound - 1, by: 2) {
                    bytes.append(Byte.hexValue(text[at]) << 4 | Byte.hexValue(text[at + 1]))
                }
            } else {
                bytes.append(number.reduce(0) { $0 &* 10 &+ (text[$1] - 48) })
            }
            index = text.skip(number.upperBound, limit: 130) { Byte.isSpace($0) || $0 == sign }
        }
        return bytes
    }
}

extension Scanner {
    /// Fewer numbers hide nothing that a rule would know.
    private static let numbersMin = 12
    /// A list of them is never shorter.
    private static let listMin = 47
    /// So many bytes in a row are looked at, every 32nd byte: a list cannot pass between.
    private static let glance = 16

    mutating func scanByteLists() {
        guard depth < Self.depthMax, book.allows(.seeThroughRuns) else { return }
        var index = 0
        let last = Self.glance - 1
        while index + last < text.count {
            // The middle first: of words and blanks few have such letters so far apart.
            let glance = text.base + index
            guard ByteList.holds(glance[7]), ByteList.holds(glance[last]),
                (0..<last).allSatisfy({ ByteList.holds(glance[$0]) })
            else {
                index += Self.listMin - Self.glance + 1
                continue
            }
            let start = text.back(index, while: ByteList.holds)
            let stop = text.skip(index, while: ByteList.holds)
            if stop - start >= Self.listMin { lists(start, stop) }
            index = stop + 1
        }
    }

    /// The lists in a range of nothing but digits and signs.
    private mutating func lists(_ first: Int, _ stop: Int) {
        var index = first
        while stop - index >= Self.listMin {
            index = text.skip(index, limit: stop - index) { !Byte.isAlnum($0) }
            // Behind a sign or a point stands no number of its own.
            let before = text[index - 1]
            guard !Byte.isAlnum(before), before != 45, before != 46,
                var list = ByteList(text, index)
            else {
                index = max(index + 1, text.skip(index, while: Byte.isAlnum))
                continue
            }
            while list.grow() {}
            if list.count >= Self.numbersMin { look(into: list) }
            index = list.end
        }
    }

    private mutating func look(into list: ByteList) {
        for hex in [false, true] where hex ? list.isHex : list.isDecimal {
            let bytes = list.bytes(hex: hex)
            if book.allows(.knownSecret), book.holdsKey(bytes) {
                return add(list.start, list.end, .knownSecret, .mask(.knownSecret))
            }
            let plain = bytes.count { Byte.isPrintable($0) && $0 < 128 }
            let isPacked = Text.with(Array(bytes.prefix(16))) { Encoding.isPacked($0) }
            guard plain * 10 >= bytes.count * 9 || isPacked else { continue }
            if look(into: bytes, list.start, list.end) { return }
        }
    }
}
