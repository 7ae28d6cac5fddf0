// Looks for many secrets at once, in one pass, with nothing of the redactor's own machinery.
//
// Every run of eight bytes of every secret stands in a table. The text is asked at every fourth
// byte only: eleven neighbouring bytes of a secret cannot lie between two questions. So a piece
// of a secret is found as well as the whole, and the search costs a fraction of a comparison per
// byte. A piece that chance may have made is none: ordinary logs are full of eight digits.

/// One thing that must not be found.
struct Needle: Sendable {
    /// The rule that has to catch it.
    let rule: String
    /// Where it was planted, or the name of the value.
    let source: String
    let bytes: [UInt8]
    /// A secret is found by any part of it that is beyond chance, eleven bytes of a random mixture;
    /// a name only as a whole, because its parts are ordinary words.
    let isSecret: Bool
    /// Another way of writing one that is counted already.
    var isForm = false
    /// No shorter part of it is told from what others have in common with it.
    var partMin = 0
}

/// A table of needles. An object, because a large table is asked often and must not be copied.
final class NeedleSet: Sendable {
    static let window = 8
    /// Shorter values cannot be told from chance; the redactor masks them under their key.
    static let bytesMin = 8
    private static let stepMax = 4

    let needles: [Needle]
    /// How many things those are, however many ways each is written in.
    var valueCount: Int { needles.count { !$0.isForm } }
    /// What was too short to look for.
    let tooShort: [Needle]
    private let step: Int
    /// Which needle has a window, and where in it: by the hash of the window, one behind the other.
    private let places: [Place]
    /// Where the places of a hash begin; they end where those of the next one do.
    private let starts: [Int32]
    private static let rowBits = 17
    /// Three bits of one word for each hash of a window: most questions end here, of those that find
    /// nothing all but one in a hundred with the 70,000 windows of a usual plan. No larger than what a
    /// processor has near: each question asks somewhere else.
    private let filter: [UInt64]
    private static let wordBits = 14

    private struct Place {
        let key: UInt64
        let needle: Int32
        let offset: Int32
    }

    init(_ needles: [Needle]) {
        let long = needles.filter { $0.bytes.count >= Self.bytesMin }
        self.needles = long
        tooShort = needles.filter { $0.bytes.count < Self.bytesMin }
        let shortest = long.map(\.bytes.count).min() ?? Self.bytesMin
        step = max(1, min(Self.stepMax, shortest - Self.window + 1))
        var filter = [UInt64](repeating: 0, count: 1 << Self.wordBits)
        var found: [Place] = []
        found.reserveCapacity(long.reduce(0) { $0 + $1.bytes.count - Self.window + 1 })
        for (index, needle) in long.enumerated() {
            Self.addWindows(of: needle, at: index, to: &found)
        }
        // Sorted by counting: how many of each row there are says where it begins.
        var starts = [Int32](repeating: 0, count: 1 << Self.rowBits + 1)
        for place in found {
            let hash = Self.hash(place.key)
            filter[Self.word(hash)] |= Self.bits(hash)
            starts[Self.row(hash) + 1] += 1
        }
        for row in 1..<starts.count { starts[row] += starts[row - 1] }
        var (next, places) = (starts, found)
        for place in found {
            let row = Self.row(Self.hash(place.key))
            places[Int(next[row])] = place
            next[row] += 1
        }
        (self.places, self.starts, self.filter) = (places, starts, filter)
    }

    private static func addWindows(of needle: Needle, at index: Int, to places: inout [Place]) {
        needle.bytes.withUnsafeBytes { bytes in
            for offset in 0...bytes.count - window {
                let key = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                guard !needle.isSecret || isTelling(key) else { continue }
                places.append(Place(key: key, needle: Int32(index), offset: Int32(offset)))
            }
        }
    }

    /// Windows of fewer than four different bytes (`00000000`, `--------`) are in every file.
    private static func isTelling(_ key: UInt64) -> Bool {
        var (rest, different) = (key, 0)
        for left in stride(from: 8, to: 0, by: -1) {
            let byte = rest & 0xFF
            rest >>= 8
            let isLast = !(0..<left - 1).contains { rest >> UInt64($0 * 8) & 0xFF == byte }
            different += isLast ? 1 : 0
        }
        return different >= 4
    }

    @inline(__always)
    private static func hash(_ key: UInt64) -> UInt64 { key &* 0x9E37_79B9_7F4A_7C15 }

