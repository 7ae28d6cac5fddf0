// Which schedules are run, and what a run says when it fails.
//
// `AURA_SEED=N` runs one schedule and prints its history; `AURA_SCHEDULES=N` runs about that many.

import Foundation
import LiveSync
import Support

/// A stretch of seeds; several of them run side by side.
struct Lane: Sendable {
    let peers: Int
    let firstSeed: UInt64
    let count: Int

    /// 520 schedules unless more are wanted; two peers meet more often, so they get most.
    static let all: [Lane] = (0..<8).map { index in
        Lane(
            peers: index < 6 ? 2 : 3, firstSeed: UInt64(index) * 100_000 + 1,
            count: (Schedules.wanted ?? 520) / 8)
    }
}

enum Schedules {
    /// Schedules that still fail, each a mistake that is known and not yet understood: moves between
    /// files that meet a crash, a revert by git or a renamed unit. They run; the day one of them
    /// passes, its test says so.
    static let open: Set<UInt64> = []

    private static let environment = ProcessInfo.processInfo.environment
    static let wanted = environment["AURA_SCHEDULES"].flatMap(Int.init)
    static let only = environment["AURA_SEED"].flatMap(UInt64.init)

    /// The seeds of a lane.
    static func seeds(of lane: Lane) -> [UInt64] {
        if let only { return [only] }
        return (0..<UInt64(lane.count)).map { lane.firstSeed + $0 }
    }

    /// All schedules of a lane: what happened in them, and what failed.
    static func run(
        _ lane: Lane
    ) -> (seen: Set<String>, failures: [(seed: UInt64, text: String)]) {
        var seen: Set<String> = []
        let failures = seeds(of: lane).compactMap { seed in
            run(seed, peers: lane.peers, seen: &seen).map { (seed, $0) }
        }
        return (seen, failures)
    }

    /// What failed, with the seed; nil when nothing did.
    ///
    /// - Parameter seen: what happened in the run, by name, is added to it.
    static func run(
        _ seed: UInt64, peers: Int, seams: Set<Seam> = [], seen: inout Set<String>
    ) -> String? {
        var world: World?
        do {
            world = try World(seed: seed, peers: peers, seams: seams)
            world?.tellsRecords = only != nil
            try world?.run()
            for record in try world?.records() ?? [] { seen.formUnion(names(of: record)) }
            return nil
        } catch {
            let history = only == nil ? "" : "\n" + (world?.trace.joined(separator: "\n") ?? "")
            return "AURA_SEED=\(seed), \(peers) peers: \(error)\(history)"
        }
    }

    private static func names(of record: PeerRecord) -> Set<String> {
        switch record {
        case .settled(_, _, let reason): [reason.rawValue]
        case .conflictOpened(let conflict): [conflict.kind.rawValue]
        case .conflictResolved(_, let choice, _, _): [choice.rawValue]
        case .stateChanged(.adopted): ["adopted"]
        case .stateChanged(.withdrawn): ["withdrawn"]
        case .stateChanged(.lifecycle(let lifecycle)): [lifecycle.word]
        case .applyFailed(_, _, _, _, let reason, _): [reason]
        case .failed(_, let refusals, _): Set(refusals.map(\.reject.word))
        default: [record.type.name]
        }
    }
}
