// The Mothership as the command line handles it: in the foreground, or in a session of its own.

import Foundation
import LiveProtocol
import Logging
import Support

/// What the command line says in place of config.toml.
public struct StartOptions: Sendable {
    public var bind: String?
    /// 0 takes a free port.
    public var port: Int?
    /// Encrypted, with a certificate made once unless config.toml names one.
    public var tls = false
    public var allowCleartext = false
    /// Another signing key for a home that lost its own.
    public var newKey = false

    public init(
        bind: String? = nil, port: Int? = nil, tls: Bool = false, allowCleartext: Bool = false,
        newKey: Bool = false
    ) {
        self.bind = bind
        self.port = port
        self.tls = tls
        self.allowCleartext = allowCleartext
        self.newKey = newKey
    }

    func apply(to configuration: inout MothershipConfiguration) {
        if let bind { configuration.bind = bind }
        if let port { configuration.port = port }
        if tls { configuration.selfSigned = true }
        if allowCleartext { configuration.allowCleartext = true }
        if newKey { configuration.makesAnotherKey = true }
    }

    var arguments: [String] {
        (bind.map { ["--bind", $0] } ?? []) + (port.map { ["--port", "\($0)"] } ?? [])
            + (tls ? ["--tls"] : []) + (allowCleartext ? ["--allow-cleartext"] : [])
            + (newKey ? ["--new-key"] : [])
    }
}

/// Starting a Mothership.
public enum MothershipService {
    /// Runs in this process until SIGTERM or SIGINT.
    public static func runInForeground(
        home root: String, options: StartOptions = StartOptions()
    ) async throws {
        do {
            let home = MothershipHome(root: root)
            try home.make()
            let configuration = try MothershipConfiguration.load(
                home.configuration, override: options.apply)
            let log = try RotatingLog(path: home.log)
            let level = Logger.Level(rawValue: configuration.logLevel) ?? .info
            try await MothershipDaemon.run(
                home: home, configuration: configuration,
                logger: JSONLinesHandler.logger("mothership", to: log, level: level)
            ) { status in
                RefusedStart.forget(in: home.runFolder)
                Readiness.report(ready: status)
            }
        } catch let failure as any Failure {
            Readiness.report(failure: failure)
            throw failure
        }
    }

    /// Starts `executable mothership start --foreground` in a session of its own and waits until
    /// its port and its admin socket answer.
    public static func start(
        executable: String, home root: String, options: StartOptions = StartOptions()
    ) throws -> LocalMothership.Status {
        let home = MothershipHome(root: root)
        if case .answered(let status) = MothershipProbe.socketSign(home, timeout: .seconds(2)) {
            throw PlainFailure(
                "mothership", "already runs (pid \(status.pid), port \(status.port))",
                nextStep: "stop it first, or use it", exitStatus: .busy)
        }
        try home.make()
        let started: (pid: Int32, message: String)
        do {
            started = try DetachedProcess.start(
                executable,
                ["mothership", "start", "--foreground", "--home", home.root] + options.arguments,
                log: home.root + "/logs/mothership.out", limit: .seconds(30))
        } catch let failure as any Failure {
            RefusedStart.note(failure, in: home.runFolder, at: SystemClock().now)
            throw failure
        }
        return try JSONText.decode(LocalMothership.Status.self, from: started.message)
    }
}
