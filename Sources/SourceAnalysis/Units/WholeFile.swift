// A file that no grammar takes apart: one unit, whose every byte counts.

import Support

extension SourceFile {
    /// What stands for a grammar where there is none.
    public static let wholeLanguage = "whole"
    /// Of the rule by which whole files get their hash, in place of a grammar's digest.
    public static let wholeRuleDigest = ContentDigest.of("aura-whole-file/1".utf8)

    /// The file as one unit.
    ///
    /// - Parameter path: relative to the root; the unit is named after its last component, so that
    ///   a file that is moved keeps its name, and one that is renamed does not.
    public static func whole(_ bytes: [UInt8], path: String) -> SourceFile {
        let name = PathName.last(of: path)
        let sketch = TokenSketch(
            tokens: bytes.split(separator: UInt8(ascii: "\n")).map(ByteText.hash))
        let unit = SourceUnit(
            kind: .file, name: name, qualifiedName: name, ordinal: 0, parent: nil,
            head: 0..<bytes.count, tail: nil, declaration: 0..<bytes.count, startLine: 1,
            endLine: max(1, bytes.count { $0 == UInt8(ascii: "\n") }),
            auraID: wholeID(of: bytes), isHeldBack: false, isLocalOnly: false, isNamespace: false,
            callees: [], boundNames: [], imports: [], importedNames: [], shape: nil,
            sketch: sketch)
        return SourceFile(
            language: wholeLanguage, byteCount: bytes.count, units: [unit], hasErrors: false,
            hasContainerError: false)
    }

    /// The name takes no part: a renamed file says the same.
    private static func wholeID(of bytes: [UInt8]) -> AuraID {
        var hasher = ContentHasher()
        hasher.update(wholeRuleDigest.bytes)
        hasher.update(bytes)
        return hasher.finish()
    }
}
