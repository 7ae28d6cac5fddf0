// The classes of canaries, after the formats their issuers publish. Lengths are those in use; the
// redactor must not rely on them, which other lengths in its own tests show.

import Redaction

extension CanaryClass {
    /// What may stand in any text.
    static let everywhere: [CanaryClass] =
        tokens + marked + keys + keyed + carried + code + names + [keyWithoutEnd]

    private static let tokens: [CanaryClass] = [
        CanaryClass("github-token", .vendorToken, "ghp_", { $0.some(36, of: Letters.base62) }),
        CanaryClass("github-fine-grained", .vendorToken) { letters in
            let secret =
                letters.some(22, of: Letters.base62) + "_" + letters.some(59, of: Letters.base62)
            return Canary(text: "github_pat_" + secret, secret: secret)
        },
        CanaryClass("gitlab-token", .vendorToken, "glpat-", { $0.some(20, of: Letters.base62) }),
        CanaryClass("aws-key-id", .vendorToken, "AKIA", { $0.some(16, of: Letters.base32) }),
        CanaryClass("google-key", .vendorToken, "AIza", { $0.some(35, of: Letters.base62) }),
        CanaryClass("google-oauth", .vendorToken, "GOCSPX-", { $0.some(28, of: Letters.base62) }),
        CanaryClass("slack-token", .vendorToken) { letters in
            let secret =
                letters.some(12, of: Letters.digits) + "-" + letters.some(12, of: Letters.digits)
                + "-" + letters.some(24, of: Letters.base62)
            return Canary(text: "xoxb-" + secret, secret: secret)
        },
        CanaryClass("slack-webhook", .vendorToken) { letters in
            let secret = letters.some(24, of: Letters.base62)
            let place =
                "T" + letters.some(9, of: Letters.base32) + "/B"
                + letters.some(9, of: Letters.base32)
            return Canary(
                text: "https://hooks.slack.com/services/\(place)/\(secret)", secret: secret)
        },
        CanaryClass("stripe-key", .vendorToken, "sk_live_", { $0.some(32, of: Letters.base62) }),
        CanaryClass("npm-token", .vendorToken, "npm_", { $0.some(36, of: Letters.base62) }),
        CanaryClass(
            "pypi-token", .vendorToken, "pypi-AgEIcHlwaS5vcmc", { $0.some(70, of: Letters.base62) }),
        CanaryClass(
            "anthropic-key", .vendorToken, "sk-ant-api03-", { $0.some(93, of: Letters.base62) },
            "AA"),
        CanaryClass("openai-key", .vendorToken) { letters in
            let secret = letters.some(20, of: Letters.base62)
            return Canary(
                text: "sk-\(secret)T3BlbkFJ\(letters.some(20, of: Letters.base62))",
                secret: secret)
        },
        CanaryClass("hugging-face-token", .vendorToken, "hf_") {
            $0.some(34, of: Letters.upper + Letters.lower)
        },
        CanaryClass("sendgrid-key", .vendorToken) { letters in
            let secret = letters.some(43, of: Letters.base62)
            return Canary(
                text: "SG.\(letters.some(22, of: Letters.base62)).\(secret)", secret: secret)
        },
        CanaryClass(
            "digitalocean-token", .vendorToken, "dop_v1_",
            { $0.some(64, of: Letters.hexadecimal) }),
        CanaryClass("vault-token", .vendorToken, "hvs.", { $0.some(60, of: Letters.base62) }),
        CanaryClass("docker-token", .vendorToken, "dckr_pat_", { $0.some(27, of: Letters.base62) }),
        CanaryClass(
            "age-key", .vendorToken, "AGE-SECRET-KEY-1",
            { $0.some(58, of: Array("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L")) }),
    ]

    /// What is known by a mark inside, or by the lengths of its parts.
    private static let marked: [CanaryClass] = [
        CanaryClass("twilio-key", .vendorToken, "SK", { $0.some(32, of: Letters.hexadecimal) }),
        CanaryClass("telegram-token", .vendorToken) { letters in
            let secret = letters.some(33, of: Letters.base62)
            return Canary(
                text: "1\(letters.some(9, of: Letters.digits)):AA\(secret)", secret: secret)
        },
        CanaryClass("discord-token", .vendorToken) { letters in
            let secret = letters.some(38, of: Letters.base62)
            // The number of a user in base64, a time, and the secret.
            let user = "1" + letters.some(17, of: Letters.digits)
            let place =
                Wrapping.base64(Array(user.utf8), isURL: true) + "."
                + letters.some(6, of: Letters.base62)
            return Canary(text: "\(place).\(secret)", secret: secret)
        },
        CanaryClass("nats-seed", .vendorToken, "SU", { $0.some(56, of: Letters.base32) }),
        CanaryClass("azure-client-secret", .vendorToken) { letters in
            let secret = letters.some(34, of: Letters.base62)
            return Canary(
                text: "\(letters.some(3, of: Letters.base62))8Q~\(secret)", secret: secret)
        },
        CanaryClass("mailgun-key", .vendorToken, "key-", { $0.some(32, of: Letters.hexadecimal) }),
    ]

