// What lists of issuers and examples do not hold: signs in passwords, tokens of issuers nobody has
// heard of, broken keys, files in two encodings.

import Redaction
import Testing

@Suite struct FreshTests {
    /// Passwords of all signs, in places where signs end values.
    @Test(arguments: [
        "run --token % -v", "level=info password=%", "DB_PASSWORD=%", "password = %", "password: %",
        "/usr/bin/aura --password=% --json", "2026-01-01T00:00:00Z WARN bad password: %",
        "Server=db1;Password=%;Timeout=3", "{\"level\":\"info\",\"password\":\"%\",\"n\":3}",
        "export PASSWORD='%'",
    ])
    func aPasswordOfAnySignsGoes(place: String) throws {
        let passwords = [
            "bH8ykSX3]vfQ", "W{m/^UkWq,4tZ", "pmWt%P)[=cZ-b7Qs", "SfA75cR1FVB(Ab7Q", "c>k9m7p&Exq",
            "E*V>tq0]*GyA", "UK58J}t]hze01P", "OTq{.jd>6xu", "6KDAsuX4V*nh:q", "0MRU1eIiR2(pLx",
            "Zo}Zo|pK+ykgXq7", "N{Y4/EeoZbh!yUg", "}Tn98#2m6.?gq", "]wITsV48q|x",
        ]
        for password in passwords {
            let line = place.replacing("%", with: password) + "\n"
            let safe = try Bench.redact(line)
            let letters = Array(password)
            let survives = (0..<letters.count - 5).contains {
                safe.contains(String(letters[$0..<$0 + 6]))
            }
            #expect(!survives, "\(line)\(safe)")
        }
    }

    @Test(arguments: [
        Line("used cfat_d0rX432CuFc1nTKSbrCXEeIV0g5TfHQZxr5jGKmE\n", gone: "d0rX432C"),
        Line("saw acme_live_T3kQ9vLx2MbZr8Wc5YpN7dHs and went on\n", gone: "T3kQ9vLx"),
        Line(
            "key MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
                + "MzEfYyjiWA4R4ypbHqGC0H0+tG3fGbN4hYb1\n", gone: "VJTUt9Us"),
        Line("connected to ip-10-0-0-1 and dhcp-192-168-0-66.lan ok\n", gone: "10-0-0-1", "0-66"),
        Line("connected to ::ffff:cb00:7207 ok\n", gone: "cb00:7207", kept: [" ok\n"]),
        Line("ssh: connect to host adas-mbp port 22: timed out\n", gone: "adas-mbp"),
        Line("mail ada@bücher.example.de now\n", gone: "ada@", kept: [" now\n"]),
        Line("Unseal Key 1: vxvONyNC4Xh2mPq8Lw38Dp\n", gone: "vxvONyNC"),
        Line(
            "<wsse:Password Type=\"x\">hunter2x9</wsse:Password>\n", gone: "hunter2x9",
            kept: ["Type=\"x\">", "</wsse:Password>"]),
        Line(
            "name=\"password\"\r\nContent-Type: text/plain\r\n\r\nCobalt%2065timber\r\n--b\n",
            gone: "Cobalt"),
        Line("{\"param\":\"password\",\"val\":\"hunter2x9\"}\n", gone: "hunter2x9"),
        Line(
            "{\"op\":\"replace\",\"path\":\"/spec/password\",\"value\":\"hunter2x9\"}\n",
            gone: "hunter2x9", kept: ["/spec/password"]),
        Line(
            "{\"recovery_codes\":[\"fnpaxx3i4i\",\"yljtopmk9m\"],\"n\":1}\n", gone: "fnpaxx3i4i",
            "yljtopmk9m", kept: ["\"n\":1"]),
        Line(
            "{\"z\":[\"def settle(self, rows):\",\"    total = 0\","
                + "\"        total += row.amount * row.rate\",\"    return round(total, 2)\"]}\n",
            gone: "row.amount", "round(total"),
        Line("client_secret=token123\n", gone: "token123"),
        Line(
            "2026-03-01T10:00:00.000Z INFO  live::sync upstream replied 401 for password=\n"
                + "Cobalt*6218ember\n", gone: "6218ember"),
    ])
    func whatNoListHoldsGoes(line: Line) throws { try line.check() }

    /// Comes out as it went in.
    @Test(arguments: [
        "{\"msg\":\"session closed\\nAuthenticationService12 stopped\"}\n",
        "{\"msg\":\"token bucket for\\n7f1c5a3e-0b7d-4a0e-9b7f-2d3c4b5a6978 is empty\"}\n",
        "PASS: ld-x86-64/pr20253-1g\nPASS: addr2line\n",
        "agent.server: initializing acls\nServer: nginx/1.24.0\n",
        "{\"msg\":\"session closed\",\"caller\":\"AuthenticationSessionHandlerV2.closeAll\"}\n",
        "{\"limit_key\": \"maxResults\", \"result_key\": \"Items\"}\n",
        "{\"metadata\":{\"uid\":\"7f1c5a3e-0b7d-4a0e-9b7f-2d3c4b5a6978\"}}\n",
        "{\"secrets\":{\"found\":0,\"scanner\":\"gitleaks\",\"status\":\"clean\"}}\n",
        "at Api.TokenService.Get() in TokenService.cs:line 42\n",
        "instances identified by all tags\n", "yaml/tokens.py,sha256=lTQIzSVwRsKyqcW5\n",
        "License: GPL-2+\nLicense: BSD-3-Clause\n", "<input accesskey=\"n\">\n",
        "Pass --token or set it; dbus-launch --exit-with-session starts\n",
        "<a href=\"keys.html#xsltFreeKeys\">xsltFreeKeys</a>\n",
        "order req_1NG8Du2eZvKYlo2CUI79vXWy done\n",
    ])
    func whatSaysHowThingsStandStays(text: String) throws {
        #expect(try Bench.redact(text) == text)
    }

    /// A record that breaks off must not take the next ones with it.
    @Test(arguments: [
        "{\"msg\":\"bad \\\"body\\\": {\",\"n\":1}", "{\"body\":{\"a\":1",
        "{\"level\":\"error\",\"msg\":\"bad field \\\"token\\\": `abc\",\"n\":1}",
        "{\"msg\":\"truncated: {\\\"token\\\":[\\\"abc12\\\",\",\"n\":1}",
    ])
    func aBrokenRecordLeavesTheNextAlone(broken: String) throws {
        let next = (0..<20).map {
            "{\"level\":\"info\",\"seq\":\($0),\"msg\":\"started worker \($0)\"}\n"
        }.joined()
        #expect(try Bench.redact(broken + "\n" + next).hasSuffix("\n" + next))
    }

    @Test func whatIsWrittenInTwoEncodingsIsRefused() throws {
        let plain = Array("2026-03-01 INFO password=Walnut#9247nickel peer=203.0.113.9\n".utf8)
        let wide: [UInt8] = plain.flatMap { (byte: UInt8) -> [UInt8] in [byte, 0] }
        let mark: [UInt8] = [0xFF, 0xFE]
        let shifted: [UInt8] = mark + wide + [0x20] + wide
        for mixed in [mark + wide + plain, shifted] {
            #expect(throws: RedactionFailure.self) {
                try Bench.redactor().redact(mixed, as: .log)
            }
        }
        // A mark that lies is no encoding.
        let safe = try Bench.redactor().redact(mark + plain, as: .log)
        #expect(!String(decoding: safe.bytes, as: UTF8.self).contains("9247nickel"))
    }
}
