// Tokens without a prefix that are known by their parts: so many digits, a sign, so many digits.

extension Scanner {
    /// Looks whether the run is one of them.
    mutating func shapedToken(_ start: Int, _ stop: Int) -> Bool {
        let count = stop - start
        if count == 24, isOldVaultToken(start, stop) {
            add(start - 2, stop, .vendorToken, .mask(.vaultToken))
            return true
        }
        guard count >= 36, !Byte.isRun(text[start - 1]) else { return false }
        if text[start + 32] == 45, isMailToken(start, stop) || isListToken(start, stop) {
            add(start, stop, .vendorToken, .mask(.serviceToken))
            return true
        }
        if count == 56, text[start] == UInt8(ascii: "S"), isBase32(start, stop) {
            add(start, stop, .vendorToken, .mask(.privateKey))
            return true
        }
        if count >= 76, count <= 90, holds("JQQJ99", start, stop), holds("AZDO", start, stop) {
            add(start, stop, .vendorToken, .mask(.azureKey))
            return true
        }
        guard count == 40, text[start + 6] == 95, text.has("_mmk", at: stop - 4) else {
            return false
        }
        add(start, stop, .vendorToken, .mask(.serviceToken))
        return true
    }

    /// `s.` and 24 letters and digits, as Vault wrote its tokens for years; `items.…` is a member.
    private func isOldVaultToken(_ start: Int, _ stop: Int) -> Bool {
        guard text[start - 1] == 46, text[start - 2] == UInt8(ascii: "s"),
            !Byte.isAlnum(text[start - 3]), text[start - 3] != 46, text[stop] != 40
        else { return false }
        let census = Shape.Census(text, start, stop)
        return census.others == 0 && census.digits > 0 && census.lower > 1 && census.upper > 1
            && census.turns > 3
    }

    /// Mailgun's: 32, 8 and 8 digits.
    private func isMailToken(_ start: Int, _ stop: Int) -> Bool {
        stop - start == 50 && text[start + 41] == 45
            && [start..<start + 32, start + 33..<start + 41, start + 42..<stop].allSatisfy {
                $0.allSatisfy { Byte.isHex(text[$0]) }
            }
    }

    /// Mailchimp's: 32 digits and the name of a data centre.
    private func isListToken(_ start: Int, _ stop: Int) -> Bool {
        text.has("us", at: start + 33) && stop - start <= 37 && stop - start >= 36
            && (start + 35..<stop).allSatisfy { Byte.isDigit(text[$0]) }
            && (start..<start + 32).allSatisfy { Byte.isHex(text[$0]) }
    }

    private func isBase32(_ start: Int, _ stop: Int) -> Bool {
        let digits = (start..<stop).count { text[$0] &- 50 < 6 }
        let isWhole = (start..<stop).allSatisfy { Byte.isUpper(text[$0]) || text[$0] &- 50 < 6 }
        return isWhole && digits >= 4 && digits * 3 < stop - start
    }

    private func holds(_ mark: StaticString, _ start: Int, _ stop: Int) -> Bool {
        (start..<stop).contains { text.has(mark, at: $0) }
    }

    /// Text in base32: a run of letters of one case and six digits that says something.
    mutating func decodeBase32(_ start: Int, _ stop: Int) -> Bool {
        let length = stop - start
        guard length >= 24,
            text.skip(start, limit: length, while: { Byte.isUpper($0) || $0 &- 50 < 6 }) == stop
                || text.skip(start, limit: length, while: { Byte.isLower($0) || $0 &- 50 < 6 })
                    == stop,
            (start..<stop).contains(where: { text[$0] &- 50 < 6 })
        else { return false }
        var bytes: [UInt8] = []
        bytes.reserveCapacity((stop - start) * 5 / 8)
        var (bits, count) = (UInt32(0), 0)
        for index in start..<stop {
            let byte = text.base[index]
            bits = bits << 5 | UInt32(Byte.isLetter(byte) ? (byte | 0x20) - 97 : byte - 24)
            count += 5
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        let end = text.skip(stop, limit: 6) { $0 == 61 }
        return look(into: bytes, start, end)
    }
}
