// Which device this working copy is, and how a copied folder is noticed.
//
// The private key lies in the user's configuration folder, never in the repository. The working
// copy holds the public half together with the inode of its root: a copy of the folder has another
// inode, and so does not silently become a second device with the same key.

import Glibc
import LiveProtocol
import Support

/// `.aura/live/device`: who this working copy is.
public struct DeviceBinding: Codable, Hashable, Sendable {
    public let device: DeviceID
    /// 16 hexadecimal digits over the root commits, or what `init --repo` said.
    public let repository: String
    /// `user@host`, for people.
    public let user: String
    public let rootDevice: UInt64
    public let rootInode: UInt64

    /// The binding of a workspace.
    public static func load(_ workspace: Workspace) throws(PlainFailure) -> DeviceBinding {
        let binding = try read(workspace)
        let root = try rootIdentity(workspace)
        guard root == (binding.rootDevice, binding.rootInode) else {
            throw PlainFailure(
                workspace.root, "is a copy of the working copy that this device belongs to",
                nextStep: "run aura init --new-device there", exitStatus: .refused)
        }
        return binding
    }

    /// The record as it stands, be it this folder's or that of the folder it was copied from.
    static func read(_ workspace: Workspace) throws(PlainFailure) -> DeviceBinding {
        do {
            return try JSONText.decode(
                DeviceBinding.self, from: try FileAccess.read(workspace.devicePath, limit: 1 << 16))
        } catch let failure as SystemFailure {
            throw PlainFailure(
                workspace.devicePath, failure.reason, nextStep: "run aura init --new-device")
        } catch {
            throw PlainFailure(
                workspace.devicePath, "is no device record",
                nextStep: "move it aside and run aura init --new-device")
        }
    }

    /// True when what has the record's name is none.
    static func isTorn(_ workspace: Workspace) -> Bool {
        FileAccess.isOther(workspace.devicePath, limit: 1 << 16) { bytes in
            (try? JSONText.decode(DeviceBinding.self, from: bytes)) != nil  // what is asked
        }
    }

    /// True when what has the name of the device's key is another key, or none.
    static func isTornKey(of device: DeviceID, in folder: UserFolder) -> Bool {
        FileAccess.isOther(folder.deviceKeyPath(device.hex), limit: 1024) { bytes in
            let text = String(decoding: bytes.prefix(64), as: UTF8.self)
            return Hex.decode(text).flatMap { DeviceKey(rawBytes: $0) }?.device == device
        }
    }

    /// The device of a binding that belongs to another folder; nil when it belongs to this one, or
    /// when there is none to be read.
    static func foreignDevice(in workspace: Workspace) -> DeviceID? {
        // Whoever needs the binding itself says why it cannot be read.
        guard let bytes = try? FileAccess.read(workspace.devicePath, limit: 1 << 16),
            let binding = try? JSONText.decode(DeviceBinding.self, from: bytes),  // as above
            let root = try? rootIdentity(workspace)  // as above
        else { return nil }
        return root == (binding.rootDevice, binding.rootInode) ? nil : binding.device
    }

    /// Makes a key and keeps it, before anything refers to it.
    static func makeKey(in folder: UserFolder) throws -> DeviceKey {
        let key = DeviceKey()
        let path = folder.deviceKeyPath(key.device.hex)
        try folder.writePrivate(Array((Hex.encode(key.rawBytes) + "\n").utf8), to: path)
        return key
    }

    /// Binds a workspace to a device.
    static func bind(
        _ workspace: Workspace, to device: DeviceID, repository: String, user: String
    ) throws -> DeviceBinding {
        let root = try rootIdentity(workspace)
        let binding = DeviceBinding(
            device: device, repository: repository, user: user, rootDevice: root.device,
            rootInode: root.inode)
        let text = try JSONText.encode(binding, pretty: true) + "\n"
        try FileAccess.replace(workspace.devicePath, with: Array(text.utf8))
        return binding
    }

    /// The private key of this binding.
    func key(in folder: UserFolder) throws -> DeviceKey {
        let path = folder.deviceKeyPath(device.hex)
        guard FileAccess.exists(path) else {
            throw PlainFailure(
                path, "is not there, and it is the key of this working copy",
                nextStep: "put it back, or run aura init --new-device")
        }
        let text = String(decoding: try folder.readPrivate(path), as: UTF8.self)
        guard let bytes = Hex.decode(String(text.prefix(64))), let key = DeviceKey(rawBytes: bytes),
            key.device == device
        else {
            throw PlainFailure(
                path, "is not the key of this working copy",
                nextStep: "restore it, or run aura init --new-device")
        }
        return key
    }

    private static func rootIdentity(
        _ workspace: Workspace
    ) throws(PlainFailure) -> (device: UInt64, inode: UInt64) {
        var status = stat()
        guard stat(workspace.root, &status) == 0 else {
            let failure = SystemFailure(operation: "stat", path: workspace.root)
            throw PlainFailure(failure.subject, failure.reason, nextStep: failure.nextStep)
        }
        return (UInt64(status.st_dev), UInt64(status.st_ino))
    }
}
