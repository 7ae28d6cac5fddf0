// Ways in which a secret gets into a file: formats, encodings, and what people and programs do to
// lines. Each gives the bytes and the forms in which the secret stands in them.

import Support

/// A secret in its place.
struct Planted {
    let className: String
    let transport: Transport
    let bytes: [UInt8]
    /// What must not be found any more, in windows of a tenth of it.
    let forms: [[UInt8]]
    let kind: String
}

enum Transport: String, CaseIterable, Sendable {
    case plain, logfmt, json, json2, json3, url, base64, base64URL, base64Binary, hex, hexUpper
    case toml, yaml, zeros, ansi, utf16LE, utf16BE, html, quotedPrintable, unicode, percentFull
    case folded, foldedIndent, python, rubyHash, xml, debug, syslog, shell, csv, argvJSON, header
    case pemPrefix, pemEscaped, pemFlat, pemNoEnd, fileName, kubernetes, yamlBlock, doublePercent

    /// nil where the class cannot stand like this.
    func plant(_ planted: PlantedClass, _ random: inout SeededGenerator) -> Planted? {
        let value = planted.make(&random)
        guard fits(planted) else { return nil }
        let bed = Bed(planted, value, self)
        return bed.line() ?? bed.json() ?? bed.encoded(&random) ?? bed.setting() ?? bed.printed()
            ?? bed.privateKey()
    }

    private func fits(_ planted: PlantedClass) -> Bool {
        let isBare = planted.inline == nil
        switch self {
        case .pemPrefix, .pemEscaped, .pemFlat, .pemNoEnd: return planted.isMultiline
        case .fileName:
            return planted.isSelfEvident && !planted.isMultiline
                && !["aws-session"].contains(planted.name)
        case .yamlBlock: return planted.family == .secret && isBare
        case .argvJSON, .header, .kubernetes:
            return planted.family == .secret && isBare && !planted.isMultiline
                && !planted.key.hasPrefix("-")
        case .python, .rubyHash, .xml, .debug, .shell:
            return !planted.isMultiline && !planted.key.hasPrefix("-")
                && !(self == .xml && planted.family == .body)
        case .folded, .foldedIndent:
            return planted.family == .secret && (planted.isSelfEvident || isBare)
                && !planted.isMultiline
        case .csv: return !planted.isMultiline && planted.family != .body
        case .url, .doublePercent, .percentFull, .html, .ansi, .unicode:
            return planted.family != .body
                && !(planted.isMultiline && (self == .ansi || self == .html))
        case .hex, .hexUpper, .base64URL, .base64Binary, .quotedPrintable:
            return !planted.isMultiline && planted.family != .body
        case .toml, .yaml, .zeros: return planted.family != .body
        case .syslog: return !planted.isMultiline
        default: return true
        }
    }
}

extension String {
    func components(_ separator: String) -> [String] {
        guard let range = self.range(of: separator) else { return [self, ""] }
        return [String(self[..<range.lowerBound]), String(self[range.upperBound...])]
    }

    private func range(of text: String) -> Range<Index>? { firstRange(of: text) }

    func trimming(_ character: Character) -> String {
        String(drop { $0 == character })
    }
}

extension Planted {
    /// The first stretch of a form that is still there, longer than a tenth of it and than five.
    func survivor(in output: [UInt8]) -> String? {
        let output = Self.withoutMasks(narrow(output))
        for form in forms.map(narrow) {
            // Lines are compared apart: a form that was broken is searched as its lines.
            let width = max(
                widthMin, form.count / 10 + 1)
            guard form.count >= width else { continue }
            for start in 0...(form.count - width) {
                let window = Array(form[start..<start + width])
                if output.holds(window), !isFrame(window) {
                    return String(decoding: window, as: UTF8.self)
                }
            }
        }
        return nil
    }

    /// Shorter stretches of these encodings stand in aliases and times too.
    private var widthMin: Int {
        switch transport {
        case .utf16LE, .utf16BE: 7
        case .doublePercent: 10
        default: 6
        }
    }

    /// Text of two bytes a sign as text of one, so that aliases and marks are known in it too.
    private func narrow(_ text: [UInt8]) -> [UInt8] {
        transport == .utf16LE || transport == .utf16BE ? text.filter { $0 != 0 } : text
    }

