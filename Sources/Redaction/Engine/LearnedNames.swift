// Names of people that their home folder gave away: what `/home/okrogh60` says once is known for the
// rest of the stream, wherever the name stands alone.

struct LearnedNames: Sendable {
    private var names: [[UInt8]] = []
    /// Machines have few people, and each name is searched for.
    private static let countMax = 8
    /// Names of accounts, with a number behind them, that are nobody's.
    private static let common: Set<String> = [
        "user", "test", "node", "web", "worker", "host", "build", "runner", "agent", "ubuntu",
        "debian", "python", "app", "srv", "server", "dev", "ci", "db", "client", "guest", "admin",
        "ec", "peer", "demo", "docker", "service", "svc", "sample", "example", "v", "go", "java",
        "php", "backup", "data", "project", "team", "prod", "stage", "site", "www", "vm", "box",
        "page", "step", "slide", "video", "chapter", "level", "item", "part",
    ]

    /// Learns the names that `spans` take out of paths of home folders.
    mutating func learn(from spans: [Span], _ text: Text) {
        for span in spans where span.rule == .userName && names.count < Self.countMax {
            guard isHome(text, span.start) else { continue }
            let name = text.bytes(span.start, span.end)
            if Self.isTelling(name), !names.contains(name) { names.append(name) }
        }
    }

    private func isHome(_ text: Text, _ start: Int) -> Bool {
        text.has("/home/", at: start - 6) || text.has("/Users/", at: start - 7)
            || text.has("\\Users\\", at: start - 7)
    }

    /// Letters and a number: a name of letters alone may be a word of every log, and our own stand-ins
    /// are none.
    private static func isTelling(_ name: [UInt8]) -> Bool {
        if let dot = name.firstIndex(of: 46) { return isFullName(name, dot) }
        guard name.count >= 5, name.count <= 32, name.allSatisfy(Byte.isAlnum) else { return false }
        let letters = name.prefix(while: Byte.isLetter)
        guard letters.count >= 3, letters.count < name.count, name.count - letters.count <= 4,
            name[letters.count...].allSatisfy(Byte.isDigit)
        else { return false }
        return !common.contains(String(decoding: letters.map(Byte.lower), as: UTF8.self))
    }

    /// `ada.berg` and `ada.berg2`: two words of letters, neither of them common.
    private static func isFullName(_ name: [UInt8], _ dot: Int) -> Bool {
        let parts = [name[..<dot], name[(dot + 1)...].prefix(while: Byte.isLetter)]
        return name.count <= 32
            && name[(dot + 1)...].drop(while: Byte.isLetter).allSatisfy(Byte.isDigit)
            && parts.allSatisfy { part in
                part.count >= 3 && part.allSatisfy(Byte.isLetter)
                    && !common.contains(String(decoding: part.map(Byte.lower), as: UTF8.self))
            }
    }

    /// Where the names stand in `text` from `start` on.
    func spans(in text: Text, from start: Int, _ book: RuleBook) -> [Span] {
        guard book.allows(.userName) else { return [] }
        return names.flatMap { name in
            places(of: name, in: text, from: start).map {
                Span(
                    start: $0, end: $0 + name.count, rule: .userName,
                    replacement: book.aliases.user(name))
            }
        }
    }

    private func places(of name: [UInt8], in text: Text, from start: Int) -> [Int] {
        var places: [Int] = []
        let last = text.count - name.count
        var index = text.first(name[0], from: start, to: last + 1)
        while index <= last {
            let isThere = name.indices.allSatisfy { text.base[index + $0] == name[$0] }
            let isInWord = isPart(text[index - 1]) && !text.isEscaped(index - 1)
            if isThere, !isInWord, !isPart(text[index + name.count]) { places.append(index) }
            index = text.first(name[0], from: index + 1, to: last + 1)
        }
        return places
    }

    private func isPart(_ byte: UInt8) -> Bool { Byte.isAlnum(byte) || byte == 95 || byte >= 128 }
}
