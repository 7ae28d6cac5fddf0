// Records that a logger broke over lines, with the head before each piece; names and values in cells of
// records; and what a corpus of another hand found: words beside which things stand, not people.

import Testing

private let head = "2026-03-01T03:15:09.079Z INFO  live::sync "
private let headless = "2026-03-01T03:15:09.079Z INFO  "
private let system = "Jul  8 14:52:17 localhost aura[812]: "

@Suite struct BrokenRecordTests {
    @Test(arguments: [
        Line(
            headless + "upstream replied 401 for AWS_SECRET_ACCESS_KEY=nf\n" + head
                + "1IGraYI2W9vyUwCJ14ltn/TtNcfCzdI/OdXRlA\n",
            gone: "1IGraYI2W9", "OdXRlA", kept: ["ACCESS_KEY=", "INFO  live::sync "]),
        Line(
            head + "e used FwoGZXIvYXdzEn5MJp9UOT8vxWMK3EFyqPg0e5SMBBQRFl2VdQoUd0+AK\n" + head
                + "mJev3ZFlml9B150euqPkz2PRMR/U1130VONfMjDZ2Y6tSDYJ/7TEVfB/PBYt35ad\n" + head
                + "FN+9CxnxRkyyrZnc5TVA9SZE6yMUyDjNljuh\n",
            gone: "FwoGZXIvYX", "mJev3ZFlm", "FN+9Cxnxr"),
        Line(
            system + "got eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIzODc4Njc4OTA\n" + system
                + "TkzNzQ1IiwiaWF0IjoxNzAxMTUyODU0fQ.CtqUHckF3mzzR6a64ceBU1S8Kt8ZxDW n=3\n",
            gone: "eyJzdWIi", "TkzNzQ1", "CtqUHckF", kept: [" n=3"]),
        Line(
            "aura-1  | retry with GITHUB_TOKEN=ghp_whrCY1YGGbTbTDY38WMPqKEcPtss\n"
                + "aura-1  | DE1GIvEf4w8Z\n",
            gone: "ghp_whr", "DE1GIvEf", kept: ["aura-1  | "]),
        Line(
            head + "session opened for room 7\n" + head + "session closed after 12 s\n",
            gone: "nothing", kept: ["opened for room 7", "closed after 12 s"]),
        Line(
            head + "9a5485963c0d099b35279c8887613b6f80107c4a\n" + head
                + "1b5485963c0d099b35279c8887613b6f80107c4f\n",
            gone: "nothing", kept: ["9a5485963c", "1b5485963c"]),
        Line(
            "TOKEN=d1WqeN2sDdT5OgtVba2iT1xHxYsd99nzFpD\nhttp_requests_total{method=\"post\"} 8\n",
            gone: "d1WqeN2s", kept: ["http_requests_total{method=\"post\"} 8"]),
    ])
    func aRecordInPiecesIsOne(line: Line) throws {
        try line.check()
    }

    @Test(arguments: [
        Line(
            "2026-03-01T01:05:13.984Z,warn,\"db_password\",\"quartz-nickel\",5700\n", gone: "quartz"
        ),
        Line(
            "2026-03-01T01:07:32.330Z\twarn\tpassphrase\tsaddle velvet harbor\t8834\n",
            gone: "velvet"),
        Line("2026-03-01T01:04:56.814Z,warn,\"user\",\"meitanaka98\",52\n", gone: "meitanaka"),
        Line(
            "2026-03-01T01:04:56.814Z,warn,\"user\",\"started\",52\n", gone: "nothing",
            kept: ["started"]),
        Line(
            "| LOGNAME | falk15 |\n\nred\n| hostname | oslo-7 |\n", gone: "falk15", "oslo-7"),
        Line("id,device_id,active\n1,910fb80e6c5ebc1d703089d531fd5c58,true\n", gone: "910fb80e"),
        Line(
            "INSERT INTO s (id, machine_id) VALUES (1, '17b15f2775f0ef7f5e01');\n", gone: "17b15f27"
        ),
        Line("x cs1Label=username cs1=mfalk cnt=3\n", gone: "mfalk", kept: ["cnt=3"]),
        Line("{\"key\":\"app.username\",\"value\":{\"stringValue\":\"mfalk\"}}\n", gone: "mfalk"),
        Line("variable \"username\" {\n  default = \"mfalk\"\n}\n", gone: "mfalk"),
        Line("{:port 7070, :username \"mfalk\"}\n", gone: "mfalk"),
        Line("set -gx username mfalk\n", gone: "mfalk"),
        Line(
            "metadata=map[username:[mfalk] agent:[x/1.6]]\n", gone: "mfalk", kept: ["agent:[x/1.6]"]
        ),
        Line(
            "helm upgrade a ./c --set auth.username=mfalk --wait\n", gone: "mfalk", kept: ["--wait"]
        ),
        Line("device_pin=846238\n", gone: "846238"),
        Line("gpio_pin=12\n", gone: "nothing", kept: ["gpio_pin=12"]),
        Line("set config(db_secret) \"maple-badger0\"\n", gone: "maple"),
        Line("the password for mfalk was changed to FTUes5_jRElj53Y\n", gone: "FTUes5"),
        Line("argv: mysql -h a.example -u root -p BCRfpY.bJMSDE aura\n", gone: "BCRfpY"),
        Line("mysqldump -p shop.orders aura\n", gone: "nothing", kept: ["shop.orders"]),
        Line("pass=AjXZMC_gNPNT~\n", gone: "AjXZMC"),
        Line("data: fm1laXRhbmFrYTI3L3NyYy9sZWRnZXI= len=63\n", gone: "fm1laXRh", kept: ["len=63"]),
        Line("id:12D3KooWriBL2smv7NGJs8UMuc6ftqZj3Y4MNURc7r7owbHZDdYa;\n", gone: "WriBL2smv"),
        Line(
            "unexpected token in `let erd = lookup qyw 6 in if rate erd > 6 then a else b`\n",
            gone: "lookup qyw"),
        Line(
            "syntax error in `(let [a (lookup b 9)] (if (> (:rate a) 9) (f a)))`\n",
            gone: "lookup b"),
    ])
    func whatANameSaysElsewhereGoes(line: Line) throws {
        try line.check()
    }

    @Test(arguments: [
        "[2026-06-01 10:11:12] auth.DEBUG: hash=blake3 rounds=79 []",
        "[feature/token-cache cc956a9] Rotate the session key cache",
        "Test Case '-[AuraTests.AuthTests testToken34]' passed (0.001 seconds).",
        "url https://$USER:$PASS@localhost:6796/",
        "golang.org/x/net v0.38.0 h1:hYlcyyCbruXLx6sHO52hjhUZq4VKBPgOOwDFoOqKIfE=",
        "msg=\"secret check\" traceparent=00-40c8127fda872c67d917ea0e7de6c172-c8b290e58fbbd2b3-00",
        "Jun  1 10:11:12 localhost aura[9]: token refresh: offset=28697093856604",
        "Jun  1 10:11:12 localhost aura[9]: token refresh: crc32c=9f4f2664",
    ])
    func anOrdinaryLineStays(text: String) throws {
        try Line(text + "\n", gone: "nothing", kept: [text]).check()
    }
}
