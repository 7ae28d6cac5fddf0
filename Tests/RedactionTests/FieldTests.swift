// Values and names as programs in the field write them: keys of clouds, dumps of accounts, rows of a name
// and a value, lists of processes, numbers of people. Beside them what looks so and is ordinary.

import Testing

@Suite struct FieldTests {
    @Test(arguments: [
        Line(
            "functionKey=PKfcJfG2uLG61Twdmzo8lan/jaCVpxw3D+Xdg2NW9Yv= n=1\n",
            gone: "PKfcJf", kept: ["n=1"]),
        Line(
            "export FUNCTIONKEY='L9BCHZpuX2eZ+EpFEtUmnHOytz/6AXImgSupnW9q8L8='\n",
            gone: "L9BCHZ", kept: ["export FUNCTIONKEY="]),
        Line(
            "app.functionKey=uCL+UDv9ePwV4KJkd6wW5svupGAx3JGLgEUTH8Yb5WY\\=\n",
            gone: "uCL+UD", kept: ["app.functionKey="]),
        Line(
            "ALGOLIAADMINKEY=34d2d9505bc4b4fd189a844a7a2fd8f6bf451601\n",
            gone: "34d2d9", kept: ["ALGOLIAADMINKEY="]),
        Line(
            "nt_hash=ba67f1514bd8aace1bc180fb5c6ac190\n",
            gone: "ba67f1", kept: ["nt_hash="]),
        Line(
            "Administrator:500:aad3b435b51404eeaad3b435b51404ee:31d6cfe0d16ae931b73c59d7e"
                + "0c089c0:::\n",
            gone: "aad3b4", "31d6cf", kept: [":500:", ":::"]),
        Line(
            "set -gx PASSWORD lvcifc\n",
            gone: "lvcifc", kept: ["set -gx PASSWORD "]),
        Line(
            "---> USER backup\n---> PASS askrzz\n<--- 230 ok\n",
            gone: "askrzz", kept: ["PASS ", "230 ok"]),
        Line(
            "{rabbit,[{db_password,<<\"silver3802MARBLE\">>}]}.\n",
            gone: "silver", kept: ["{rabbit,[{db_password,<<\""]),
        Line(
            "expected DB_PASS to equal \"j5qmrc\"\n",
            gone: "j5qmrc", kept: ["to equal"]),
        Line(
            "define('APITOKEN', '8570beae-0e45-4aa0-a7cc-b3f40b3cd230');\n",
            gone: "8570be", kept: ["define('APITOKEN'"]),
        Line(
            "using HEROKU_API_KEY c62856fe-a6d2-4a3a-8118-00f97a2ad442\n",
            gone: "c62856", kept: ["HEROKU_API_KEY "]),
        Line(
            "name,value\nmode,prod\npassword,usqqun\nmode,test\nlevel,info\n",
            gone: "usqqun", kept: ["mode,prod", "mode,test", "level,info"]),
        Line(
            "-[ RECORD 1 ]-----\nid     | 4\npasswd | USzkCYJmTWdoVYcbLs\nmode   | on\n",
            gone: "USzkCY", kept: ["id     | 4", "mode   | on"]),
        Line(
            "sshpass -p '/+4/3ronKy9zroh/V4X' ssh box true\n",
            gone: "3ronKy", kept: ["sshpass -p '", "true"]),
        Line(
            "recovery codes: 8f3a1-c92d4 77b0e-13fa9\n",
            gone: "8f3a1", "77b0e", kept: ["recovery codes: "]),
        Line(
            "jdbc:oracle:thin:scott/copperad3242@localhost:1521/XE\n",
            gone: "copperad", "scott", kept: ["thin:", "@localhost:1521/XE"]),
        Line(
            "Token { value: \"hT7sQ2mN9x\" }\n",
            gone: "hT7sQ2", kept: ["Token { value: \""]),
        Line(
            "ssh-keygen -t rsa -N \"copperde1998\" -f k\n",
            gone: "copperde", kept: ["-f k"]),
        Line(
            "uri ldap://localhost\nbindpw orbitec1687\n",
            gone: "orbitec", kept: ["bindpw "]),
        Line(
            "device_id=5435a9e8-5bac-4150-a6d7-67c8984a5f47 n=91\n",
            gone: "5435a9", kept: ["n=91"]),
        Line(
            "\"IOPlatformUUID\" = \"452DAC59-0513-5A90-9907-52EC5D561133\"\n",
            gone: "452DAC", kept: ["IOPlatformUUID"]),
        Line(
            "{\"phone\":\"+49 996 557 6467\",\"n\":29}\n",
            gone: "996 557", kept: ["\"n\":29"]),
        Line(
            "sms to +47 930 385 2348 sent in 3 ms\n",
            gone: "930 385", kept: ["sent in 3 ms"]),
        Line(
            "{\"iban\":\"DE98565833777837194453\",\"n\":7}\n",
            gone: "DE9856", kept: ["\"n\":7"]),
        Line(
            "charge card 4095134141554381 amt=38\n",
            gone: "4095134", kept: ["amt=38"]),
        Line(
            "[user]\n\tname = Tomasz Kowalski\n[core]\n\tname = Plain Thing\n",
            gone: "Tomasz", kept: ["name = Plain Thing"]),
        Line(
            "    PID USER      PR  NI\n   4021 tkowalsk  20   0\n      1 root      20   0" + "\n",
            gone: "tkowalsk", kept: ["4021", "root"]),
        Line(
            "127.0.1.1 berlin-07.example.net berlin-07\n",
            gone: "berlin", kept: ["127.0.1.1 "]),
        Line(
            "user=CORP\\kwame op=1\n",
            gone: "kwame", kept: ["op=1"]),
    ])
    func aValueOfTheFieldGoes(line: Line) throws {
        try line.check()
    }

