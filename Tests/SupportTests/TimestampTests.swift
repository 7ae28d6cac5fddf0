// Wall-clock text and durations, at the edges where date arithmetic goes wrong.

import Testing

@testable import Support

@Suite struct TimestampTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000Z"),
        (Int64(951_782_399_999), "2000-02-28T23:59:59.999Z"),
        (Int64(951_782_400_000), "2000-02-29T00:00:00.000Z"),
        (Int64(4_107_542_399_000), "2100-02-28T23:59:59.000Z"),
        (Int64(4_107_542_400_000), "2100-03-01T00:00:00.000Z"),
        (Int64(-1), "1969-12-31T23:59:59.999Z"),
    ])
    func iso8601IsRightAtCalendarEdges(milliseconds: Int64, text: String) {
        #expect(Timestamp(rawValue: milliseconds).iso8601 == text)
    }

    @Test(arguments: [
        (Duration.milliseconds(850), "850ms"), (.seconds(12), "12s"),
        (.seconds(192), "3m 12s"), (.seconds(7500), "2h 05m"), (.seconds(356_400), "4d 3h"),
    ])
    func briefDurationsUseOneOrTwoUnits(duration: Duration, text: String) {
        #expect(duration.brief == text)
    }

    @Test func anAgeIsNeverNegative() {
        #expect(Duration.seconds(-3600).briefAge == Duration.zero.brief)
        #expect(Duration.seconds(12).briefAge == "12s")
    }

    /// A clock that was set, told from time that went by.
    @Test func aStepIsWhatTheOtherClockDoesNotSee() {
        struct Pair: Clock {
            var now: Timestamp
            var uptime: Duration
        }
        let before = Pair(now: Timestamp(rawValue: 10_000), uptime: .seconds(5))
        let later = Pair(now: Timestamp(rawValue: 12_000), uptime: .seconds(7))
        let set = Pair(now: Timestamp(rawValue: 3_612_000), uptime: .seconds(7))

        #expect(later.step(since: before.moment) == .zero)
        #expect(set.step(since: before.moment) == .seconds(3600))
        #expect(before.step(since: set.moment) == .seconds(-3600))
    }

    @Test func sinceIsNegativeForAnEarlierPoint() {
        let early = Timestamp(rawValue: 1000)
        let late = Timestamp(rawValue: 3500)

        #expect(late.since(early) == .milliseconds(2500))
        #expect(early.since(late) == .milliseconds(-2500))
        #expect(early + .milliseconds(2500) == late)
    }

    @Test(arguments: [Int64.min, .min + 1, -1, .max])
    func timesThatNoClockShowsDoNotOverflow(milliseconds: Int64) {
        let time = Timestamp(rawValue: milliseconds)

        #expect(time.iso8601.hasSuffix("Z"))
        #expect(
            time.since(Timestamp(rawValue: .max)) <= .zero
                && time.since(Timestamp(rawValue: .min)) >= .zero)
        #expect(time + Duration.milliseconds(Int64.max) >= time)
        #expect(time + Duration.milliseconds(Int64.min) <= time)
    }
}
