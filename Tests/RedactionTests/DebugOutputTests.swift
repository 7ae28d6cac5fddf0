// Debug output of many languages, settings of programs that nobody keeps a list of, wrapped text behind
// marks, and what looks like a secret and is none.

import Redaction
import Testing

@Suite struct DebugOutputTests {
    private static let secret = "Kx9mQ2vTz7LpW4sR8n"

    @Test(arguments: [
        "[\"n\": \"3\", AnyHashable(\"cookieSecret\"): \"%\", AnyHashable(\"n\"): 3]\n",
        "QMap((\"n\", QVariant(int, 3))(\"accessToken\", QVariant(QString, \"%\")))\n",
        "▿ Config\n  ▿ token: Optional(\"%\")\n    - some: \"%\"\n  - port: 3\n",
        "cfg(ldap_bind_password) = %\n", "{\"text\":\"*auth_key*: `%`\"}\n", "*api_key*: %\n",
        "    [api_key:protected] => %\n    [n] => 3\n",
        "  [\"db_passwd\":protected]=>\n  string(18) \"%\"\n",
        "  [\"db_passwd\":\"Acme\\Config\":private]=>\n  string(18) \"%\"\n",
        "    Property: live.auth-key\n    Value: \"%\"\n    Origin: x\n",
        "cmake -B build -DSESSION_ID=% -DPORT=3\n", "      ~ session_id = \"old\" -> \"%\"\n",
        "    stats auth x:%\n", "addauth digest x:%\n", "user default on >% ~* +@all\n",
        "UPDATE u SET h = crypt('%', gen_salt('bf'));\n", "PRIVMSG NickServ :IDENTIFY %\n",
        "openssl pkcs12 -in a.p12 -passin pass:% -nodes\n", "\"svc\" * \"%\" *\n",
        "*:*:*:estelle:%\n",
    ])
    func aSecretGoes(place: String) throws {
        try Line(place.replacing("%", with: Self.secret), gone: Self.secret).check()
    }

    @Test(arguments: [
        Line("openssl pkcs12 -passin pass:CcXjPtZVOX -nodes\n", gone: "CcXjPt", kept: ["-nodes"]),
        Line("got s.McZ2Fk6pDeUQQY8q34OJPisw\n", gone: "McZ2Fk6p", kept: ["got "]),
        Line("GET /v1/s.McZ2Fk6pDeUQQY8q34OJPisw 200\n", gone: "McZ2Fk6p", kept: [" 200"]),
        Line("src=::ffff:10.155.92.170 n=1\n", gone: "::ffff", "10.155", kept: [" n=1"]),
        Line("src=[::ffff:81.15.92.170]:443\n", gone: "::ffff", "81.15.", kept: ["]:443"]),
        Line("src=::ffff:127.0.0.1 n=1\n", kept: ["::ffff:127.0.0.1 n=1"]),
        Line(
            "open \u{1B}]8;;http://localhost/?mac=25%3Ac6%3Aa7%3A77%3Ace%3A55\u{1B}\\here\u{1B}]8;;\u{1B}\\ n\n",
            gone: "25%3Ac6", kept: ["here", " n\n"]),
        Line("type=USER_LOGIN acct=\"mwangichow31\" res=success\n", gone: "mwangichow31"),
        Line("su: authentication failure for mwangichow31\n", gone: "mwangichow31"),
        Line("(mwangichow31) RELOAD (crontabs/mwangichow31)\n", gone: "mwangichow31"),
        Line("{\"user\":{\"name\":\"mwangichow31\",\"id\":3}}\n", gone: "mwangichow31"),
        Line("使用EF-2E-2D-45-8A-4B成功\n", gone: "EF-2E", kept: ["使用", "成功"]),
        Line("upload_45-2D-86-14-DF-94_1.part\n", gone: "45-2D", kept: ["_1.part"]),
        Line("::set-output name=mac::ea:3a:67:db:6e:8f\n", gone: "ea:3a", kept: ["name=mac::"]),
        Line("idevice: UDID b09839c67e9a5d40e31f24881602c2e24e5cc53d\n", gone: "b09839c6"),
        Line(
            "<source>val = @rows.find { |r| r.id == 7 }\nreturn unless val\nval.sum * 3</source>\n",
            gone: "@rows.find", "return unless", kept: ["</source>"]),
        Line(
            "2026-03-01T04:50:13.305Z INFO body=for clf in rows:\n    if clf.rate > 730:\n"
                + "        raise TaxError(clf)\n    total += clf.amount * 111\nreturn total\n"
                + "2026-03-01T04:50:14.305Z INFO done\n",
            gone: "for clf", "clf.rate", "return total", kept: ["INFO done\n"]),
        Line(
            "2026-03-01T04:50:13.305Z INFO body=let rate = lookup(region, 926)?;\nif rate > 226.0 {\n"
                + "    return Err(Tax::Over(rate));\n}\nOk(amount * rate)\n"
                + "2026-03-01T04:50:14.305Z INFO done\n",
            gone: "lookup", "if rate", "Ok(amount", kept: ["INFO done\n"]),
        Line("./a.go:9:5: cannot use x:\n\treturn left->base[6788] * 84;\n\t^\n", gone: "base["),
        Line(
            "{\"source\":\"SELECT sum(a.x) INTO b FROM q a WHERE a.id > 7;\\nIF b IS NULL THEN\\n"
                + "  RAISE EXCEPTION 'none';\\nEND IF;\\nRETURN b * 2;\"}\n", gone: "INTO b",
            "RAISE"),
    ])
    func aValueGoes(line: Line) throws { try line.check() }

