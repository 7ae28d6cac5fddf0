// What lines that somebody broke, cells, lists and columns hold, and ordinary lines beside it.

import Redaction
import Testing

@Suite struct FoldedAndListedTests {
    /// Secrets in lines that were broken at one width, and the ordinary line below.
    @Test(arguments: [
        Line(
            "2026-03-01T03:06:22.938Z INFO  upstream replied 401 for docker login -p 12345678901234567 "
                + "\r\nran 2 tests\r\n", kept: ["ran 2 tests"]),
        Line(
            "2026-03-01T03:03:58.082Z INFO  upstream replied 401 for app_secr\n"
                + "et=LmBKjS46jr4LZR8ugqsgHKPD\n", gone: "LmBKjS46"),
        Line(
            "2026-03-01T03:03:58.082Z INFO  upstream replied 401 for app_secr\\\n"
                + "et=LmBKjS46jr4LZR8ugqsgHKPD\n", gone: "LmBKjS46"),
        Line(
            "2026-03-01T03:03:58.082Z INFO  upstreams replied 401 dbSecret=Lm\r\n"
                + "BKjS46jr4LZR8ugqsgHKPD\r\n", gone: "BKjS46jr"),
        Line(
            "2026-03-01T03:03:10.617Z INFO  replied 401 for https://tariq:xnUc\n"
                + "*lns3qa@otter-db4.corp.veldhuis.internal\n", gone: "lns3qa"),
        Line(
            "2026-03-01T03:05:09.578Z INFO  upstream replied 401 for Cookie: JSESSIONID=90a75b2f72a5\n"
                + "43767632f600; lang=en\n", gone: "43767632", kept: ["lang=en"]),
        Line(
            "used xoxp-662156158653-579437533965-627866114\n"
                + "8523-364433b5e54415d827e10fc23b444f57\n", gone: "364433b5"),
        Line(
            "2026-05-04T10:20:30.400Z INFO  live::sync OPENAI_API_KEY=sk-proj\n"
                + "--kUB1wEOnXeGPYmi71s6OJdGpu-e1nlE2cEVitozpQd90wyiEMQs3jC_if3I1Qj\n"
                + "wUwFfOxe59VT3BlbkFJGTCIdxdTenFOo18hBrRNeaEXHheimNXX361GG5hdfj5qr\n"
                + "QA8JeEpD9mLogAs7910TaI8pjUCf1\n"
                + "2026-05-04T10:20:30.400Z INFO  live::sync next\n",
            gone: "kUB1wEOn", "wUwFfOxe", "QA8JeEpD", kept: ["live::sync next"]),
        Line(
            "2026-05-04T10:20:30.400Z INFO  live::sync OPENAI_API_KEY=sk-proj\n"
                + "--no-install-recommends\n", kept: ["\n--no-install-recommends\n"]),
        Line(
            "2026-05-04T10:20:30.400Z INFO  live::sync AZURE_CLIENT_SECRET=IhI8Q~91Nhy2B1N8VbI7EkOI\n"
                + "    --qdp3S~o0tOmZN\n2026-05-04T10:20:30.400Z INFO  live::sync next\n",
            gone: "qdp3S", kept: ["live::sync next"]),
        // The next line is longer than the fold: nothing was broken here.
        Line(
            "2026-05-04T10:20:30.400Z upstream replied 401 db_password=Lm1BKj\n"
                + "x7kd9 is the worker that asked, and it goes on to ask until it is told\n",
            gone: "Lm1BKj", kept: ["\nx7kd9 is the worker"]),
        Line("bad password: Raven\n2531cobalt9\n", gone: "Raven"),
    ])
    func aBrokenLineIsReadAsOne(line: Line) throws { try line.check() }

    /// A token that ends its line takes nothing of the next one along.
    @Test(arguments: [
        "\r\n", "\u{1B}[0m\n", "\n",
    ])
    func theNextLineStays(end: String) throws {
        for next in [
            "7502 node-77 unix.hw state", "wal segment=7 verified", "   Compiling core v0.6.1",
            "03-17 16:13:52.811 1702 D Power: on", "I0301 00:00:33.000000 1 main.go:3] up",
            "kernel: [ 920.1] done",
            "081109 203552 8141 INFO dfs: ok", "20171223-22:15:21:606|Step|3|x",
        ] {
            let safe = try Bench.redact(
                "used 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\(end)\(next)\n")
            #expect(safe.contains("\(next)\n"), "\(safe)")
            #expect(!safe.contains("WtXZNcfz"))
        }
    }

    /// A dump in hexadecimal that is as wide as a digest, below a word and above another.
    @Test func aFoldedDumpGoesAndItsNeighboursStay() throws {
        let hex = CorpusEncoding.hex("AWS_SECRET_ACCESS_KEY=yeVyqeFgwA4/v4A0GYkrvn3eT4Lm7Qz")
        let first = String(hex.prefix(64))
        let safe = try Bench.redact(
            "2026-03-01T04:25:33Z INFO sync: a frame\n\(first)\n\(hex.dropFirst(64))\n"
                + "systemd[1]: Started Session 4.\n")
        #expect(!safe.contains(first.suffix(20)) && !safe.contains(hex.suffix(20)), "\(safe)")
        #expect(safe.contains("systemd[1]: Started Session 4.\n"), "\(safe)")
    }

    @Test func aListOfDigestsStays() throws {
        let digests = (0..<3).map { _ in
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
        }
        let list = digests.map { $0 + "  src/token.rs\n" }.joined()
        #expect(try Bench.redact(list) == list)
    }

