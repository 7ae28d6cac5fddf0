// Long runs of letters and digits: text in base64 or hexadecimal, and tokens that have no prefix.

extension Scanner {
    /// Shorter runs hide nothing that a rule would know.
    static let runMin = 20
    /// Longer ones are nobody's to read; they are masked as a whole.
    static let runMax = 32 << 10

    /// Looks at every 20th byte: a run of 20 cannot pass between two of them. Of such a run ten
    /// bytes more stand before or behind the byte, which most words do not reach.
    mutating func scanRuns() {
        guard depth < Self.depthMax else { return }
        let step = Self.runMin
        var index = step / 2
        while index < text.count {
            guard Byte.isRun(text.base[index]), reaches(index) else {
                index += step
                continue
            }
            let start = text.back(index, limit: Self.runMax, while: Byte.isRun)
            let stop = text.skip(index, while: Byte.isRun)
            if stop - start >= Self.runMin { pieces(start, stop) }
            index = max(index + step, stop + step)
        }
    }

    /// Whether a run at `index` may have nine bytes before it, or ten behind.
    @inline(__always)
    private func reaches(_ index: Int) -> Bool {
        Byte.isRun(text[index - 9]) && Byte.isRun(text[index - 4])
            && Byte.isRun(text[index - 2])
            || Byte.isRun(text[index + 10]) && Byte.isRun(text[index + 5])
                && Byte.isRun(text[index + 2])
    }

    /// Dashes in a row belong to marks of PEM and rulers, never to a run.
    private mutating func pieces(_ first: Int, _ stop: Int) {
        var start = first
        var dash = text.first(45, from: start, to: stop)
        while dash < stop {
            guard text[dash + 1] == 45, text[dash + 2] == 45 else {
                dash = text.first(45, from: dash + 1, to: stop)
                continue
            }
            if dash - start >= Self.runMin { run(start, dash) }
            start = text.skip(dash, limit: stop - dash) { $0 == 45 }
            dash = text.first(45, from: start, to: stop)
        }
        if stop - start >= Self.runMin { run(start, stop) }
    }

    private mutating func run(_ first: Int, _ stop: Int) {
        var start = first
        if text[start] == 48, text[start + 1] | 0x20 == 120 { start += 2 }
        start = pastBackslash(pastEscape(start, stop), stop)
        if stop - start >= Self.runMax - 16 {
            return add(start, stop, .seeThroughRuns, .mask(.encoded))
        }
        guard book.allows(.seeThroughRuns) else { return tokenRun(start, stop) }
        let isHex = text.skip(start, limit: stop - start, while: Byte.isHex) == stop
        if isHex ? decodeHex(start, stop) : decodeBase64(start, stop) { return }
        if !isHex, decodeHexBesideWords(start, stop) { return }
        if !isHex, decodeBase32(start, stop) { return }
        if isHex, Shape.isDigestLength(stop - start) { return }
        tokenRun(start, stop)
    }

    private mutating func decodeHex(_ start: Int, _ stop: Int) -> Bool {
        // An odd number of digits is a run that was cut: try both phases.
        for phase in 0...1 where hexHoldsText(start + phase, stop) {
            let bytes = stride(from: start + phase, to: stop - 1, by: 2).map {
                Byte.hexValue(text[$0]) << 4 | Byte.hexValue(text[$0 + 1])
            }
            if look(into: bytes, start, stop) { return true }
        }
        return false
    }

    /// `frame4157535f…systemd`: where lines were joined, words of those around it touch a dump.
    private mutating func decodeHexBesideWords(_ start: Int, _ stop: Int) -> Bool {
        guard !hasLines else { return false }
        var first = start
        while stop - first >= 2 * Self.runMin {
            let end = text.skip(first, limit: stop - first, while: Byte.isHex)
            if end - first >= 2 * Self.runMin {
                // Digits come in pairs; an odd one belongs to the word before.
                return decodeHex(first + (end - first) % 2, end)
            }
            first = end + 1
        }
        return false
    }

    /// Eight bytes below 128 in a row.
    private func hexHoldsText(_ start: Int, _ stop: Int) -> Bool {
        var row = 0
        var index = start
        while index < stop - 1 {
            row = text.base[index] < 56 ? row + 1 : 0
            if row == 8 { return true }
            index += 2
        }
        return false
    }

