// Invented secrets and identities of every class, drawn from a seed. None of them is real.

import Support

/// One class of thing that must not get out.
struct PlantedClass: Sendable {
    enum Family: String, Sendable { case secret, identity, body }

    let name: String
    let family: Family
    /// The key it usually stands behind.
    let key: String
    /// Whether it is recognised without its key.
    let isSelfEvident: Bool
    /// Text round the value; `{v}` is the value. Nil: `key=value`.
    var inline: String?
    /// Whether the value has several lines.
    var isMultiline = false
    let make: @Sendable (inout SeededGenerator) -> String
}

enum Draw {
    static let lower = Array("abcdefghijklmnopqrstuvwxyz")
    static let upper = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    static let digits = Array("0123456789")
    static let hex = Array("0123456789abcdef")
    static let alnum = lower + upper + digits
    static let base64 = alnum + Array("+/")
    static let urlSafe = alnum + Array("-_")
    static let base32 = upper + Array("234567")
    static let base58 = Array("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")
    static let bech32 = Array("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L")

    static func text(_ alphabet: [Character], _ count: Int, _ random: inout SeededGenerator)
        -> String
    {
        String(
            (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] })
    }

    static func one(_ list: [String], _ random: inout SeededGenerator) -> String {
        list[Int.random(in: 0..<list.count, using: &random)]
    }

    static func number(_ range: Range<Int>, _ random: inout SeededGenerator) -> Int {
        Int.random(in: range, using: &random)
    }

    static func bytes(_ count: Int, _ random: inout SeededGenerator) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }

    private static let words = [
        "garnet", "thistle", "meadow", "copper", "lagoon", "juniper", "falcon", "marble", "sable",
        "tulip", "cinder", "walrus", "bramble", "fjord", "saffron", "pebble",
    ]
    private static let people = [
        "nadia.voss", "tom.reiner", "ayumi.kato", "leila.amari", "bruno.costa", "ingrid.moe",
        "pavel.novak", "chloe.martin",
    ]

    static func password(_ random: inout SeededGenerator) -> String {
        let first = one(words, &random).capitalized
        let sign = one(["!", "#", "%", "^", "*", "_", "-", "@", "$", "+", "/", ":"], &random)
        return "\(first)\(sign)\(number(10..<9999, &random))\(one(words, &random))"
    }

    static func person(_ random: inout SeededGenerator) -> String {
        one(people, &random) + "\(number(10..<99, &random))"
    }

    static func host(_ random: inout SeededGenerator) -> String {
        let kind = one(["db", "ci", "nas", "ship"], &random)
        let domain = one(
            ["corp.veldhuis.internal", "lan.moorhaven.net", "eng.skyforge.io", "int.orlo.com"],
            &random)
        return "\(one(words, &random))-\(kind)\(number(1..<40, &random)).\(domain)"
    }

    static func pem(_ label: String, _ count: Int, _ random: inout SeededGenerator) -> String {
        let body = Array(CorpusEncoding.base64(bytes(count, &random)))
        let lines = stride(from: 0, to: body.count, by: 64).map {
            String(body[$0..<min($0 + 64, body.count)])
        }
        return "-----BEGIN \(label)-----\n\(lines.joined(separator: "\n"))\n-----END \(label)-----"
    }

    static func jwt(_ random: inout SeededGenerator) -> String {
        let head = #"{"alg":"EdDSA","typ":"JWT"}"#
        let body = #"{"sub":"\#(text(digits, 9, &random))","name":"\#(person(&random))"}"#
        return [Array(head.utf8), Array(body.utf8), bytes(32, &random)]
            .map { CorpusEncoding.base64URL($0) }.joined(separator: ".")
    }

    static func code(_ random: inout SeededGenerator) -> String {
        let name = text(lower, 6, &random)
        return one(
            [
                "let \(name) = table.rate(for: region)?; if \(name) > 0.5 { return nil }; return \(name) * 2",
                "if \(name)_limit == None: return self.\(name)(amount, rate=0.2) + lookup(\(name))",
                "const \(name) = await fetch(url, { retry: 3 }); return \(name).items.map(x => x.id);",
                "func \(name)(a int) (int, error) { if a < 0 { return 0, fmt.Errorf(msg) }; return a * 3, nil }",
            ], &random)
    }
}

