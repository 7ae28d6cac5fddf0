// System calls as strace writes them down (`-f -y -xx`): one line a call, or two when another thread
// came between; strings and paths as `\x2f\x74`.

import Support

struct TracedCall: Sendable {
    let name: String
    /// What stands between the parentheses.
    let arguments: String
    let result: Int
    /// `EIO`; nil when the call succeeded.
    let error: String?

    /// Quoted strings, decoded.
    var strings: [[UInt8]] { Self.parts(arguments, from: "\"", to: "\"") }
    /// The files behind descriptors.
    var paths: [String] {
        Self.parts(arguments, from: "<", to: ">").map { String(decoding: $0, as: UTF8.self) }
    }
    /// The last numbers among the arguments, in order.
    var numbers: [Int] {
        arguments.split(separator: ",").compactMap {
            Int($0.drop { $0 == " " }.prefix { $0.isNumber })
        }
    }

    /// The file that a call with a folder's descriptor and a name means.
    func named(_ index: Int) -> String? {
        guard strings.indices.contains(index) else { return nil }
        let name = String(decoding: strings[index], as: UTF8.self)
        if name.hasPrefix("/") { return name }
        return paths.indices.contains(index) ? "\(paths[index])/\(name)" : name
    }

    static func read(_ bytes: [UInt8]) -> [TracedCall] {
        var begun: [Substring: Substring] = [:]
        let text = String(decoding: bytes, as: UTF8.self)
        return text.split(separator: "\n").compactMap { line in
            guard let space = line.firstIndex(of: " ") else { return nil }
            let thread = line[..<space]
            let rest = line[space...].drop { $0 == " " }
            if rest.hasSuffix("<unfinished ...>") {
                begun[thread] = rest.dropLast("<unfinished ...>".count)
                return nil
            }
            if rest.hasPrefix("<... "), let mark = rest.firstRange(of: "resumed>") {
                let whole = (begun.removeValue(forKey: thread) ?? "") + rest[mark.upperBound...]
                return TracedCall(line: whole)
            }
            return TracedCall(line: rest)
        }
    }

    private init?(line: Substring) {
        guard let open = line.firstIndex(of: "("),
            let close = line.ranges(of: ") ").last(where: { line[$0.upperBound...].contains("=") })
                ?? line.ranges(of: ")").last
        else { return nil }
        name = String(line[..<open])
        arguments = String(line[line.index(after: open)..<close.lowerBound])
        guard let equals = line[close.lowerBound...].firstIndex(of: "=") else { return nil }
        let words = line[line.index(after: equals)...].split(separator: " ")
        guard let first = words.first, let value = Int(first.prefix { $0 == "-" || $0.isNumber })
        else { return nil }
        result = value
        error = value < 0 && words.count > 1 ? String(words[1]) : nil
    }

    /// The decoded pieces between two marks.
    private static func parts(
        _ text: String, from open: Character, to close: Character
    ) -> [[UInt8]] {
        var parts: [[UInt8]] = []
        var rest = text[...]
        while let begin = rest.firstIndex(of: open) {
            rest = rest[rest.index(after: begin)...]
            guard let end = rest.firstIndex(of: close) else { break }
            parts.append(decoded(rest[..<end]))
            rest = rest[rest.index(after: end)...]
        }
        return parts
    }

    private static func decoded(_ text: Substring) -> [UInt8] {
        Hex.decode(text.split(separator: "\\x", omittingEmptySubsequences: true).joined()) ?? []
    }
}
