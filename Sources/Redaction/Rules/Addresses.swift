// IPv4, IPv6 and hardware addresses. Loopback, unspecified, multicast and link-local stay: they say
// how a machine is set up, not which it is.

/// IPv4 addresses as numbers.
enum IPv4 {
    /// The address in a range; nil when there is anything else.
    static func parse(_ text: Text, _ start: Int, _ end: Int) -> UInt32? {
        guard end - start >= 7, end - start <= 15 else { return nil }
        var address: UInt32 = 0
        var octet: UInt32 = 0
        var digits = 0
        var count = 0
        for index in start...end {
            let byte = index < end ? text[index] : 46
            guard byte == 46 else {
                // Nine digits and more would not even fit the number.
                guard digits < 3 else { return nil }
                octet = octet * 10 + UInt32(byte - 48)
                digits += 1
                continue
            }
            guard digits > 0, octet < 256 else { return nil }
            address = address << 8 | octet
            (octet, digits, count) = (0, 0, count + 1)
        }
        return count == 4 ? address : nil
    }

    /// Where an address ends that has a fifth number behind a dot, a port; nil for anything else.
    static func endBeforePort(_ text: Text, _ start: Int, _ end: Int) -> Int? {
        let dot = text.back(end, limit: 5, while: Byte.isDigit) - 1
        let hasFive = (start..<end).count { text[$0] == 46 } == 4
        return hasFive && dot >= start && dot + 1 < end && text[dot] == 46 ? dot : nil
    }

    /// nil for addresses that stay. Source: the special-purpose registry of RFC 6890.
    static func isPrivate(_ address: UInt32) -> Bool? {
        switch address >> 24 {
        case 0, 127, 224...255: return nil
        case 10: return true
        case 100 where address >> 22 == 0x6440_0000 >> 22: return true
        case 169 where address >> 16 == 0xA9FE: return nil
        case 172 where address >> 20 == 0xAC1: return true
        case 192 where address >> 16 == 0xC0A8: return true
        case 198 where address >> 17 == 0xC612 >> 1: return nil
        default: return false
        }
    }
}

extension Scanner {
    /// A digit, a dot and a digit stand at `index`.
    mutating func ipv4(_ index: Int) {
        guard index >= numberEnd else { return }
        let start = text.back(index, limit: 24) { Byte.isDigit($0) || $0 == 46 }
        var end = text.skip(index, limit: 24) { Byte.isDigit($0) || $0 == 46 }
        numberEnd = end
        while end > start, text[end - 1] == 46 { end -= 1 }
        if let port = dottedPort(start, end) { end = port }
        guard let address = IPv4.parse(text, start, end), !Byte.isAlnum(text[start - 1]) else {
            return
        }
        guard !Byte.isLetter(text[end]) || text.isEscaped(start), !isVersion(start, end) else {
            return
        }
        guard let isPrivate = IPv4.isPrivate(address) else { return }
        add(start, end, .ipv4, book.aliases.ipv4(address, isPrivate: isPrivate))
    }

    /// `203.0.113.9.51234`, as tcpdump writes a port: five numbers, of which the last is no part of a
    /// version. Where the address ends; nil for anything else.
    private func dottedPort(_ start: Int, _ end: Int) -> Int? {
        guard let address = IPv4.endBeforePort(text, start, end) else { return nil }
        let word = text.back(start, limit: 1) { $0 == 32 }
        // `IP a.1 > b.2:`, `udp a.1`, and any port that no version reaches.
        let isTold =
            ["ip", "udp", "tcp", ">", "src", "dst"].contains(
                text.string(text.back(word, limit: 4) { $0 > 32 }, word).lowercased())
            || text.has(" > ", at: end)
        return isTold || end - address == 6 ? address : nil
    }

    private func isVersion(_ start: Int, _ end: Int) -> Bool {
        let before = text.back(start, limit: 3) { $0 == 32 || $0 == 61 || $0 == 58 || $0 == 34 }
        let word = text.back(before, limit: 12, while: Byte.isLetter)
        let name = text.string(word, before).lowercased()
        return ["version", "ver", "release", "build", "v", "schema"].contains(name)
            || text[end] == 43 || isBrowser(start, end)
    }

    private static func holdsColons(_ byte: UInt8) -> Bool {
        Byte.isHex(byte) || byte == 58 || byte == 46
    }

