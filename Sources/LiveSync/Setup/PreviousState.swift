// A working copy gets another device: what the old one left is kept beside the new, and the line of
// live.toml that names the Mothership follows a join token.

import Glibc
import Support

enum PreviousState {
    /// Moves the state folder aside; a log belongs to the device that wrote it, and its waiting
    /// pushes are that device's to send.
    ///
    /// - Returns: where it went; nil when there was none.
    static func moveAside(_ workspace: Workspace, _ clock: any Clock) throws -> String? {
        guard FileAccess.exists(workspace.liveFolder) else { return nil }
        let target = "\(workspace.liveFolder).previous-\(clock.now.rawValue)"
        try retrying("rename", target) { rename(workspace.liveFolder, target) }
        try FileAccess.syncFolder(of: target)
        return target
    }
}

/// The line of the settings that names the Mothership.
public enum EndpointLine {
    /// Writes the address into the settings, in place of the line that has it, be that a comment.
    public static func set(_ address: MothershipAddress, in workspace: Workspace) throws {
        let path = workspace.configurationPath
        let text = String(
            decoding: try FileAccess.read(path, limit: 1 << 20), as: UTF8.self)
        let wanted = "mothership = \"\(address)\""
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.contains(wanted) { return }
        let place =
            lines.firstIndex { $0.hasPrefix("mothership") && isKey($0) }
            ?? lines.firstIndex { $0.hasPrefix("# mothership = ") }
        if let place {
            lines[place] = wanted
        } else if let table = lines.firstIndex(of: "[live]") {
            lines.insert(wanted, at: table + 1)
        } else {
            lines.insert(contentsOf: ["[live]", wanted, ""], at: 0)
        }
        try FileAccess.replace(path, with: Array(lines.joined(separator: "\n").utf8), mode: 0o644)
    }

    private static func isKey(_ line: String) -> Bool {
        line.dropFirst("mothership".count).first { $0 != " " && $0 != "\t" } == "="
    }
}
