// One line a class and form: what must be gone, and what must still be there.

import Redaction
import Testing

struct Line: Sendable, CustomTestStringConvertible {
    let text: String
    let gone: [String]
    var kept: [String] = []
    var testDescription: String { text }

    init(_ text: String, gone: String..., kept: [String] = []) {
        self.text = text
        self.gone = gone
        self.kept = kept
    }

    /// Expects what must go to be gone, the rest to be kept, and a second pass to change nothing.
    func check(as kind: ContentKind = .log) throws {
        let output = try Bench.redact(text, as: kind)
        for part in gone { #expect(!output.contains(part), "\(output)") }
        for part in kept { #expect(output.contains(part), "\(output)") }
        #expect(try Bench.redact(output, as: kind) == output)
    }
}

@Suite struct ClassTests {
    @Test(arguments: [
        Line("token=a1b2c3 n=4", gone: "a1b2c3", kept: ["token=REDACTED-token n=4"]),
        Line("at \\n2a01:4f8::77&#65;B rest", gone: "2a01", "4f8", kept: ["at", "rest"]),
        Line("Authorization: Bearer abcDEF123456 rest", gone: "abcDEF", kept: ["Bearer"]),
        Line(
            #"Authorization: Digest username="ada", nonce="77ab", response="c0ffee77""#,
            gone: "ada", "77ab", "c0ffee", kept: ["Digest"]),
        Line(
            "Authorization: AWS4-HMAC-SHA256 Credential=AKIDX/2026/s3, Signature=77aa99",
            gone: "AKIDX", "77aa99"),
        Line("Proxy-Authorization: Basic YWRhOmxvdmVsYWNl", gone: "YWRhOmxv", kept: ["Basic"]),
        Line("Cookie: theme=dark; sid=77aa99bb", gone: "dark", "77aa99", kept: ["theme=", "sid="]),
        Line(
            "Set-Cookie: sid=77aa99; Path=/; HttpOnly", gone: "77aa99", kept: ["Path=/; HttpOnly"]),
        Line(
            "postgres://ada:p@ss:w/rd#1@db.orlo.com:5432/x", gone: "p@ss", "w/rd", "ada:",
            kept: ["postgres://", ":5432/x"]),
        Line("https://glpat9f8e7d6c5b4a39@git.orlo.com/r.git", gone: "9f8e7d6c", kept: ["/r.git"]),
        Line("redis://:hunter77@10.2.3.4:6379/0", gone: "hunter77", kept: [":6379/0"]),
        Line(
            "GET /cb?code=9f&state=77&v=2#access_token=ab.cd", gone: "=9f", "=77", "ab.cd",
            kept: ["code=", "&v=2"]),
        Line(
            "Server=db;User Id=sa;Password={a;b=c};Encrypt=yes", gone: "a;b=c",
            kept: [";Encrypt=yes"]),
        Line(
            "host=db1 port=5432 user=ada password='se cret' dbname=x", gone: "se cret", "ada",
            kept: ["port=5432", "dbname=x"]),
        Line("machine git.orlo.com login ada password Fox7", gone: "Fox7", "ada"),
        Line("db.orlo.com:5432:ledger:ada:Fox77den", gone: "Fox77den", "ada", "orlo"),
        Line("curl -u ada:Fox77 https://api.orlo.com/x", gone: "Fox77", "ada:", "orlo"),
        Line(#"argv=["aura","--token","zz9","--json"]"#, gone: "zz9", kept: ["--json"]),
        Line("https://hooks.slack.com/services/T0AB/B0CD/abcdefghijkl", gone: "B0CD", "abcdef"),
        Line(
            #"{"apiKey":12345678,"n":3}"#, gone: "12345678",
            kept: [#""apiKey":"REDACTED"#, #""n":3"#]),
        Line(#"{"tokens":["aa11bb","cc22dd"],"n":3}"#, gone: "aa11bb", "cc22dd", kept: [#""n":3"#]),
        Line("Config { secret: Some(\"x9\"), retry: 3 }", gone: "x9", kept: ["retry: 3"]),
        Line("<password>Fox77</password>", gone: "Fox77", kept: ["</password>"]),
        Line("- name: DB_PASSWORD\n  value: Fox77den\n", gone: "Fox77"),
        Line(
            "password = \"it's \\\"quoted\\\" here\"\nlog = 1", gone: "quoted", "here",
            kept: ["log = 1"]),
        Line(
            "Author: Ada Lovelace <ada@orlo.com>", gone: "Lovelace", "ada@", "orlo",
            kept: ["Author:"]),
        Line(
            "from [fd12:3456:789a::7]:443 to fe80::1c2d:3eff:fe4f:5a6b%eth0",
            gone: "3456:789a", "3eff", kept: ["]:443", "fe80::", "%eth0"]),
        Line(
            "ether a4:83:e7:11:22:33 peer a4-83-e7-11-22-34", gone: "11:22:33", "11-22-34",
            kept: ["02:00:00:", "02-00-00-"]),
        Line("ip-10-20-30-40.ec2.internal up", gone: "10-20-30-40"),
        Line(#"C:\Users\ada\src and C:\\Users\\ada\\src"#, gone: "ada"),
        Line("at ~ada/src and /root/x", gone: "~ada", kept: ["/root/x"]),
        Line(
            "did:web:ada.orlo.com:u did:key:z6MkhaXgBZDvotDkL5257", gone: "orlo", "z6Mkha",
            kept: ["did:"]),
        Line(
            "key -----BEGIN EC PRIVATE KEY-----\\nMHcCAQEEIIrYSSNQFaA2\\n-----END EC PRIVATE KEY-----",
            gone: "MHcCAQ", kept: ["REDACTED-ec-private-key"]),
    ])
    func aLineLosesWhatItMustAndKeepsTheRest(line: Line) throws { try line.check() }

    @Test(arguments: [
        Line(
            "{\"before\":\"let a = b;\\nreturn a\",\"n\":1}", gone: "let a",
            kept: ["REDACTED-body-64", "\"n\":1"]),
        Line("{\"before\":\"9f8e7d6c\",\"after\":12}", gone: "~", kept: ["9f8e7d6c", "12"]),
        Line(
            "42 |     let total = price * 2;\n   |     ^^^^ expected f64\n", gone: "price",
            kept: ["42 |", "expected f64"]),
        Line(
            "src/a.c:3:5: error: no\n    total = price();\n    ^~~~\n", gone: "price",
            kept: ["error: no"]),
        Line(
            "  File \"a.py\", line 3, in pay\n    return price * 2\nKeyError: x\n", gone: "price",
            kept: ["KeyError: x", "in pay"]),
        Line(
            "@@ -1,2 +1,2 @@ fn pay() {\n-let a = price;\n+let a = cost;\n done\n\nnext",
            gone: "price", "cost", "pay", kept: ["@@ -1,2 +1,2 @@", "next"]),
        Line(
            "<<<<<<< ours\nlet a = 1\n=======\nlet a = 2\n>>>>>>> theirs\nok\n", gone: "let a",
            kept: ["<<<<<<< ours", ">>>>>>> theirs", "ok"]),
        Line("see\n```\nlet a = 1\n```\nok\n", gone: "let a", kept: ["ok"]),
        Line(
            "local=5 remote=5 source=watcher text=ok", gone: "~",
            kept: ["local=5 remote=5 source=watcher text=ok"]),
    ])
    func textOfFunctionsIsTaken(line: Line) throws {
        let output = try Bench.redact(line.text)
        for part in line.gone { #expect(!output.contains(part), "\(output)") }
        for part in line.kept { #expect(output.contains(part), "\(output)") }
        #expect(try Bench.redact(output) == output)
    }

    @Test func theStrictPolicyHidesNamesAndKeepsExtensions() throws {
        let text = "push fn=billing::pay file=src/ledger/tax.rs branch=feature-x seq=4\n"
        let output = try Bench.redact(text, by: Bench.redactor(strict: true))

        for part in ["billing", "pay", "ledger", "tax", "feature"] {
            #expect(!output.contains(part), "\(output)")
        }
        #expect(output.contains(".rs branch=name") && output.contains("seq=4"))
        #expect(try Bench.redact(output, by: Bench.redactor(strict: true)) == output)
        #expect(try Bench.redact(text) == text)
    }

    @Test(arguments: [
        ("upload_ghp_0123456789abcdefABCDEF0123456789abcd.tmp", "0123456789abcdefAB"),
        ("upload_ada.lovelace7@orlo.com.tmp", "lovelace"),
        ("upload_81.2.69.142.tmp", "81.2.69"), ("up_plum-db3.corp.orlo.internal.tmp", "orlo"),
        ("/home/ada7/src/x.rs", "ada7"),
    ])
    func namesOfFilesAreRedactedToo(name: String, gone: String) throws {
        let output = try Bench.redact(name, as: .fileName)
        #expect(!output.contains(gone), "\(output)")
        #expect(output.hasSuffix(name.suffix(3)))
    }
}
