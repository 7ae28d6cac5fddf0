// A repair killed at every system call that writes, on real state without live peers: what is left
// is the state before it or the one after it, and the next repair gets on with it.

import Diagnostics
import Support

/// Kills repairs and keeps the score.
public struct KillSweep {
    public let executable: String
    public let seed: UInt64
    /// Kills of each code; nil for one at every call.
    public let share: Int?
    public var tell: (KillRow) -> Void = { _ in }

    public init(executable: String, seed: UInt64, share: Int?) {
        self.executable = executable
        self.seed = seed
        self.share = share
    }

    /// Kills the repair of each drill; blocks its thread.
    public func run(_ drills: [Drill]) -> KillCard {
        var generator = SeededGenerator(seed: seed)
        let rows = drills.map { drill in
            let row = row(of: drill, &generator)
            tell(row)
            return row
        }
        return KillCard(seed: seed, rows: rows)
    }

    private func row(of drill: Drill, _ generator: inout SeededGenerator) -> KillRow {
        var row = KillRow(code: drill.code)
        guard drill.entry.fix == .safe || drill.entry.fix == .consent else {
            return row.notRun("no repair changes anything about it")
        }
        guard case .real(let staging) = drill.fault else {
            return row.notRun("nothing outside of the program makes it")
        }
        let obstacles = staging.needs.union([.systemCallFaults]).sorted()
            .compactMap { Machinery.obstacle(to: $0) }
        guard obstacles.isEmpty else { return row.notRun(obstacles.joined(separator: "; ")) }
        let clock = SystemClock()
        let start = clock.uptime
        do {
            let stage = try Stage(staging.scene, executable: executable)
            defer { stage.close() }
            row = try KillCourse(drill: drill, staging: staging, stage: stage)
                .run(share: share, &generator)
        } catch {
            row.wrong.append("\(error)")
        }
        row.milliseconds = (clock.uptime - start).milliseconds
        return row
    }
}

/// What came of the kills of one code's repair.
public struct KillRow: Codable, Sendable {
    public let code: String
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
        return [code, result, "\(points)", "\(killed)", "\(held)"]
    }

    /// The heads of ``cells``.
    public static let heads = ["CODE", "RESULT", "CALLS", "KILLED", "HELD"]
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

    /// The totals in one line.
    public var summary: String {
        let tried = rows.count { $0.reason == nil }
        return "\(held) of \(points) calls held, \(killed) repairs killed at them, \(tried) codes, "
            + "\(rows.count - tried) not run, seed \(seed)"
    }
}
