// Settings files: defaults, and every defect with its line, key and next step.

import Support
import Testing

@testable import LiveSync

@Suite struct LiveConfigurationTests {
    private func parse(_ text: String) throws -> LiveConfiguration {
        try LiveConfiguration.parse(text, file: "live.toml", guestTables: ["guest.limits"])
    }

    private func defects(_ text: String) -> [ConfigurationDefect] {
        do throws(ConfigurationFailure) {
            _ = try LiveConfiguration.parse(
                text, file: "live.toml", guestTables: ["guest.limits"])
            return []
        } catch {
            return error.defects
        }
    }

    @Test func emptyFileGivesTheDocumentedDefaults() throws {
        let configuration = try parse("")

        #expect(configuration.mothership.description == "ws://mothership.local:7070")
        #expect(configuration.room == nil)
        #expect(configuration.branchPolicy == .pause)
        #expect(configuration.selective == LiveConfiguration.Selective())
        #expect(!configuration.debug.verboseLogs)
        #expect(configuration.debug.logLevel == .info)
        #expect(configuration.debug.retainLogDays == 7)
        #expect(configuration.scan.tick == .seconds(5))
        #expect(configuration.scan.fullEvery == 60)
        #expect(configuration.wal.segmentBytes == 8_388_608)
        #expect(configuration.wal.fsync == .always)
        #expect(configuration.presence.heartbeat == .seconds(30))
        #expect(configuration.presence.window == .seconds(90))
        #expect(configuration.presence.ping == .seconds(10))
    }

    @Test func everyKeyIsRead() throws {
        let configuration = try parse(
            """
            [live]
            mothership = "wss://[::1]:9000/"
            room = "abc-1.2"
            branch_policy = "pause"
            [live.selective]
            include = [
              "src/**",  # a comment, with "quotes"

              'lib/*.c',
            ]
            exclude = ["gen/"]
            whole_files = ["*.md"]
            [live.debug]
            verbose_logs = true
            log_level = "trace"
            retain_log_days = 1
            [live.scan]
            tick_ms = 250
            full_every = 3
            [live.wal]
            segment_bytes = 1048576
            fsync = "batch:20"
            [live.presence]
            heartbeat_s = 2
            window_s = 6
            ping_s = 1
            """)

        #expect(configuration.mothership == .init(isEncrypted: true, host: "::1", port: 9000))
        #expect(configuration.mothership.description == "wss://[::1]:9000")
        #expect(configuration.mothership.isLoopback)
        #expect(configuration.room == "abc-1.2")
        #expect(configuration.selective.include?.map(\.line) == [7, 9])
        #expect(configuration.selective.include?.map(\.pattern) == ["src/**", "lib/*.c"])
        #expect(configuration.selective.exclude == [.init(pattern: "gen/", line: 11)])
        #expect(configuration.selective.wholeFiles == [.init(pattern: "*.md", line: 12)])
        #expect(configuration.debug.verboseLogs)
        #expect(configuration.debug.logLevel == .trace)
        #expect(configuration.debug.retainLogDays == 1)
        #expect(configuration.scan.tick == .milliseconds(250))
        #expect(configuration.scan.fullEvery == 3)
        #expect(configuration.wal.segmentBytes == 1 << 20)
        #expect(configuration.wal.fsync == .batch(.milliseconds(20)))
        #expect(configuration.presence.window == .seconds(6))
        #expect(configuration.presence.ping == .seconds(1))
    }

    @Test func brokenTextIsRefusedWithItsLine() {
        let found = defects("[live]\nroom = \"a\"\nmothership = \"unclosed\n")

        #expect(found.map(\.line) == [3])
        guard case .syntax = found.first?.problem else {
            Issue.record("no syntax defect in \(found)")
            return
        }
    }

