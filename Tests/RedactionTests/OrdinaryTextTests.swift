// Lines that programs write every day and that once lost a word to a rule, each beside a secret at the
// same place, which must still go.

import Redaction
import Testing

/// What stays, and what of the same shape loses its secret.
struct OrdinaryForm: Sendable, CustomTestStringConvertible {
    let kept: [String]
    /// Texts, and what must not be left of them.
    let gone: KeyValuePairs<String, String>
    var testDescription: String { kept.first ?? "" }
}

@Suite struct OrdinaryTextTests {
    @Test(arguments: values + names + sayings)
    func whatIsOrdinaryStaysAndASecretAtItsPlaceGoes(form: OrdinaryForm) throws {
        for text in form.kept { #expect(try Bench.redact(text) == text) }
        for (text, secret) in form.gone {
            let output = try Bench.redact(text)
            #expect(!output.contains(secret), "\(output)")
        }
    }

    private static let digest = "3f497afb7a4ae45e12407166f50c3c10ec906c250f6f716690f48f3debb1faba"
    private static let other = "9a1c7afb7a4ae45e12407166f50c3c10ec906c250f6f716690f48f3debb1f0e4"
    private static let id = "3f497afb7a4ae45e12407166f50c3c10"

    /// What stands for a value.
    private static let values: [OrdinaryForm] = [
        OrdinaryForm(
            kept: [
                "{\"msg\":\"token=\\\"\\\"\",\"n\":1,\"rev\":42}\n",
                "{\"msg\":\"token=\\\"\\\"\",\"n\":1}\n{\"msg\":\"next\",\"n\":2}\n"
                    + "{\"msg\":\"token=\\\"\\\"\",\"n\":3}\n",
                "time=1 cmd=\"x --token=\\\"\\\"\" n=3\n",
                "time=1 cmd=\"x --token=\\\"\\\"\"\ntime=2 msg=started\ntime=3 cmd=\"x "
                    + "--token=\\\"\\\"\"\n",
            ],
            gone: [
                "token = \"\"\"\nhunter2xy\n\"\"\"\n": "hunter2xy",
                "{\"src\":\"token = \\\"\\\"\\\"\\nhunter2xy\\n\\\"\\\"\\\"\"}\n": "hunter2xy",
                "{\"msg\":\"token=\\\"hunter2xy\\\"\",\"n\":1}\n": "hunter2xy",
                "password = \"\"\" My hunter2xy \"\"\"\n": "hunter2xy",
            ]),
        OrdinaryForm(
            kept: [
                "token: 2026-03-12T10:12:13Z\n", "session_started=2026-03-12 peers=3\n",
                "{\"credentials\":\"2026-03-12T10:12:13Z\"}\n",
            ],
            gone: [
                "password: 2026-03-12\n": "2026-03-12",
                "token: 2026-03-12abcXYZ9\n": "2026-03-12abc",
                "token: 2026-03-12 hT7sQ2mN9x\n": "hT7sQ2mN9x",
            ]),
        OrdinaryForm(
            kept: ["cookies=3 sessions=4 peers=12\n", "cookie=none peers=3\n"],
            gone: [
                "Cookie: sid=hT7sQ2mN9x; theme=dark\n": "hT7sQ2mN9x",
                "cookie=hT7sQ2mN9x peers=3\n": "hT7sQ2mN9x",
                "cookies=3 sid=hT7sQ2mN9xLp4vRz n=2\n": "hT7sQ2mN9x",
            ]),
        OrdinaryForm(
            kept: [
                "aws_iam_access_key.ci: Creation complete after 1s\n",
                "aws_kms_key.main: Refreshing state... [id=abc]\n",
                "random_password.db: Still creating... [10s elapsed]\n",
                "random_password.db: Refreshing state... [id=none]\n",
                "data.aws_secretsmanager_secret_version.db: Reading...\n",
            ],
            gone: [
                "aws_iam_access_key.ci: hT7sQ2mN9xLp4vRz\n": "hT7sQ2mN9x",
                "random_password.db: Creation9kQ\n": "Creation9kQ",
                "random_string.token: Creation complete after 0s [id=hT7sQ2mN9xLp]\n": "hT7sQ2mN9x",
                "app.secret: Reading...hT7sQ2mN9x\n": "hT7sQ2mN9x",
                "db.password: Still waters 7\n": "Still waters",
            ]),
        OrdinaryForm(
            kept: [
                "DETAIL:  Key (id)=(12) already exists.\n",
                "DETAIL:  Key (tenant_id, slug)=(7, home) already exists.\n",
            ],
            gone: [
                "DETAIL:  Key (token)=(hT7sQ2mN9xLp4vRz) already exists.\n": "hT7sQ2mN9x",
                "DETAIL:  Key (api_key)=(hT7sQ2mN9xLp4vRz) already exists.\n": "hT7sQ2mN9x",
            ]),
        OrdinaryForm(
            kept: [
                "\(digest)  secrets.rs\n\(other)  parser.rs\n",
                "\(id)  bin/secrets\n01c3c05f66170421e54ea4a7bfa794f3  bin/import\n",
                "  feature/token        00f1c98 fix key\n  feature/password     "
                    + "b5d9d23 fix password\n",
            ],
            gone: [
                "secret \(digest)\n": "3f497afb7a4ae45e1240",
                "  vault/password     b5d9d2x fix\n": "b5d9d2x",
                "secret=hT7sQ2mN9xLp4v\nRz8KqWn3Tb6\n": "hT7sQ2mN9x",
            ]),
        OrdinaryForm(
            kept: [
                "attempt=1 diff=\"added: [], removed: []\"\n",
                "before=\"3 files\" after=\"4 files\"\n",
            ],
            gone: [
                "before=\"computes the zqm margin\"\n": "zqm",
                "diff=\"added: [zqm(1)], removed: []\"\n": "zqm",
            ]),
        OrdinaryForm(
            kept: ["  Parameters: {\"id\"=>\"12\", \"page\"=>\"2\"}\n"],
            gone: ["  Parameters: {\"password\"=>\"hunter2xy\", \"page\"=>\"2\"}\n": "hunter2xy"]),
        OrdinaryForm(
            kept: ["tokens=12ms secrets=33/79\n", "tokens=1,234 peers=3\n", "token: 12h\n"],
            gone: [
                "token=12msQ7xLp4\n": "12msQ7xLp4", "password=12ms\n": "12ms",
                "secret=33/79abQ\n": "33/79abQ", "token: 123456789h\n": "123456789h",
                "sms_token: 123,456\n": "123,456", "otp_secret: 4821h\n": "4821h",
            ]),
        OrdinaryForm(
            kept: ["auth: sha256:\(digest)\n", "checksum/secret: \(digest)\n"],
            gone: [
                "auth: \(digest)\n": "3f497afb7a4ae45e1240",
                "secret: \(digest)\n": "3f497afb7a4ae45e1240",
                "password: sha256:\(digest)\n": "3f497afb7a4ae45e1240",
            ]),
        OrdinaryForm(
            kept: [
                "GET /t?session=false HTTP\n", "GET /x?auth=all&order=asc 200\n",
                "GET /x?key=9&order=asc 200\n",
            ],
            gone: [
                "GET /x?key=hT7sQ2&order=asc 200\n": "hT7sQ2",
                "GET /x?token=allofit&order=asc 200\n": "allofit",
                "GET /x?password=9&order=asc 200\n": "=9&", "GET /x?key=98765&n=1\n": "98765",
                "GET /cb?state=77&v=2\n": "=77",
            ]),
        OrdinaryForm(
            kept: [
                "flags.go:64] FLAG: "
                    + "--tls-private-key-file=\"/var/lib/kubelet/pki/kubelet.key\"\n"
            ],
            gone: ["--tls-private-key=\"hT7sQ2mN9xLp4vRz\"\n": "hT7sQ2mN9x"]),
        OrdinaryForm(
            kept: [
                "{\"legend\":{\"tokenTypes\":[\"namespace\",\"type\",\"class\"],\"t"
                    + "okenModifiers\":[\"declaration\",\"static\"]}}\n"
            ],
            gone: ["{\"tokens\":[\"hT7sQ2mN9xLp4vRz\",\"abc\"]}\n": "hT7sQ2mN9x"]),
        OrdinaryForm(
            kept: [
                "{'eos_token': '</s>', 'bos_token': '<s>', 'pad_token': '<pad>'}\n",
                "{\"bos_token\":\"<s>\",\"eos_token\":\"</s>\"}\n",
            ],
            gone: ["{'eos_token': '</hT7sQ2mN9x'}\n": "hT7sQ2mN9x"]),
        OrdinaryForm(
            kept: ["  \"js-tokens\": \"^3.0.0 || ^4.0.0\",\n"],
            gone: ["  \"js-tokens\": \"^3.0.0 || hT7sQ2mN9x\",\n": "hT7sQ2mN9x"]),
        OrdinaryForm(
            kept: [
                "[ActiveJob] [TokenCleanupJob] [80f792e4-e3fc-4716-a5d2-4b06c101f86e] "
                    + "Performing TokenCleanupJob\n",
                "No XML encryptor configured. Key "
                    + "{0cef2a95-5d89-411f-baa5-77267578a77d} may be persisted\n",
            ],
            gone: [
                "secret [hT7sQ2mN9xLp4vRz]\n": "hT7sQ2mN9x",
                "api_key=80f792e4-e3fc-4716-a5d2-4b06c101f86e\n": "80f792e4",
            ]),
        OrdinaryForm(
            kept: [
                "  id-token: write\n",
                "Cache saved with key: node-cache-Linux-x64-npm-\(digest)\n",
            ],
            gone: [
                "  id-token: writeQ7xLp4\n": "writeQ7xLp4",
                "saved with key: hT7sQ2mN9xLp4vRz\n": "hT7sQ2mN9x",
            ]),
        OrdinaryForm(
            kept: [
                "session icon data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAA"
                    + "BCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
                    + "\n"
            ],
            gone: [
                "session data:application/octet-stream;base64,cGFzc3dvcmQ9aHVudGVyM"
                    + "nh5IGFuZCBtb3JlIG9mIGl0\n": "cGFzc3dvcmQ9aHVudGVyMnh5"
            ]),
    ]

    /// What looks like somebody's or something's name.
    private static let names: [OrdinaryForm] = [
        OrdinaryForm(
            kept: [
                "Caused by: java.net.ConnectException: refused\n",
                "at jdk.internal.reflect.GeneratedMethodAccessor12.invoke(Unknown Source)\n",
                "System.Net.WebException: no route\n",
                "sun.net.www.protocol.http.HttpURLConnection\n", "ASP.NET Core 8.0 on ADO.NET\n",
            ],
            gone: [
                "connect to sun.corp.internal:443 failed\n": "sun.corp",
                "lookup of java.internal failed\n": "java.internal",
                "see system.ledger.net/login\n": "system.ledger",
                "jakarta.internal.log was read\n": "jakarta",
            ]),
        OrdinaryForm(
            kept: [
                "\"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
                    + "Safari/537.36 Edg/126.0.0.0\"\n",
                "HeadlessChrome/126.0.0.0 started\n", "Chrome 126.0.0.0 on Linux\n",
            ],
            gone: [
                "Chrome 81.2.69.142 connected\n": "81.2.69.142",
                "peer/81.2.69.142 is up\n": "81.2.69.142",
                "Chrome/126.0.0.0 81.2.69.142\n": "81.2.69.142",
            ]),
        OrdinaryForm(
            kept: [
                "user@1000.service: Succeeded\n", "getty@tty1.service: Deactivated\n",
                "Started postgresql@15-main.service\n",
            ],
            gone: [
                "from ada.berg@acme.services today\n": "ada.berg",
                "from ada.berg@corp.orlo.internal.service\n": "ada.berg",
            ]),
        OrdinaryForm(
            kept: [
                "push auth::refresh_token \(id)\n",
                "{\"password_reset\":{\"aura_id\":\"\(id)\"}}\n",
                "{\"credentials\":{\"aura_id\":\"\(id)\"}}\n", "fn verify_token (\(id))\n",
            ],
            gone: [
                "refresh_token: \(id)\n": "\(id)", "vault::api_key: \(id)\n": "\(id)",
                "auth::refresh_token: \(id)\n": "\(id)", "app::token=\(id)\n": "\(id)",
                "{\"credentials\":{\"value\":\"\(id)\"}}\n": "\(id)",
                "verify_token (\(id))\n": "\(id)", "auth::password: \(id)\n": "\(id)",
            ]),
        OrdinaryForm(
            kept: [
                "src/home/mod.rs:12\n", "pages/Users/List.tsx\n", "GET /users/me 200\n",
                "/users/sign_in\n", "GET /api/v1/users/search?page=2\n",
                "src/home/widgets/list.rs:3\n", "app/home/page.tsx\n",
            ],
            gone: [
                "/home/ada/mod.rs:12\n": "ada", "backup/home/ada/mod.rs\n": "ada",
                "/Users/Amara/List.tsx\n": "Amara", "GET /users/ada 200\n": "ada",
                "/Users/new/x\n": "/new/", "~/home/ada/mod.rs\n": "ada",
            ]),
        OrdinaryForm(
            kept: [
                "container_id containerd://\(digest)\n", "image docker://sha256:\(digest)\n",
                "docker-pullable://nginx@sha256:\(digest)\n",
            ],
            gone: [
                "docker-pullable://reg.orlo.internal/x@sha256:\(digest)\n": "reg.orlo.internal",
                "https://ada:hunter2xy@db.orlo.internal/\n": "hunter2xy",
                "docker://build7.orlo.internal/x\n": "build7.orlo",
            ]),
        OrdinaryForm(
            kept: [
                "mothership: offline\n", "mothership: fail\n", "host: reachable\n",
                "host: stopped\n",
            ],
            gone: [
                "mothership: alphabox\n": "alphabox",
                "host: offline7.orlo.internal\n": "offline7",
            ]),
        OrdinaryForm(
            kept: [
                "server: nginx\n", "Server: Apache\n", "< server: cloudflare\n",
                "server: envoy\n", "server: uvicorn\n", "Server: Kestrel\n",
            ],
            gone: [
                "server: nginx7.orlo.internal\n": "nginx7.orlo", "server: alphabox\n": "alphabox",
                "hostname: nginx\n": "nginx",
            ]),
        OrdinaryForm(
            kept: [
                "{\"attributes\":[{\"key\":\"k8s.pod.name\",\"value\":{\"stringValu"
                    + "e\":\"app-x\"}},{\"key\":\"service.name\",\"value\":{\"stringValue"
                    + "\":\"api\"}}]}\n"
            ],
            gone: [
                "{\"key\":\"hT7sQ2mN9xLp4vRz\",\"value\":{\"stringValue\":\"app\"}}\n":
                    "hT7sQ2mN9x",
                "{\"key\":\"db.password\",\"value\":{\"stringValue\":\"hunter2xy\"}}\n":
                    "hunter2xy",
            ]),
        OrdinaryForm(
            kept: [
                "E0312 secret.go:922] Couldn't get secret default/db-credentials: "
                    + "secret \"db-credentials\" not found\n"
            ],
            gone: [
                "db-credentials: hT7sQ2mN9xLp4vRz\n": "hT7sQ2mN9x",
                "db-credentials: secret\n": "secret\n",
            ]),
        OrdinaryForm(
            kept: [
                "Test Case 'TokenTests.testPasswordIsHidden' started\n",
                "> Task :auth:generateSecretKeys FROM-CACHE\n",
            ],
            gone: [
                ":auth:mapleHeronLinen\n": "mapleHeron", "auth:hT7sQ2mN9xLp4vRz\n": "hT7sQ2mN9x",
                "session testHQsmNxLpvRzKWnTbFy\n": "testHQsmNx",
            ]),
        OrdinaryForm(
            kept: [
                "+ docker run --rm -u 1000:1000 -v /src:/src rust:1.78 cargo test\n",
                "docker run -u root:root alpine id\n",
            ],
            gone: [
                "curl -u ada:1000 https://x.example/\n": "1000",
                "curl -u 1000:hunter2xy https://x.example/\n": "hunter2xy",
            ]),
        OrdinaryForm(
            kept: [
                "{\"author\":\"bot\",\"n\":1}\n", "user=postgres db=app\n", "user=www-data\n",
                "user=nginx\n",
            ],
            gone: [
                "user=postgresada\n": "postgresada",
                "{\"author\":\"bothmer\",\"n\":1}\n": "bothmer",
            ]),
        OrdinaryForm(
            kept: [
                "debug1: Server host key: ssh-ed25519 "
                    + "SHA256:BcSYo0soLbBI8Hxp+lNewkPL+91pLlup+hVjYeqZkKY\n",
                "debug1: Will attempt key: /root/.ssh/id_ed25519 ED25519 "
                    + "SHA256:klB+uPa9gythrhpb2ount6woNHIXFWCzI4g/mA8Cn9Q agent\n",
            ],
            gone: ["host key: hT7sQ2mN9xLp4vRz\n": "hT7sQ2mN9x"]),
    ]

    /// What programs say.
    private static let sayings: [OrdinaryForm] = [
        OrdinaryForm(
            kept: [
                "--- PASS: TestParseHeader (0.02s)\n",
                "    --- PASS: TestTokenRefresh/expired_key (0.00s)\n",
            ],
            gone: ["PASS: S3cr3tPw!x\n": "S3cr3tPw", "--- PASS: Hq7!kLm2x9\n": "Hq7!kLm2x9"]),
        OrdinaryForm(
            kept: [
                "src/auth.c: In function 'check_password':\n2026-05-04T10:20:30Z next line\n",
                "src/auth.c: In function 'check_password':\nsrc/auth.c:12:3: warning: unused\n",
            ],
            gone: [
                "{\n  \"password\":\n    \"hunter2xy\"\n}\n": "hunter2xy",
                "{'password':\n  'hunter2xy'}\n": "hunter2xy",
                "'password':\n  hunter2xy\n": "hunter2xy",
            ]),
        OrdinaryForm(
            kept: [
                "#1  0xd745746443cf62a3 in check_session (key=0xb3bb, len=32) at auth.c:16\n",
                "#2  0x8a7f76601ea81a95 in login (user=0x0, password=0x0) at auth.c:87\n",
            ],
            gone: [
                "in check_session (key=hT7sQ2mN9xLp4vRz, len=32) at auth.c:16\n": "hT7sQ2mN9x",
                "refresh token (value=hT7sQ2mN9xLp4vRz)\n": "hT7sQ2mN9x",
                "password=0x7f3a91bc\n": "0x7f3a91bc",
            ]),
        OrdinaryForm(
            kept: ["SyntaxError: Unexpected token: punc (})\n"],
            gone: ["Unexpected token: hT7sQ2mN9xLp4vRz\n": "hT7sQ2mN9x"]),
        OrdinaryForm(
            kept: ["Caused by: java.security.InvalidKeyException: Illegal key size: 256\n"],
            gone: ["apiKey: Illegal7kQ2x\n": "Illegal7kQ2x"]),
        OrdinaryForm(
            kept: ["Login Succeeded\n", "account locked\n"],
            gone: [
                "machine x login ada password locked\n": "locked",
                "login adaberg\npassword hunter2xy\n": "adaberg",
            ]),
        OrdinaryForm(
            kept: [
                "cmdstat_auth:calls=12,usec=892,usec_per_call=4.08,rejected_calls=0"
                    + ",failed_calls=1\n"
            ],
            gone: ["auth:calls12Q7xLp4vR\n": "calls12Q7xLp4vR"]),
        OrdinaryForm(
            kept: [
                "field 'password': must be a string\n",
                "field \"secrets\": must be at least 12\n",
            ],
            gone: [
                "field 'password': mustBe9kQ\n": "mustBe9kQ",
                "field 'password': must\n": "must\n",
                "{\"password\": \"must be Xy7 enough\"}\n": "Xy7",
            ]),
    ]
}