    @Test(arguments: [
        Line(
            "7d955257 (Ann  2026-01-02 10:00:00 +0000 864) for (size_t i = 0; i < len; i+"
                + "+) {\n",
            gone: "size_t", kept: ["7d955257"]),
        Line(
            "src/pay.rs:12:Ok(items.into_iter().sum::<u64>() + 955)\n",
            gone: "into_iter", kept: ["src/pay.rs:12:"]),
        Line(
            "{\"ours\":\"x = 1;\",\"theirs\":\"return cometbca[:411], nil // x483\"}\n",
            gone: "cometbca", kept: ["\"theirs\":\""]),
        Line(
            "{\"fn\":\"a\",\"lines\":[\"total = [x for x in rows if x % 955]\",\"if not t"
                + "otal: raise ValueError(411)\",\"return sum(total) / len(total)\"]}\n",
            gone: "for x in rows", "raise", kept: ["\"fn\":\"a\""]),
        Line(
            "2026-09-22T03:55:46.638Z app[7]: body: let a = b.lock().unwrap();\n2026-09-2"
                + "2T03:55:46.639Z app[7]:   for x in a.iter() {\n2026-09-22T03:55:46.640Z app["
                + "7]:     {:ok, y} = z\n2026-09-22T03:55:46.641Z app[7]: done n=1\n",
            gone: "unwrap", "a.iter", ":ok", kept: ["app[7]: done n=1"]),
    ])
    func aLineOfSourceGoes(line: Line) throws {
        try line.check()
    }

