// One name against one pattern without slashes.
//
// A walk asks this for every file, so the shapes that nearly all patterns have, a beginning, an
// ending and something within, are told apart: they are compared without looking at tokens.

/// A compiled pattern for a single name.
enum NamePattern: Hashable, Sendable {
    case prefix([UInt8])
    case suffix([UInt8])
    case infix([UInt8])
    case wildcard([Glob.Token])

    init(_ tokens: [Glob.Token]) {
        let bytes = tokens.compactMap { if case .byte(let byte) = $0 { byte } else { nil } }
        if bytes.count == tokens.count - 1 && tokens.first == .many {
            self = .suffix(bytes)
        } else if bytes.count == tokens.count - 1 && tokens.last == .many {
            self = .prefix(bytes)
        } else if bytes.count == tokens.count - 2 && tokens.first == .many && tokens.last == .many {
            self = .infix(bytes)
        } else {
            self = .wildcard(tokens)
        }
    }

    /// Wildcards inside one name: on a mismatch the last `*` takes one character more.
    static func matches(_ name: [UInt8], _ tokens: [Glob.Token]) -> Bool {
        var (at, token) = (0, 0)
        var retry: (at: Int, token: Int)?
        while at < name.count {
            if token < tokens.count, tokens[token] == .many {
                retry = (at, token)
                token += 1
            } else if token < tokens.count, let width = width(of: tokens[token], in: name, at: at) {
                at += width
                token += 1
            } else if let mark = retry {
                at = mark.at + 1
                token = mark.token + 1
                retry = (at, mark.token)
            } else {
                return false
            }
        }
        return tokens[token...].allSatisfy { $0 == .many }
    }

    /// The bytes that a token takes at a position; nil when it does not match there.
    private static func width(of token: Glob.Token, in name: [UInt8], at index: Int) -> Int? {
        switch token {
        case .many: return nil
        case .byte(let byte): return name[index] == byte ? 1 : nil
        case .one: return scalarWidth(name[index])
        case .set(let negated, let ranges):
            let width = min(scalarWidth(name[index]), name.count - index)
            let text = String(decoding: name[index..<(index + width)], as: UTF8.self)
            guard let scalar = text.unicodeScalars.first else { return nil }
            return ranges.contains { $0.contains(scalar.value) } != negated ? width : nil
        }
    }

    private static func scalarWidth(_ lead: UInt8) -> Int {
        switch lead {
        case 0xC0..<0xE0: 2
        case 0xE0..<0xF0: 3
        case 0xF0...: 4
        default: 1
        }
    }
}