    /// A run may begin before its text does (`data/SGVs`), so all four phases are tried.
    private mutating func decodeBase64(_ start: Int, _ stop: Int) -> Bool {
        let end = text.skip(stop, limit: 2) { $0 == 61 }
        for phase in 0...3 where stop - start - phase >= 16 {
            let isHead = phase == 0 && Base64.beginsPacked(text, start)
            guard isHead || Base64.holdsText(text, start + phase, stop) else { continue }
            if look(into: Base64.decode(text, start + phase, stop), start, end) { return true }
        }
        return false
    }

    /// Searches decoded bytes; if anything is in them, the run goes as a whole.
    mutating func look(into bytes: [UInt8], _ start: Int, _ end: Int) -> Bool {
        let worst: Span? = Text.with(bytes) { decoded -> Span? in
            if Encoding.isPacked(decoded) {
                return Span(start: 0, end: 1, rule: .opaqueValue, replacement: .mask(.encoded))
            }
            guard Shape.printableStretch(decoded) >= 8 || Self.isWide(decoded) else { return nil }
            var child = inner(decoded, hasLines: true)
            child.scan()
            let worst = child.spans.max { $0.replacement.rank < $1.replacement.rank }
            if let worst { return worst }
            return CodeShape.isCode(decoded, 0, decoded.count)
                ? Span(start: 0, end: 1, rule: .functionBody, replacement: .body) : nil
        }
        guard let worst else { return false }
        add(start, end, worst.rule, worst.replacement == .body ? .body : .mask(.encoded))
        return true
    }

    /// Mostly letters with zeros between them.
    private static func isWide(_ text: Text) -> Bool {
        guard text.count >= 12 else { return false }
        let pairs = stride(from: 0, to: min(text.count, 40) - 1, by: 2)
        let count = pairs.count { (text[$0] == 0) != (text[$0 + 1] == 0) }
        return count * 4 >= pairs.underestimatedCount * 3
    }

    /// Tokens known by the length and alphabet of their parts.
    private mutating func tokenRun(_ start: Int, _ stop: Int) {
        if text[stop] == 46 { discordToken(start, stop) }
        if markedKey(start, stop) || shapedToken(start, stop) { return }
        // A slash of the alphabet may be one of a path.
        var part = start
        while part < stop {
            let end = text.first(47, from: part, to: stop)
            let seed = text.back(end, limit: min(59, end - part)) {
                Byte.isUpper($0) || $0 &- 50 < 6
            }
            if end - seed == 58, text[seed] == UInt8(ascii: "S") {
                return add(seed, end, .vendorToken, .mask(.natsSeed))
            }
            part = end + 1
        }
        if isAzureStorageKey(start, stop) {
            return add(
                start, text.skip(stop, limit: 2) { $0 == 61 }, .vendorToken, .mask(.azureKey))
        }
        if prefixedToken(start, stop) { return }
        opaqueRun(start, stop)
        keyBlockLine(start, stop)
    }

    /// The letter of `\n` or `\u0041` before the run does not belong to it.
    private func pastBackslash(_ start: Int, _ stop: Int) -> Int {
        text.isEscaped(start) ? pastLetter(start, stop) : start
    }

    /// `acme_live_4fK9…`: an issuer's short name and a random rest, as tokens have been made since
    /// GitHub's. Which issuers there are, no list knows for long.
    private mutating func prefixedToken(_ start: Int, _ stop: Int) -> Bool {
        guard Byte.isLetter(text[start]), !Byte.isRun(text[start - 1]), text[start - 1] != 46 else {
            return false
        }
        // The rest is what follows the last sign; before it stand a few words.
        let rest = text.back(stop, limit: stop - start, while: Byte.isAlnum)
        guard stop - rest >= 20, rest - start >= 3, rest - start <= 32, text[rest - 1] != 47,
            (start..<rest).allSatisfy({ text[$0] == 95 || text[$0] == 45 || Byte.isAlnum(text[$0]) }
            )
        else { return false }
        let first = text.skip(start, limit: 24, while: Byte.isAlnum)
        let issuer = text.string(start, first).lowercased()
        guard !Shape.digestNames.contains(issuer), !Shape.identifierNames.contains(issuer) else {
            return false
        }
        // `W/"2a-osOt…"`: the mark of a page that a server sends with it.
        let quote = text.back(start, limit: 4) { $0 == 34 || $0 == 92 }
        if quote < start, text.has("W/", at: quote - 2) { return false }
        // `blob-4a7K….bin` is a file, `libcore-s9Redaction7Scanner` a symbol.
        if text[stop] == 46, Byte.isAlnum(text[stop + 1]) { return false }
        if Shape.isMangled(text, rest, stop) { return false }
        let census = Shape.Census(text, rest, stop)
        guard census.lower > 2, census.upper > 2, census.digits > 1,
            census.turns * 4 >= stop - rest, !book.holdsAlias(text, start, stop)
        else { return false }
        add(start, text.skip(stop, limit: 2) { $0 == 61 }, .vendorToken, .mask(.serviceToken))
        return true
    }

