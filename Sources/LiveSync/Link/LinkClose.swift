// How a connection ended, told apart by the stage it reached.

import LiveProtocol
import Support

/// How far a connection came before it ended.
public enum LinkStage: String, Codable, Sendable {
    case name, connect, upgrade, hello, session
}

/// Why a link is down.
public struct LinkClose: Codable, Hashable, Sendable {
    public var stage: LinkStage
    /// The WebSocket close code, when one came.
    public var code: UInt16?
    /// The class of the error envelope before the close, when one came.
    public var reject: RejectClass?
    public var httpStatus: Int?
    /// The system's error number, for connect failures.
    public var errorNumber: Int32?
    public var message: String

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

extension LinkClose: Failure {
    public var subject: String { "link" }
    public var reason: String {
        let number = code.map { " (close code \($0))" } ?? ""
        return "ended at stage \(stage.rawValue)\(number): \(message)"
    }
    public var nextStep: String {
        switch stage {
        case .name: "check the host name in [live].mothership"
        case .connect: "check that the Mothership runs and is reachable"
        case .upgrade: "check for a proxy in between, and that the repository is registered"
        case .hello: "check token and release with aura live auth refresh"
        case .session: "see aura live sync status --peer mothership"
        }
    }
}
