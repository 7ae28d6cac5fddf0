// Values whose end a form or an element says: multipart parts, elements, attributes.

extension Scanner {
    /// `<string name="api_key">`, not the end of a link's address.
    func fillsAttribute(_ keyEnd: Int) -> Bool {
        let open = text.back(keyEnd, limit: 160) { !Byte.isQuote($0) && $0 > 31 && $0 != 60 }
        guard Byte.isQuote(text[open - 1]), text[open - 2] == 61 else { return true }
        let name = text.back(open - 2, limit: 24, while: Byte.isLetter)
        return !["href", "src", "action"].contains(text.string(name, open - 2).lowercased())
    }

    /// `<Password Type="x">`: where the mark of an element ends whose name is the key.
    func elementMark(_ keyEnd: Int, _ blank: Int) -> Int? {
        let name = text.back(keyEnd, limit: 96) { Byte.isWord($0) || $0 == 46 || $0 == 58 }
        guard text[name - 1] == 60, Byte.isSpace(text[keyEnd]) else { return nil }
        let close = text.skip(blank, limit: 512) { $0 != 62 && $0 != 60 && $0 != 10 }
        return text[close] == 62 && text[close - 1] != 47 ? close : nil
    }

    /// A part of a form: its name in the header, an empty line, the value.
    func formPart(_ lineEnd: Int) -> KeyedValue? {
        var index = lineEnd
        // More of the part's own headers.
        for _ in 0..<3 {
            let next = text.lineEnd(index) + 1
            guard text.has("content-", at: next, folded: true) else { break }
            index = text.lineEnd(next)
            if text[index - 1] == 13 { index -= 1 }
        }
        var feeds = 0
        while Byte.isBreak(text[index]), feeds < 2 {
            feeds += text[index] == 10 ? 1 : 0
            index += 1
        }
        let end = text.skip(index, limit: 4096) { !Byte.isBreak($0) }
        guard feeds == 2, end > index, text[index] != 45 else { return nil }
        var value = KeyedValue(start: index, end: end, separator: 58)
        value.isKeyQuoted = true
        return value
    }

    /// `<key>value</key>`, or `<key>name</key><string>value</string>` of property lists.
    func elementValue(_ mark: Int) -> KeyedValue? {
        var start = mark + 1
        if text[mark] == 60 {
            guard text[mark + 1] == 47 else { return nil }
            let close = text.skip(mark, limit: 40) { $0 != 62 }
            let open = text.skip(close + 1, limit: 40, while: Byte.isSpace)
            start = text.skip(open, limit: 20) { $0 != 62 } + 1
            guard text[open] == 60, text[open + 1] != 47, text[start - 1] == 62 else { return nil }
        }
        // `<Password><Value>x</Value>`, and a value on a line of its own.
        if text.has("<value>", at: start, folded: true) { start += 7 }
        if Byte.isBreak(text[start]) {
            start = text.skip(start, limit: 64, while: Byte.isSpace)
            let close = text.skip(start, limit: 512) { $0 > 32 && $0 != 60 }
            let next = text.skip(close, limit: 64, while: Byte.isSpace)
            guard text[next] == 60, text[next + 1] == 47, close > start else { return nil }
            var value = KeyedValue(start: start, end: close, separator: 58)
            value.quote = 62
            return value
        }
        if text.has("<![CDATA[", at: start) {
            let first = start + 9
            // What hid the end of the section too left only those of others.
            if let mask = Masks.end(text, first), !text.has("]]>", at: mask) { return nil }
            let limit = min(text.count, first + 4096)
            var close = text.first(93, from: first, to: limit)
            while close < limit, !text.has("]]>", at: close) {
                close = text.first(93, from: close + 1, to: limit)
            }
            var value = KeyedValue(start: first, end: close, separator: 58)
            value.quote = 62
            return close < limit && close > first ? value : nil
        }
        let end = text.runEnd(
            start, limit: Self.valueMax, known: &text.memo.pointee.element
        ) { $0 != 60 && $0 != 10 }
        guard text[end] == 60, text[end + 1] == 47, start < end else { return nil }
        var value = KeyedValue(start: start, end: end, separator: 58)
        value.quote = 62
        return value
    }

    /// `<add value="X" key="DB_PASSWORD"/>`: the name is the text of an attribute, and its value stands
    /// before it in the same element.
    func attributeBefore(_ place: KeyPlace) -> KeyedValue? {
        let quote = text[place.start - 1]
        guard quote == 34 || quote == 39,
            text.has(" key=", at: place.start - 6) || text.has(" name=", at: place.start - 7)
        else { return nil }
        let open = text.back(place.start, limit: 1024) { $0 != 60 && $0 != 62 && $0 != 10 }
        guard open > 0, text[open - 1] == 60 else { return nil }
        var index = text.first(118, from: open, to: place.start)
        while index < place.start {
            let start = index + 7
            if text.has("value=", at: index), text[start - 1] == quote, text[index - 1] == 32 {
                let end = text.first(quote, from: start, to: place.start)
                return start < end
                    ? KeyedValue(start: start, end: end, separator: 61, quote: quote) : nil
            }
            index = text.first(118, from: index + 1, to: place.start)
        }
        return nil
    }
}
