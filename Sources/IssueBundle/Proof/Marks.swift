// The marks that stand for other characters, as the proof reads them.

import Glibc

/// A family of marks.
enum Marks {
    /// Escapes of JSON and of shells, percent signs, entities, sequences for terminals, zero bytes.
    case signs
    /// Apart from the others, because an equals sign before two digits is mostly an equals sign.
    case quoted

    /// Bytes of the longest mark that needs more than its first byte to be one: an entity, and what
    /// says that a text is quoted-printable.
    static let lengthMax = 12

    /// What a mark stands for, at most four bytes, and how long it is.
    struct Undone {
        private var bytes: UInt32 = 0
        private var count = 0
        let length: Int

        fileprivate init(_ byte: UInt8, length: Int) {
            (bytes, count, self.length) = (UInt32(byte), 1, length)
        }

        /// Nothing is left of it.
        fileprivate init(length: Int) { self.length = length }

        fileprivate init(scalar value: UInt32, length: Int) {
            self.length = length
            // Half of a surrogate pair: nothing of ours is written with those.
            for byte in String(Character(UnicodeScalar(value) ?? "?")).utf8 {
                bytes |= UInt32(byte) << (8 * UInt32(count))
                count += 1
            }
        }

        func append(to text: inout [UInt8]) {
            for index in 0..<count {
                text.append(UInt8(truncatingIfNeeded: bytes >> (8 * UInt32(index))))
            }
        }
    }

    /// Where the next byte is that a mark may begin with.
    func next(in text: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int? {
        switch self {
        case .signs: Self.nextSign(in: text, from: start, to: end)
        case .quoted:
            text.baseAddress.flatMap { base in
                memchr(base + start, 0x3D, max(0, end - start)).map { UnsafeRawPointer($0) - base }
            }
        }
    }

    private static func nextSign(
        in text: UnsafeRawBufferPointer, from start: Int, to end: Int
    ) -> Int? {
        var at = start
        // Eight bytes without a mark at a time, which is most of a log.
        while at + 8 <= end, !mayHold(text.loadUnaligned(fromByteOffset: at, as: UInt64.self)) {
            at += 8
        }
        while at < end, !isSign(text[at]) { at += 1 }
        return at < end ? at : nil
    }

    @inline(__always)
    private static func isSign(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x00, 0x1B, 0x25, 0x26, 0x5C: true
        default: false
        }
    }

    /// Whether one of eight bytes may begin a mark; never false where one does.
    @inline(__always)
    private static func mayHold(_ word: UInt64) -> Bool {
        /// The high bits of the bytes that are zero, and now and then of one above such a byte.
        func zeros(_ word: UInt64) -> UInt64 { (word &- 0x0101_0101_0101_0101) & ~word }
        func equals(_ byte: UInt64) -> UInt64 { zeros(word ^ (byte &* 0x0101_0101_0101_0101)) }
        let hits = zeros(word) | equals(0x1B) | equals(0x25) | equals(0x26) | equals(0x5C)
        return hits & 0x8080_8080_8080_8080 != 0
    }

    /// Whether the mark at a place says that its surroundings are written like this.
    func opens(_ text: UnsafeRawBufferPointer, _ at: Int) -> Bool {
        switch self {
        case .signs: undone(text, at) != nil
        case .quoted: Self.isSurelyQuoted(text, at)
        }
    }

    func undone(_ text: UnsafeRawBufferPointer, _ at: Int) -> Undone? {
        switch self {
        case .signs: Self.sign(text, at)
        case .quoted: Self.quoted(text, at)
        }
    }

    // MARK: Signs

    private static func sign(_ text: UnsafeRawBufferPointer, _ at: Int) -> Undone? {
        switch text[at] {
        case 0x00: Undone(length: 1)
        case 0x1B: Undone(length: 1 + sequence(text, at + 1))
        case 0x5C: escape(text, at)
        case 0x25: Runs.byte(text, at + 1).map { Undone($0, length: 3) }
        default: entity(text, at)
        }
    }

