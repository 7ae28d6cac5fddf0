// Values this machine holds, looked for as they are and as each encoding would write them. A view
// would show most of them; the literal forms also stand where what surrounds them cannot be decoded.

/// One way in which a secret may be written.
struct KnownSecret: Sendable {
    let bytes: [UInt8]
    let isFolded: Bool
    /// A part of a longer run of base64 or hexadecimal digits, which goes whole.
    let isRun: Bool

    /// Shorter values are words of every log.
    static let lengthMin = 8
    private static let common: Set<String> = [
        "password", "changeme", "localhost", "disabled", "required", "unlimited", "postgres",
        "00000000", "12345678", "mothership", "aura-live", "undefined", "12341234", "anonymous",
    ]

    static func isDistinct(_ value: [UInt8]) -> Bool {
        guard value.count >= lengthMin, Set(value).count > 2 else { return false }
        return !common.contains(String(decoding: value.map(Byte.lower), as: UTF8.self))
    }

    static func forms(of secret: KnownValues.Secret) -> [KnownSecret] {
        let value = secret.value
        guard isDistinct(value) else { return [] }
        guard let raw = meaning(of: value) else { return forms(of: value, isFolded: false) }
        return forms(of: value, isFolded: true) + forms(of: raw, isFolded: false) + base32(raw)
    }

    /// The bytes that a key stands for which is kept as hexadecimal digits; nil for any other value.
    /// Programs print them in ways of their own: base64, lists of numbers, pairs with colons.
    static func meaning(of value: [UInt8]) -> [UInt8]? {
        guard value.count.isMultiple(of: 2), value.allSatisfy(Byte.isHex) else { return nil }
        let raw = stride(from: 0, to: value.count, by: 2).map {
            Byte.hexValue(value[$0]) << 4 | Byte.hexValue(value[$0 + 1])
        }
        return isDistinct(raw) ? raw : nil
    }

    /// - Parameter isFolded: whether capitals mean the same, as in hexadecimal digits.
    private static func forms(of value: [UInt8], isFolded: Bool) -> [KnownSecret] {
        var forms = [KnownSecret(bytes: value, isFolded: isFolded, isRun: false)]
        let hex = value.flatMap { [digit($0 >> 4), digit($0 & 15)] }
        forms.append(KnownSecret(bytes: hex, isFolded: true, isRun: true))
        for shift in 0...2 {
            let core = base64(value, shift: shift)
            guard core.count >= 8 else { continue }
            forms.append(KnownSecret(bytes: core, isFolded: false, isRun: true))
            let urlSafe = core.map { $0 == 43 ? UInt8(45) : $0 == 47 ? 95 : $0 }
            if urlSafe != core {
                forms.append(KnownSecret(bytes: urlSafe, isFolded: false, isRun: true))
            }
        }
        let percent = value.flatMap { byte -> [UInt8] in
            Byte.isURLSafe(byte) || byte == 46 || byte == 126
                ? [byte] : [37, digit(byte >> 4), digit(byte & 15)]
        }
        let escaped = value.flatMap { [37, digit($0 >> 4), digit($0 & 15)] }
        for form in [percent, escaped] where form != value {
            forms.append(KnownSecret(bytes: form, isFolded: true, isRun: false))
        }
        return forms + lines(of: value)
    }

    /// A key of several lines: each line that says something is a secret of its own.
    private static func lines(of value: [UInt8]) -> [KnownSecret] {
        let lines = value.split(separator: 10)
        guard lines.count > 1 else { return [] }
        return lines.filter { $0.count >= 24 && !$0.starts(with: "-----".utf8) }
            .map { KnownSecret(bytes: Array($0), isFolded: false, isRun: false) }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

    /// The characters that depend on the value alone when it stands `shift` bytes after a
    /// multiple of three.
    private static func base64(_ value: [UInt8], shift: Int) -> [UInt8] {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let padded = Array(repeating: UInt8(0), count: shift) + value
        var bits: UInt32 = 0
        var count = 0
        var text: [UInt8] = []
        for byte in padded {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> UInt32(count) & 63)])
            }
        }
        return Array(text.dropFirst((shift * 8 + 5) / 6))
    }

    /// RFC 4648, section 6: five bits a letter, wherever in a longer text the value begins.
    private static func base32(_ value: [UInt8]) -> [KnownSecret] {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
        return (0...4).map { shift in
            var (bits, count): (UInt32, Int) = (0, 0)
            var text: [UInt8] = []
            for byte in Array(repeating: 0, count: shift) + value {
                bits = bits << 8 | UInt32(byte)
                count += 8
                while count >= 5 {
                    count -= 5
                    text.append(alphabet[Int(bits >> UInt32(count) & 31)])
                }
            }
            let core = Array(text.dropFirst((shift * 8 + 4) / 5))
            return KnownSecret(bytes: core, isFolded: true, isRun: true)
        }
    }

    /// As a trigger, hashed where it is rarest: at digits and signs rather than at letters.
    func literal(_ action: Action) -> TriggerTable.Literal {
        let last = bytes.count - 3
        let anchor = (0...max(0, last)).max { rarity($0) < rarity($1) } ?? 0
        return TriggerTable.Literal(
            bytes: bytes, action: action, exact: !isFolded, anchor: anchor)
    }

    private func rarity(_ index: Int) -> Int {
        bytes[index..<min(bytes.count, index + 3)].count { !Byte.isLower($0) }
    }
}

extension Scanner {
    mutating func knownSecret(_ index: Int, _ start: Int, _ end: Int) {
        guard book.secrets[index].isRun else {
            return add(start, end, .knownSecret, .mask(.knownSecret))
        }
        let first = text.back(start, limit: 4096, while: Byte.isRun)
        let last = text.skip(text.skip(end, limit: 4096, while: Byte.isRun), limit: 2) { $0 == 61 }
        add(first, last, .knownSecret, .mask(.knownSecret))
    }

    mutating func knownIdentity(_ index: Int, _ start: Int, _ end: Int) {
        guard !Byte.isAlnum(text[start - 1]) || text.isEscaped(start - 1), !Byte.isAlnum(text[end])
        else { return }
        let identity = book.identities[index]
        let value = Array(identity.value.utf8)
        let alias: Replacement
        switch identity.kind {
        case .user:
            guard !Self.isCommon(identity.value) else { return }
            alias = book.aliases.user(value)
        case .person: alias = book.aliases.user(value)
        case .host:
            guard !book.isPublicHost(value), !Self.isCommon(identity.value) else { return }
            alias = book.aliases.host(value)
        case .device: alias = book.aliases.device(value)
        case .email, .address, .hardwareAddress, .decentralizedID: return
        case .homeFolder:
            guard let slash = value.lastIndex(of: 47), slash + 1 < value.count else { return }
            let name = Array(value[(slash + 1)...])
            guard name != Array("root".utf8) else { return }
            return add(
                start + slash + 1, end, .knownIdentity, book.aliases.user(name))
        }
        add(start, end, .knownIdentity, alias)
    }

    /// Words that are somebody's login somewhere and a word of every log.
    private static func isCommon(_ name: String) -> Bool {
        let words: Set<String> = [
            "root", "admin", "user", "test", "build", "runner", "ubuntu", "debian", "live",
            "aura", "sync", "local", "remote", "host", "peer", "server", "daemon", "git", "dev",
            "main", "code", "info", "error", "debug", "warn", "localhost", "linux", "file",
            "function", "agent", "mothership", "docker", "node", "vagrant", "work", "home",
        ]
        return words.contains(name.lowercased())
    }
}
