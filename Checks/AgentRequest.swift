// What a repair can ask of a running agent: the things a person could type as well.

import Diagnostics
import LiveSync
import Mothership
import Support

/// What an agent can be asked for.
public enum AgentRequest: Codable, Hashable, Sendable {
    /// Sends what waits; with `retry` also what was refused before.
    case push(retry: Bool)
    /// Reads the ledger on, or from its start; what could not be applied is tried again.
    case pull(isFull: Bool)
    /// Derives the base of a function anew.
    case reconcile(function: String)
    case pingPeers
    /// Ends the connection, if there is one, and makes the next at once.
    case reconnect
    /// Ends a conflict.
    case resolve(id: String, taking: ConflictChoice, function: String)
    /// Ends a cross-branch alert.
    case resolveImpact(id: String, function: String)

    var title: String {
        switch self {
        case .push(let retry): retry ? "push again what was refused" : "push what waits"
        case .pull(let isFull): isFull ? "read the whole ledger again" : "read what is missing"
        case .reconcile(let function): "derive the base of \(function) anew"
        case .pingPeers: "ask every peer for a sign of life"
        case .reconnect: "connect to the mothership anew"
        case .resolve(_, .local, let function): "keep the local text of \(function)"
        case .resolve(_, .remote, let function): "take the other side's text of \(function)"
        case .resolve(_, let choice, let function): "end the conflict of \(function): \(choice)"
        case .resolveImpact(_, let function): "close the alert about \(function)"
        }
    }

    /// What others get to see of it, and what leaves this working copy.
    var consequence: String? {
        switch self {
        case .push: "others get what waits"
        case .resolve(_, .local, _): "others get this text; theirs stays in the ledger"
        case .resolve(_, .remote, _): "the other side's text takes the place of the one here"
        case .resolve: "others get what comes of it"
        case .resolveImpact: "the alert does not come back"
        case .pull, .reconcile, .pingPeers, .reconnect: nil
        }
    }

    func ask(_ agent: AgentControl) throws(StepFailure) {
        try performing {
            switch self {
            case .push(let retry): _ = try agent.push(retryRefused: retry)
            case .pull(let isFull): _ = try agent.pull(isFull: isFull)
            case .reconcile(let function): _ = try agent.reconcile(function)
            case .pingPeers: _ = try agent.refreshPresence()
            case .reconnect: try agent.reconnect()
            case .resolve(let id, let choice, _):
                let status = try agent.status()
                // It may have ended by itself since; then there is nothing to decide.
                guard (status.conflicts + status.dismissed).contains(where: { $0.id == id })
                else { return }
                _ = try agent.resolve(id, taking: choice)
            case .resolveImpact(let id, _):
                guard try agent.status().impacts.contains(where: { $0.id == id }) else { return }
                _ = try agent.resolveImpacts(id)
            }
        }
    }
}

extension SyncHost {
    /// A server that restarts, or was started just now, listens within this.
    private static let serverWait = Duration.seconds(5)

    /// Throws where nobody listens at the endpoint: the agent goes on trying by itself, and to wait for
    /// what cannot come about would only take the time of a repair.
    func requireServer() throws(StepFailure) {
        // Settings that do not parse are reported by whoever asks for them.
        guard let address = try? configuration().mothership else { return }
        let end = clock.uptime + Self.serverWait
        while case .closed = MothershipProbe.portSign(
            address.host, address.port, timeout: .seconds(2))
        {
            guard clock.uptime < end else {
                throw .notPerformed(
                    subject: address.description, reason: "nobody listens there",
                    nextStep: "check the mothership with aura mothership status on its machine")
            }
            pause(milliseconds: 200)
        }
    }
}