    /// Bytes of a terminal's control sequence behind ESC.
    private static func sequence(_ text: UnsafeRawBufferPointer, _ at: Int) -> Int {
        guard at < text.count else { return 0 }
        let limit = min(text.count, at + 256)
        if text[at] == 0x5B {  // CSI ends with a letter or one of a few signs
            let end = (at + 1..<max(at + 1, limit)).first { (0x40...0x7E).contains(text[$0]) }
            return end.map { $0 + 1 - at } ?? 0
        }
        if text[at] == 0x5D {  // OSC ends with BEL or ESC \
            let end = (at + 1..<max(at + 1, limit)).first {
                text[$0] == 0x07 || text[$0] == 0x5C
            }
            return end.map { $0 + 1 - at } ?? 0
        }
        return 1
    }

    private static func escape(_ text: UnsafeRawBufferPointer, _ at: Int) -> Undone? {
        guard at + 1 < text.count else { return nil }
        switch text[at + 1] {
        case 0x75:  // \uXXXX
            guard let high = Runs.byte(text, at + 2), let low = Runs.byte(text, at + 4) else {
                return nil
            }
            let value = UInt32(high) << 8 | UInt32(low)
            // A sequence written as an escape is undone by the next step.
            return value == 0 ? Undone(length: 6) : Undone(scalar: value, length: 6)
        case 0x78:  // \xXX
            return Runs.byte(text, at + 2).map { Undone($0, length: 4) }
        case 0x6E, 0x72, 0x74, 0x62, 0x66: return Undone(0x0A, length: 2)
        case 0x0A: return Undone(length: 2)  // a line that goes on
        case 0x22, 0x27, 0x5C, 0x2F, 0x60, 0x24: return Undone(text[at + 1], length: 2)
        case 0x30...0x33: return octal(text, at + 1).map { Undone($0, length: 4) }
        default: return nil
        }
    }

    /// Three digits, as in `\033` of a shell.
    private static func octal(_ text: UnsafeRawBufferPointer, _ at: Int) -> UInt8? {
        guard at + 3 <= text.count else { return nil }
        var value = 0
        for place in at..<at + 3 {
            guard (0x30...0x37).contains(text[place]) else { return nil }
            value = value * 8 + Int(text[place] - 0x30)
        }
        return UInt8(value & 0xFF)
    }

    private static let named: [String: UInt8] = [
        "amp": 38, "lt": 60, "gt": 62, "quot": 34, "apos": 39,
    ]

    private static func entity(_ text: UnsafeRawBufferPointer, _ at: Int) -> Undone? {
        let limit = min(text.count, at + 10)
        guard let end = (at + 1..<max(at + 1, limit)).first(where: { text[$0] == 0x3B }) else {
            return nil
        }
        let name = String(decoding: text[at + 1..<end], as: UTF8.self)
        let length = end + 1 - at
        if let byte = named[name] { return Undone(byte, length: length) }
        guard name.hasPrefix("#") else { return nil }
        let isHex = name.dropFirst().first.map { $0 == "x" || $0 == "X" } ?? false
        let value =
            isHex ? UInt32(name.dropFirst(2), radix: 16) : UInt32(name.dropFirst(), radix: 10)
        guard let value, value <= 0x10FFFF else { return nil }
        return Undone(scalar: value, length: length)
    }

    // MARK: Quoted-printable

    private static func quoted(_ text: UnsafeRawBufferPointer, _ at: Int) -> Undone? {
        guard at + 1 < text.count else { return nil }
        if text[at + 1] == 0x0A { return Undone(length: 2) }
        if text[at + 1] == 0x0D, at + 2 < text.count { return Undone(length: 3) }
        return Runs.byte(text, at + 1).map { Undone($0, length: 3) }
    }

    /// A line that goes on, an equals sign written as one, or two bytes in a row.
    private static func isSurelyQuoted(_ text: UnsafeRawBufferPointer, _ at: Int) -> Bool {
        guard at + 1 < text.count else { return false }
        if text[at + 1] == 0x0A || text[at + 1] == 0x0D { return true }
        guard let byte = Runs.byte(text, at + 1) else { return false }
        if byte == 0x3D { return true }
        return at + 3 < text.count && text[at + 3] == 0x3D && Runs.byte(text, at + 4) != nil
    }
}