    /// Secrets in cells, lists and columns, also those behind words with other uses.
    @Test(arguments: [
        Line("{\"headers\":{\"auth\":[\"sLzwtKJFV74XwW3BZF0jq0\"]},\"n\":7}\n", gone: "sLzwtKJF"),
        Line(
            "{\"pass\":[\"ok\",\"failed\"],\"session\":[\"open\"]}\n", kept: ["\"ok\"", "\"open\""]),
        Line("2026,warn,\"session_id\",\"whWfSGZ1nlOu0cU3\",5\n", gone: "whWfSGZ1"),
        Line("2026,warn,\"salt\",\"status\",5\n", kept: ["\"status\""]),
        Line(
            "2026,\"Authorization: Digest username=\"\"piotr\"\", uri=\"\"/live\"\", "
                + "response=\"\"d89a8746221fde8fb48f82897b226a97\"\"\",7\n", gone: "d89a8746"),
        Line(
            "SET info = 'host=db user=jun password=''2SpWqy F1Gs4H'' dbname=aura' WHERE id = 8\n",
            gone: "2SpWqy", "F1Gs4H", kept: ["dbname=aura"]),
        Line("  db_password              quartz-tundra-plum-nickel\n", gone: "tundra-plum"),
        Line("  passcode                 78536843\n", gone: "785368"),
        Line("  password                 required\n", kept: ["required"]),
        Line("auth failed pass=Nickelplum! n=3\n", gone: "Nickelplum", kept: ["n=3"]),
        Line("# pass: tundra78007\n", gone: "tundra78"),
        Line("opt pass=loop-unroll n=3\n", kept: ["pass=loop-unroll"]),
        Line("mysql -h db1.lan -u piotr -p keYnwQ-mcBYES aura\n", gone: "keYnwQ"),
        Line("mysql -h db1.lan -u piotr -p inventory\n", kept: ["inventory"]),
        Line(
            "rejected [db7.corp.veldhuis.internal:5432:aura:oskar:axWrNf!dO6Xh7] n=3\n",
            gone: "axWrNf", "veldhuis", kept: ["n=3"]),
        Line("listening db7.lan:5432:ok\n", kept: [":5432:ok"]),
        Line("aura\0--pass\0Z!v!z69R!\0--port\07401\0\n", gone: "Z!v!z69R", kept: ["7401"]),
    ])
    func aCellIsReadWithItsName(line: Line) throws { try line.check() }

    /// Names of people and things in lists, cells and blocks.
    @Test(arguments: [
        Line("    [user] => tariqaziz37\n", gone: "tariqaziz"),
        Line("`hostname`: `nickel-laptop92`, n 2\n", gone: "nickel-laptop", kept: ["n 2"]),
        Line("<tr><td>user</td><td>amaraokafor50</td></tr>\n", gone: "amaraokafor"),
        Line("{\"user\":[\"svendahl54\"],\"n\":3}\n", gone: "svendahl", kept: ["\"n\":3"]),
        Line("user: |-\n  tariqaziz49\nn: 4\n", gone: "tariqaziz", kept: ["n: 4"]),
        Line("  hostname                 willow-laptop90\n", gone: "willow"),
        Line("aura.live.device_id=dc26ace44b36fae166f464a9506f9e7c\n", gone: "dc26ace4"),
        Line("1,\"mac\",\"e8e93696492a\",4\n", gone: "e8e93696"),
        Line("hwaddr: 8cfc.a1ea.fd9b ok\n", gone: "8cfc.a1", kept: ["ok"]),
        Line("at [~noorhaddad61/src/a] and\t~svendahl25/src\n", gone: "noorhaddad", "svendahl"),
        Line("took `~approx` 3 and\t~half\n", kept: ["\t~half"]),
    ])
    func aNameGoesWhereverItIsListed(line: Line) throws { try line.check() }

    /// Ordinary text that looks like more than it is.
    @Test(arguments: [
        "token_type=bearer expires_in=46539 n=4",
        "app wtoken = AppWindowToken{9f4ef63 token=Token{a64f992 ActivityRecord{de9231d u0 t761}}}",
        "set password=<password> token=YOUR_TOKEN_HERE",
        "url ws://${USER}:${PASSWORD}@localhost:4386",
        "8523-3644 parts and 12-31 of them",
        "a checkpoint was completed: wrote 7 buffers and 64 in all\nsystemd: Session 9 of user root.\n"
            + "wal segment=7 verified",
    ])
    func ordinaryTextStays(text: String) throws {
        #expect(try Bench.redact(text + "\n") == text + "\n")
    }

    /// A fence behind a word, its end, and what stands between one block and the next.
    @Test func aFenceBehindAWordEndsWithItsMark() throws {
        let code = "let rate = lookup(region, 5)?;\nOk(amount * rate)"
        let safe = try Bench.redact(
            "12:00:01 hover ```rust\n\(code)\n```\n12:00:02 wal append seq=7\n"
                + "12:00:03 hover ```rust\n\(code)\n```\n12:00:04 done\n")
        #expect(!safe.contains("amount") && !safe.contains("lookup"), "\(safe)")
        #expect(safe.contains("12:00:02 wal append seq=7\n") && safe.contains("12:00:04 done\n"))
    }

    @Test func aQuoteThatIsEscapedDoesNotEndABody() throws {
        let safe = try Bench.redact(
            "{'port': 3, 'body': 'if x.rate > 685 then error(\\'gjltzy\\') end sum = sum + x', 'n': 3}\n"
        )
        #expect(!safe.contains("sum + x") && safe.contains("'n': 3"), "\(safe)")
    }
}
