// The names that git knows in a working copy, as bytes: of thousands of them few are ever asked for
// as text.

/// The paths in git's index and the untracked ones that git does not ignore.
struct GitNames: Sendable {
    /// Git's mark of an untracked path; every other letter says how the index has it.
    private static let untrackedTag = UInt8(ascii: "?")
    private static let trackedTag = UInt8(ascii: "H")
    /// Of a tracked path that is not meant to be in the working copy.
    private static let withheldTag = UInt8(ascii: "S")
    /// What FNV-1a begins with.
    private static let digestStart: UInt64 = 0xcbf2_9ce4_8422_2325

    /// As `git ls-files -t -z` writes them: a letter, a blank, the path, NUL.
    private let output: [UInt8]
    /// Where each path stands in `output`.
    private let places: [Range<Int>]

    init(tagged output: [UInt8]) {
        self.output = output
        var places: [Range<Int>] = []
        var start = 0
        while let end = output[start...].firstIndex(of: 0) {
            if end - start > 2 { places.append(start + 2..<end) }
            start = end + 1
        }
        self.places = places
    }

    /// Those of the index, and what git listed beside it.
    init(_ index: GitIndex, untracked: [String]) {
        var output: [UInt8] = []
        output.reserveCapacity(index.bytes.count)
        var places: [Range<Int>] = []
        places.reserveCapacity(index.entries.count + untracked.count)
        func append(_ tag: UInt8, _ name: some Sequence<UInt8>) {
            output.append(tag)
            output.append(UInt8(ascii: " "))
            let start = output.count
            output += name
            places.append(start..<output.count)
            output.append(0)
        }
        for entry in index.entries {
            let isWithheld = entry.marks.contains(.withheld)
            append(isWithheld ? Self.withheldTag : Self.trackedTag, index.bytes[entry.name])
        }
        for name in untracked { append(Self.untrackedTag, name.utf8) }
        (self.output, self.places) = (output, places)
    }

    /// The untracked paths; those that are not UTF-8 are left out.
    var untracked: [String] { tagged(Self.untrackedTag) }

    /// The tracked paths that git keeps out of the working copy: by a sparse checkout, or the bit
    /// `skip-worktree`.
    var withheld: [String] { tagged(Self.withheldTag) }

    private func tagged(_ tag: UInt8) -> [String] {
        places.filter { output[$0.lowerBound - 2] == tag }.compactMap(text)
    }

    /// The paths that may be one with another where case does not count, each once: those whose folded
    /// names have one digest.
    var clashing: Set<String> {
        var first: [UInt64: Range<Int>] = [:]
        first.reserveCapacity(places.count)
        var clashes: Set<String> = []
        for place in places {
            guard let other = first.updateValue(place, forKey: foldedDigest(of: place)) else {
                continue
            }
            // A path in conflict stands there once for each side.
            if output[other] != output[place] {
                clashes.formUnion([other, place].compactMap(text))
            }
        }
        return clashes
    }

    /// FNV-1a of the name in small letters, without making that name where it is ASCII.
    private func foldedDigest(of place: Range<Int>) -> UInt64 {
        var digest = Self.digestStart
        var all: UInt8 = 0
        func take(_ byte: UInt8) { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01b3 }
        for byte in output[place] {
            all |= byte
            take((0x41...0x5a).contains(byte) ? byte | 0x20 : byte)
        }
        // Small letters of other alphabets are worked out only where there are some.
        guard all >= 0x80, let name = text(place) else { return digest }
        digest = Self.digestStart
        name.lowercased().utf8.forEach(take)
        return digest
    }

    private func text(_ place: Range<Int>) -> String? {
        String(validating: output[place], as: UTF8.self)
    }
}
