// A step as JSON, and back.
//
// A plan and a journal hold steps of many types. Each is kept as the JSON value it encodes to,
// beside the bucket whose check knows the type; the check turns it into a step again.

import Support

/// Any JSON value, unchanged by decoding and encoding.
public indirect enum JSONValue: Codable, Hashable, Sendable {
    case null
    case flag(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        // A decoder can only be asked for the type of a value by trying one after the other.
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {  // tried in turn, as said above
            self = .flag(flag)
        } else if let integer = try? value.decode(Int64.self) {  // tried in turn
            self = .integer(integer)
        } else if let number = try? value.decode(Double.self) {  // tried in turn
            self = .number(number)
        } else if let text = try? value.decode(String.self) {  // tried in turn
            self = .text(text)
        } else if let list = try? value.decode([JSONValue].self) {  // tried in turn
            self = .list(list)
        } else {
            self = .object(try value.decode([String: JSONValue].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .flag(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let values): try container.encode(values)
        case .object(let members): try container.encode(members)
        }
    }
}

extension RepairStep {
    /// The step as a JSON value.
    func encoded() throws(RepairFailure) -> JSONValue {
        do {
            return try JSONText.decode(JSONValue.self, from: JSONText.encode(self))
        } catch {
            throw .unreadable(subject: title, reason: "the step does not encode (\(error))")
        }
    }
}

extension Check {
    /// The step that was encoded to this value.
    func step(from value: JSONValue) throws -> any RepairStep<System> {
        try JSONText.decode(Step.self, from: JSONText.encode(value))
    }
}

/// The checks as readers of their steps.
struct StepReader<System: Sendable> {
    let checks: [any Check<System>]

    func step(_ planned: PlannedStep) throws(RepairFailure) -> any RepairStep<System> {
        for check in checks where check.bucket == planned.bucket {
            do { return try check.step(from: planned.step) } catch {
                throw .unreadable(
                    subject: planned.title,
                    reason: "the step is not one of this release (\(JSONText.words(for: error)))")
            }
        }
        throw .unreadable(
            subject: planned.title, reason: "no check of bucket \(planned.bucket) is here")
    }
}
