// The bytes being searched, and the few questions every rule asks of a byte.
//
// Bytes, not characters: logs hold Latin-1 and broken UTF-8, and what cannot be decoded must still
// be searched and come out unchanged.

import Glibc

/// A window of bytes. Reading outside of it gives 0, so that rules need no bounds of their own.
/// At least 8 readable bytes follow the end.
struct Text {
    let base: UnsafePointer<UInt8>
    let count: Int
    /// What was walked last: rules ask again and again for the same line or value, and either may be
    /// as long as the window.
    let memo: UnsafeMutablePointer<TextMemo>

    /// Readable bytes that must follow the end.
    static let padding = 8

    subscript(_ index: Int) -> UInt8 {
        @inline(__always) get {
            UInt(bitPattern: index) < UInt(bitPattern: count) ? base[index] : 0
        }
    }

    /// The first position of `byte` in `from..<end`, or `end`.
    func first(_ byte: UInt8, from: Int, to end: Int) -> Int {
        guard from < end else { return end }
        guard let found = memchr(base + from, Int32(byte), end - from) else { return end }
        return UnsafePointer(found.assumingMemoryBound(to: UInt8.self)) - base
    }

    /// - Parameter memo: valid as long as the text is, and used by it alone.
    init(base: UnsafePointer<UInt8>, count: Int, memo: UnsafeMutablePointer<TextMemo>) {
        (self.base, self.count, self.memo) = (base, count, memo)
    }

    /// Where the line that holds `index` begins, or `limit` bytes before `index`.
    func lineStart(_ index: Int, limit: Int = .max) -> Int {
        let index = min(index, count)
        guard limit == .max else {
            return lineStart(before: index, notBelow: max(0, index - limit))
        }
        if memo.pointee.start <= index, index <= memo.pointee.startUntil {
            return memo.pointee.start
        }
        let known = memo.pointee.startUntil < index ? memo.pointee.startUntil : 0
        var start = lineStart(before: index, notBelow: known)
        // Nothing ended between here and what was known: it is the same line.
        if start == known, known > 0 { start = base[known - 1] == 10 ? known : memo.pointee.start }
        memo.pointee.start = start
        memo.pointee.startUntil = index
        return start
    }

    /// The line feed behind the one at `feed`, or the end: between them is one line, which is remembered.
    func feed(after feed: Int) -> Int {
        let next = first(10, from: feed + 1, to: count)
        memo.pointee.start = feed + 1
        memo.pointee.startUntil = next
        return next
    }

    private func lineStart(before index: Int, notBelow stop: Int) -> Int {
        var at = index
        // Eight bytes at a time: subtracting one from each byte borrows only where one is zero.
        while at - stop >= 8 {
            let word = UnsafeRawPointer(base + at - 8).loadUnaligned(as: UInt64.self)
            let feeds = word ^ 0x0A0A_0A0A_0A0A_0A0A
            if (feeds &- 0x0101_0101_0101_0101) & ~feeds & 0x8080_8080_8080_8080 != 0 { break }
            at -= 8
        }
        while at > stop, base[at - 1] != 10 { at -= 1 }
        return at
    }

    /// Where the line that holds `index` ends, before its line feed.
    func lineEnd(_ index: Int) -> Int {
        if memo.pointee.endFrom <= index, index <= memo.pointee.end { return memo.pointee.end }
        let end = first(10, from: index, to: count)
        memo.pointee.endFrom = index
        memo.pointee.end = end
        return end
    }

    func bytes(_ start: Int, _ end: Int) -> [UInt8] {
        guard start < end else { return [] }
        return Array(UnsafeBufferPointer(start: base + start, count: end - start))
    }

    func string(_ start: Int, _ end: Int) -> String {
        guard start < end else { return "" }
        return String(
            decoding: UnsafeBufferPointer(start: base + start, count: end - start), as: UTF8.self)
    }

    /// Whether `literal` stands at `index`, in any case when `folded`; it is lower case then.
    func has(_ literal: StaticString, at index: Int, folded: Bool = false) -> Bool {
        let length = literal.utf8CodeUnitCount
        guard index >= 0, index + length <= count else { return false }
        if !folded { return memcmp(base + index, literal.utf8Start, length) == 0 }
        for offset in 0..<length where Byte.lower(base[index + offset]) != literal.utf8Start[offset]
        {
            return false
        }
        return true
    }

    /// The end of the run of bytes from `index` that satisfy `holds`, at most `limit` of them.
    @inline(__always)
    func skip(_ index: Int, limit: Int = .max, while holds: (UInt8) -> Bool) -> Int {
        var end = index
        let stop = limit < count - index ? index + limit : count
        while end < stop, holds(base[end]) { end += 1 }
        return end
    }

    /// The start of the run of bytes before `index` that satisfy `holds`.
    @inline(__always)
    func back(_ index: Int, limit: Int = .max, while holds: (UInt8) -> Bool) -> Int {
        var start = index
        let stop = limit < index ? index - limit : 0
        while start > stop, holds(base[start - 1]) { start -= 1 }
        return start
    }

    /// The end of the run round `index` of bytes that satisfy `holds`, at most `limit` bytes ahead.
    ///
    /// - Parameter known: the run that was walked last, which is not walked again.
    @inline(__always)
    func runEnd(
        _ index: Int, limit: Int, known: inout Range<Int>, while holds: (UInt8) -> Bool
    ) -> Int {
        if !known.contains(index) { known = index..<skip(index, while: holds) }
        return limit < known.upperBound - index ? index + limit : known.upperBound
    }