    /// Hexadecimal digits round a colon stand at `index`.
    mutating func colons(_ index: Int) {
        guard index >= colonEnd else { return }
        let start = text.back(index, limit: 64, while: Self.holdsColons)
        var end = text.skip(index, limit: 64, while: Self.holdsColons)
        colonEnd = max(end, index + 1)
        while end > start, text[end - 1] == 46 || (text[end - 1] == 58 && text[end - 2] != 58) {
            end -= 1
        }
        guard end - start >= 4, !Byte.isAlnum(text[end]), text[end] != 95 else { return }
        if hardware(start, end, separator: 58) { return }
        if ipv6(start, end) { return }
        // A name and a colon may touch the address: `peer6:2a01:…`, `at:2a01:…`.
        guard let colon = (start..<end).first(where: { text[$0] == 58 }), colon + 1 < end else {
            return
        }
        if Byte.isWord(text[start - 1]) || !Byte.isDigit(text[start]), text[colon + 1] != 58 {
            if hardware(colon + 1, end, separator: 58) { return }
            _ = ipv6(colon + 1, end)
        } else if text[colon + 1] == 58, Byte.isLetter(text[start - 1]) {
            // `name=mac::ea:3a:67:db:6e:8f`, as runners of builds are told of a result.
            _ = hardware(colon + 2, end, separator: 58)
        }
    }

    /// Whether a letter or a digit stands before `index` that is not the end of an escape: `\n`, or
    /// a colour of a terminal.
    private func touchesWord(_ index: Int) -> Bool {
        let byte = text[index - 1]
        guard Byte.isAlnum(byte) else { return false }
        switch byte {
        case 110, 114, 116: return text[index - 2] != 92
        case 109:
            let start = text.back(index - 1, limit: 12) { Byte.isDigit($0) || $0 == 59 }
            return text[start - 1] != 91
        default: return true
        }
    }

    mutating func ipv6(_ first: Int, _ stop: Int) -> Bool {
        if touchesWord(first) || text[first - 1] == 45 { return false }
        var end = stop
        var groups = IPv6.parse(text, first, end)
        // `2a01:…:7:443` does not parse, `…:7` and a port does.
        if groups == nil, let last = (first..<end).last(where: { text[$0] == 58 }), last > first {
            groups = IPv6.parse(text, first, last)
            if groups != nil { end = last }
        }
        // `2a01:…::7.443`, as tcpdump writes a port. Four numbers with dots are an IPv4 address.
        let dot = text.back(stop, limit: 5, while: Byte.isDigit) - 1
        if groups == nil, dot > first, dot + 1 < stop, text[dot] == 46 {
            groups = IPv6.parse(text, first, dot)
            if groups != nil { end = dot }
        }
        guard let groups, (first..<end).contains(where: { Byte.isDigit(text[$0]) }) else {
            return false
        }
        if IPv6.stays(groups) { return true }
        let isMapped = groups[0...4].allSatisfy { $0 == 0 } && groups[5] == 0xFFFF
        if isMapped, let dot = (first..<end).first(where: { text[$0] == 46 }) {
            // Written with dots it stays the one that it maps; loopback stays itself.
            let tail = text.back(dot, limit: 3, while: Byte.isDigit)
            if let address = IPv4.parse(text, tail, end),
                let isPrivate = IPv4.isPrivate(address)
            {
                add(first, end, .ipv6, book.aliases.mapped(address, isPrivate: isPrivate))
            }
            return true
        }
        add(first, end, .ipv6, book.aliases.ipv6(groups))
        return true
    }

    /// Pairs of digits round a dash stand at `index`.
    mutating func dashes(_ index: Int) {
        if Byte.isHex(text[index - 7]), !Byte.isAlnum(text[index - 8]) { telephoneID(index + 1) }
        guard text[index + 4] == 45, index >= dashEnd, Byte.isHex(text[index - 1]),
            !Byte.isAlnum(text[index - 2])
        else {
            return
        }
        let start = index - 1
        let end = text.skip(start, limit: 26) { Byte.isHex($0) || $0 == 45 }
        dashEnd = index + 3
        // `upload_45-2D-86-14-DF-94_1`: in the name of a file digits alone may be a time.
        let isTied = text[end] == 95 && !(start..<end).contains { Byte.isLetter(text[$0]) }
        guard !Byte.isAlnum(text[end]), !isTied else { return }
        if hardware(start, end, separator: 45) { dashEnd = end }
    }

