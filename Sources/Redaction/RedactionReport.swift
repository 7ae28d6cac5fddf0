// What was taken out, in counts: enough for a person to judge, nothing to undo it with.

/// Counts of one or more redactions. Holds no redacted text and no position.
public struct RedactionReport: Codable, Sendable, Equatable {
    public private(set) var bytesIn = 0
    public private(set) var bytesOut = 0
    /// How often each rule replaced something. Where rules agree, the strongest counts.
    public private(set) var rules: [RedactionRule: Int] = [:]
    /// How often each class of value was replaced, by the name in its mask.
    public private(set) var classes: [String: Int] = [:]

    public init() {}

    /// All replacements.
    public var replacements: Int { rules.values.reduce(0, +) }

    public mutating func add(_ other: RedactionReport) {
        bytesIn += other.bytesIn
        bytesOut += other.bytesOut
        rules.merge(other.rules, uniquingKeysWith: +)
        classes.merge(other.classes, uniquingKeysWith: +)
    }

    mutating func count(bytesIn input: Int, bytesOut output: Int) {
        bytesIn += input
        bytesOut += output
    }

    mutating func count(_ rule: RedactionRule, _ name: String) {
        rules[rule, default: 0] += 1
        classes[name, default: 0] += 1
    }
}
