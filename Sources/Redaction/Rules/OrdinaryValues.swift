// What stands behind a telling name and is a time, an id, a state or a count: forms that programs
// write again and again, each told by its whole shape.

extension Scanner {
    /// Whether the value has one of the forms.
    func isOrdinary(
        _ value: KeyedValue, _ name: MaskClass, _ place: KeyPlace, isStrong: Bool
    ) -> Bool {
        if name != .password, isDate(value, place, isStrong: isStrong) { return true }
        if isFunctionsID(value, name, place) || isResourceState(value, place) { return true }
        if name == .apiKey, !isStrong, isConflict(value) || isAttribute(value) { return true }
        if isKindOfObject(value, name) || isBranch(value, place) { return true }
        return isForm(value, name, place, isStrong: isStrong)
    }

    // MARK: - Times

    /// `2026-03-12` or that with a time of day, and no more.
    private func isDate(_ value: KeyedValue, _ place: KeyPlace, isStrong: Bool) -> Bool {
        let start = value.start
        guard value.end - start >= 10, Byte.isDigit(text[start]), text[start + 4] == 45,
            text[start + 7] == 45
        else { return false }
        let day = text.skip(start, limit: 10) { Byte.isDigit($0) || $0 == 45 }
        guard day == start + 10 else { return false }
        var end = day
        if let time = TimeStamp.end(text, start) {
            let zone = text.skip(time, limit: 6) { Byte.isDigit($0) || $0 == 58 || $0 == 43 }
            end = text[time] == 43 ? zone : time
        }
        return fillsValue(end, value, place, isStrong: isStrong)
    }

    /// Whether nothing of the value stands behind `end`: in a file of settings the rest of the line is
    /// part of it.
    func fillsValue(
        _ end: Int, _ value: KeyedValue, _ place: KeyPlace, isStrong: Bool
    ) -> Bool {
        guard end >= value.end else { return false }
        guard isStrong, value.quote == 0, opensLine(place), Byte.isBlank(text[value.start - 1])
        else { return true }
        return text.pastBlanks(end) >= text.lineEnd(end)
    }

    // MARK: - Functions

    /// `push auth::refresh_token 3f49…` and `fn verify_token (3f49…)`: the id of a function.
    private func isFunctionsID(_ value: KeyedValue, _ name: MaskClass, _ place: KeyPlace) -> Bool {
        guard name != .password, name != .apiKey, name != .privateKey, value.quote == 0 else {
            return false
        }
        let isBracketed = text[value.start] == 40
        let first = isBracketed ? value.start + 1 : value.start
        let end = text.skip(first, limit: 33) { Byte.isDigit($0) || Byte.isHex($0) && $0 > 96 }
        guard end - first == 32, !Byte.isWord(text[end]), text[end] != 46 else { return false }
        // A module may log a token of its own: only what sync itself says of a function is an id.
        if value.separator == 32, text.has("::", at: place.start - 2) {
            let path = text.back(place.start, limit: 200) { Byte.isWord($0) || $0 == 58 }
            return text.has("push ", at: path - 5) || text.has("pull ", at: path - 5)
                || text.has("apply ", at: path - 6)
        }
        return isBracketed && text[end] == 41 && text.has("fn ", at: place.start - 3)
    }

    /// `  feature/token   00f1c98 fix key`: a branch, its commit, and what that says.
    private func isBranch(_ value: KeyedValue, _ place: KeyPlace) -> Bool {
        guard value.separator == 32, value.quote == 0, value.end - value.start == 7,
            text[place.start - 1] == 47, text[value.end] == 32, text[value.end + 1] > 32
        else { return false }
        let start = text.lineStart(place.start, limit: 160)
        guard text.has("  ", at: start) || text.has("* ", at: start) else { return false }
        let name = text.skip(start + 2, limit: 160) { Byte.isWord($0) || $0 == 47 }
        return name == place.end
            && text.skip(value.start, limit: 7) { Byte.isDigit($0) || Byte.isHex($0) && $0 > 96 }
                == value.end
    }

    // MARK: - States

    private static let resourceStates: [StaticString] = [
        "Creating...", "Creation complete after ", "Refreshing state... [id=", "Reading...",
        "Read complete after ", "Destroying... [id=", "Destruction complete after ",
        "Modifying... [id=", "Modifications complete after ", "Still creating... [",
        "Still reading... [", "Still destroying... [", "Still modifying... [",
    ]

    /// `aws_kms_key.main: Refreshing state... [id=…]`, as terraform tells how far it is.
    private func isResourceState(_ value: KeyedValue, _ place: KeyPlace) -> Bool {
        guard value.separator == 58, value.quote == 0, Byte.isUpper(text[value.start]),
            (place.start..<place.end).contains(where: { text[$0] == 46 })
        else { return false }
        // What these make is known by its own value.
        let line = text.lineStart(place.start, limit: 400)
        let name = text.back(place.start, limit: 400) { Byte.isWord($0) || $0 == 46 }
        let isOwnValue = (max(line, name)..<place.end).contains {
            text.has("random_", at: $0) || text.has("access_key", at: $0)
        }
        let stop = min(text.lineEnd(value.start), value.start + 400)
        let hasID = (value.start..<stop).contains {
            text.has("[id=", at: $0) && !text.has("[id=none]", at: $0)
        }
        guard !isOwnValue || !hasID else { return false }
        return Self.resourceStates.contains { state in
            guard text.has(state, at: value.start) else { return false }
            let end = value.start + state.utf8CodeUnitCount
            // Behind the dots of a state without an id stands nothing.
            return text[end - 1] != 46 || text.pastBlanks(end) >= text.lineEnd(end)
        }
    }

