// How a connection ended, told apart by the stage it reached.

import Glibc
import LiveProtocol
import Support

/// How far a connection came before it ended.
public enum LinkStage: String, Codable, Sendable {
    /// `tls`: encryption or the certificate. `identity`: the Mothership's own key, proven in the
    /// answer to the upgrade.
    case name, connect, tls, upgrade, identity, hello, session
}

/// Why a link is down.
public struct LinkClose: Codable, Hashable, Sendable {
    public var stage: LinkStage
    /// The WebSocket close code, when one came.
    public var code: UInt16?
    /// The class of the error envelope before the close, when one came.
    public var reject: RejectClass?
    public var httpStatus: Int?
    /// The system's error number of a connect that failed; also where the connection was taken and
    /// nobody answered on it, so that silence is told from a strange answer.
    public var errorNumber: Int32?
    /// Why the other end was not trusted; only at the stages `tls` and `identity`.
    public var trust: TrustProblem?
    /// The Mothership's clock minus ours in milliseconds, when their difference is the cause.
    public var clockSkewMilliseconds: Double?
    public var message: String
    /// What has to be done on this side, where nothing was tried because of what is kept here; nil
    /// also in a recording of an earlier release.
    public var ownStep: String?

    public init(
        stage: LinkStage, code: UInt16? = nil, reject: RejectClass? = nil, httpStatus: Int? = nil,
        errorNumber: Int32? = nil, message: String
    ) {
        self.stage = stage
        self.code = code
        self.reject = reject
        self.httpStatus = httpStatus
        self.errorNumber = errorNumber
        self.message = message
    }
}

extension LinkClose {
    /// The connection was taken, and no answer came before it was given up.
    static func unanswered(for limit: Duration) -> LinkClose {
        LinkClose(
            stage: .upgrade, errorNumber: ETIMEDOUT,
            message: "the connection was taken, and no answer came in \(limit.brief)")
    }

    /// The connection was taken, and the other end closed it instead of an answer.
    static func closedUnanswered(_ number: Int32 = ECONNRESET) -> LinkClose {
        LinkClose(
            stage: .upgrade, errorNumber: number, message: "the connection ended without an answer")
    }
}

extension LinkClose: Failure {
    public var subject: String { "link" }
    public var reason: String {
        let number = code.map { " (close code \($0))" } ?? ""
        return "ended at stage \(stage.rawValue)\(number): \(message)"
    }
    public var nextStep: String {
        if let ownStep { return ownStep }
        if clockSkewMilliseconds != nil {
            return "set the clock that is wrong, then run aura live auth refresh"
        }
        if reject == .tokenRevoked { return "ask the operator for a new join token" }
        return switch stage {
        case .name: "check the host name in [live].mothership"
        case .connect: "check that the Mothership runs and is reachable"
        case .tls, .identity: Self.trustStep
        case .upgrade: "check for a proxy in between, and that the repository is registered"
        case .hello: "check token and release with aura live auth refresh"
        case .session: "see aura live sync status --peer mothership"
        }
    }

    private static let trustStep =
        "ask the operator for the fingerprint on a second channel; if the change is meant, "
        + "run aura live auth trust --fingerprint FINGERPRINT"
}

extension LinkClose {
    /// Two clocks that differ by more than this refuse each other's tokens; the same minute that
    /// makes a clock difference a failure.
    private static let skewMin: Duration = .seconds(60)

    /// - Parameter offset: the Mothership's clock minus ours; nil when it is not known.
    static func isSkewed(by offset: Duration?) -> Bool {
        guard let offset else { return false }
        return abs(offset.milliseconds) > skewMin.milliseconds
    }

    /// The close with the clocks named, when it is their difference that made it.
    ///
    /// - Parameters:
    ///   - expiresAt: the end of the token that was refused.
    ///   - offset: the Mothership's clock minus ours.
    func judged(tokenEnds expiresAt: Timestamp?, offset: Duration?, now: Timestamp) -> LinkClose {
        guard let offset, Self.isSkewed(by: offset) else { return self }
        switch reject {
        case .tokenNotYetValid: break
        // By our clock the token still stands.
        case .tokenExpired where expiresAt.map({ now < $0 }) ?? false: break
        default: return self
        }
        var judged = self
        judged.clockSkewMilliseconds = offset.seconds * 1000
        judged.message =
            "the clocks differ: the Mothership's is \(offset.clockDifference) this machine's, "
            + "and \(message)"
        return judged
    }
}
