// What stands around a planted secret, by family of transports. Each family answers nil for a
// transport of another one.

import Support

/// One secret, one transport, and the words that both need.
struct Bed {
    private let planted: PlantedClass
    private let transport: Transport
    private let value: String
    /// What stands around the value in a line of text.
    private let before: String
    private let after: String
    /// The same where the form names the key itself.
    private let within: String
    private let key: String
    private let head = "\(Self.time) INFO  live::sync "

    /// Of every record, in all forms of it.
    static let time = "2026-05-04T10:20:30.400Z"

    init(_ planted: PlantedClass, _ value: String, _ transport: Transport) {
        self.planted = planted
        self.value = value
        self.transport = transport
        let parts = planted.inline?.components("{v}") ?? [planted.key + "=", ""]
        (before, after) = (parts[0], parts[1])
        within = planted.inline == nil ? "" : before
        key = planted.key.trimming("-")
    }

    /// - Parameters:
    ///   - form: how the value stands there.
    ///   - value: what it must not be found as either.
    ///   - isWhole: the form holds more than the value and is not searched for.
    private func make(
        _ before: String, _ form: String, _ after: String, _ value: String? = nil,
        kind: String = "log", isWhole: Bool = false
    ) -> Planted {
        let forms = isWhole ? [value ?? form] : Array(Set([form, value ?? form])).sorted()
        return Planted(
            className: planted.name, transport: transport,
            bytes: Array((before + form + after).utf8), forms: forms.map { Array($0.utf8) },
            kind: kind)
    }

    // MARK: Lines of text

    func line() -> Planted? {
        switch transport {
        case .plain where planted.isSelfEvident && planted.inline == nil:
            make(head + "handshake used ", value, " and was accepted\n")
        case .plain: make(head + "answered 401 for " + before, value, after + "\n")
        case .logfmt:
            make(
                "time=\(Self.time) level=warn " + before, value.replacing("\n", with: "\\n"),
                after + (planted.family == .body ? "\n" : " attempt=3\n"), value)
        case .syslog:
            make("May  4 10:20:30 box aurad[77]: refused " + before, value, after + "\n")
        case .csv: make("7,\(before)", value, after + ",ok,3\n")
        case .header: make("> GET / HTTP/1.1\n> X-\(key): ", value, "\n> Accept: */*\n")
        case .ansi:
            make(
                head + before, CorpusEncoding.ansi(value), after + "\n", value, isWhole: true)
        case .folded:
            make(
                "", CorpusEncoding.folded(head + before + value + after, 64),
                "\n" + head + "next\n", value, isWhole: true)
        case .foldedIndent:
            make(
                head + before, CorpusEncoding.folded(value, 24, indent: "    "),
                after + "\n" + head + "next\n", value)
        case .fileName: make("spool/upload_", value, ".tmp", kind: "fileName")
        default: nil
        }
    }

    // MARK: JSON

    func json() -> Planted? {
        switch transport {
        case .json: json(levels: 1)
        case .json2: json(levels: 2)
        case .json3: json(levels: 3)
        case .unicode:
            make(
                "{\"m\":\"" + CorpusEncoding.json(before), CorpusEncoding.unicodeEscapes(value),
                CorpusEncoding.json(after) + "\"}\n", value)
        case .argvJSON:
            make(
                "{\"argv\":[\"aura\",\"--\(key.lowercased())\",\"" + CorpusEncoding.json(within),
                CorpusEncoding.json(value), after + "\",\"-v\"]}\n", value)
        default: nil
        }
    }

    /// An object whose text is an object again, so many levels deep.
    private func json(levels: Int) -> Planted {
        func text(_ text: String) -> String { CorpusEncoding.json(text, levels: levels) }
        func frame(_ text: String, _ level: Int) -> String {
            CorpusEncoding.json(text, levels: level)
        }
        let open = (1..<levels).map { frame("{\"op\":\"x\",\"frame\":\"", $0 - 1) }.joined()
        let close = (1..<levels).reversed().map { frame("\"}", $0 - 1) }.joined()
        return make(
            open + frame("{\"\(key)\":\"", levels - 1) + text(within), text(value),
            text(after) + frame("\",\"n\":1}", levels - 1) + close + "\n", value)
    }

    // MARK: Encodings

