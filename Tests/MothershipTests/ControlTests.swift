// The Mothership from outside its process: four signs, the admin socket, and the stop that never
// hits another process.

import Foundation
import Glibc
import LiveProtocol
import Logging
import Support
import Synchronization
import Testing

@testable import Mothership

@Suite struct SignTests {
    /// A record of a process that has our pid and is not us.
    func foreignRecord(in home: MothershipHome) throws -> PidRecord {
        let us = try ProcessIdentity.current()
        let text = try JSONText.encode(us).replacingOccurrences(
            of: "\"startTicks\":\(us.startTicks)", with: "\"startTicks\":\(us.startTicks + 1)")
        return PidRecord(
            process: try JSONText.decode(ProcessIdentity.self, from: text), root: home.root,
            port: nil, instance: "an instance", version: "1",
            startedAt: Timestamp(rawValue: 0))
    }

    /// A configuration whose port was free a moment ago.
    func unusedPort() async throws -> MothershipConfiguration {
        var configuration = MothershipConfiguration()
        try await TestMothership.run { configuration.port = $0.port }
        return configuration
    }

    @Test func aRunningMothershipShowsAllFourSignsAndAStoppedOneNone() async throws {
        let folder = try TemporaryFolder()
        let home = MothershipHome(root: folder.path)
        try await TestMothership.run(in: folder) { ship in
            let status = try await onOwnThread {
                MothershipControl.status(home, timeout: TestMothership.patience)
            }
            #expect(status.verdict == .running)
            #expect(status.isLocked == true && status.port == ship.port)
            #expect(status.pid.record?.process.pid == getpid())
            #expect(status.instance == ship.context.instance)
            guard case .answered(let answer) = status.socket else {
                Issue.record("the socket is \(status.socket)")
                return
            }
            #expect(answer.port == ship.port && answer.home == home.root && answer.rooms == 1)
        }
        let configuration = try await unusedPort()
        let status = try await onOwnThread {
            MothershipControl.status(home, configuration: configuration)
        }
        #expect(status.verdict == .down)
        #expect(status.portSign == .closed && status.isLocked == false)
    }

    @Test func aRecordOfAProcessThatHasOurPidOnlyIsStaleAndIsNeverSignalled() async throws {
        let folder = try TemporaryFolder()
        let home = MothershipHome(root: folder.path)
        try home.make()
        try foreignRecord(in: home).save(home.pidFile)
        let configuration = try await unusedPort()
        let status = try await onOwnThread {
            MothershipControl.status(home, configuration: configuration)
        }
        #expect(status.verdict == .stale)
        // Were the pid signalled, this process would end here.
        let outcome = try await onOwnThread { try MothershipControl.stop(home) }
        #expect(outcome == .notRunning(staleRecord: true))
        #expect(FileAccess.exists(home.pidFile))
    }

