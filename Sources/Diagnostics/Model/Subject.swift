// What a finding is about, as a typed address.
//
// An address has a kind, so that a reader can sort by it, a fingerprint can be taken of it, and a
// redactor knows what it looks at without guessing from the text.

/// The thing a finding is about.
public enum Subject: Hashable, Sendable {
    case path(String)
    case function(String)
    /// A place in a log: the segment's name and a byte offset in it.
    case segment(String, offset: UInt64?)
    case peer(String)
    case room(String)
    case process(pid: Int32, name: String)
    /// An address of the examined system's own kind, for example a table.
    case other(kind: String, value: String)

    /// The kind as written in reports.
    public var kind: String {
        switch self {
        case .path: "path"
        case .function: "function"
        case .segment: "segment"
        case .peer: "peer"
        case .room: "room"
        case .process: "process"
        case .other(let kind, _): kind
        }
    }

    /// The address as a person reads it.
    public var text: String {
        switch self {
        case .path(let value), .function(let value), .peer(let value), .room(let value): value
        case .segment(let name, nil): name
        case .segment(let name, let offset?): "\(name)+\(offset)"
        case .process(let pid, let name): "\(name) (\(pid))"
        case .other(_, let value): value
        }
    }

    /// What a redactor has to do with the address.
    public var scrub: ScrubLabel {
        switch self {
        case .path: .path
        case .function: .name
        case .segment: .plain
        case .peer, .room: .identity
        case .process: .name
        case .other: .text
        }
    }

    /// One spelling per address: kind, separator, address. Fingerprints are taken of this.
    public var canonical: String { "\(kind):\(text)" }
}

extension Subject: Codable {
    private enum CodingKeys: String, CodingKey {
        case kind, value, offset, pid, scrub
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let kind = try container.decode(String.self, forKey: .kind)
        let value = try container.decode(String.self, forKey: .value)
        switch kind {
        case "path": self = .path(value)
        case "function": self = .function(value)
        case "peer": self = .peer(value)
        case "room": self = .room(value)
        case "segment":
            let offset = try container.decodeIfPresent(UInt64.self, forKey: .offset)
            self = .segment(value, offset: offset)
        case "process":
            self = .process(pid: try container.decode(Int32.self, forKey: .pid), name: value)
        default: self = .other(kind: kind, value: value)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kind, forKey: .kind)
        try container.encode(scrub, forKey: .scrub)
        switch self {
        case .path(let value), .function(let value), .peer(let value), .room(let value),
            .other(_, let value):
            try container.encode(value, forKey: .value)
        case .segment(let name, let offset):
            try container.encode(name, forKey: .value)
            try container.encodeIfPresent(offset, forKey: .offset)
        case .process(let pid, let name):
            try container.encode(name, forKey: .value)
            try container.encode(pid, forKey: .pid)
        }
    }
}
