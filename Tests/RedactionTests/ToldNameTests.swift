// Names of people, machines and devices behind the words that announce them, and in rows of lists. Beside
// each of them what looks so and is none.

import Testing

@Suite struct ToldNameTests {
    @Test(arguments: [
        Line("Account Name:\t\tmfalk\r\nWorkstation Name:\tOSLO7\r\n", gone: "mfalk", "OSLO7"),
        Line("<Data Name=\"TargetUserName\">mfalk</Data>", gone: "mfalk"),
        Line("Connection closed by authenticating user mfalk 10.0.0.7 port 4\n", gone: "mfalk"),
        Line("Disconnected from user mfalk 10.0.0.7 port 4\n", gone: "mfalk"),
        Line("user 'mfalk' logged in from here", gone: "mfalk"),
        Line(
            "debug1: Authenticating to oslo.example.net:22 as 'mfalk'\n", gone: "oslo", "mfalk"),
        Line("CREATE USER 'mfalk'@'%' IDENTIFIED BY 'x9';", gone: "mfalk", "x9"),
        Line("ALTER ROLE mfalk WITH LOGIN PASSWORD 'x9y8z7';", gone: "mfalk", "x9y8"),
        Line("   Host Name . . . . . . . . . . . . : OSLO7-PC\n", gone: "OSLO7"),
        Line("Connected to api.oslofalk.de (203.0.113.9) port 443\n", gone: "oslofalk"),
        Line("dial tcp: lookup api.oslofalk.de on 10.0.0.53:53: no such host\n", gone: "oslofalk"),
        Line("certificate is valid for a.oslofalk.de, not b.oslofalk.de\n", gone: "oslofalk"),
        Line("Node:         oslo7/10.0.0.7\n", gone: "oslo7"),
        Line("nameserver 10.0.0.53\nsearch oslofalk.co.uk\n", gone: "oslofalk"),
        Line(
            "device id d6279a07321a3232b765c4a31babdafa8093bd8868bbb0f6ab456dadf7b2b827 joined\n",
            gone: "d6279a", kept: [" joined"]),
        Line("device id missing from record 7\n", gone: "~", kept: ["missing from record 7"]),
        Line("       Machine ID: 0123456789abcdef0123456789abcdef\n", gone: "0123456789"),
        Line("      Serial Number (system): C02XK1ZZJG5H\n", gone: "C02XK1"),
        Line("    \"IOPlatformSerialNumber\" = \"C02XK1ZZJG5H\"\n", gone: "C02XK1"),
        Line("Registered Owner:          Mara Falk\n", gone: "Mara", "Falk"),
        Line("BEGIN:VCARD\nFN:Mara Falk\nTEL;TYPE=CELL:+1-402-555-4710\n", gone: "Falk", "4710"),
        Line("To: \"Mara Falk\" <mara@oslo.example.net>\n", gone: "Falk", "mara"),
        Line(
            "2026-05-04T10:20:30.400Z  INFO <mara@oslo.example.net> joined\n", gone: "mara",
            kept: ["2026-05-04T10:20:30.400Z  INFO <"]),
        Line(
            "2026-05-04T10:20:30.400Z INFO live::sync <mara@oslo.example.net>\n", gone: "mara",
            kept: ["live::sync <"]),
        Line(
            "2026-05-04T10:20:30.400Z INFO Mara Falk <mara@oslo.example.net>\n", gone: "Falk",
            kept: ["2026-05-04T10:20:30.400Z INFO "]),
        Line("<name>Mara Falk</name><email>m@oslo.example.net</email>", gone: "Falk"),
        Line("  - name: Mara Falk\n    email: m@oslo.example.net\n", gone: "Falk"),
        Line("ORGANIZER;CN=Mara Falk:mailto:m@oslo.example.net\n", gone: "Falk"),
        Line("ssh mfalk@203.0.113.9 ok\n", gone: "mfalk", "203.0.113"),
        Line(
            "IP6 2a01:4f8:1234::7.443 > 2a01:4f8:1234::9.51234: Flags [S]\n", gone: "2a01", "4f8",
            kept: [".443 > ", ".51234: Flags [S]"]),
        Line(
            "{\"msg\":\"committed by Mara Falk\",\"n\":1}\n", gone: "Falk", kept: [",\"n"]),
        Line("committed by the agent of Oslo\n", gone: "~", kept: ["by the agent of Oslo"]),
        Line("from \"Mara Falk\"@oslofalk.de for access\n", gone: "Falk", "oslofalk"),
        Line("{\"m\":\"to \\\"Mara Falk\\\"@oslofalk.de\"}\n", gone: "Falk", "oslofalk"),
        Line(
            "IP 203.0.113.9.443 > 10.4.5.6.51234: Flags [S], length 0\n", gone: "203.0.113",
            "10.4.5.6", kept: [".443 > ", ".51234: Flags [S], length 0"]),
        Line("spawn ssh mfalk@oslo\n", gone: "mfalk", "oslo"),
        Line("mfalk@oslo7's password: \n", gone: "mfalk", "oslo7"),
        Line("mfalk@oslo7 ~ % make\n", gone: "mfalk", "oslo7"),
        Line("arn:aws:iam::611476837621:user/mfalk\n", gone: "611476", "mfalk"),
        Line("account CORP\\mfalk logged on\n", gone: "mfalk"),
        Line("open \\\\OSLO7\\share\\a.txt\n", gone: "OSLO7", kept: ["share"]),
        Line("/media/mfalk/USB/a.rs\n", gone: "mfalk"),
        Line("Host box\n  HostName a.oslofalk.de\n  User mfalk\n", gone: "mfalk", "oslofalk"),
        Line("//npm.oslo7/:_authToken=abc123def456\n", gone: "oslo7", "abc123"),
        Line("10.0.0.7\toslo.example.net falk7\n127.0.0.1 localhost\n", gone: "oslo", "falk7"),
        Line("machine oslo7 login mfalk password x9y8\n", gone: "oslo7", "mfalk", "x9y8"),
        Line("machine oslo7\n  login mfalk\n  password x9y8\n", gone: "oslo7", "mfalk", "x9y8"),
        Line("Server=tcp:oslo7,1433;Password=x9y8;\n", gone: "oslo7", "x9y8", kept: ["tcp"]),
        Line("host,region\nmaras-MacBook-Pro,eu\n", gone: "maras", kept: ["host,region", "eu"]),
    ])
    func anAnnouncedNameGoes(line: Line) throws {
        try line.check()
    }

