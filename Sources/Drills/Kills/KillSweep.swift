// A repair killed at every system call that writes, on real state without live peers: what is left
// is the state before it or the one after it, and the next repair gets on with it. A repair that
// needs live peers is killed with them, and counted apart.

import Diagnostics
import Foundation
import Support
import Synchronization

/// Kills repairs and keeps the score.
public struct KillSweep: Sendable {
    public let executable: String
    public let seed: UInt64
    /// Kills of each code in each state; nil for one at every call.
    public let share: Int?
    /// Stages at a time.
    public var stageCountMax = 2
    /// Gets each row as it is known, from any thread.
    public var tell: @Sendable (KillRow) -> Void = { _ in }

    public init(executable: String, seed: UInt64, share: Int?) {
        self.executable = executable
        self.seed = seed
        self.share = share
    }

    /// Kills the repair of each drill; blocks its thread.
    public func run(_ drills: [Drill]) -> KillCard {
        let rows = Mutex<[Int: KillRow]>([:])
        let places = Mutex(Array(drills.indices.reversed()))
        let everybody = DispatchGroup()
        for _ in 0..<max(1, stageCountMax) {
            everybody.enter()
            let worker = Thread {
                while let place = places.withLock({ $0.popLast() }) {
                    // Of its own, so that a code alone is killed where it is among others.
                    var generator = SeededGenerator(seed: seed)
                    let row = row(of: drills[place], &generator)
                    rows.withLock { $0[place] = row }
                    tell(row)
                }
                everybody.leave()
            }
            worker.stackSize = 4 << 20
            worker.start()
        }
        everybody.wait()
        let done = rows.withLock { $0 }
        return KillCard(seed: seed, rows: drills.indices.compactMap { done[$0] })
    }

    private func row(of drill: Drill, _ generator: inout SeededGenerator) -> KillRow {
        var row = KillRow(code: drill.code)
        guard drill.isRepaired else { return row.notRun("no repair changes anything about it") }
        guard case .real(let staging) = drill.fault else {
            return row.notRun("nothing outside of the program makes it")
        }
        let obstacles = staging.needs.union([.systemCallFaults]).sorted()
            .compactMap { Machinery.obstacle(to: $0) }
        guard obstacles.isEmpty else { return row.notRun(obstacles.joined(separator: "; ")) }
        let clock = SystemClock()
        let start = clock.uptime
        do {
            row = try rested(drill, staging, &generator)
            if let reason = row.reason {
                var live = LiveKills(drill: drill, staging: staging, executable: executable)
                row = try live.run(share: share, &generator)
                row.reason = row.reason.map { "\(reason); and with them \($0)" }
            }
        } catch {
            row.wrong.append("\(error)")
        }
        row.milliseconds = (clock.uptime - start).milliseconds
        return row
    }

    private func rested(
        _ drill: Drill, _ staging: Staging, _ generator: inout SeededGenerator
    ) throws -> KillRow {
        let stage = try Stage(staging.scene, executable: executable)
        defer { stage.close() }
        return try KillCourse(drill: drill, staging: staging, stage: stage)
            .run(share: share, &generator)
    }
}

/// What came of the kills of one code's repair.
public struct KillRow: Codable, Sendable {
    public let code: String
    /// The states on which it was killed: `sync on` and `sync off`, in which nobody runs, or `live`
    /// for a repair that has nothing to do there.
    public internal(set) var states: [String] = []
    /// Calls at which the repair was to be killed.
    public internal(set) var points = 0
    /// Repairs that were killed; the rest had come to their end before that call.
    public internal(set) var killed = 0
    /// Points after which the state was the one before or the one after, and the next repair got on.
    public internal(set) var held = 0
    /// Each point that did not hold.
    public internal(set) var wrong: [String] = []
    /// Why it was not tried.
    public internal(set) var reason: String?
    public internal(set) var milliseconds: Int64 = 0

    init(code: String) { self.code = code }

    func notRun(_ reason: String) -> KillRow {
        var row = self
        row.reason = reason
        return row
    }

    /// The cells of the text form.
    public var cells: [String] {
        if reason != nil { return [code, "not run", "-", "-", "-"] }
        let result = wrong.isEmpty ? "held" : "FAILED"
        return [
            code, result, states.joined(separator: ", "), "\(killed)", "\(held) of \(points)",
        ]
    }

    /// The heads of ``cells``.
    public static let heads = ["CODE", "RESULT", "STATE", "KILLED", "HELD"]
}

/// What came of many kills.
public struct KillCard: Codable, Sendable {
    public var schema = "aura.kills"
    public var schemaVersion = 1
    public let seed: UInt64
    public let rows: [KillRow]

    enum CodingKeys: String, CodingKey {
        case schema
        case schemaVersion = "schema_version"
        case seed, rows
    }

    public var points: Int { rows.map(\.points).reduce(0, +) }
    public var killed: Int { rows.map(\.killed).reduce(0, +) }
    public var held: Int { rows.map(\.held).reduce(0, +) }

    /// 0 only when all held.
    public var exitStatus: Int32 { rows.allSatisfy(\.wrong.isEmpty) ? 0 : 1 }

    /// The totals: on states that were put back, and with live peers.
    public var summaries: [String] {
        let tried = rows.filter { $0.reason == nil }
        return [
            Self.total(tried.filter { $0.states != ["live"] }, "without live peers"),
            Self.total(tried.filter { $0.states == ["live"] }, "with live peers"),
            "\(rows.count - tried.count) not run, seed \(seed)",
        ]
    }

    private static func total(_ rows: [KillRow], _ where: String) -> String {
        let (held, points) = (rows.map(\.held).reduce(0, +), rows.map(\.points).reduce(0, +))
        return "\(held) of \(points) calls held \(`where`), "
            + "\(rows.map(\.killed).reduce(0, +)) repairs killed at them, \(rows.count) codes"
    }
}

extension Drill {
    /// Whether the program repairs it, asked or unasked.
    public var isRepaired: Bool { entry.fix == .safe || entry.fix == .consent }
}
