// What a stream is written in: told once, from its first bytes. UTF-16 becomes UTF-8 for the rules
// and UTF-16 again behind them; what is no text at all is refused.

enum Encoding: Equatable, Sendable {
    case bytes
    case utf16(bigEndian: Bool)

    /// Bytes that are looked at; any more would not change the answer.
    static let sampleMax = 4096

    /// - Throws: ``RedactionFailure/notText(_:)`` for archives, databases, images and noise.
    static func sniffed(_ sample: Text) throws(RedactionFailure) -> Encoding {
        if let name = magic(sample) { throw .notText(name) }
        if sample[0] == 0xFF, sample[1] == 0xFE {
            if sample.count >= 4, sample[2] == 0, sample[3] == 0 { throw .notText("UTF-32") }
            return isPlain(sample) ? .bytes : .utf16(bigEndian: false)
        }
        if sample[0] == 0xFE, sample[1] == 0xFF {
            return isPlain(sample) ? .bytes : .utf16(bigEndian: true)
        }
        let count = min(sample.count, sampleMax)
        var zeros = [0, 0]
        for index in 0..<count where sample[index] == 0 { zeros[index & 1] += 1 }
        let half = max(1, count / 2)
        if count >= 4, zeros[1] * 10 >= half * 7, zeros[0] * 10 <= half {
            return .utf16(bigEndian: false)
        }
        if count >= 4, zeros[0] * 10 >= half * 7, zeros[1] * 10 <= half {
            return .utf16(bigEndian: true)
        }
        try checkNoise(sample)
        return .bytes
    }

    /// Whether nothing but ASCII follows the mark: then the mark is wrong.
    private static func isPlain(_ sample: Text) -> Bool {
        let count = min(sample.count, sampleMax)
        return count > 8 && (2..<count).allSatisfy { sample.base[$0] &- 1 < 127 }
    }

    /// Refuses content of which more than one byte in twenty is a control character, or more than
    /// one in four a zero.
    static func checkNoise(_ sample: Text) throws(RedactionFailure) {
        let count = min(sample.count, sampleMax)
        var controls = 0
        var zeros = 0
        for index in 0..<count {
            let byte = sample.base[index]
            if byte == 0 { zeros += 1 }
            let isUsual = byte >= 32 && byte != 127 || (byte >= 7 && byte <= 13) || byte == 27
            if !isUsual, byte != 0 { controls += 1 }
        }
        guard controls * 20 <= count || count < 64, zeros * 4 <= count || count < 16 else {
            throw .notText("binary data")
        }
    }

    /// Whether the bytes begin like something that is packed and hides what it holds.
    static func isPacked(_ text: Text) -> Bool {
        guard text.count >= 10 else { return false }
        if text[0] == 0x1F, text[1] == 0x8B { return true }
        if isDeflated(text) { return true }
        let packed: [[UInt8]] = [
            [0x50, 0x4B, 3, 4], [0xFD, 0x37, 0x7A, 0x58, 0x5A], [0x28, 0xB5, 0x2F, 0xFD],
            [0x42, 0x5A, 0x68], [0x04, 0x22, 0x4D, 0x18], [0x37, 0x7A, 0xBC, 0xAF],
            Array("Rar!".utf8),
        ]
        return packed.contains { magic in
            magic.indices.allSatisfy { text[$0] == magic[$0] }
        }
    }

    /// Two bytes of zlib's head, the second of which makes them a multiple of 31.
    private static func isDeflated(_ text: Text) -> Bool {
        guard text[0] == 0x78, (Int(text[0]) << 8 | Int(text[1])) % 31 == 0 else { return false }
        // `x^…`: a text begins so as well.
        let plain = (2..<min(text.count, 34)).count { Byte.isText(text[$0]) }
        return plain * 10 < min(text.count - 2, 32) * 8
    }

    private static func magic(_ text: Text) -> String? {
        let magics: [([UInt8], String)] = [
            ([0x1F, 0x8B], "a gzip file"), (Array("SQLite format 3".utf8), "an SQLite database"),
            ([0x37, 0x7F, 0x06, 0x82], "an SQLite log"),
            ([0x37, 0x7F, 0x06, 0x83], "an SQLite log"),
            (Array("PK\u{3}\u{4}".utf8), "a zip file"), ([0x28, 0xB5, 0x2F, 0xFD], "a zstd file"),
            ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "an xz file"), (Array("BZh9".utf8), "a bzip2 file"),
            ([0x7F, 0x45, 0x4C, 0x46], "a program"), ([0x89, 0x50, 0x4E, 0x47], "an image"),
            ([0xFF, 0xD8, 0xFF], "an image"),
        ]
        for (bytes, name) in magics where text.count >= bytes.count {
            if (0..<bytes.count).allSatisfy({ text[$0] == bytes[$0] }) { return name }
        }
        let isTar = text.has("ustar", at: 257)
        return isTar ? "a tar archive" : nil
    }
}

