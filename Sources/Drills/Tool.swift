// Running programs as a user would, with an end to every wait.

import Support

/// What a program that ran to its end left behind.
public struct ToolResult: Sendable {
    public let status: Int32
    public let output: String
    public let errors: String

    public init(status: Int32, output: String, errors: String) {
        self.status = status
        self.output = output
        self.errors = errors
    }

    public var succeeded: Bool { status == 0 }
}

/// A program with its surroundings.
public struct Tool: Sendable {
    public var executable: String
    public var environment: [String: String]
    public var folder: String

    public init(_ executable: String, environment: [String: String], folder: String) {
        self.executable = executable
        self.environment = environment
        self.folder = folder
    }

    /// Runs to the end; after `limit` the program is killed and the call throws.
    public func run(_ arguments: [String], limit: Duration = .seconds(120)) throws -> ToolResult {
        var program = ChildProcess(executable, arguments, environment: environment)
        program.folder = folder
        program.deadline = limit
        program.errorLimit = 1 << 20
        do {
            let result = try program.run()
            return ToolResult(
                status: result.status, output: String(decoding: result.output, as: UTF8.self),
                errors: result.errorText)
        } catch {
            throw PlainFailure(
                ([PathName.last(of: executable)] + arguments).joined(separator: " "),
                error.reason, nextStep: "run it by hand in \(folder)")
        }
    }

    /// Starts it and goes on; what it says goes into a file.
    package func start(
        _ arguments: [String], log: String = "/dev/null"
    ) throws -> BackgroundProgram {
        var program = ChildProcess(executable, arguments, environment: environment)
        program.folder = folder
        program.log = log
        return try BackgroundProgram(program)
    }

    /// Runs to the end and throws unless the program succeeded.
    @discardableResult
    public func require(
        _ arguments: [String], limit: Duration = .seconds(120)
    ) throws -> ToolResult {
        let result = try run(arguments, limit: limit)
        guard result.succeeded else {
            throw PlainFailure(
                ([PathName.last(of: executable)] + arguments).joined(separator: " "),
                "exit status \(result.status): \(result.errors)\(result.output)",
                nextStep: "run it by hand in \(folder)")
        }
        return result
    }
}
