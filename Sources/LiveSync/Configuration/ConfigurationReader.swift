// Takes typed values out of a parsed settings file and remembers everything that is wrong.
//
// A key counts as known because something asked for it; what nobody asked for is refused in the
// end. So the list of known keys cannot fall behind the code that reads them.

import Support
import TOMLKit

struct ConfigurationReader {
    private let file: String
    private let lines: TOMLKeyLines
    /// Every leaf and every empty table, by dotted key.
    private var pending: [String: ConfigurationValue] = [:]
    private var known: [String] = []
    private var defects: [ConfigurationDefect] = []

    init(text: String, file: String) throws(ConfigurationFailure) {
        self.file = file
        let root: [String: ConfigurationValue]
        if let fault = TOMLSyntax.firstFault(in: text) {
            let problem = ConfigurationDefect.Problem.syntax(fault.words)
            throw .defects(
                file: file, [ConfigurationDefect(key: "", line: fault.line, problem: problem)])
        }
        do {
            let document = try TOMLTable(string: text)
            root = withExtendedLifetime(document) { ConfigurationValue.entries(of: document) }
        } catch {
            throw .defects(file: file, [Self.syntaxDefect(error)])
        }
        lines = TOMLKeyLines(text)
        flatten(root, prefix: "")
    }

    private static func syntaxDefect(_ error: any Error) -> ConfigurationDefect {
        guard let error = error as? TOMLParseError else {
            return ConfigurationDefect(key: "", line: 1, problem: .syntax("\(error)"))
        }
        return ConfigurationDefect(
            key: "", line: error.source.begin.line,
            problem: .syntax("\(error.description), column \(error.source.begin.column)"))
    }

    private mutating func flatten(_ table: [String: ConfigurationValue], prefix: String) {
        for (key, value) in table {
            let path = prefix.isEmpty ? key : prefix + "." + key
            if case .table(let inner) = value, !inner.isEmpty {
                flatten(inner, prefix: path)
            } else {
                pending[path] = value
            }
        }
    }

    // MARK: Typed values; nil when the key is absent or its value was refused.

    mutating func boolean(_ key: String) -> Bool? {
        guard let value = take(key) else { return nil }
        if case .boolean(let answer) = value { return answer }
        mistype(key, "true or false", value)
        return nil
    }

    mutating func integer(_ key: String, _ range: ClosedRange<Int>) -> Int? {
        guard let value = take(key) else { return nil }
        guard case .integer(let number) = value else {
            mistype(key, "an integer", value)
            return nil
        }
        if range.contains(number) { return number }
        refuse(
            key, shown: value.shown,
            rule: "must be from \(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    mutating func seconds(_ key: String) -> Duration? {
        integer(key, 1...3600).map { .seconds($0) }
    }

    mutating func text(_ key: String) -> String? {
        guard let value = take(key) else { return nil }
        if case .text(let answer) = value { return answer }
        mistype(key, "a string", value)
        return nil
    }

    mutating func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ key: String
    ) -> Choice? {
        guard let word = text(key) else { return nil }
        if let choice = Choice(rawValue: word) { return choice }
        let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        refuse(
            key, shown: "\"\(word)\"",
            rule: Choice.allCases.count == 1 ? "must be \(words)" : "must be one of \(words)")
        return nil
    }

    mutating func address(_ key: String) -> MothershipAddress? {
        guard let word = text(key) else { return nil }
        switch MothershipAddress.parse(word) {
        case .success(let address): return address
        case .failure(.userInformation):
            refuse(key, shown: nil, rule: MothershipAddress.Rule.userInformation.rawValue)
        case .failure(let rule): refuse(key, shown: "\"\(word)\"", rule: rule.rawValue)
        }
        return nil
    }

