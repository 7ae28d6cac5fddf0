// What a text may be once its wrappings are undone. Written for the proof alone: it shares no code
// with the redactor, so that one mistake cannot blind both.
//
// One step undoes all marks that stand for other characters: escapes of JSON, percent signs,
// entities, colours, the zero bytes of UTF-16. Steps are repeated until nothing changes. Only the
// neighbourhood of a mark reads differently afterwards, so only that is looked at again.

import Glibc

/// Undoes wrappings, one at a time.
enum Unwrapping {
    /// What is kept of the text on both sides of a mark: three times the longest canary, a key of
    /// several lines, as base64 of base64.
    static let contextBytes = 2048

    /// The surroundings of every mark with the marks undone once; nil when there are none.
    static func undone(_ marks: Marks, in text: UnsafeRawBufferPointer) -> [UInt8]? {
        neighbourhoods(of: marks, in: text)
    }

    /// The same for a text whose parts held no mark before they were joined: one that does now goes
    /// across a joint.
    static func undone(
        _ marks: Marks, in text: UnsafeRawBufferPointer, across joints: [Int]
    ) -> [UInt8]? {
        let isThere = joints.contains { joint in
            let end = min(joint, text.count)
            var at = max(0, end - Marks.lengthMax)
            while let place = marks.next(in: text, from: at, to: end) {
                if marks.opens(text, place) { return true }
                at = place + 1
            }
            return false
        }
        return isThere ? neighbourhoods(of: marks, in: text) : nil
    }

    private static func neighbourhoods(
        of marks: Marks, in text: UnsafeRawBufferPointer
    ) -> [UInt8]? {
        var plain: [UInt8] = []
        var (at, done) = (0, 0)
        while let first = marks.next(in: text, from: at, to: text.count) {
            at = first + 1
            guard marks.opens(text, first) else { continue }
            var copied = max(done, first - contextBytes)
            var end = min(text.count, first + contextBytes)
            at = first
            while let place = marks.next(in: text, from: at, to: end) {
                at = place + 1
                guard let undone = marks.undone(text, place) else { continue }
                plain += text[copied..<place]
                undone.append(to: &plain)
                at = min(text.count, place + undone.length)
                copied = at
                end = min(text.count, at + contextBytes)
            }
            plain += text[copied..<end]
            plain.append(0x0A)
            (at, done) = (end, end)
        }
        return plain.isEmpty ? nil : plain
    }

    // MARK: Lines

    /// The text without white space, for what was broken anywhere.
    static func squeezed(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: text.count) { bytes, count in
            count = 0
            guard let from = text.baseAddress, let room = bytes.baseAddress else { return }
            let to = UnsafeMutableRawPointer(room)
            var at = 0
            // Eight bytes at a time are written, up to the first that does not stay, and what follows
            // over the rest of them. Before the end of the text there is room for all eight.
            while at + 8 <= text.count {
                let word = from.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                to.storeBytes(of: word, toByteOffset: count, as: UInt64.self)
                // The lowest is surely white space; what a borrow makes of others does not matter.
                let spaces = (word &- 0x2121_2121_2121_2121) & ~word & 0x8080_8080_8080_8080
                let kept = spaces == 0 ? 8 : spaces.trailingZeroBitCount / 8
                count += kept
                at += kept + (spaces == 0 ? 0 : 1)
            }
            while at < text.count {
                bytes[count] = text[at]
                count += text[at] > 0x20 ? 1 : 0
                at += 1
            }
        }
    }

    /// The text with its lines joined, what indents them gone, and where they were joined.
    static func joined(_ text: UnsafeRawBufferPointer) -> (text: [UInt8], joints: [Int]) {
        var joints: [Int] = []
        let bytes = [UInt8](unsafeUninitializedCapacity: text.count) { bytes, count in
            count = 0
            var at = 0
            while at < text.count {
                let feed = lineFeed(in: text, from: at)
                if let from = text.baseAddress, let to = bytes.baseAddress {
                    memcpy(to + count, from + at, feed - at)
                }
                count += feed - at
                at = feed + 1
                guard feed < text.count else { break }
                while count > joints.last ?? 0, bytes[count - 1] <= 0x20 { count -= 1 }
                while at < text.count, text[at] <= 0x20 { at += 1 }
                joints.append(count)
            }
        }
        return (bytes, joints)
    }

    /// Where the next line feed stands, or the end.
    private static func lineFeed(in text: UnsafeRawBufferPointer, from start: Int) -> Int {
        guard let base = text.baseAddress,
            let found = memchr(base + start, 0x0A, text.count - start)
        else { return text.count }
        return UnsafeRawPointer(found) - base
    }

    // MARK: Reading

    /// Appends the lines that read as text. Words and paths decode to noise as well, and undoing
    /// noise finds nothing but more of it.
    static func appendReadable(_ decoded: UnsafeRawBufferPointer, to readable: inout [UInt8]) {
        var start = 0
        while start < decoded.count {
            var (at, printable) = (start, 0)
            while at < decoded.count, decoded[at] != 0x0A {
                let byte = decoded[at]
                if byte >= 0x20 && byte <= 0x7E || byte == 0 || byte == 0x1B { printable += 1 }
                at += 1
            }
            let count = at - start
            if count >= NeedleSet.bytesMin, printable * 4 >= count * 3 {
                readable += decoded[start..<at]
                readable.append(0x0A)
            }
            start = at + 1
        }
    }
}