    /// Keys with a mark at a fixed place in them: Azure DevOps, Azure's registry and functions, and
    /// New Relic's at their end.
    private mutating func markedKey(_ start: Int, _ stop: Int) -> Bool {
        let marks: [(StaticString, Int, Int, MaskClass)] = [
            ("AZDO", 76, 84, .azureKey), ("+ACR", 42, 52, .azureKey), ("AzFu", 44, 52, .azureKey),
            ("NRAL", 36, 40, .serviceToken),
        ]
        for (mark, place, length, name) in marks where stop - start >= length {
            // A path may touch the key on either side.
            var found = text.first(mark.utf8Start[0], from: start + place, to: stop)
            while found < stop, !text.has(mark, at: found) {
                found = text.first(mark.utf8Start[0], from: found + 1, to: stop)
            }
            let first = found - place
            guard found < stop, first + length <= stop else { continue }
            let end = text.skip(first + length, limit: 2) { $0 == 61 }
            add(first, end, .vendorToken, .mask(name))
            return true
        }
        return false
    }

    /// Three parts of 23 to 28, 6 and 27 or more.
    private mutating func discordToken(_ start: Int, _ stop: Int) {
        let known: [UInt8] = [77, 78, 79]
        let first = [26, 24, 28, 25, 27, 23].map { stop - $0 }.first {
            $0 >= start && known.contains(text[$0]) && !Byte.isAlnum(text[$0 - 1])
        }
        guard let first else { return }
        let second = text.skip(stop + 1, limit: 8, while: Byte.isURLSafe)
        guard second - stop == 7, text[second] == 46 else { return }
        let third = text.skip(second + 1, limit: 64, while: Byte.isURLSafe)
        guard third - second > 27 else { return }
        add(first, third, .vendorToken, .mask(.discordToken))
    }

    /// 64 bytes are 86 characters and `==`. A digest of subresource integrity has the same length,
    /// and says so before.
    private func isAzureStorageKey(_ start: Int, _ stop: Int) -> Bool {
        guard stop - start == 86, text[stop] == 61, text[stop + 1] == 61 else { return false }
        if text.has("+ASt", at: start + 76) { return true }
        return !text.has("sha512-", at: start - 7, folded: true)
            && !text.has("sha512-", at: start, folded: true)
            && !text.has("sha512:", at: start - 7, folded: true)
    }

    /// `sha256=`, `h1:` and their like stand before it.
    private func isDigestsValue(_ first: Int) -> Bool {
        // `ETag: W/"…"` and `integrity="…"`: what is set apart by a quote.
        let quote = text.back(first, limit: 4) { $0 == 34 || $0 == 92 }
        let weak = quote < first && text.has("W/", at: quote - 2) ? quote - 2 : quote
        let start = quote < first ? text.back(weak, limit: 2, while: Byte.isBlank) : first
        let sign = text[start - 1]
        guard sign == 61 || sign == 58 || sign == 45 else { return false }
        let name = text.back(start - 1, limit: 12, while: Byte.isAlnum)
        guard Shape.digestNames.contains(text.string(name, start - 1).lowercased()) else {
            return false
        }
        let signed: [StaticString] = ["hmac", "secret", "auth", "signature", "session"]
        return !(max(0, name - 24)..<name).contains { at in
            signed.contains { text.has($0, at: at, folded: true) }
        }
    }

    /// `sha512-…` of subresource integrity: a run that begins with the name and is as long as it says.
    private func isIntegrity(_ start: Int, _ stop: Int) -> Bool {
        let lengths: [(StaticString, Int)] = [("sha256-", 43), ("sha384-", 64), ("sha512-", 86)]
        return lengths.contains { text.has($0.0, at: start) && stop - start == 7 + $0.1 }
    }

    /// `00-40c8…-c8b2…-01`, the context of a trace.
    private func isTraceContext(_ start: Int, _ stop: Int) -> Bool {
        stop - start == 55 && text[start + 2] == 45 && text[start + 35] == 45
            && text[start + 52] == 45
            && (start..<stop).allSatisfy { Byte.isHex(text[$0]) || text[$0] == 45 }
    }

