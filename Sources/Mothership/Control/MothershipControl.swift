// Status, verify and stop, for the command line and for checks. All work from outside the process.

import Glibc
import LiveProtocol
import Support

/// How a stop went.
public enum StopOutcome: Codable, Hashable, Sendable {
    case stopped(pid: Int32)
    /// Nothing ran. `staleRecord` says that a pid record of a dead process is still there.
    case notRunning(staleRecord: Bool)
    /// It was asked and lives on.
    case stillRunning(pid: Int32, after: String)

    public var text: String {
        switch self {
        case .stopped(let pid): "mothership stopped (pid \(pid))"
        case .notRunning(staleRecord: false): "mothership is not running"
        case .notRunning(staleRecord: true):
            "mothership is not running; its pid record is left from a process that is gone"
        case .stillRunning(let pid, let after): "mothership (pid \(pid)) still runs after \(after)"
        }
    }
}

/// Status, verify and stop of the Mothership of one home.
public enum MothershipControl {
    /// Reads the four signs.
    ///
    /// - Parameters:
    ///   - configuration: names address and port when there is no pid record.
    ///   - timeout: for each sign.
    public static func status(
        _ home: MothershipHome, configuration: MothershipConfiguration = MothershipConfiguration(),
        timeout: Duration = .seconds(2)
    ) -> MothershipStatus {
        let record = MothershipProbe.localRecord(home)
        let port = record.record?.port ?? configuration.port
        let socket = MothershipProbe.socketSign(home, timeout: timeout)
        let told: LocalMothership.Status? =
            if case .answered(let status) = socket { status } else { nil }
        let address = told?.address ?? configuration.bind
        let certificate =
            told.map(\.certificate) ?? TLSMaterial.fingerprint(configuration, home: home)
        var sign = MothershipProbe.portSign(
            HealthClient.reachable(address), port, certificate: certificate, timeout: timeout)
        // Silent on its socket, and perhaps started with --tls, of which no file tells.
        if told == nil, certificate == nil, case .foreign = sign,
            let made = TLSMaterial.fingerprint(.encrypted, home: home)
        {
            sign = MothershipProbe.portSign(
                HealthClient.reachable(address), port, certificate: made, timeout: timeout)
        }
        return MothershipStatus(
            home: home.root, pid: record, socket: socket, address: address, port: port,
            portSign: sign, isLocked: MothershipProbe.isLocked(home))
    }

    /// Has the running Mothership of a home follow its whole ledger: a second for some 50,000
    /// records. Blocks its thread.
    public static func verify(
        _ home: MothershipHome, timeout: Duration = .seconds(3600)
    ) throws -> LocalMothership.LedgerStatement {
        try ControlClient.call(
            path: home.socket, command: LocalMothership.Command.verify.rawValue, timeout: timeout
        ).decode(LocalMothership.LedgerStatement.self)
    }

    /// Whether somebody holds the home and answers there, record or none.
    private static func isHeld(_ home: MothershipHome) -> Bool {
        MothershipProbe.isLocked(home) == true && ControlClient.isServed(path: home.socket)
    }

    /// It is about to put its record back, unless something stands in the way of that.
    private static func unnamed(_ home: MothershipHome, _ reason: String) -> PlainFailure {
        PlainFailure(
            home.root, "is served by a mothership whose pid record \(reason)",
            nextStep: "try again in a moment, or end the process that aura mothership status names",
            exitStatus: .undetermined)
    }

    /// Asks the Mothership of a home to stop and waits for its end. Blocks its thread.
    ///
    /// Only the process that the record names exactly is signalled, never one that merely has its
    /// pid.
    public static func stop(
        _ home: MothershipHome, limit: Duration = .seconds(10)
    ) throws -> StopOutcome {
        // Nobody wants it to run any more, so why it did not is no news.
        RefusedStart.forget(in: home.runFolder)
        switch MothershipProbe.localRecord(home) {
        case .absent:
            guard isHeld(home) else { return .notRunning(staleRecord: false) }
            throw unnamed(home, "is gone")
        case .unreadable(let why) where isHeld(home): throw unnamed(home, "cannot be read: \(why)")
        case .dead: return .notRunning(staleRecord: true)
        case .unreadable(let why):
            throw PlainFailure(
                home.pidFile, why, nextStep: "look at the record by hand", exitStatus: .undetermined
            )
        case .alive(let record):
            let pid = record.process.pid
            guard try record.process.signal(SIGTERM) else { return .stopped(pid: pid) }
            return record.process.waitUntilGone(limit: limit)
                ? .stopped(pid: pid) : .stillRunning(pid: pid, after: limit.brief)
        }
    }
}

extension ProcessIdentity {
    static var currentPid: Int32 { getpid() }
}
