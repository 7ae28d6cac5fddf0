// One way to call git: no shell, no prompt, no lock, plain messages, a deadline.

import Support

/// Runs git in one folder.
public struct GitCommand: Hashable, Sendable {
    public let folder: String
    /// The surroundings git runs in.
    public let environment: [String: String]
    /// Time for one call.
    public let deadline: Duration

    /// - Parameters:
    ///   - environment: the process's own; git's variables in it are dropped, because a program
    ///     started from a hook would otherwise work on the hook's repository.
    ///   - deadline: default 5 s, after which git counts as failed.
    public init(
        folder: String, environment: [String: String], deadline: Duration = .seconds(5)
    ) {
        self.folder = folder
        self.deadline = deadline
        var own = environment.filter { !$0.key.hasPrefix("GIT_") }
        own["LC_ALL"] = "C"
        own["GIT_OPTIONAL_LOCKS"] = "0"
        own["GIT_TERMINAL_PROMPT"] = "0"
        own["GIT_NO_LAZY_FETCH"] = "1"
        self.environment = own
    }

    /// Runs git and returns its output; any status outside `accepting` is a failure.
    @discardableResult
    public func run(
        _ arguments: [String], input: [UInt8] = [], accepting: ClosedRange<Int32> = 0...0
    ) throws(GitFailure) -> ChildResult {
        let result: ChildResult
        do throws(ChildFailure) {
            result = try process(arguments).run(input: input)
        } catch {
            throw GitFailure(folder: folder, problem: .child(error.problem))
        }
        guard accepting.contains(result.status) else { throw refusal(arguments, result) }
        return result
    }

    /// The first line of the output.
    func line(_ arguments: [String]) throws(GitFailure) -> String {
        let output = try run(arguments).output
        return String(decoding: output.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// The output split at NUL; entries that are not UTF-8 are left out.
    func entries(
        _ arguments: [String], input: [UInt8] = [], accepting: ClosedRange<Int32> = 0...0
    ) throws(GitFailure) -> [String] {
        try run(arguments, input: input, accepting: accepting).output.split(separator: 0)
            .compactMap { String(validating: $0, as: UTF8.self) }
    }

    func process(_ arguments: [String]) -> ChildProcess {
        // A file-system monitor set in the user's configuration would start a daemon.
        let fixed = [
            "--no-pager", "--no-replace-objects", "-c", "core.fsmonitor=false", "-C", folder,
        ]
        var process = ChildProcess("git", fixed + arguments, environment: environment)
        process.deadline = deadline
        return process
    }

    func failure(_ problem: GitFailure.Problem) -> GitFailure {
        GitFailure(folder: folder, problem: problem)
    }

    private func refusal(_ arguments: [String], _ result: ChildResult) -> GitFailure {
        let text = result.errorText
        if text.contains("not a git repository") { return failure(.noRepository) }
        if text.contains("must be run in a work tree") { return failure(.bare) }
        if text.contains("dubious ownership") { return failure(.foreignOwner) }
        let line = text.split(separator: "\n").first.map(String.init) ?? "no message"
        let word = arguments.first ?? ""
        // 300 characters are a message; more is somebody's file.
        return failure(
            .command(word: word, status: result.status, message: String(line.prefix(300))))
    }
}
