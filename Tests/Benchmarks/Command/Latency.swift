// From the save of one file to the same bytes in the other peer's file, and one look of the doctor,
// with real processes on this machine.

import Drills
import Foundation
import LogBenchmarks
import Support

struct Latency {
    private let executable: String

    init(_ executable: String) { self.executable = executable }

    func run() throws {
        let sandbox = try Sandbox(executable: executable)
        defer { _ = sandbox.close() }
        let peers = try sandbox.addPeers(["ada", "ben"], files: 300)
        let (ada, ben) = (peers[0], peers[1])
        let saves = try Self.saves(200, from: ada, to: ben)
        Benchmarks.add(
            BenchmarkRow("S5 save to the other's file, p50", seconds: saves, atMost: 0.003))
        let late = saves.sorted()[saves.count * 99 / 100]
        Benchmarks.add(BenchmarkRow("S5 the same, p99", seconds: [late], atMost: 0.015))
        Benchmarks.add(
            BenchmarkRow(
                "   doctor live, 300 files", seconds: try Self.looks(20, at: ada), atMost: nil))
        try sandbox.killMothership()
        try ada.wait(for: "offline") { $0.link.state == .offline }
        let recorded = try Self.recordings(200, at: ada)
        Benchmarks.add(
            BenchmarkRow("S4 save to the synced log, p50", seconds: recorded, atMost: 0.001))
        let last = recorded.sorted()[recorded.count * 99 / 100]
        Benchmarks.add(BenchmarkRow("S4 the same, p99", seconds: [last], atMost: 0.005))
        let answers = try Self.times(200) { _ = try ada.status() }
        Benchmarks.add(
            BenchmarkRow("   of which one answer of the agent", seconds: answers, atMost: nil))
    }

    /// Seconds from the end of a save to the answer that its record is on the disk: no more than that,
    /// because asking takes some tenths of a millisecond itself. Without a link nothing else is recorded.
    private static func recordings(_ count: Int, at peer: SandboxPeer) throws -> [Double] {
        let clock = SystemClock()
        return try (0..<count + 20).map { round in
            let before = try peer.status().wal.durable
            let text = TreeMaker.python(name: "f0", number: 5000 + round)
            try peer.save("p00/f00000.py", Array(text.utf8))
            let start = clock.uptime
            let end = start + .seconds(10)
            while try peer.status().wal.durable == before {
                guard clock.uptime < end else {
                    throw PlainFailure("save", "is not recorded", nextStep: "see the agent's log")
                }
            }
            return (clock.uptime - start).seconds
        }.suffix(count)
    }

    /// Seconds from the start of a save to the bytes in the other file; the first rounds, which warm
    /// caches and page tables, are left out.
    static func saves(_ count: Int, from ada: SandboxPeer, to ben: SandboxPeer) throws -> [Double] {
        let clock = SystemClock()
        let path = "p00/f00000.py"
        var seconds: [Double] = []
        for round in 0..<count + 20 {
            let bytes = Array(TreeMaker.python(name: "f0", number: 1000 + round).utf8)
            let start = clock.uptime
            try ada.save(path, bytes)
            try ben.wait(for: path, toBe: bytes)
            if round >= 20 { seconds.append((clock.uptime - start).seconds) }
        }
        return seconds
    }

    /// Seconds of whole runs of `doctor live`, process included.
    static func looks(_ count: Int, at peer: SandboxPeer) throws -> [Double] {
        try times(count + 5) {
            let result = try peer.tryAura(["doctor", "live"])
            guard result.succeeded else {
                throw PlainFailure("doctor live", result.output, nextStep: "look at the findings")
            }
        }.suffix(count)
    }

    /// Seconds of each of so many times.
    static func times(_ count: Int, _ body: () throws -> Void) rethrows -> [Double] {
        let clock = SystemClock()
        return try (0..<count).map { _ in
            let start = clock.uptime
            try body()
            return (clock.uptime - start).seconds
        }
    }
}