extension PlantedClass {
    private static func secret(
        _ name: String, _ key: String, _ isSelfEvident: Bool, _ inline: String? = nil,
        isMultiline: Bool = false, make: @escaping @Sendable (inout SeededGenerator) -> String
    ) -> PlantedClass {
        PlantedClass(
            name: name, family: .secret, key: key, isSelfEvident: isSelfEvident, inline: inline,
            isMultiline: isMultiline, make: make)
    }

    static let secrets: [PlantedClass] = tokens + keyed + blocks

    private static let tokens: [PlantedClass] = [
        secret("github", "GITHUB_TOKEN", true) { "ghp_" + Draw.text(Draw.alnum, 36, &$0) },
        secret("github-fine", "GH_PAT", true) {
            "github_pat_" + Draw.text(Draw.alnum, 22, &$0) + "_" + Draw.text(Draw.alnum, 59, &$0)
        },
        secret("gitlab", "CI_JOB_TOKEN", true) { "glpat-" + Draw.text(Draw.urlSafe, 20, &$0) },
        secret("gitlab-routable", "GITLAB_TOKEN", true) {
            "glrt-" + Draw.text(Draw.alnum, 27, &$0) + ".01." + Draw.text(Draw.digits, 7, &$0)
        },
        secret("aws-id", "AWS_ACCESS_KEY_ID", true) { "AKIA" + Draw.text(Draw.base32, 16, &$0) },
        secret("aws-session", "AWS_SESSION_TOKEN", true) {
            "FwoGZXIvYXdz" + Draw.text(Draw.base64, 320, &$0) + "=="
        },
        secret("google", "GOOGLE_API_KEY", true) { "AIza" + Draw.text(Draw.urlSafe, 35, &$0) },
        secret("google-oauth", "oauth_secret", true) {
            "GOCSPX-" + Draw.text(Draw.urlSafe, 28, &$0)
        },
        secret("slack", "SLACK_TOKEN", true) {
            "xoxb-" + Draw.text(Draw.digits, 12, &$0) + "-" + Draw.text(Draw.digits, 12, &$0) + "-"
                + Draw.text(Draw.alnum, 24, &$0)
        },
        secret("stripe", "STRIPE_KEY", true) { "sk_live_" + Draw.text(Draw.alnum, 24, &$0) },
        secret("stripe-hook", "hook_secret", true) { "whsec_" + Draw.text(Draw.alnum, 32, &$0) },
        secret("npm", "NPM_TOKEN", true) { "npm_" + Draw.text(Draw.alnum, 36, &$0) },
        secret("pypi", "TWINE_PASSWORD", true) {
            "pypi-AgEIcHlwaS5vcmc" + Draw.text(Draw.urlSafe, 90, &$0)
        },
        secret("openai", "OPENAI_API_KEY", true) {
            "sk-proj-" + Draw.text(Draw.urlSafe, 74, &$0) + "T3BlbkFJ"
                + Draw.text(Draw.urlSafe, 74, &$0)
        },
        secret("anthropic", "ANTHROPIC_API_KEY", true) {
            "sk-ant-api03-" + Draw.text(Draw.urlSafe, 93, &$0) + "AA"
        },
        secret("huggingface", "HF_TOKEN", true) { "hf_" + Draw.text(Draw.alnum, 34, &$0) },
        secret("sendgrid", "SENDGRID_API_KEY", true) {
            "SG." + Draw.text(Draw.urlSafe, 22, &$0) + "." + Draw.text(Draw.urlSafe, 43, &$0)
        },
        secret("telegram", "BOT_TOKEN", true) {
            "1" + Draw.text(Draw.digits, 9, &$0) + ":AA" + Draw.text(Draw.urlSafe, 33, &$0)
        },
        secret("discord", "DISCORD_TOKEN", true) {
            "M" + Draw.text(Draw.alnum, 23, &$0) + "." + Draw.text(Draw.alnum, 6, &$0) + "."
                + Draw.text(Draw.alnum, 38, &$0)
        },
        secret("vault", "VAULT_TOKEN", true) { "hvs." + Draw.text(Draw.urlSafe, 95, &$0) },
        secret("docker", "DOCKER_PASSWORD", true) {
            "dckr_pat_" + Draw.text(Draw.urlSafe, 27, &$0)
        },
        secret("digitalocean", "DO_TOKEN", true) { "dop_v1_" + Draw.text(Draw.hex, 64, &$0) },
        secret("twilio", "TWILIO_SID", true) { "SK" + Draw.text(Draw.hex, 32, &$0) },
        secret("nats", "NATS_SEED", true) { "SU" + Draw.text(Draw.base32, 56, &$0) },
        secret("age", "AGE_KEY", true) { "AGE-SECRET-KEY-1" + Draw.text(Draw.bech32, 58, &$0) },
        secret("jwt", "session_token", true) { Draw.jwt(&$0) },
        secret("azure-secret", "AZURE_CLIENT_SECRET", true) {
            Draw.text(Draw.alnum, 3, &$0) + "8Q~" + Draw.text(Draw.urlSafe + ["~", "."], 33, &$0)
        },
    ]

