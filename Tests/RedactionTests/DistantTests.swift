// Secrets away from what announces them: below the name of a column, on the next line, by their place
// among arguments, in dumps of bytes and at the end of links; and what stands there and is none.

import Testing

@Suite struct DistantTests {
    @Test(arguments: [
        Line(
            "id,password,n\n1,fox-den77,ok\n2,\"Lynx,99q\",fine\n", gone: "fox-den77", "Lynx,99q",
            kept: ["1,", ",ok", ",fine"]),
        Line("id;api_key\n17;kqj38dhs\n\nid 18;x\n", gone: "kqj38dhs", kept: ["id 18;x"]),
        Line("name\ttoken\nci\t9f8a7b6c5d4e\n", gone: "9f8a7b6c5d4e", kept: ["ci\t"]),
        Line(
            " id | secret \n----+--------\n  1 | fox-den\n(1 row)\n", gone: "fox-den",
            kept: ["----+--------", "(1 row)"]),
        Line("| id | pwd |\n|----|-----|\n| 7 | fox-den |\n", gone: "fox-den", kept: ["| 7 |"]),
        Line("user,n\nannika,3\n", gone: "annika", kept: [",3"]),
        Line("password,Hunter2wordQz\nuser,ada\n", gone: "Hunter2wordQz"),
        Line("username\tada\npassword\tHunterTwoSecret9\nhost\tdb1\n", gone: "HunterTwoSecret9"),
        Line("id,pwd,n\n2,\"multi\nline\",x\n3,Fox8den,bob\n", gone: "Fox8den", kept: [",bob"]),
        Line("path,status,ms\nsrc/a.rs,ok,12\n", gone: "~", kept: ["src/a.rs,ok,12"]),
        Line(
            "the password, the token, and\nnext line, of words, here\n", gone: "~",
            kept: ["next line, of words, here"]),
    ])
    func tables(line: Line) throws { try line.check() }

    @Test func aTableGoesOnBehindAWindow() throws {
        let rows = (0..<60_000).map { "\($0),fox-den\($0)\n" }
        let output = try Bench.redact("id,password\n" + rows.joined())
        #expect(!output.contains("fox-den"))
        #expect(output.contains("59999,REDACTED-"))
    }

