// Whether this working copy is the one its device belongs to, and where a record's pid is now.

import Glibc
import LiveProtocol
import Support

/// A working copy that carries another one's device.
public struct CopiedDevice: Codable, Hashable, Sendable {
    public var device: DeviceID
    /// True when an agent's record that came with the copy names a process that lives: the
    /// original and the copy would push under one name.
    public var originalRuns: Bool

    public init(device: DeviceID, originalRuns: Bool) {
        self.device = device
        self.originalRuns = originalRuns
    }
}

extension SyncHost {
    /// The device, when it belongs to another folder; nil when it is this one's, or cannot be read.
    public func copiedDevice() -> CopiedDevice? {
        guard let device = DeviceBinding.foreignDevice(in: workspace) else { return nil }
        // A record that cannot be read names no process.
        let record = (try? agentRecord()) ?? nil
        return CopiedDevice(device: device, originalRuns: record?.isAlive == true)
    }
}

extension SyncHost {
    /// When the settings file was last written; nil when it cannot be asked.
    public func settingsChangedAt() -> Timestamp? {
        var status = stat()
        guard stat(workspace.configurationPath, &status) == 0 else { return nil }
        return Timestamp(
            seconds: Int64(status.st_mtim.tv_sec), nanoseconds: Int64(status.st_mtim.tv_nsec))
    }
}

extension SyncHost {
    /// True when the permissions of the settings keep their owner from reading them, which root does
    /// not feel.
    public var areSettingsClosed: Bool {
        var status = stat()
        return stat(workspace.configurationPath, &status) == 0
            && status.st_mode & mode_t(S_IRUSR) == 0
    }
}

extension RecordedProcess {
    /// What has the recorded pid now, when it is another process; nil when nothing has.
    public var successor: ProcessIdentity? {
        guard !isAlive else { return nil }
        return ProcessIdentity.of(pid: record.process.pid)
    }
}
