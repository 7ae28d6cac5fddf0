// From TOML values to settings, with the line of every key that is wrong.

import LiveProtocol
import Support
import TOMLKit

/// Reads the tables of a config.toml.
struct ConfigurationReader {
    private let file: String
    private let lines: TOMLKeyLines

    /// What was pushed in one frame goes out in one, with some words around it.
    private static let frameBytesMax = deliveredFrameBytesMax / 4 * 3

    /// Every key and what it sets. The order is the one a reader of the file expects.
    private static let keys: [(name: String, read: Setter)] = [
        ("server.bind", .text { $0.bind = $1 }),
        ("server.port", .number(0...65_535) { $0.port = $1 }),
        ("server.connections_max", .number(1...100_000) { $0.connectionsMax = $1 }),
        ("server.allow_cleartext", .flag { $0.allowCleartext = $1 }),
        ("server.tls.certificate", .text { $0.certificateFile = $1 }),
        ("server.tls.key", .text { $0.certificateKeyFile = $1 }),
        ("server.tls.self_signed", .flag { $0.selfSigned = $1 }),
        ("limits.frame_bytes", .limit(65_536...frameBytesMax, \.frameBytes)),
        ("limits.body_bytes", .limit(1024...frameBytesMax, \.bodyBytes)),
        ("limits.changes_per_pack", .limit(1...1 << 20, \.changesPerPack)),
        ("limits.changes_per_second", .limit(0...1 << 30, \.changesPerSecond)),
        ("limits.bytes_per_second", .limit(0...1 << 40, \.bytesPerSecond)),
        ("limits.presence_window_seconds", .limit(5...86_400, \.presenceWindowSeconds)),
        ("tokens.lifetime_seconds", .number(1...31_536_000) { $0.tokenLifetime = .seconds($1) }),
        (
            "tokens.renewal_seconds",
            .number(0...31_536_000) { $0.renewalGrace = .seconds($1) }
        ),
        ("log.level", .text { $0.logLevel = $1 }),
    ]

    /// All key names with their table, for documentation and tests.
    static var keyNames: [String] { keys.map(\.name) }

    /// The table of the limits that a hello announces.
    static let limitTable = "limits"

    /// Every key of that table, without its name, and the limit it sets.
    static var limitKeys: [(name: String, limit: WritableKeyPath<ServerLimits, Int>)] {
        keys.compactMap { key in
            guard case .limit(_, let limit) = key.read else { return nil }
            return (String(key.name.dropFirst(limitTable.count + 1)), limit)
        }
    }

    private enum Setter: Sendable {
        case text(@Sendable (inout MothershipConfiguration, String) -> Void)
        case number(ClosedRange<Int>, @Sendable (inout MothershipConfiguration, Int) -> Void)
        case flag(@Sendable (inout MothershipConfiguration, Bool) -> Void)
        /// One of the limits that a hello announces.
        case limit(ClosedRange<Int>, WritableKeyPath<ServerLimits, Int> & Sendable)
    }

    init(text: String, file: String) {
        self.file = file
        lines = TOMLKeyLines(text)
    }

    mutating func read(
        _ table: TOMLTable, into result: inout MothershipConfiguration
    ) throws(ConfigurationFailure) {
        for section in table.keys.sorted() {
            guard let inner = table[section]?.table else { throw unknown(section) }
            try read(inner, named: section, into: &result)
        }
    }

    private func read(
        _ table: TOMLTable, named section: String, into result: inout MothershipConfiguration
    ) throws(ConfigurationFailure) {
        for key in table.keys.sorted() {
            let name = "\(section).\(key)"
            if let inner = table[key]?.table,
                Self.keys.contains(where: { $0.name.hasPrefix(name + ".") })
            {
                try read(inner, named: name, into: &result)
                continue
            }
            guard let known = Self.keys.first(where: { $0.name == name }), let value = table[key]
            else { throw unknown(name) }
            try set(known.read, name, value, &result)
        }
    }

    private func set(
        _ setter: Setter, _ name: String, _ value: any TOMLValueConvertible,
        _ result: inout MothershipConfiguration
    ) throws(ConfigurationFailure) {
        switch setter {
        case .text(let apply):
            guard let text = value.string else { throw wrongType(name, "a text") }
            apply(&result, text)
        case .flag(let apply):
            guard let flag = value.bool else { throw wrongType(name, "true or false") }
            apply(&result, flag)
        case .number(let range, let apply): apply(&result, try number(name, value, in: range))
        case .limit(let range, let limit):
            result.limits[keyPath: limit] = try number(name, value, in: range)
        }
    }

    private func number(
        _ name: String, _ value: any TOMLValueConvertible, in range: ClosedRange<Int>
    ) throws(ConfigurationFailure) -> Int {
        guard let number = value.int else { throw wrongType(name, "a whole number") }
        guard range.contains(number) else {
            throw failure(
                name,
                "\(name) is \(number), \(range.lowerBound) to \(range.upperBound) is allowed",
                "choose a value in that range")
        }
        return number
    }

    func failure(_ key: String, _ reason: String, _ nextStep: String) -> ConfigurationFailure {
        ConfigurationFailure(file: file, line: lines[key], reason: reason, nextStep: nextStep)
    }

    private func wrongType(_ name: String, _ wanted: String) -> ConfigurationFailure {
        failure(name, "\(name) is not \(wanted)", "correct the value")
    }

    private func unknown(_ name: String) -> ConfigurationFailure {
        let nearest = EditDistance.nearest(to: name, among: Self.keyNames)
        return failure(
            name, "the key \(name) is unknown",
            nearest.map { "remove it, or write \($0), which is the nearest" } ?? "remove it")
    }
}
