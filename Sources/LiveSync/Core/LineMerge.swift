// Import blocks merge as sets of lines: two people who each add an import have no conflict.

import LiveProtocol

/// Three-way merge of sets of lines, in the order of the local text.
public enum LineMerge {
    /// The non-blank lines of a text without blanks at their ends, in order.
    public static func lines(of text: UnitText) -> [[UInt8]] {
        text.bytes.split(separator: UInt8(ascii: "\n"))
            .map { trimmed($0) }.filter { !$0.isEmpty }
    }

    /// The local text with what the remote side added and without what it removed. What was added
    /// between two lines goes between them here as well: a block may end with a bracket.
    ///
    /// - Parameter base: the lines both sides started from.
    public static func merge(
        base: [[UInt8]], local: UnitText, remote: UnitText
    ) -> UnitText {
        let theirs = rawLines(of: remote.head)
        let (before, after) = (Set(base), Set(lines(of: remote)))
        let (added, removed) = (after.subtracting(before), before.subtracting(after))
        let have = Set(lines(of: local))
        let newline = UInt8(ascii: "\n")
        var kept = rawLines(of: local.head).filter { !removed.contains(trimmed($0)) }
        let isOpen = local.head.last != newline
        if isOpen, let last = kept.popLast() { kept.append(last + [newline]) }
        for index in theirs.indices {
            let line = trimmed(theirs[index])
            guard added.contains(line), !have.contains(line) else { continue }
            let place = place(of: index, in: theirs, among: kept, besides: before)
            kept.insert(
                theirs[index].last == newline ? theirs[index] : theirs[index] + [newline], at: place
            )
        }
        var merged = kept.flatMap { $0 }
        if isOpen, merged.last == newline { merged.removeLast() }
        return UnitText(head: merged, tail: local.tail)
    }

    /// Whether both sides wrote one line anew, each in its own way: such a statement is no line of
    /// a set.
    static func isRewrittenTwice(base: [[UInt8]], local: UnitText, remote: UnitText) -> Bool {
        let (ours, theirs) = (Set(lines(of: local)), Set(lines(of: remote)))
        let gone = Set(base).subtracting(ours).subtracting(theirs)
        func rewritten(_ line: [UInt8], in lines: Set<[UInt8]>) -> [UInt8]? {
            let words = words(of: line)
            guard !words.isEmpty else { return nil }
            return lines.subtracting(base).filter { words.isSubset(of: Self.words(of: $0)) }
                .min { $0.lexicographicallyPrecedes($1) }
        }
        return gone.contains { line in
            guard let mine = rewritten(line, in: ours), let other = rewritten(line, in: theirs)
            else { return false }
            return mine != other
        }
    }

    /// Where a line of the other side goes: at the end, unless something that is here follows it
    /// there; then behind what stands before it there, and behind what only this side has after that.
    private static func place(
        of index: Int, in theirs: [[UInt8]], among kept: [[UInt8]], besides base: Set<[UInt8]>
    ) -> Int {
        let here = kept.map(trimmed)
        let known = Set(here).subtracting([[]])
        func isKnown(_ other: Int) -> Bool { known.contains(trimmed(theirs[other])) }
        guard let next = theirs.indices.first(where: { $0 > index && isKnown($0) }) else {
            return kept.count
        }
        guard let before = theirs.indices.last(where: { $0 < index && isKnown($0) }) else {
            return occurrence(of: next, in: theirs, among: here)
        }
        var place = occurrence(of: before, in: theirs, among: here) + 1
        let end = trimmed(theirs[next])
        while place < here.count, !here[place].isEmpty, here[place] != end,
            !base.contains(here[place])
        {
            place += 1
        }
        return place
    }

    /// The place of the same line here; of several equal ones the one that has as many before it.
    private static func occurrence(
        of index: Int, in theirs: [[UInt8]], among here: [[UInt8]]
    ) -> Int {
        let line = trimmed(theirs[index])
        let earlier = theirs[..<index].count { trimmed($0) == line }
        let places = here.indices.filter { here[$0] == line }
        return places[min(earlier, places.count - 1)]
    }

    private static func words(of line: [UInt8]) -> Set<ArraySlice<UInt8>> {
        Set(
            line.split { byte in
                !(byte == 0x5F || byte >= 0x80 || (0x30...0x39).contains(byte)
                    || (0x61...0x7A).contains(byte | 0x20))
            })
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
