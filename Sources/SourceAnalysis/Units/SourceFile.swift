// A file as an ordered list of units that own all of its bytes.

/// One part of a file's bytes and the unit that owns it.
public struct Piece: Hashable, Sendable {
    /// Index into ``SourceFile/units``.
    public let unit: Int
    /// True for what follows a type's members.
    public let isTail: Bool
    public let range: Range<Int>
}

/// The result of analysing one file.
public struct SourceFile: Codable, Hashable, Sendable {
    /// ``Language/name``.
    public let language: String
    public let byteCount: Int
    /// In the order of their heads; a type comes before its members.
    public let units: [SourceUnit]
    /// Some part of the file did not parse.
    public let hasErrors: Bool
    /// Some part outside all units did not parse, or a broken unit may have swallowed the ones
    /// behind it: a unit that is missing was not deleted.
    public let hasContainerError: Bool

    /// Every byte of the file exactly once, in order. Pieces may be empty.
    public func pieces() -> [Piece] {
        var pieces: [Piece] = []
        var open: [Int] = []
        func close(until parent: Int?) {
            while let last = open.last, last != parent {
                if let tail = units[last].tail {
                    pieces.append(Piece(unit: last, isTail: true, range: tail))
                }
                open.removeLast()
            }
        }
        for (index, unit) in units.enumerated() {
            close(until: unit.parent)
            pieces.append(Piece(unit: index, isTail: false, range: unit.head))
            open.append(index)
        }
        close(until: nil)
        return pieces
    }

    /// Everything a type owns, members included; for another unit its head.
    public func extent(of index: Int) -> Range<Int> {
        let unit = units[index]
        return unit.head.lowerBound..<(unit.tail ?? unit.head).upperBound
    }

    /// What ``UnitMatcher`` compares, in the order of ``units``.
    public var fingerprints: [UnitFingerprint] { units.map(\.fingerprint) }
}