    /// `Key (id)=(12) already exists.`: which row was there before. Columns may be secret themselves.
    private func isConflict(_ value: KeyedValue) -> Bool {
        guard value.separator == 32, value.quote == 0, text[value.start] == 40 else { return false }
        let end = text.skip(value.start + 1, limit: 200) {
            Byte.isWord($0) || $0 == 44 || $0 == 32
        }
        guard text.has(")=(", at: end) else { return false }
        var first = value.start + 1
        while first < end {
            let stop = text.skip(first, limit: end - first, while: Byte.isWord)
            guard keyKind(first, stop) == .none else { return false }
            first = text.skip(stop, limit: 4) { $0 == 44 || $0 == 32 }
            if first == stop { break }
        }
        return true
    }

    // MARK: - Names

    /// `{"key":"k8s.pod.name","value":…}`: small words with dots, which name what follows.
    private func isAttribute(_ value: KeyedValue) -> Bool {
        guard value.isKeyQuoted, value.quote == 34, value.end - value.start <= 64 else {
            return false
        }
        let end = text.skip(value.end, limit: 16) { $0 == 92 || $0 == 34 || $0 == 44 || $0 == 32 }
        guard text.has("value", at: end), Byte.isLower(text[value.start]) else { return false }
        let parts = text.string(value.start, value.end).split(
            separator: ".", omittingEmptySubsequences: false)
        return parts.count > 1
            && parts.allSatisfy { part in
                let bytes = Array(part.utf8)
                return bytes.count >= 2 && bytes.count <= 24
                    && bytes.count(where: Byte.isDigit) <= 2
                    && bytes.allSatisfy { Byte.isLower($0) || Byte.isDigit($0) || $0 == 95 }
            }
    }

    /// `default/db-credentials: secret "db-credentials" not found`: the kind of a thing, and its name.
    private func isKindOfObject(_ value: KeyedValue, _ name: MaskClass) -> Bool {
        guard name != .password, value.separator == 58, value.quote == 0,
            text.has("secret ", at: value.start), value.end == value.start + 6
        else { return false }
        let quote = text.skip(value.start + 7, limit: 8) { $0 == 92 }
        let first = text.skip(quote, limit: 1) { $0 == 34 }
        let end = text.skip(first, limit: 128) { Byte.isWord($0) || $0 == 46 || $0 == 47 }
        let close = text.skip(end, limit: 8) { $0 == 92 || $0 == 34 }
        return first > quote && end > first && close > end && text.has(" not found", at: close)
    }

    /// `--- PASS: TestTokenRefresh (0.02s)`, as Go writes it.
    func isGoTest(_ value: KeyedValue, _ place: KeyPlace) -> Bool {
        guard text.has("--- ", at: place.start - 4), text.has("Test", at: value.start) else {
            return false
        }
        let end = text.skip(value.start, limit: 200) { Byte.isWord($0) || $0 == 47 }
        return end == value.end && text.has(" (", at: end) && Byte.isDigit(text[end + 2])
    }

    // MARK: - Quotes

    /// Whether three quotes in a row open a text: those that close another text were written with
    /// fewer backslashes than those that are in it.
    func opensTriple(_ quoteAt: Int) -> Bool {
        guard let origin else { return true }
        let width = origin.width(at: quoteAt)
        return origin.width(at: quoteAt + 1) == width && origin.width(at: quoteAt + 2) == width
    }

    /// Whether the value of a key in quotes may stand on a line below: in JSON and in what is laid out
    /// like it, not behind the name of something in a sentence.
    func crossesLine(_ index: Int, from keyEnd: Int) -> Bool {
        let next = text.pastBlanks(index)
        guard Byte.isBreak(text[next]) else { return true }
        let value = text.skip(next, limit: 200, while: Byte.isSpace)
        if Byte.isQuote(text[value]) || text[value] == 92 { return true }
        let sign = text.skip(keyEnd, limit: 8) { $0 == 92 }
        let name = text.back(keyEnd, limit: 96) { Self.holdsName($0) || $0 == 32 }
        let open = text.back(name, limit: 8) { Byte.isQuote($0) || $0 == 92 }
        let before = text.back(open, limit: 64, while: Byte.isBlank)
        let isMember = before == 0 || [10, 44, 123, 91].contains(text[before - 1])
        return text[sign] == 34 && open < name && isMember
    }

    // MARK: - Bodies

    private static let tallyWords: Set<String> = [
        "added", "removed", "changed", "modified", "deleted", "renamed", "moved", "file", "files",
        "line", "lines", "byte", "bytes", "function", "functions", "hunk", "hunks", "and",
    ]

    /// `3 files`, `added: [], removed: []`: numbers and what they count.
    func isTally(_ start: Int, _ end: Int) -> Bool {
        guard end - start <= 80 else { return false }
        var index = start
        while index < end {
            let word = text.skip(index, limit: end - index, while: Byte.isLetter)
            if word > index, !Self.tallyWords.contains(text.string(index, word)) { return false }
            let next = text.skip(word, limit: end - word) {
                Byte.isDigit($0) || [32, 44, 58, 91, 93].contains($0)
            }
            guard next > index else { return false }
            index = next
        }
        return true
    }
}
