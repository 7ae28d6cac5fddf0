// The one line of live.toml that a join token may change.

import Foundation
import Support
import Testing

@testable import LiveSync

@Suite struct EndpointLineTests {
    private static let wanted = "mothership = \"wss://h:1\""

    @Test(arguments: [
        ("[live]\n# mothership = \"ws://a:1\"\nroom = \"r\"\n", "[live]\n@\nroom = \"r\"\n"),
        ("[live]\nmothership = \"ws://a:1\"\n", "[live]\n@\n"),
        ("[live]\nmothership=\"ws://a:1\" # ours\n", "[live]\n@\n"),
        (
            "# mothership = \"x\"\n[live]\nmothership = \"ws://a:1\"\n",
            "# mothership = \"x\"\n[live]\n@\n"
        ),
        ("[live]\n@\n", "[live]\n@\n"),
        ("[live]\nroom = \"r\"\n", "[live]\n@\nroom = \"r\"\n"),
        ("[live.wal]\nfsync = \"always\"\n", "[live]\n@\n\n[live.wal]\nfsync = \"always\"\n"),
    ])
    func theAddressTakesTheRightPlace(before: String, after: String) throws {
        let root = FileManager.default.temporaryDirectory.path + "/aura-\(UUID().uuidString)"
        // A leftover in the temporary folder harms nobody.
        defer { try? FileManager.default.removeItem(atPath: root) }
        let workspace = Workspace(root: root)
        try FileAccess.makeFolder(workspace.auraFolder)
        let text = before.replacing("@", with: Self.wanted)
        try FileAccess.replace(workspace.configurationPath, with: Array(text.utf8))
        try EndpointLine.set(
            MothershipAddress(isEncrypted: true, host: "h", port: 1), in: workspace)
        let found = String(
            decoding: try FileAccess.read(workspace.configurationPath), as: UTF8.self)
        #expect(found == after.replacing("@", with: Self.wanted))
    }
}