    /// A mask and what stands beside it are no part of what was planted.
    private static func withoutMasks(_ output: [UInt8]) -> [UInt8] {
        let mark = Array("REDACTED-".utf8)
        // The end of an alias of a hardware address is drawn, and may draw a part of the address.
        let hardware = Array("02:00:00:".utf8)
        var result: [UInt8] = []
        var index = 0
        while index < output.count {
            if output[index] == mark[0], output[index...].starts(with: mark) {
                index += mark.count
                while index < output.count, output[index] == 45 || output[index] &- 97 < 26 {
                    index += 1
                }
                result.append(0)
            } else if output[index] == hardware[0], output[index...].starts(with: hardware) {
                index += hardware.count + "xx:xx:xx".utf8.count
                result.append(0)
            } else if let end = endOfHost(output, index) ?? endOfAddress(output, index) {
                index = end
                result.append(0)
            } else {
                result.append(output[index])
                index += 1
            }
        }
        return result
    }

    /// Behind the alias of a host: it ends in letters that a planted value may hold before a colon too.
    private static func endOfHost(_ output: [UInt8], _ index: Int) -> Int? {
        let end = index + "host01234567.example".utf8.count
        guard end <= output.count, output[index...].starts(with: "host".utf8),
            output[(end - ".example".utf8.count)..<end].elementsEqual(".example".utf8)
        else { return nil }
        return end
    }

    /// Behind the alias of an address, whose numbers are drawn and may draw a part of the planted one; not
    /// behind more numbers than it has.
    private static func endOfAddress(_ output: [UInt8], _ index: Int) -> Int? {
        let (dot, colon) = (UInt8(ascii: "."), UInt8(ascii: ":"))
        let digits = Array("0123456789".utf8)
        let hex = digits + Array("abcdef".utf8)
        let before = index > 0 ? output[index - 1] : 0
        let rest = output[index...]
        if rest.starts(with: "2001:db8:".utf8), before != colon, !hex.contains(before) {
            return endOfGroups(output, index + "2001:db8:".utf8.count, 6, hex, colon)
        }
        guard before != dot, !digits.contains(before),
            rest.starts(with: "198.18.".utf8) || rest.starts(with: "198.19.".utf8)
        else { return nil }
        return endOfGroups(output, index + "198.18.".utf8.count, 2, digits, dot)
    }

    private static func endOfGroups(
        _ output: [UInt8], _ start: Int, _ count: Int, _ digits: [UInt8], _ separator: UInt8
    ) -> Int {
        var index = start
        for group in 0..<count {
            let end = output[index...].firstIndex { !digits.contains($0) } ?? output.count
            guard end > index, end - index <= 4 else { return index }
            index = end
            guard group < count - 1, end < output.count, output[end] == separator else { break }
            index = end + 1
        }
        return index
    }

    /// Marks of PEM stay, and what stands round a value may look like a part of it.
    private func isFrame(_ window: [UInt8]) -> Bool {
        let marks = [
            "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----",
            "-----BEGIN EC PRIVATE KEY-----", "-----END EC PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", Bed.time,
        ]
        let text = String(decoding: window, as: UTF8.self)
        if marks.contains(where: { $0.contains(text.trimmed) }) { return true }
        // A line of the last two signs alone is as good as none.
        if text.allSatisfy({ "\n -".contains($0) }) { return true }
        // The two slashes of an address; a value that is escaped already may hold the same.
        if transport == .percentFull, text == "%2F%2F" { return true }
        return occurrences(of: window) > 1
    }

    private func occurrences(of window: [UInt8]) -> Int {
        let bytes = narrow(bytes)
        var count = 0
        var index = 0
        while index + window.count <= bytes.count {
            if bytes[index] == window[0], bytes[index..<index + window.count].elementsEqual(window)
            {
                count += 1
            }
            index += 1
        }
        return count
    }
}

extension String {
    var trimmed: String { replacing("\n", with: "").replacing("\\n", with: "") }
}

extension [UInt8] {
    func holds(_ part: [UInt8]) -> Bool {
        guard let first = part.first, count >= part.count else { return false }
        return withUnsafeBufferPointer { buffer in
            for index in 0...(buffer.count - part.count) where buffer[index] == first {
                if buffer[index..<index + part.count].elementsEqual(part) { return true }
            }
            return false
        }
    }
}