    /// `00008030-001A45E20C81802E`, as telephones are numbered; the dash stands at `dash`.
    private mutating func telephoneID(_ dash: Int) {
        let (start, end) = (dash - 8, text.skip(dash + 1, limit: 17, while: Byte.isHex))
        guard end - dash == 17, text.back(dash, limit: 9, while: Byte.isHex) == start,
            !Byte.isWord(text[end]), text[start - 1] != 45, text[start - 1] != 95,
            (dash..<end).contains(where: { Byte.isUpper(text[$0]) }),
            !(dash..<end).contains(where: { Byte.isLower(text[$0]) })
        else { return }
        add(start, end, .deviceID, book.aliases.device(text.bytes(start, end)))
    }

    @discardableResult
    mutating func hardware(_ start: Int, _ end: Int, separator: UInt8) -> Bool {
        let width = separator == 0 ? 2 : 3
        let length = end - start + (separator == 0 ? 0 : 1)
        guard length == 6 * width || length == 8 * width else { return false }
        guard !touchesWord(start) else { return false }
        var bytes: [UInt8] = []
        for at in stride(from: start, to: end, by: width) {
            guard Byte.isHex(text[at]), Byte.isHex(text[at + 1]) else { return false }
            if width == 3, at + 2 < end, text[at + 2] != separator { return false }
            bytes.append(Byte.hexValue(text[at]) << 4 | Byte.hexValue(text[at + 1]))
        }
        let isAlias = bytes[0] == 2 && bytes[1] == 0 && bytes[2] == 0
        if isAlias || bytes.allSatisfy({ $0 == 0 }) || bytes.allSatisfy({ $0 == 255 }) {
            return true
        }
        add(
            start, end, .hardwareAddress, book.aliases.hardware(bytes, separator: separator))
        return true
    }
}

/// The text form of IPv6 addresses, RFC 4291 section 2.2.
enum IPv6 {
    static func parse(_ text: Text, _ start: Int, _ end: Int) -> [UInt16]? {
        var head: [UInt16] = []
        var tail: [UInt16] = []
        var isShort = false
        var index = start
        while index < end {
            if text[index] == 58, text[index + 1] == 58, index + 1 < end {
                if isShort { return nil }
                isShort = true
                index += 2
                continue
            }
            if text[index] == 58 {
                guard index > start, index + 1 < end else { return nil }
                index += 1
            }
            let stop = text.skip(index, limit: min(5, end - index), while: Byte.isHex)
            guard stop > index, stop - index <= 4 else { return nil }
            if text[stop] == 46, stop < end {
                guard let last = embedded(text, index, end) else { return nil }
                if isShort { tail += last } else { head += last }
                index = end
                break
            }
            guard stop == end || text[stop] == 58 else { return nil }
            let group = (index..<stop).reduce(UInt16(0)) {
                $0 << 4 | UInt16(Byte.hexValue(text[$1]))
            }
            if isShort { tail.append(group) } else { head.append(group) }
            index = stop
        }
        let count = head.count + tail.count
        guard isShort ? count < 8 : count == 8 else { return nil }
        return head + Array(repeating: 0, count: 8 - count) + tail
    }

    private static func embedded(_ text: Text, _ start: Int, _ end: Int) -> [UInt16]? {
        let parts = text.string(start, end).split(separator: ".", omittingEmptySubsequences: false)
        let octets = parts.compactMap { UInt16($0) }
        guard parts.count == 4, octets.count == 4, octets.allSatisfy({ $0 < 256 }) else {
            return nil
        }
        return [octets[0] << 8 | octets[1], octets[2] << 8 | octets[3]]
    }

    /// Unspecified, loopback, multicast, and the range of the aliases.
    static func stays(_ groups: [UInt16]) -> Bool {
        if groups.dropLast().allSatisfy({ $0 == 0 }), groups[7] < 2 { return true }
        if groups[0] == 0x2001, groups[1] == 0x0DB8 { return true }
        if groups[0] & 0xFFC0 == 0xFE80, groups[4] == 0x0DB8 { return true }
        return groups[0] & 0xFF00 == 0xFF00
    }
}
