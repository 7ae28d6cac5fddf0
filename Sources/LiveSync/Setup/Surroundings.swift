// What a command finds around itself: environment variables and what follows from them.

import Foundation
import Glibc
import LiveProtocol
import Support

/// The surroundings a command runs in.
public struct Surroundings: Sendable {
    public let environment: [String: String]

    /// The variable that allows source code in clear text beyond this machine.
    public static let cleartextVariable = "AURA_ALLOW_CLEARTEXT"

    /// - Parameter allowCleartext: what a flag says in place of the variable.
    public init(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        allowCleartext: Bool = false
    ) {
        self.environment = environment.merging(
            allowCleartext ? [Self.cleartextVariable: "1"] : [:]
        ) { $1 }
    }

    public var mothershipHome: String { LocalMothership.home(environment: environment) }

    /// The folder of the user's keys and pins.
    public func userFolder() throws(UserFolderFailure) -> UserFolder {
        try UserFolder.resolve(environment: environment)
    }

    /// The same, where a look at it is all that is wanted.
    public var knownUserFolder: UserFolder? {
        // Without a home there is nothing to look at.
        try? userFolder()
    }

    /// `user@host` as teammates see it.
    public var userName: String {
        let user =
            environment["AURA_USER"] ?? environment["USER"] ?? environment["LOGNAME"]
            ?? getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "user"
        return "\(user)@\(ProcessInfo.processInfo.hostName)"
    }

    /// Why nothing may be sent to an address; nil when it may.
    func cleartextRefusal(_ address: MothershipAddress) -> PlainFailure? {
        guard !address.isLoopback, !address.isEncrypted,
            environment[Self.cleartextVariable] == nil
        else { return nil }
        return PlainFailure(
            "\(address)", "would carry tokens and source code in clear text",
            nextStep: "use wss:// or a tunnel to loopback, or allow it with --allow-cleartext "
                + "(\(Self.cleartextVariable)=1)",
            exitStatus: .refused)
    }
}
