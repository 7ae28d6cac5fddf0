// A look of the doctor at 200,000 files: beside a running agent, and with a killed one.

import Drills
import LogBenchmarks
import Support

struct LargeTree {
    private static let files = 200_000
    /// The first pass reads every file.
    private static let passLimit = Duration.seconds(1800)

    private let executable: String

    init(_ executable: String) { self.executable = executable }

    func run() throws {
        let sandbox = try Sandbox(executable: executable)
        defer { _ = sandbox.close() }
        let source = sandbox.folder + "/source"
        try TreeMaker(seed: 7).makeRepository(at: source, files: Self.files)
        try sandbox.startMothership()
        let ada = try sandbox.addPeer("ada", cloning: source)
        try ada.wait(for: "the first pass", limit: Self.passLimit) {
            $0.link.state == .online && ($0.scanner?.ticks ?? 0) >= 2
        }
        Benchmarks.add(
            BenchmarkRow(
                "D1 doctor live, 200,000 files", seconds: try Latency.looks(15, at: ada),
                atMost: 0.1))
        try ada.killAgent()
        Benchmarks.add(
            BenchmarkRow(
                "   the same without an agent",
                seconds: try Latency.looks(15, at: ada, expecting: 1), atMost: 0.35))
    }
}
