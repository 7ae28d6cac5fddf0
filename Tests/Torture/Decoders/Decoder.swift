// The readers of bytes that others wrote: what comes over a connection, out of a file of state, out
// of settings. Each takes anything; what it takes in it must be able to write and read once more.

import Support

/// A decoder and samples of what it was made for.
public struct Decoder: Sendable {
    /// What a reader made of some bytes.
    enum Answer: Sendable {
        /// Taken in, and the same when written and read once more.
        case taken
        /// Refused with a reason and a next step.
        case refused
        /// Taken in, and something else the second time.
        case altered(String)
    }

    public let name: String
    public let samples: [[UInt8]]
    /// Throws only what is no ``Failure``; that is a promise broken.
    let look: @Sendable ([UInt8]) throws -> Answer

    init(
        _ name: String, samples: [[UInt8]], look: @escaping @Sendable ([UInt8]) throws -> Answer
    ) {
        self.name = name
        self.samples = samples
        self.look = { bytes in
            do { return try look(bytes) } catch is any Failure { return .refused }
        }
    }

    /// A reader whose values can be compared and written again.
    static func canonical<Value: Equatable & Sendable>(
        _ name: String, samples: [Value], write: @escaping @Sendable (Value) throws -> [UInt8],
        read: @escaping @Sendable ([UInt8]) throws -> Value
    ) throws -> Decoder {
        Decoder(name, samples: try samples.map(write)) { bytes in
            let value = try read(bytes)
            let again = try read(write(value))
            return value == again ? .taken : .altered("\(value) became \(again)")
        }
    }

    /// Taken where what was read, written and read again is the same.
    static func reread<Value: Codable & Equatable>(_ value: Value) throws -> Answer {
        let again = try JSONText.decode(Value.self, from: JSONText.encode(value))
        return again == value ? .taken : .altered("\(value) became \(again)")
    }

    /// A reader that takes any value of a type; what does not decode its caller answers for.
    static func json<Value: Codable & Sendable>(
        _ name: String, samples: [Value]
    ) throws -> Decoder {
        Decoder(name, samples: try samples.map { Array(try JSONText.encode($0).utf8) }) { bytes in
            // What does not decode is refused by whoever asked.
            guard let value = try? JSONText.decode(Value.self, from: bytes) else { return .refused }
            let text = try JSONText.encode(value)
            let again = try JSONText.encode(JSONText.decode(Value.self, from: text))
            return text == again ? .taken : .altered("\(text) became \(again)")
        }
    }

    /// Every decoder there is, but those of the log, which ``Fuzzing`` reads as part of a log.
    public static func all() throws -> [Decoder] {
        try wire() + asked() + stored() + settings()
    }
}
