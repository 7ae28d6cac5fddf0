// Bytes in the middle of a text that are none: an archive somebody appended, what a broken disk put
// there. No rule can look into them, so they do not get out.

extension Scanner {
    private static let blockBytes = 256
    /// Of the control characters no text holds more kinds than this in one block; packed bytes hold
    /// some fifteen, protocols that use one as a separator hold one.
    private static let kindsMax = 5
    /// So many printable characters in a row are text again.
    private static let textMin = 64

    /// Masks stretches that are packed or broken, with what lies between them and the next text.
    mutating func scanNoise() {
        guard depth == 0, hasLines, holdsControls() else { return }
        var index = 0
        while index < text.count {
            let end = min(index + Self.blockBytes, text.count)
            guard let start = magic(index, end) ?? noise(index, end) else {
                index = end
                continue
            }
            let stop = textBegin(max(start + 4, isNoise(index, end) ? end : start))
            add(start, stop, .opaqueValue, .mask(.encoded))
            index = max(stop, end)
        }
    }

    /// Control characters other than those of layouts and terminals; the zeros of UTF-16 do not
    /// count.
    @inline(__always)
    private static func isControl(_ byte: UInt8) -> Bool {
        byte &- 1 < 6 || byte &- 14 < 13 || byte &- 28 < 4 || byte == 127
    }

    /// Whether of eight bytes one is a line feed and the others are above all control characters: the
    /// end of a line.
    @inline(__always)
    private static func isLineFeedAlone(_ word: UInt64) -> Bool {
        let feeds = word ^ 0x0A0A_0A0A_0A0A_0A0A
        let hits = (feeds &- 0x0101_0101_0101_0101) & ~feeds & 0x8080_8080_8080_8080
        // A blank in the place of the first one: then nothing is below 32 any more.
        let rest = word | (hits & (0 &- hits)) >> 2
        return hits != 0 && (rest &- 0x2020_2020_2020_2020) & ~rest & 0x8080_8080_8080_8080 == 0
    }

    private func holdsControls() -> Bool {
        let base = UnsafeRawPointer(text.base)
        var index = 0
        while index < text.count {
            // Eight at a time: a byte below 32 borrows into its highest bit. Behind the end are
            // zeros, which do not count.
            let word = base.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            if (word &- 0x2020_2020_2020_2020) & ~word & 0x8080_8080_8080_8080 != 0,
                !Self.isLineFeedAlone(word)
            {
                let end = min(index + 8, text.count)
                if (index..<end).contains(where: { Self.isControl(text.base[$0]) }) { return true }
            }
            index += 8
        }
        return false
    }

    private func isNoise(_ start: Int, _ end: Int) -> Bool {
        var kinds: UInt64 = 0
        for index in start..<end where Self.isControl(text.base[index]) {
            kinds |= 1 << UInt64(text.base[index] & 63)
        }
        return kinds.nonzeroBitCount > Self.kindsMax
    }

    /// Where the line or stretch begins in which a block of noise begins.
    private func noise(_ start: Int, _ end: Int) -> Int? {
        guard isNoise(start, end) else { return nil }
        let first = (start..<end).first { Self.isControl(text.base[$0]) } ?? start
        return text.back(first, limit: Self.textMin) { $0 > 127 || Self.isControl($0) }
    }

    private func magic(_ start: Int, _ end: Int) -> Int? {
        (start..<end).first { index in
            switch text.base[index] {
            case 0x50: text[index + 1] == 0x4B && (text[index + 2] == 3 || text[index + 2] == 5)
            case 0x1F: text[index + 1] == 0x8B && text[index + 2] == 8
            case 0xFD: text.has("7zXZ", at: index + 1)
            case 0x28: text[index + 1] == 0xB5 && text[index + 2] == 0x2F && text[index + 3] == 0xFD
            case 0x42: text.has("Zh", at: index + 1) && text.has("1AY&SY", at: index + 4)
            case 0x37: text[index + 1] == 0x7A && text[index + 2] == 0xBC && text[index + 3] == 0xAF
            case 0x04: text[index + 1] == 0x22 && text[index + 2] == 0x4D && text[index + 3] == 0x18
            case 0x52: text.has("ar!\u{1A}\u{07}", at: index + 1)
            case 0x53: text.has("QLite format 3", at: index + 1)
            default: false
            }
        }
    }

    /// Where text begins again.
    private func textBegin(_ start: Int) -> Int {
        var first = start
        var index = start
        while index < text.count {
            let byte = text.base[index]
            index += 1
            if byte < 127, Byte.isPrintable(byte) {
                if index - first >= Self.textMin { return first }
            } else {
                first = index
            }
        }
        return text.count
    }
}
