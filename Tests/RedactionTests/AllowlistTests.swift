// Settings and environments: what is not on the list loses its value and keeps its name.

import Redaction
import Testing

@Suite struct AllowlistTests {
    @Test func settingsThatNobodyKnowsLoseTheirValue() throws {
        let text = """
            # comment about things
            [live]
            mothership = "wss://ship.orlo.com:7070"
            log_level = "debug"  # more
            colour = "blue"  # why
            depth = 12
            include = ["src/**", "lib/**"]
            friends = [
              "ada", "grace",
            ]
            note = \"\"\"
            free text
            \"\"\"
            tick_ms = 5000
            """
        let output = try Bench.redact(text, as: .config)

        for part in ["blue", "12", "ada", "grace", "free text", "orlo"] {
            #expect(!output.contains(part), "\(output)")
        }
        for part in [
            "# comment about things", "[live]", "wss://host", ":7070", "\"debug\"  # more",
            "colour = \"REDACTED-setting\"  # why", "depth = \"REDACTED-setting\"",
            "[\"src/**\", \"lib/**\"]", "tick_ms = 5000",
        ] {
            #expect(output.contains(part), "\(output)")
        }
        #expect(try Bench.redact(output, as: .config) == output)
    }

    @Test func yamlSettingsLoseListsAndBlocks() throws {
        let text = """
            log_level: info
            people:
              - ada
              - grace
            motto: |
              one line
              another
            port: 7070
            """
        let output = try Bench.redact(text, as: .config)

        for part in ["ada", "grace", "one line", "another"] {
            #expect(!output.contains(part), "\(output)")
        }
        #expect(output.contains("log_level: info") && output.contains("port: 7070"))
        #expect(try Bench.redact(output, as: .config) == output)
    }

    @Test func theCallerMayKeepMore() throws {
        let key = try AliasKey(bytes: Array(repeating: 7, count: 32))
        let redactor = Redactor(policy: RedactionPolicy(key: key, keptSettings: ["colour"]))
        let output = try Bench.redact("colour = \"blue\"\n", as: .config, by: redactor)
        #expect(output == "colour = \"blue\"\n")
    }

    @Test(arguments: ["\n", "\0"])
    func variablesThatAreNotListedLoseTheirValue(separator: String) throws {
        let names = [
            "AURA_HOME=/home/ada7/.aura", "AURA_TOKEN=zz99yy", "LANG=C.UTF-8", "EDITOR=vi",
            "TERM=xterm", "NOTE=hello there", "LC_ALL=C",
        ]
        let output = try Bench.redact(names.joined(separator: separator), as: .environment)

        for part in ["zz99yy", "ada7", "=vi", "hello"] {
            #expect(!output.contains(part), "\(output)")
        }
        for part in [
            "AURA_HOME=/home/user", "LANG=C.UTF-8", "TERM=xterm", "LC_ALL=C",
            "EDITOR=REDACTED-variable",
        ] {
            #expect(output.contains(part), "\(output)")
        }
        #expect(output.split(separator: separator).count == 7)
    }
}
