// Formats of the field beside our own: clusters, plays, databases, mail servers, debuggers, shells. In
// each of them what has to go, and beside it what looks so and stays.

import Testing

@Suite struct OtherFormatTests {
    @Test(arguments: [
        Line("aura-0   1/1   Running   0   3d   10.4.5.6   oslo7\n", gone: "oslo7", kept: ["3d"]),
        Line("oslo7   Ready    control-plane   90d   v1.29.1   10.4.5.6\n", gone: "oslo7"),
        Line("Successfully assigned default/aura-0 to oslo7\n", gone: "oslo7", kept: ["aura-0"]),
        Line("  Normal  Pulled  3m  kubelet, oslo-7  Image present\n", gone: "oslo-7"),
        Line("changed: [oslo7]\n", gone: "oslo7", kept: ["changed: ["]),
        Line("fatal: [oslo7]: UNREACHABLE! => {\"changed\": false}\n", gone: "oslo7"),
        Line("oslo7                 : ok=2    changed=1    failed=0\n", gone: "oslo7"),
        Line("oslo7 ansible_host=10.4.5.6 ansible_user=mfalk\n", gone: "oslo7", "mfalk"),
        Line("Runner name: 'oslo-ci-4'\n", gone: "oslo-ci", kept: ["Runner name: '"]),
        Line("Started by user Mara Falk\n", gone: "Mara", "Falk"),
        Line("Started by user Mara van der Falk\n", gone: "Mara", "Falk"),
        Line("Triggered by mfalk\n", gone: "mfalk"),
        Line("got call (415) 555-3735\n", gone: "555-3735", kept: ["got call "]),
        Line("f(415) 555-3735 (115) 555-3735\n", gone: "nothing", kept: ["f(415) 555", "(115) 5"]),
        Line("BUNDLE_GEMS__ACME__IO: \"mfalk:EHLhMRCvF2cA7Dq2rXId\"\n", gone: "mfalk", "EHLhMRC"),
        Line("INFO x::y BUNDLE_GEMS__ACME__IO: EHLhMRCvF2cA7Dq2rXId\n", gone: "EHLhMRC"),
        Line(
            "BUNDLE_PATH: \"vendor/bundle\"\nBUNDLE_BUILD__PG: \"--with-pg=/opt/pg16\"\n",
            gone: "nothing", kept: ["vendor/bundle", "--with-pg=/opt/pg16"]),
        Line(
            "2026-03-11T00:16:09.772Z INFO  live::sync kind: Secret\nstringData:\n"
                + "  conn: Zj4mhlliHn6VLEqGM7YxnGJhVWgvCc\n",
            gone: "Zj4mhlliHn6", kept: ["stringData:", "conn: "]),
        Line("lookup oslo-db on 10.0.0.53:53: no such host\n", gone: "oslo-db"),
        Line("connection to server at \"oslo-db\" (10.0.0.9), port 5432 failed\n", gone: "oslo-db"),
        Line("debug1: Connecting to oslo7 [10.0.0.9] port 22.\n", gone: "oslo7"),
        Line("java.net.UnknownHostException: oslo-db: Name unknown\n", gone: "oslo-db"),
        Line("Error: getaddrinfo ENOTFOUND api.oslofalk.de\n", gone: "oslofalk"),
        Line("Access denied for user 'mfalk'@'oslo7' (using\n", gone: "mfalk", "oslo7"),
        Line("SET PASSWORD FOR 'mfalk'@'%' = 'x9y8z7w6'\n", gone: "mfalk", "x9y8"),
        Line("UTC [812] mfalk@ledger FATAL:  no\n", gone: "mfalk", kept: ["@ledger FATAL"]),
        Line("shell on pts/0 for mfalk from 10.0.0.9 port 4\n", gone: "mfalk", kept: ["shell on"]),
        Line("new user: name=mfalk, UID=1001\n", gone: "mfalk", kept: ["name=", "UID=1001"]),
        Line(
            "Mar  5 10:11:12 oslo7 sudo:    mfalk : user NOT in sudoers ; TTY=pts/1 ; PWD=/srv\n",
            gone: "mfalk", kept: [" : user NOT in sudoers ; TTY=pts/1"]),
        Line("sudo: mfalk : command not allowed ; TTY=pts/1\n", gone: "mfalk"),
        Line("sudo: mfalk : 3 incorrect password attempts ; TTY=pts/1\n", gone: "mfalk"),
        Line("mfalk is not in the sudoers file.\n", gone: "mfalk", kept: [" sudoers file."]),
        Line("su: mfalk to root on pts/1\n", gone: "mfalk", kept: [" to root on pts/1"]),
        Line("su[812]: + pts/1 mfalk:root\n", gone: "mfalk", kept: [":root"]),
        Line("Mar  5 10:11:12 oslo7 su: (to root) mara.falk on pts/0\n", gone: "mara", "oslo7"),
        Line("mfalk@oslo7: Permission denied (publickey).\n", gone: "mfalk", "oslo7"),
        Line("x\nUSERNAME                       mfalk\n", gone: "mfalk"),
        Line("{\"a\":1}\nCOMPUTERNAME                   OSLO7\n", gone: "OSLO7"),
        Line("  user mfalk insecure-password x9y8z7\n", gone: "mfalk", "x9y8"),
        Line("snmpwalk -v3 -u mfalk -A x9y8z7w6 oslo-7 1.3.6.1\n", gone: "x9y8", "oslo-7"),
        Line("net use Z: \\\\oslo\\s x9y8z7 /user:mfalk\n", gone: "oslo", "x9y8", "mfalk"),
        Line("\\\\2XBZ324\\share\\a.txt\n", gone: "2XBZ324", kept: ["share"]),
        Line("CORP\\noor28\n", gone: "noor28", kept: ["CORP"]),
        Line("UserID=\"S-1-5-21-3623811015-3361044348-30300820-1013\"\n", gone: "3623811015"),
        Line("http -a mfalk:x9y8z7w6 GET https://a.example\n", gone: "mfalk", "x9y8"),
        Line("sudo -u mfalk ls\n", gone: "mfalk", kept: ["ls"]),
    ])
    func aFormatOfTheFieldLosesNamesAndPasswords(line: Line) throws {
        try line.check()
    }

