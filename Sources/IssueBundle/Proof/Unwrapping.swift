// What a text may be once its wrappings are undone. Written for the proof alone: it shares no code
// with the redactor, so that one mistake cannot blind both.
//
// One step undoes all marks that stand for other characters: escapes of JSON, percent signs,
// entities, colours, the zero bytes of UTF-16. Steps are repeated until nothing changes. Runs that
// may be base64 or hexadecimal are decoded apart, at every alignment.

import Support

/// Undoes wrappings, one at a time.
enum Unwrapping {
    /// The text with every mark undone once; nil when there is none.
    static func step(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard text.contains(where: isMark) else { return nil }
        var plain: [UInt8] = []
        plain.reserveCapacity(text.count)
        var at = 0
        while at < text.count {
            let byte = text[at]
            guard isMark(byte), let (bytes, length) = mark(text, at) else {
                plain.append(byte)
                at += 1
                continue
            }
            plain += bytes
            at += length
        }
        return plain.count == text.count ? nil : plain
    }

    @inline(__always)
    private static func isMark(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x00, 0x1B, 0x5C, 0x25, 0x26: true
        default: false
        }
    }

    /// What the mark at a place stands for, and how long it is.
    private static func mark(
        _ text: UnsafeRawBufferPointer, _ at: Int
    ) -> (bytes: [UInt8], length: Int)? {
        switch text[at] {
        case 0x00: ([], 1)
        case 0x1B: ([], colour(text, at + 1) + 1)
        case 0x5C: escape(text, at)
        case 0x25: hexadecimal(text, at + 1, digits: 2).map { ([UInt8($0 & 0xFF)], 3) }
        default: entity(text, at)
        }
    }

    /// Bytes of a terminal's control sequence behind ESC.
    private static func colour(_ text: UnsafeRawBufferPointer, _ at: Int) -> Int {
        guard at < text.count else { return 0 }
        let limit = min(text.count, at + 256)
        if text[at] == 0x5B {  // CSI ends with a letter or one of a few signs
            let end = (at + 1..<limit).first { (0x40...0x7E).contains(text[$0]) }
            return end.map { $0 + 1 - at } ?? 0
        }
        if text[at] == 0x5D {  // OSC ends with BEL or ESC \
            let end = (at + 1..<limit).first { text[$0] == 0x07 || text[$0] == 0x5C }
            return end.map { $0 + 1 - at } ?? 0
        }
        return 1
    }

    private static func escape(
        _ text: UnsafeRawBufferPointer, _ at: Int
    ) -> (bytes: [UInt8], length: Int)? {
        guard at + 1 < text.count else { return nil }
        switch text[at + 1] {
        case 0x75:  // \uXXXX
            guard let value = hexadecimal(text, at + 2, digits: 4) else { return nil }
            // A sequence written as an escape is undone by the next step.
            return value == 0 ? ([], 6) : (utf8(value), 6)
        case 0x78:  // \xXX
            return hexadecimal(text, at + 2, digits: 2).map { ([UInt8($0 & 0xFF)], 4) }
        case 0x6E, 0x72, 0x74, 0x62, 0x66: return ([0x0A], 2)
        case 0x0A: return ([], 2)  // a line that goes on
        case 0x22, 0x27, 0x5C, 0x2F, 0x60, 0x24: return ([text[at + 1]], 2)
        case 0x30...0x33:  // \033 of a shell
            let digits = (at + 1..<min(at + 4, text.count)).map { text[$0] }
            guard digits.count == 3, digits.allSatisfy({ (0x30...0x37).contains($0) })
            else { return nil }
            let value = digits.reduce(0) { $0 * 8 + Int($1 - 0x30) }
            return ([UInt8(value & 0xFF)], 4)
        default: return nil
        }
    }

    private static func entity(
        _ text: UnsafeRawBufferPointer, _ at: Int
    ) -> (bytes: [UInt8], length: Int)? {
        let limit = min(text.count, at + 10)
        guard let end = (at + 1..<max(at + 1, limit)).first(where: { text[$0] == 0x3B }) else {
            return nil
        }
        let name = String(decoding: text[at + 1..<end], as: UTF8.self)
        let named: [String: UInt8] = ["amp": 38, "lt": 60, "gt": 62, "quot": 34, "apos": 39]
        let length = end + 1 - at
        if let byte = named[name] { return ([byte], length) }
        guard name.hasPrefix("#") else { return nil }
        let isHex = name.dropFirst().first.map { $0 == "x" || $0 == "X" } ?? false
        let value =
            isHex ? UInt32(name.dropFirst(2), radix: 16) : UInt32(name.dropFirst(), radix: 10)
        guard let value, value <= 0x10FFFF else { return nil }
        return (utf8(value), length)
    }

    /// Quoted-printable undone; nil where nothing looks like it. Apart from the others, because
    /// an equals sign before two digits is mostly an equals sign.
    static func quotedPrintable(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        var plain: [UInt8] = []
        var at = 0
        var found = false
        while at < text.count {
            guard text[at] == 0x3D, at + 1 < text.count else {
                plain.append(text[at])
                at += 1
                continue
            }
            if text[at + 1] == 0x0A || (text[at + 1] == 0x0D && at + 2 < text.count) {
                found = true
                at += text[at + 1] == 0x0A ? 2 : 3
            } else if let value = hexadecimal(text, at + 1, digits: 2) {
                found = true
                plain.append(UInt8(value & 0xFF))
                at += 3
            } else {
                plain.append(text[at])
                at += 1
            }
        }
        return found ? plain : nil
    }

    /// The text without white space and what hangs at the beginning of wrapped lines.
    static func squeezed(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        text.filter { $0 > 0x20 }
    }

    /// The pieces that read as text, one a line. Words and paths decode to noise as well, and
    /// undoing noise finds nothing but more of it.
    static func readable(_ decoded: [UInt8]) -> [UInt8] {
        var readable: [UInt8] = []
        for piece in decoded.split(separator: 0x0A) where piece.count >= NeedleSet.bytesMin {
            let printable = piece.count { (0x20...0x7E).contains($0) || $0 == 0 || $0 == 0x1B }
            if printable * 4 >= piece.count * 3 { readable += piece + [0x0A] }
        }
        return readable
    }

    // MARK: Runs

    /// Base64 and hexadecimal runs, each decoded at every alignment, one behind the other.
    static func runs(_ text: UnsafeRawBufferPointer) -> (base64: [UInt8], hex: [UInt8]) {
        var (base64, hex): ([UInt8], [UInt8]) = ([], [])
        var at = 0
        while at < text.count {
            guard sextet[Int(text[at])] >= 0 else {
                at += 1
                continue
            }
            let start = at
            var onlyHex = true
            while at < text.count, sextet[Int(text[at])] >= 0 {
                if nibble[Int(text[at])] < 0 { onlyHex = false }
                at += 1
            }
            guard at - start >= 14 else { continue }
            let run = UnsafeRawBufferPointer(rebasing: text[start..<at])
            if onlyHex {
                for skipped in 0..<2 { append(hexOf: run, from: skipped, to: &hex) }
            } else {
                for skipped in 0..<4 { append(base64Of: run, from: skipped, to: &base64) }
                hexWithin(run, to: &hex)
            }
        }
        return (base64, hex)
    }

    /// Hexadecimal digits that letters stand directly before or behind.
    private static func hexWithin(_ run: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        var at = 0
        while at < run.count {
            let start = at
            while at < run.count, nibble[Int(run[at])] >= 0 { at += 1 }
            if at - start >= 16 {
                let part = UnsafeRawBufferPointer(rebasing: run[start..<at])
                for skipped in 0..<2 { append(hexOf: part, from: skipped, to: &bytes) }
            }
            at += 1
        }
    }

    private static func append(
        base64Of run: UnsafeRawBufferPointer, from start: Int, to bytes: inout [UInt8]
    ) {
        var (group, bits) = (0, 0)
        for at in start..<max(start, run.count) {
            group = (group << 6 | Int(sextet[Int(run[at])])) & 0xFFFF
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> bits))
            }
        }
        bytes.append(0x0A)
    }

    private static func append(
        hexOf run: UnsafeRawBufferPointer, from start: Int, to bytes: inout [UInt8]
    ) {
        for at in stride(from: start, to: run.count - 1, by: 2) {
            bytes.append(UInt8(nibble[Int(run[at])]) << 4 | UInt8(nibble[Int(run[at + 1])]))
        }
        bytes.append(0x0A)
    }

    private static let nibble: [Int8] = (0..<256).map { byte in
        switch byte {
        case 0x30...0x39: Int8(byte - 0x30)
        case 0x41...0x46: Int8(byte - 0x37)
        case 0x61...0x66: Int8(byte - 0x57)
        default: -1
        }
    }

    /// Both alphabets of base64.
    private static let sextet: [Int8] = (0..<256).map { byte in
        switch byte {
        case 0x41...0x5A: Int8(byte - 0x41)
        case 0x61...0x7A: Int8(byte - 0x61 + 26)
        case 0x30...0x39: Int8(byte - 0x30 + 52)
        case 0x2B, 0x2D: 62
        case 0x2F, 0x5F: 63
        default: -1
        }
    }

    private static func hexadecimal(
        _ text: UnsafeRawBufferPointer, _ at: Int, digits: Int
    ) -> UInt32? {
        guard at + digits <= text.count else { return nil }
        var value: UInt32 = 0
        for place in at..<at + digits {
            let digit = nibble[Int(text[place])]
            guard digit >= 0 else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    private static func utf8(_ value: UInt32) -> [UInt8] {
        // Half of a surrogate pair: nothing of ours is written with those.
        guard let scalar = UnicodeScalar(value) else { return [0x3F] }
        return Array(String(Character(scalar)).utf8)
    }
}