    /// A document in base64 that was folded behind a mark of its own.
    @Test(arguments: ["# ", "| ", "+", "> ", "    ", "    # "], [60, 64, 72, 76])
    func aFoldedDocumentGoes(mark: String, width: Int) throws {
        let letters = Array(Self.encoded)
        let lines = stride(from: 0, to: letters.count, by: width).map {
            mark + String(letters[$0..<min($0 + width, letters.count)])
        }
        let text = "\(mark)payload:\n" + lines.joined(separator: "\n") + "\nINFO done in 3 ms\n"
        let safe = try Bench.redact(text)
        for line in lines {
            #expect(!safe.contains(line.dropFirst(mark.count).prefix(10)), "\(safe)")
        }
        #expect(safe.hasSuffix("INFO done in 3 ms\n"))
        #expect(try Bench.redact(safe) == safe)
    }

    /// A piece that begins as a date does belongs to the text above all the same.
    @Test func aPieceThatBeginsLikeADateIsNoRecord() throws {
        let text =
            "INFO sync AWS_SESSION_TOKEN=FwoGZXIvYXdzEBYaDH5kL\n    Kq8Zr1Vw7Nc3Xb6Mj9Tp2Ys\n"
            + "    3/5x7HhxcvYr+A6VPi2ZZlau\n    kho9qH2mWc8Lx4Rt7Bv1Nz5Q\nINFO next\n"
        let safe = try Bench.redact(text)
        for piece in ["Kq8Zr1", "3/5x7H", "kho9qH"] { #expect(!safe.contains(piece), "\(safe)") }
        #expect(safe.hasSuffix("INFO next\n"))
    }

    /// The same in the source of a program, a text a line.
    @Test(arguments: ["'|'", "\"|\" +", "\"|\\n\"", "\"|\",", "\"|\" \\"], [60, 64, 76])
    func aTextInPiecesGoes(form: String, width: Int) throws {
        let parts = form.split(separator: "|").map(String.init)
        for document in [Self.encoded, Self.encoded.utf8.map { String($0, radix: 16) }.joined()] {
            let letters = Array(document)
            let pieces = stride(from: 0, to: letters.count, by: width).map {
                String(letters[$0..<min($0 + width, letters.count)])
            }
            let lines = pieces.map { "    \(parts[0])\($0)\(parts[1])" }
            let text = "payload =\n" + lines.joined(separator: "\n") + "\nINFO done in 3 ms\n"
            let safe = try Bench.redact(text)
            for piece in pieces { #expect(!safe.contains(piece.prefix(10)), "\(safe)") }
            #expect(safe.hasPrefix("payload =\n") && safe.hasSuffix("INFO done in 3 ms\n"))
            #expect(try Bench.redact(safe) == safe)
        }
    }

    @Test func aListOfDigestsStays() throws {
        let list = """
            [
              "83f3f030c745b859105eb9a980ebc5fe753cb1093e4b383f3f083f3f030c745b",
              "93f3f030c745b859105eb9a980ebc5fe753cb1093e4b383f3f083f3f030c745c",
              "a3f3f030c745b859105eb9a980ebc5fe753cb1093e4b383f3f083f3f030c745d"
            ]

            """
        #expect(try Bench.redact(list) == list)
    }

    /// `{"port": 3, "peer": "abcdefghijklmnopqrstuvwxyz0123456789…", "db_password": "hunter2hunter2xyz"}`
    private static let encoded =
        "eyJwb3J0IjogMywgInBlZXIiOiAiYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU2Nzg5YWJjZGVmZ2hpamtsbW5v"
        + "cHFyc3R1dnd4eXoiLCAiZGJfcGFzc3dvcmQiOiAiaHVudGVyMmh1bnRlcjJ4eXoifQ=="

    @Test(arguments: [
        "INFO auth: passed=9 failed=5 n=3\n",
        "DEBUG auth: blake3=eeb36b47f1fb6b5aa7842a3d1867fef300c1f6bf n=473\n",
        "cache auth/session: hits=6216543 misses=2\n",
        "2026-06-01T10:11:12Z DEBUG auth: 3f2a1b9 fix: refresh token early\n",
        "DEBUG auth: ThreadId(42) tid=9\n", "pwd: /srv/app\n", "password_hash=argon2id n=3\n",
        "LOG:  vacuum of table \"live.public.peer\": index scans: 4\n",
        "aura[9]: token check: BuildID[sha1]=08be38ca9d45154954ef98edf9e1a8a0b49412b7\n",
        "aura[9]: token check: kex: algorithm: curve25519-sha256\n",
        "aura[9]: token check: digest: sha256:83f3f030c745b859105eb9a980ebc5fe753cb1093e4b383f3f0\n",
        "aura[9]: token check: /nix/store/l314ywfvgw4g4rzb4iq7llszi80l272c-aura-1.5\n",
        "pod aura-915c1bd45-ktnpj: token ready\n",
        "api aura-api-be7dd03de-doash   1/1     Running   6          37d\n",
        "aura[9]: token refresh: nginx@sha256:4eca87adf106b4bb912a9f90d3d4ff39ca9b0b87181df9d4\n",
        "backup_10-11-12-13-14-15_1.tar\n",
        "# 0.1.0\n# first\n+ a line\n+ another line\n| a | b |\n| c | d |\n",
    ])
    func anOrdinaryLineStays(line: String) throws { #expect(try Bench.redact(line) == line) }
}
