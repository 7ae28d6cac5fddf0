// The IPv4 addresses that stand in a text which is about to be redacted beside others. Found by a
// look at its dots alone, a hundredth of what redacting costs.

/// Addresses in the order in which a text shows them, each once.
public struct ForeseenAddresses: Sendable {
    /// With the aliases that the key alone would give them.
    private(set) var list: [(address: UInt32, wanted: UInt32)] = []
    private let aliases: Aliases
    private var seen: Set<UInt32> = []
    /// What may be the beginning of an address that the next piece goes on with.
    private var carried: [UInt8] = []
    private static let lengthMax = 24

    /// - Parameter redactor: the one that the text is for.
    public init(for redactor: Redactor) { aliases = redactor.book.aliases }

    /// Reads the next piece; pieces may be cut anywhere.
    public mutating func read(_ piece: [UInt8]) {
        var bytes = carried + piece
        Text.with(padding: &bytes) { look(at: $0, isLast: false) }
        carried = Array(
            bytes.suffix(Self.lengthMax).reversed().prefix { Self.holds($0) }.reversed())
    }

    /// Reads what the last piece ended with.
    public mutating func finish() {
        let rest = carried
        Text.with(rest) { look(at: $0, isLast: true) }
    }

    private mutating func look(at text: Text, isLast: Bool) {
        var dot = text.first(46, from: 0, to: text.count)
        while dot < text.count, list.count < AddressBook.addressesMax {
            let end = text.skip(dot, limit: Self.lengthMax, while: Self.holds)
            // The next piece may go on with it.
            if end == text.count, !isLast { return }
            if Byte.isDigit(text[dot - 1]), Byte.isDigit(text[dot + 1]) {
                note(text, text.back(dot, limit: Self.lengthMax, while: Self.holds), end)
            }
            dot = text.first(46, from: max(end, dot + 1), to: text.count)
        }
    }

    private mutating func note(_ text: Text, _ start: Int, _ end: Int) {
        var end = end
        while end > start, text[end - 1] == 46 { end -= 1 }
        end = IPv4.endBeforePort(text, start, end) ?? end
        guard let address = IPv4.parse(text, start, end),
            let isPrivate = IPv4.isPrivate(address), seen.insert(address).inserted
        else { return }
        list.append((address, aliases.wanted(for: address, isPrivate: isPrivate)))
    }

    private static func holds(_ byte: UInt8) -> Bool { Byte.isDigit(byte) || byte == 46 }
}

extension Redactor {
    /// Runs what redacts several texts at the same time. Aliases are those of the texts one after the
    /// other, whatever the threads do.
    ///
    /// - Parameter expected: the addresses of each text, in the order of the texts.
    public func sideBySide<Result, Failed: Error>(
        _ expected: [ForeseenAddresses], _ body: () throws(Failed) -> Result
    ) throws(Failed) -> Result {
        book.aliases.fix(for: expected)
        defer { book.aliases.unfix() }
        return try body()
    }
}
