// Names of people and machines where a program's list or a protocol's head has its place for them.

extension Scanner {
    /// ` pts/` stands at `start`: the lists of `who`, `last` and `ps` begin with somebody's name.
    mutating func terminalLine(_ start: Int) {
        guard hasLines else { return }
        if text.has(" on", at: start - 3) {
            let first = text.back(start - 3, limit: 32, while: Self.holdsUser)
            // `shell on pts/0 for ada`
            let terminal = text.skip(start + 5, limit: 4, while: Byte.isDigit)
            return text.has(" for ", at: terminal)
                ? toldUser(terminal + 5) : account(first, start - 3)
        }
        let blank = text.back(start, limit: 24) { $0 == 32 }
        let name = text.back(blank, limit: 32) { Byte.isWord($0) || $0 == 46 }
        // In a text that is not a line of its own nothing but the name stands before the terminal.
        if blank < start, Byte.isQuote(text[name - 1]) || text[name - 1] == 61 {
            return account(name, blank)
        }
        let line = text.pastBlanks(contentStart(start))
        let end = text.skip(line, limit: 32) { Byte.isWord($0) || $0 == 46 }
        let next = text.pastBlanks(end)
        guard end > line, next > end, next == start + 1 || Byte.isDigit(text[next]) else { return }
        account(line, end)
    }

    mutating func account(_ start: Int, _ end: Int) {
        guard start < end, Byte.isLower(text[start]) || text[start] == 95 else { return }
        userValue(start, end, text.string(start, end).lowercased())
    }

    /// `ada/admin@REALM`; the slash stands at `slash`.
    mutating func principal(_ slash: Int) {
        account(text.back(slash, limit: 32, while: Byte.isWord), slash)
    }

    /// `ssh-ed25519 AAAA… ada@box`: the comment behind a public key, which begins at `start`.
    mutating func keyComment(_ start: Int) {
        let end = text.skip(start, limit: 4096, while: Byte.isRun)
        let padded = text.skip(end, limit: 2) { $0 == 61 }
        guard padded - start >= 60, text[padded] == 32 else { return }
        let stop = text.skip(padded + 1, limit: 96) { Byte.isWord($0) || $0 == 46 || $0 == 64 }
        let at = text.first(64, from: padded + 1, to: stop)
        guard Byte.isSpace(text[stop]) || stop >= text.count else { return }
        account(padded + 1, at)
        if at + 1 < stop { nameHost(at + 1, stop) }
    }

    /// `<34>1 2026-04-12T04:11:09Z box app 812 ID47 -`: the time begins at `time`.
    mutating func protocolLine(_ time: Int) {
        // The head before a priority is not one of ours.
        let line = text.back(time, limit: 8) { $0 != 60 } - 1
        guard hasLines, line >= 0, text[line] == 60, text.pastBlanks(contentStart(line)) == line,
            text.skip(line + 1, limit: 3, while: Byte.isDigit) == time - 3,
            let end = TimeStamp.end(text, time)
        else { return }
        let zone = text.skip(end, limit: 12) { $0 > 32 }
        let stop = text.skip(zone + 1, limit: 64) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 }
        guard text[zone] == 32, stop > zone + 1, text[stop] == 32, text[zone + 1] != 45 else {
            return
        }
        nameHost(zone + 1, stop)
    }

    /// Whether `<13>` stands before `index` and begins its line.
    func followsPriority(_ index: Int) -> Bool {
        guard text[index - 1] == 62 else { return false }
        let open = text.back(index - 1, limit: 3, while: Byte.isDigit)
        return open < index - 1 && text[open - 1] == 60
            && (open == 1 || Byte.isBreak(text[open - 2])
                || text.pastBlanks(contentStart(open - 1)) == open - 1)
    }

    /// `DESKTOP-FAKSNK2`, as Windows names what nobody named; the sign ends at `end`.
    mutating func defaultHost(_ start: Int, _ end: Int) {
        let stop = text.skip(end, limit: 9) { Byte.isUpper($0) || Byte.isDigit($0) }
        guard stop == end + 7 || stop == end + 8, !Byte.isWord(text[start - 1]),
            !Byte.isWord(text[stop]), (end..<stop).contains(where: { Byte.isDigit(text[$0]) })
        else { return }
        nameHost(start, stop)
    }

    /// `"host":{"name":"box"`: the text begins at `start`.
    mutating func quotedHost(_ start: Int) {
        let end = text.skip(start, limit: 80) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 }
        if text[end] == 34, end > start + 1 { nameHost(start, end) }
    }

    /// `Linux box 6.1.0-18-amd64 #1 SMP …`; the sign stands at `mark`.
    mutating func systemName(_ mark: Int) {
        let line = text.lineStart(mark, limit: 200)
        for index in line..<mark where text.has("Linux ", at: index) {
            let first = index + 6
            let end = text.skip(first, limit: 64) { Byte.isAlnum($0) || $0 == 45 || $0 == 46 }
            let isWord = ["version", "kernel"].contains(text.string(first, end))
            if end > first, text[end] == 32, Byte.isDigit(text[end + 1]), !isWord,
                !Byte.isDigit(text[first])
            {
                nameHost(first, end)
            }
            return
        }
    }

    /// `USER         PID %CPU …`, `PID USER …`: a head of capitals over the list of what runs; `USER` or
    /// `UID` stands at `start`. Each row has the name of an account at its place.
    mutating func processes(_ start: Int) {
        let line = contentStart(start)
        let lineEnd = text.lineEnd(start)
        guard hasLines, lineEnd - line <= 200, let names = heads(line, lineEnd),
            let user = names.firstIndex(where: { $0.lowerBound == start }),
            let number = names.firstIndex(where: {
                text.string($0.lowerBound, $0.upperBound) == "PID"
            })
        else { return }
        var row = lineEnd + 1
        // A list that is not cut is read as a whole.
        defer { guards.append(line..<row) }
        while row < text.count {
            let end = text.lineEnd(row)
            var words: [Range<Int>] = []
            var index = text.pastBlanks(lineHead(row))
            while index < end, words.count <= max(user, number) {
                let stop = text.skip(index, limit: 200) { $0 > 32 }
                words.append(index..<stop)
                index = text.pastBlanks(stop, limit: 64)
            }
            guard words.count > max(user, number),
                words[number].allSatisfy({ Byte.isDigit(text[$0]) })
            else { return }
            account(words[user].lowerBound, words[user].upperBound)
            row = end + 1
        }
    }

    /// The words of a line, if all of them are heads of columns.
    private func heads(_ start: Int, _ end: Int) -> [Range<Int>]? {
        var words: [Range<Int>] = []
        var index = text.pastBlanks(start)
        while index < end {
            let stop = text.skip(index, limit: 16) {
                Byte.isUpper($0) || $0 == 37 || $0 == 47 || $0 == 43
            }
            guard stop > index, text[stop] <= 32 else { return nil }
            words.append(index..<stop)
            index = text.pastBlanks(stop, limit: 64)
        }
        return words
    }
}