    /// `/nix/store/l314y…-aura-1.5` and `pod aura-64ee5855c-6t8mf`: names that programs make with digits in them.
    private func isStored(_ start: Int, _ stop: Int) -> Bool {
        if text.has("nix/store/", at: start) || text.has("nix/store/", at: start + 1)
            || text.has("nix/store/", at: start - 10)
        {
            return true
        }
        // The name of a deployment, the digest of what it shall be, and five letters of a pod.
        let pod = text.back(stop, limit: 6) { Byte.isLower($0) || Byte.isDigit($0) }
        guard stop - pod == 5, text[pod - 1] == 45, pod - 1 > start else { return false }
        let digest = text.back(pod - 1, limit: 11) { Byte.isLower($0) || Byte.isDigit($0) }
        return (8...10).contains(pod - 1 - digest) && text[digest - 1] == 45
            && digest - 1 > start && Byte.isLower(text[start])
            && !(start..<stop).contains { Byte.isUpper(text[$0]) }
    }

    /// A long random value is taken out only when a suspicious word stands shortly before it.
    private mutating func opaqueRun(_ start: Int, _ stop: Int) {
        guard !Masks.standIn(text, start, stop), !book.holdsAlias(text, start, stop) else { return }
        guard Shape.isRandom(text, start, stop), !Shape.isIdentifier(text, start, stop),
            !Shape.isCamelName(text, start, stop), !isDigestsValue(start),
            !isIntegrity(start, stop), !isTraceContext(start, stop),
            !isTestName(start, stop), !isPicture(start), !isStored(start, stop)
        else { return }
        let lineStart = text.lineStart(start, limit: 48)
        guard KeyWords.holdsSuspiciousWord(text, lineStart, start), !isAlgorithm(start, stop) else {
            return
        }
        add(start, text.skip(stop, limit: 2) { $0 == 61 }, .opaqueValue, .mask(.opaque))
    }
}

/// Base64 of both alphabets.
enum Base64 {
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for (value, byte) in alphabet.utf8.enumerated() { table[Int(byte)] = UInt8(value) }
        table[Int(UInt8(ascii: "-"))] = 62
        table[Int(UInt8(ascii: "_"))] = 63
        return table
    }()

    /// Whether the run begins with the mark of something packed, which holds no text.
    static func beginsPacked(_ text: Text, _ start: Int) -> Bool {
        let marks: [StaticString] = [
            "H4sI", "UEsD", "/Td6WF", "KLUv/", "QlpoO", "N3q8r", "UmFyI", "BCJNGE", "_Td6WF",
            "KLUv_",
        ]
        return marks.contains { text.has($0, at: start) } || beginsDeflated(text, start)
    }

    /// `eJ` and one of two letters: what zlib begins with. Two letters more say nothing, so the rest
    /// must be random.
    private static func beginsDeflated(_ text: Text, _ start: Int) -> Bool {
        let marks: [StaticString] = ["eJw", "eJx", "eJy", "eJz", "eNo", "eNp", "eNq", "eNr", "eAE"]
        guard marks.contains(where: { text.has($0, at: start) }) else { return false }
        let end = text.skip(start, limit: 40, while: Byte.isRun)
        return end - start >= 28 && Shape.isRandom(text, start, end)
    }

    /// Three groups of four in a row that would be nine bytes below 128, as text is.
    static func holdsText(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        values.withUnsafeBufferPointer { table in
            var row = 0
            var index = start
            while index + 4 <= end {
                // The top bits of the three bytes of a group.
                let first = table[Int(text.base[index])] & 0x20
                let second = table[Int(text.base[index + 1])] & 0x08
                let third = table[Int(text.base[index + 2])] & 0x02
                row = first | second | third == 0 ? row + 1 : 0
                if row == 3 { return true }
                index += 4
            }
            return false
        }
    }

    /// The bytes of a range that holds nothing but the two alphabets.
    static func decode(_ text: Text, _ start: Int, _ end: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity((end - start) * 3 / 4 + 3)
        var bits: UInt32 = 0
        var count = 0
        values.withUnsafeBufferPointer { table in
            for index in start..<end {
                bits = bits << 6 | UInt32(table[Int(text.base[index])] & 63)
                count += 6
                if count >= 8 {
                    count -= 8
                    bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
                }
            }
        }
        return bytes
    }
}
