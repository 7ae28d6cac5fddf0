// Values in what programs say of them: refused behind a flag, changed, listed with their names, cut off.

import Testing

@Suite struct RefusedValueTests {
    @Test(arguments: [
        Line(
            "error: invalid value 'foxDen77ab' for '--api-secret <API_SECRET>'\n",
            gone: "foxDen77ab",
            kept: ["invalid value '", "' for '--api-secret <API_SECRET>'"]),
        Line(
            "invalid argument \"foxDen77ab\" for \"--token\" flag: too short\n", gone: "foxDen77ab",
            kept: ["invalid argument \"", "\" for \"--token\" flag"]),
        Line("error: invalid value 'foxDen77ab==' for '--salt <SALT>'\n", gone: "foxDen77ab"),
        Line(
            "{\"msg\":\"invalid value \\\"foxDen77ab\\\" for \\\"--token\\\"\",\"n\":1}\n",
            gone: "foxDen77ab", kept: ["\"n\":1"]),
        Line(
            "error: invalid value '12x' for '--token-ttl <SECONDS>'\n", gone: "nothing",
            kept: ["'12x' for '--token-ttl <SECONDS>'"]),
        Line(
            "error: invalid value 'abc' for '--retries <N>'\n", gone: "nothing",
            kept: ["'abc' for '--retries <N>'"]),
    ])
    func aRefusedValueGoes(line: Line) throws {
        try line.check()
    }

    @Test(arguments: [
        Line(
            "  ~ SERVICE_TOKEN = \"old\" -> \"foxDen77ab\"\n", gone: "foxDen77ab", kept: ["\"old\""]
        ),
        Line(
            "[{\"k\":\"SERVICE_TOKEN\",\"v\":\"02c2c94e-2e0d-4c6b-9d9f-9f3a6f1f0c11\"},"
                + "{\"k\":\"n\",\"v\":\"3\"}]\n",
            gone: "02c2c94e", kept: ["{\"k\":\"n\",\"v\":\"3\"}"]),
        Line("if pairing_token != \"foxDen77ab\" fail\n", gone: "foxDen77ab", kept: ["fail"]),
        Line("token_count = 12 -> 14\n", gone: "nothing", kept: ["token_count = 12 -> 14"]),
        Line("if token != nil fail\n", gone: "nothing", kept: ["if token != nil fail"]),
    ])
    func aChangedOrComparedValueGoes(line: Line) throws {
        try line.check()
    }

    @Test func theAddressesOfFlowsAreHooksToo() throws {
        let path = "T0A1B2C3D/A0A1B2C3D4/123456789012345678/foxDenFoxDenFoxDen77"
        for end in ["workflows/", "triggers/"] {
            try Line("post to https://hooks.slack.com/\(end)\(path) ok\n", gone: "T0A1", "foxDen77")
                .check()
        }
    }

    @Test(arguments: [
        Line(
            "app.larch.dev\tTRUE\t/\tTRUE\t1790000000\tsid\tfoxDen77ab\n", gone: "foxDen77ab",
            kept: ["\t1790000000\tsid\t"]),
        Line(
            "#HttpOnly_app.larch.dev\tFALSE\t/x\tTRUE\t0\tid\tfoxDen77ab\n", gone: "foxDen77ab"),
        Line("a\tTRUE\tb\tc\n", gone: "nothing", kept: ["a\tTRUE\tb\tc"]),
    ])
    func aCookieInAJarGoes(line: Line) throws {
        try line.check()
    }

    @Test(arguments: [
        Line("cypher-shell -u mfalk -p foxDen77ab x\n", gone: "mfalk", "foxDen77ab"),
        Line("bcp t out f -S oslo7.larch.dev -U mfalk -PfoxDen77ab\n", gone: "mfalk", "foxDen"),
        Line("rabbitmqctl add_user mfalk foxDen77ab\n", gone: "mfalk", "foxDen77ab"),
        Line(
            "mc alias set x https://s3.larch.dev larchKeyId77 foxDen77ab\n", gone: "larchKeyId77",
            "foxDen77ab", kept: ["mc alias set x https://"]),
        Line("oslo7/unix:0  MIT-MAGIC-COOKIE-1  712e1e86a561587b\n", gone: "712e1e86"),
        Line("echo foxDen77ab | wrangler secret put API_TOKEN\n", gone: "foxDen77ab"),
        Line("echo foxDen77ab | kinit mfalk7\n", gone: "foxDen77ab"),
        Line(
            "-Credential (New-Object X('m', (ConvertTo-SecureString -String \"foxDen77\" -Force)))\n",
            gone: "foxDen77"),
    ])
    func aSecretInAPlaceOfItsCommandGoes(line: Line) throws {
        try line.check()
    }

