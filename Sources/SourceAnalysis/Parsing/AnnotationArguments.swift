// The arguments of an annotation in front of a declaration of a Kotlin file:
//
//     @Deprecated("use g")
//     fun f() {}
//
// The grammar takes the first line for an annotated expression or for a part of the function, and
// which of the two depends on what else the file has. Then one text is another unit in another
// file, and the annotation is text of its own that a function leaves behind. So arguments that
// begin in a line whose first byte is the sign are shown to the parser as a part of the
// annotation's name. Every byte keeps its place, and what is compared is the text as it stands.

enum AnnotationArguments {
    private static let sign = UInt8(ascii: "@")
    private static let open = UInt8(ascii: "(")
    private static let close = UInt8(ascii: ")")
    private static let quote = UInt8(ascii: "\"")

    /// The text as the parser shall see it; nil where nothing is hidden.
    static func masked(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var hidden: [Range<Int>] = []
        var position = 0
        while position < bytes.count {
            while position < bytes.count, bytes[position] == sign {
                position = skipName(after: position, in: bytes)
                if let end = end(ofArgumentsAt: position, in: bytes) {
                    hidden.append(position..<end)
                    position = end
                }
                // Another one may follow on the same line.
                while position < bytes.count, isSpace(bytes[position]) { position += 1 }
            }
            let feed = bytes[position...].firstIndex(of: UInt8(ascii: "\n"))
            position = feed.map { $0 + 1 } ?? bytes.count
        }
        guard !hidden.isEmpty else { return nil }
        var text = Array(bytes)
        for range in hidden {
            for index in range { text[index] = UInt8(ascii: "_") }
        }
        return text
    }

    /// Behind `@Name`, `@a.b.Name` or `@file:Name`.
    private static func skipName(
        after sign: Int, in bytes: UnsafeBufferPointer<UInt8>
    ) -> Int {
        var position = sign + 1
        while position < bytes.count,
            ByteText.isIdentifier(bytes[position]) || bytes[position] == UInt8(ascii: ".")
                || bytes[position] == UInt8(ascii: ":")
        {
            position += 1
        }
        return position
    }

    /// The end of the arguments that begin right behind a name; nil where there are none, or where
    /// they do not end.
    private static func end(
        ofArgumentsAt start: Int, in bytes: UnsafeBufferPointer<UInt8>
    ) -> Int? {
        guard start < bytes.count, bytes[start] == open, ByteText.isIdentifier(bytes[start - 1])
        else { return nil }
        var depth = 0
        var position = start
        while position < bytes.count {
            switch bytes[position] {
            case quote:
                guard let end = end(ofStringAt: position, in: bytes) else { return nil }
                position = end
                continue
            case open: depth += 1
            case close:
                depth -= 1
                if depth == 0 { return position + 1 }
            default: break
            }
            position += 1
        }
        return nil
    }

    private static func end(
        ofStringAt start: Int, in bytes: UnsafeBufferPointer<UInt8>
    ) -> Int? {
        let isRaw = isTripled(start, in: bytes)
        var position = start + (isRaw ? 3 : 1)
        while position < bytes.count {
            if isRaw {
                if isTripled(position, in: bytes) {
                    // More than three: the first ones are the text's.
                    while position < bytes.count, bytes[position] == quote { position += 1 }
                    return position
                }
            } else if bytes[position] == quote {
                return position + 1
            } else if bytes[position] == UInt8(ascii: "\n") {
                return nil
            } else if bytes[position] == UInt8(ascii: "\\") {
                position += 1
            }
            position += 1
        }
        return nil
    }

    private static func isTripled(_ start: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        start + 3 <= bytes.count && bytes[start..<start + 3].allSatisfy { $0 == quote }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }
}
