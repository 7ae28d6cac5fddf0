// Running programs as a user would, with an end to every wait.

import Foundation
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
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardInput = FileHandle.nullDevice
        let spool = try Spool()
        defer { spool.remove() }
        process.standardOutput = try spool.handle("output")
        process.standardError = try spool.handle("errors")
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        try process.start()
        let milliseconds = Int(limit.milliseconds)
        guard ended.wait(timeout: .now() + .milliseconds(milliseconds)) == .success else {
            kill(process.processIdentifier, SIGKILL)
            ended.wait()
            throw PlainFailure(
                ([PathName.last(of: executable)] + arguments).joined(separator: " "),
                "did not end in \(limit.brief)", nextStep: "run it by hand in \(folder)")
        }
        let status =
            process.terminationReason == .exit
            ? process.terminationStatus : 128 + process.terminationStatus
        return ToolResult(
            status: status, output: try spool.text("output"), errors: try spool.text("errors"))
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

/// Files for a child's output: unlike a pipe they are never full, and a grandchild that keeps the
/// descriptor open does not keep us waiting.
private struct Spool {
    private let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/aura-tool-\(UUID().uuidString)"
        try FileAccess.makeFolder(folder, mode: 0o700)
    }

    func handle(_ name: String) throws -> FileHandle {
        try FileAccess.replace(folder + "/" + name, with: [])
        return try FileHandle(forWritingTo: URL(fileURLWithPath: folder + "/" + name))
    }

    func text(_ name: String) throws -> String {
        String(decoding: try FileAccess.read(folder + "/" + name), as: UTF8.self)
    }

    func remove() {
        // A leftover in the temporary folder harms nobody.
        try? FileManager.default.removeItem(atPath: folder)
    }
}