    @inline(__always)
    private static func word(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: hash >> UInt64(64 - wordBits))
    }

    @inline(__always)
    private static func bits(_ hash: UInt64) -> UInt64 {
        1 << (hash >> 44 & 63) | 1 << (hash >> 38 & 63) | 1 << (hash >> 32 & 63)
    }

    @inline(__always)
    private static func row(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: hash >> UInt64(64 - rowBits))
    }

    /// The first needle in the text; nil when there is none.
    func first(in text: UnsafeRawBufferPointer) -> Needle? {
        first(in: text, from: 0, to: text.count)
    }

    /// The first needle that goes across one of the joints of a text.
    ///
    /// Whatever does begins before a joint and ends behind it, so some of its windows do nearly: as
    /// many in a row as are asked at once.
    func first(in text: UnsafeRawBufferPointer, across joints: [Int]) -> Needle? {
        var asked = 0
        for joint in joints {
            let start = max(asked, joint - Self.window - step + 1)
            if let needle = first(in: text, from: start, to: joint + step) { return needle }
            asked = joint + step
        }
        return nil
    }

    /// - Parameter end: a window that is asked begins before it.
    private func first(in text: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Needle? {
        guard !places.isEmpty else { return nil }
        return filter.withUnsafeBufferPointer { filter in
            // Always the same places, wherever the asking begins.
            var at = (start + step - 1) / step * step
            let end = min(end, text.count - Self.window + 1)
            while at < end {
                let key = text.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                let hash = Self.hash(key)
                let bits = Self.bits(hash)
                if filter[Self.word(hash)] & bits == bits,
                    let found = match(key, hash, at: at, in: text)
                {
                    return found
                }
                at += step
            }
            return nil
        }
    }

    func first(in text: [UInt8]) -> Needle? { text.withUnsafeBytes { first(in: $0) } }

    private func match(
        _ key: UInt64, _ hash: UInt64, at: Int, in text: UnsafeRawBufferPointer
    ) -> Needle? {
        let row = Self.row(hash)
        for place in places[Int(starts[row])..<Int(starts[row + 1])] where place.key == key {
            let needle = needles[Int(place.needle)]
            if needle.isSecret {
                if Self.isBeyondChance(needle, Int(place.offset), at, in: text) {
                    return needle
                }
                continue
            }
            let start = at - Int(place.offset)
            guard start >= 0, start + needle.bytes.count <= text.count,
                text[start..<start + needle.bytes.count].elementsEqual(needle.bytes),
                Self.isWhole(text, start, start + needle.bytes.count)
            else { continue }
            return needle
        }
        return nil
    }

    /// Bits that a match must tell: among 2^32 bytes and 2^16 windows a hit by chance is one in
    /// thousands of bundles.
    private static let bitsMin = 60.0

    /// Whether the match of a window, as far as it goes to both sides, is the whole secret or more
    /// than chance makes.
    private static func isBeyondChance(
        _ needle: Needle, _ offset: Int, _ at: Int, in text: UnsafeRawBufferPointer
    ) -> Bool {
        let secret = needle.bytes
        var (first, last) = (offset, offset + window)
        while first > 0, at + first - offset > 0, secret[first - 1] == text[at + first - 1 - offset]
        {
            first -= 1
        }
        while last < secret.count, at + last - offset < text.count,
            secret[last] == text[at + last - offset]
        {
            last += 1
        }
        if last - first == secret.count { return true }
        return last - first >= needle.partMin
            && Double(last - first) * bits(of: secret[first..<last]) >= bitsMin
    }

    /// Bits a byte, by the smallest alphabet that the bytes could be drawn from.
    private static func bits(of piece: ArraySlice<UInt8>) -> Double {
        func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
        if piece.allSatisfy({ isDigit($0) || $0 == 0x2D || $0 == 0x2E }) { return 3.3 }
        func isHex(_ byte: UInt8, _ letters: ClosedRange<UInt8>) -> Bool {
            isDigit(byte) || letters.contains(byte)
        }
        if piece.allSatisfy({ isHex($0, 0x61...0x66) }) { return 4 }
        if piece.allSatisfy({ isHex($0, 0x41...0x46) }) { return 4 }
        if piece.allSatisfy({ (0x61...0x7A).contains($0 | 0x20) }) { return 4.7 }
        return 5.5
    }

    /// A name inside of a longer word is another name.
    private static func isWhole(_ text: UnsafeRawBufferPointer, _ from: Int, _ to: Int) -> Bool {
        func joins(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte)
        }
        if from > 0, joins(text[from - 1]), joins(text[from]) { return false }
        return to >= text.count || !joins(text[to]) || !joins(text[to - 1])
    }
}
