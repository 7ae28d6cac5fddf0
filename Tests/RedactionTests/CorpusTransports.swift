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

    private static let time = "2026-05-04T10:20:30.400Z"

    /// nil where the class cannot stand like this.
    func plant(_ planted: PlantedClass, _ random: inout SeededGenerator) -> Planted? {
        let value = planted.make(&random)
        guard fits(planted) else { return nil }
        let parts = planted.inline?.components("{v}") ?? [planted.key + "=", ""]
        let (before, after) = (parts[0], parts[1])
        let isBare = planted.inline == nil
        let key = planted.key.trimming("-")
        let head = "\(Self.time) INFO  live::sync "
        switch self {
        case .plain:
            if planted.isSelfEvident, isBare {
                return make(planted, head + "handshake used ", value, " and was accepted\n")
            }
            return make(planted, head + "answered 401 for " + before, value, after + "\n")
        case .logfmt:
            return make(
                planted, "time=\(Self.time) level=warn " + before,
                value.replacing("\n", with: "\\n"),
                after + (planted.family == .body ? "\n" : " attempt=3\n"), value)
        case .json, .json2, .json3:
            let levels = self == .json ? 1 : self == .json2 ? 2 : 3
            func esc(_ text: String) -> String { CorpusEncoding.json(text, levels: levels) }
            func wrap(_ text: String, _ level: Int) -> String {
                CorpusEncoding.json(text, levels: level)
            }
            let open = (1..<max(2, levels)).map { level in
                levels > 1 ? wrap("{\"op\":\"x\",\"frame\":\"", level - 1) : ""
            }.joined()
            let inner = wrap("{\"\(key)\":\"", levels - 1) + (isBare ? "" : esc(before))
            let close = (isBare ? "" : esc(after)) + wrap("\",\"n\":1}", levels - 1)
            let rest = (1..<max(2, levels)).reversed().map { level in
                levels > 1 ? wrap("\"}", level - 1) : ""
            }.joined()
            return make(planted, open + inner, esc(value), close + rest + "\n", value)
        case .url:
            return make(
                planted,
                "10.0.0.1 - - [\(Self.time)] \"GET /cb?n=4&\(CorpusEncoding.percent(key))="
                    + (isBare ? "" : CorpusEncoding.percent(before)),
                CorpusEncoding.percent(value),
                (isBare ? "" : CorpusEncoding.percent(after)) + "&v=2 HTTP/1.1\" 302 0\n", value)
        case .doublePercent:
            func twice(_ text: String) -> String {
                CorpusEncoding.percent(CorpusEncoding.percent(text))
            }
            return make(
                planted, head + "next=%252Fcb%253F" + twice(before), twice(value),
                twice(after) + "\n", value)
        case .percentFull:
            func full(_ text: String) -> String { CorpusEncoding.percent(text, isFull: true) }
            return make(
                planted, head + "raw " + full(before), full(value), full(after) + "\n", value)
        case .base64:
            return make(
                planted, head + "payload=",
                CorpusEncoding.base64(Array((before + value + after).utf8)),
                " len=3\n", value)
        case .base64URL:
            return make(
                planted, head + "payload=",
                CorpusEncoding.base64URL(Array((before + value + after).utf8)), "\n", value)
        case .base64Binary:
            let noise = Draw.bytes(Draw.number(5..<12, &random), &random).map { $0 | 0x80 }
            return make(
                planted, head + "frame=",
                CorpusEncoding.base64(noise + Array((before + value + after).utf8) + noise), "\n",
                value)
        case .hex, .hexUpper:
            return make(
                planted, head + "frame hex=",
                CorpusEncoding.hex(before + value + after, isUpper: self == .hexUpper), "\n", value)
        case .toml:
            if planted.isMultiline {
                return make(planted, "\(key) = \"\"\"\n", value, "\n\"\"\"\n")
            }
            return make(
                planted, "\(key.lowercased()) = \"" + (isBare ? "" : CorpusEncoding.json(before)),
                CorpusEncoding.json(value), (isBare ? "" : after) + "\"\n", value, kind: "config")
        case .yaml:
            if planted.isMultiline {
                return make(
                    planted, "\(key): |\n  ", value.replacing("\n", with: "\n  "), "\n", value,
                    kind: "config")
            }
            return make(
                planted, "\(key): " + (isBare ? "" : before), value, (isBare ? "" : after) + "\n",
                kind: "config")
        case .yamlBlock:
            return make(
                planted, "outer:\n  \(key): |\n    ", value.replacing("\n", with: "\n    "),
                "\nnext: 1\n", value)
        case .zeros:
            return make(
                planted, "AURA_N=3\0\(key.uppercased())=" + (isBare ? "" : before), value,
                (isBare ? "" : after) + "\0TERM=xterm\0", kind: "environment")
        case .ansi:
            return make(
                planted, head + before, CorpusEncoding.ansi(value), after + "\n", value,
                isWhole: true)
        case .utf16LE, .utf16BE:
            let text = head + before + value + after + "\n"
            let isBig = self == .utf16BE
            let bytes = text.utf16.flatMap { unit -> [UInt8] in
                let (high, low) = (UInt8(unit >> 8), UInt8(unit & 255))
                return isBig ? [high, low] : [low, high]
            }
            let form = value.utf16.flatMap { isBig ? [0, UInt8($0 & 255)] : [UInt8($0 & 255), 0] }
            return Planted(
                className: planted.name, transport: self, bytes: bytes, forms: [form], kind: "log")
        case .html:
            return make(
                planted, "<td>" + CorpusEncoding.html(before), CorpusEncoding.html(value),
                CorpusEncoding.html(after) + "</td>\n", value)
        case .quotedPrintable:
            return make(
                planted, "X-Note: a=3D1\n",
                CorpusEncoding.quotedPrintable(head + before + value + after), "\n", value,
                isWhole: true)
        case .unicode:
            return make(
                planted, "{\"m\":\"" + CorpusEncoding.json(before),
                CorpusEncoding.unicodeEscapes(value),
                CorpusEncoding.json(after) + "\"}\n", value)
        case .folded:
            let line = CorpusEncoding.folded(head + before + value + after, 64)
            return make(planted, "", line, "\n" + head + "next\n", value, isWhole: true)
        case .foldedIndent:
            let line = CorpusEncoding.folded(value, 24, indent: "    ")
            return make(planted, head + before, line, after + "\n" + head + "next\n", value)
        case .python:
            return make(
                planted, "cfg {'n': 1, '\(key)': '" + (isBare ? "" : before), value,
                (isBare ? "" : after) + "', 'k': None}\n")
        case .rubyHash:
            return make(
                planted, "cfg {:\(key)=>\"" + (isBare ? "" : before), value,
                (isBare ? "" : after) + "\", :n=>1}\n")
        case .xml:
            return make(
                planted, "<setting><\(key)>" + (isBare ? "" : before), value,
                (isBare ? "" : after) + "</\(key)></setting>\n")
        case .debug:
            return make(
                planted, "panicked: Config { retry: 3, \(key): Some(\"" + (isBare ? "" : before),
                value, (isBare ? "" : after) + "\"), n: 2 }\n")
        case .syslog:
            return make(
                planted, "May  4 10:20:30 box aurad[77]: refused " + before, value, after + "\n")
        case .shell:
            return make(
                planted, "export \(key.replacing("-", with: "_"))='" + (isBare ? "" : before),
                value, (isBare ? "" : after) + "'\n")
        case .csv:
            return make(planted, "7,\(before)", value, after + ",ok,3\n")
        case .argvJSON:
            return make(
                planted,
                "{\"argv\":[\"aura\",\"--\(key.lowercased())\",\""
                    + (isBare ? "" : CorpusEncoding.json(before)), CorpusEncoding.json(value),
                (isBare ? "" : after) + "\",\"-v\"]}\n", value)
        case .header:
            return make(planted, "> GET / HTTP/1.1\n> X-\(key): ", value, "\n> Accept: */*\n")
        case .pemPrefix:
            return make(
                planted, head, value.replacing("\n", with: "\n" + head), "\n" + head + "done\n",
                value)
        case .pemEscaped:
            return make(
                planted, head + "key ", value.replacing("\n", with: "\\\\n"), " end\n", value)
        case .pemFlat:
            return make(planted, head + "key ", value.replacing("\n", with: " "), " end\n", value)
        case .pemNoEnd:
            let cut = value.split(separator: "\n").dropLast().joined(separator: "\n")
            return make(planted, head + "key\n", cut, "\n" + head + "next\n")
        case .fileName:
            return make(planted, "spool/upload_", value, ".tmp", kind: "fileName")
        case .kubernetes:
            return make(
                planted, "  - name: \(key.uppercased())\n    value: ", value,
                "\n  - name: N\n    value: 3\n")
        }
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

    private func make(
        _ planted: PlantedClass, _ before: String, _ form: String, _ after: String,
        _ value: String? = nil, kind: String = "log", isWhole: Bool = false
    ) -> Planted {
        let forms = isWhole ? [value ?? form] : Array(Set([form, value ?? form])).sorted()
        return Planted(
            className: planted.name, transport: self, bytes: Array((before + form + after).utf8),
            forms: forms.map { Array($0.utf8) }, kind: kind)
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
        let output = Self.withoutMasks(output)
        for form in forms {
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
        case .utf16LE, .utf16BE: 14
        case .doublePercent: 10
        default: 6
        }
    }

    /// A mask and what stands beside it are no part of what was planted.
    private static func withoutMasks(_ output: [UInt8]) -> [UInt8] {
        let mark = Array("REDACTED-".utf8)
        var result: [UInt8] = []
        var index = 0
        while index < output.count {
            if output[index] == mark[0], output[index...].starts(with: mark) {
                index += mark.count
                while index < output.count, output[index] == 45 || output[index] &- 97 < 26 {
                    index += 1
                }
                result.append(0)
            } else {
                result.append(output[index])
                index += 1
            }
        }
        return result
    }

    /// Marks of PEM stay, and what stands round a value may look like a part of it.
    private func isFrame(_ window: [UInt8]) -> Bool {
        let marks = [
            "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----",
            "-----BEGIN EC PRIVATE KEY-----", "-----END EC PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----",
        ]
        let text = String(decoding: window, as: UTF8.self)
        if marks.contains(where: { $0.contains(text.trimmed) }) { return true }
        let wide = String(decoding: window.filter { $0 != 0 }, as: UTF8.self)
        return marks.contains { $0.contains(wide.trimmed) } || occurrences(of: window) > 1
    }

    private func occurrences(of window: [UInt8]) -> Int {
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
