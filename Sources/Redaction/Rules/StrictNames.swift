// The strict policy: paths, functions, branches and rooms get aliases too. Extensions stay, so that
// a reader still sees which language is meant.

extension Scanner {
    private static let keptParts: Set<String> = [
        "", ".", "..", "home", "Users", "tmp", "var", "usr", "etc", "proc", "run", "root", ".aura",
        "live", "logs", "wal", "opt", "bin", "lib", "mnt", "dev", "private", "Volumes", "core",
        "std", "alloc", "tokio",
    ]

    private static func holdsPath(_ byte: UInt8) -> Bool {
        Byte.isWord(byte) || byte == 46 || byte == 43 || byte == 64
    }

    /// A slash stands at `index`: the parts round it.
    mutating func strictPath(_ index: Int) {
        if text[index - 1] == 47 || text[index + 1] == 47 { return }
        let start = wordStart(index, limit: 128, while: Self.holdsPath)
        let end = text.skip(index + 1, limit: 128, while: Self.holdsPath)
        // `12/30` and `application/json` are no paths, `a/b/c` and `a/b.rs` are.
        let isPath =
            text[start - 1] == 47 || text[end] == 47 || text.first(46, from: index, to: end) < end
            || start == index
        guard isPath else { return }
        pathPart(start, index)
        pathPart(index + 1, end)
    }

    private mutating func pathPart(_ start: Int, _ end: Int) {
        let dot = (start..<max(start, end)).last { text[$0] == 46 && $0 > start } ?? end
        let name = text.bytes(start, dot)
        guard !name.isEmpty, !Self.keptParts.contains(String(decoding: name, as: UTF8.self)) else {
            return
        }
        if Shape.isNumber(text, start, dot) || book.isAlias(name, "user") { return }
        add(start, dot, .strictName, book.aliases.name("name", name))
    }

    /// `::` stands at `index`: the names round it.
    mutating func strictFunction(_ index: Int) {
        guard text[index + 1] == 58 else { return }
        let holds = { (byte: UInt8) in Byte.isAlnum(byte) || byte == 95 }
        let start = text.back(index, limit: 96, while: holds)
        let end = text.skip(index + 2, limit: 96, while: holds)
        guard start < index, end > index + 2, Byte.isLetter(text[start]) else { return }
        pathPart(start, index)
        pathPart(index + 2, end)
    }

    /// A value behind a key that names a path, a function, a branch or a room.
    mutating func strictName(_ place: KeyPlace) {
        guard let value = value(after: place.end), value.separator != 32, value.separator != 44,
            !isPlaceholder(value), !Shape.isNumber(text, value.start, value.end)
        else { return }
        if (value.start..<value.end).contains(where: { text[$0] == 47 || text[$0] == 58 }) {
            return
        }
        pathPart(value.start, value.end)
    }
}
