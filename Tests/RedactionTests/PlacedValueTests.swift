// Values that stand elsewhere than behind their names; single lines of source; names of people and
// machines in lists. Beside each of them what looks so and is none.

import Testing

@Suite struct PlacedValueTests {
    @Test(arguments: [
        Line(
            "a\tlevel\tCF_API_TOKEN\tseq\nx\twarn\tVpP2CB0Tzw667FC7lB10\t7\n",
            gone: "VpP2CB0", kept: ["CF_API_TOKEN", "\t7"]),
        Line(
            "│ user │ token │\n├──────┼───────┤\n│ ada  │ suxbwVsFYQMo44SAQ"
                + "Jep │\n",
            gone: "suxbwVs", kept: ["│ user │ token │"]),
        Line(
            "User name,Access key ID,Secret access key\nlena,AKX99,pF8ogHz"
                + "54WJLDzUZneBa5Ahz\n",
            gone: "pF8ogHz", kept: ["User name,Access key ID"]),
        Line(
            "{\n  \"value\": \"ugC0hGAxuoWRFjeVDjBN\",\n  \"name\": \"APP_SECRET\"\n"
                + "}\n",
            gone: "ugC0hGA", kept: ["APP_SECRET"]),
        Line(
            "invalid value \"00ebe3ed-90bf-ad0a\" for API_TOKEN\n",
            gone: "00ebe3ed", kept: ["for API_TOKEN"]),
        Line(
            "::set-output name=api_token::4f3b13eb-d80f\n",
            gone: "4f3b13eb", kept: ["api_token::"]),
        Line(
            "Step 4/9 : ENV HEROKU_API_KEY 02c228da-8d6a-f8d3\n",
            gone: "02c228da", kept: ["ENV HEROKU_API_KEY "]),
        Line(
            "aura-1  |   password: |\naura-1  |     amber-lamp-09\naura-1  |   port: 1\n",
            gone: "amber-lamp", kept: ["aura-1  |   port: 1"]),
        Line("tokens:\r\n  - Yit7nJxgneWF5uL7\r\n  - RZ2OvkOgtXuYm7\r\n", gone: "Yit7", "RZ2O"),
        Line(
            "2026-05-04T10:20:30.400Z INFO  live::sync tokens:\n  - Yit7nJxgneWF5uL7\nnext\n",
            gone: "Yit7", kept: ["live::sync tokens:", "\nnext\n"]),
        Line(
            "level=info msg=\"ENV API_TOKEN bu5J5jKRD7DEgMrb\" took=3ms\n", gone: "bu5J5j",
            kept: ["\" took=3ms"]),
        Line(
            "level=info msg=\"env:\\n  API_TOKEN: bu5J5jKRD7DEgMrb\" took=3ms\n", gone: "bu5J5j",
            kept: ["\" took=3ms"]),
        Line("got password: !!str amber-lamp-09 x\n", gone: "amber-lamp", kept: ["!!str ", " x"]),
        Line("api-7 | password: &pw \"amber lamp\"\n", gone: "amber", "lamp", kept: ["&pw "]),
        Line(
            "could not parse unit \"def charge(o: Order) = o.lines.map(_.price * fee).sum\" in a.rb\n",
            gone: "lines.map", kept: ["could not parse unit \"", "\" in a.rb"]),
        Line(
            "{\"m\":\"cannot splice `total = sum(x.n for x in rows if x.n == 9)` here\",\"n\":1}\n",
            gone: "sum(x.n", kept: ["` here\",\"n\":1}"]),
        Line("failed to parse \"src/auth_token.rs\" (12 of 40)\n", gone: "~", kept: ["src/auth_"]),
        Line("a.rb:4: syntax error near def charge(o) o.lines.sum end\n", gone: "o.lines"),
        Line(
            "APP_TOKEN<<EOF\nhello there\nEOF\nafter\n",
            gone: "hello", kept: ["APP_TOKEN<<EOF", "EOF\nafter"]),
        Line(
            "Authorization: Bearer\n I43qHdKCRGD4fc2jDmt9\n\n",
            gone: "I43qHd", kept: ["Authorization: Bearer"]),
        Line(
            "passphrase=cinder ginger gravel opal linen\n",
            gone: "ginger", "linen"),
        Line(
            "app_password=abcd efgh ijkl mn0p done\n",
            gone: "efgh", "mn0p", kept: [" done"]),
        Line(
            "PDO->__construct('mysql:host=x','u','Tackle-178alder')\n",
            gone: "Tackle", kept: ["mysql:host=x"]),
        Line(
            "curl -sulena:Pass#123word https://a.example/x\n",
            gone: "lena", "Pass#", kept: ["curl -su"]),
        Line(
            "{\"cvv\":\"123\",\"invite_code\":\"QX7-99Z\",\"macaroon\":\"MDAxY2xvY2F"
                + "0aW9u\"}\n",
            gone: "123", "QX7", "MDAx"),
    ])
    func aValueElsewhereGoes(line: Line) throws {
        try line.check()
    }

