// Places and formats that no list of token prefixes has: what people and programs really do with
// secrets. Each line was missed once, by this redactor or by another.

import Support
import Testing

@Suite struct AdversaryTests {
    @Test(arguments: [
        Line("curl -su ada:fox-den77 https://localhost/", gone: "fox-den77", kept: ["curl -su "]),
        Line("curl -uada:fox-den77 https://localhost/", gone: "fox-den77"),
        Line("curl --user ada:fox-den77 https://localhost/", gone: "fox-den77"),
        Line("curl --user=ada:fox-den77 https://localhost/", gone: "fox-den77"),
        Line("curl -b 'sid=77aa; a=fox-den' https://localhost/", gone: "77aa", "fox-den"),
        Line("mysql -uada -pfox-den77 -h localhost", gone: "fox-den77", kept: ["-h localhost"]),
        Line("sshpass -pfox-den77 ssh box", gone: "fox-den77", kept: ["ssh box"]),
        Line("redis-cli -h localhost -a fox-den77 ping", gone: "fox-den77", kept: [" ping"]),
        Line("ldapsearch -D cn=x -w fox-den77 -b dc=a", gone: "fox-den77", kept: ["-b dc=a"]),
        Line("docker login -u ada -p Fox.94632den box", gone: "Fox.94632den"),
        Line("docker run -p 8080:80 img", gone: "~", kept: ["8080:80"]),
        Line("keytool -storepass fox-den77 -keypass Lynx99q -list", gone: "fox-den77", "Lynx99q"),
        Line("echo fox-den77 | sudo -S ls", gone: "fox-den77"),
        Line("echo 'fox-den77' | docker login --password-stdin", gone: "fox-den77"),
        Line("USER x\nPASS fox-den77\n230 ok\n", gone: "fox-den77", kept: ["230 ok"]),
        Line("AUTH PLAIN AGFkYQBmb3gtZGVuNzc=\n", gone: "AGFkYQ"),
        Line("openssl rsa -passin pass:XQZqYmsZvJMduw", gone: "XQZqYm"),
    ])
    func commandLines(line: Line) throws { try line.check() }

