// Secrets in the encodings of programs that print bytes, and lists of numbers that say nothing; records
// of containers that hold a function line by line; addresses that were cut.

import Testing

@Suite struct EncodedTextTests {
    @Test(arguments: [
        Line(
            "<td>wss:&#47;&#47;nadia:Fjord%20bay8@box.corp.veldhuis.internal&#47;v1 up</td>\n",
            gone: "nadia", "Fjord", "bay8", kept: [" up</td>"]),
        Line(
            "<td>wss:&#47;&#47;nadia:Fjord%22bay8@box.corp.veldhuis.internal&#47;v1 up</td>\n",
            gone: "nadia", "Fjord", "bay8", kept: [" up</td>"]),
        Line(
            "raw http:&#47;&#47;nadia:8080%20and%20ada@example.com\n", gone: "ada@"),
        Line(
            "raw https:&#47;&#47;example.com%20asks%20for%20tea\n",
            kept: ["example.com%20asks%20for%20tea"]),
        Line(
            "got [100, 98, 95, 112, 97, 115, 115, 119, 111, 114, 100, 61,"
                + " 77, 97, 112, 108, 101, 35, 52, 52, 49, 49, 116, 97, 99, 107"
                + ", 108, 101] ok\n",
            gone: "100, 98", "116, 97", kept: ["got [", "] ok"]),
        Line(
            "got [100 98 95 112 97 115 115 119 111 114 100 61 77 97 112 1"
                + "08 101 35 52 52 49 49 116 97 99 107 108 101]\n",
            gone: "100 98"),
        Line(
            "{\"type\":\"Buffer\",\"data\":[100,98,95,112,97,115,115,119,111,11"
                + "4,100,61,77,97,112,108,101,35,52,52,49,49,116,97,99,107,108,"
                + "101],\"n\":1}\n",
            gone: "100,98",
            kept: [
                "{\"type\":\"Buffer\",\"data\":[\"REDACTED-encoded-text\"],\"n\":1}"
            ]),
        Line(
            "<Buffer 64 62 5f 70 61 73 73 77 6f 72 64 3d 4d 61 70 6c 65 2"
                + "3 34 34 31 31 74 61 63 6b 6c 65>\n",
            gone: "64 62", kept: ["<Buffer "]),
        Line(
            "{0x64, 0x62, 0x5f, 0x70, 0x61, 0x73, 0x73, 0x77, 0x6f, 0x72,"
                + " 0x64, 0x3d, 0x4d, 0x61, 0x70, 0x6c, 0x65, 0x23, 0x34, 0x34,"
                + " 0x31, 0x31, 0x74, 0x61, 0x63, 0x6b, 0x6c, 0x65}\n",
            gone: "0x64"),
        Line(
            "raw 64:62:5f:70:61:73:73:77:6f:72:64:3d:4d:61:70:6c:65:23:34"
                + ":34:31:31:74:61:63:6b:6c:65 end\n",
            gone: "64:62", kept: [" end"]),
        Line(
            "raw =64=62=5F=70=61=73=73=77=6F=72=64=3D=4D=61=70=6C=65=23=3"
                + "4=34=31=31=74=61=63=6B=6C=65 end\n",
            gone: "=64=62", kept: [" end"]),
        Line(
            "body MRRF64DBONZXO33SMQ6U2YLQNRSSGNBUGEYXIYLDNNWGK=== x\n",
            gone: "MRRF64DBON", kept: [" x"]),
        Line(
            "zlib eJxLSYovSCwuLs8vSrH1TSzISVU2MTE0LElMzs5JTSFTDgAfYB5w x\n",
            gone: "eJxLSYovSCwu", kept: [" x"]),
        Line(
            "zlib 789c4b498a2f482c2e2ecf2f4ab1f54d2cc84955363131342c494cc"
                + "ece494d21530e001f601e70 x\n",
            gone: "789c4b498a2f", kept: [" x"]),
        Line(
            "\\U00000070\\U00000061\\U00000073\\U00000073\\U00000077\\U0000006f"
                + "\\U00000072\\U00000064=Maple#4411\n",
            gone: "Maple"),
        Line(
            "POST s=fn+tax%28r%3A+%26Row%29+-%3E+Tax+%7B%0A++let+t+%3D+r."
                + "amount+%2A+r.rate%3B%0A++return+t%3B%0A%7D\n",
            gone: "r.amount", "r.rate"),
    ])
    func aListOfBytesGoes(line: Line) throws {
        try line.check()
    }

