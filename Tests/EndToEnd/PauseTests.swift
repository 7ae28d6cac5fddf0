// A pause holds a save back without being a fault: the report says so and raises nothing.

import Drills
import LiveSync
import Testing

@Suite struct PauseTests {
    @Test func aPauseIsNamedAndIsNoFinding() async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            try sandbox.startMothership()
            let ada = try sandbox.addPeer("ada", cloning: source)
            try sandbox.git(in: ada.root).require(["checkout", "--quiet", "-b", "side"])
            try ada.wait(for: "a pause") { $0.causes == ["on branch side"] }

            let paused = try ada.aura(["live", "sync", "status"]).output
            let report = try ada.doctor()

            #expect(paused.contains("PAUSED") && paused.contains("on branch side"), "\(paused)")
            let scanner = report.body.checks.first { $0.check == "scanner" }
            #expect(scanner?.detail.hasPrefix("PAUSED: on branch side") == true, "\(report.text)")
            #expect(report.codes.isEmpty)
        }
    }
}