    /// A room's name: a part of an address and of a path at the Mothership.
    mutating func name(_ key: String) -> String? {
        guard let word = text(key) else { return nil }
        let isPlain = word.allSatisfy {
            $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0))
        }
        if isPlain && (1...64).contains(word.utf8.count) && !word.hasPrefix(".") { return word }
        refuse(
            key, shown: "\"\(word)\"",
            rule: "must be 1 to 64 letters, digits, dots, dashes or underscores")
        return nil
    }

    mutating func fsync(_ key: String) -> LiveConfiguration.Fsync? {
        guard let word = text(key) else { return nil }
        if word == "always" { return .always }
        if word.hasPrefix("batch:"), let number = Int(word.dropFirst(6)), (1...10_000) ~= number {
            return .batch(.milliseconds(number))
        }
        refuse(
            key, shown: "\"\(word)\"",
            rule: "must be always or batch:N with N from 1 to 10000 milliseconds")
        return nil
    }

    mutating func globs(
        _ key: String, mayBeEmpty: Bool = true
    ) -> [LiveConfiguration.WrittenGlob]? {
        guard let value = take(key) else { return nil }
        guard case .array(let list) = value else {
            mistype(key, "an array of strings", value)
            return nil
        }
        if list.isEmpty && !mayBeEmpty {
            refuse(key, shown: "[]", rule: "must hold at least one glob, else nothing takes part")
        }
        return list.enumerated().compactMap { position, element in
            glob(element, key: key, line: lines.line(of: key, element: position))
        }
    }

    private mutating func glob(
        _ element: ConfigurationValue, key: String, line: Int
    ) -> LiveConfiguration.WrittenGlob? {
        guard case .text(let pattern) = element else {
            defects.append(
                ConfigurationDefect(
                    key: key, line: line,
                    problem: .wrongType(expected: "an array of strings", found: element.typeName)))
            return nil
        }
        do throws(GlobFailure) {
            _ = try Glob(pattern)
            return LiveConfiguration.WrittenGlob(pattern: pattern, line: line)
        } catch {
            defects.append(
                ConfigurationDefect(
                    key: key, line: line,
                    problem: .invalidValue(shown: "\"\(pattern)\"", rule: error.rule)))
            return nil
        }
    }

    // MARK: The end

    /// Takes the tables that other parts read.
    mutating func takeGuests(_ names: Set<String>) -> [String: GuestTable] {
        var guests: [String: GuestTable] = [:]
        for name in names {
            let own = pending.filter { $0.key == name || $0.key.hasPrefix(name + ".") }
            guard !own.isEmpty else { continue }
            var values: [String: ConfigurationValue] = [:]
            var positions: [String: Int] = [:]
            for (key, value) in own {
                pending[key] = nil
                guard key != name else { continue }
                let short = String(key.dropFirst(name.count + 1))
                values[short] = value
                positions[short] = lines.line(of: key)
            }
            guests[name] = GuestTable(values: values, lines: positions)
        }
        return guests
    }

    /// Throws when anything was refused or is left over.
    func finish() throws(ConfigurationFailure) {
        let sections = Set(known.map(Self.section(of:)))
        let leftOver = pending.filter { key, value in
            // An empty section such as `[live.debug]` is a known one without keys.
            !(value == .table([:]) && (key == "live" || sections.contains(key)))
        }
        let unknown = leftOver.keys.map { key in
            ConfigurationDefect(
                key: key, line: lines.line(of: key),
                problem: .unknownKey(nearest: EditDistance.nearest(to: key, among: known)))
        }
        let all = (defects + unknown).sorted { ($0.line, $0.key) < ($1.line, $1.key) }
        if !all.isEmpty { throw .defects(file: file, all) }
    }

    mutating func refuse(_ key: String, shown: String?, rule: String) {
        defects.append(
            ConfigurationDefect(
                key: key, line: lines.line(of: key),
                problem: .invalidValue(shown: shown, rule: rule)))
    }

    private mutating func mistype(_ key: String, _ expected: String, _ value: ConfigurationValue) {
        defects.append(
            ConfigurationDefect(
                key: key, line: lines.line(of: key),
                problem: .wrongType(expected: expected, found: value.typeName)))
    }

    private mutating func take(_ key: String) -> ConfigurationValue? {
        known.append(key)
        return pending.removeValue(forKey: key)
    }

    private static func section(of key: String) -> String {
        key.lastIndex(of: ".").map { String(key[..<$0]) } ?? key
    }
}