    @Test(arguments: [
        Line("mfalk     812     1  0 Mar01 ?  00:00:01 aura sync\n", gone: "mfalk", kept: ["aura"]),
        Line("  812 mfalk      20   0  712m  45m  12m S  1.0  0.5   0:01 aura\n", gone: "mfalk"),
        Line(
            "aura 812 mfalk 12u IPv4 0x0 0t0 TCP oslo:4711->203.0.113.9:443 (ESTABLISHED)\n",
            gone: "mfalk", "oslo", kept: ["4711"]),
        Line(
            "203.0.113.9 - mfalk [05/Mar/2026:10:11:12 +0000] \"GET /a HTTP/1.1\" 200 7\n",
            gone: "mfalk", kept: ["GET /a"]),
        Line("oslo7 (10.0.0.7) at 00:1b:21:3a:4c:5d on en0\n", gone: "oslo7", "3a:4c"),
        Line("DHCPACK on 10.0.0.7 to 00:1b:21:3a:4c:5d (oslo7) via eth0\n", gone: "oslo7"),
        Line("-rw-r--r-- mfalk/mfalk 1234 2026-03-01 10:00 a/b.rs\n", gone: "mfalk"),
        Line("R58M30ABCDE          device product:x model:y\n", gone: "R58M30"),
        Line("mfalk:$apr1$abcdefgh$0123456789abcdefghijkl\n", gone: "mfalk", "abcdefgh"),
    ])
    func aNameInARowGoes(line: Line) throws {
        try line.check()
    }

