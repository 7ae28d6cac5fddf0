// Globs over relative paths with forward slashes.
//
// A glob is matched one path component at a time, so that a walk down a tree carries a small
// state instead of testing whole paths again, and can tell when nothing below may match.

import Support

/// A pattern over relative paths.
///
/// `**` stands for any number of folders, `*` and `?` for characters inside a name, `[a-z]` and
/// `[!a-z]` for one of a set, `{a,b}` for either. A pattern without a slash matches at any depth.
/// One that ends in a slash, or whose last part has no wildcard, covers all below a folder.
public struct Glob: Hashable, Sendable {
    /// The pattern as it was written.
    public let text: String
    let alternatives: [Path]

    /// One branch of a pattern after `{a,b}` were written out.
    struct Path: Hashable, Sendable {
        var parts: [Part]
        /// A match of a folder is a match of all below it.
        let coversBelow: Bool
    }

    enum Part: Hashable, Sendable {
        case anyFolders
        case literal([UInt8])
        case wildcard([Token])
    }

    enum Token: Hashable, Sendable {
        case byte(UInt8)
        case one
        case many
        case set(negated: Bool, [ClosedRange<UInt32>])
    }

    /// Parses a pattern.
    public init(_ text: String) throws(GlobFailure) {
        self.text = text
        if text.isEmpty { throw GlobFailure(pattern: text, rule: "is empty") }
        if text.hasPrefix("/") {
            throw GlobFailure(pattern: text, rule: "must be relative: leave out the first slash")
        }
        if text.utf8.contains(UInt8(ascii: "\\")) {
            throw GlobFailure(pattern: text, rule: "must use forward slashes")
        }
        var expanded = [Array(text.utf8)]
        try Self.expandBraces(&expanded, text)
        var paths: [Path] = []
        for alternative in expanded { paths.append(try Self.path(alternative, text)) }
        alternatives = paths
    }

    /// True when some part of the pattern is exactly this name.
    func names(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        return alternatives.contains { $0.parts.contains(.literal(bytes)) }
    }

    /// The pattern when it is one with a wildcard that matches names in any folder.
    var namePattern: NamePattern? {
        guard alternatives.count == 1, alternatives[0].parts.count == 2,
            alternatives[0].parts[0] == .anyFolders,
            case .wildcard(let tokens) = alternatives[0].parts[1]
        else { return nil }
        return NamePattern(tokens)
    }

    /// Writes `{a,b}` out, innermost first.
    private static func expandBraces(
        _ list: inout [[UInt8]], _ text: String
    ) throws(GlobFailure) {
        // 64 branches are more than a person writes; nested braces would multiply without end.
        while list.count <= 64 {
            guard let index = list.firstIndex(where: { $0.contains(UInt8(ascii: "{")) }) else {
                if list.contains(where: { $0.contains(UInt8(ascii: "}")) }) { break }
                return
            }
            let source = list[index]
            guard let open = source.lastIndex(of: UInt8(ascii: "{")),
                let close = source[open...].firstIndex(of: UInt8(ascii: "}"))
            else { throw GlobFailure(pattern: text, rule: "has an unclosed {") }
            let choices = source[(open + 1)..<close]
                .split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            let branches = choices.map { source[..<open] + $0 + source[(close + 1)...] }
            list.replaceSubrange(index...index, with: branches.map { Array($0) })
        }
        let rule = list.count > 64 ? "has more than 64 branches" : "has a } without a {"
        throw GlobFailure(pattern: text, rule: rule)
    }

    private static func path(_ bytes: [UInt8], _ text: String) throws(GlobFailure) -> Path {
        var pieces = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isFolder = pieces.last?.isEmpty == true
        if isFolder { pieces.removeLast() }
        var parts: [Part] = []
        if pieces.count == 1 && pieces[0] != Array("**".utf8)[...] { parts.append(.anyFolders) }
        for piece in pieces {
            let part = try part(piece, text)
            // Two `**` in a row say the same as one.
            if part != .anyFolders || parts.last != .anyFolders { parts.append(part) }
        }
        // The state is a bit set of 64 positions, one of them the end.
        if parts.count > 60 { throw GlobFailure(pattern: text, rule: "has more than 60 parts") }
        if isFolder && parts.last != .anyFolders { parts.append(.anyFolders) }
        if case .literal = parts.last { return Path(parts: parts, coversBelow: true) }
        return Path(parts: parts, coversBelow: false)
    }

    private static func part(
        _ piece: ArraySlice<UInt8>, _ text: String
    ) throws(GlobFailure) -> Part {
        if piece.elementsEqual("**".utf8) { return .anyFolders }
        if piece.isEmpty || piece.elementsEqual(".".utf8) || piece.elementsEqual("..".utf8) {
            throw GlobFailure(pattern: text, rule: "must not have an empty part, . or ..")
        }
        if !piece.contains(where: { "*?[".utf8.contains($0) }) { return .literal(Array(piece)) }
        return .wildcard(try tokens(piece, text))
    }

    private static func tokens(
        _ piece: ArraySlice<UInt8>, _ text: String
    ) throws(GlobFailure) -> [Token] {
        var tokens: [Token] = []
        var rest = piece
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "?"): tokens.append(.one)
            case UInt8(ascii: "*"): if tokens.last != .many { tokens.append(.many) }
            case UInt8(ascii: "["):
                // A bracket at the start, or behind the mark of negation, is a member.
                let first = "!^".utf8.contains(rest.first ?? 0) ? 2 : 1
                guard let close = rest.dropFirst(first).firstIndex(of: UInt8(ascii: "]")) else {
                    throw GlobFailure(pattern: text, rule: "has an unclosed [")
                }
                tokens.append(set(rest[..<close]))
                rest = rest[(close + 1)...]
            default: tokens.append(.byte(byte))
            }
        }
        return tokens
    }

    private static func set(_ bytes: ArraySlice<UInt8>) -> Token {
        var scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars.map(\.value))
        let negated = scalars.count > 1 && (scalars[0] == 0x21 || scalars[0] == 0x5E)  // ! ^
        if negated { scalars.removeFirst() }
        var ranges: [ClosedRange<UInt32>] = []
        var index = 0
        while index < scalars.count {
            if index + 2 < scalars.count && scalars[index + 1] == 0x2D {  // -
                let (low, high) = (scalars[index], scalars[index + 2])
                ranges.append(min(low, high)...max(low, high))
                index += 3
            } else {
                ranges.append(scalars[index]...scalars[index])
                index += 1
            }
        }
        return .set(negated: negated, ranges)
    }
}

/// A glob that does not parse.
public struct GlobFailure: Failure, Equatable {
    public let pattern: String
    /// What a glob must or must not be, to follow the pattern in a sentence.
    public let rule: String

    public var subject: String { pattern }
    public var reason: String { "the glob \(rule)" }
    public var nextStep: String { "correct the glob" }
}
