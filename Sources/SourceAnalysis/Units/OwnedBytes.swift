// Where one unit's bytes end and the next one's begin.
//
// A unit owns through its line end; comments and blank lines after that belong to the next unit of
// the same container. Two units on one line meet where the first one's node ends.

/// Answers where ownership ends, for one file.
struct OwnedBytes {
    let bytes: UnsafeBufferPointer<UInt8>
    let indentationMatters: Bool
    private let lineStarts: [Int]

    init(bytes: UnsafeBufferPointer<UInt8>, indentationMatters: Bool) {
        self.bytes = bytes
        self.indentationMatters = indentationMatters
        var starts = [0]
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") {
            starts.append(index + 1)
        }
        lineStarts = starts
    }

    /// The line of a byte, from 1.
    func line(of offset: Int) -> Int {
        var (low, high) = (0, lineStarts.count)
        while low < high {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The end of what an item owns.
    ///
    /// - Parameter end: where its node ends.
    /// - Parameter next: where the next item or the closing brace starts, or the container's end.
    /// - Parameter comments: the container's comments, in order.
    func end(after end: Int, next: Int, comments: [Range<Int>]) -> Int {
        guard end < next else { return max(end, 0) }
        for index in end..<next where bytes[index] == UInt8(ascii: "\n") {
            // A comment over several lines that starts here is not cut: it goes to the next unit.
            let cut = firstComment(endingAfter: index + 1, in: comments)
            if let cut, cut.lowerBound <= index, cut.lowerBound >= end { return cut.lowerBound }
            return index + 1
        }
        return next == bytes.count ? next : end
    }

    /// In languages with indented blocks: comments indented deeper than the item's first line.
    func endOfIndentedComments(from boundary: Int, itemStart: Int, next: Int) -> Int {
        guard indentationMatters else { return boundary }
        let own = indentation(ofLineAt: lineStarts[line(of: itemStart) - 1])
        var (owned, position) = (boundary, boundary)
        while position < next {
            let text = firstNonBlank(from: position, before: next)
            guard text < next, bytes[text] == UInt8(ascii: "#") else { break }
            let start = lineStarts[line(of: text) - 1]
            guard indentation(ofLineAt: start) > own else { break }
            position = lineEnd(from: text, before: next)
            owned = position
        }
        return owned
    }

    func isBlank(_ range: Range<Int>) -> Bool { range.allSatisfy { ByteText.isBlank(bytes[$0]) } }

    /// `range` without blanks at both ends; the whole range when it is blank.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        guard let first = range.first(where: { !ByteText.isBlank(bytes[$0]) }),
            let last = range.last(where: { !ByteText.isBlank(bytes[$0]) })
        else { return range }
        return first..<(last + 1)
    }

    private func firstComment(endingAfter offset: Int, in comments: [Range<Int>]) -> Range<Int>? {
        var (low, high) = (0, comments.count)
        while low < high {
            let middle = (low + high) / 2
            if comments[middle].upperBound <= offset { low = middle + 1 } else { high = middle }
        }
        return low < comments.count ? comments[low] : nil
    }

    private func indentation(ofLineAt start: Int) -> Int {
        firstNonBlank(from: start, before: bytes.count) - start
    }

    private func firstNonBlank(from start: Int, before end: Int) -> Int {
        var index = start
        while index < end, ByteText.isBlank(bytes[index]) { index += 1 }
        return index
    }

    private func lineEnd(from start: Int, before end: Int) -> Int {
        var index = start
        while index < end {
            if bytes[index] == UInt8(ascii: "\n") { return index + 1 }
            index += 1
        }
        return end
    }
}

/// The three bytes with which some editors begin a file in UTF-8. They are the file's and no unit's.
public enum EncodingMark {
    private static let bytes: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Where the text behind the mark begins; 0 without one.
    public static func end(in text: some Sequence<UInt8>) -> Int {
        text.starts(with: bytes) ? bytes.count : 0
    }
}
