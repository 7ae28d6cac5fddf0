// A file as an ordered list of units that own all of its bytes.

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

    /// Everything a type owns, members included; for another unit its head.
    public func extent(of index: Int) -> Range<Int> {
        let unit = units[index]
        return unit.head.lowerBound..<(unit.tail ?? unit.head).upperBound
    }

    /// What ``UnitMatcher`` compares, in the order of ``units``.
    public var fingerprints: [UnitFingerprint] { units.map(\.fingerprint) }
}
