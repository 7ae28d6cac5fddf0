// The values that prove a finding.
//
// Each value is typed and says what a redactor must do with it. A raw log line pasted into a
// sentence can be neither compared nor scrubbed, therefore it has no place here.

import Support

/// What a redactor has to do with a value before it leaves the machine.
public enum ScrubLabel: String, Codable, CaseIterable, Sendable {
    /// Numbers, digests and words of our own: may be published as they are.
    case plain
    /// A file or folder name.
    case path
    /// A name out of somebody's source code or process table.
    case name
    /// A person, device, peer or room.
    case identity
    /// A host name, address or URL.
    case address
    /// Words of unknown origin: every rule applies.
    case text
}

/// One labelled value.
public struct Evidence: Hashable, Sendable {
    /// What the value is, in snake case: `pending_out`.
    public let label: String
    public let value: EvidenceValue
    public let scrub: ScrubLabel

    /// - Parameter scrub: by default `plain` for numbers, times and digests, `text` for words.
    public init(_ label: String, _ value: EvidenceValue, scrub: ScrubLabel? = nil) {
        self.label = label
        self.value = value
        self.scrub = scrub ?? value.usualScrub
    }
}

/// A value with its unit.
public enum EvidenceValue: Hashable, Sendable {
    case count(Int)
    case bytes(Int)
    case duration(Duration)
    case time(Timestamp)
    case digest(ContentDigest)
    case flag(Bool)
    case text(String)

    /// The value as a person reads it.
    public var text: String {
        switch self {
        case .count(let value): String(value)
        case .bytes(let value): "\(value) bytes"
        case .duration(let value): value.brief
        case .time(let value): value.iso8601
        case .digest(let value): value.short
        case .flag(let value): value ? "yes" : "no"
        case .text(let value): value
        }
    }

    var usualScrub: ScrubLabel {
        switch self {
        case .count, .bytes, .duration, .time, .digest, .flag: .plain
        case .text: .text
        }
    }
}

extension Evidence: Codable {
    private enum CodingKeys: String, CodingKey {
        case label, kind, value, scrub
    }

    private enum ValueKind: String, Codable {
        case count, bytes, milliseconds, time, digest, flag, text
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        label = try container.decode(String.self, forKey: .label)
        scrub = try container.decode(ScrubLabel.self, forKey: .scrub)
        value =
            switch try container.decode(ValueKind.self, forKey: .kind) {
            case .count: .count(try container.decode(Int.self, forKey: .value))
            case .bytes: .bytes(try container.decode(Int.self, forKey: .value))
            case .milliseconds:
                .duration(.milliseconds(try container.decode(Int64.self, forKey: .value)))
            case .time:
                .time(try container.decode(UTCTime.self, forKey: .value).timestamp)
            case .digest: .digest(try container.decode(ContentDigest.self, forKey: .value))
            case .flag: .flag(try container.decode(Bool.self, forKey: .value))
            case .text: .text(try container.decode(String.self, forKey: .value))
            }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(label, forKey: .label)
        try container.encode(scrub, forKey: .scrub)
        switch value {
        case .count(let number):
            try container.encode(ValueKind.count, forKey: .kind)
            try container.encode(number, forKey: .value)
        case .bytes(let number):
            try container.encode(ValueKind.bytes, forKey: .kind)
            try container.encode(number, forKey: .value)
        case .duration(let duration):
            try container.encode(ValueKind.milliseconds, forKey: .kind)
            try container.encode(duration.milliseconds, forKey: .value)
        case .time(let time):
            try container.encode(ValueKind.time, forKey: .kind)
            try container.encode(UTCTime(time), forKey: .value)
        case .digest(let digest):
            try container.encode(ValueKind.digest, forKey: .kind)
            try container.encode(digest, forKey: .value)
        case .flag(let flag):
            try container.encode(ValueKind.flag, forKey: .kind)
            try container.encode(flag, forKey: .value)
        case .text(let text):
            try container.encode(ValueKind.text, forKey: .kind)
            try container.encode(text, forKey: .value)
        }
    }
}
