// What stands beside values that go, and stays: words of parsers, actors of programs, cells of tables.

import Testing

@Suite struct OrdinaryNeighbourTests {
    @Test(arguments: [
        Line(
            "| api_token | foxDen77abLarch |\n| port | 7070 |\n", gone: "foxDen77ab",
            kept: ["| api_token | ", "| port | 7070 |"]),
        Line("name → \"/etc/passwd\", why → \"absent\"\n", gone: "nothing", kept: ["\"absent\""]),
        Line("INFO sync actor=scheduler step=3\n", gone: "nothing", kept: ["actor=scheduler"]),
        Line("role \"leader-election\" not found\n", gone: "nothing", kept: ["leader-election"]),
        Line("if token != \"identifier\" fail\n", gone: "nothing", kept: ["\"identifier\""]),
        Line("invalid value 'debug' for '--key <KEY>'\n", gone: "nothing", kept: ["'debug'"]),
        Line("set this: `include = [\"a/**\"]`.\n", gone: "nothing", kept: ["[\"a/**\"]"]),
        Line("+ git config user.name 'Mara Falk'\n", gone: "Mara", "Falk", kept: ["user.name '"]),
    ])
    func itStays(line: Line) throws {
        try line.check()
    }
}