    @Test func unknownKeyNamesTheNearestOne() {
        let found = defects("[live]\n\n[live.debug]\n# note\nlog_levle = \"info\"\n")

        #expect(
            found == [
                .init(
                    key: "live.debug.log_levle", line: 5,
                    problem: .unknownKey(nearest: "live.debug.log_level"))
            ])
    }

    @Test func unknownKeyFarFromAllNamesNone() {
        let found = defects("zzz = 1\n")

        #expect(found == [.init(key: "zzz", line: 1, problem: .unknownKey(nearest: nil))])
    }

    @Test func keyInsideAnInlineTableHasThatTablesLine() {
        let found = defects("\nlive = { debug = { log_level = \"loud\" } }\n")

        #expect(found.map(\.key) == ["live.debug.log_level"])
        #expect(found.map(\.line) == [2])
    }

    @Test(arguments: [
        ("[live]\nmothership = \"http://x\"", "live.mothership", "must start with ws://"),
        ("[live]\nmothership = \"ws://x:0\"", "live.mothership", "port from 1 to 65535"),
        ("[live]\nmothership = \"ws://x:99999\"", "live.mothership", "port from 1 to 65535"),
        ("[live]\nmothership = \"ws://\"", "live.mothership", "must name a host"),
        ("[live]\nmothership = \"ws://x/room\"", "live.mothership", "must end after the port"),
        ("[live]\nroom = \"../up\"", "live.room", "1 to 64"),
        ("[live]\nbranch_policy = \"follow\"", "live.branch_policy", "must be pause"),
        ("[live.debug]\nlog_level = \"loud\"", "live.debug.log_level", "trace, debug, info"),
        ("[live.debug]\nretain_log_days = 0", "live.debug.retain_log_days", "from 1 to"),
        ("[live.scan]\ntick_ms = 0", "live.scan.tick_ms", "from 100"),
        ("[live.scan]\nfull_every = 0", "live.scan.full_every", "from 1"),
        ("[live.wal]\nsegment_bytes = 1048575", "live.wal.segment_bytes", "from 1048576"),
        ("[live.wal]\nsegment_bytes = 67108865", "live.wal.segment_bytes", "to 67108864"),
        ("[live.wal]\nfsync = \"never\"", "live.wal.fsync", "always or batch"),
        ("[live.wal]\nfsync = \"batch:0\"", "live.wal.fsync", "always or batch"),
        ("[live.presence]\nwindow_s = 89", "live.presence.window_s", "at least 3 x heartbeat_s"),
        ("[live.selective]\ninclude = []", "live.selective.include", "at least one glob"),
        ("[live.selective]\nexclude = [\"a[\"]", "live.selective.exclude", "unclosed ["),
    ])
    func valueOutsideItsRuleIsRefused(text: String, key: String, rule: String) throws {
        let found = defects(text)

        let defect = try #require(found.first)
        #expect(found.count == 1)
        #expect(defect.key == key)
        #expect(defect.line == 2)
        #expect(defect.reason.contains(rule), "\(defect.reason)")
        #expect(!defect.nextStep.isEmpty)
    }

    @Test(arguments: [
        ("[live]\nroom = 5", "a string"),
        ("[live.debug]\nverbose_logs = \"yes\"", "true or false"),
        ("[live.scan]\ntick_ms = \"5000\"", "an integer"),
        ("[live.selective]\ninclude = \"src\"", "an array of strings"),
        ("[live.selective]\ninclude = [1]", "an array of strings"),
    ])
    func valueOfAnotherTypeIsRefused(text: String, expected: String) throws {
        let defect = try #require(defects(text).first)

        guard case .wrongType(expected, _) = defect.problem else {
            Issue.record("\(defect)")
            return
        }
        #expect(defect.line == 2)
    }

    @Test func passwordInTheAddressIsRefusedAndNotRepeated() throws {
        let defect = try #require(defects("[live]\nmothership = \"ws://u:hunter2@x\"").first)

        #expect(!defect.reason.contains("hunter2"))
        #expect(defect.reason.contains("password"))
    }

    @Test func allDefectsAreReportedInTheOrderOfTheirLines() {
        let found = defects("[live.debug]\nretain_log_days = 0\nnoise = 1\nlog_level = \"x\"\n")

        #expect(found.map(\.line) == [2, 3, 4])
    }

    @Test func guestTableIsKeptAsWrittenAndOthersAreNot() throws {
        let configuration = try parse("[guest.limits]\na = 1\nb.c = \"x\"\n")

        let table = try #require(configuration.guests["guest.limits"])
        #expect(table.values == ["a": .integer(1), "b.c": .text("x")])
        #expect(table.lines == ["a": 2, "b.c": 3])
        #expect(defects("[guest.other]\na = 1\n").map(\.key) == ["guest.other.a"])
    }

    @Test func writtenDefaultFileIsAcceptedAndSaysTheDefaults() throws {
        let text = LiveConfiguration.defaultText()
        let written = try parse(text)
        // Every commented key, made active, must say what holds without it. Keys whose default
        // cannot be written as a value show an example and are left out.
        let active = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { line in
                let isKey =
                    line.hasPrefix("# ") && line.contains(" = ") && !line.contains("room")
                    && !line.hasPrefix("# include")
                return isKey ? String(line.dropFirst(2)) : String(line)
            }.joined(separator: "\n")
        var uncommented = try parse(active)
        uncommented.digest = written.digest

        #expect(written.mothership == LiveConfiguration().mothership)
        #expect(uncommented == written)
        #expect(active.split(separator: "\n").filter { $0.contains(" = ") }.count >= 14)
    }

    @Test func writtenDefaultFileCarriesAddressAndRoom() throws {
        let address = MothershipAddress(isEncrypted: false, host: "127.0.0.1", port: 7171)
        let text = LiveConfiguration.defaultText(mothership: address, room: "r1")
        let configuration = try parse(text)

        #expect(configuration.mothership == address)
        #expect(configuration.room == "r1")
        for section in ["[live]", "[live.selective]", "[live.debug]"] {
            #expect(text.contains(section + "\n"))
        }
    }

    @Test func missingFileIsUnreadableNotEmpty() {
        #expect(throws: ConfigurationFailure.self) {
            try LiveConfiguration.load("/nonexistent/live.toml", guestTables: [])
        }
    }

    @Test func nearestKeyCountsASwapAsOneEdit() {
        #expect(EditDistance.between("log_levle", "log_level") == 1)
        #expect(EditDistance.between("", "abc") == 3)
        #expect(EditDistance.between("kitten", "sitting") == 3)
    }
}