    /// What a logger or a container writes before a line hides nothing.
    @Test(
        arguments: [
            "2026-05-04T10:20:30.400Z INFO  live::sync ", "aura-1  | ", "[pod/aura-0/aura] ", "> ",
            "# ", "2026-05-04T10:20:30.400000000Z stdout F ",
            "May  4 10:20:30 box aura[812]: ",
        ],
        [
            "May  4 10:20:31 oslo7 sshd[812]: up", "mfalk     pts/1        2026-03-01 10:11",
            "oslo7:5432:aura:mfalk:x9y8z7", "machine oslo7 login mfalk password x9y8z7",
            "mfalk     812     1  0 Mar01 ?  00:00:01 aura", "mfalk\t*\t\"x9y8z7\"\t*",
            "username mfalk password 0 x9y8z7w6",
        ])
    func aLineBehindAHeadIsALine(head: String, line: String) throws {
        let output = try Bench.redact("\(head)one\n\(head)\(line)\n\(head)two\n")
        for part in ["mfalk", "oslo7", "x9y8z7"] { #expect(!output.contains(part), "\(output)") }
        #expect(try Bench.redact(output) == output)
    }

    @Test func aTableBehindAHeadIsATable() throws {
        for head in ["# ", "aura-1  | ", "2026-05-04T10:20:30.400Z INFO  live::sync "] {
            let rows = ["| id | api_key |", "|---|---|", "| 3 | e25cd103dff8 |", "| 4 | x9 |"]
            let output = try Bench.redact(rows.map { "\(head)\($0)\n" }.joined())
            #expect(!output.contains("e25cd1") && !output.contains("x9"), "\(output)")
            #expect(output.contains("| id | api_key |"), "\(output)")
        }
    }

    @Test(arguments: [
        "connected to peer after 3 tries", "connecting to room.sync", "lookup failed for key 7",
        "the user 'www' is not in the group", "# User \"john\" should get access",
        "create user failed with code 7", "serial number: 7", "boot id: none",
        "src/media/icons/USB.svg", "GET /media/images/a.png", "pattern ^[^\\\\x5B\\\\x5D]+$",
        "kind=OUTBOUND\\nnext line", "%USERPROFILE%\\Application Data", "HKLM\\SOFTWARE\\aura",
        "Rename Apache Commons to a@b", "what ? 3 of 4", "done ) at 3", "urn ) via x",
        "level 20   0 x", "tag [a] IPv4 only", "serialNumber: urn:uuid:b0f888ff-baac-404b-ad7b-a39",
        "lat=12.345ms lon=3", "lat=0.12345678 p99=0.2", "sizes +64 128 256 512 1024",
        "delta +12 3456 7890", "valid for 30 days, not 3", "search index rebuilt",
        "\"pattern\": \"arn:*:iam::[0-9]*:role/.*\"", "called for the user \"anna\", and",
        "   f919ffebed (Use MOVE_ARRAY, 2018-01-22)",
    ])
    func whatIsNoNameStays(text: String) throws {
        #expect(try Bench.redact("\(text)\n") == "\(text)\n")
    }

    /// Equal width is chance where each line begins with a time.
    @Test func aRecordIsNoPartOfTheNextLine() throws {
        let record = "2026-05-04T10:20:30.400Z INFO  live::sync wal append seq=1 kind=OUTBOUND"
        let output = try Bench.redact("\(record)\n\(record)\nmfalk:x:1001:1001::/:/bin/sh\n")
        #expect(output.hasPrefix("\(record)\n\(record)\n"), "\(output)")
    }
}
