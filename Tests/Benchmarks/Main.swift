// What README says of speed, measured: `AURA_BENCHMARKS=1 swift run -c release Benchmarks`.
//
// Every figure is printed with the machine's load beside it, and the scan stands next to
// `git status` on the same tree in the same run, A B A B, because milliseconds do not travel.

import Drills
import Foundation
import LiveSync
import Support

@main
struct Benchmarks {
    static func main() throws {
        let wanted = CommandLine.arguments.dropFirst()
        let executable = try auraBesideThis()
        show("machine", try machine())
        if wanted.isEmpty || wanted.contains("latency") { try Latency(executable).run() }
        if wanted.isEmpty || wanted.contains("scan") { try TreeScan().run() }
        let fanWords: Set = ["fanout", "idle", "stalled", "storm"]
        if wanted.isEmpty || !fanWords.isDisjoint(with: wanted) {
            try FanOut(executable).run(fanWords.intersection(wanted))
        }
    }

    static func show(_ name: String, _ value: String) {
        print(name + String(repeating: " ", count: max(1, 44 - name.count)) + value)
    }

    private static func auraBesideThis() throws -> String {
        guard let own = PathName.link("/proc/self/exe") else {
            throw PlainFailure(
                "benchmarks", "cannot find their own executable", nextStep: "use swift run")
        }
        let path = PathName.parent(of: own) + "/aura"
        guard FileAccess.exists(path) else {
            throw PlainFailure(
                path, "is not built", nextStep: "run swift build -c release --product aura")
        }
        return path
    }

    private static func machine() throws -> String {
        let load = String(decoding: try procText("/proc/loadavg"), as: UTF8.self)
        return "\(ProcessInfo.processInfo.activeProcessorCount) cores, load \(load.prefix(14))"
    }

    private static func procText(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }
}

/// Median and 99th percentile of a series.
struct Series {
    private var values: [Double] = []

    mutating func add(_ duration: Duration) { values.append(duration.seconds * 1000) }

    /// Milliseconds at a share of the sorted series.
    func milliseconds(_ share: Double) -> Double {
        let sorted = values.sorted()
        return sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
    }

    var summary: String {
        String(
            format: "p50 %.2f ms   p99 %.2f ms   (%d rounds)", milliseconds(0.5),
            milliseconds(0.99), values.count)
    }
}

/// From the save of one file to the same bytes in the other peer's file, and one look of the doctor.
struct Latency {
    private let executable: String

    init(_ executable: String) { self.executable = executable }

    func run() throws {
        let sandbox = try Sandbox(executable: executable)
        defer { sandbox.close() }
        let source = sandbox.folder + "/source"
        try TreeMaker(seed: 7).makeRepository(at: source, files: 300)
        try sandbox.startMothership()
        let ada = try sandbox.addPeer("ada", cloning: source)
        let ben = try sandbox.addPeer("ben", cloning: source)
        for peer in [ada, ben] { try peer.wait(for: "link") { $0.link.state == .online } }
        var series = Series()
        let clock = SystemClock()
        let path = "p00/f00000.py"
        for round in 0..<220 {
            let bytes = Array(TreeMaker.python(name: "f0", number: 1000 + round).utf8)
            let start = clock.uptime
            try ada.save(path, bytes)
            try ben.wait(for: path, toBe: bytes)
            // The first rounds warm caches and page tables.
            if round >= 20 { series.add(clock.uptime - start) }
        }
        Benchmarks.show("save to the other peer's file", series.summary)
        var doctor = Series()
        for round in 0..<25 {
            let start = clock.uptime
            let result = try ada.tryAura(["doctor", "live"])
            guard result.succeeded else {
                throw PlainFailure("doctor live", result.output, nextStep: "look at the findings")
            }
            if round >= 5 { doctor.add(clock.uptime - start) }
        }
        Benchmarks.show("doctor live, healthy (process included)", doctor.summary)
    }
}