    /// The first byte from `index` on that is a blank or below, within `limit` bytes: eight at a time,
    /// because times and names are long.
    func firstBlank(_ index: Int, limit: Int) -> Int {
        let stop = limit < count - index ? index + limit : count
        var at = index
        while at + 8 <= stop {
            let word = UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self)
            let blanks = (word &- 0x2121_2121_2121_2121) & ~word & 0x8080_8080_8080_8080
            // The lowest is surely one; what a borrow makes of others does not matter.
            if blanks != 0 { return at + blanks.trailingZeroBitCount / 8 }
            at += 8
        }
        while at < stop, base[at] > 32 { at += 1 }
        return at
    }

    /// Past spaces and tabs.
    func pastBlanks(_ index: Int, limit: Int = 64) -> Int {
        skip(index, limit: limit) { $0 == 32 || $0 == 9 }
    }

    /// The first `byte` that no backslash escapes, or `end`.
    func firstUnescaped(_ byte: UInt8, from start: Int, to end: Int) -> Int {
        var index = first(byte, from: start, to: end)
        while index < end, isEscaped(index) { index = first(byte, from: index + 1, to: end) }
        return index
    }

    /// Whether the byte at `index` is the letter of a backslash escape: an odd number of
    /// backslashes stands before it.
    func isEscaped(_ index: Int) -> Bool {
        (index - back(index) { $0 == UInt8(ascii: "\\") }) % 2 == 1
    }
}

/// What was walked last, so that hostile text, which asks from each of its words for the same walk,
/// gets it once.
struct TextMemo {
    /// No line feed stands in `start..<startUntil`, and one or nothing before.
    var start = 0
    var startUntil = 0
    /// The first line feed at or behind `endFrom` stands at `end`.
    var endFrom = 1
    var end = 0
    /// No record begins in `records`; one does at its end, if `isRecord`.
    var records = 0..<0
    var isRecord = false
    /// The text of a markup element.
    var element = 0..<0
    /// The bare value that was walked last, and by what its signs were judged.
    var bareValue = 0..<0
    var bareContext = BareContext()
    /// Runs of what addresses, tokens and hooks are made of.
    var urlRun = 0..<0
    var webTokenRun = 0..<0
    var hookRun = 0..<0
    /// The stretch without braces round a key in JSON, and where it was looked at up to.
    var webKeyRun = 0..<0
    var webKeyEnd = 0
    /// Text up to the next line feed that is written as an escape.
    var unescaped = 0..<0
    /// Lines none of which ends a conflict.
    var openConflict = 0..<0
    /// Where no line of three backticks stands.
    var openFence = 0..<0
    /// Lists whose texts were looked at as bodies: those that surely are, and those that may be.
    var strongList = 0..<0
    var weakList = 0..<0
    /// The list whose texts were looked at as secrets, and how many of those in it were as well.
    var openList = 0..<0
    var listsInList = 0
    /// Long stretches that were judged whether they are code, and where code ends in them.
    var bodies = Judgement<Bool>()
    var lists = Judgement<Bool>()
    var codeEnds = Judgement<Int>()
    var openBlocks = Judgement<Int?>()
    /// Long values that were judged whether they are secret.
    var secrets = Judgement<Bool>()
}

/// Classes of bytes.
enum Byte {
    @inline(__always) static func lower(_ byte: UInt8) -> UInt8 {
        byte &- 65 < 26 ? byte | 0x20 : byte
    }
    @inline(__always) static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }
    @inline(__always) static func isUpper(_ byte: UInt8) -> Bool { byte &- 65 < 26 }
    @inline(__always) static func isLower(_ byte: UInt8) -> Bool { byte &- 97 < 26 }
    @inline(__always) static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 97 < 26 }
    @inline(__always) static func isAlnum(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte)
    }
    @inline(__always) static func isHex(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20) &- 97 < 6
    }
    /// Letters, digits, `_`, `-` and bytes above ASCII: what words and keys are made of.
    @inline(__always) static func isWord(_ byte: UInt8) -> Bool {
        isAlnum(byte) || byte == 95 || byte == 45 || byte >= 128
    }
    /// The alphabets of base64 and base64url together, without padding.
    @inline(__always) static func isRun(_ byte: UInt8) -> Bool {
        // A bit for each byte: this is asked of most bytes of a log, and branches go wrong.
        let (low, high): (UInt64, UInt64) = (0x03FF_A800_0000_0000, 0x07FF_FFFE_87FF_FFFE)
        return byte < 128 && (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 != 0
    }
    /// The alphabet of base64url.
    @inline(__always) static func isURLSafe(_ byte: UInt8) -> Bool {
        isAlnum(byte) || byte == 45 || byte == 95
    }
    @inline(__always) static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }
    @inline(__always) static func isBreak(_ byte: UInt8) -> Bool { byte == 10 || byte == 13 }
    @inline(__always) static func isSpace(_ byte: UInt8) -> Bool {
        isBlank(byte) || isBreak(byte)
    }
    @inline(__always) static func isQuote(_ byte: UInt8) -> Bool {
        byte == 34 || byte == 39 || byte == 96
    }
    @inline(__always) static func isPrintable(_ byte: UInt8) -> Bool {
        byte >= 32 && byte != 127 || isSpace(byte)
    }
    /// ASCII as texts have it.
    @inline(__always) static func isText(_ byte: UInt8) -> Bool {
        byte >= 32 && byte < 127 || byte == 10
    }
    /// The value of a hexadecimal digit.
    @inline(__always) static func hexValue(_ byte: UInt8) -> UInt8 {
        isDigit(byte) ? byte - 48 : (byte | 0x20) &- 87
    }
}