    private static let keys: [CanaryClass] = [
        CanaryClass("web-token", .webToken) { letters in
            let head = letters.json(#"{"alg":"HS256","typ":"JWT"}"#)
            let claims = letters.json(#"{"sub":"\#(letters.word())","n":1}"#)
            let secret = letters.some(43, of: Letters.base62)
            return Canary(text: "\(head).\(claims).\(secret)", secret: secret)
        },
        CanaryClass("encrypted-web-token", .webToken) { letters in
            let head = letters.json(#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#)
            let secret = letters.some(43, of: Letters.base62)
            let parts = [43, 16, 22].map { letters.some($0, of: Letters.base62) }
            return Canary(
                text: "\(head).\(parts[0]).\(parts[1]).\(secret).\(parts[2])", secret: secret)
        },
        CanaryClass("private-key", .privateKey) { letters in
            // Letters alone: nothing but the frame says that this is a key.
            let lines = (0..<4).map { _ in letters.some(64, of: Letters.lower) }
            return Canary(
                text: "-----BEGIN PRIVATE KEY-----\n\(lines.joined(separator: "\n"))\n"
                    + "-----END PRIVATE KEY-----",
                secret: lines[2])
        },
    ]

    /// Its mask goes on until something that is no key: behind it nothing else is planted.
    private static let keyWithoutEnd = CanaryClass("private-key-without-end", .privateKey) {
        letters in
        let lines = (0..<3).map { _ in letters.some(64, of: Letters.base64) }
        return Canary(
            text: "-----BEGIN RSA PRIVATE KEY-----\n" + lines.joined(separator: "\n") + "\n\n",
            secret: lines[2])
    }

    private static let keyed: [CanaryClass] = [
        CanaryClass("password", .keyedSecret, "password = ", { $0.password() }),
        CanaryClass("quoted-password", .keyedSecret, "dbPassword: \"", { $0.password() }, "\""),
        CanaryClass(
            "aws-secret", .keyedSecret, "aws_secret_access_key=",
            { $0.some(40, of: Letters.base62) }),
        CanaryClass(
            "aws-session", .keyedSecret, "aws_session_token=FwoGZXIvYXdzE",
            { $0.some(64, of: Letters.base62) }),
        CanaryClass(
            "wireguard-key", .keyedSecret, "PrivateKey = ",
            { $0.opaque() + $0.opaque().prefix(19) }, "="
        ),
        CanaryClass("api-key", .keyedSecret, "api_key=", { $0.some(24, of: Letters.base62) }),
        CanaryClass(
            "connection-string", .keyedSecret, "Server=db1;User Id=sa;Password=",
            { $0.password() }, ";Encrypt=true"),
        CanaryClass(
            "storage-account", .keyedSecret, "AccountName=store;AccountKey=",
            { $0.some(86, of: Letters.base62) }, "=="),
        CanaryClass("bearer", .header, "Authorization: Bearer ") {
            $0.some(40, of: Letters.base62)
        },
        CanaryClass("cookie-word", .header, "Cookie: theme=", { $0.word(14) }, "; Path=/"),
        CanaryClass("basic-authorization", .header) { letters in
            let secret = Wrapping.base64(Array("svc:\(letters.password())".utf8), isURL: false)
            return Canary(text: "Proxy-Authorization: Basic " + secret, secret: secret)
        },
        CanaryClass("cookie", .header, "Cookie: sid=", { $0.some(32, of: Letters.base62) }),
        CanaryClass("opaque-value", .opaqueValue, "leaked credential here ") {
            $0.some(40, of: Letters.base62)
        },
    ]

    private static let carried: [CanaryClass] = [
        CanaryClass("url-password", .urlUserInfo) { letters in
            let secret = letters.password()
            return Canary(
                text: "postgres://svc:\(secret)@db.internal.example:5432/main", secret: secret)
        },
        CanaryClass(
            "signed-url", .urlQuery, "https://files.example.com/f?sv=2022-11-02&sig=",
            { $0.some(43, of: Letters.base62) }, "&se=2030"),
        CanaryClass(
            "oauth-code", .urlQuery, "https://app.example.com/cb?code=",
            { $0.some(32, of: Letters.base62) }, "&page=2"),
        CanaryClass("command-flag", .commandFlag, "run: sshpass -p ", { $0.opaque() }, " ssh db"),
        CanaryClass("flag-user", .commandFlag, "run: curl -u svc:", { $0.password() }, " /health"),
        CanaryClass("netrc", .passwordFile, "machine git.example login svc password ") {
            $0.password()
        },
        CanaryClass(
            "pgpass", .passwordFile, "file:\ndb.internal.example:5432:main:svc:",
            { $0.some(20, of: Letters.base62) }, "\n"),
    ]

    private static let code: [CanaryClass] = [
        CanaryClass("hunk", .functionBody) { letters in
            let secret = letters.word(16)
            return Canary(
                text: "conflict:\n@@ -10,3 +10,4 @@ fn load()\n-    let a = read();\n"
                    + "+    let \(secret) = decode(a)?;\n     done()\n",
                secret: secret)
        },
        CanaryClass("compiler-snippet", .functionBody) { letters in
            let secret = letters.word(16)
            return Canary(
                text: "parser:\nerror: expected `;`\n --> src/lib.rs:14:9\n   |\n"
                    + "14 |         let \(secret) = decode(frame)\n   |         ^^^ here\n",
                secret: secret)
        },
    ]

    private static let names: [CanaryClass] = [
        CanaryClass("email", .email) { letters in
            let secret = "\(letters.word(8)).\(letters.word(6))@\(letters.word(9)).com"
            return Canary(text: "author \(secret) wrote", secret: secret, isName: true)
        },
        CanaryClass("ipv4", .ipv4) { letters in
            let secret =
                "\(letters.number(110...126)).\(letters.number(110...250))."
                + "\(letters.number(110...250)).\(letters.number(110...250))"
            return Canary(text: "connected to \(secret):7070", secret: secret, isName: true)
        },
        CanaryClass("ipv6", .ipv6) { letters in
            let groups = (0..<6).map { _ in
                letters.some(1, of: Array("123456789abcdef"))
                    + letters.some(3, of: Letters.hexadecimal)
            }
            let secret = "2a02:26f7:" + groups.joined(separator: ":")
            return Canary(text: "connected to [\(secret)]:7070", secret: secret, isName: true)
        },
        CanaryClass("hardware-address", .hardwareAddress) { letters in
            let secret =
                "3c:"
                + (0..<5).map { _ in
                    letters.some(1, of: Array("123456789abcdef"))
                        + letters.some(1, of: Letters.hexadecimal)
                }.joined(separator: ":")
            return Canary(text: "link eth0 \(secret) up", secret: secret, isName: true)
        },
        CanaryClass("home-folder", .userName) { letters in
            let secret = letters.word(12)
            return Canary(
                text: "reading /home/\(secret)/project/a.rs", secret: secret, isName: true)
        },
        CanaryClass("decentralized-id", .decentralizedID) { letters in
            let secret = "z6Mk" + letters.some(44, of: Letters.base62)
            return Canary(text: "peer did:key:\(secret) joined", secret: secret, isName: true)
        },
        CanaryClass("device", .deviceID) { letters in
            let secret = letters.some(64, of: Letters.hexadecimal)
            return Canary(text: "device=\(secret)", secret: secret, isName: true)
        },
        CanaryClass("host-in-url", .hostName) { letters in
            let secret = "\(letters.word(9)).\(letters.word(7)).net"
            return Canary(text: "GET wss://\(secret):7070/ws", secret: secret, isName: true)
        },
        CanaryClass("known-secret", .knownSecret) { letters in
            let secret = letters.word(24)
            return Canary(
                text: "seen \(secret) today", secret: secret, known: .secret(name: "canary"))
        },
        CanaryClass("known-user", .knownIdentity) { letters in
            let secret = letters.word(13)
            return Canary(
                text: "asked by \(secret) today", secret: secret, isName: true,
                known: .identity(.user))
        },
    ]

    /// Lines of a settings file that only the list of allowed keys stops.
    static let settings: [CanaryClass] = [
        CanaryClass(
            "unknown-setting", .settingsAllowlist, "remark_of_mine = \"", { $0.word(20) }, "\"")
    ]

    /// Variables that only the list of allowed names stops.
    static let environment: [CanaryClass] = [
        CanaryClass(
            "unknown-variable", .environmentAllowlist, "REMARK_OF_MINE=", { $0.word(20) })
    ]

    /// What only the strict policy hides.
    static let strict: [CanaryClass] = [
        CanaryClass("path", .strictName) { letters in
            let secret = letters.word(14)
            return Canary(text: "path src/\(secret)/tax.rs changed", secret: secret, isName: true)
        }
    ]
}
