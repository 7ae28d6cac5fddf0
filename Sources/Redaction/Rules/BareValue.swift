// Where a value without quotes ends. Passwords hold the signs that end values, so what stands before
// and behind a sign decides what it is there for.

extension Scanner {
    /// Bare values end at white space and quotes; at `& ; , ) ] } >` only where something
    /// follows that cannot belong to them, because passwords hold these signs too.
    ///
    /// - Parameter key: where the value's key ends, if it has one: what stands before it tells what
    ///   the signs mean.
    func bareEnd(_ start: Int, key: Int? = nil) -> Int {
        if text[start] == 123, let brace = braced(start) { return brace }
        var walk = BareWalk(
            start: start, key: key,
            context: BareContext(
                isInQuotes: key.map(isInSingleQuotes) ?? false, hasKey: key != nil))
        let stop = min(text.count, start + Self.valueMax)
        guard start < stop, !ends(at: start, &walk) else { return start }
        var (first, index) = (start, start + 1)
        // A value behind a key inside of this one: what follows was judged with this one.
        if let known = knownValue(round: start, &walk) {
            (first, index) = (known.lowerBound, known.upperBound)
        }
        while index < stop, !ends(at: index, &walk) { index += 1 }
        if index - first >= Self.knownMin {
            text.memo.pointee.bareValue = first..<index
            text.memo.pointee.bareContext = walk.context
        }
        return index
    }

    /// Shorter values are walked as often as they are asked for.
    private static let knownMin = 256

    /// The value that was walked last, if `start` lies in it and all signs in it mean the same to both.
    private func knownValue(round start: Int, _ walk: inout BareWalk) -> Range<Int>? {
        let (known, context) = (text.memo.pointee.bareValue, text.memo.pointee.bareContext)
        guard start > known.lowerBound, start < known.upperBound,
            context.isInQuotes == walk.context.isInQuotes, context.hasKey == walk.context.hasKey
        else { return nil }
        for (number, sign) in BareContext.signs.enumerated() where context.asked >> number & 1 != 0
        {
            guard stands(sign, &walk) == (context.answers >> number & 1 != 0) else { return nil }
        }
        return known
    }

    private func ends(at index: Int, _ walk: inout BareWalk) -> Bool {
        let byte = text.base[index]
        if byte <= 32 || byte == 34 || byte == 127 { return !isWritten(index, inside: walk.key) }
        if byte == 39, walk.context.isInQuotes { return true }
        if byte == 39 || byte == 96, endsAtQuote(index, walk.start) { return true }
        if byte == 92, endsAtBackslash(index) { return true }
        if byte == 60, text[index + 1] == 47 { return true }
        return BareContext.isSign(byte) && endsAfter(index, &walk)
    }

    /// `password&#61;two%20words`: what is written otherwise than the sign behind the key was escaped before
    /// the key was put to it.
    private func isWritten(_ index: Int, inside key: Int?) -> Bool {
        guard let key, let origin, isWrittenSign(index) else { return false }
        let sign = origin.width(at: key)
        return sign > 1 && sign != origin.width(at: index)
    }

    /// Whether a single quote was opened before the key and is open still.
    private func isInSingleQuotes(_ key: Int) -> Bool {
        let line = text.lineStart(key, limit: Self.contextMax)
        // `don't` opens nothing.
        let count = (line..<key).count {
            text.base[$0] == 39 && !(Byte.isAlnum(text[$0 - 1]) && Byte.isAlnum(text[$0 + 1]))
        }
        return !count.isMultiple(of: 2)
    }

    /// `{p;w=x}` in connection strings: braces that protect a value.
    private func braced(_ start: Int) -> Int? {
        let stop = text.skip(start + 1, limit: 256) { $0 != 125 && $0 != 34 && $0 != 58 && $0 > 31 }
        guard text[stop] == 125, stop > start + 1 else { return nil }
        return stop + 1
    }

    private func endsAtQuote(_ index: Int, _ start: Int) -> Bool {
        let next = text[index + 1]
        if index == start || next <= 32 || Byte.isQuote(next) || next == 92 { return true }
        let after = text[index + 2]
        return !Byte.isAlnum(next) && (after <= 32 || Byte.isQuote(after))
    }

    private func endsAtBackslash(_ index: Int) -> Bool {
        let slashes = text.skip(index, limit: 16) { $0 == 92 }
        let next = text[slashes]
        if Byte.isQuote(next) || next == 0 || Byte.isBreak(next) { return true }
        // `\n` and `\t` of an escaped text end a value, `\/` and a unicode escape do not.
        return next == 110 || next == 114 || next == 116
    }

