// Three lines that make a check of any monitoring plug-in:
//
//     name = "load"
//     run = ["/usr/lib/nagios/plugins/check_load", "-w", "5", "-c", "10"]
//     next = "see what runs: top"
//
// A plug-in says what it has to say with its exit code, one line, and performance data behind a
// bar (Monitoring Plugins Development Guidelines). The form is a subset of TOML.

import Support

/// How to run a plug-in, and what to call what it finds.
public struct PluginManifest: Codable, Hashable, Sendable {
    public let name: String
    /// The program and its arguments.
    public let run: [String]
    /// What to do when it complains.
    public let next: String

    /// - Throws: ``PlainFailure`` with the line that cannot be understood.
    public init(parsing text: String, from path: String) throws(PlainFailure) {
        var name: String?
        var run: [String]?
        var next: String?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let line = line.drop(while: \.isWhitespace)
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            let place = "\(path):\(index + 1)"
            guard let equals = line.firstIndex(of: "=") else {
                throw Self.failure(place, "is not key = value")
            }
            let key = line[..<equals].split(separator: " ").joined()
            let value = String(line[line.index(after: equals)...])
            switch key {
            case "name": name = try Self.value(String.self, value, place)
            case "run": run = try Self.value([String].self, value, place)
            case "next": next = try Self.value(String.self, value, place)
            default: throw Self.failure(place, "\"\(key)\" is none of name, run, next")
            }
        }
        guard let name, ExternalText.isName(name) else {
            throw Self.failure(path, "needs name = \"lower-case-and-digits\"")
        }
        guard let run, let program = run.first, program.hasPrefix("/") else {
            throw Self.failure(path, "needs run = [\"/absolute/path\", …]")
        }
        self.name = name
        self.run = run
        self.next = next ?? "run \(program) by hand and see what it says"
    }

    /// Strings and lists of strings are written alike in TOML and JSON.
    private static func value<Value: Decodable>(
        _ type: Value.Type, _ text: String, _ place: String
    ) throws(PlainFailure) -> Value {
        do { return try JSONText.decode(type, from: text) } catch {
            throw failure(place, "is no string in quotes and no list of such")
        }
    }

    private static func failure(_ place: String, _ reason: String) -> PlainFailure {
        PlainFailure(
            place, reason, nextStep: "write name, run and next, a line each", exitStatus: .usage)
    }

    var description: ExternalDescription {
        func code(_ word: String, _ severity: Severity, _ meaning: String)
            -> ExternalDescription.Code
        {
            ExternalDescription.Code(
                code: "\(name).\(word)", severity: severity, dataAtStake: nil, fix: .manual,
                meaning: meaning, impact: "see the words of the plug-in", nextStep: next)
        }
        return ExternalDescription(
            name: name, title: nil, deadlineMilliseconds: nil, processorMilliseconds: nil,
            depth: nil,
            codes: [
                code("warning", .warn, "the plug-in warns"),
                code("critical", .fail, "the plug-in reports a critical state"),
            ])
    }

    /// Exit code 0 to 2 is an answer; 3 and everything else is none.
    func answer(from result: ChildResult) -> ExternalAnswer {
        let output = PluginOutput(String(decoding: result.output, as: UTF8.self))
        var answer = ExternalAnswer()
        guard (0...2).contains(result.status) else {
            let words = output.text.isEmpty ? result.errorText : output.text
            answer.unavailable = ExternalAnswer.Unavailable(
                reason: "exit code \(result.status): \(ExternalText.cut(words))", nextStep: next)
            return answer
        }
        answer.witness = Witness(examined: 1, unit: "runs")
        answer.detail = output.text
        answer.facts = output.facts
        if result.status > 0 {
            let word = result.status == 1 ? "warning" : "critical"
            answer.findings = [
                ExternalAnswer.Found(
                    code: "\(name).\(word)", symptom: output.text.isEmpty ? word : output.text,
                    evidence: output.facts)
            ]
        }
        return answer
    }
}

/// The first line of a plug-in, and its performance data.
struct PluginOutput {
    let text: String
    let facts: [Evidence]
    /// More numbers than this are not what one line is for.
    private static let factCountMax = 50

    init(_ output: String) {
        let line = output.split(separator: "\n").first ?? ""
        let halves = line.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
        text = halves.first.map { String($0).trimmingSpaces } ?? ""
        facts = halves.count < 2 ? [] : Self.facts(in: String(halves[1]))
    }

    /// `'label'=value[unit];warn;crit;min;max`, separated by spaces; what is no such pair is
    /// passed over.
    private static func facts(in text: String) -> [Evidence] {
        var used: Set<String> = []
        return text.matches(of: /(?:'((?:[^']|'')+)'|([^\s=']+))=(-?[0-9.]+)([a-zA-Z%]*)/)
            .prefix(factCountMax)
            .compactMap { match in
                let name = String(match.1 ?? match.2 ?? "")
                guard let number = Double(match.3), number.isFinite, abs(number) < 1e15 else {
                    return nil
                }
                let label = label(of: name)
                guard used.insert(label).inserted else { return nil }
                return Evidence(label, value(number, unit: String(match.4), String(match.3)))
            }
    }

    private static func label(of name: String) -> String {
        let words = name.lowercased().map { character in
            character.isASCII && (character.isLetter || character.isNumber) ? character : "_"
        }
        let label = String(words.prefix(50))
        return label.first?.isLetter == true ? label : "n_" + label
    }

    private static func value(_ number: Double, unit: String, _ text: String) -> EvidenceValue {
        switch unit {
        case "s": .duration(.milliseconds(Int64(number * 1000)))
        case "ms": .duration(.milliseconds(Int64(number)))
        case "us": .duration(.microseconds(Int64(number)))
        case "B": .bytes(Int(number))
        case "KB": .bytes(Int(number * 1024))
        case "MB": .bytes(Int(number * 1_048_576))
        case "", "c": number == number.rounded() ? .count(Int(number)) : .text(text)
        default: .text(text + unit)
        }
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        let start = drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
}
