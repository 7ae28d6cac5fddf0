// The defaults are a promise; this pins every one, and how they are changed.

import LiveSync
import Runbooks
import Testing

@testable import Checks

@Suite struct ThresholdTests {
    @Test func everyDefaultIsWhatIsDocumented() {
        let limits = Thresholds()

        #expect(limits.scannerStalled == .seconds(15))
        #expect(limits.scannerSlowWarn == .milliseconds(500))
        #expect(limits.scannerSlowFail == .seconds(5))
        #expect(limits.scannerWarmTicks == 12)
        #expect(limits.scannerHeldBackTicks == 2)
        #expect(limits.scannerCanariesLost == 2)
        #expect(limits.mothershipDownFail == .seconds(60))
        #expect(limits.mothershipSlow == .milliseconds(500))
        #expect(limits.mothershipRetries == 3)
        #expect(limits.clockSkewWarn == .seconds(2))
        #expect(limits.clockSkewFail == .seconds(60))
        #expect(limits.queueStalledWarn == .seconds(60))
        #expect(limits.queueStalledFail == .seconds(300))
        #expect(limits.backlogAge == .seconds(86_400))
        #expect(limits.backlogCount == 10_000)
        #expect(limits.applyStalled == .seconds(60))
        #expect(limits.conflictAgeFail == .seconds(604_800))
        #expect(limits.certificateEnds == .seconds(1_209_600))
        #expect(limits.ownBeatWarn == .seconds(45))
        #expect(limits.ownBeatFail == .seconds(90))
        #expect(limits.peerStale == .seconds(90))
        #expect(limits.presenceRestore == .seconds(30))
        #expect(limits.configDrift == .seconds(60))
        #expect(limits.presenceAhead == .seconds(5))
        #expect(limits.scannerScopeFunctions == 50_000)
        #expect(limits.linkEndsCount == 3)
        #expect(limits.ackLost == .seconds(60))
        #expect(limits.diskSlow == .milliseconds(50))
        #expect(limits.diskSlowCount == 20)
        #expect(limits.diskFreePercent == 5)
        #expect(limits.diskFreeMebibytes == 256)
        #expect(limits.conflictStormCount == 20)
        #expect(limits.inodesFreeCount == 10_000)
        #expect(limits.descriptorsPercent == 80)
        #expect(limits.watchesPercent == 80)
        #expect(limits.overflowRecent == .seconds(600))
        #expect(limits.revertedRecent == .seconds(600))
        #expect(limits.traceLeftOn == .seconds(86_400))
        #expect(limits.deferredCount == 10_000)
        #expect(limits.indexLockLeft == .seconds(600))
        #expect(limits.logMebibytes == 256)
        #expect(limits.presenceFlapsCount == 6)
        #expect(Thresholds.keys.count == Mirror(reflecting: limits).children.count)
    }

    @Test func thePageListsEveryKeyWithItsDefault() throws {
        let page = try #require(Runbooks.pages.first { $0.name == "Config" }?.text)
        for key in Thresholds.keys {
            let row = try #require(
                page.split(separator: "\n").first { $0.hasPrefix("| `\(key)` | ") }, "\(key)")
            let written = row.split(separator: "|")[1].filter { $0 != " " }
            let value = Int(written).map(ConfigurationValue.integer) ?? .text(String(written))

            // What the page says changes nothing: it is the default.
            let limits = try Thresholds(reading: GuestTable(values: [key: value], lines: [:]))
            #expect(limits == Thresholds(), "\(key)")
        }
    }

    @Test func noTableLeavesTheDefaults() throws {
        #expect(try Thresholds(reading: nil) == Thresholds())
    }

    @Test func everyKeyChangesItsValueAndNoOther() throws {
        for key in Thresholds.keys {
            // Far above each default, so that no pair falls out of order from below.
            let isCount =
                key != "ack_lost"
                && ["ticks", "lost", "retries", "count", "functions", "percent", "mebibytes"]
                    .contains { key.hasSuffix($0) }
            let value: ConfigurationValue = isCount ? .integer(77_777) : .text("900d")
            var table = [key: value]
            if key.hasSuffix("_warn") { table[key.replacing("_warn", with: "_fail")] = value }

            let limits = try Thresholds(reading: GuestTable(values: table, lines: [:]))

            let before = Mirror(reflecting: Thresholds()).children.map { "\($0.value)" }
            let after = Mirror(reflecting: limits).children.map { "\($0.value)" }
            let changed = zip(before, after).count { $0 != $1 }
            #expect(changed == table.count, "\(key) changed \(changed) values")
        }
    }

    @Test func aShortenedThresholdIsReadFromTheFile() throws {
        let text = "[doctor.thresholds]\nscanner_stalled = \"250ms\"\nmothership_retries = 9\n"

        let settings = try LiveConfiguration.parse(
            text, file: "live.toml", guestTables: SyncHost.guestTables)
        let limits = try Thresholds(reading: settings.guests[Thresholds.tableName])

        #expect(limits.scannerStalled == .milliseconds(250))
        #expect(limits.mothershipRetries == 9)
    }

    @Test(arguments: [
        ("scanner_staled", ConfigurationValue.text("1s"), "unknown key"),
        ("scanner_stalled", .integer(15), "must be a duration"),
        ("scanner_stalled", .text("soon"), "must be a duration such as"),
        ("mothership_retries", .text("3"), "must be an integer"),
        ("mothership_retries", .integer(0), "must be at least 1"),
        ("own_beat_fail", .text("10s"), "above own_beat_fail"),
        ("clock_skew_warn", .text("2h"), "above clock_skew_fail"),
    ])
    func aValueThatBreaksItsRuleIsRefusedWithItsLine(
        key: String, value: ConfigurationValue, words: String
    ) {
        let table = GuestTable(values: [key: value], lines: [key: 7])

        let failure = #expect(throws: ConfigurationFailure.self) {
            try Thresholds(reading: table, file: "live.toml")
        }

        #expect(failure?.defects.count == 1)
        #expect(failure?.defects.first?.line == 7)
        #expect(failure?.defects.first?.key == "doctor.thresholds.\(key)")
        #expect(failure?.reason.contains(words) == true, "\(failure?.reason ?? "")")
    }
}
