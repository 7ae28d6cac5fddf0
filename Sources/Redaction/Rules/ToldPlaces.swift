// What words announce that is no single name: postal addresses, numbers of cards, rows of clusters, and
// ids that stand below others of the same machine.

extension Scanner {
    /// The only word behind a name of a list of two columns; the name begins behind the feed at `mark`.
    func listedWord(_ mark: Int, _ first: Int) -> Range<Int>? {
        let stop = text.skip(first, limit: 128) { Byte.isWord($0) || $0 == 46 }
        let isLast = Byte.isBreak(text[stop]) || stop >= text.count
        // Such lists are set in columns.
        let isSet = first - mark >= 12 && Byte.isUpper(text[mark + 1])
        return hasLines && isSet && isLast && stop > first ? first..<stop : nil
    }

    /// `changed: [box]`, `'ada'@'box'`, `Runner name: 'box'`: what encloses the name ends at `end`.
    mutating func enclosedHost(_ start: Int, _ end: Int) {
        let stop = text.skip(end, limit: 253) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 }
        let open = text[end - 1]
        let isClosed = text[stop] == (open == 91 ? 93 : open)
        let hasAddress = text[stop] == 44 || text.has(" (", at: stop)
        guard stop - end > 1, isClosed || hasAddress, Byte.isLetter(text[end]) else { return }
        if open == 91 {
            let next = text.pastBlanks(stop + 1)
            let isResult =
                Byte.isBreak(text[next]) || next >= text.count || text[next] == 58
                || text.has("=>", at: next) || text.has("(item", at: next) || text[next] == 92
            guard isResult, contentStart(start) == start else { return }
        }
        nameHost(end, stop)
    }

    func isAddressAt(_ index: Int) -> Bool {
        let stop = text.skip(index, limit: 40) { Byte.isHex($0) || $0 == 46 || $0 == 58 }
        return stop - index >= 7 && Byte.isHex(text[index])
            && (IPv4.parse(text, index, text.back(stop, limit: 4) { $0 == 58 || $0 == 46 }) != nil
                || (index..<stop).count { text[$0] == 58 } > 1
                || text[text.skip(index, limit: 16) { Byte.isDigit($0) || $0 == 46 }] == 58)
    }

    /// Ten or twelve capitals, as makers number machines; no word of any language reads so.
    func isSerial(_ first: Int, _ stop: Int) -> Bool {
        guard stop - first == 10 || stop - first == 12,
            (first..<stop).allSatisfy({ Byte.isUpper(text[$0]) })
        else { return false }
        let vowels: [UInt8] = [65, 69, 73, 79, 85]
        var row = 0
        return (first..<stop).contains { index in
            row = vowels.contains(text[index]) ? 0 : row + 1
            return row == 4
        } || (first..<stop).contains { [74, 81, 88, 90].contains(text[$0]) }
    }

    /// `UUID: 69d311df-…` a few lines below a serial number, as firmware tells both.
    mutating func deviceBelow(_ start: Int, _ first: Int) {
        let stop = text.skip(first, limit: 40) { Byte.isHex($0) || $0 == 45 }
        let above = max(0, start - 400)
        guard hasLines, Shape.isUUID(text, first, stop),
            text.pastBlanks(contentStart(start)) == start,
            (above..<start).contains(where: { text.has("serial number", at: $0, folded: true) })
        else { return }
        toldDevice(first)
    }

    // MARK: - People

    private static let streetEnds: [StaticString] = [
        "strasse", "straße", "str.", "weg", "gasse", "platz", "allee", "street", "road", "avenue",
        "lane", "drive", "boulevard", "square", "court", "straat", "laan", "gatan", "vej", "gade",
        "katu", "st", "rd", "ave", "blvd", "ulica", "utca",
    ]
    private static let streetStarts: [StaticString] = [
        "rue ", "via ", "calle ", "rua ", "avenida ",
    ]

    /// `Emberstrasse 43, Leeds`, `12 Ember Road, Leeds`: a street and a number, and what follows a comma.
    mutating func postalAddress(_ first: Int) {
        let start = Byte.isQuote(text[first]) ? first + 1 : first
        let limit = min(text.lineEnd(start), start + 120)
        let stop = text.skip(start, limit: limit - start) {
            Byte.isAlnum($0) || $0 >= 128 || $0 == 32 || $0 == 46 || $0 == 44 || $0 == 45
                || $0 == 39
                || $0 == 47
        }
        let comma = text.first(44, from: start, to: stop)
        let digits = (start..<comma).count { Byte.isDigit(text[$0]) }
        guard stop - start >= 8, (1...5).contains(digits), holdsStreet(start, comma) else { return }
        var end = stop
        while end > start, text[end - 1] <= 32 || text[end - 1] == 44 { end -= 1 }
        add(start, end, .keyedSecret, .mask(.identity))
    }

    private func holdsStreet(_ start: Int, _ end: Int) -> Bool {
        if Self.streetStarts.contains(where: { text.has($0, at: start, folded: true) }) {
            return true
        }
        return (start..<end).contains { index in
            guard text[index] == 32 || index + 1 == end else { return false }
            let stop = text[index] == 32 ? index : end
            return Self.streetEnds.contains { word in
                let first = stop - word.utf8CodeUnitCount
                guard first >= start, text.has(word, at: first, folded: true) else { return false }
                // Short for street and road: words of their own.
                return word.utf8CodeUnitCount > 4 || text[first - 1] == 32
                    || Byte.isUpper(text[text.back(first, limit: 40, while: Byte.isLetter)])
            }
        }
    }

    /// `charged 4767 8978 3148 9061`: groups whose sum is right. Source: ISO/IEC 7812.
    mutating func cardNumber(_ first: Int) {
        guard (51...54).contains(text[first]) || text[first] == 50 else { return }
        var end = first
        for group in [4, 4, 4, 4] {
            let stop = text.skip(end, limit: 5, while: Byte.isDigit)
            guard stop - end == group else { return }
            end = stop < first + 19 && (text[stop] == 32 || text[stop] == 45) ? stop + 1 : stop
        }
        guard !Byte.isWord(text[end]), isChecked(first, end) else { return }
        add(first, end, .keyedSecret, .mask(.identity))
    }

    /// `created_by: ada_krogh`: what reads as an account and not as a word; the value is bare or in quotes.
    mutating func writtenAccount(_ value: KeyedValue) {
        let stop = text.skip(value.start, limit: 48, while: Self.holdsUser)
        let word = text.string(value.start, stop).lowercased()
        guard value.quote == 0 || stop == value.end, stop > value.start + 2,
            Byte.isLower(text[value.start]), !KeyWords.status.contains(word),
            !KeyWords.empty.contains(word),
            Byte.isSpace(text[stop]) || stop >= text.count
                || Byte.isQuote(text[stop]) || text[stop] == 44 || text[stop] == 92
                || text[stop] == 60 || text[stop] == 125
        else { return }
        userValue(value.start, stop, word)
    }

    // MARK: - Rows of clusters and plays

    /// `aura-0   1/1   Running   0   3d   10.0.0.7   box`: the machine behind the address; the state stands
    /// at `mark`.
    mutating func podRow(_ mark: Int) {
        let words = rowWords(mark, count: 12)
        guard let state = words.firstIndex(where: { $0.contains(mark + 1) }),
            let address = words.dropFirst(state).firstIndex(where: { isAddressAt($0.lowerBound) }),
            address + 1 < words.count
        else { return }
        rowHost(words[address + 1])
    }

    /// `box   Ready   control-plane   90d   v1.29.1`: the state stands at `mark`.
    mutating func nodeRow(_ mark: Int) {
        let words = rowWords(mark, count: 6)
        guard words.count >= 5, words[1].contains(mark + 1) || words[1].lowerBound == mark + 1,
            words[4].count > 3, text[words[4].lowerBound] == 118,
            Byte.isDigit(text[words[4].lowerBound + 1])
        else { return }
        rowHost(words[0])
    }

    /// `Successfully assigned default/aura-0 to box`; the words end at `end`.
    mutating func assignedNode(_ end: Int) {
        let pod = text.skip(end, limit: 253) { $0 > 32 }
        guard text.has(" to ", at: pod) else { return }
        rowHost(
            pod + 4..<text.skip(pod + 4, limit: 253) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 })
    }

    /// `kubelet, box  `: the agent of a cluster and its machine; the sign ends at `end`.
    mutating func kubeletHost(_ end: Int) {
        let stop = text.skip(end, limit: 253) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 }
        if text[stop] <= 32, isMarked(end, stop) { rowHost(end..<stop) }
    }

    /// `box             : ok=2`, `box ansible_host=10.0.0.7`: a row begins with its machine.
    mutating func playRow(_ mark: Int) {
        let line = contentStart(mark)
        let stop = text.skip(line, limit: 253) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 }
        guard hasLines, stop > line + 1, text.pastBlanks(stop) >= mark, Byte.isLetter(text[line])
        else { return }
        nameHost(line, stop)
    }

    private mutating func rowHost(_ word: Range<Int>) {
        let stop = text.skip(word.lowerBound, limit: word.count) {
            Byte.isAlnum($0) || $0 == 45 || $0 == 46
        }
        guard stop == word.upperBound, word.count > 1, Byte.isLetter(text[word.lowerBound]) else {
            return
        }
        nameHost(word.lowerBound, stop)
    }

    // MARK: - Places

    /// `-home-ada-src`: a path written as one name; the mark ends at `end`.
    mutating func joinedHome(_ start: Int, _ end: Int) {
        let before = text[start - 1]
        guard
            start == 0 || Byte.isSpace(before) || Byte.isQuote(before) || before == 47
                || before == 0
                || before == 43 || before == 58 || before == 61 || text.isEscaped(start)
        else { return }
        let stop = text.skip(end, limit: 48) { Byte.isAlnum($0) || $0 == 46 || $0 == 95 }
        guard text[stop] == 45, stop > end + 1, Byte.isAlnum(text[stop + 1]) else { return }
        userValue(end, stop, text.string(end, stop).lowercased())
    }

    /// `  user ada insecure-password X` and `password` of HAProxy: the word stands at `mark`.
    mutating func userBefore(_ mark: Int) {
        let first = text.back(mark, limit: 48, while: Self.holdsUser)
        guard text.has("user ", at: first - 5),
            text.pastBlanks(contentStart(first - 5)) == first - 5
        else { return }
        userValue(first, mark, text.string(first, mark).lowercased())
    }

    /// `S-1-5-21-…`: the number of an account or a machine in a domain; it begins at `start`.
    mutating func securityID(_ start: Int) {
        let end = text.skip(start, limit: 80) { Byte.isDigit($0) || $0 == 45 || $0 == 83 }
        guard !Byte.isWord(text[start - 1]), end - start > 20, Byte.isDigit(text[end - 1]) else {
            return
        }
        add(start, end, .deviceID, book.aliases.device(text.bytes(start, end)))
    }

    /// `[812] ada@ledger LOG:`, as servers of Postgres write who is connected to what; the level stands at
    /// `mark`.
    mutating func databaseUser(_ mark: Int) {
        let name = text.back(mark, limit: 64) { Byte.isWord($0) || $0 == 64 || $0 == 46 }
        let at = text.first(64, from: name, to: mark)
        guard at < mark, at > name + 1, text[name - 1] == 32 else { return }
        userValue(name, at, text.string(name, at).lowercased())
    }

    /// `SET PASSWORD FOR 'ada'@'%' = 'X'`; the words end at `end`.
    mutating func setPassword(_ end: Int) {
        let limit = min(text.lineEnd(end), end + 200)
        let sign = text.first(61, from: end, to: limit)
        let quote = text.first(39, from: sign, to: limit)
        guard sign < limit, quote < limit, quote - sign <= 12 else { return }
        mask(quote + 1, quotedEnd(quote + 1), as: .password)
    }
}
