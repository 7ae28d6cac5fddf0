// Fan-out: how fast a change reaches everybody, beside a bare epoll loop in the same run; what idle
// peers cost those who work; what peers that do not read cost in memory.

import Drills
import Foundation
import SoakSuite
import Support
import TestSupport
import TortureSuite

struct FanOut {
    private let executable: String
    private static let subscribers = 200
    private static let batch = 64
    private static let pairs = 7
    /// A floor this far off its best round says that the machine was busy with something else.
    private static let floorSpreadMax = 1.5

    init(_ executable: String) { self.executable = executable }

    func run(_ wanted: Set<String>) throws {
        RawPeers.raiseDescriptorLimit()
        if wanted.isEmpty || wanted.contains("fanout") { try compareWithFloor() }
        if wanted.isEmpty || wanted.contains("idle") { try idleCurve() }
        if wanted.isEmpty || wanted.contains("stalled") { try stalledCurve() }
        if wanted.isEmpty || wanted.contains("storm") { try storms() }
    }

    private func inSandbox(_ body: (Sandbox) throws -> Void) throws {
        let sandbox = try Sandbox(executable: executable)
        defer { sandbox.close() }
        try sandbox.startMothership(configuration: Reconnect.configuration)
        try body(sandbox)
    }

    /// Target F1: at least half of the floor.
    private func compareWithFloor() throws {
        try inSandbox { sandbox in
            let floor = try FloorServer(try BuildFolder.path(of: "fanfloor"))
            let ship = try LedgerServer(
                port: sandbox.port, room: "fan", home: sandbox.mothershipHome)
            let low = try FanLoad(floor, subscribers: Self.subscribers)
            let high = try FanLoad(ship, subscribers: Self.subscribers)
            defer {
                low.close()
                high.close()
            }
            var (floors, ships) = ([Double](), [Double]())
            for round in 0...Self.pairs {
                let one = try rate(low)
                let two = try rate(high)
                // The first pair warms both.
                guard round > 0 else { continue }
                floors.append(one)
                ships.append(two)
            }
            try floor.stop()
            let ratios = zip(ships, floors).map { $0 / $1 }
            Benchmarks.show(
                "fan-out floor, \(Self.subscribers) x \(Self.batch) x 256 B", perSecond(floors))
            Benchmarks.show("fan-out, Mothership", perSecond(ships))
            Benchmarks.show(
                "fan-out / floor",
                spread(ratios, "%.4f") + "   target 0.5   "
                    + verdict(floors, isMet: median(ratios) >= 0.5))
        }
    }

    private func rate(_ load: FanLoad) throws -> Double {
        let taken = try load.round(batch: Self.batch).seconds
        return Double(Self.subscribers * Self.batch) / taken
    }

    /// The same work with more and more peers of another room that say nothing.
    private func idleCurve() throws {
        try inSandbox { sandbox in
            let idle = try LedgerServer(
                port: sandbox.port, room: "idle", home: sandbox.mothershipHome)
            let ship = try LedgerServer(
                port: sandbox.port, room: "fan", home: sandbox.mothershipHome)
            let load = try FanLoad(ship, subscribers: 50)
            defer { load.close() }
            var sleepers: [RawPeer] = []
            defer { for peer in sleepers { peer.close() } }
            for count in [0, 500, 2000] {
                while sleepers.count < count {
                    sleepers.append(try FanLoad.connect(idle, number: sleepers.count + 1))
                }
                var rounds: [Double] = []
                for round in 0..<10 {
                    let taken = try load.round(batch: Self.batch).seconds * 1000
                    if round >= 3 { rounds.append(taken) }
                }
                let memory = try holding(sandbox).residentBytes >> 20
                Benchmarks.show(
                    "fan-out to 50 peers beside \(count) idle ones",
                    spread(rounds, "%.1f") + " ms   \(memory) MiB")
            }
        }
    }

    /// Target F2: peers that do not read cost at most 64 MiB, and those that do nothing but read
    /// wait at most 1.2 times as long.
    private func stalledCurve() throws {
        let megabytes = 1024
        var quiet: Double?
        for count in [0, 100, 1000] {
            try inSandbox { sandbox in
                let ship = try LedgerServer(
                    port: sandbox.port, room: "fan", home: sandbox.mothershipHome,
                    bytes: 64 << 10)
                let load = try FanLoad(ship, subscribers: 5)
                defer { load.close() }
                let stalled = try (0..<count).map { try FanLoad.connect(ship, number: 100 + $0) }
                defer { for peer in stalled { peer.close() } }
                _ = try load.round(batch: 1)
                let before = try holding(sandbox).residentBytes
                var (peak, rounds) = (before, [Double]())
                for _ in 0..<megabytes {
                    rounds.append(try load.round(batch: 16).seconds * 1000)
                    peak = max(peak, try holding(sandbox).residentBytes)
                }
                let late = rounds.sorted()[rounds.count * 99 / 100]
                let ratio = late / (quiet ?? late)
                if quiet == nil { quiet = late }
                Benchmarks.show(
                    "\(megabytes) MiB pushed beside \(count) stalled peers",
                    String(
                        format: "+%d MiB (target 64)   p99 %.1f ms, %.2f x (target 1.2)",
                        (peak - before) >> 20, late, ratio))
            }
        }
    }

    /// Target F3: 1,000 peers up to date within 1 s for at most 1 KiB each, and 10,000 missed
    /// messages within 50 ms.
    private func storms() throws {
        for peers in [100, 300, 1000] {
            var storm = Reconnect(executable: executable, peers: peers)
            storm.missed = peers == 1000 ? 10_000 : 0
            let tally = Tally()
            try storm.run(tally) { Benchmarks.show("storm of \(peers)", $0) }
            for line in tally.broken { Benchmarks.show("BROKEN", line) }
        }
    }

    private func holding(_ sandbox: Sandbox) throws -> Holding {
        guard let now = Holding.of(try sandbox.mothershipProcess().pid) else {
            throw PlainFailure("Mothership", "is gone", nextStep: "see its log")
        }
        return now
    }

    private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    private func spread(_ values: [Double], _ format: String) -> String {
        let sorted = values.sorted()
        return [
            ("", sorted[sorted.count / 2]), ("min ", sorted[0]), ("max ", sorted[sorted.count - 1]),
        ]
        .map { $0.0 + String(format: format, $0.1) }.joined(separator: "  ")
    }

    private func perSecond(_ values: [Double]) -> String {
        spread(values, "%.0f") + " deliveries/s"
    }

    private func verdict(_ floors: [Double], isMet: Bool) -> String {
        guard median(floors) * Self.floorSpreadMax >= (floors.max() ?? 0) else {
            return "not judged, the floor itself is off"
        }
        return isMet ? "met" : "MISSED"
    }
}
