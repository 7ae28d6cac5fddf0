// All faults of bytes, records and files over two logs: one that was closed, one whose writer was
// killed. Whole, or a share of the cases drawn by a seed.

import Dispatch
import Foundation
import Support
import Synchronization

public struct DamageSweep: Sendable {
    /// How much of it.
    public enum Extent: Sendable {
        /// Every case.
        case whole
        /// This many cases of each list, chosen by the seed; lists that are shorter are whole.
        case share(Int)
    }

    public var extent: Extent
    public var seed: UInt64
    /// The size of the damaged logs.
    public var logBytes: Int
    public var threads: Int
    /// Random faults of all kinds on top.
    public var randomFaults: Int
    /// Every how many cases the damage is recovered; the engine starts in each.
    public var recoverEvery: Int

    public init(
        extent: Extent, seed: UInt64, logBytes: Int = 64 << 10, threads: Int = 2,
        randomFaults: Int = 0, recoverEvery: Int = 16
    ) {
        (self.extent, self.seed, self.logBytes) = (extent, seed, logBytes)
        (self.threads, self.randomFaults) = (threads, randomFaults)
        self.recoverEvery = recoverEvery
    }

    /// - Parameter progress: called with a line now and then.
    public func run(_ tally: Tally, progress: @escaping @Sendable (String) -> Void) async throws {
        let headers = 3 * 4096
        let closed = try await TortureLog.make(
            bytes: logBytes - headers, segmentBytes: max(8192, logBytes / 3), isClosed: true,
            seed: seed)
        let other = try await TortureLog.make(
            bytes: logBytes - headers, segmentBytes: max(8192, logBytes / 3), isClosed: true,
            seed: seed &+ 1)
        let killed = try await TortureLog.make(
            bytes: logBytes / 4, segmentBytes: logBytes, isClosed: false, seed: seed &+ 2)
        let bytes = closed.segmentNames.reduce(0) { $0 + (closed.files[$1]?.count ?? 0) }
        progress("a closed log of \(bytes) bytes in \(closed.segmentNames.count) segments")
        for list in closedLists(closed, other) { try run(list, on: closed, tally, progress) }
        for list in killedLists(killed) { try run(list, on: killed, tally, progress) }
        try run(randomList(closed, other), on: closed, tally, progress)
    }

    private func closedLists(_ log: TortureLog, _ other: TortureLog) -> [CaseList] {
        var lists = [log.flips(), log.zeroedBytes(), log.cuts(witnessed: false)]
        for size in [512, 4096] {
            for fault in TortureLog.SectorFault.allCases {
                lists.append(log.sectors(size, fault, seed: seed))
            }
        }
        lists += log.spliced()
        lists.append(log.segmentFaults(other))
        return lists + log.manifestFaults(other)
    }

    private func killedLists(_ log: TortureLog) -> [CaseList] {
        [
            log.flips(), log.witnessedFlips(), log.cuts(witnessed: false),
            log.cuts(witnessed: true), log.tornGroups(seed: seed, count: 2000),
            log.garbageTails(seed: seed, count: 2000),
        ]
    }

    /// Any case of any list, so that a run of any length meets every kind.
    private func randomList(_ log: TortureLog, _ other: TortureLog) -> CaseList {
        let lists = closedLists(log, other)
        return CaseList(name: "random faults", count: randomFaults) { number in
            var random = SeededGenerator(seed: seed &+ 0x5EED &+ UInt64(number) &* 0x9E37_79B9)
            let list = lists[Int.random(in: lists.indices, using: &random)]
            return list.make(Int.random(in: 0..<list.count, using: &random))
        }
    }

    // MARK: Running

    private func numbers(of list: CaseList) -> [Int] {
        guard case .share(let count) = extent, count < list.count, list.name != "segment faults"
        else { return Array(0..<list.count) }
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in Int.random(in: 0..<list.count, using: &random) }
    }

    private func run(
        _ list: CaseList, on log: TortureLog, _ tally: Tally, _ progress: (String) -> Void
    ) throws {
        let numbers = numbers(of: list)
        guard !numbers.isEmpty else { return }
        let start = SystemClock().uptime
        let next = Mutex(0)
        let failure = Mutex<(any Error)?>(nil)
        DispatchQueue.concurrentPerform(iterations: threads) { _ in
            do {
                var examiner = try Examiner(
                    log, tally, startEvery: 1, recoverEvery: recoverEvery, from: recoverEvery - 1)
                defer { examiner.close() }
                while let index = Self.take(next, below: numbers.count),
                    failure.withLock({ $0 == nil })
                {
                    if let damage = list.make(numbers[index]) { try examiner.examine(damage) }
                }
            } catch {
                failure.withLock { $0 = error }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        let took = SystemClock().uptime - start
        progress(
            "\(list.name): \(numbers.count) cases in \(took.brief), "
                + "\(tally.brokenCount) promises broken so far")
    }

    private static func take(_ next: borrowing Mutex<Int>, below count: Int) -> Int? {
        next.withLock { value in
            guard value < count else { return nil }
            defer { value += 1 }
            return value
        }
    }
}