    @Test(arguments: [
        Line("Generated root password:\nfox-den77\n", gone: "fox-den77"),
        Line(
            "2026-05-04T10:20:30Z INFO setup: password:\n2026-05-04T10:20:31Z INFO setup: fox-den77\n",
            gone: "fox-den77", kept: ["10:20:31Z INFO setup: "]),
        Line("password = \"fox-den\" -> \"lynx-99\"", gone: "fox-den", "lynx-99"),
        Line("changed password from fox-den77 to lynx-99q", gone: "fox-den77", "lynx-99q"),
        Line("password → fox-den77", gone: "fox-den77"),
        Line("password: {{fox-den77", gone: "fox-den77"),
        Line("pwd=$(fox-den77", gone: "fox-den77"),
        Line(
            "<body><![CDATA[const a = new Map(b);\nreturn a.reduceabcdefghijklmnopqrs();\n"
                + "return abcdefghijklmnop;]]></body>\nrule x\nINFO a ]]> b\n",
            gone: "new Map", "reduceabc", "return abc",
            kept: ["]]></body>\nrule x\nINFO a ]]> b"]),
        Line("<password><![CDATA[fox]den]]></password>", gone: "fox]den"),
        Line("printf '%s' 'fox-den77' | sudo -S ls", gone: "fox-den77", kept: ["'%s'"]),
        Line("--from-literal=api='fox den lynx'", gone: "fox", "lynx"),
        Line(#"parameters: (u'fox-den', "pa\"lynx")"#, gone: "fox-den", "lynx"),
        Line(
            #"{"kind":"Secret","stringData":{"a":"x}y","b":"fox den"}}"#, gone: "fox den", "x}y"),
        Line("{:password, \"fox-den\"}", gone: "fox-den"),
        Line("<password><![CDATA[fox-den]]></password>", gone: "fox-den", kept: ["]]></password>"]),
        Line("Your verification code is 482913.", gone: "482913"),
        Line("wrong password:\nretry in 3s\n", gone: "~", kept: ["retry in 3s"]),
    ])
    func fartherOn(line: Line) throws { try line.check() }

    @Test(arguments: [
        Line(
            "apiVersion: v1\ndata:\n  root: Zm94LWRlbg\nkind: Secret\nmetadata:\n  name: db\n",
            gone: "Zm94LWRlbg", kept: ["  name: db", "kind: Secret"]),
        Line(
            "kind: Secret\nstringData:\n  note: fox-den\n---\nkind: ConfigMap\ndata:\n  colour: blue\n",
            gone: "fox-den", kept: ["colour: blue"]),
        Line(
            #"{"data":{"root":"Zm94LWRlbg=="},"kind":"Secret","n":1}"#, gone: "Zm94LWRlbg",
            kept: ["\"n\":1"]),
    ])
    func secretDocuments(line: Line) throws { try line.check() }

    @Test(arguments: [
        Line("net user ada fox-den77 /add", gone: "ada ", "fox-den77", kept: [" /add"]),
        Line("sqlplus ada/fox-den77@ORCL", gone: "fox-den77", kept: ["@ORCL"]),
        Line("htpasswd -b /etc/x ada fox-den77", gone: "fox-den77", kept: ["/etc/x"]),
        Line("htpasswd /etc/x ada", gone: "~", kept: ["htpasswd /etc/x ada"]),
        Line("smbclient //srv/share -U ada%fox-den77", gone: "fox-den77"),
        Line("vault login s.fox-den77", gone: "fox-den77"),
        Line("plink -pw fox-den77 box", gone: "fox-den77", kept: [" box"]),
        Line("echo 'ada:fox-den77' | chpasswd", gone: "fox-den77"),
        Line("passwd --stdin <<< fox-den77", gone: "fox-den77"),
        Line("a1 LOGIN ada fox-den77", gone: "fox-den77", kept: ["a1 LOGIN "]),
        Line(
            "17.5 [0 127.0.0.1:50] \"AUTH\" \"ada\" \"fox-den\"", gone: "fox-den",
            kept: ["\"AUTH\""]),
        Line("*2\r\n$4\r\nAUTH\r\n$7\r\nfox-den\r\n", gone: "fox-den"),
    ])
    func places(line: Line) throws { try line.check() }

    @Test(arguments: [
        Line(
            "00000000: 666f 782d 6465 6e37 3766 6f78 2d64 656e  fox-den77fox-den\n00000010: 3737  77\n",
            gone: "666f", "fox-den", "3737", kept: ["00000010: "]),
        Line(
            "00000000  66 6f 78 2d 64 65 6e 37  66 6f 78 2d 64 65 6e 37  |fox-den7fox-den7|",
            gone: "66 6f", "fox-den7", kept: ["00000000  "]),
        Line("  0x0010:  666f 782d 6465 6e37  fox-den7", gone: "666f", "fox-den7"),
        Line(
            "exit code 1000: 42 files, port 10000: 12 34 56 78", gone: "~",
            kept: ["1000: 42 files", "12 34 56 78"]),
    ])
    func dumps(line: Line) throws { try line.check() }

    @Test(arguments: [
        Line("DETAIL:  parameters: $1 = 'fox-den77', $2 = '42'", gone: "fox-den77", kept: ["'42'"]),
        Line(
            "==> Parameters: fox-den77(String), 7(Integer)", gone: "fox-den77", kept: ["7(Integer)"]
        ),
        Line("parameters: 3, retries: 4", gone: "~", kept: ["parameters: 3, retries: 4"]),
        Line(
            "COPY u (id, api_token, n) FROM stdin;\n1\tfox-den77\tok\n\\.\n", gone: "fox-den77",
            kept: ["1\t", "\tok", "\\."]),
        Line("Ihr Passwort lautet fox-den77", gone: "fox-den77"),
        Line("Mot de passe : fox-den77", gone: "fox-den77"),
        Line("A password is generated for root@localhost: Fox-den77x", gone: "Fox-den77x"),
        Line("use this password to proceed:\n\na1b2c3d4e5f6a7b8c9d0e1f2\n", gone: "a1b2c3"),
        Line("[\"password\"]=>\n  string(7) \"fox-den\"\n", gone: "fox-den"),
        Line("<password>\n  fox-den77\n</password>\n", gone: "fox-den77", kept: ["</password>"]),
        Line(
            "seed phrase: "
                + Array(repeating: "legal winner thank", count: 4).joined(separator: " "),
            gone: "winner"),
        Line(
            "Recovery codes:\n1a2b3-c4d5e\n6f7g8-h9i0j\ndone\n", gone: "1a2b3", "6f7g8",
            kept: ["done"]),
        Line(
            "priv:\n    3f:2a:9b:aa\n    8f:90:11\npub:\n    04:aa:bb\n", gone: "3f:2a", "8f:90",
            kept: ["04:aa:bb"]),
        Line("echo fox-den77 >> .env", gone: "fox-den77"),
        Line("echo fox77 > out.txt", gone: "~", kept: ["echo fox77 > out.txt"]),
        Line("    DefaultPassword    REG_SZ    fox-den77", gone: "fox-den77"),
        Line("WIFI:T:WPA;S:Net;P:fox-den;;", gone: "fox-den"),
        Line("snmp-server community fox77den RO", gone: "fox77den", kept: [" RO"]),
        Line("vault kv put kv/app foo=fox-den", gone: "fox-den", kept: ["kv/app foo="]),
        Line(
            "password: ${{ secrets.PW }} TOKEN=$(cat x.txt) where token = ?", gone: "~",
            kept: ["${{ secrets.PW }}", "$(cat x.txt)", "token = ?"]),
    ])
    func announced(line: Line) throws { try line.check() }

    @Test(arguments: [
        Line("GET /reset-password/9f8a7b6c5d4e3f HTTP/1.1", gone: "9f8a7b", kept: [" HTTP/1.1"]),
        Line("POST /api/invite/Zk39dkQpL2mN8xYw", gone: "Zk39dk"),
        Line("GET /confirm/ok /reset/now", gone: "~", kept: ["/confirm/ok /reset/now"]),
    ])
    func links(line: Line) throws { try line.check() }

    @Test(arguments: [
        Line("Nov 22 04:00:00 boxer7 sshd[81]: ok", gone: "boxer7", kept: ["sshd[81]: ok"]),
        Line("2026-05-04T10:20:30Z boxer7 sshd[81]: ok", gone: "boxer7"),
        Line("2026-05-04T10:20:30Z info agent[81]: ok", gone: "~", kept: ["info agent[81]: ok"]),
        Line("CRON[9]: (annika) CMD (true)", gone: "annika"),
        Line("opened for user root by annika(uid=1000)", gone: "annika"),
        Line("New session 3 of user annika.", gone: "annika"),
        Line("a list of user names.", gone: "~", kept: ["of user names."]),
        Line(
            "annika:x:1000:1000:Annika Berg,,,:/home/annika:/bin/sh", gone: "annika", "Berg",
            kept: [":x:1000:1000:", ":/bin/sh"]),
        Line(#"C:\Users\Annika Berg\x.txt"#, gone: "Annika", "Berg", kept: [#"\x.txt"#]),
        Line("annika@boxer7:~/src$ ls", gone: "annika", "boxer7", kept: [":~/src$ ls"]),
        Line("-rw-r--r--  1 annika staff 4096 x", gone: "annika", kept: [" staff 4096 x"]),
        Line("gid=1000(annika) groups=1000(annika),27(sudo)", gone: "annika", kept: ["27(sudo)"]),
        Line("sudo:   annika : TTY=pts/0 ; USER=root", gone: "annika"),
        Line("from 81.23.45.67-81", gone: "81.23.45"),
        Line(
            "Sources/App/Home/ConfigurationReader.swift", gone: "~", kept: ["/Home/Configuration"]),
        Line("mac 0011.2233.4455 learned", gone: "0011.2233.4455", kept: [" learned"]),
        Line(
            "peer 12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA up", gone: "12D3Koo",
            kept: [" up"]),
    ])
    func accounts(line: Line) throws { try line.check() }
}