    @Test(arguments: [
        Line(
            "{\"log\":\"INFO ready\\n\",\"stream\":\"stderr\",\"time\":\"2026-04-01T0"
                + "0:00:00Z\"}\n{\"log\":\"fn settle(rows: \\u0026[Row]) -\\u003e Tax "
                + "{\\n\",\"stream\":\"stderr\",\"time\":\"2026-04-01T00:00:00Z\"}\n{\"log\""
                + ":\"    if mantle \\u003e 0.7 { return Err(mantle); }\\n\",\"strea"
                + "m\":\"stderr\",\"time\":\"2026-04-01T00:00:00Z\"}\n{\"log\":\"    let t"
                + "otal = rows.iter().map(|r| r.amount).sum();\\n\",\"stream\":\"std"
                + "err\",\"time\":\"2026-04-01T00:00:00Z\"}\n{\"log\":\"    Ok(total)\\n\""
                + ",\"stream\":\"stderr\",\"time\":\"2026-04-01T00:00:00Z\"}\n{\"log\":\"}\\"
                + "n\",\"stream\":\"stderr\",\"time\":\"2026-04-01T00:00:00Z\"}\n{\"log\":\""
                + "INFO done\\n\",\"stream\":\"stderr\",\"time\":\"2026-04-01T00:00:00Z\""
                + "}\n",
            gone: "mantle", "r.amount", "settle",
            kept: [
                "INFO ready", "INFO done", "\"stream\":\"stderr\"",
            ]),
        Line(
            "{\"PRIORITY\":\"3\",\"MESSAGE\":\"def settle(self, rows):\",\"_PID\":\""
                + "4\"}\n{\"PRIORITY\":\"3\",\"MESSAGE\":\"    total = sum(r.amount for "
                + "r in rows)\",\"_PID\":\"4\"}\n{\"PRIORITY\":\"3\",\"MESSAGE\":\"    retur"
                + "n total\",\"_PID\":\"4\"}\n{\"PRIORITY\":\"3\",\"MESSAGE\":\"Listening\",\""
                + "_PID\":\"4\"}\n",
            gone: "r.amount", "return total", kept: ["\"Listening\"", "\"_PID\":\"4\""]),
    ])
    func linesOfAFunctionInRecordsGo(line: Line) throws {
        try line.check()
    }

    @Test(arguments: [
        Line(
            "dial postgres://svc:Wharf-6849bi\n",
            gone: "Wharf", kept: ["postgres://"]),
        Line(
            "dial \"https://svc:Wharf6849b…\" failed\n",
            gone: "Wharf", kept: ["…\" failed"]),
        Line(
            "dial redis://svc:Wharf6849b...\n",
            gone: "Wharf", kept: ["..."]),
    ])
    func anAddressCutBeforeItsSignHidesItsPassword(line: Line) throws {
        try line.check()
    }

    @Test(arguments: [
        Line(
            "used npg_y310J62saXAK ok\n",
            gone: " npg_y310J", kept: [" ok"]),
        Line(
            "used NpmToken.9bf837c3-4c8f-064d-36aa-0123456789ab ok\n",
            gone: " NpmToken.", kept: [" ok"]),
        Line(
            "used dp.ct.ZCfEJbuCieTSkP9mXiHKUEyaZCfEJbuCieTSkP9mXiH ok\n",
            gone: " dp.ct.ZCf", kept: [" ok"]),
        Line(
            "used A3-STZ1DS-LJPUXD-BRSFM-DQXZO-MAAAA-BBBBB ok\n",
            gone: " A3-STZ1DS", kept: [" ok"]),
        Line(
            "used 217b95c649bef59f207633fa84100000-217b95c6-49bef59f ok\n",
            gone: " 217b95c64", kept: [" ok"]),
        Line(
            "used b7ff959a21604ef9228a4fa14ddd5b00-us21 ok\n",
            gone: " b7ff959a2", kept: [" ok"]),
        Line(
            "used pat-eu1-ffde70df-15bb-2f8e-1b9a-0123456789ab ok\n",
            gone: " pat-eu1-f", kept: [" ok"]),
        Line(
            "used 00DaFJdtoTe8zFc!dUeexDhnnh8xVQ4udUeexDhnnh8xVQ4udUeexDh"
                + "nnh8xVQ4udUeexDhnnh8xVQ4udUeexDhnnh8xVQ4u ok\n",
            gone: " 00DaFJdto", kept: [" ok"]),
        Line(
            "used SDDGDF5GK65XKX6L4SNHWV6KFHWGBUSDDGDF5GK65XKX6L4SNHWV6KF"
                + "H ok\n",
            gone: " SDDGDF5GK", kept: [" ok"]),
    ])
    func aTokenOfAKnownShapeGoes(line: Line) throws {
        try line.check()
    }

    @Test(arguments: [
        "SHA256 fp aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99:aa"
            + ":bb:cc:dd\n",
        "hist [1, 5, 9, 100, 98, 55, 44, 33, 22, 11, 100, 110, 115, 3"
            + "2, 40, 41, 50, 51]\n",
        "counts 64 62 63 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78"
            + " 79 80 81\n",
        "run 2026-04-21 21:41:06 2026-04-21 21:41:07 2026-04-21 21:41"
            + ":08 ended\n",
        "GET http://localhost:8080\n",
        "pull docker://alpine:v3.19-rc1\n",
        "open http://localhost:$PORT1a\n",
        "sha 00D4F3B0A1C2D3E4F500112233445566778899AABBCCDDEEFF001122"
            + "33445566\n",
        "{\"PRIORITY\":\"6\",\"MESSAGE\":\"Listening on:\",\"_PID\":\"4\"}\n{\"PRIO"
            + "RITY\":\"6\",\"MESSAGE\":\"  all addresses (3)\",\"_PID\":\"4\"}\n",
        "issue #012 is closed\n",
    ])
    func numbersThatSayNothingStay(text: String) throws {
        #expect(try Bench.redact(text) == text)
    }
}
