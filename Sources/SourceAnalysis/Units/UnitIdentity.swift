// The hash of what a unit says.
//
// Its domain holds the format's version, the grammar's identity, the unit's kind and its name with
// the types around it. The module is left out: a file that is renamed says the same.

import Support

/// Hashes the stream of a walk that has just ended.
struct UnitIdentity {
    let language: Language
    let walk: TokenWalk
    let bytes: UnsafeBufferPointer<UInt8>

    func auraID(of unit: SourceUnit) -> AuraID {
        var hasher = ContentHasher()
        let name = UnitName.parts(of: unit.qualifiedName).dropFirst()
        for part in ["aura-unit/1", language.name, unit.kind.rawValue] + name {
            hasher.update(part)
            hasher.update([0])
        }
        hasher.update([0])
        hasher.update(language.grammarDigest.bytes)
        switch unit.kind {
        case .function, .method, .type, .constant:
            hasher.update(walk.stream)
        case .imports:
            hasher.update(trimmedLines(of: unit.declaration))
        case .opaque:
            hasher.update(walk.stream)
            hasher.update([0])
            hasher.update(bytes[unit.head].filter { !ByteText.isBlank($0) })
        case .file, .mode:
            hasher.update(bytes[unit.head])
        }
        return hasher.finish()
    }

    /// The stream without the unit's own name.
    func shape() -> UInt64 {
        var hasher = ContentHasher()
        hasher.update("aura-shape/1")
        hasher.update([0])
        hasher.update(language.grammarDigest.bytes)
        let name = walk.nameInStream ?? walk.stream.count..<walk.stream.count
        walk.stream.withUnsafeBytes { stream in
            hasher.update(raw: UnsafeRawBufferPointer(rebasing: stream[..<name.lowerBound]))
            hasher.update(raw: UnsafeRawBufferPointer(rebasing: stream[name.upperBound...]))
        }
        return hasher.finish().bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The lines of an import block, the form in which blocks are merged.
    private func trimmedLines(of range: Range<Int>) -> [UInt8] {
        var lines: [UInt8] = []
        for line in bytes[range].split(separator: UInt8(ascii: "\n")) {
            let trimmed = line.drop(while: ByteText.isBlank)
            guard let last = trimmed.lastIndex(where: { !ByteText.isBlank($0) }) else { continue }
            lines += trimmed[...last]
            lines.append(UInt8(ascii: "\n"))
        }
        return lines
    }
}