    @Test func tokensWithTheNameOfADigestAndOfThreePartsGo() throws {
        let parts =
            "8d434eda16f5bdb3c2a1e9f0.93c20c2644751bf8d543d34c8f68c84e.6b53fe08c6b43e7083aaceae21"
        try Line(
            "saw sha256~T9lPB-X2c5pvYG_TF4J6PRZvdWT82Xg2llIuItczB-2 ok\n", gone: "sha256~", "T9lPB"
        )
        .check()
        try Line("saw st.\(parts) ok\n", gone: "8d434eda", "6b53fe08").check()
    }

    /// `--token foxDen77abLarchQz`, as some write base32.
    @Test func smallLettersOfBase32AreDecoded() throws {
        let text = "token=foxDen77abLarchQz"
        let bits = text.utf8.map { byte in
            String(repeating: "0", count: byte.leadingZeroBitCount) + String(byte, radix: 2)
        }.joined()
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567")
        let encoded = stride(from: 0, to: bits.count, by: 5).map { place -> Character in
            let five = bits.dropFirst(place).prefix(5)
            let padded = five + String(repeating: "0", count: 5 - five.count)
            return alphabet[Int(padded, radix: 2) ?? 0]
        }
        let output = try Bench.redact("frame data=\(String(encoded)) n=3\n")
        #expect(!output.contains(String(encoded.prefix(12))), "\(output)")
        #expect(output.contains("n=3"))
    }

    @Test func argumentsMayEndWithAnEscapedZero() throws {
        for text in [
            "cmdline: aura\\0--api-key\\0foxDen77ab\\0--json\n",
            "cmd: \"aura\\0login\\0--token\\0foxDen77ab\\0--json\"\n",
        ] {
            try Line(text, gone: "foxDen77ab", kept: ["--json"]).check()
        }
    }

    @Test(arguments: [
        Line(
            "<add value=\"02c2c94e-2e0d-4c6b-9d9f-9f3a6f1f0c11\" key=\"API_TOKEN\"/>\n",
            gone: "02c2c94e", kept: ["key=\"API_TOKEN\"/>"]),
        Line(
            "| api_token | 02c2c94e-2e0d-4c6b-9d9f-9f3a6f1f0c11 |\n| port | 7070 |\n",
            gone: "02c2c94e", kept: ["| port | 7070 |"]),
        Line("**Password:** FoxDen!77larch\n", gone: "FoxDen", kept: ["**Password:** "]),
        Line("ALTER SYSTEM SET wg_psk TO 'foxDen77ab'\n", gone: "foxDen77ab"),
        Line("(api-token . \"foxDen77ab\")\n", gone: "foxDen77ab"),
        Line("AssertionError: token mismatch: 'fox7' != 'x'\n", gone: "fox7"),
        Line(
            "got AZURE_DEVOPS_PAT 'ejiygj5llq33rdtp7bx6mqrc65zxanhfj63d3fhnckx'\n", gone: "ejiygj5"),
        Line("<add value=\"7070\" key=\"port\"/>\n", gone: "nothing", kept: ["value=\"7070\""]),
        Line(
            "| token | created |\n| foxDen77ab | 2026 |\n", gone: "foxDen77ab",
            kept: ["| token | created |"]),
    ])
    func aValueGoesThatANameIsSetApartFromByASign(line: Line) throws {
        try line.check()
    }

    @Test func anIDBehindAnUnknownSchemeIsACredential() throws {
        try Line(
            "> Authorization: Splunk 02c2c94e-2e0d-4c6b-9d9f-9f3a6f1f0c11\n> Accept: x\n",
            gone: "02c2c94e", kept: ["Authorization: Splunk ", "Accept: x"]
        ).check()
        let prose = "INFO authorization: required for room 9\n"
        #expect(try Bench.redact(prose) == prose)
    }

    /// The head of the record stands before the first line of 76.
    @Test func quotedPrintableGoesOnBelowTheHeadOfItsRecord() throws {
        let head = "2026-03-11T00:14:39.402Z DEBUG live::sync "
        let first = "open store for larch with user=3Dsvc and retries=3D7 and client_key_pw=3Dfox="
        let text = head + first + "\nDenZ77abLarchQz and n=3D4\n" + head + "scan tick\n"
        try Line(text, gone: "DenZ77ab", "LarchQz", kept: ["retries=3D7", "scan tick"]).check()
    }
}
