// Any JSON value, and its text with keys in a chosen or sorted order.
//
// Documents whose form is given by somebody else (SARIF) are built from this; those of ours come
// from `Encodable` types through `OrderedJSON`.

/// Any JSON value.
indirect enum JSONTree: Equatable {
    case null
    case flag(Bool)
    case integer(Int64)
    case natural(UInt64)
    case number(Double)
    case text(String)
    case list([JSONTree])
    case object([String: JSONTree])

    /// The text of the value.
    ///
    /// - Parameter order: top-level keys in the order wanted; keys not named follow, sorted.
    func text(order: [String] = [], pretty: Bool = false) -> String {
        var writer = JSONWriter(pretty: pretty)
        writer.write(self, order: order)
        return writer.text
    }
}

extension JSONTree: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral value: String) { self = .text(value) }
    init(integerLiteral value: Int64) { self = .integer(value) }
    init(booleanLiteral value: Bool) { self = .flag(value) }
    init(arrayLiteral elements: JSONTree...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, JSONTree)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
    }
}

extension JSONTree: Decodable {
    init(from decoder: any Decoder) throws {
        if let object = try? [String: JSONTree](from: decoder) {  // not an object: tried in turn
            self = .object(object)
            return
        }
        if let list = try? [JSONTree](from: decoder) {  // not a list: tried in turn
            self = .list(list)
            return
        }
        let scalar = try decoder.singleValueContainer()
        // A decoder has no way to ask for the type of a value but to try one after the other.
        if scalar.decodeNil() {
            self = .null
        } else if let flag = try? scalar.decode(Bool.self) {  // tried in turn, as said above
            self = .flag(flag)
        } else if let text = try? scalar.decode(String.self) {  // tried in turn
            self = .text(text)
        } else if let integer = try? scalar.decode(Int64.self) {  // tried in turn
            self = .integer(integer)
        } else if let natural = try? scalar.decode(UInt64.self) {  // tried in turn
            self = .natural(natural)
        } else {
            self = .number(try scalar.decode(Double.self))
        }
    }
}

private struct JSONWriter {
    let pretty: Bool
    private(set) var text = ""
    private var level = 0

    init(pretty: Bool) { self.pretty = pretty }

    mutating func write(_ tree: JSONTree, order: [String] = []) {
        switch tree {
        case .null: text += "null"
        case .flag(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .natural(let value): text += String(value)
        case .number(let value): text += value.description
        case .text(let value): quote(value)
        case .list(let values): write(values, "[", "]") { $0.write($1) }
        case .object(let members):
            let first = order.filter { members[$0] != nil }
            let rest = members.keys.filter { !first.contains($0) }.sorted()
            write(first + rest, "{", "}") { writer, key in
                writer.quote(key)
                writer.text += writer.pretty ? ": " : ":"
                writer.write(members[key] ?? .null)
            }
        }
    }

    private mutating func write<Member>(
        _ members: [Member], _ open: String, _ close: String,
        each: (inout JSONWriter, Member) -> Void
    ) {
        text += open
        level += 1
        for (index, member) in members.enumerated() {
            if index > 0 { text += "," }
            breakLine()
            each(&self, member)
        }
        level -= 1
        if !members.isEmpty { breakLine() }
        text += close
    }

    private mutating func breakLine() {
        if pretty { text += "\n" + String(repeating: "  ", count: level) }
    }

    private mutating func quote(_ value: String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