    @Test(arguments: [
        Line("CREATE USER x IDENTIFIED BY 'fox-den77';", gone: "fox-den77", kept: ["';"]),
        Line("ALTER USER x IDENTIFIED WITH native BY \"fox den\" x", gone: "fox den"),
        Line("CONNECT TO b IDENTIFIED BY Fox77den USING 'x'", gone: "Fox77den", kept: ["USING"]),
        Line("SET PASSWORD FOR x = PASSWORD('fox-den77');", gone: "fox-den77"),
        Line(
            "INSERT INTO users (id, mail, password) VALUES (3, 'ok', 'fox-den');", gone: "fox-den",
            kept: ["'ok'"]),
        Line("ada:fox-den77@tcp(localhost:3306)/db", gone: "fox-den77", kept: ["@tcp("]),
        Line("jdbc:oracle:thin:ada/fox-den77@//localhost:1521/x", gone: "fox-den77"),
        Line("Server=localhost;User Id=adalove;Password=x7y;n=1", gone: "adalove", "x7y"),
        Line(
            #"{"u":"postgres:\/\/ada:Otter%60x9raven@localhost\/x"}"#, gone: "x9raven", "Otter"),
    ])
    func statementsAndConnections(line: Line) throws { try line.check() }

    @Test(arguments: [
        Line("contraseña=fox-den77 n=1", gone: "fox-den77", kept: ["n=1"]),
        Line("{\"密码\":\"fox-den\",\"n\":1}", gone: "fox-den", kept: ["\"n\":1"]),
        Line("PASSWORD：fox-den77", gone: "fox-den77"),
        Line("DBPASS='fox-den'", gone: "fox-den"), Line("db.pass=jqmpjq", gone: "jqmpjq"),
        Line("psk=\"fox-den\"", gone: "fox-den"), Line("recovery_code=fox-den7", gone: "fox-den7"),
        Line("ACCOUNTKEY=fox956", gone: "fox956"), Line("API_KEY ?= fox956", gone: "fox956"),
        Line("the password is fox-den77 now", gone: "fox-den77", kept: [" now"]),
        Line("secret_key -> sGCFWVgM7.Sat8-ceY3n", gone: "Sat8"),
        Line("val secret: String = \"fox-den\"", gone: "fox-den"),
        Line("password:\n  - fox-den\n  - lynx\nport: 80", gone: "fox-den", "lynx", kept: ["80"]),
        Line("<property name=\"SECRET\">fox-den</property>", gone: "fox-den", kept: ["</prop"]),
        Line("<meta name=\"csrf-token\" content=\"fox-den\"/>", gone: "fox-den"),
        Line("a:1:{s:6:\"secret\";s:7:\"fox-den\";}", gone: "fox-den"),
        Line(
            "Content-Disposition: form-data; name=\"secret\"\r\n\r\nfox-den\r\n--b", gone: "fox-den"
        ),
        Line("userPassword:: Zm94LWRlbg==", gone: "Zm94"),
        Line(
            #"[{"name":"Authorization","value":"Bearer fox77denABC"},{"name":"Cookie","value":"s=fox"}]"#,
            gone: "fox77", "s=fox", kept: [#""name":"Cookie","value":"#]),
        Line("hash=$2b$12$vaF7xx4muqRyQcfloGxKs4BzmVaAEKVSj6R", gone: "vaF7xx"),
        Line(#"{"kty":"OKP","d":"c2VjcmV0","x":"cHVibGlj"}"#, gone: "c2Vj", kept: ["cHVibGlj"]),
    ])
    func formsOfAssignment(line: Line) throws { try line.check() }

    @Test(arguments: [
        Line(#"{"value":"fox-den77","name":"DB_PASSWORD"}"#, gone: "fox-den77", kept: ["DB_PASS"]),
        Line(#"[{"x":1},{"value":"fox-den77","key":"api_token"}]"#, gone: "fox-den77"),
        Line("GET /c?url=https%3A%2F%2Fbo%3Afox-den77%40git.com&n=1", gone: "fox-den77"),
        Line("db postgres://bo:fox-den77@$DB_HOST/app", gone: "fox-den77", kept: ["$DB_HOST"]),
        Line("db postgres://bo:fox-den77@:5432/app", gone: "fox-den77"),
        Line(
            #"x,"{""user"":""bo"",""password"":""fox-den77""}",9"#, gone: "fox-den77",
            kept: [#"""}",9"#]),
        Line("curl --user 'bo:fox-den77' https://localhost/", gone: "fox-den77"),
        Line(#"{"login":"x","pass":"foxdenlynx"}"#, gone: "foxdenlynx"),
        Line("auth: { user: 'bo', pass: 'foxdenlynx' }", gone: "foxdenlynx"),
        Line("db_pw=foxdenlynx n=1", gone: "foxdenlynx", kept: ["n=1"]),
        Line("bindpw=\"foxdenlynx\"", gone: "foxdenlynx"),
        Line("SAMLResponse=PHNhbWxwOlJlc3BvbnNl", gone: "PHNhbWxw"),
        Line("Failed password for invalid user gob from 10.1.2.3", gone: " gob "),
        Line("Accepted publickey for gob from 10.1.2.3 port 22", gone: " gob ", kept: ["port 22"]),
        Line("session opened for user gob(uid=7)", gone: " gob("),
        Line("sudo: TTY=pts/0 ; PWD=/srv/app ; USER=root", gone: "~", kept: ["PWD=/srv/app"]),
        Line("PASS: tests/merge.sh\n", gone: "~", kept: ["PASS: tests/merge.sh"]),
        Line("pass: 3 of the checks\n", gone: "~", kept: ["pass: 3 of the checks"]),
        Line(
            "cfg {\"secrets\":{\"a\":\"fox-den77\"\n{\"t\":1,\"msg\":\"peer count\"}\n",
            gone: "fox-den77", kept: ["{\"t\":1,\"msg\":\"peer count\"}"]),
        Line(
            #"{"log":"\"tokens\": [ \"fox-den77\"","at":"noon"}"#, gone: "fox-den77",
            kept: [#""at":"noon""#]),
    ])
    func pairsNamesAndTheEndsOfLists(line: Line) throws { try line.check() }

    /// A key that lost its END mark takes no digests of the records behind it.
    @Test func aKeyWithoutAnEndLeavesDigestsAlone() throws {
        var random = SeededGenerator(seed: 62)
        let key = Draw.pem("EC PRIVATE KEY", 200, &random).split(separator: "\n").dropLast()
        let digest = Draw.text(Draw.hex, 40, &random)
        let text = key.map { "[app] \($0)\n" }.joined() + "[app] at commit \(digest)\n"

        let output = try Bench.redact(text)

        #expect(output.contains(digest), "\(output)")
        for line in key.dropFirst() { #expect(!output.contains(line.prefix(20)), "\(output)") }
    }

    /// One record of JSON or logfmt for each line of a key.
    @Test(arguments: [
        "{\"t\":\"x\",\"msg\":\"{l}\",\"level\":\"info\"}", "t=x msg=\"{l}\" seq=1",
    ])
    func aKeyWithOneLineARecord(form: String) throws {
        var random = SeededGenerator(seed: 63)
        let key = Draw.pem("RSA PRIVATE KEY", 300, &random).split(separator: "\n").map(String.init)
        let text = key.map { form.replacing("{l}", with: $0) + "\n" }.joined()

        let output = try Bench.redact(text)

        for line in key.dropFirst().dropLast(2) {
            #expect(!output.contains(line.prefix(20)), "\(output)")
        }
        #expect(output.split(separator: "\n").count == key.count)
    }

    /// Issuers and the shape of what they issue: `a` letters and digits, `h` hexadecimal.
    private static let issued = [
        "GR1348941 a20", "ABSK a80", "HRKU-AA a50", "ATBB a32", "CFPAT- a43", "bkua_ h40",
        "CCIPAT_ a40", "lsv2_pt_ h40", "pcsk_ a63", "tvly- a32", "napi_ a64", "pylf_v1_us_ a43",
        "ddp_ a36", "csk- a48", "e2b_ h40", "sb_secret_ a31", "rdme_ a70", "rnd_ a28",
        "xsmtpsib- h64", "key- h32", "fw_ a24", "re_ a32", "v4.local. a120", "t1. a90",
        "EAACEdEose0cBA a90", "AQVN a38", "essu_ a80", "glc_ a80", "s-s4t2ud- h64", "rubygems_ h48",
    ]

    @Test(arguments: [51, 52] as [UInt64])
    func tokensOfOtherIssuersAreSeenWherever(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for shape in Self.issued {
            let parts = shape.split(separator: " ").map(String.init)
            let alphabet = parts[1].hasPrefix("h") ? Draw.hex : Draw.alnum
            let tail = Draw.text(alphabet, Int(parts[1].dropFirst()) ?? 30, &random)
            for form in ["using {v} now", "{\"m\":\"{v}\"}", "GET /x/{v}/y", "retry({v})", "{v}"] {
                let text = form.replacing("{v}", with: parts[0] + tail)
                let output = try Bench.redact(text + "\n")
                let middle = String(tail.dropFirst(4).prefix(12))
                #expect(!output.contains(middle), "seed \(seed): \(text) gave \(output)")
            }
        }
    }

    @Test(arguments: [
        "{t} INFO {l}", "{\"t\":\"{t}\",\"m\":\"{l}\"}", "[app] {l}", "-{l}", "> {l}",
        "  \"{l}\\n\" +",
        "\u{1B}[2m{t}\u{1B}[0m {l}",
    ])
    func keysWithSomethingRoundEachLine(form: String) throws {
        var random = SeededGenerator(seed: 61)
        let key = Draw.pem("RSA PRIVATE KEY", 300, &random).split(separator: "\n").map(String.init)
        let lines = key.map {
            form.replacing("{l}", with: $0).replacing("{t}", with: "2026-05-04T10:20:30.400Z")
        }
        let output = try Bench.redact(lines.joined(separator: "\n") + "\n")
        for line in key.dropFirst().dropLast() {
            #expect(!output.contains(line.prefix(20)), "\(output)")
        }
    }

    @Test(arguments: [
        "note {c}", "ERROR parser: unexpected token near `{c}` at 3:5", "error: no\n{c}\n    ^\n",
        "applied\n{c}\n2026-05-04T10:20:30.400Z INFO next", "{\"old_string\":\"{c}\",\"n\":1}",
        "3   {c}\n    ~~~~\n", "/srv/x.js:3\n{c}\n      ^\n\nError: x",
    ])
    func codeThatNothingAnnounces(form: String) throws {
        let head = "2026-05-04T10:20:30.400Z INFO live: "
        for code in [
            "let qrate = table[region]; if qrate > 3 { return qrate * 2 }",
            "const qrate = await fetch(url); return qrate.items.map(x => x.id);",
            "func pay(a int) int { qrate := a * 3; if qrate > 4 { return 0 }; return qrate }",
        ] {
            let output = try Bench.redact(head + form.replacing("{c}", with: code))
            #expect(!output.contains("qrate"), "\(output)")
        }
    }

    /// A value ends where its syntax ends: none takes the line with it.
    @Test(arguments: [
        "before=let x = 3; if x > 3 { return x }", "token='abc def", "'secret': \"never closed",
        "Authorization: zzz yyy", "Cookie: a=b7c8; c", "-----BEGIN RSA PRIVATE KEY----- MIIabc",
        "@@ -1,2 +3,4 @@ fn x", "text=some words", "password={open",
        "body=let q = w + 3; return q;",
    ])
    func aLineOfManyRecordsLosesItsValuesOnly(value: String) throws {
        let records = (0..<4000).map { number in
            "2026-05-04T10:20:30.\(number % 900 + 100)Z INFO live::sync wal append seq=\(number)"
        }
        var parts = records
        parts[2000] += " " + value
        let output = try Bench.redact(parts.joined(separator: " "))
        let kept = records.count { output.contains($0) }

        #expect(kept >= records.count - 12, "\(kept) of \(records.count)")
        #expect(output.utf8.count * 100 >= parts.joined(separator: " ").utf8.count * 99)
    }
}
