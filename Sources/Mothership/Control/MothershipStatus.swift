// Is it running? Four signs, because each of them lies alone: a pid file survives a crash, a
// socket file survives its process, a port may be another program's, a lock says nothing of health.

import LiveProtocol
import Support

/// What the pid record says, and whether exactly that process lives.
public enum LocalRecord: Codable, Hashable, Sendable {
    case absent
    case alive(PidRecord)
    /// The process is gone, or its pid belongs to another one now.
    case dead(PidRecord)
    case unreadable(why: String)

    public var record: PidRecord? {
        switch self {
        case .alive(let record), .dead(let record): record
        case .absent, .unreadable: nil
        }
    }
}

/// What the admin socket answers.
public enum SocketSign: Codable, Hashable, Sendable {
    /// No file, or nobody behind it.
    case closed
    case answered(LocalMothership.Status)
    /// Something is there and gave no answer.
    case silent(why: String)
}

/// What the port answers.
public enum PortSign: Codable, Hashable, Sendable {
    case closed
    case answered(Health)
    /// Something is there and is no Mothership.
    case foreign(why: String)
}

/// The four signs of one home.
public struct MothershipStatus: Codable, Hashable, Sendable {
    public let home: String
    public let pid: LocalRecord
    public let socket: SocketSign
    public let address: String
    public let port: Int
    public let portSign: PortSign
    /// Nil when the lock could not be looked at.
    public let isLocked: Bool?

    /// What the signs say together.
    public enum Verdict: String, Codable, Sendable {
        /// All four agree on one instance.
        case running
        /// No sign at all.
        case down
        /// A pid record without its process, and no other sign.
        case stale
        /// Some signs of life and not all: see the signs.
        case unclear
    }

    public var verdict: Verdict {
        let portIsOurs =
            if case .answered(let health) = portSign { health.instance == instance } else { false }
        switch (pid, socket) {
        case (.alive, .answered) where portIsOurs && isLocked == true: return .running
        case (.absent, .closed) where isLocked == false && !portIsOurs: return .down
        case (.dead, .closed) where isLocked == false && !portIsOurs: return .stale
        default: return .unclear
        }
    }

    /// The identity of the instance, as its own record or socket names it.
    public var instance: String? {
        if case .answered(let status) = socket { return status.instance }
        return pid.record?.instance
    }
}

/// Reads the signs; changes nothing.
public enum MothershipProbe {
    /// The pid record, and whether its process lives.
    public static func localRecord(_ home: MothershipHome) -> LocalRecord {
        do throws(PlainFailure) {
            guard let record = try PidRecord.load(home.pidFile) else { return .absent }
            return record.process.isAlive ? .alive(record) : .dead(record)
        } catch { return .unreadable(why: error.reason) }
    }

    /// Asks the admin socket. Blocks its thread, at most for the timeout.
    public static func socketSign(_ home: MothershipHome, timeout: Duration) -> SocketSign {
        do {
            let reply = try ControlClient.call(
                path: home.socket, command: LocalMothership.Command.status.rawValue,
                timeout: timeout)
            return .answered(try reply.decode(LocalMothership.Status.self))
        } catch ControlFailure.notRunning {
            return .closed
        } catch let failure as any Failure {
            return .silent(why: failure.reason)
        } catch { return .silent(why: "\(error)") }
    }

    /// - Parameter certificate: the SHA-256 of the certificate it must show; nil asks in cleartext.
    public static func portSign(
        _ address: String, _ port: Int, certificate: String? = nil, timeout: Duration
    ) -> PortSign {
        do throws(HealthFailure) {
            if let certificate {
                return .answered(
                    try TLSHealthClient.fetch(
                        address, port: port, certificate: certificate, timeout: timeout))
            }
            return .answered(try HealthClient.fetch(address, port: port, timeout: timeout))
        } catch {
            switch error {
            case .refused: return .closed
            case .timedOut, .foreign, .broken: return .foreign(why: error.reason)
            }
        }
    }

    /// Whether a Mothership holds the home; nil when the lock could not be looked at.
    public static func isLocked(_ home: MothershipHome) -> Bool? {
        do throws(SystemFailure) { return try HomeLock.isHeld(home.lock) } catch { return nil }
    }
}
