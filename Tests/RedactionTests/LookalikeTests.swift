// What stands where a secret could and is none, and what looks like none and is one.

import Testing

@Suite struct LookalikeTests {
    /// Comes out as it went in.
    @Test(arguments: [
        "token: expected ';' at src/a.rs:12:5\n", "error: invalid token: signature mismatch\n",
        "{\"detail\":\"token: expected ';'\"}\n", "unexpected token: '}'\n",
        "password: required\n", "{\"password\":\"required\",\"token\":\"valid\"}\n",
        "    \"jsonwebtoken\": \"^9\",\n    \"csrf\": \"3.1.0\",\n", "token-bucket = \"1.2.0\"\n",
        "PyJWT==2.8.0\nclick==8.4.0\nflask==3.0\n", "next_token=null\npage_token=\nx=1\n",
        "token: null\nnext\n", "GET /a?state=open&code=404 HTTP/1.1\n",
        "Cache restored from key: Linux-npm-4f8e21ab9c0d1e2f00aa\n",
        " id | name\n----+------\n  1 | main\n  2 | side\n", "Summary\n^^^^^^^\n",
        "secrets = []\ntokens = [1, 2]\njsonwebtoken = { version = \"9\" }\n",
        "token refreshed request_id=20acd6db-d1bb-40c0-8397-9f02cce36886\n",
        "{\"k\":\"the class loader will return a new value; see docs\"}\n",
    ])
    func whatIsNoneStays(text: String) throws {
        #expect(try Bench.redact(text) == text)
    }

    @Test(arguments: [
        Line("INFO password is Dragon_2558\n", gone: "Dragon_2558", kept: ["INFO password is "]),
        Line("| password | Dragon.2558? |\n", gone: "2558", kept: [" |\n"]),
        Line("password -> Dragon_2558\n", gone: "Dragon_2558"),
        // The first line is as long as lines are that terminals break.
        Line(
            "2026-03-11T09:00:00.000Z INFO  live::wal append cell=6455 ok\n"
                + "github.com/acme/live/auth.(*Hub).run(0xc0005f8540)\n",
            gone: "~", kept: ["cell=6455 ok\ngithub.com/acme/live/auth."]),
        Line(
            "2026-03-11T09:00:00.000Z INFO  live::wal append cell=6455 ok\n"
                + "oslo7.corp.acme.internal is up\n", gone: "oslo7",
            kept: ["cell=6455 ok\n", ".example is up\n"]),
        Line(
            "map[Authorization:[Bearer dj8fwJpt9gCmUD6P] Accept:[*/*]] took=3ms\n", gone: "dj8fwJ",
            kept: ["[Authorization:[Bearer ", "] Accept:[*/*]] took=3ms"]),
        Line("authorization=dj8fwJpt9gCmUD6P n=4\n", gone: "dj8fwJ", kept: [" n=4"]),
        Line(
            "10:20:30|INFO|token=Dragon_2558|connection reset by peer\n", gone: "Dragon",
            kept: ["|connection reset by peer"]),
        Line(
            "{\"msg\":\"ENV API_TOKEN vG5CiSU8Ob4n7Iug\",\"note\":\"seq=7\",\"n\":7}\n",
            gone: "vG5CiS", kept: ["\",\"note\":\"seq=7\",\"n\":7}"]),
        Line(
            "{\"p\":\"{\\\"m\\\":\\\"requirepass ZI4r8qyljwHzQc\\\"}\",\"note\":\"rtt=7ms\"}\n",
            gone: "ZI4r8q", kept: ["\"note\":\"rtt=7ms\"}"]),
        Line("token of room 7 (ETag: W/\"5b4995ef58d59ba644bb\")\n", gone: "~", kept: ["5b4995"]),
        Line(
            "token ok sha512-A7QXeINnBy/Osffl+gtxEU87EgZTv4w4HflGknhWD/QUg2iUFgbjh0VJ8AE8GCMFlcWVgZdT"
                + "fERUiDqmYzwDBQ==\n", gone: "~", kept: ["sha512-A7QXe", "YzwDBQ==\n"]),
        Line(
            "{\"token\": \"abcd1234efgh\", \"at\": \"2026-03-22T15:32:54.054Z\"}\n",
            gone: "abcd1234", kept: ["\"at\": \"2026-03-22T15:32:54.054Z\"}"]),
        Line(
            "{'password': 'x9y8z7', 'request': 'run-17-abc33'}\n", gone: "x9y8z7",
            kept: ["'request': 'run-17-abc33'}"]),
        Line(
            "{\"text\": \"the token of peer 3 is new\", \"at\": \"2026-03-22T15:32:54Z\"}\n",
            gone: "~", kept: ["peer 3", "2026-03-22T15:32:54Z"]),
        Line("password: 'it''s mine 42'\n", gone: "mine 42", kept: ["password: '"]),
        Line("DJANGO_SECRET_KEY=django-insecure-l(8^vjQc@m%C#g\n", gone: "8^vjQc"),
        Line("Config {\n    password: Some(\n        \"fox-den\",\n    ),\n}\n", gone: "fox-den"),
        Line(
            "[\"PASSWORD=correct horse battery\", \"LANG=C\"]\n", gone: "horse", "battery",
            kept: ["\"LANG=C\""]),
        Line("HOME=/root\0PASSWORD=correct horse\0X=1\0", gone: "horse", kept: ["\0X=1\0"]),
        Line("<a>password: fox-den22</a>\n", gone: "fox-den22", kept: ["</a>"]),
        Line(
            "{\"data\":\"let rate = lookup(region, 7)?; if rate > 4.2 { return Err(e); }\",\"n\":1}\n",
            gone: "lookup", kept: ["\",\"n\":1}"]),
        Line("{\n  \"token\": 123456,\n  \"n\": 1\n}\n", gone: "123456", kept: ["\",\n  \"n\": 1"]),
        Line(
            """
            2026-04-03T04:05:06Z stdout P password=Sommer
            2026-04-03T04:05:06Z stdout F -Regen77 n=1

            """, gone: "Sommer", "Regen77", kept: ["stdout F ", " n=1"]),
        Line("machine-id=9f86d081884c7d659a2feaa0c55ad015\n", gone: "9f86d081"),
    ])
    func whatIsOneGoes(line: Line) throws { try line.check() }
}
