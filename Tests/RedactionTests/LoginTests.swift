// A name and its password side by side, and numbers of people. Beside each of them what looks so.

import Testing

@Suite struct LoginTests {
    @Test(arguments: [
        Line("await db.auth(\"mfalk\", \"Quartz-71lamp\");", gone: "mfalk", "Quartz"),
        Line("requests.get(url, auth=('mfalk', 'Quartz-71lamp'))", gone: "mfalk", "Quartz"),
        Line("a = HTTPBasicAuth(\"mfalk\", \"k_CnXPV=dZo*5:\")", gone: "k_CnXPV"),
        Line("credentials += Credentials(\"r\", \"h\", \"mfalk\", \"Quartz-71\")", gone: "Quartz"),
        Line("getConnection(\"jdbc:x\", \"mfalk\", \"Quartz-71\");", gone: "mfalk", "Quartz"),
        Line("define('DB_PASSWORD', 'meadow-amber-lamp');", gone: "meadow"),
        Line("NOTE log in with mfalk/Quartz71", gone: "mfalk", "Quartz"),
        Line("NOTE credentials: mfalk / Quartz71", gone: "mfalk", "Quartz"),
        Line("[relay.example.net]:587 mfalk:Quartz71\n", gone: "mfalk", "Quartz"),
        Line("mfalk\t*\t\"Quartz71\"\t*\n", gone: "mfalk", "Quartz"),
        Line(
            "enable secret 0 Quartz71\nusername mfalk password 0 lamp99\n", gone: "Quartz", "lamp"),
        Line("AUTH meadow-amber-lamp\nPING\n", gone: "meadow", kept: ["PING"]),
        Line("USER mfalk\n331 ok\nPASS meadow-amber\n230 ok\n", gone: "mfalk", "meadow"),
        Line("expect \"assword:\"\nsend \"meadow71\\r\"\n", gone: "meadow", kept: ["\\r"]),
        Line("xfreerdp /u:mfalk /p:meadow71 /v:oslo7\n", gone: "mfalk", "meadow", "oslo7"),
        Line("psexec \\\\oslo -u mfalk -p meadow71 cmd\n", gone: "oslo", "mfalk", "meadow"),
        Line("gh secret set API --body \"meadow71\"\n", gone: "meadow"),
        Line("requirepass meadow\nmaxclients 7\n", gone: "meadow", kept: ["maxclients 7"]),
        Line("rocommunity meadow 10.0.0.0/8\n", gone: "meadow"),
        Line(
            "S: 334 VXNlcm5hbWU6\nC: bWZhbGs=\nS: 334 UGFzc3dvcmQ6\nC: bWVhZG93NzE=\nS: 235 ok\n",
            gone: "bWZhbGs", "bWVhZG", kept: ["235 ok"]),
        Line("<auth-user-pass>\nmfalk\nmeadow71\n</auth-user-pass>\n", gone: "mfalk", "meadow"),
        Line("mfalk:bc2/hRxw5=@tcp(oslo7:3306)/aura\n", gone: "mfalk", "bc2/hR", "oslo7"),
        Line("psql -h oslo7 -U mfalk aura\n", gone: "oslo7", "mfalk", kept: ["aura"]),
        Line("htpasswd -bc .htpasswd mfalk meadow71\n", gone: "mfalk", "meadow"),
        Line(
            "AAAAH-qXAJl:APA91b9gal4V9a0tJKe_BPVy6FxIAD9bvkrCo-yAd2ZyKrdyI4bAbnjZU4VRHOATlCLmr2",
            gone: "AAAAH", "gal4V9"),
        Line("eth_private_key -> 0x84245106f39fe668e1bbba316955e24021ea8797296316e0", gone: "8424"),
        Line("a1=\"--passphrase\" a2=\"amber lamp\"", gone: "amber", "lamp"),
        Line("aura\0--passphrase\0amber lamp\0--json\0", gone: "amber", "lamp", kept: ["--json"]),
        Line(
            "{\"ParameterKey\":\"ApiKey\",\"ParameterValue\":\"e4711dd46923f4a2\"}",
            gone: "e4711", kept: ["ApiKey"]),
        Line("mfalk:{SHA}qqqo6FkLuADj+Gj0EyInT/wADpM=\n", gone: "mfalk", "qqqo6F", "wADpM"),
        Line(
            "2026-05-04T10:20:30.400Z  INFO mfalk:$apr1$jGe6Igso$wM1YGXxwy72ecwP/NuV0Fn\n",
            gone: "mfalk", "jGe6Ig", kept: ["  INFO "]),
        Line(
            "2026-05-04T10:20:30.400Z  INFO oslo7:5432:aura:mfalk:Quartz-71lamp\n",
            gone: "mfalk", "Quartz", kept: ["  INFO "]),
        Line("bindpw EKNarQJGFk\r\nuri ldap://x\n", gone: "EKNarQ", kept: ["uri ldap"]),
        Line("{\"msg\":\"bindpw EKNarQJGFk\"}\n", gone: "EKNarQ"),
        Line("[relay.example.net]:587 mfalk:Quartz71\r\nnext\n", gone: "mfalk", "Quartz"),
        Line(
            "{\"m\":\"[r.example.net]:587 mfalk:Quartz71\",\"n\":1}\n", gone: "Quartz",
            kept: ["n\":1"]),
        Line("mfalk    *    mOtOer2AlIFBhDRy    *\n", gone: "mfalk", "mOtOer"),
        Line("total  *  of 12 files  *\n", gone: "~", kept: ["total  *  of 12 files  *"]),
        Line("OTP_CODE=370365\n", gone: "370365"),
        Line("oauth_code=SplxlObDu37iPwuH80 n=2\n", gone: "SplxlO", kept: [" n=2"]),
        Line(
            "{\"github-oauth\":{\"github.com\":\"2ac5438537f1a495098bebe766a2e3e1ebf134d1\"}}\n",
            gone: "2ac543", kept: ["\"github.com\":\""]),
        Line("{\"authorization_code\":\"293aaecb3ef910633088\"}\n", gone: "293aae"),
        Line("got NRJS-403dbe8e4c5deb6c25d and on", gone: "403dbe"),
    ])
    func aLoginGoes(line: Line) throws {
        try line.check()
    }

