// The frame by which a C header tells C++ how its names are linked:
//
//     #ifdef __cplusplus            #ifdef __cplusplus
//     extern "C" {                  }
//     #endif                        #endif
//
// Its two halves stand in different conditional blocks, each with half a pair of braces, which no
// grammar takes. Only the preprocessor sees them as a pair, so they are hidden from the parser: each
// half is shown to it as one directive of the same length. Every other byte stays where it is.

enum LinkageFrame {
    /// What a half of a frame says inside of its conditional block, blanks and comments left out.
    private static let opening = Array("extern\"C\"{".utf8)
    private static let closing = Array("}".utf8)

    private struct Half {
        let isOpening: Bool
        /// From the sign of the first directive to the end of the last one's line, without the break.
        let range: Range<Int>
    }

    /// The text as the parser shall see it; nil where there is no frame, or not all of one.
    static func masked(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        let halves = halves(in: bytes)
        guard !halves.isEmpty, halves.count.isMultiple(of: 2),
            halves.indices.allSatisfy({ halves[$0].isOpening == $0.isMultiple(of: 2) })
        else { return nil }
        var text = Array(bytes)
        for half in halves { hide(half.range, in: &text) }
        return text
    }

    /// One directive that no grammar knows, and that no comment or break ends before its time.
    private static func hide(_ range: Range<Int>, in text: inout [UInt8]) {
        for index in range {
            switch text[index] {
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): text[index] = UInt8(ascii: " ")
            case UInt8(ascii: "/"), UInt8(ascii: "\\"): text[index] = UInt8(ascii: "_")
            default: break
            }
        }
        let letter = text[range].dropFirst().firstIndex { !ByteText.isBlank($0) }
        if let letter { text[letter] = UInt8(ascii: "z") }
        // A directive ends with its line, also where the file ends without one.
        if range.upperBound == text.count { text[range.upperBound - 1] = UInt8(ascii: "\n") }
    }

    // MARK: The halves in a text

    private static func halves(in bytes: UnsafeBufferPointer<UInt8>) -> [Half] {
        var halves: [Half] = []
        var reader = LineReader(bytes: bytes)
        while let line = reader.next() {
            guard isDirective(bytes[line]), asksForCPlusPlus(words(of: bytes[line])) else {
                continue
            }
            var said: [UInt8] = []
            // Three lines are usual, and a brace of its own line makes four.
            for _ in 0..<4 {
                guard let inner = reader.next() else { break }
                let inside = words(of: bytes[inner])
                if inside.first == UInt8(ascii: "#") {
                    if inside == Array("#endif".utf8), said == opening || said == closing {
                        halves.append(
                            Half(
                                isOpening: said == opening,
                                range: sign(of: line, in: bytes)..<inner.upperBound))
                    }
                    break
                }
                said += inside
            }
        }
        return halves
    }

    private static func isDirective(_ line: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        line.first { !ByteText.isBlank($0) } == UInt8(ascii: "#")
    }

    private static func asksForCPlusPlus(_ line: [UInt8]) -> Bool {
        [
            "#ifdef__cplusplus", "#ifdefined(__cplusplus)", "#ifdefined__cplusplus",
            "#if__cplusplus",
        ].contains(String(decoding: line, as: UTF8.self))
    }

    private static func sign(of line: Range<Int>, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        bytes[line].firstIndex(of: UInt8(ascii: "#")) ?? line.lowerBound
    }

    /// A line without its blanks and comments. A comment that goes on in the next line is text, which
    /// makes the line no part of a frame.
    private static func words(of line: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8] {
        let slash = UInt8(ascii: "/")
        let star = UInt8(ascii: "*")
        var words: [UInt8] = []
        var rest = line[...]
        while let byte = rest.first {
            let next = rest.dropFirst().first
            if byte == slash, next == slash { break }
            if byte == slash, next == star, let end = end(ofCommentIn: rest) {
                rest = rest[end...]
            } else {
                if !ByteText.isBlank(byte) { words.append(byte) }
                rest = rest.dropFirst()
            }
        }
        return words
    }

    private static func end(ofCommentIn text: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
        let inside = text.dropFirst(2)
        return zip(inside.indices, inside.indices.dropFirst()).first {
            inside[$0] == UInt8(ascii: "*") && inside[$1] == UInt8(ascii: "/")
        }.map { $0.1 + 1 }
    }

    private struct LineReader {
        let bytes: UnsafeBufferPointer<UInt8>
        var position = 0

        /// The next line without its break; nil at the end.
        mutating func next() -> Range<Int>? {
            guard position < bytes.count else { return nil }
            let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            defer { position = min(end + 1, bytes.count) }
            return position..<end
        }
    }
}
