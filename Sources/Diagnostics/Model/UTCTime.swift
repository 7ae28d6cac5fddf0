// A time as reports write it: `2026-11-21T04:05:06.789Z`, always UTC, always milliseconds.
//
// A report is read by people and by programs that have no idea of our integers, so its times are
// ISO 8601; inside the program they stay `Timestamp`. Parsing accepts this one spelling only.

import Support

/// A `Timestamp` that is coded as ISO 8601 text.
public struct UTCTime: Hashable, Sendable, Codable {
    public let timestamp: Timestamp

    public init(_ timestamp: Timestamp) { self.timestamp = timestamp }

    /// Parses `YYYY-MM-DDThh:mm:ss.mmmZ`; nil for any other spelling or an impossible date.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        let shape = Array("dddd-dd-ddTdd:dd:dd.dddZ".utf8)
        guard bytes.count == shape.count else { return nil }
        for (byte, expected) in zip(bytes, shape) {
            let fits = expected == UInt8(ascii: "d") ? (48...57).contains(byte) : byte == expected
            guard fits else { return nil }
        }
        func number(_ range: Range<Int>) -> Int64 {
            bytes[range].reduce(0) { $0 * 10 + Int64($1 - 48) }
        }
        let days = Self.days(number(0..<4), number(5..<7), number(8..<10))
        let seconds = number(11..<13) * 3600 + number(14..<16) * 60 + number(17..<19)
        timestamp = Timestamp(rawValue: (days * 86_400 + seconds) * 1000 + number(20..<23))
        guard timestamp.iso8601 == text else { return nil }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = UTCTime(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a UTC time with milliseconds")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(timestamp.iso8601)
    }

    /// Days from the epoch to a Gregorian date (Hinnant, "chrono-compatible low-level date
    /// algorithms", `days_from_civil`), for years from 0.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
