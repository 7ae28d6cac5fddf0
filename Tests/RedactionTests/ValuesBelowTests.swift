// Values on the line below their name, and the second one of two that were compared.

import Testing

@Suite struct ValuesBelowTests {
    @Test(arguments: [
        Line(
            "$password\n[1] \"fjordbay\"\n\n$host\n[1] \"box\"\n", gone: "fjordbay",
            kept: ["[1] \"box\""]),
        Line("$db$password\r\n[1] \"fjordbay\" \"lakebay\"\r\n", gone: "fjordbay", "lakebay"),
        Line(
            "/app/db/password\nFjord-bay8x\n/app/db/port\n5432\n", gone: "Fjord-bay", kept: ["5432"]
        ),
        Line("/app/tests/password\n/app/tests/Password-2x\nok\n", kept: ["Password-2x"]),
        Line("VALUE db_password 0 8\r\nfjordbay\r\nEND\r\n", gone: "fjordbay", kept: ["END"]),
        Line("VALUE n:db_password 0 8 17\nfjordbay\nEND\n", gone: "fjordbay", kept: ["END"]),
        Line("VALUE db_password 0 8\nfjord\nEND\n", kept: ["fjord\nEND"]),
    ])
    func theLineBelowIsTheValue(line: Line) throws { try line.check() }

    @Test(arguments: [
        Line(
            "DB_PASSWORD mismatch: expected 'Fjord-bay8', got 'Lake-bay9' (x)\n",
            gone: "Fjord-bay8", "Lake-bay9", kept: [" (x)"]),
        Line(
            "token mismatch: expected 'identifier', got 'number'\n",
            kept: ["'identifier', got 'number'"]),
        Line("aws ssm put-parameter --name /x/db-passwd --value fjordbay -o\n", gone: "fjordbay"),
        Line("set --name /x/db-port --value fjordbay -o\n", kept: ["--value fjordbay"]),
        Line("nmcli device wifi connect Home password fjordtackle\n", gone: "fjordtackle"),
    ])
    func whatACommandIsGiven(line: Line) throws { try line.check() }
}
