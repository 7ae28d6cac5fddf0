// What rules leave alone must not become a way out: each exception beside the secret that looks like
// it, and input made to be walked again and again.

import Redaction
import Testing

@Suite struct ExceptionTests {
    @Test(arguments: [
        Line("mail alice@corp-example.com…42 left\n", gone: "alice", kept: ["…42 left"]),
        Line("mail alice@corp-example.com–2024 report\n", gone: "alice", kept: ["–2024 report"]),
        Line("请联系 alice@example.com。谢谢你们\n", gone: "alice@", kept: ["。谢谢你们"]),
        Line("CREATE USER bob\n  IDENTIFIED BY hunter2xy\n  QUOTA 1M;\n", gone: "hunter2xy"),
        Line("{\"passwords\": {\"staging-network\": \"hunter2xy\"}}\n", gone: "hunter2xy"),
        Line("{\"passwords\": [{\"type\":\"x\"}, \"hunter2xy\"]}\n", gone: "hunter2xy"),
        Line(
            "{\"name\":\"DB_PASSWORD\",\"field\":\"env\",\"value\":\"hunter2xy\"}\n",
            gone: "hunter2xy"),
        Line("token_pair=abcDEF123:xyzGHI456\n", gone: "abcDEF", "xyzGHI"),
        Line("JOIN_KEY=hT7sQ2mN9xLp4vRz\n", gone: "hT7sQ2"),
        Line("password: |-  \n  hunter2xy\nnext: 1\n", gone: "hunter2xy", kept: ["next: 1"]),
        Line("USER: bob\nPASS: S3cr3tPw!x\nok logged in\n", gone: "S3cr3tPw"),
        Line("hostname: alphabox crashed\n", gone: "alphabox", kept: [" crashed"]),
        Line("password=My.Pw{x=1}9kQ\n", gone: "My.Pw", "9kQ"),
        Line("license: QWERTY-UIOPAS-DFG1HJ\n", gone: "UIOPAS"),
        Line(
            "auth webhook hmac sha256=q83kLmN2vXz7RtY9wPa4sDfGh6JkLzXcVbNmQwErTyU\n",
            gone: "q83kLmN2"),
        Line(
            "INSERT INTO t VALUES ('a','token=abc123XYZ',5);\n", gone: "abc123XYZ",
            kept: ["',5);"]),
        Line("password=abcdef9&x=1&y=2\n", gone: "abcdef9", kept: ["&x=1&y=2"]),
        Line(
            "<data name=\"Foo:ApiKey\">abcDEF123456</data>\n", gone: "abcDEF123456",
            kept: ["\">", "</data>"]),
        Line(
            "def zqa(zqb):\n    \"\"\"\n    Computes the zqm margin for the client\n"
                + "    as agreed with the zqo office\n    \"\"\"\n    zqc = zqb.total()\n"
                + "    return zqc\n", gone: "zqm", "zqo", "zqc"),
        Line(
            "static int f(int a) {\n    /* the margin of the client\n     * is from the table\n"
                + "     */\n    int c = a * 2;\n    return c;\n}\n", gone: "margin", "table"),
        Line(
            "* func zqa(_ zqb: Int) -> Int {\n*     guard zqb > 3 else { return 0 }\n"
                + "*     let zqc = zqb * 2\n*     return zqc\n* }\n", gone: "zqb", "zqc"),
    ])
    func whatLooksLikeAnExceptionGoes(line: Line) throws { try line.check() }

    /// Comes out as it went in.
    @Test(arguments: [
        "libswift-s9Redaction7ScannerV4scanyyF\n", "blob-4a7Kd9QmZx2LpRt8Ws3Nv.bin\n",
        "lookup host names in the table\n", "node-20-11-1-0 is out\n",
        "[\"import a\", \"return b\", \"let me know\", \"class act\", \"final say\"]\n",
        "swift.access.private css.flex.box settings.deploy.prod\n",
    ])
    func whatIsOrdinaryStays(text: String) throws {
        #expect(try Bench.redact(text) == text)
    }

    /// Two records that share much are no lines behind a head.
    @Test func recordsInJSONKeepTheirMembers() throws {
        let code = "func total(x) {\\n  let zqb = x;\\n  return zqb }"
        let lines = (1...3).map { "{\"ts\":\"12:00:0\($0)\",\"src\":\"\(code)\"}" }
        let safe = try Bench.redact(lines.joined(separator: "\n") + "\n")
        #expect(!safe.contains("zqb"))
        for (line, number) in zip(safe.split(separator: "\n"), 1...3) {
            #expect(line.hasPrefix("{\"ts\":\"12:00:0\(number)\",\"src\":\""), "\(line)")
        }
    }

    /// A ruler of a table is one unit of UTF-16 again and again, and no second encoding.
    @Test func aTableInUTF16IsRead() throws {
        let text = "Report\n" + String(repeating: "═", count: 60) + "\npassword=hunter2xy\n"
        var wide: [UInt8] = [0xFF, 0xFE]
        for unit in text.utf16 { wide += [UInt8(unit & 255), UInt8(unit >> 8)] }
        let safe = try Bench.redactor().redact(wide, as: .log).bytes
        var units: [UInt16] = []
        for index in stride(from: 2, to: safe.count - 1, by: 2) {
            units.append(UInt16(safe[index]) | UInt16(safe[index + 1]) << 8)
        }
        let read = String(decoding: units, as: UTF16.self)
        #expect(read.contains("═") && !read.contains("hunter2xy"), "\(read)")
    }

    /// Each took minutes in a first version; here a hundred thousand bytes take moments.
    @Test(
        .timeLimit(.minutes(20)),
        arguments: [
            "+let x\n", "> import x\n", "\"let x\",\n", "\"x\",\n\"let \",\n", "  let x = [\n",
        ])
    func hostileLinesAreReadOnce(line: String) throws {
        let text = String(repeating: line, count: 100_000 / line.utf8.count)
        #expect(!(try Bench.redact(text)).isEmpty)
    }

    /// A page longer than a window, where each line leads to the next: what was read once more for
    /// each 4 KiB that came took a minute for 2 MB of the release build.
    @Test(
        .timeLimit(.minutes(20)),
        arguments: [
            ("password: \"old\" => \"\n", 1_500_000), ("hooks.slack.com/services/\n", 300_000),
            ("password:\n  Xk9vQ2mT7pLw4\n", 1_500_000),
        ])
    func aPageOfOpeningsIsReadOnce(line: String, bytes: Int) throws {
        let text = String(repeating: line, count: bytes / line.utf8.count)
        let safe = try Bench.redact(text)
        #expect(safe.contains("REDACTED") && !safe.contains("Xk9vQ2mT7pLw4"))
    }
}