    private static let keyed: [PlantedClass] = [
        secret("aws-secret", "AWS_SECRET_ACCESS_KEY", false) {
            Draw.text(Draw.base64, 40, &$0)
        },
        secret(
            "azure-storage", "AccountKey", false,
            "AccountName=ledger;AccountKey={v};EndpointSuffix=core.windows.net"
        ) { CorpusEncoding.base64(Draw.bytes(64, &$0)) },
        secret(
            "azure-sas", "sas", false,
            "https://ledger.blob.core.windows.net/c?sv=2022-11-02&sr=c&sig={v}&sp=r"
        ) {
            CorpusEncoding.percent(CorpusEncoding.base64(Draw.bytes(32, &$0)))
        },
        secret("wireguard", "PrivateKey", false, "PrivateKey = {v}") {
            CorpusEncoding.base64(Draw.bytes(32, &$0))
        },
        secret("bearer", "Authorization", false, "Authorization: Bearer {v}") {
            Draw.text(Draw.urlSafe, 43, &$0)
        },
        secret("basic", "Authorization", false, "Authorization: Basic {v}") {
            CorpusEncoding.base64(Array((Draw.person(&$0) + ":" + Draw.password(&$0)).utf8))
        },
        secret("api-header", "X-Api-Key", false, "X-Api-Key: {v}") {
            Draw.text(Draw.alnum, 32, &$0)
        },
        secret("cookie", "Cookie", false, "Cookie: theme=dark; sid={v}") {
            Draw.text(Draw.alnum, 30, &$0)
        },
        secret("set-cookie", "Set-Cookie", false, "Set-Cookie: sid={v}; Path=/; HttpOnly") {
            Draw.text(Draw.alnum, 30, &$0)
        },
        secret("url-password", "endpoint", false, "wss://nadia:{v}@ship.moorhaven.net:7070/live") {
            Draw.password(&$0)
        },
        secret("database", "DATABASE_URL", false, "postgres://app:{v}@db1.orlo.com:5432/aura") {
            Draw.password(&$0)
        },
        secret("ado", "dsn", false, "Server=db1;User Id=app;Password={v};Encrypt=yes") {
            Draw.text(Draw.alnum, 14, &$0)
        },
        secret("password", "password", false) { Draw.password(&$0) },
        secret("db-password", "dbPassword", false) { Draw.password(&$0) },
        secret("hex-key", "api_key", false) { Draw.text(Draw.hex, 32, &$0) },
        secret("client-secret", "client_secret", false) {
            CorpusEncoding.base64(Draw.bytes(30, &$0))
        },
        secret("flag", "--token", false, "argv: aura live auth --user nadia --token {v} --json") {
            Draw.text(Draw.alnum, 36, &$0)
        },
        secret("flag-equals", "--password", false, "argv: pull --password={v} --all") {
            Draw.password(&$0)
        },
        secret("curl", "-u", false, "curl -u nadia:{v} https://ship.moorhaven.net/x") {
            Draw.text(Draw.alnum, 16, &$0)
        },
        secret("netrc", "netrc", false, "machine ship.moorhaven.net login nadia password {v}") {
            Draw.password(&$0)
        },
        secret("slack-hook", "hook_url", false, "https://hooks.slack.com/services/{v}") {
            "T" + Draw.text(Draw.upper, 8, &$0) + "/B" + Draw.text(Draw.upper, 10, &$0) + "/"
                + Draw.text(Draw.alnum, 24, &$0)
        },
    ]

