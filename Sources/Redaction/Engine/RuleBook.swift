// All that rules share and that is worked out once: literals, known values, aliases, the policy.

final class RuleBook: Sendable {
    let policy: RedactionPolicy
    let aliases: Aliases
    let triggers: TriggerTable
    let secrets: [KnownSecret]
    /// What keys that are kept as digits stand for.
    private let meanings: [[UInt8]]
    let identities: [KnownValues.Identity]
    /// Unless a secret holds one, nothing is looked for in the time of a line.
    let skipsTimes: Bool
    private let secretNames: Set<[UInt8]>
    private let disabled: Set<RedactionRule>

    init(policy: RedactionPolicy, known: KnownValues) {
        self.policy = policy
        disabled = policy.disabledRules
        aliases = Aliases(key: policy.key)
        secrets = known.secrets.flatMap(KnownSecret.forms)
        meanings = known.secrets.compactMap { KnownSecret.meaning(of: $0.value) }
        skipsTimes = !secrets.contains { TimeStamp.stands(in: $0.bytes) }
        identities = known.identities.filter { $0.value.utf8.count >= 3 }
        let short = known.secrets.filter { !KnownSecret.isDistinct($0.value) && $0.name.count >= 2 }
        secretNames = Set(short.map { $0.name.utf8.map(Byte.lower) })
        var literals = Literals.rules(strict: policy.strict)
        literals += secretNames.map { TriggerTable.Literal(bytes: $0, action: .key) }
        for (index, secret) in secrets.enumerated() {
            literals.append(secret.literal(.knownSecret(index)))
        }
        for (index, identity) in identities.enumerated() {
            literals.append(
                TriggerTable.Literal(bytes: Array(identity.value.utf8), action: .identity(index)))
        }
        triggers = TriggerTable(literals)
    }

    func allows(_ rule: RedactionRule) -> Bool { !disabled.contains(rule) }

    /// Whether a known key stands in bytes, as it is.
    func holdsKey(_ bytes: [UInt8]) -> Bool {
        meanings.contains { key in
            bytes.count >= key.count
                && (0...bytes.count - key.count).contains { bytes[$0...].starts(with: key) }
        }
    }

    /// What a name announces.
    func judged(_ name: [UInt8]) -> KeyKind {
        if secretNames.contains(name.map(Byte.lower)) { return .strong(.knownSecret) }
        let kind = KeyWords.kind(of: name)
        return kind == .strictName && !policy.strict ? .none : kind
    }

    // MARK: - What a second pass must leave alone

    /// Whether the range is a mask or an alias of ours, whole.
    func isSafe(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        switch text[start] {
        case UInt8(ascii: "R"):
            guard text.has("REDACTED-", at: start) else { return false }
            return Masks.isName(text.string(start + 9, min(end, start + 64)))
        case UInt8(ascii: "u"), UInt8(ascii: "h"), UInt8(ascii: "n"), UInt8(ascii: "d"):
            guard end - start <= 48 else { return false }
            return isAnyAlias(text.bytes(start, end))
        default: return false
        }
    }

    private func isAnyAlias(_ bytes: [UInt8]) -> Bool {
        if isAlias(bytes, "user") || isAlias(bytes, "name") || isHostAlias(bytes) { return true }
        if let at = bytes.firstIndex(of: 64) {
            return isAlias(Array(bytes[..<at]), "user")
                && isHostAlias(Array(bytes[(at + 1)...]))
        }
        if bytes.count == 64, bytes.hasSuffix(Aliases.keyMark) { return true }
        return bytes.hasPrefix("device-") && bytes.count == 19
            && bytes.dropFirst(7).allSatisfy(Byte.isHex)
    }

    /// `user` or `name` and eight digits.
    func isAlias(_ bytes: [UInt8], _ name: String) -> Bool {
        bytes.count == name.utf8.count + 8 && bytes.hasPrefix(name)
            && bytes.suffix(8).allSatisfy(Byte.isHex)
    }

    /// Whether a user's, host's or name's alias stands in the range: its digits look random, and
    /// what stood there before did not.
    func holdsAlias(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        (start..<max(start, end - 11)).contains { index in
            (text.has("user", at: index) || text.has("host", at: index)
                || text.has("name", at: index))
                && text.skip(index + 4, limit: 8, while: Byte.isHex) == index + 12
        }
    }

    func isHostAlias(_ bytes: [UInt8]) -> Bool {
        bytes.count == 20 && bytes.hasSuffix(".example") && isAlias(Array(bytes.prefix(12)), "host")
    }

    /// Hosts everybody talks to: they tell nothing about anybody.
    func isPublicHost(_ name: [UInt8]) -> Bool {
        let lower = String(decoding: name.map(Byte.lower), as: UTF8.self)
        return Self.publicHosts.contains(lower) || lower.hasSuffix(".example")
            || lower.hasSuffix(".invalid") || lower.hasSuffix(".test") || lower == "localhost"
    }

    private static let publicHosts: Set<String> = [
        "github.com", "api.github.com", "raw.githubusercontent.com", "gitlab.com",
        "bitbucket.org", "crates.io", "static.crates.io", "registry.npmjs.org", "pypi.org",
        "files.pythonhosted.org", "swift.org", "hooks.slack.com", "discord.com",
        "discordapp.com", "example.com", "example.org", "example.net", "localhost.localdomain",
        "core.windows.net", "proxy.golang.org", "rubygems.org", "json-schema.org", "w3.org",
        "www.w3.org", "localhost", "golang.org", "google.golang.org", "go.uber.org", "gopkg.in",
        "docker.io", "registry-1.docker.io", "ghcr.io", "quay.io", "gcr.io", "registry.k8s.io",
        "k8s.io", "docs.rs", "index.crates.io", "deb.debian.org", "security.debian.org",
        "archive.ubuntu.com", "repo.maven.apache.org", "repo1.maven.org", "plugins.gradle.org",
        "registry.yarnpkg.com", "sum.golang.org", "download.swift.org", "json.schemastore.org",
    ]
}

/// Names repeat in every line, and judging one costs a microsecond.
final class KeyCache {
    private var slots = [(hash: UInt64, kind: KeyKind)](repeating: (0, .none), count: 512)

    /// The kind of the name at `start..<end`, from before or from `judge`.
    func kind(_ text: Text, _ start: Int, _ end: Int, _ judge: ([UInt8]) -> KeyKind) -> KeyKind {
        // FNV-1a of 64 bits: two names of one window never meet by chance.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in start..<max(start, end) {
            hash = (hash ^ UInt64(text.base[index])) &* 0x0000_0100_0000_01B3
        }
        let slot = Int(hash >> 32 & 511)
        if slots[slot].hash == hash { return slots[slot].kind }
        let kind = judge(text.bytes(start, end))
        slots[slot] = (hash, kind)
        return kind
    }
}
