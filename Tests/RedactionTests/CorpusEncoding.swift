// Encoders of the corpus. They share no code with the redactor, which decodes.

import Foundation

enum CorpusEncoding {
    static func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    static func base64URL(_ bytes: [UInt8]) -> String {
        base64(bytes).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static func hex(_ text: String, isUpper: Bool = false) -> String {
        text.utf8.map { String(format: isUpper ? "%02X" : "%02x", $0) }.joined()
    }

    static func percent(_ text: String, isFull: Bool = false) -> String {
        text.utf8.map { byte in
            let scalar = UnicodeScalar(byte)
            let isPlain =
                ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
                || ("0"..."9").contains(scalar) || "-_.~".unicodeScalars.contains(scalar)
            return isPlain && !isFull ? String(scalar) : String(format: "%%%02X", byte)
        }.joined()
    }

    /// As JSON writes it, and again for each further level.
    static func json(_ text: String, levels: Int = 1) -> String {
        var result = text
        for _ in 0..<levels {
            result = result.unicodeScalars.map { scalar in
                switch scalar {
                case "\"": "\\\""
                case "\\": "\\\\"
                case "\n": "\\n"
                case "\t": "\\t"
                default: String(scalar)
                }
            }.joined()
        }
        return result
    }

    static func unicodeEscapes(_ text: String) -> String {
        text.utf16.map { String(format: "\\u%04x", $0) }.joined()
    }

    static func html(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            "&<>\"'=+/".unicodeScalars.contains(scalar) ? "&#\(scalar.value);" : String(scalar)
        }.joined()
    }

    /// Quoted-printable with soft line breaks at 76 columns.
    static func quotedPrintable(_ text: String) -> String {
        var lines: [String] = []
        var line = ""
        for byte in text.utf8 {
            let isPlain = byte > 32 && byte < 127 && byte != 61
            let part = isPlain ? String(UnicodeScalar(byte)) : String(format: "=%02X", byte)
            if line.utf8.count + part.utf8.count > 75 {
                lines.append(line + "=")
                line = ""
            }
            line += part
        }
        return (lines + [line]).joined(separator: "\n")
    }

    static func ansi(_ text: String) -> String {
        let middle = text.index(text.startIndex, offsetBy: text.count / 2)
        return "\u{1B}[1;32m\(text[..<middle])\u{1B}[0m\u{1B}[33m\(text[middle...])\u{1B}[0m"
    }

    static func folded(_ text: String, _ width: Int, indent: String = "") -> String {
        let characters = Array(text)
        return stride(from: 0, to: characters.count, by: width).map {
            String(characters[$0..<min($0 + width, characters.count)])
        }.joined(separator: "\n" + indent)
    }
}
