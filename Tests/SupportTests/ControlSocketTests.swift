// The control socket with real sockets: answers, failures, deadlines, long paths, dead files.

import Foundation
import Testing

@testable import Support

@Suite struct ControlSocketTests {
    /// Other tests keep the machine busy.
    private let patience = Duration.seconds(60)

    private struct Sum: Codable, Equatable { let value: Int }

    @Test func aCallIsAnsweredWithItsValue() async throws {
        try await withServer { path in
            let reply = try await onOwnThread { [patience] in
                try ControlClient.call(
                    path: path, command: "double", arguments: ["n": "21"], timeout: patience)
            }

            #expect(try reply.decode(Sum.self) == Sum(value: 42))
        }
    }

    @Test func aFailureCrossesTheSocketWithItsThreeParts() async throws {
        try await withServer { path in
            let reply = try await onOwnThread { [patience] in
                try ControlClient.call(path: path, command: "unknown", timeout: patience)
            }

            let failure = #expect(throws: PlainFailure.self) { try reply.decode(Sum.self) }
            #expect(failure?.subject == "unknown")
            #expect(failure?.exitStatus == .usage)
        }
    }

    @Test func aHandlerThatNeverAnswersEndsAtTheTimeout() async throws {
        try await withServer { path in
            let failure = await #expect(throws: ControlFailure.self) {
                try await onOwnThread {
                    try ControlClient.call(
                        path: path, command: "hang", timeout: .milliseconds(100))
                }
            }
            guard case .timedOut = failure else {
                Issue.record("expected a timeout, got \(String(describing: failure))")
                return
            }
        }
    }

    @Test func aPathBeyondTheKernelsLimitWorks() async throws {
        try await withServer(folderName: String(repeating: "long-", count: 40)) { path in
            #expect(path.utf8.count > 108)
            let reply = try await onOwnThread { [patience] in
                try ControlClient.call(
                    path: path, command: "double", arguments: ["n": "1"], timeout: patience)
            }
            #expect(try reply.decode(Sum.self) == Sum(value: 2))
        }
    }

    @Test func aMissingAndADeadSocketAreNotRunning() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/agent.sock"
            #expect(throws: ControlFailure.self) {
                try ControlClient.call(path: path, command: "x")
            }

            close(try UnixSocket.listen(at: path))  // leaves a file nobody listens on

            // A program that another test is starting has the listener open until it begins.
            let end = SystemClock().uptime + patience
            var failure: ControlFailure?
            repeat {
                failure = #expect(throws: ControlFailure.self) {
                    try ControlClient.call(path: path, command: "x")
                }
                if case .notRunning = failure { break }
            } while SystemClock().uptime < end
            guard case .notRunning = failure else {
                Issue.record("expected notRunning, got \(String(describing: failure))")
                return
            }
            close(try UnixSocket.listen(at: path))  // and a new listener takes the place
        }
    }

    /// Each call that gives up leaves an entry in the backlog; a full one must not be waited for.
    @Test(.timeLimit(.minutes(20))) func aListenerThatAcceptsNobodyHoldsNobody() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/s"
            let listener = try UnixSocket.listen(at: path)
            defer { close(listener) }
            for _ in 0..<80 {
                let failure = #expect(throws: ControlFailure.self) {
                    try ControlClient.call(path: path, command: "x", timeout: .milliseconds(5))
                }
                guard case .timedOut = failure else {
                    Issue.record("expected timedOut, got \(String(describing: failure))")
                    return
                }
            }
        }
    }

    @Test func whoEndsTheServerIsStillAnswered() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/aura-\(UUID().uuidString)"
        try FileAccess.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // a leftover harms no test
        let (asked, ask) = AsyncStream<Void>.makeStream()
        let (ended, end) = AsyncStream<Void>.makeStream()
        let server = try ControlServer(path: folder + "/s") { _ in
            ask.finish()
            for await _ in ended {}
            return .success(Sum(value: 7))
        }
        let caller = Task {
            try await onOwnThread {
                try ControlClient.call(
                    path: folder + "/s", command: "stop", timeout: .seconds(900)
                ).decode(Sum.self).value
            }
        }
        for await _ in asked {}
        server.stop()
        end.finish()

        try await onOwnThread { server.finish(within: .seconds(60)) }

        // Answered before the server counted itself as finished.
        #expect(try await caller.value == 7)
    }

    private func withServer(
        folderName: String = "run", _ body: (String) async throws -> Void
    ) async throws {
        let base = FileManager.default.temporaryDirectory.path + "/aura-\(UUID().uuidString)"
        let folder = base + "/" + folderName
        try FileAccess.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: base) }  // a leftover harms no test
        let server = try ControlServer(path: folder + "/agent.sock") { request in
            switch request.command {
            case "double":
                return .success(Sum(value: 2 * (Int(request.arguments["n"] ?? "") ?? 0)))
            case "hang":
                return await withUnsafeContinuation {
                    (_: UnsafeContinuation<ControlReply, Never>) in
                }
            default:
                return .failure(
                    PlainFailure(
                        request.command, "is no command", nextStep: "see --help",
                        exitStatus: .usage))
            }
        }
        defer { server.stop() }
        try await body(folder + "/agent.sock")
    }
}