    @Test(arguments: [
        Line("Login: mfalk           Name: Mara Falk\n", gone: "mfalk", "Mara"),
        Line(":Mara!~mfalk@a.oslofalk.de PRIVMSG #a :hi\n", gone: "Mara", "mfalk"),
        Line("address: Emberstrasse 43, Leeds\n", gone: "Ember", "Leeds", kept: ["address: "]),
        Line("Serial Number: 8XK21TT\nUUID: 69d311df-432a-217c-809f-1609261cf987\n", gone: "432a"),
        Line(
            "INFO charged 4111 1111 1111 1111 ok\n", gone: "4111 1111", kept: ["charged ", " ok"]),
        Line("peer=\"oslo-7a-db\" up\n", gone: "oslo-7a"),
        Line("created_by: mfalk\n", gone: "mfalk"),
        Line("open -home-mfalk-src-ledger\n", gone: "mfalk", kept: ["-src-ledger"]),
        Line("00008030-001A45E20C81802E (device)\n", gone: "001A45"),
        Line("Serial Number (system): NVPJFQENHS\n", gone: "NVPJFQ"),
        Line("stdout F  user | email\nstdout F -----+---\nstdout F  mfalk | none\n", gone: "mfalk"),
        Line("user,n\n\u{1B}[31mmfalk\u{1B}[0m,7\n", gone: "mfalk", kept: [",7"]),
        Line("GET /log?m=Mar%20%205%2010:11:12%20oslo7%20aura[8]:%20ok\n", gone: "oslo7"),
        Line("a=0Auser=3Dmfalk=0Ab\n", gone: "mfalk"),
    ])
    func somebodyGoes(line: Line) throws {
        try line.check()
    }

    @Test(arguments: [
        Line("(lldb) p apiSecret\n(String) $0 = \"fox den\"\n", gone: "fox den", kept: ["$0 = "]),
        Line("CEF:0|A|b|1|1|x|5|cs1Label=password cs1=fox-Den22 cnt=7\n", gone: "fox-Den"),
        Line(
            "{\"key\":\"password\",\"value\":{\"stringValue\":\"fox den\"}}\n", gone: "fox den",
            kept: ["stringValue"]),
        Line("variable \"password\" {\n  default = \"fox den\"\n}\n", gone: "fox den"),
        Line("NOTE the password is fox-den-over-hill\n", gone: "fox-den"),
        Line(
            "| Setting | Value |\n|---|---|\n| secret | `foxDenab` |\n| retries | 25 |\n",
            gone: "foxDenab", kept: ["| retries | 25 |"]),
        Line("<p>oslo7:5432:ledger:mfalk:foxden7\n</p>\n", gone: "oslo7", "mfalk", "foxden7"),
        Line("POST body=token%3Dfoxden77&n=2\n", gone: "foxden77", kept: ["&n=2"]),
    ])
    func aValueGoesWhoseNameStandsApart(line: Line) throws {
        try line.check()
    }

    /// Comes out as it went in.
    @Test(arguments: [
        "an error was triggered by someone else.\n", "triggered by writing long lines to it\n",
        "2007-11-16T08:31:15Z!x y\n", "the password is case-sensitive\n", "peer=main up\n",
        "created_by: system\n", "address: 0x7f00 12, size 4\n",
        "INFO charged 4111 1111 1111 1112\n",
        "ok: [1, 2]\n", "uuid: 69d311df-432a-217c-809f-1609261cf987\n", "home-made -home- x\n",
        "{\"body\":\"{\\\"n\\\":1,\\\"state\\\":\\\"open\\\"}\"}\n",
        "{\"body\":\"2026-03-05T10:11:12.000Z INFO tick n=4\"}\n", "variable \"region\" {\n}\n",
        "(lldb) p count\n(Int) $0 = 12\n", "label=red red=1\n", "search for more\n", "crc=0A2F\n",
    ])
    func whatLooksSoStays(text: String) throws {
        #expect(try Bench.redact(text) == text)
    }
}
