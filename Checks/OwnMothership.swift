// What a look at the home of this user's Mothership tells beside its pid record: its lock, its socket
// and the file of its ledger.

import LiveProtocol
import LiveSync
import Mothership
import Support

extension SyncHost {
    private var home: MothershipHome { MothershipHome(root: mothershipHome) }

    /// True when its record is torn, and neither lock nor socket shows that one runs.
    var hasTornMothershipRecord: Bool {
        PidRecord.isTorn(home.pidFile) && MothershipProbe.isLocked(home) == false
            && !ControlClient.isServed(path: home.socket)
    }

    /// What it says of itself, where it runs and has left no record.
    func unrecordedMothership() -> LocalMothership.Status? {
        guard !FileAccess.exists(home.pidFile), MothershipProbe.isLocked(home) == true,
            case .answered(let status) = MothershipProbe.socketSign(home, timeout: .seconds(1)),
            status.home == home.root
        else { return nil }
        return status
    }

    /// True when its home is there and the file of its ledger is not.
    var isMothershipStoreGone: Bool {
        FileAccess.isFolder(home.keys) && !FileAccess.exists(home.store)
    }

    /// The port of the endpoint, where that is on this machine and the Mothership with a ledger here
    /// does not run.
    var portOfStoppedMothership: Int? {
        // Without settings there is no endpoint to start it for; the config check says so.
        guard let endpoint = try? configuration().mothership, endpoint.isLoopback,
            FileAccess.exists(home.store), MothershipProbe.isLocked(home) == false
        else { return nil }
        return endpoint.port
    }
}