    func encoded(_ random: inout SeededGenerator) -> Planted? {
        let text = before + value + after
        switch transport {
        case .url:
            return make(
                "10.0.0.1 - - [\(Self.time)] \"GET /cb?n=4&\(CorpusEncoding.percent(key))="
                    + CorpusEncoding.percent(within),
                CorpusEncoding.percent(value),
                CorpusEncoding.percent(after) + "&v=2 HTTP/1.1\" 302 0\n", value)
        case .doublePercent:
            func twice(_ text: String) -> String {
                CorpusEncoding.percent(CorpusEncoding.percent(text))
            }
            return make(
                head + "next=%252Fcb%253F" + twice(before), twice(value), twice(after) + "\n", value
            )
        case .percentFull:
            func full(_ text: String) -> String { CorpusEncoding.percent(text, isFull: true) }
            return make(head + "raw " + full(before), full(value), full(after) + "\n", value)
        case .base64:
            return make(
                head + "payload=", CorpusEncoding.base64(Array(text.utf8)), " len=3\n", value)
        case .base64URL:
            return make(
                head + "payload=", CorpusEncoding.base64URL(Array(text.utf8)), "\n", value)
        case .base64Binary:
            let noise = Draw.bytes(Draw.number(5..<12, &random), &random).map { $0 | 0x80 }
            return make(
                head + "frame=", CorpusEncoding.base64(noise + Array(text.utf8) + noise), "\n",
                value)
        case .hex, .hexUpper:
            return make(
                head + "frame hex=",
                CorpusEncoding.hex(text, isUpper: transport == .hexUpper), "\n", value)
        case .utf16LE, .utf16BE: return utf16(isBig: transport == .utf16BE)
        case .html:
            return make(
                "<td>" + CorpusEncoding.html(before), CorpusEncoding.html(value),
                CorpusEncoding.html(after) + "</td>\n", value)
        case .quotedPrintable:
            return make(
                "X-Note: a=3D1\n", CorpusEncoding.quotedPrintable(head + text), "\n", value,
                isWhole: true)
        default: return nil
        }
    }

    private func utf16(isBig: Bool) -> Planted {
        let text = head + before + value + after + "\n"
        let bytes = text.utf16.flatMap { unit -> [UInt8] in
            let (high, low) = (UInt8(unit >> 8), UInt8(unit & 255))
            return isBig ? [high, low] : [low, high]
        }
        let form = value.utf16.flatMap { isBig ? [0, UInt8($0 & 255)] : [UInt8($0 & 255), 0] }
        return Planted(
            className: planted.name, transport: transport, bytes: bytes, forms: [form], kind: "log")
    }

    // MARK: Settings

    func setting() -> Planted? {
        switch transport {
        case .toml where planted.isMultiline:
            make("\(key) = \"\"\"\n", value, "\n\"\"\"\n")
        case .toml:
            make(
                "\(key.lowercased()) = \"" + CorpusEncoding.json(within),
                CorpusEncoding.json(value), after + "\"\n", value, kind: "config")
        case .yaml where planted.isMultiline:
            make(
                "\(key): |\n  ", value.replacing("\n", with: "\n  "), "\n", value, kind: "config")
        case .yaml: make("\(key): " + within, value, after + "\n", kind: "config")
        case .yamlBlock:
            make(
                "outer:\n  \(key): |\n    ", value.replacing("\n", with: "\n    "), "\nnext: 1\n",
                value)
        case .kubernetes:
            make(
                "  - name: \(key.uppercased())\n    value: ", value,
                "\n  - name: N\n    value: 3\n")
        case .zeros:
            make(
                "AURA_N=3\0\(key.uppercased())=" + within, value, after + "\0TERM=xterm\0",
                kind: "environment")
        case .shell:
            make(
                "export \(key.replacing("-", with: "_"))='" + within, value, after + "'\n")
        default: nil
        }
    }

    // MARK: Values as programs print them

    func printed() -> Planted? {
        switch transport {
        case .python: make("cfg {'n': 1, '\(key)': '" + within, value, after + "', 'k': None}\n")
        case .rubyHash: make("cfg {:\(key)=>\"" + within, value, after + "\", :n=>1}\n")
        case .xml: make("<setting><\(key)>" + within, value, after + "</\(key)></setting>\n")
        case .debug:
            make(
                "panicked: Config { retry: 3, \(key): Some(\"" + within, value,
                after + "\"), n: 2 }\n")
        default: nil
        }
    }

    // MARK: Private keys

    func privateKey() -> Planted? {
        switch transport {
        case .pemPrefix:
            return make(
                head, value.replacing("\n", with: "\n" + head), "\n" + head + "done\n", value)
        case .pemEscaped:
            return make(head + "key ", value.replacing("\n", with: "\\\\n"), " end\n", value)
        case .pemFlat:
            return make(head + "key ", value.replacing("\n", with: " "), " end\n", value)
        case .pemNoEnd:
            let cut = value.split(separator: "\n").dropLast().joined(separator: "\n")
            return make(head + "key\n", cut, "\n" + head + "next\n")
        default: return nil
        }
    }
}
