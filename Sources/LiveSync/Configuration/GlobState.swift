// How far a glob has matched on the way down a path.

/// The positions in a glob that the components so far have led to.
struct GlobState: Hashable, Sendable {
    /// One bit set for each alternative; bit n means "part n comes next".
    private var positions: [UInt64]
    /// Everything from here down matches.
    private(set) var coversBelow = false
    /// The components so far are a match.
    private(set) var isMatch = false

    init(_ glob: Glob) {
        positions = glob.alternatives.map { Self.closure(1, $0.parts) }
    }

    /// False when no path below can match.
    var isViable: Bool { coversBelow || positions.contains { $0 != 0 } }

    /// Takes one more component.
    mutating func descend(_ name: some Collection<UInt8>, in glob: Glob) {
        if coversBelow {
            isMatch = true
            return
        }
        isMatch = false
        for (index, path) in glob.alternatives.enumerated() where positions[index] != 0 {
            let next = Self.step(positions[index], name, path.parts)
            let end = path.parts.count
            if next & (1 << UInt64(end)) != 0 {
                isMatch = true
                if path.coversBelow { coversBelow = true }
            }
            if path.parts.last == .anyFolders && next & (1 << UInt64(end - 1)) != 0 {
                coversBelow = true
            }
            positions[index] = next & ~(1 << UInt64(end))
        }
    }

    private static func step(
        _ mask: UInt64, _ name: some Collection<UInt8>, _ parts: [Glob.Part]
    ) -> UInt64 {
        var next: UInt64 = 0
        for (index, part) in parts.enumerated() where mask & (1 << UInt64(index)) != 0 {
            switch part {
            case .anyFolders:
                next |= 1 << UInt64(index)
                if index == parts.count - 1 { next |= 1 << UInt64(index + 1) }
            case .literal(let bytes):
                if name.elementsEqual(bytes) { next |= 1 << UInt64(index + 1) }
            case .wildcard(let tokens):
                if NamePattern.matches(Array(name), tokens) { next |= 1 << UInt64(index + 1) }
            }
        }
        return closure(next, parts)
    }

    /// `**` may stand for no folder at all, except at the end, where it means "all below".
    private static func closure(_ mask: UInt64, _ parts: [Glob.Part]) -> UInt64 {
        var mask = mask
        for index in parts.indices.dropLast()
        where mask & (1 << UInt64(index)) != 0 && parts[index] == .anyFolders {
            mask |= 1 << UInt64(index + 1)
        }
        return mask
    }
}
