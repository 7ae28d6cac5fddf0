// Starts the Mothership of this machine again, where this user's died: on the home and the port
// that its record names.

import Diagnostics
import LiveSync

extension DaemonCheck {
    public func remediate(
        _ finding: Finding<DaemonFinding>, seenIn snapshot: DaemonSnapshot
    ) -> [LiveStep] {
        switch finding.kind {
        case .down:
            // Somebody listens there already: a second one could not, and must not, take the port.
            guard snapshot.owner == nil else { return [] }
            return [
                .startMothership(
                    home: snapshot.home, port: snapshot.record?.record.port ?? snapshot.port,
                    tls: snapshot.endpoint.hasPrefix("wss"))
            ]
        // The next start replaces a record; without one nobody misses the server it names.
        case .pidStale, .pidReused, .portOwn, .portForeign: return []
        }
    }
}
