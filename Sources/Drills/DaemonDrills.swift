// The faults of bucket `daemon`: a Mothership that died, its port in other hands, its record left or
// gone, its ledger's file moved away.

import Checks
import Foundation
import Glibc
import LiveProtocol
import Support

extension DaemonFinding: Drilled {
    public var fault: Fault {
        switch self {
        case .portForeign:
            .real(in: .alone, needs: [.otherProgram]) { stage in
                try stage.killMothership()
                let stranger = try Stranger(port: stage.sandbox.port)
                stage.mend { stranger.end() }
            }
        case .portOwn:
            .real(in: .alone) { stage in
                try stage.killMothership()
                let other = stage.sandbox.folder + "/other-home"
                let tool = stage.sandbox.aura()
                let stop = ["mothership", "stop", "--home", other]
                try tool.require(
                    ["mothership", "start", "--home", other, "--port", "\(stage.sandbox.port)"])
                stage.sandbox.atEnd(tool, stop)
                stage.mend { try tool.require(stop) }
            }
        case .down:
            .real(in: .alone) { stage in
                try stage.killMothership()
                try stage.ada.wait(for: "offline") { $0.link.state == .offline }
            }
        case .stopped:
            // A ping that waited for it is slow, and counts among the newest for a while.
            .real(in: .alone, beside: ["mothership.degraded"]) {
                try $0.freeze($0.sandbox.mothershipProcess())
            }
        case .storeMissing:
            .real(in: .alone) { try $0.moveAway($0.sandbox.mothershipHome + "/hub.db") }
        case .pidMissing: .real(in: .alone, Self.blockRecord)
        case .pidReused:
            .real(in: .alone, beside: ["config.sync-disabled"]) { stage in
                try Self.leaveRecord(on: stage)
                try Self.reuse(on: stage)
            }
        case .pidStale:
            .real(in: .alone, beside: ["config.sync-disabled"]) { try Self.leaveRecord(on: $0) }
        }
    }

    /// The server dies while nobody needs it.
    private static func leaveRecord(on stage: Stage) throws {
        try stage.disable()
        let sandbox = stage.sandbox
        try sandbox.killMothership()
        stage.mend { try sandbox.startMothership() }
    }

    /// A record that is only removed comes back by itself; for a folder in its place it has to wait.
    @Sendable private static func blockRecord(_ stage: Stage) throws {
        let path = LocalMothership.pidRecord(home: stage.sandbox.mothershipHome)
        let record = try FileAccess.read(path)
        try retrying("unlink", path) { unlink(path) }
        try FileAccess.makeFolder(path + "/kept")
        stage.mend {
            if FileAccess.isFolder(path) {
                try FileManager.default.removeItem(atPath: path)
                try FileAccess.replace(path, with: record)
            }
        }
    }

    /// The pid of the record belongs to somebody else by now.
    private static func reuse(on stage: Stage) throws {
        var sleeping = ChildProcess("/bin/sleep", ["600"], environment: [:])
        sleeping.log = "/dev/null"
        let sleeper = try BackgroundProgram(sleeping)
        stage.mend { sleeper.end() }
        let path = LocalMothership.pidRecord(home: stage.sandbox.mothershipHome)
        let text = String(decoding: try FileAccess.read(path), as: UTF8.self)
        let pid = try stage.sandbox.mothershipProcess().pid
        let changed = text.replacingOccurrences(
            of: "\"pid\":\(pid)", with: "\"pid\":\(sleeper.pid)")
        guard changed != text else {
            throw PlainFailure(path, "does not name pid \(pid)", nextStep: "see its form")
        }
        try FileAccess.replace(path, with: Array(changed.utf8))
    }
}
