// Where a log may lie. Network file systems lose locks and syncs and are refused; folders that a
// sync client copies behind our back work until that client writes, so they are named, not refused.

import CHardware
import Support

/// What is doubtful about the place of a log.
public enum PlaceConcern: Hashable, Codable, Sendable {
    /// Locks or syncs do not hold there.
    case networkFileSystem(name: String)
    /// Another program copies files in this folder.
    case syncedFolder(client: String)
}

enum LogPlace {
    /// Numbers from the kernel's `magic.h` and the file systems' own sources.
    private static let networkTypes: [UInt32: String] = [
        0x6969: "NFS", 0x517B: "SMB", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB2", 0x0102_1997: "9P",
        0x5346_414F: "AFS", 0x00C3_6400: "Ceph",
    ]
    private static let clients = [
        "Dropbox", "OneDrive", "Google Drive", "GoogleDrive", "iCloud Drive", "Mobile Documents",
        "Nextcloud", "ownCloud", "Syncthing", "pCloudDrive", "MEGA",
    ]
    /// What a client leaves in the top folder of what it copies.
    private static let markers: [(name: String, client: String)] = [
        (".dropbox", "Dropbox"), (".dropbox.cache", "Dropbox"), (".stfolder", "Syncthing"),
        (".owncloudsync.log", "ownCloud"), (".nextcloudsync.log", "Nextcloud"),
        (".tmp.driveupload", "Google Drive"),
    ]

    static func concerns(at folder: String) -> [PlaceConcern] {
        var concerns: [PlaceConcern] = []
        if let name = networkTypes[aura_file_system_type(folder)] {
            concerns.append(.networkFileSystem(name: name))
        }
        let parts = (PathName.resolved(folder) ?? folder).split(separator: "/").map(String.init)
        for client in clients
        where parts.contains(where: { $0 == client || $0.hasPrefix(client + " ") }) {
            concerns.append(.syncedFolder(client: client))
        }
        for client in marked(above: "/" + parts.joined(separator: "/"))
        where !concerns.contains(.syncedFolder(client: client)) {
            concerns.append(.syncedFolder(client: client))
        }
        return concerns
    }

    /// Clients that left their marker in the folder or above it.
    private static func marked(above folder: String) -> [String] {
        var found: [String] = []
        var current = folder
        while current != "/" {
            for marker in markers
            where !found.contains(marker.client)
                && FileAccess.exists(current + "/" + marker.name)
            {
                found.append(marker.client)
            }
            current = PathName.parent(of: current)
        }
        return found
    }

    static func require(
        _ folder: String, allowed: Bool, on disk: any LogDisk
    ) throws(LogFailure) -> [PlaceConcern] {
        let found = disk.concerns(at: folder)
        for case .networkFileSystem(let name) in found where !allowed {
            throw .refusedPlace(folder: folder, fileSystem: name)
        }
        return found
    }
}
