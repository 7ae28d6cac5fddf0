// What stands around the members of a tar of ours: heads of 512 bytes that tell a name, a size and the
// one time, and zeros that fill up to the next. A head has room for more that no reader shows: owners,
// links, comments, and the fill itself.

import Support

/// Reads a tar block by block, and takes exception to whatever its writer did not put there.
struct TarShape: Sendable {
    private static let blockBytes = 512
    /// Of the head that carries a name too long for the others.
    private static let longNameMax = 1024

    private let names: Set<String>
    private let seconds: Int
    private var block: [UInt8] = []
    private var contentLeft = 0
    private var fillLeft = 0
    /// The content of a head for a long name, as far as it was read; nil elsewhere.
    private var longName: [UInt8]?
    private var isOver = false

    /// - Parameters:
    ///   - names: of the members.
    ///   - time: that stands at each of them.
    init(names: [String], time: Timestamp) {
        self.names = Set(names)
        seconds = Int(time.rawValue / 1000)
    }

    /// Takes the next bytes; false when something is among them that does not belong there.
    mutating func take(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            if contentLeft > 0 {
                let part = rest.prefix(contentLeft)
                longName? += part
                contentLeft -= part.count
                rest = rest.dropFirst(part.count)
                if contentLeft == 0, let name = longName, !isLongName(name) { return false }
            } else if fillLeft > 0 {
                let part = rest.prefix(fillLeft)
                guard part.allSatisfy({ $0 == 0 }) else { return false }
                fillLeft -= part.count
                rest = rest.dropFirst(part.count)
            } else {
                let part = rest.prefix(Self.blockBytes - block.count)
                block += part
                rest = rest.dropFirst(part.count)
                if block.count == Self.blockBytes {
                    guard takeHead() else { return false }
                    block.removeAll(keepingCapacity: true)
                }
            }
        }
        return true
    }

    private mutating func takeHead() -> Bool {
        if block.allSatisfy({ $0 == 0 }) {
            isOver = true
            return true
        }
        guard !isOver, let size = number(124..<136), number(136..<148) == seconds else {
            return false
        }
        // Mode, owner and group, the numbers of a device, a link, names of owners, the end.
        guard number(100..<108) == 0o644,
            [108..<116, 116..<124, 329..<337, 337..<345].allSatisfy({ number($0) == 0 }),
            [157..<257, 265..<329, 500..<512].allSatisfy({ block[$0].allSatisfy { $0 == 0 } })
        else { return false }
        longName = nil
        switch block[156] {
        case UInt8(ascii: "0"): break
        case UInt8(ascii: "x"):
            guard size <= Self.longNameMax, isPartOfName(0..<100), isPartOfName(345..<500) else {
                return false
            }
            longName = []
        default: return false
        }
        contentLeft = size
        fillLeft = (Self.blockBytes - size % Self.blockBytes) % Self.blockBytes
        return true
    }

    /// Octal digits, then blanks and zeros; nil for anything else.
    private func number(_ field: Range<Int>) -> Int? {
        let digits = block[field].prefix { (0x30...0x37).contains($0) }
        let isEnded = block[field].dropFirst(digits.count).allSatisfy { $0 == 0 || $0 == 0x20 }
        guard !digits.isEmpty, isEnded else { return nil }
        return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
    }

    /// `265 path=logs/…`, and nothing else.
    private func isLongName(_ content: [UInt8]) -> Bool {
        let text = String(decoding: content, as: UTF8.self)
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, parts[0] == "\(content.count) path", text.last == "\n" else {
            return false
        }
        return names.contains(String(parts[1].dropLast()))
    }

    /// What the head of a long name tells of it: the writer cuts it where it likes.
    private func isPartOfName(_ field: Range<Int>) -> Bool {
        let bytes = block[field]
        let text = bytes.prefix { $0 != 0 }
        guard bytes.dropFirst(text.count).allSatisfy({ $0 == 0 }) else { return false }
        let name = String(decoding: text, as: UTF8.self).replacing("PaxHeader/", with: "")
        return name.isEmpty || names.contains { $0.contains(name) }
    }
}