    @Test(arguments: [
        Line(
            "zsh: parse error near `let t = r.amount * r.rate;'\n",
            gone: "r.amount", kept: ["parse error near `"]),
        Line(
            "syntax error at line 4: let t = r.amount * r.rate;\n",
            gone: "r.amount", kept: ["at line 4: "]),
        Line(
            "Breakpoint 1, go () at x.c:42\n42\t    total += row.amount;\n",
            gone: "row.amount", kept: ["42\t"]),
        Line(
            "   41  \tlet a = 4\n-> 42  \tlet t = r.amount\n   43  \t}\n",
            gone: "r.amount", "let a", kept: ["-> 42  \t"]),
        Line(
            "x.go:4:2: undefined: foo\n\ttotal += r.amount\n",
            gone: "r.amount", kept: ["undefined: foo"]),
        Line(
            "    def test_x():\n>       assert total(rows) == 4\nE       As"
                + "sertionError\n",
            gone: "total(rows)", kept: ["E       AssertionError"]),
        Line(
            "3,5c3,9\n< let total = 4\n---\n> let total = 5\n",
            gone: "let total", kept: ["3,5c3,9\n< ", "---\n> "]),
        Line(
            " *  42│ let total = 4\n",
            gone: "let total", kept: ["42│ "]),
    ])
    func aLineOfSourceGoes(line: Line) throws {
        try line.check()
    }

    @Test(arguments: [
        Line(
            "GIT_AUTHOR_NAME=Yrsa Krogh\n",
            gone: "Yrsa", "Krogh"),
        Line(
            "author Ilkka Krogh\nauthor-mail <i@corp.com>\n",
            gone: "Ilkka", "Krogh", kept: ["author-mail <"]),
        Line(
            "^a1b2c3d4 (Tibor Matsuda 2026-04-01 10:11:12 +0200 12) x\n",
            gone: "Tibor", "Matsuda", kept: ["2026-04-01"]),
        Line(
            "Reviewed-by: Zeno Krogh\n",
            gone: "Zeno", "Krogh", kept: ["Reviewed-by: "]),
        Line(
            "    12\tZeno Krogh <z@corp.com>\n",
            gone: "Zeno", "Krogh", kept: ["12\t"]),
        Line(
            "{\"author\":{\"name\":\"Zeno Krogh\"},\"displayName\":\"Yrsa Krogh\",\""
                + "first_name\":\"Ilkka\"}\n",
            gone: "Zeno", "Yrsa", "Ilkka"),
        Line(
            "bind dn=\"cn=Zeno Krogh,ou=people,dc=veldt\" ok\n",
            gone: "Zeno", kept: ["ou=people"]),
        Line(
            "okrogh60    4123  0.0  0.1  12345  6789 pts/0 S+ 10:11 0:00 "
                + "aura\n",
            gone: "okrogh60", kept: ["4123"]),
        Line(
            "open /home/okrogh61/src\nuser okrogh61 is here\n",
            gone: "okrogh61", kept: ["is here"]),
        Line(
            "<34>1 2026-04-12T04:11:09Z kettletack33 aurad 812 ID47 - sta"
                + "rted\n",
            gone: "kettletack33", kept: ["aurad 812"]),
        Line(
            "<13>Apr 12 04:11:09 kettletack33 aurad: x\n",
            gone: "kettletack33", kept: ["aurad: x"]),
        Line(
            "peer DESKTOP-FAKSNK2 up\n",
            gone: "FAKSNK2", kept: [" up"]),
        Line(
            "{\"host\":{\"name\":\"kettletack33\"}}\n",
            gone: "kettletack33"),
        Line(
            "Linux basaltpige48 6.1.0-18-amd64 #1 SMP x86_64\n",
            gone: "basaltpige48", kept: ["6.1.0-18-amd64 #1 SMP"]),
    ])
    func aNameInItsPlaceGoes(line: Line) throws {
        try line.check()
    }

    @Test(arguments: [
        "invalid value \"x\" for flag --key\n",
        "keytab=/etc/krb5.keytab oauth=enabled oauth2=true passkey=en"
            + "abled\n",
        "zsh: parse error near `}'\n",
        "syntax error at line 4: unexpected end of file\n",
        "curl -sS http://localhost:80/x\n",
        "Sorted-by: Last Name\n",
        "display_name=\"Settings page\" full_name: org/repo\n",
        "assignee=none reporter=junit created_by=system\n",
        "subject CN=Domain Admins,OU=Groups,DC=corp CN=Users,DC=corp\n",
        "root    4123  0.0  0.1  12345  6789 pts/0 S+ 10:11 0:00 aura"
            + "\n",
        "> quoted mail\n>       and more of it\n",
        "note (A new one) is (Linux only)\n",
        "APP_TOKEN<<\n",
    ])
    func whatLooksSoAndIsNoneStays(text: String) throws {
        #expect(try Bench.redact(text) == text)
    }
}