    @Test func aRecordThatCannotBeReadIsNeitherRunningNorDown() async throws {
        let folder = try TemporaryFolder()
        let home = MothershipHome(root: folder.path)
        try home.make()
        try FileAccess.replace(home.pidFile, with: Array("{".utf8))
        let configuration = try await unusedPort()
        let status = try await onOwnThread {
            MothershipControl.status(home, configuration: configuration)
        }
        #expect(status.verdict == .unclear)
        await #expect(throws: PlainFailure.self) {
            try await onOwnThread { try MothershipControl.stop(home) }
        }
    }

    @Test func lookingAtTheLockDoesNotTakeIt() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/lock"
        #expect(try !HomeLock.isHeld(path) && !FileAccess.exists(path))
        let lock = try #require(try HomeLock.take(path))
        #expect(try HomeLock.isHeld(path))
        #expect(try HomeLock.take(path) == nil)
        lock.release()
        #expect(try !HomeLock.isHeld(path))
        try #require(try HomeLock.take(path)).release()
    }

    @Test func aLockWhoseFileIsGoneHoldsTheHomeAndComesBack() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/lock"
        let lock = try #require(try HomeLock.take(path))
        #expect(try !lock.tend())
        for text in [nil, "another"] {
            try FileManager.default.removeItem(atPath: path)
            if let text { try FileAccess.replace(path, with: text.utf8) }
            #expect(try HomeLock.take(path) == nil)
            #expect(try lock.tend())
            #expect(try HomeLock.isHeld(path))
        }
        lock.release()
        #expect(try !lock.tend())
        try #require(try HomeLock.take(path)).release()
    }

    @Test func aPortThatIsSilentOrAnotherProgramsIsForeign() async throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                #expect(bind(listener, $0, length) == 0 && listen(listener, 4) == 0)
                getsockname(listener, $0, &length)
            }
        }
        let port = Int(UInt16(bigEndian: address.sin_port))

        // The kernel accepts for a program that hangs.
        let silent = try await onOwnThread {
            MothershipProbe.portSign("127.0.0.1", port, timeout: .milliseconds(50))
        }
        async let other = onOwnThread {
            MothershipProbe.portSign("127.0.0.1", port, timeout: .seconds(10))
        }
        try await onOwnThread {
            // The first connection is the one of the silent test.
            for _ in 0..<2 {
                let caller = accept(listener, nil, nil)
                var request = [UInt8](repeating: 0, count: 1024)
                recv(caller, &request, request.count, 0)
                let answer = Array("HTTP/1.1 200 OK\r\n\r\n{\"status\":\"ok\"}".utf8)
                send(caller, answer, answer.count, Int32(MSG_NOSIGNAL))
                close(caller)
            }
        }

        #expect(silent == .foreign(why: "no answer in 50ms"))
        #expect(try await other == .foreign(why: "the answer is not a Mothership's"))
    }
}

@Suite struct AdminSocketTests {
    func call(
        _ ship: TestMothership, _ command: String, _ arguments: [String: String] = [:]
    ) async throws -> ControlReply {
        let path = ship.instance.home.socket
        return try await onOwnThread {
            try ControlClient.call(
                path: path, command: command, arguments: arguments, timeout: .seconds(10))
        }
    }

    @Test func aRegisteredRepositoryCanBeEnteredWithAnIssuedToken() async throws {
        try await TestMothership.run { ship in
            let ada = try TestDevice(1)
            let arguments = ["repository": "repo-2", "name": "second"]
            let first = try await call(ship, "register", arguments)
                .decode(LocalMothership.Registered.self)
            #expect(first == .init(repository: "repo-2", name: "second", created: true))
            let again = try await call(ship, "register", arguments)
                .decode(LocalMothership.Registered.self)
            #expect(!again.created)

            let issued = try await call(
                ship, "token", ["room": "repo-2", "device": ada.id.hex, "user": ada.user]
            ).decode(LocalMothership.IssuedToken.self)

            #expect(issued.instance == ship.context.instance)
            #expect(issued.scopes == [TokenScope.contribute.rawValue])
            #expect(issued.expiresAt.since(ship.clock.now) > .seconds(86_390))
            var hello = ship.hello(ada, token: issued.token)
            hello.room = "repo-2"
            var client = try await PeerClient.connect(port: ship.port, room: "repo-2", .plain)
            try client.send(.hello(hello))
            let head = try await client.first { message in
                if case .welcome(let welcome) = message { welcome.head } else { nil }
            }
            #expect(head == 0)
        }
    }

    @Test func aTokenRevokedByItsIdAdmitsNoMore() async throws {
        try await TestMothership.run { ship in
            let ada = try TestDevice(1)
            let issued = try await call(
                ship, "token", ["room": repository, "device": ada.id.hex, "user": ada.user]
            ).decode(LocalMothership.IssuedToken.self)
            var open = try await ship.socket()
            try open.send(.hello(ship.hello(ada, token: issued.token)))
            _ = try await open.first { message in
                if case .welcome(let welcome) = message { welcome } else { nil }
            }

            // The first eight digits name it as well.
            let revoked = try await call(
                ship, "revoke", ["id": String(issued.keyID.prefix(8))]
            ).decode(LocalMothership.RevokedToken.self)

            #expect(revoked.id == issued.keyID && revoked.sessions == 1)
            #expect(await open.closing().notice?.reject == .tokenRevoked)
            var client = try await ship.socket()
            try client.send(.hello(ship.hello(ada, token: issued.token)))
            let end = await client.closing()
            #expect(end.notice?.reject == .tokenRevoked)
            #expect(end.code == CloseCode.unauthorized.rawValue)
        }
    }

