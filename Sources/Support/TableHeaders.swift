// Table headers of a TOML text that name no table.
//
// The parser in use does not refuse a line such as `[[` or `[.a]`: it ends the process. Settings are
// written by people, so such a line is looked for before the text is handed over. What comes behind a
// text without an end does not matter: there the parser stops.

/// Headers that must not reach the parser.
public enum TableHeaders {
    /// The first line, from 1, that opens a header without a name; nil when there is none.
    public static func firstNameless(in text: String) -> Int? {
        var scan = Scan(bytes: Array(text.utf8))
        return scan.firstNameless()
    }

    private struct Scan {
        let bytes: [UInt8]
        private var at = 0
        private var line = 1

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func firstNameless() -> Int? {
            while at < bytes.count {
                if isNameless() { return line }
                passLine()
                line += 1
            }
            return nil
        }

        private func byte(at place: Int) -> UInt8? { place < bytes.count ? bytes[place] : nil }

        private func behindSpace(_ place: Int) -> Int {
            var place = place
            while let byte = byte(at: place), byte == 0x20 || byte == 0x09 { place += 1 }
            return place
        }

        /// Whether the line that begins here is a header in which no name follows the brackets.
        private func isNameless() -> Bool {
            var place = behindSpace(at)
            guard byte(at: place) == 0x5B else { return false }
            place = behindSpace(place + 1)
            if byte(at: place) == 0x5B { place = behindSpace(place + 1) }
            guard let first = byte(at: place) else { return true }
            switch first {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: return false
            case 0x22, 0x27, 0x2D, 0x5D, 0x5F: return false  // quotes, hyphen, ], underscore
            default: return true
            }
        }

        /// Goes behind the end of the line, and of every text of several lines that begins in it.
        private mutating func passLine() {
            while let byte = byte(at: at) {
                switch byte {
                case 0x0A:
                    at += 1
                    return
                case 0x23: while let byte = self.byte(at: at), byte != 0x0A { at += 1 }
                case 0x22, 0x27: passText(quote: byte)
                default: at += 1
                }
            }
        }

        private mutating func passText(quote: UInt8) {
            let isLong = byte(at: at + 1) == quote && byte(at: at + 2) == quote
            at += isLong ? 3 : 1
            while let byte = byte(at: at) {
                switch byte {
                case 0x5C where quote == 0x22:
                    if self.byte(at: at + 1) == 0x0A { line += 1 }
                    at += 2
                case quote where !isLong:
                    at += 1
                    return
                case quote where self.byte(at: at + 1) == quote && self.byte(at: at + 2) == quote:
                    // Up to two more quotes belong to the text.
                    while self.byte(at: at) == quote { at += 1 }
                    return
                case 0x0A where !isLong: return
                case 0x0A:
                    line += 1
                    at += 1
                default: at += 1
                }
            }
        }
    }
}
