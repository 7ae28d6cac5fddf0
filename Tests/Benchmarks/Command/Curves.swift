// What must not grow with what did not change: an idle tick with the number of files, a save with the
// size of the repository, status and doctor with the length of the history. Three sizes each.

import Drills
import Foundation
import LiveSync
import LogBenchmarks
import Support

struct Curves {
    private let executable: String
    private let folder: String

    init(_ executable: String, in folder: String) {
        (self.executable, self.folder) = (executable, folder)
    }

    func run() throws {
        try ticks()
        for files in [300, 3000, 10_000] { try repository(files) }
        try manyFiles()
        try history()
    }

    // MARK: Idle ticks

    private func ticks() throws {
        let scope = ScanScope(filter: try SelectiveFilter())
        for files in [2000, 20_000, 200_000] {
            let root = "\(folder)/ticks-\(files)"
            try TreeMaker(seed: 7).makeRepository(at: root, files: files)
            Benchmarks.add(
                BenchmarkRow(
                    "idle tick, \(files) files",
                    seconds: try Self.idleTicks(root: root, scope: scope), atMost: 0.001))
            try FileManager.default.removeItem(atPath: root)
        }
    }

    /// What the agent does every few seconds when nothing happened.
    static func idleTicks(root: String, scope: ScanScope) throws -> [Double] {
        let canary = root + "/.aura/live/canary"
        try FileAccess.makeFolder(canary)
        let watcher = try Watcher(root: root, scope: scope, canaryFolder: canary)
        defer { watcher.stop() }
        let repository = try GitRepository.open(
            at: root, environment: ProcessInfo.processInfo.environment)
        var states = GitStateReader(repository: repository)
        let clock = SystemClock()
        return try Latency.times(200) {
            _ = try states.current(expectedBranch: nil, clock: clock)
        }
    }

    // MARK: Saves and looks

    private func repository(_ files: Int) throws {
        try withPair(files) { ada, ben in
            Benchmarks.add(
                BenchmarkRow(
                    "save to the other, \(files) files",
                    seconds: try Latency.saves(50, from: ada, to: ben), atMost: nil))
            Benchmarks.add(
                BenchmarkRow(
                    files == 10_000
                        ? "D1 doctor live, 10,000 files" : "doctor live, \(files) files",
                    seconds: try Latency.looks(15, at: ada), atMost: files == 10_000 ? 0.030 : nil))
        }
    }

    /// The doctor walks the files itself, so that the goal without help of the agent counts.
    private func manyFiles() throws {
        let sandbox = try Sandbox(executable: executable)
        defer { _ = sandbox.close() }
        let ada = try sandbox.addPeers(["ada"], files: 200_000)[0]
        Benchmarks.add(
            BenchmarkRow(
                "D1 the same, 200,000 files", seconds: try Latency.looks(15, at: ada), atMost: 0.350
            ))
    }

    private func history() throws {
        try withPair(300) { ada, ben in
            var saved = 0
            for length in [200, 800, 3200] {
                _ = try Latency.saves(length - saved - 20, from: ada, to: ben)
                saved = length
                let status = try Latency.times(25) {
                    try ada.aura(["live", "sync", "status"])
                }
                Benchmarks.add(
                    BenchmarkRow("status after \(length) saves", seconds: status, atMost: nil))
                Benchmarks.add(
                    BenchmarkRow(
                        "doctor live after \(length) saves",
                        seconds: try Latency.looks(15, at: ada), atMost: nil))
            }
        }
    }

    private func withPair(
        _ files: Int, _ body: (SandboxPeer, SandboxPeer) throws -> Void
    ) throws {
        let sandbox = try Sandbox(executable: executable)
        defer { _ = sandbox.close() }
        let peers = try sandbox.addPeers(["ada", "ben"], files: files)
        try body(peers[0], peers[1])
    }
}
