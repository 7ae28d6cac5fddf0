// Wall-clock time as integer milliseconds UTC.
//
// Times are never compared as text: a product this one learnt from compared "T" and space
// separated dates as strings and kept presence alive until midnight. Formatting is done here by
// hand because DateFormatter pulls 50 MB of ICU into a static binary.

import Glibc

/// A point in wall-clock time, in milliseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: RawRepresentable, Hashable, Comparable, Codable, Sendable {
    public var rawValue: Int64

    public init(rawValue: Int64) { self.rawValue = rawValue }

    /// A time as files, tokens and certificates have it. What others wrote may be any number, so
    /// what does not fit ends at the largest that does.
    public init(seconds: Int64, nanoseconds: Int64 = 0) {
        let (product, isTooFar) = seconds.multipliedReportingOverflow(by: 1000)
        let (sum, isBeyond) = product.addingReportingOverflow(nanoseconds / 1_000_000)
        rawValue = isTooFar || isBeyond ? (seconds < 0 ? .min : .max) : sum
    }

    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The time between two points; negative when `earlier` is the later one. Times that others
    /// sent may be any number, so what does not fit ends at the largest that does.
    public func since(_ earlier: Timestamp) -> Duration {
        let (difference, isTooFar) = rawValue.subtractingReportingOverflow(earlier.rawValue)
        return .milliseconds(isTooFar ? (self < earlier ? .min : .max) : difference)
    }

    public static func + (time: Timestamp, duration: Duration) -> Timestamp {
        let (sum, isTooFar) = time.rawValue.addingReportingOverflow(duration.milliseconds)
        return Timestamp(rawValue: isTooFar ? (duration < .zero ? .min : .max) : sum)
    }

    /// `2026-11-21T04:05:06.789Z`.
    public var iso8601: String {
        // One day above the least number, for the rounding below.
        let (day, inDay) = max(rawValue, .min + 86_400_000).floorDivided(by: 86_400_000)
        let (year, month, date) = Self.civil(fromDays: day)
        let (hour, inHour) = inDay.floorDivided(by: 3_600_000)
        let (minute, inMinute) = inHour.floorDivided(by: 60_000)
        let (second, millisecond) = inMinute.floorDivided(by: 1000)
        return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(date, 2))T"
            + "\(Self.padded(hour, 2)):\(Self.padded(minute, 2)):\(Self.padded(second, 2))"
            + ".\(Self.padded(millisecond, 3))Z"
    }

    /// Days since the epoch to a proleptic Gregorian date (Hinnant, "chrono-compatible
    /// low-level date algorithms").
    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (days + 719_468).floorDivided(by: 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let remainder = ((self % divisor) + divisor) % divisor
        return ((self - remainder) / divisor, remainder)
    }
}

extension Duration {
    /// Whole milliseconds, rounded towards zero.
    public var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }

    /// The duration in seconds as a floating-point number.
    public var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }

    /// `850ms`, `12s`, `3m 12s`, `2h 05m`, `4d 3h`: for people, one or two units.
    public var brief: String {
        let total = milliseconds
        if total < 1000 { return "\(total)ms" }
        let (days, hours) = (total / 86_400_000, total / 3_600_000 % 24)
        let (minutes, seconds) = (total / 60_000 % 60, total / 1000 % 60)
        if days > 0 { return "\(days)d \(hours)h" }
        if hours > 0 { return "\(hours)h \(minutes < 10 ? "0" : "")\(minutes)m" }
        if minutes > 0 { return "\(minutes)m \(seconds < 10 ? "0" : "")\(seconds)s" }
        return "\(seconds)s"
    }

    /// The same of an age: a clock that went back makes it zero, never negative.
    public var briefAge: String { max(.zero, self).brief }

    /// The difference of one clock to another one, for a sentence: `12s ahead of`, `3m 01s behind`.
    public var clockDifference: String {
        self < .zero ? "\((.zero - self).brief) behind" : "\(brief) ahead of"
    }
}

/// Where time comes from. Everything that decides by time takes one of these as an argument.
public protocol Clock: Sendable {
    /// Wall-clock time; may jump.
    var now: Timestamp { get }
    /// Time since an arbitrary start that never goes back; does not count suspension.
    var uptime: Duration { get }
    /// The same, suspension counted.
    var sinceBoot: Duration { get }
}

extension Clock {
    public var sinceBoot: Duration { uptime }

    public var moment: ClockMoment { ClockMoment(now: now, sinceBoot: sinceBoot) }

    /// How far the wall clock was set forward since then, beyond the time that went by.
    public func step(since moment: ClockMoment) -> Duration {
        now.since(moment.now) - (sinceBoot - moment.sinceBoot)
    }
}

/// One instant on the clock that may jump and on the one that does not.
public struct ClockMoment: Hashable, Sendable {
    public let now: Timestamp
    public let sinceBoot: Duration
}

/// The machine's clocks.
public struct SystemClock: Clock {
    public init() {}

    public var now: Timestamp {
        let value = Self.read(CLOCK_REALTIME)
        return Timestamp(seconds: Int64(value.tv_sec), nanoseconds: Int64(value.tv_nsec))
    }

    public var uptime: Duration {
        let value = Self.read(CLOCK_MONOTONIC)
        return .seconds(Int64(value.tv_sec)) + .nanoseconds(Int64(value.tv_nsec))
    }

    public var sinceBoot: Duration {
        let value = Self.read(CLOCK_BOOTTIME)
        return .seconds(Int64(value.tv_sec)) + .nanoseconds(Int64(value.tv_nsec))
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var value = timespec()
        clock_gettime(clock, &value)
        return value
    }
}

/// The machine's clock with its hands held: what is made at one instant twice is made alike.
public struct HeldClock: Clock {
    public let now: Timestamp

    public init(at now: Timestamp) { self.now = now }

    public var uptime: Duration { SystemClock().uptime }
    public var sinceBoot: Duration { SystemClock().sinceBoot }
}

extension Timestamp {
    /// For file names: `20260102T030405678Z`.
    public var fileStamp: String { iso8601.filter { !"-:.".contains($0) } }
}
