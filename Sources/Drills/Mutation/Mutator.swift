// Runs mutations from a seed on two stages: one whose agent is stopped, for everything that lies in
// files, and one that is online, for clock and network.

import Foundation
import LiveSync
import Support

/// Makes mutations and scores the answers.
public struct Mutator {
    public let executable: String
    public var tell: (String) -> Void = { _ in }
    private let seed: UInt64

    /// Of this many mutations one is made on a running agent; those take seconds.
    private static let onlineEvery = 8

    public init(executable: String, seed: UInt64) {
        self.executable = executable
        self.seed = seed
    }

    /// Makes `count` mutations; blocks its thread.
    public func run(_ count: Int) throws -> MutationCard {
        let clock = SystemClock()
        let start = clock.uptime
        var card = MutationCard(seed: seed)
        var generator = SeededGenerator(seed: seed)
        let online = count / Self.onlineEvery
        try onStage(.alone) { stage in
            try Self.prepareFiles(stage)
            for _ in 0..<(count - online) {
                let mutation = try FileMutations.next(on: stage, using: &generator)
                try score(mutation, on: stage, besides: ["config.sync-disabled"], &card)
            }
        }
        if online > 0 {
            try onStage(.proxied) { stage in
                for _ in 0..<online {
                    let mutation = try LinkMutations.next(using: &generator)
                    try score(mutation, on: stage, besides: [], &card)
                }
            }
        }
        card.milliseconds = (clock.uptime - start).milliseconds
        return card
    }

    private func onStage(_ scene: Scene, _ body: (Stage) throws -> Void) throws {
        let stage = try Stage(scene, executable: executable)
        defer { stage.close() }
        try body(stage)
    }

    /// A log of several sealed segments with records of all sizes, and nobody who writes to it.
    private static func prepareFiles(_ stage: Stage) throws {
        for round in 0..<3 {
            for number in 0..<6 {
                let lines = (0..<(number * number)).map { "    value = value + \($0)\n" }.joined()
                try stage.ada.save(
                    "pkg/made\(number).py",
                    "def made\(number)(value):\n\(lines)    return value + \(round)\n")
            }
            try stage.flush()
            try stage.ada.wait(for: "an empty queue") {
                $0.wal.pendingOut == 0 && $0.link.state != .offline
            }
            try stage.restartAgent()
        }
        try stage.ada.aura(["live", "sync", "disable"])
    }

    private func score(
        _ mutation: Mutation, on stage: Stage, besides standing: Set<String>,
        _ card: inout MutationCard
    ) throws {
        try mutation.make(stage)
        let roots = try settledRoots(mutation, on: stage, besides: standing)
        card.note(mutation, roots: roots)
        tell("\(mutation.area.rawValue): \(mutation.title): \(roots.sorted())")
        try stage.mendAll()
        try Waiting.until("health after \(mutation.title)", limit: .seconds(90)) {
            try stage.report().everyRoot.isSubset(of: standing)
        }
    }

    /// Files answer at once; a link takes a moment to show what became of it.
    private func settledRoots(
        _ mutation: Mutation, on stage: Stage, besides standing: Set<String>
    ) throws -> Set<String> {
        var roots = try stage.report().everyRoot.subtracting(standing)
        guard [.network, .clock, .cache].contains(mutation.area) else { return roots }
        do {
            try Waiting.until("the answer", limit: .seconds(60)) {
                roots = try stage.report().everyRoot.subtracting(standing)
                return mutation.isHarmless
                    ? roots.isEmpty : !roots.isDisjoint(with: mutation.answers)
            }
        } catch is PlainFailure {
            return roots  // what it says after that long is its answer
        }
        return roots
    }
}
