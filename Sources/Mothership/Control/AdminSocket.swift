// The caller's side of the admin socket.

import LiveProtocol
import Support

/// Speaks with the running Mothership of a home, as its own user on its own machine.
public struct AdminSocket: Sendable {
    private let path: String

    public init(home: String) { path = LocalMothership.socket(home: home) }

    /// Asks and waits for the answer. Blocks its thread, with an end.
    public func ask<Answer: Decodable>(
        _ command: LocalMothership.Command, _ arguments: [String: String] = [:],
        as type: Answer.Type
    ) throws -> Answer {
        let reply: ControlReply
        do throws(ControlFailure) {
            reply = try ControlClient.call(
                path: path, command: command.rawValue, arguments: arguments)
        } catch {
            guard case .notRunning = error else { throw error }
            throw PlainFailure(
                "mothership", "no Mothership of this user runs on this machine (\(path))",
                nextStep: "run aura mothership start")
        }
        return try reply.decode(type)
    }
}
