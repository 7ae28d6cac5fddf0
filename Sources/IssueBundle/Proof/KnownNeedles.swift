// What this machine knows to be secret, as things to look for.

import Redaction
import Support

extension NeedleSet {
    /// The rule a known value is told under.
    static let knownRule = "known-value"

    /// Secrets in every form; of the names those that are nobody's ordinary word.
    static func needles(of known: KnownValues) -> [Needle] {
        known.secrets.flatMap(needles) + known.identities.compactMap(needle)
    }

    private static func needles(of secret: KnownValues.Secret) -> [Needle] {
        if let token = webToken(secret) { return token }
        let needle = Needle(
            rule: knownRule, source: secret.name, bytes: secret.value, isSecret: true)
        // A key that is kept as hexadecimal digits may have been written as what they mean.
        let text = String(decoding: secret.value, as: UTF8.self)
        guard let raw = Hex.decode(text), raw.count >= bytesMin else { return [needle] }
        return [needle] + forms(of: raw, secret.name)
    }

    /// Ways in which programs print the bytes of a key: as they are, whatever is written around them, in
    /// base32, and as lists of numbers. A list counts as a whole only: numbers in a row are ordinary.
    private static func forms(of raw: [UInt8], _ name: String) -> [Needle] {
        let pairs = raw.map { Hex.encode([$0]) }
        let numbers = [
            pairs, pairs.map { $0.uppercased() }, pairs.map { "0x" + $0 },
            pairs.map { "0x" + $0.uppercased() }, raw.map { "\($0)" },
        ]
        let lists = numbers.flatMap { list in [",", ", ", ":", "-"].map(list.joined) }
        let base32 = base32(raw)
        func form(_ bytes: [UInt8], isSecret: Bool) -> Needle {
            Needle(rule: knownRule, source: name, bytes: bytes, isSecret: isSecret, isForm: true)
        }
        return [raw, Array(base32.utf8), Array(base32.lowercased().utf8)].map {
            form($0, isSecret: true)
        } + lists.map { form(Array($0.utf8), isSecret: false) }
    }

    /// RFC 4648, section 6, without what fills it up.
    private static func base32(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        let bits = bytes.flatMap { byte in (0..<8).map { Int(byte >> UInt8(7 - $0) & 1) } }
        let letters = stride(from: 0, to: bits.count - bits.count % 5, by: 5).map { start in
            alphabet[bits[start..<start + 5].reduce(0) { $0 * 2 + $1 }]
        }
        return String(letters)
    }

    /// What is nobody else's in a web token. Its head is that of every token which is signed in the same
    /// way, and the claims begin as those of others do and hold names and times that those hold too,
    /// `","iat":17…`: a piece of a stranger's token that got through would be told as ours, and the
    /// bundle refused. So of the claims only a longer part counts.
    private static func webToken(_ secret: KnownValues.Secret) -> [Needle]? {
        guard secret.value.starts(with: "eyJ".utf8) else { return nil }
        let dot = UInt8(ascii: ".")
        let parts = secret.value.split(separator: dot, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2].count >= bytesMin else { return nil }
        func part(_ bytes: ArraySlice<UInt8>, isForm: Bool, partMin: Int) -> Needle {
            Needle(
                rule: knownRule, source: secret.name, bytes: Array(bytes), isSecret: true,
                isForm: isForm, partMin: partMin)
        }
        let claims = parts[1].dropFirst(min(claimsHead, parts[1].count))
        return [
            part(parts[2], isForm: false, partMin: 0),
            part(claims, isForm: true, partMin: claimsPart),
        ]
    }

    /// So many letters of claims are names that all tokens have, `{"sub":"…` and `{"iat":17…`.
    private static let claimsHead = 24
    /// `","iat":1795476` are twenty of them.
    private static let claimsPart = 24

    private static func needle(of identity: KnownValues.Identity) -> Needle? {
        switch identity.kind {
        case .email, .device, .decentralizedID: break
        case .homeFolder: if identity.value == "/root" { return nil }
        case .host: if !identity.value.contains(".") { return nil }
        // Short names are words of the language too, and addresses may be loopback.
        case .user, .person, .address, .hardwareAddress: return nil
        }
        return Needle(
            rule: knownRule, source: identity.kind.rawValue, bytes: Array(identity.value.utf8),
            isSecret: false)
    }
}