    /// Whether the value ends at the sign at `index`: nothing of its own follows, or the next name.
    private func endsAfter(_ index: Int, _ walk: inout BareWalk) -> Bool {
        let start = walk.start
        let next = text.runEnd(index, limit: .max, known: &walk.signs, while: BareContext.isSign)
        let byte = text[next]
        let isQuote = byte == 96 ? !Byte.isAlnum(text[next + 1]) : Byte.isQuote(byte)
        if byte <= 32 || isQuote || byte == 92 || byte == 46 && text[next + 1] <= 32 {
            // A value that is nothing but such signs is none of them.
            return index > start || next == index + 1
        }
        let name = text.skip(next, limit: 64) { Byte.isWord($0) || $0 == 46 || $0 == 91 }
        let isNamed = name > next && (text[name] == 61 || text[name] == 58 || text[name] == 93)
        guard isNamed, walk.key != nil else { return isNamed || endsColumn(index, walk.key) }
        // Where the sign has been used so before, any name will do; else it must look like one.
        if stands(text.base[index], &walk) { return true }
        guard next == index + 1, text.base[index] != 124, index > start else { return false }
        guard text[name] == 61 || Byte.isBlank(text[name + 1]) || Byte.isQuote(text[name + 1])
        else {
            return false
        }
        let least = text.base[index] == 38 || text.base[index] == 59 ? 1 : 3
        return name - next >= least
            && text.skip(next, limit: 64) { Byte.isLetter($0) || $0 == 95 } == name
    }

    /// `10:20:30|INFO|token=X|some words`: bars set the fields of the line apart before the key too.
    private func endsColumn(_ index: Int, _ key: Int?) -> Bool {
        guard text.base[index] == 124, let key else { return false }
        let name = text.back(key, limit: 96, while: Self.holdsName)
        guard name > 0, text[name - 1] == 124 else { return false }
        let field = text.back(name - 1, limit: 64) { $0 != 124 && $0 != 10 }
        return field > 0 && text[field - 1] == 124
    }

    /// Whether `sign` stands before the key of the value, as it was found once for all of the value.
    private func stands(_ sign: UInt8, _ walk: inout BareWalk) -> Bool {
        guard let key = walk.key, let number = BareContext.signs.firstIndex(of: sign) else {
            return false
        }
        let bit = UInt8(1) << UInt8(number)
        if walk.context.asked & bit == 0 {
            walk.context.asked |= bit
            if stands(sign, before: key) { walk.context.answers |= bit }
        }
        return walk.context.answers & bit != 0
    }

    /// Whether `sign` stands before the key on its line, or what it closes.
    private func stands(_ sign: UInt8, before key: Int) -> Bool {
        let line = text.lineStart(key, limit: Self.contextMax)
        switch sign {
        case 41: return isOpen(40, 41, line, key)
        case 93: return isOpen(91, 93, line, key)
        case 125: return isOpen(123, 125, line, key)
        case 62: return isOpen(60, 62, line, key)
        case 38: return (line..<key).contains { text.base[$0] == 38 || text.base[$0] == 63 }
        default: return text.first(sign, from: line, to: key) < key
        }
    }

    private func isOpen(_ open: UInt8, _ close: UInt8, _ line: Int, _ key: Int) -> Bool {
        var level = 0
        for index in line..<key {
            if text.base[index] == open { level += 1 }
            if text.base[index] == close { level = max(0, level - 1) }
        }
        return level > 0
    }

    /// So far back a line tells what its signs are for.
    private static let contextMax = 512
}

/// By what the signs in a bare value are judged, besides the value itself.
struct BareContext {
    /// Signs that end a value where nothing of its own follows: `& ; , ) ] } > |`.
    static let signs: [UInt8] = [38, 59, 44, 41, 93, 125, 62, 124]

    var isInQuotes = false
    var hasKey = false
    /// A bit for each sign that was asked for, and whether it stands before the key.
    var asked: UInt8 = 0
    var answers: UInt8 = 0

    @inline(__always)
    static func isSign(_ byte: UInt8) -> Bool {
        switch byte {
        case 38, 59, 44, 41, 93, 125, 62, 124: true
        default: false
        }
    }
}

/// One walk to the end of a bare value.
private struct BareWalk {
    let start: Int
    let key: Int?
    var context: BareContext
    /// The signs in a row that were passed last.
    var signs = 0..<0
}
