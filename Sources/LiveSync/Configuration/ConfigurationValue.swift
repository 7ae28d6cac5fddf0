// The values of a TOML file, detached from the parser.
//
// The parser's nodes borrow memory from their document, so everything is copied out at once.

import TOMLKit

/// A value in a settings file.
public indirect enum ConfigurationValue: Hashable, Sendable {
    case text(String)
    case integer(Int)
    case number(Double)
    case boolean(Bool)
    case moment(String)
    case array([ConfigurationValue])
    case table([String: ConfigurationValue])

    /// The type's name in a message.
    public var typeName: String {
        switch self {
        case .text: "a string"
        case .integer: "an integer"
        case .number: "a number"
        case .boolean: "a boolean"
        case .moment: "a date or time"
        case .array: "an array"
        case .table: "a table"
        }
    }

    /// The value as a reader would recognise it.
    public var shown: String {
        switch self {
        case .text(let value): "\"\(value)\""
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .boolean(let value): "\(value)"
        case .moment(let value): value
        case .array(let values): "[\(values.map(\.shown).joined(separator: ", "))]"
        case .table: "a table"
        }
    }

    init(_ node: any TOMLValueConvertible) {
        switch node.type {
        case .string: self = .text(node.string ?? "")
        case .int: self = .integer(node.int ?? 0)
        case .double: self = .number(node.double ?? 0)
        case .bool: self = .boolean(node.bool ?? false)
        case .date, .time, .dateTime: self = .moment(node.debugDescription)
        case .array: self = .array(node.array.map { $0.map(ConfigurationValue.init) } ?? [])
        case .table: self = .table(node.table.map(Self.entries) ?? [:])
        }
    }

    static func entries(of table: TOMLTable) -> [String: ConfigurationValue] {
        var entries: [String: ConfigurationValue] = [:]
        for key in table.keys { entries[key] = table[key].map(ConfigurationValue.init) }
        return entries
    }
}

/// A table of another part of the program, kept as it was written.
public struct GuestTable: Hashable, Sendable {
    public let values: [String: ConfigurationValue]
    /// The line of each key.
    public let lines: [String: Int]

    public init(values: [String: ConfigurationValue], lines: [String: Int]) {
        self.values = values
        self.lines = lines
    }
}
