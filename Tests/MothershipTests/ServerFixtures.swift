// A Mothership on a free port in a home of its own, with the time in the test's hand. It is stopped
// and its home removed whether the test passes or throws.

import Foundation
import LiveProtocol
import Logging
import Mothership
import Support
import TestSupport
import Testing

/// A running Mothership with one registered room.
struct TestMothership: Sendable {
    /// For an answer. The server shares two threads with a thousand tests that begin at once: on a
    /// machine with other work their turn has come after six minutes. Only a hang takes longer.
    static let patience = Duration.seconds(900)

    let instance: MothershipInstance
    let clock: ManualClock

    var port: Int { instance.port }
    var context: ServerContext { instance.context }

    /// Starts one in a new home, runs `body`, stops it.
    static func run(
        _ tune: (inout MothershipConfiguration) -> Void = { _ in },
        _ body: (TestMothership) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        try await run(in: folder, tune, body)
        folder.remove()
        #expect(!FileAccess.exists(folder.path))
    }

    /// The same in a home that stays, for a second start.
    static func run(
        in folder: TemporaryFolder, _ tune: (inout MothershipConfiguration) -> Void = { _ in },
        _ body: (TestMothership) async throws -> Void
    ) async throws {
        var configuration = MothershipConfiguration()
        configuration.port = 0
        tune(&configuration)
        var timings = SessionTimings()
        timings.watchInterval = .milliseconds(20)
        // The one deadline that is not on the clock of the test.
        timings.requestWait = patience
        let clock = ManualClock()
        let home = MothershipHome(root: folder.path)
        let instance = try await MothershipInstance.start(
            home: home, configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, version: "1.2.3",
            clock: clock, timings: timings)
        do {
            _ = try instance.context.register(repository, name: "a name")
            try await body(TestMothership(instance: instance, clock: clock))
        } catch {
            try await instance.stop()
            throw error
        }
        try await instance.stop()
        #expect(!FileAccess.exists(home.pidFile) && !FileAccess.exists(home.socket))
    }

    func token(_ device: TestDevice, room: String = repository) async throws -> String {
        try await context.issueContributorToken(room: room, device: device.id, user: device.user)
            .token
    }

    func hello(
        _ device: TestDevice, token: String?, branch: String = "main", frontier: Frontier? = nil,
        version: Int = protocolVersion
    ) -> Hello {
        Hello(
            version: version, device: device.id, user: device.user, room: repository,
            branch: branch, commit: "", frontier: frontier, filterDigest: .of([]), token: token,
            agentVersion: "1")
    }

    /// A client that has not said anything.
    func socket(_ tune: SocketTuning = .plain) async throws -> PeerClient {
        try await PeerClient.connect(port: port, room: repository, tune)
    }

    /// A client that was welcomed.
    func peer(
        _ device: TestDevice, branch: String = "main", frontier: Frontier? = nil,
        _ tune: SocketTuning = .plain
    ) async throws -> (client: PeerClient, welcome: Welcome) {
        var client = try await socket(tune)
        let token = try await token(device)
        try client.send(
            .hello(hello(device, token: token, branch: branch, frontier: frontier)))
        let welcome = try await client.first { message in
            if case .welcome(let welcome) = message { welcome } else { nil }
        }
        return (client, welcome)
    }
}
