// Line ends and indentation of raw source bytes.

/// Helpers over lines; nothing here knows a language.
enum TextLayout {
    static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    /// The line end a file uses: that of its first line; nil while it has one line only.
    static func lineEnd(of bytes: [UInt8]) -> [UInt8]? {
        guard let first = bytes.firstIndex(of: newline) else { return nil }
        let isCRLF = first > 0 && bytes[first - 1] == carriageReturn
        return isCRLF ? [carriageReturn, newline] : [newline]
    }

    /// The text with every line end of this form.
    static func withLineEnds(_ bytes: [UInt8], _ lineEnd: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for (index, byte) in bytes.enumerated() {
            if byte == newline {
                result += lineEnd
            } else if byte != carriageReturn || index + 1 == bytes.count
                || bytes[index + 1] != newline
            {
                result.append(byte)
            }
        }
        return result
    }

    static func withoutLastLineEnd(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.last == newline else { return bytes }
        let end = bytes.dropLast()
        return Array(end.last == carriageReturn ? end.dropLast() : end)
    }

    /// The blanks before the first line that holds something.
    static func indentation(of bytes: [UInt8]) -> [UInt8] {
        var blanks: [UInt8] = []
        for byte in bytes {
            switch byte {
            case newline, carriageReturn: blanks = []
            case UInt8(ascii: " "), UInt8(ascii: "\t"): blanks.append(byte)
            default: return blanks
            }
        }
        return []
    }

    /// Lines that begin with `old` begin with `new`; blank lines and others stay.
    static func reindented(_ bytes: [UInt8], from old: [UInt8], to new: [UInt8]) -> [UInt8] {
        guard old != new else { return bytes }
        var result: [UInt8] = []
        for line in lines(of: bytes) {
            if line.starts(with: old) && !isBlank(line) {
                result += new
                result += line.dropFirst(old.count)
            } else {
                result += line
            }
        }
        return result
    }

    static func isBlank(_ line: ArraySlice<UInt8>) -> Bool {
        line.allSatisfy { $0 <= UInt8(ascii: " ") }
    }

    /// Lines with their ends.
    static func lines(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        for (index, byte) in bytes.enumerated() where byte == newline {
            lines.append(bytes[start...index])
            start = index + 1
        }
        if start < bytes.count { lines.append(bytes[start...]) }
        return lines
    }
}
