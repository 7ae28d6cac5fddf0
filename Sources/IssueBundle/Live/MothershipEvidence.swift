// The server's side, when it is asked for: what it says of itself and what lies in its home. The
// ledger never goes in, not even a copy: a database keeps what was deleted.

import LiveProtocol
import Mothership
import Support

/// Members about the Mothership of this machine.
struct MothershipEvidence: Sendable {
    private let home: MothershipHome

    init(_ home: MothershipHome) { self.home = home }

    func status(_ emit: BundleSource.Emit) throws {
        try BundleSource.emit(signs(), as: "status.json", emit)
        if let stop = try CleanStop.load(home.cleanStop) {
            try BundleSource.emit(stop, as: "clean-stop.json", emit)
        }
    }

    /// Names and sizes of everything in the home.
    func files(_ emit: BundleSource.Emit) throws {
        try BundleSource.emit(try FileListing.below(home.root), as: "files.json", emit)
    }

    /// What it counts, asked over loopback; with TLS it is not asked.
    func metrics(_ emit: BundleSource.Emit) throws {
        let status = signs()
        guard case .answered(let answer) = status.socket else {
            throw PlainFailure(
                "mothership", "does not answer on its socket", nextStep: "start it")
        }
        guard answer.certificate == nil else {
            throw PlainFailure(
                "mothership", "is encrypted; its metrics are read with a token",
                nextStep: "read /metrics with a token of scope metrics.read")
        }
        let text = try HealthClient.metrics(
            HealthClient.reachable(answer.address), port: answer.port, timeout: .seconds(2))
        try emit("mothership.txt", Array(text.utf8))
    }

    private func signs() -> MothershipStatus {
        // Settings that cannot be read leave the defaults; they are in the bundle themselves.
        let configuration = try? MothershipConfiguration.load(home.configuration)
        return MothershipControl.status(
            home, configuration: configuration ?? MothershipConfiguration())
    }
}
