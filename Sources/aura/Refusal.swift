// A command that was refused, for a program that asked for JSON: without it standard output would be
// empty, and only a person could read why.

import Support

/// `{"error": {…}}`.
struct Refusal: Encodable {
    private struct Facts: Encodable {
        let subject: String
        let reason: String
        let nextStep: String
        let exitStatus: Int32

        private enum CodingKeys: String, CodingKey {
            case subject, reason
            case nextStep = "next_step"
            case exitStatus = "exit_status"
        }
    }

    private let error: Facts

    init(_ failure: any Failure) {
        error = Facts(
            subject: failure.subject, reason: failure.reason, nextStep: failure.nextStep,
            exitStatus: failure.exitStatus.rawValue)
    }

    /// - Parameter words: what the parser of the command line says of it.
    init(words: String, code: Int32) {
        error = Facts(
            subject: "command line", reason: words, nextStep: "see aura --help", exitStatus: code)
    }

    /// Whether these words ask for JSON on standard output. They may be what was not understood, so
    /// they are read as they were typed.
    static func isWanted(by words: [String]) -> Bool {
        let words = words.prefix { $0 != "--" }
        return words.contains("--json") || words.contains("--format=json")
            || zip(words, words.dropFirst()).contains { $0 == "--format" && $1 == "json" }
    }

    static var isWanted: Bool { isWanted(by: CommandLine.arguments) }

    /// One line on standard output.
    func show() {
        // Four plain values encode.
        if let text = try? JSONText.encode(self) { Output.text(text + "\n") }
    }
}
