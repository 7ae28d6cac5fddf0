// Sync is turned off while the log has no space left to say so.

import Drills
import LiveSync
import Support
import Testing

@Suite struct FullDiskTests {
    @Test(.enabled(if: Machinery.obstacle(to: .mounting) == nil, "may not mount"))
    func offIsSaidOnlyWhereTheLogSaysSo() async throws {
        let executable = try auraExecutable()
        let drills = try Drill.named(["wal.disk-full"], among: try Drill.all())
        let drill = try #require(drills.first)
        guard case .real(let staging) = drill.fault else { return }
        try await onOwnThread {
            let stage = try Stage(staging.scene, executable: executable)
            defer { stage.close() }
            try staging.make(stage)

            let result = try stage.ada.tryAura(["live", "sync", "disable"])

            let status = try stage.ada.status()
            #expect(result.succeeded == !status.enabled, "\(result.output)\(result.errors)")
            if !result.succeeded, status.source != .agent {
                #expect(result.errors.contains("free space"), "\(result.errors)")
            }
        }
    }
}
