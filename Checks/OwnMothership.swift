// What a look at the home of this user's Mothership tells beside its pid record: its lock, its socket,
// the file of its ledger and its key.

import Glibc
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

    /// What it says of itself, where it runs and has left no record, or one that nobody can read.
    func unrecordedMothership() -> LocalMothership.Status? {
        // What cannot be read names nobody, whatever the reason.
        let record = (try? PidRecord.load(home.pidFile)) ?? nil
        return record == nil ? runningMothership : nil
    }

    /// What the one that runs on that home says of itself.
    private var runningMothership: LocalMothership.Status? {
        guard MothershipProbe.isLocked(home) == true,
            case .answered(let status) = MothershipProbe.socketSign(home, timeout: .seconds(1)),
            status.home == home.root
        else { return nil }
        return status
    }

    /// What it read of its ledger at its start, where the endpoint is the one of this machine; nil where
    /// it does not run or does not say, which is another check's to judge.
    var ownLedger: LocalMothership.LedgerStatement? {
        // Without settings there is no endpoint; the config check says so.
        guard let endpoint = try? configuration().mothership, endpoint.isLoopback,
            let status = runningMothership, status.port == endpoint.port
        else { return nil }
        return status.ledger
    }

    /// Has it follow its whole ledger.
    func wholeLedger(
        within limit: Duration
    ) throws(PlainFailure) -> LocalMothership.LedgerStatement {
        do { return try MothershipControl.verify(home, timeout: limit) } catch {
            let reason = (error as? any Failure)?.reason ?? "\(error)"
            throw PlainFailure(home.root, reason, nextStep: "run aura mothership verify")
        }
    }

    /// The files that it opened or read at its start and that the next start would miss: its ledger, its
    /// key, by their names in its home.
    ///
    /// - Parameters:
    ///   - pid: of the one that runs there.
    ///   - instance: the name that its key gives it.
    func lostFiles(ofMothership pid: Int32, instance: String?) -> [String] {
        guard FileAccess.isFolder(home.keys) else { return [] }
        return [
            isStoreLost(pid) ? home.store : nil,
            !FileAccess.exists(home.signingKey)
                || RoomTokens.isOtherKey(home.signingKey, than: instance)
                ? home.signingKey : nil,
        ].compactMap { $0.map { String($0.dropFirst(home.root.count + 1)) } }
    }

    /// Another file of that name, a copy from a backup for instance, takes nothing of what it writes.
    private func isStoreLost(_ pid: Int32) -> Bool {
        var named = stat()
        guard stat(home.store, &named) == 0 else { return errno == ENOENT }
        guard named.st_mode & S_IFMT == S_IFREG else { return true }
        let folder = "/proc/\(pid)/fd"
        // Another user's process shows nothing, and one that has just ended has nothing open.
        guard let open = try? FileAccess.names(in: folder), !open.isEmpty else { return false }
        return !open.contains { name in
            var status = stat()
            return stat("\(folder)/\(name)", &status) == 0 && status.st_dev == named.st_dev
                && status.st_ino == named.st_ino
        }
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
