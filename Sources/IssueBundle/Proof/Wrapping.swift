// The ways in which a text is written inside of another one. The counterpart of `Unwrapping`; the
// proof plants with this and searches with that.

import Redaction
import Support

/// How a canary is written down.
enum Wrapping: String, CaseIterable, Codable, Comparable, Sendable {
    case plain
    case json
    case jsonTwice = "json-in-json"
    case percent
    case unicodeEscapes = "unicode-escapes"
    case html
    case quotedPrintable = "quoted-printable"
    case colours
    case base64
    case base64ShiftedOnce = "base64-shifted-1"
    case base64ShiftedTwice = "base64-shifted-2"
    case base64URL = "base64-url"
    case hex
    case hexUpper = "hex-upper"
    case wrappedLines = "wrapped-lines"
    case utf16 = "utf-16"

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The rule that sees through it; nil where there is nothing to see through.
    var rule: RedactionRule? {
        switch self {
        case .plain: nil
        case .json, .jsonTwice, .percent, .unicodeEscapes, .html, .quotedPrintable, .colours:
            .seeThroughEscapes
        case .base64, .base64ShiftedOnce, .base64ShiftedTwice, .base64URL, .hex, .hexUpper:
            .seeThroughRuns
        case .wrappedLines: .seeThroughWraps
        case .utf16: .seeThroughUTF16
        }
    }

    /// Whether anybody would find the canary written like this.
    func suits(_ canary: Canary) -> Bool {
        switch self {
        // Only a long value is broken, and a broken name is two words.
        case .wrappedLines: !canary.isName && canary.secret.count >= 32
        // Several lines are coloured one by one.
        case .colours: !canary.text.contains("\n")
        default: true
        }
    }

    /// The canary's text, with its secret wrapped alone where that is how it is done.
    func write(_ canary: Canary) -> String {
        guard self == .wrappedLines || self == .colours else { return write(canary.text) }
        return canary.text.replacing(canary.secret, with: write(canary.secret))
    }

    func write(_ text: String) -> String {
        let bytes = Array(text.utf8)
        switch self {
        case .plain, .utf16: return text
        case .json: return Self.json(text)
        case .jsonTwice: return Self.json("{\"inner\":\"" + Self.json(text) + "\"}")
        case .percent:
            return Self.escaped(bytes, "%", Array("0123456789ABCDEF".utf8))
        case .unicodeEscapes:
            return Self.escaped(bytes, "\\u00", Array("0123456789abcdef".utf8))
        case .html: return bytes.map { "&#\($0);" }.joined()
        case .quotedPrintable: return Self.quotedPrintable(text)
        case .colours: return Self.coloured(text)
        case .base64: return "data " + Self.base64(bytes, isURL: false)
        case .base64ShiftedOnce: return "data " + Self.base64([0x21] + bytes, isURL: false)
        case .base64ShiftedTwice: return "data " + Self.base64([0x21, 0x21] + bytes, isURL: false)
        case .base64URL: return "data " + Self.base64(bytes, isURL: true)
        case .hex: return "data " + Hex.encode(bytes)
        case .hexUpper: return "data " + Hex.encode(bytes).uppercased()
        case .wrappedLines: return Self.wrapped(text)
        }
    }

    static func json(_ text: String) -> String {
        var written: [UInt8] = []
        written.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): written += "\\\"".utf8
            case UInt8(ascii: "\\"): written += "\\\\".utf8
            case UInt8(ascii: "\n"): written += "\\n".utf8
            case ..<0x20: written += "\\u00\(Hex.encode([byte]))".utf8
            default: written.append(byte)
            }
        }
        return String(decoding: written, as: UTF8.self)
    }

    /// Every byte as two digits behind a sign.
    private static func escaped(_ bytes: [UInt8], _ sign: String, _ digits: [UInt8]) -> String {
        let text = bytes.flatMap {
            Array(sign.utf8) + [digits[Int($0 >> 4)], digits[Int($0 & 15)]]
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func base64(_ bytes: [UInt8], isURL: Bool) -> String {
        let alphabet = isURL ? Letters.base64URLBytes : Letters.base64Bytes
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let value = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0...group.count { text.append(alphabet[value >> (18 - 6 * place) & 63]) }
            if !isURL { text += repeatElement(UInt8(ascii: "="), count: 3 - group.count) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// As a tool marks what it found: the value in a colour, a part of it in another one.
    private static func coloured(_ text: String) -> String {
        let half = text.index(text.startIndex, offsetBy: text.count / 2)
        return "\u{1B}[1;31m\(text[..<half])\u{1B}[7m\(text[half...])\u{1B}[0m"
    }

    /// As a mail program writes it: equals signs as numbers, and no line beyond 76 columns.
    private static func quotedPrintable(_ text: String) -> String {
        var (written, column) = ("mail:\n", 0)
        for character in text {
            let part = character == "=" ? "=3D" : String(character)
            if character != "\n", column + part.count > 75 {
                written += "=\n"
                column = 0
            }
            written += part
            column = character == "\n" ? 0 : column + part.count
        }
        return written + "\n"
    }

    /// As a terminal or a form breaks a long value.
    private static func wrapped(_ text: String) -> String {
        var written = ""
        for (index, character) in text.enumerated() {
            if index > 0, index % 24 == 0 { written += "\n" }
            written.append(character)
        }
        return written
    }
}

extension Letters {
    private static let plainBytes = String(upper + lower + digits)
    fileprivate static let base64Bytes = Array((plainBytes + "+/").utf8)
    fileprivate static let base64URLBytes = Array((plainBytes + "-_").utf8)
}
