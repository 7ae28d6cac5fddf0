// Shared by the tests of this module: analysing text, and the rules every result must keep.

import Support
import Testing

@testable import SourceAnalysis

/// A text with its units.
struct Sample {
    let bytes: [UInt8]
    let file: SourceFile

    init(_ text: String, _ path: String) throws {
        try self.init(bytes: Array(text.utf8), path)
    }

    init(bytes: [UInt8], _ path: String) throws {
        let language = try #require(Language.forPath(path))
        self.bytes = bytes
        file = try Self.analyzer.analyze(bytes, path: path, language: language)
        expectEveryByteOwnedOnce(file, bytes, path)
    }

    static let analyzer = SourceAnalyzer()

    /// `kind Qualified::name`, module and opaque text left out.
    var outline: [String] {
        file.units.filter { $0.kind != .opaque }.map(Self.line)
    }

    var fullOutline: [String] { file.units.map(Self.line) }

    private static func line(_ unit: SourceUnit) -> String {
        let name = UnitName.parts(of: unit.qualifiedName).dropFirst().joined(separator: "::")
        return "\(unit.kind) \(name)" + (unit.ordinal > 0 ? "#\(unit.ordinal)" : "")
            + (unit.isHeldBack ? " held" : "")
    }

    /// The unit with this simple name; see ``UnitName`` for those that have none.
    func unit(
        _ name: String, ordinal: Int = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> SourceUnit {
        try #require(
            file.units.first { $0.name == name && $0.ordinal == ordinal },
            "no unit \(name) in \(fullOutline)", sourceLocation: sourceLocation)
    }

    func head(_ name: String, ordinal: Int = 0) throws -> String {
        text(try unit(name, ordinal: ordinal).head)
    }

    func tail(_ name: String) throws -> String { text(try #require(try unit(name).tail)) }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}

/// The aura_id of the unit `name` in a text.
func auraID(
    _ name: String, in text: String, _ path: String,
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> AuraID {
    let unit = try Sample(text, path).unit(name, sourceLocation: sourceLocation)
    return try #require(unit.auraID, "\(name) is held back", sourceLocation: sourceLocation)
}

/// Pieces are the file, units are ordered and nested, and held back exactly without an aura_id.
func expectEveryByteOwnedOnce(
    _ file: SourceFile, _ bytes: [UInt8], _ path: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    var position = EncodingMark.end(in: bytes)
    for piece in file.pieces() {
        guard piece.range.lowerBound == position else {
            Issue.record(
                "\(path): byte \(position) has no owner, next is \(piece)",
                sourceLocation: sourceLocation)
            return
        }
        position = piece.range.upperBound
    }
    #expect(position == bytes.count, "\(path)", sourceLocation: sourceLocation)
    #expect(file.byteCount == bytes.count, "\(path)", sourceLocation: sourceLocation)
    for (index, unit) in file.units.enumerated() {
        let isWithin =
            unit.head.lowerBound <= unit.declaration.lowerBound
            && unit.declaration.upperBound <= file.extent(of: index).upperBound
        let hasParentBefore = unit.parent.map { $0 < index && file.units[$0].kind == .type } ?? true
        if !isWithin || !hasParentBefore || unit.isHeldBack != (unit.auraID == nil) {
            Issue.record("\(path): \(unit)", sourceLocation: sourceLocation)
        }
    }
}