/// UTF-16 to UTF-8 and back, piece by piece. Lone surrogates survive both ways.
struct UTF16Reader: Sendable {
    let isBigEndian: Bool
    private var pending: [UInt8] = []
    private var high: UInt16?
    /// Whether a stretch was read that is written in something else, or from the wrong byte on. What
    /// the rules would see of it is not what stands there.
    private(set) var isMixed = false
    /// Units in a row that would be two letters of ASCII, and that would be one with its bytes turned.
    private var lastUnit: UInt16 = 0
    private var doubled = 0
    private var turned = 0
    /// No text of the East has so many such characters in a row.
    private static let mixedMin = 20

    init(isBigEndian: Bool) { self.isBigEndian = isBigEndian }

    mutating func read(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        let all = pending + bytes
        for index in stride(from: 0, to: all.count - 1, by: 2) {
            let unit =
                isBigEndian
                ? UInt16(all[index]) << 8 | UInt16(all[index + 1])
                : UInt16(all[index + 1]) << 8 | UInt16(all[index])
            watch(unit)
            append(unit, to: &result)
        }
        pending = all.count.isMultiple(of: 2) ? [] : [all[all.count - 1]]
        return result
    }

    /// Lines and blocks, and the signs of the East between words.
    private static func isDrawn(_ unit: UInt16) -> Bool {
        unit >> 8 == 0x25 || unit >> 8 == 0x20 || unit >> 8 == 0x30
    }

    private mutating func watch(_ unit: UInt16) {
        // Rulers and blanks of a table stand in a row.
        guard unit != lastUnit, !Self.isDrawn(unit) else { return }
        lastUnit = unit
        let (upper, lower) = (UInt8(unit >> 8), UInt8(unit & 255))
        doubled = Byte.isText(upper) && Byte.isText(lower) ? doubled + 1 : 0
        turned = Byte.isText(upper) && lower == 0 ? turned + 1 : 0
        if doubled >= Self.mixedMin || turned >= Self.mixedMin { isMixed = true }
    }

    /// What is left at the end; an odd byte is dropped, it cannot be half of anything.
    mutating func finish() -> [UInt8] {
        var result: [UInt8] = []
        flush(&result)
        return result
    }

    private mutating func append(_ unit: UInt16, to result: inout [UInt8]) {
        if let first = high, unit & 0xFC00 == 0xDC00 {
            high = nil
            let value = 0x10000 + UInt32(first & 0x3FF) << 10 + UInt32(unit & 0x3FF)
            return Self.encode(value, to: &result)
        }
        flush(&result)
        if unit & 0xFC00 == 0xD800 { high = unit } else { Self.encode(UInt32(unit), to: &result) }
    }

    private mutating func flush(_ result: inout [UInt8]) {
        if let lone = high { Self.encode(UInt32(lone), to: &result) }
        high = nil
    }

    private static func encode(_ value: UInt32, to result: inout [UInt8]) {
        func tail(_ shift: UInt32) -> UInt8 { UInt8(0x80 | value >> shift & 0x3F) }
        switch value {
        case 0..<0x80: result.append(UInt8(value))
        case 0x80..<0x800: result += [UInt8(0xC0 | value >> 6), tail(0)]
        case 0x800..<0x10000: result += [UInt8(0xE0 | value >> 12), tail(6), tail(0)]
        default: result += [UInt8(0xF0 | value >> 18), tail(12), tail(6), tail(0)]
        }
    }

    /// UTF-8 as ``read(_:)`` made it, back as UTF-16. Takes whole characters.
    func write(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count * 2)
        var index = 0
        while index < bytes.count {
            let first = bytes[index]
            let length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
            var value = length == 1 ? UInt32(first) : UInt32(first) & (0x7F >> UInt32(length))
            for offset in 1..<max(2, length) where length > 1 && index + offset < bytes.count {
                value = value << 6 | UInt32(bytes[index + offset] & 0x3F)
            }
            index += length
            if value >= 0x10000 {
                let rest = value - 0x10000
                unit(UInt16(0xD800 | rest >> 10 & 0x3FF), to: &result)
                unit(UInt16(0xDC00 | rest & 0x3FF), to: &result)
            } else {
                unit(UInt16(truncatingIfNeeded: value), to: &result)
            }
        }
        return result
    }

    private func unit(_ value: UInt16, to result: inout [UInt8]) {
        let (high, low) = (UInt8(value >> 8), UInt8(value & 255))
        result += isBigEndian ? [high, low] : [low, high]
    }
}
