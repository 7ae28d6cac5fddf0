// Whether the peer syncs. Only causes pause; the user starts and stops.

import LiveProtocol

/// Whether a peer takes part in the sync.
public enum Lifecycle: Hashable, Sendable {
    case off
    case active
    /// Nothing is sent or applied until every cause is gone. The words are the causes' names.
    case paused(causes: [String])

    /// `off`, `active`, `paused`.
    public var word: String {
        switch self {
        case .off: "off"
        case .active: "active"
        case .paused: "paused"
        }
    }
}

extension Lifecycle: PostcardCodable {
    public func encode(into writer: inout PostcardWriter) {
        switch self {
        case .off: writer.write(UInt64(0))
        case .active: writer.write(UInt64(1))
        case .paused(let causes):
            writer.write(UInt64(2))
            writer.write(causes)
        }
    }

    public init(from reader: inout PostcardReader) throws(PostcardFailure) {
        let start = reader.offset
        switch try reader.readUnsigned("lifecycle") {
        case 0: self = .off
        case 1: self = .active
        case 2: self = .paused(causes: try reader.readStrings("causes"))
        default: throw .invalid(field: "lifecycle", offset: start)
        }
    }
}
