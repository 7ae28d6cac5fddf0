// Runs of characters that may be base64 or hexadecimal, decoded at every alignment.

/// Finds and decodes runs.
struct Runs {
    enum Writing: String, CaseIterable {
        case base64
        case hex
    }

    /// Shorter runs hold nothing that could be looked for.
    private static let base64Min = 14
    private static let hexMin = 16

    private let kinds = Self.kinds
    /// Room for what the run at hand decodes to; most are short and there are millions of them.
    private var decoded = [UInt8](repeating: 0, count: 4096)

    /// Calls `visit` with every run decoded, at every alignment, until it returns true.
    ///
    /// - Parameter joints: when there are any, only runs that go across one count; the others were
    ///   there before the lines were joined.
    mutating func forEach(
        in text: UnsafeRawBufferPointer, across joints: [Int]? = nil,
        _ visit: (UnsafeRawBufferPointer, Writing) -> Bool
    ) -> Bool {
        let found = kinds.withUnsafeBufferPointer { kinds in
            joints.map { Self.runs(in: text, across: $0, kinds) } ?? Self.runs(in: text, kinds)
        }
        return found.contains { decode($0, of: text, visit) }
    }

    private static func runs(
        in text: UnsafeRawBufferPointer, _ kinds: UnsafeBufferPointer<UInt8>
    ) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var at = 0
        while at < text.count {
            // A run that is long enough covers one of every so many bytes; most are no run's.
            let probe = at + base64Min - 1
            guard probe < text.count else { break }
            guard kinds[Int(text[probe])] & inRun != 0, reaches(text, probe, kinds) else {
                at = probe + 1
                continue
            }
            var start = probe
            while start > at, kinds[Int(text[start - 1])] & inRun != 0 { start -= 1 }
            at = probe + 1
            while at < text.count, kinds[Int(text[at])] & inRun != 0 { at += 1 }
            if at - start >= base64Min { found.append(start..<at) }
        }
        return found
    }

    private static func runs(
        in text: UnsafeRawBufferPointer, across joints: [Int],
        _ kinds: UnsafeBufferPointer<UInt8>
    ) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var end = 0
        for joint in joints where joint > end && joint < text.count {
            var start = joint
            while start > end, kinds[Int(text[start - 1])] & inRun != 0 { start -= 1 }
            end = joint
            while end < text.count, kinds[Int(text[end])] & inRun != 0 { end += 1 }
            if start < joint, joint < end, end - start >= base64Min { found.append(start..<end) }
        }
        return found
    }

    /// Whether a run at a place may be long enough: half of it stands before the place or behind.
    @inline(__always)
    private static func reaches(
        _ text: UnsafeRawBufferPointer, _ place: Int, _ kinds: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        let half = base64Min / 2
        func holds(_ at: Int) -> Bool { at < text.count && kinds[Int(text[at])] & inRun != 0 }
        return holds(place - half) && holds(place - half / 2)
            || holds(place + half) && holds(place + half / 2)
    }

    private mutating func decode(
        _ range: Range<Int>, of text: UnsafeRawBufferPointer,
        _ visit: (UnsafeRawBufferPointer, Writing) -> Bool
    ) -> Bool {
        let run = UnsafeRawBufferPointer(rebasing: text[range])
        let digits = kinds.withUnsafeBufferPointer { kinds in
            run.count { kinds[Int($0)] & Self.isDigit != 0 }
        }
        makeRoom(for: run)
        if digits < run.count {
            for skipped in 0..<4 {
                let isFound = decoded.withUnsafeMutableBytes {
                    visit(Self.decodeBase64(run, from: skipped, into: $0), .base64)
                }
                if isFound { return true }
            }
        }
        guard digits >= Self.hexMin || digits == run.count else { return false }
        return decodeDigits(within: run, visit)
    }

    /// Digits that letters may stand directly before or behind.
    private mutating func decodeDigits(
        within run: UnsafeRawBufferPointer, _ visit: (UnsafeRawBufferPointer, Writing) -> Bool
    ) -> Bool {
        var at = 0
        while at < run.count {
            let start = at
            while at < run.count, kinds[Int(run[at])] & Self.isDigit != 0 { at += 1 }
            if at - start >= Self.hexMin || at - start == run.count {
                let part = UnsafeRawBufferPointer(rebasing: run[start..<at])
                for skipped in 0..<2 {
                    let isFound = decoded.withUnsafeMutableBytes {
                        visit(Self.decodeHex(part, from: skipped, into: $0), .hex)
                    }
                    if isFound { return true }
                }
            }
            at += 1
        }
        return false
    }

    // MARK: Decoding

    /// Both writings take more characters than they stand for.
    private mutating func makeRoom(for run: UnsafeRawBufferPointer) {
        if decoded.count < run.count { decoded = [UInt8](repeating: 0, count: run.count * 2) }
    }

    private static func decodeBase64(
        _ run: UnsafeRawBufferPointer, from skipped: Int, into bytes: UnsafeMutableRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        sextets.withUnsafeBufferPointer { sextets in
            var (group, bits, filled) = (UInt32(0), 0, 0)
            for at in skipped..<max(skipped, run.count) {
                group = group << 6 | UInt32(sextets[Int(run[at])])
                bits += 6
                if bits >= 8 {
                    bits -= 8
                    bytes[filled] = UInt8(truncatingIfNeeded: group >> UInt32(bits))
                    filled += 1
                }
            }
            return UnsafeRawBufferPointer(rebasing: bytes[..<filled])
        }
    }

    private static func decodeHex(
        _ run: UnsafeRawBufferPointer, from skipped: Int, into bytes: UnsafeMutableRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        var filled = 0
        for at in stride(from: skipped, to: run.count - 1, by: 2) {
            bytes[filled] = nibble(run[at]) << 4 | nibble(run[at + 1])
            filled += 1
        }
        return UnsafeRawBufferPointer(rebasing: bytes[..<filled])
    }

    /// The byte that two hexadecimal digits at a place mean.
    static func byte(_ text: UnsafeRawBufferPointer, _ at: Int) -> UInt8? {
        guard at + 2 <= text.count else { return nil }
        let (high, low) = (nibble(text[at]), nibble(text[at + 1]))
        return high < 16 && low < 16 ? high << 4 | low : nil
    }

    /// The value of a hexadecimal digit; 255 for anything else.
    @inline(__always)
    private static func nibble(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: 255
        }
    }

    // MARK: Tables

    private static let inRun: UInt8 = 1
    private static let isDigit: UInt8 = 2

    /// What a byte may be part of.
    private static let kinds: [UInt8] = (0..<256).map { byte in
        (sextet(byte) == nil ? 0 : inRun) | (nibble(UInt8(byte)) < 16 ? isDigit : 0)
    }

    private static let sextets: [UInt8] = (0..<256).map { sextet($0) ?? 0 }

    /// Both alphabets of base64.
    private static func sextet(_ byte: Int) -> UInt8? {
        switch byte {
        case 0x41...0x5A: UInt8(byte - 0x41)
        case 0x61...0x7A: UInt8(byte - 0x61 + 26)
        case 0x30...0x39: UInt8(byte - 0x30 + 52)
        case 0x2B, 0x2D: 62
        case 0x2F, 0x5F: 63
        default: nil
        }
    }
}
