// The Mothership as the command line handles it: in the foreground, or in a session of its own.

import Foundation
import LiveProtocol
import Logging
import Support

/// Starting a Mothership.
public enum MothershipService {
    /// Runs in this process until SIGTERM or SIGINT.
    ///
    /// - Parameters:
    ///   - bind: in place of the configured address.
    ///   - port: in place of the configured port; 0 takes a free one.
    public static func runInForeground(
        home root: String, bind: String? = nil, port: Int? = nil
    ) async throws {
        do {
            let home = MothershipHome(root: root)
            try home.make()
            var configuration = try MothershipConfiguration.load(home.configuration)
            if let bind { configuration.bind = bind }
            if let port { configuration.port = port }
            let log = try RotatingLog(path: home.log)
            let level = Logger.Level(rawValue: configuration.logLevel) ?? .info
            try await MothershipDaemon.run(
                home: home, configuration: configuration,
                logger: JSONLinesHandler.logger("mothership", to: log, level: level)
            ) { status in
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
        executable: String, home root: String, bind: String? = nil, port: Int? = nil
    ) throws -> LocalMothership.Status {
        let home = MothershipHome(root: root)
        if case .answered(let status) = MothershipProbe.socketSign(home, timeout: .seconds(2)) {
            throw PlainFailure(
                "mothership", "already runs (pid \(status.pid), port \(status.port))",
                nextStep: "stop it first, or use it", exitStatus: .busy)
        }
        try home.make()
        var arguments = ["mothership", "start", "--foreground", "--home", home.root]
        if let bind { arguments += ["--bind", bind] }
        if let port { arguments += ["--port", "\(port)"] }
        let started = try DetachedProcess.start(
            executable, arguments, log: home.root + "/logs/mothership.out", limit: .seconds(30))
        return try JSONText.decode(LocalMothership.Status.self, from: started.message)
    }
}
