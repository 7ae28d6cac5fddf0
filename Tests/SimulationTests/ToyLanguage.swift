// A language of lines, so that the simulation needs no parser: every line is a function, an import,
// the start or end of a type, or a comment that belongs to what follows.

import Foundation
import LiveProtocol
import LiveSync
import SourceAnalysis
import Support

/// A parsed toy file.
struct ToySource {
    var bytes: [UInt8]
    var observed: [ObservedUnit] = []
    var spans: [UnitSpan] = []

    /// The spans with identities, for a splice.
    func spans(ids: [FunctionID]) -> [UnitSpan] {
        zip(spans, ids).map { span, id in
            UnitSpan(
                head: span.head, tail: span.tail, parent: span.parent, id: id,
                kind: span.kind)
        }
    }
}

struct ToyLanguage {
    static let stamp = GrammarStamp(language: "toy", digest: .of([1]))
    static let broken = "!!"
    /// Makes a function larger than the Mothership of the simulation takes.
    private static let longTail = String(repeating: "x", count: 400)
    private var sketches: [String: TokenSketch] = [:]
    private var sources: [[String]: ToySource] = [:]

    static func bytes(_ lines: [String]) -> [UInt8] {
        Array(lines.map { $0 + "\n" }.joined().utf8)
    }

    static func lines(_ bytes: [UInt8]) -> [String] {
        var lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\n")
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    static func isFunction(_ line: String) -> Bool { line.hasPrefix("fn ") }

    static func isFunction(_ kind: UnitKind) -> Bool { kind == .function || kind == .method }

    /// Parses a file; each content once, for a run looks at the same one again and again.
    mutating func parse(_ lines: [String]) throws -> ToySource {
        if let known = sources[lines] { return known }
        let source = try read(lines)
        sources[lines] = source
        return source
    }

    private mutating func read(_ lines: [String]) throws -> ToySource {
        var source = ToySource(bytes: Self.bytes(lines))
        var seen: [String: Int] = [:]
        var (start, offset) = (0, 0)
        var open: Int?
        var isInImports = false
        for line in lines {
            offset += line.utf8.count + 1
            let words = line.split(separator: " ").map(String.init)
            switch words.first {
            case "import" where isInImports:
                source.spans[source.spans.count - 1].head =
                    source.spans[source.spans.count - 1].head.lowerBound..<offset
            case "import":
                try add(.imports, "(imports)", "", start..<offset, open, &source, &seen)
            case "type":
                try add(.type, words[1], "", start..<offset, nil, &source, &seen)
                open = source.spans.count - 1
            case "}":
                if let index = open { source.spans[index].tail = start..<offset }
                open = nil
            case "fn":
                let owner = open.map { source.observed[$0].qualifiedName + "::" } ?? ""
                try add(
                    open == nil ? .function : .method, owner + words[1], words[2], start..<offset,
                    open, &source, &seen)
            default: continue
            }
            isInImports = words.first == "import"
            start = offset
        }
        if start < offset {
            let digest = ContentDigest.of(source.bytes[start..<offset])
            try add(.opaque, "(text)", digest.short, start..<offset, nil, &source, &seen)
        }
        finish(&source)
        return source
    }

    private mutating func add(
        _ kind: UnitKind, _ name: String, _ code: String, _ head: Range<Int>, _ parent: Int?,
        _ source: inout ToySource, _ seen: inout [String: Int]
    ) throws {
        let key = "\(kind) \(name)"
        let ordinal = seen[key, default: 0]
        seen[key] = ordinal + 1
        let own = name.components(separatedBy: "::").last ?? name
        let isHeldBack = code == Self.broken
        let auraID: AuraID? = isHeldBack ? nil : .of(Array("\(kind) \(own) \(code)".utf8))
        source.spans.append(
            UnitSpan(
                head: head, tail: nil, parent: parent, id: nil, kind: kind))
        source.observed.append(
            ObservedUnit(
                kind: kind, qualifiedName: name, ordinal: ordinal, parent: parent, auraID: auraID,
                isHeldBack: isHeldBack, isLocalOnly: false, text: UnitText(head: []),
                fingerprint: UnitFingerprint(
                    kind: kind, qualifiedName: name, ordinal: ordinal, auraID: auraID,
                    shape: Self.shape(code), sketch: try sketch(code))))
    }

    /// Texts are complete only at the end; of an import block the lines are what it says.
    private func finish(_ source: inout ToySource) {
        for (index, span) in source.spans.enumerated() {
            let text = UnitText(
                head: Array(source.bytes[span.head]),
                tail: span.tail.map { Array(source.bytes[$0]) })
            source.observed[index].text = text
            guard source.observed[index].kind == .imports else { continue }
            let lines = LineMerge.lines(of: text).filter { $0.first != UInt8(ascii: "#") }
            let auraID = AuraID.of(lines.flatMap { $0 + [10] })
            source.observed[index].auraID = auraID
            let old = source.observed[index].fingerprint
            source.observed[index].fingerprint = UnitFingerprint(
                kind: .imports, qualifiedName: old.qualifiedName, ordinal: old.ordinal,
                auraID: auraID, shape: nil, sketch: old.sketch)
        }
    }

    private static func shape(_ code: String) -> UInt64? {
        code.isEmpty
            ? nil
            : ContentDigest.of(Array(code.utf8)).bytes.prefix(8).reduce(0) {
                $0 << 8 | UInt64($1)
            }
    }

    /// Three tokens that follow from the code: enough for a renamed unit to be recognised.
    private mutating func sketch(_ code: String) throws -> TokenSketch {
        if let known = sketches[code] { return known }
        let hashes = Data(ContentDigest.of(Array(code.utf8)).bytes.prefix(12))
        let text = code.isEmpty ? "[\"0:\"]" : "[\"3:\(hashes.base64EncodedString())\"]"
        let sketch = try JSONText.decode([TokenSketch].self, from: text)[0]
        sketches[code] = sketch
        return sketch
    }

    /// What a user does to a file.
    ///
    /// - Parameter fresh: a text that was never used before.
    static func edit(
        _ lines: [String], fresh: String, using generator: inout SeededGenerator
    ) -> [String] {
        var lines = lines
        let functions = lines.indices.filter { isFunction(lines[$0]) }
        // Some texts come twice, so that two people make the same change.
        let code =
            Int.random(in: 0..<5, using: &generator) == 0
            ? "c\(Int.random(in: 0..<3, using: &generator))" : fresh
        let choice = Int.random(in: 0..<20, using: &generator)
        guard let line = functions.randomElement(using: &generator), choice < 15 else {
            add(choice, code, fresh, &lines, &generator)
            return lines
        }
        let words = lines[line].split(separator: " ").map(String.init)
        switch choice {
        case 0..<8: lines[line] = "fn \(words[1]) \(code)"
        case 8: lines[line] = "fn r\(fresh) \(words[2])"
        case 9, 10:
            lines.remove(at: line)
            while line > 0, line <= lines.count, lines[line - 1].hasPrefix("#") {
                lines.remove(at: line - 1)
                break
            }
        case 11: lines.insert("# note \(fresh)", at: line)
        case 12:
            // Held back while it is broken, or larger than the Mothership takes.
            let code = Bool.random(using: &generator) ? broken : fresh + longTail
            lines[line] = "fn \(words[1]) \(code)"
        default:
            let moved = lines.remove(at: line)
            let places = lines.indices.filter { isFunction(lines[$0]) || lines[$0] == "}" }
            lines.insert(moved, at: (places.randomElement(using: &generator) ?? -1) + 1)
        }
        return lines
    }

    private static func add(
        _ choice: Int, _ code: String, _ fresh: String, _ lines: inout [String],
        _ generator: inout SeededGenerator
    ) {
        let places = lines.indices.filter { isFunction(lines[$0]) || lines[$0] == "}" }
        let place = (places.randomElement(using: &generator) ?? lines.count - 1) + 1
        let name =
            Int.random(in: 0..<4, using: &generator) == 0
            ? "n\(fresh)" : "n\(Int.random(in: 0..<3, using: &generator))"
        switch choice {
        case 17: lines.insert("import \(fresh)", at: 0)
        case 18:
            if let first = lines.firstIndex(where: { $0.hasPrefix("import ") }) {
                lines.remove(at: first)
            }
        case 19:
            if let start = lines.firstIndex(where: { $0.hasPrefix("type ") }),
                let end = lines[start...].firstIndex(of: "}"), Bool.random(using: &generator)
            {
                lines.removeSubrange(start...end)
            } else {
                lines += ["type T\(fresh) {", "fn m\(fresh) \(code)", "}"]
            }
        default: lines.insert("fn \(name) \(code)", at: place)
        }
    }

    /// The file with every broken line made whole and every long one short.
    static func mended(_ lines: [String], fresh: () -> String) -> [String] {
        lines.map { line in
            guard line.hasSuffix(broken) || line.hasSuffix(longTail) else { return line }
            let words = line.split(separator: " ")
            return "fn \(words[1]) \(fresh())"
        }
    }
}