    @Test(arguments: [
        Line("phone: +49 173 3909562\n", gone: "173", "3909562"),
        Line("phone=+1 (605) 555-5130\n", gone: "605", "5130"),
        Line("<a href=\"tel:+1-402-555-4710\">", gone: "4710"),
        Line("sms sent to +447239103247 ok\n", gone: "72391"),
        Line("[1,{\"phone\":\"+1-402-555-4710\"}]", gone: "4710", kept: ["\"}]"]),
        Line("payout to DE81675621638332549346 ok\n", gone: "6756"),
        Line("IBAN DE81 6756 2163 8332 5493 46 ok\n", gone: "6756", "2163", kept: ["ok"]),
        Line("ssn: 561-02-4059\n", gone: "561-02"),
        Line("{\"latitude\":77.278462,\"longitude\":131.561178}", gone: "77.27", "131.56"),
        Line("{\"street\":\"Emberway 55\",\"postal_code\":\"66715\"}", gone: "Ember", "66715"),
    ])
    func aNumberOfSomebodyGoes(line: Line) throws {
        try line.check()
    }

    /// What stands before the first line of a key is the key's.
    @Test func headersOfAKeyGo() throws {
        let lines = [
            "-----BEGIN RSA PRIVATE KEY-----", "Proc-Type: 4,ENCRYPTED",
            "DEK-Info: AES-128-CBC,0123456789ABCDEF", "",
            "bW9yZXR0aWM6OTJjMzY1NWM2MDE4NmMxZjdhZDJlM2YzMTE5NWVkYzVhYmNkZWZn",
            "-----END RSA PRIVATE KEY-----",
        ]
        let output = try Bench.redact(
            lines.map { "2026-05-04T10:20:30.400Z DEBUG live::tls \($0)\n" }.joined())
        for part in ["Proc-Type", "DEK-Info", "bW9yZXR0"] { #expect(!output.contains(part)) }
    }

    @Test(arguments: [
        "auth(read, write)", "login(\"page\", \"open\")", "authenticate(\"basic\", \"required\")",
        "sign in with github or google", "login: started / stopped", "AUTH LOGIN", "AUTH PLAIN",
        "send \"hello\\r\" to the peer", "copy /p: all", "gauge\t*\tall", "password 0 retries left",
        "secret 5 of 7 loaded", "]:587 connections", "code DE12 of batch 7",
        "DE81675621638332549347 is no account", "session key: ed25519", "echo --body x",
        "334 VXNlcm5hbWU6 and more", "\"ParameterKey\":\"Retries\"",
    ])
    func whatIsNoLoginStays(text: String) throws {
        #expect(try Bench.redact("\(text)\n") == "\(text)\n")
    }

    /// The padding of base64 in a usual width breaks no line softly.
    @Test func aRecordBehindPaddingStays() throws {
        let next = "2026-05-04T10:20:30.400Z INFO  live::sync wal append seq=1 len=2"
        let header = "Authorization: Basic bW9yZXR0aWM6OTJjMzY1NWM2MDE4NmMxZjdhZDJlM2YzMT=\n"
        #expect(try Bench.redact("\(header)\(next)\n").hasSuffix("\n\(next)\n"))
    }
}