    private static let blocks: [PlantedClass] = [
        secret("pem-rsa", "private_key", true, isMultiline: true) {
            Draw.pem("RSA PRIVATE KEY", 600, &$0)
        },
        secret("pem-ec", "tls_key", true, isMultiline: true) {
            Draw.pem("EC PRIVATE KEY", 120, &$0)
        },
        secret("pem-plain", "signing_key", true, isMultiline: true) {
            Draw.pem("PRIVATE KEY", 48, &$0)
        },
    ]

    private static func identity(
        _ name: String, _ key: String, _ isSelfEvident: Bool, _ inline: String? = nil,
        make: @escaping @Sendable (inout SeededGenerator) -> String
    ) -> PlantedClass {
        PlantedClass(
            name: name, family: .identity, key: key, isSelfEvident: isSelfEvident, inline: inline,
            make: make)
    }

    static let identities: [PlantedClass] = [
        identity("email", "author", true) { Draw.person(&$0) + "@skyforge.io" },
        identity("ipv4-private", "peer_addr", true) {
            "10.\(Draw.number(0..<256, &$0)).\(Draw.number(0..<256, &$0)).\(Draw.number(1..<255, &$0))"
        },
        identity("ipv4-lan", "bind", true) {
            "192.168.\(Draw.number(0..<256, &$0)).\(Draw.number(1..<255, &$0))"
        },
        identity("ipv4-public", "remote", true) {
            "\(Draw.number(80..<99, &$0)).\(Draw.number(0..<256, &$0)).\(Draw.number(0..<256, &$0)).7"
        },
        identity("ipv6", "peer6", true) { random in
            "2a02:"
                + (0..<7).map { _ in Draw.text(Draw.digits, 3, &random) }.map { "1" + $0 }
                .joined(separator: ":")
        },
        identity("mac", "hwaddr", true) { random in
            "a4:" + (0..<5).map { _ in Draw.text(Draw.hex, 2, &random) }.joined(separator: ":")
        },
        identity("host", "mothership", true) { Draw.host(&$0) },
        identity("home", "path", false, "/home/{v}/src/ledger/src/billing.rs") {
            Draw.person(&$0).replacing(".", with: "")
        },
        identity("home-mac", "path", false, "/Users/{v}/src/ledger/billing.rs") {
            Draw.person(&$0).replacing(".", with: "")
        },
        identity("home-windows", "path", false, #"C:\Users\{v}\src\billing.rs"#) {
            Draw.person(&$0).replacing(".", with: "")
        },
        identity("did-key", "actor", true) { "did:key:z6Mk" + Draw.text(Draw.base58, 44, &$0) },
        identity("did-plc", "actor", true) {
            "did:plc:" + Draw.text(Array("abcdefghijklmnopqrstuvwxyz234567"), 24, &$0)
        },
    ]

    static let bodies: [PlantedClass] = [
        PlantedClass(
            name: "body", family: .body, key: "body", isSelfEvident: false,
            make: { Draw.code(&$0) })
    ]

    static let all = secrets + identities + bodies
}
