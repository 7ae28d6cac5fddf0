// Import blocks merge as sets of lines: two people who each add an import have no conflict.

import LiveProtocol

/// Three-way merge of sets of lines, in the order of the local text.
public enum LineMerge {
    /// The non-blank lines of a text without blanks at their ends, in order.
    public static func lines(of text: UnitText) -> [[UInt8]] {
        text.bytes.split(separator: UInt8(ascii: "\n"))
            .map { trimmed($0) }.filter { !$0.isEmpty }
    }

    /// The local text with what the remote side added and without what it removed.
    ///
    /// - Parameter base: the lines both sides started from.
    public static func merge(
        base: [[UInt8]], local: UnitText, remote: UnitText
    ) -> UnitText {
        let remoteLines = lines(of: remote)
        let added = Set(remoteLines).subtracting(base)
        let removed = Set(base).subtracting(remoteLines)
        let have = Set(lines(of: local))
        var kept = rawLines(of: local.head).filter { !removed.contains(trimmed($0)) }
        let missing = rawLines(of: remote.head).filter {
            added.contains(trimmed($0)) && !have.contains(trimmed($0))
        }
        guard !missing.isEmpty else { return UnitText(head: kept.flatMap { $0 }, tail: local.tail) }
        let isLast = local.head.last != UInt8(ascii: "\n")
        if isLast, let last = kept.popLast() { kept.append(last + [UInt8(ascii: "\n")]) }
        var merged = (kept + missing).flatMap { $0 }
        if merged.last != UInt8(ascii: "\n") && !isLast { merged.append(UInt8(ascii: "\n")) }
        if isLast, merged.last == UInt8(ascii: "\n") { merged.removeLast() }
        return UnitText(head: merged, tail: local.tail)
    }

    /// Lines with their ends.
    private static func rawLines(of bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var line: [UInt8] = []
        for byte in bytes {
            line.append(byte)
            if byte == UInt8(ascii: "\n") {
                lines.append(line)
                line = []
            }
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }

    private static func trimmed(_ line: some Sequence<UInt8>) -> [UInt8] {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }
        return Array(line.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}