/// The scanner on 200,000 files beside `git status`.
struct TreeScan {
    func run() throws {
        let root = FileManager.default.temporaryDirectory.path + "/aura-bench-\(UUID().uuidString)"
        // A leftover in the temporary folder harms nobody.
        defer { try? FileManager.default.removeItem(atPath: root) }
        try TreeMaker(seed: 7).makeRepository(at: root, files: 200_000)
        let scope = ScanScope(filter: try SelectiveFilter())
        let git = Tool(
            "/usr/bin/git", environment: ProcessInfo.processInfo.environment, folder: root)
        let clock = SystemClock()
        var (scan, status, idle) = (Series(), Series(), Series())
        var last = try TreeWalk.run(root: root, scope: scope, clock: clock).index
        try git.require(["status", "--porcelain"])
        for _ in 0..<9 {
            var start = clock.uptime
            let walk = try TreeWalk.run(root: root, scope: scope, clock: clock)
            let changes = StatIndex.compare(last, walk.index)
            scan.add(clock.uptime - start)
            guard changes.added.isEmpty, changes.changed.isEmpty, changes.removed.isEmpty else {
                throw PlainFailure(root, "changed while it was measured", nextStep: "run again")
            }
            last = walk.index
            start = clock.uptime
            try git.require(["status", "--porcelain"])
            status.add(clock.uptime - start)
        }
        let watcher = try Watcher(root: root, scope: scope, canaryFolder: try canary(root))
        defer { watcher.stop() }
        // An idle tick looks at git's markers and at what the watcher brought: nothing.
        let repository = try GitRepository.open(
            at: root, environment: ProcessInfo.processInfo.environment)
        var states = GitStateReader(repository: repository)
        for _ in 0..<200 {
            let start = clock.uptime
            _ = try states.current(expectedBranch: nil, clock: clock)
            idle.add(clock.uptime - start)
        }
        Benchmarks.show("full verifying scan, \(last.count) files", scan.summary)
        Benchmarks.show("git status, same tree", status.summary)
        Benchmarks.show(
            "scan / git status",
            String(format: "%.2f", scan.milliseconds(0.5) / status.milliseconds(0.5)))
        Benchmarks.show("idle tick (watcher on, nothing changed)", idle.summary)
        Benchmarks.show(
            "git status / idle tick",
            String(format: "%.0f", status.milliseconds(0.5) / idle.milliseconds(0.5)))
    }

    private func canary(_ root: String) throws -> String {
        let folder = root + "/.aura/live/canary"
        try FileAccess.makeFolder(folder)
        return folder
    }
}

/// Trees of small Python files, the same for the same seed.
struct TreeMaker {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func makeTree(at root: String, files: Int) throws {
        for index in 0..<files {
            let folder =
                String(format: "%@/p%02d", root, index / 100 % 40)
                + (files > 4000 ? "/m\(index / 4000)" : "")
            if index % 100 == 0 { try FileAccess.makeFolder(folder) }
            let functions = Int.random(in: 1...8, using: &generator)
            let text = (0..<functions).map { Self.python(name: "f\($0)", number: index) }
            let path = folder + String(format: "/f%05d.py", index)
            try Data(text.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
        }
    }

    func makeRepository(at root: String, files: Int) throws {
        try FileAccess.makeFolder(root)
        var maker = self
        try maker.makeTree(at: root, files: files)
        let git = Tool(
            "/usr/bin/git", environment: ProcessInfo.processInfo.environment, folder: root)
        try git.require(["init", "--quiet", "--initial-branch=main"])
        try git.require(["add", "--all"], limit: .seconds(300))
        try git.require(
            [
                "-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "--quiet",
                "--message=Tree",
            ], limit: .seconds(300))
    }

    static func python(name: String, number: Int) -> String {
        """
        def \(name)(value):
            total = \(number)
            for step in range(value):
                total += step * 2
            return total

        """
    }
}
