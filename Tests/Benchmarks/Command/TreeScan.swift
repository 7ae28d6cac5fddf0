// The scanner on 200,000 files beside the system calls alone and beside `git status`; warm, and cold
// where the kernel lets this process drop its caches.

import Drills
import Floors
import Foundation
import Glibc
import LiveSync
import LogBenchmarks
import Support

struct TreeScan {
    private let root: String
    private let clock = SystemClock()
    private let scope: ScanScope

    init(in folder: String) throws {
        root = folder + "/tree"
        scope = ScanScope(filter: try SelectiveFilter())
    }

    func run() async throws {
        try TreeMaker(seed: 7).makeRepository(at: root, files: 200_000)
        var last = try TreeWalk.run(root: root, scope: scope, clock: clock).index
        let ours: () throws -> Double = {
            let start = clock.uptime
            let walk = try TreeWalk.run(root: root, scope: scope, clock: clock)
            let changes = StatIndex.compare(last, walk.index)
            let took = (clock.uptime - start).seconds
            last = walk.index
            // The answer comes before the clock.
            return changes.added.isEmpty && changes.changed.isEmpty && changes.removed.isEmpty
                ? took : -1
        }
        let floor: () -> Double = {
            var files: UInt64 = 0
            let took = floor_scan(root, 2, &files)
            return files >= 200_000 ? took : -1
        }
        let warm = try await Pairs.measure(floor: floor, ours: ours)
        Benchmarks.add(
            BenchmarkRow(
                "S2 verifying scan, 200,000 files", warm, work: 200_000, unit: "files/s",
                atLeast: 0.8))
        let beside = try await Pairs.measure(floor: { try status() }, ours: ours)
        Benchmarks.add(
            BenchmarkRow(
                "   the same beside git status", beside, work: 200_000, unit: "files/s",
                atLeast: 1 / 1.2))
        let find = try await Pairs.measure(floor: { try found() }, ours: ours)
        Benchmarks.add(
            BenchmarkRow(
                "   the same beside find", find, work: 200_000, unit: "files/s", atLeast: 2))
        try idle(git: Pairs.median(beside.floor))
        try await cold(floor: floor, ours: ours)
    }

    private func status() throws -> Double { try time("git", ["status", "--porcelain"]) }

    /// It has to look at each file's status to tell, and finds none.
    private func found() throws -> Double {
        try time("find", [".", "-type", "f", "-newermt", "2200-01-01"])
    }

    private func time(_ program: String, _ arguments: [String]) throws -> Double {
        let tool = Tool(
            "/usr/bin/" + program, environment: ProcessInfo.processInfo.environment, folder: root)
        let start = clock.uptime
        try tool.require(arguments)
        return (clock.uptime - start).seconds
    }

    /// An idle tick looks at git's markers and at what the watcher brought: nothing.
    private func idle(git: Double) throws {
        let ticks = try Curves.idleTicks(root: root, scope: scope)
        let ratio = git / Pairs.median(ticks)
        Benchmarks.add(
            BenchmarkRow(
                "S1 idle tick, 200,000 files",
                ours: String(format: "%.3f ms", Pairs.median(ticks) * 1000),
                floor: String(format: "git %.0f ms", git * 1000),
                ratio: String(format: "%.0f", ratio), target: ">= 100",
                verdict: ratio >= 100 ? "reached" : "MISSED"))
    }

    private func cold(floor: () -> Double, ours: () throws -> Double) async throws {
        let switchPath = "/proc/sys/vm/drop_caches"
        guard access(switchPath, W_OK) == 0 else {
            Benchmarks.show("S3 cold scan: not run, only root may drop the kernel's caches")
            return
        }
        func dropped(_ body: () throws -> Double) throws -> Double {
            sync()
            try Data("3\n".utf8).write(to: URL(fileURLWithPath: switchPath))
            return try body()
        }
        let pairs = try await Pairs.measure(
            floor: {
                try dropped {
                    var files: UInt64 = 0
                    let took = floor_scan(root, 8, &files)
                    return files >= 200_000 ? took : -1
                }
            }, ours: { try dropped(ours) })
        Benchmarks.add(
            BenchmarkRow(
                "S3 cold scan, 200,000 files", pairs, work: 200_000, unit: "files/s",
                atLeast: 1 / 1.2))
    }
}