    @Test(arguments: [
        OrdinaryForm(
            kept: ["cvc: 4.2\n"],
            gone: ["cvc: 417\n": "417"]),
        OrdinaryForm(
            kept: ["key=ribbon:79 hit=true\n"],
            gone: ["key=hT7sQ2mN9x:79ab hit=true\n": "hT7sQ2"]),
        OrdinaryForm(
            kept: ["created_by: GitHub Actions run 876\n"],
            gone: ["created_by: Ada Lovelace run 876\n": "Lovelace"]),
        OrdinaryForm(
            kept: ["rsa key size 2048 bits, signature algorithm sha256WithRSAEncryption\n"],
            gone: ["signature algorithm hT7sQ2mN9xWq4Rt8Zv1K\n": "hT7sQ2"]),
        OrdinaryForm(
            kept: ["ssh-keygen: generating public/private ed25519 key pair\n"],
            gone: ["private: ed25519hT7sQ2mN9x\n": "hT7sQ2"]),
        OrdinaryForm(
            kept: [
                "{\"method\":\"$/progress\",\"params\":{\"token\":\"f5cae311-b3c4-44eb-958e-9"
                    + "24768cda061\",\"n\":1}}\n"
            ],
            gone: [
                "{\"method\":\"login\",\"params\":{\"token\":\"f5cae311-b3c4-44eb-958e-924768"
                    + "cda061\",\"n\":1}}\n": "f5cae311"
            ]),
        OrdinaryForm(
            kept: [
                "The password must be at least 8 characters\netag: W/\"d445-BvYZwIU3kuEC-mN-v"
                    + "lkAXKBD4M1\"\n"
            ],
            gone: ["password: \"BvYZwIU3kuEC-mN-vlkAXKBD4M1\"\n": "BvYZwI"]),
        OrdinaryForm(
            kept: [
                "1955fabf6f7efd25e50bd4317012397051947d1b refs/heads/feature/pixel-token-refr"
                    + "esh\nremote: Counting objects: 100% (1/53), done.\n"
            ],
            gone: ["remote: token=hT7sQ2mN9x done.\n": "hT7sQ2"]),
        OrdinaryForm(
            kept: [
                "password_required=false token_ttl=2090 secret_rotation=disabled\ncache key: "
                    + "breeze-linux-356b65e4c0b69d8129cb2bdfa67592e3c652a55df559dd7ee803d739ff3fb1c"
                    + "d\ncommit_sha=a14bc6ade3d91033bc86708a32df9ab60407714a ref=refs/tags/v3.5\n"
            ],
            gone: ["api key: breeze-hT7sQ2mN9x\n": "hT7sQ2"]),
        OrdinaryForm(
            kept: ["public_key=L9BCHZpuX2eZ+EpFEtUmnHOytz/6AXImgSupnW9q8L8= n=1\n"],
            gone: ["master_key=L9BCHZpuX2eZ+EpFEtUmnHOytz/6AXImgSupnW9q8L8= n=1\n": "L9BCHZ"]),
        OrdinaryForm(
            kept: ["mobile=true pan=left phone: not set\n"],
            gone: ["mobile=+49 996 557 6467 x=1\n": "557"]),
        OrdinaryForm(
            kept: ["src/pay.rs:12: expected a name\nsrc/pay.go:86:2: too many words\n"],
            gone: ["src/pay.go:86:defer pool.Close()\n": "pool.Close"]),
        OrdinaryForm(
            kept: ["offset +12 of 4000, delta +1.5, at +0200\n"],
            gone: ["call +1 415 555 2671 now\n": "555"]),
        OrdinaryForm(
            kept: ["lines +120 -3000 -1200\n", "Deployment> PASS ok\n"],
            gone: [
                "2026-05-04 10:20:30,123 INFO dump\nuser,password\nada,hunter2sommer\n": "hunter2",
                "1|x\nuser|password\nada|hunter2sommer\n": "hunter2",
                "---> PASS hunterzwei\n": "hunterzwei",
            ]),
        OrdinaryForm(
            kept: ["cvc: 4.2\n"],
            gone: ["password=12.34\n": "12.34", "full_name: JoAnn Berg\n": "JoAnn"]),
        OrdinaryForm(
            kept: [" user | password\n------+---------\n"],
            gone: [
                "{\"service\":\"\(String(repeating: "a", count: 54))\",\"db_pass\n"
                    + "word\":\"hunterzweidrei\"}\n": "hunterzwei"
            ]),
    ])
    func anOrdinaryLineStaysAndASecretAtItsPlaceGoes(form: OrdinaryForm) throws {
        for text in form.kept { #expect(try Bench.redact(text) == text) }
        for (text, secret) in form.gone {
            let output = try Bench.redact(text)
            #expect(!output.contains(secret), "\(output)")
        }
    }
}
