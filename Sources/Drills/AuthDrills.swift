// The faults of bucket `auth`: keys and tokens that are gone, torn or open to others, and a link in
// clear text to another machine.

import Checks
import Glibc
import LiveSync
import Support

extension AuthFinding: Drilled {
    public var fault: Fault {
        switch self {
        case .identityMissing:
            .real(in: .alone) { try $0.moveAway($0.ada.workspace.devicePath) }
        case .tokenInvalid:
            .real(in: .alone) { stage in
                let path = try Self.secret(of: stage, "token")
                // Kept, so that a fault that no repair mended is taken back.
                let before = try FileAccess.read(path)
                try FileAccess.replace(path, with: Array("half a tok".utf8), mode: 0o600)
                stage.mend {
                    guard try FileAccess.read(path) == Array("half a tok".utf8) else { return }
                    try FileAccess.replace(path, with: before, mode: 0o600)
                }
            }
        case .keyModes:
            .real(in: .alone) { stage in
                let path = try Self.secret(of: stage, "key")
                try retrying("chmod", path) { chmod(path, 0o644) }
                stage.mend { try retrying("chmod", path) { chmod(path, 0o600) } }
            }
        case .cleartextLink:
            .real(in: .alone, beside: ["mothership.name-unresolved"]) { stage in
                try stage.redirect(
                    to: "ws://nowhere.invalid:7070", ["AURA_ALLOW_CLEARTEXT": "1"])
            }
        }
    }

    /// The key or token of the first peer's device.
    static func secret(of stage: Stage, _ ending: String) throws -> String {
        let device = try stage.ada.status().device.hex
        let folder = try Surroundings(environment: stage.sandbox.aura(user: "ada").environment)
            .userFolder().deviceFolder
        return "\(folder)/\(device).\(ending)"
    }
}
