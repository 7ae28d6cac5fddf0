// Starts the Mothership of this machine again, where this user's died: on the home and the port
// that its record names.

import Diagnostics
import LiveSync

extension DaemonCheck {
    public func remediate(
        _ finding: Finding<DaemonFinding>, seenIn snapshot: DaemonSnapshot
    ) -> [LiveStep] {
        switch finding.kind {
        // Somebody listens there already: a second one could not, and must not, take the port.
        case .down: snapshot.owner == nil ? starting(snapshot) : []
        case .portOwn:
            snapshot.owner?.process.map { [.act(.endMothership($0))] + starting(snapshot) } ?? []
        case .pidStale, .pidReused: [.edit(.retireMothershipRecord)]
        case .stopped:
            snapshot.record.map { [.act(.resumeMothership($0.record.process))] + asking(snapshot) }
                ?? []
        case .pidMissing: [.act(.recordMothership)]
        // Which of its copies is the newest is for a person to see.
        case .storeMissing, .portForeign: []
        }
    }

    /// The server, and then the link at once: the agent's next try may be a minute away.
    private func starting(_ snapshot: DaemonSnapshot) -> [LiveStep] {
        [start(snapshot)] + asking(snapshot)
    }

    private func asking(_ snapshot: DaemonSnapshot) -> [LiveStep] {
        snapshot.isAgentUp == true ? [.ask(.reconnect)] : []
    }

    private func start(_ snapshot: DaemonSnapshot) -> LiveStep {
        .startMothership(
            home: snapshot.home, port: snapshot.record?.record.port ?? snapshot.port,
            tls: snapshot.endpoint.hasPrefix("wss"))
    }
}