    struct Wrong: Sendable, CustomTestStringConvertible {
        let command: String
        let arguments: [String: String]
        let subject: String
        var testDescription: String { "\(command) \(arguments)" }
    }

    @Test(arguments: [
        Wrong(command: "shutdown", arguments: [:], subject: "command shutdown"),
        Wrong(command: "register", arguments: [:], subject: "repository"),
        Wrong(command: "register", arguments: ["repository": "a/b"], subject: "repository"),
        Wrong(
            command: "token", arguments: ["room": "repo-1", "user": "u", "device": "12"],
            subject: "device"),
        Wrong(
            command: "token",
            arguments: [
                "room": "nowhere", "user": "u", "device": String(repeating: "0", count: 64),
            ], subject: "room nowhere"),
        Wrong(command: "revoke", arguments: ["id": "unknown"], subject: "token unknown"),
        Wrong(
            command: "token-create",
            arguments: ["room": "repo-1", "role": "king", "seconds": "60"], subject: "role"),
        Wrong(
            command: "token-create",
            arguments: ["room": "repo-1", "role": "reader", "seconds": "0"], subject: "expires"),
        Wrong(
            command: "token-create",
            arguments: ["room": "nowhere", "role": "reader", "seconds": "60"],
            subject: "room nowhere"),
    ])
    func aCommandThatCannotBeDoneNamesWhatIsWrong(_ wrong: Wrong) async throws {
        try await TestMothership.run { ship in
            let reply = try await call(ship, wrong.command, wrong.arguments)
            let failure = #expect(throws: PlainFailure.self) {
                try reply.decode([String: String].self)
            }
            #expect(failure?.subject == wrong.subject)
        }
    }
}

@Suite struct DaemonTests {
    @Test func aSignalEndsTheDaemonCleanly() async throws {
        let folder = try TemporaryFolder()
        let home = MothershipHome(root: folder.path)
        var configuration = MothershipConfiguration()
        configuration.port = 0
        let ready = Mutex<LocalMothership.Status?>(nil)

        try await MothershipDaemon.run(
            home: home, configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { status in
            ready.withLock { $0 = status }
            // The daemon waits for signals before it is ready, so this one reaches it.
            kill(getpid(), SIGTERM)
        }

        #expect(ready.withLock { $0?.pid } == getpid())
        #expect(!FileAccess.exists(home.pidFile) && !FileAccess.exists(home.socket))
        #expect(try CleanStop.load(home.cleanStop)?.totals.records == 0)
        #expect(try !HomeLock.isHeld(home.lock))
    }
}

@Suite struct RateBucketTests {
    @Test func aBucketAllowsItsBurstThenItsRate() {
        var bucket = RateBucket(perSecond: 10, burst: 5, at: .zero)
        #expect(bucket.take(10, at: .zero) == nil)
        #expect(bucket.take(5, at: .zero) == .milliseconds(501))
        #expect(bucket.take(5, at: .milliseconds(499)) != nil)
        #expect(bucket.take(5, at: .milliseconds(500)) == nil)
        #expect(bucket.take(10, at: .seconds(60)) == nil)
        #expect(bucket.take(1, at: .seconds(60)) != nil)
    }

    @Test func theLargestLegalMessagePassesAFullBucket() {
        var bucket = RateBucket(perSecond: 10, burst: 4096, at: .zero)
        #expect(bucket.take(4096, at: .zero) == nil)
    }

    @Test func aRateOfZeroAllowsEverything() {
        var bucket = RateBucket(perSecond: 0, burst: 1, at: .zero)
        #expect((0..<100).allSatisfy { _ in bucket.take(1 << 40, at: .zero) == nil })
    }
}
