// The log against its floors and peers: verification, durable appends, reopening. Figures are printed
// as they come, each in the same run as the floor beside it.

import Floors
import Foundation
import Support
import TortureSuite
import WriteAheadLog

public struct LogBenchmarks: Sendable {
    private let folder: String
    private let show: @Sendable (String) -> Void
    private static let payloadBytes = 256

    /// What ``run(_:)`` can be asked for.
    public static let parts = ["verify", "append", "slow", "reopen"]

    /// - Parameter folder: an existing folder on the file system that is to be measured.
    public init(in folder: String, show: @escaping @Sendable (String) -> Void) {
        (self.folder, self.show) = (folder, show)
    }

    public func run(_ wanted: Set<String>) async throws {
        show(BenchmarkTable.header)
        if wanted.isEmpty || wanted.contains("verify") { try await verify() }
        if wanted.isEmpty || wanted.contains("append") { try await append() }
        if wanted.isEmpty || wanted.contains("slow") { try slowDisk() }
        if wanted.isEmpty || wanted.contains("reopen") { try await reopen() }
    }

    private func add(_ row: BenchmarkRow) { show(BenchmarkTable.line(row)) }

    /// A record whose payload, prefix included, has the size that floors use.
    private static func draft(_ index: Int) -> RecordDraft {
        RecordDraft(
            type: .outboundEnqueued, metadata: [UInt8](repeating: 7, count: 16),
            body: [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: payloadBytes - 24))
    }

    private func seconds(_ body: () async throws -> Void) async rethrows -> Double {
        let clock = SystemClock()
        let start = clock.uptime
        try await body()
        return (clock.uptime - start).seconds
    }

    private func inScratch<Value>(
        _ name: String, _ body: (String) async throws -> Value
    ) async throws -> Value {
        let path = "\(folder)/\(name)-\(UUID().uuidString)"
        try FileAccess.makeFolder(path)
        // What cannot be removed costs space in a scratch folder.
        defer { _ = try? FileManager.default.removeItem(atPath: path) }
        return try await body(path)
    }

    // MARK: W1

    private func verify() async throws {
        try await inScratch("verify") { scratch in
            let path = "\(scratch)/wal"
            let (log, _) = try WriteAheadLog.open(at: path)
            let group = (0..<1000).map(Self.draft)
            for _ in 0..<800 { _ = try await log.append(group) }
            try log.close()
            for threads in [1, 2] { try await verify(path, threads) }
        }
    }

    private func verify(_ path: String, _ threads: Int) async throws {
        let names = try FileAccess.names(in: path).filter { $0.hasPrefix("segment-") }
        let paths = names.map { strdup("\(path)/\($0)") }
        defer { for path in paths { free(path) } }
        let pointers = paths.map { UnsafePointer<CChar>($0) }
        var found = floor_count()
        let pairs = try await Pairs.measure {
            floor_verify(pointers, Int32(pointers.count), Int32(threads), &found)
        } ours: {
            var report: VerifyReport?
            let took = try await seconds {
                report = try LogReader.verify(at: path, threads: threads)
            }
            // The answer comes before the clock.
            return report?.verdicts == [.ok] && report?.recordsExamined == found.records ? took : -1
        }
        let gigabytes = Double(found.bytes) / 1e9
        add(
            BenchmarkRow(
                "W1 verify, \(threads) core\(threads > 1 ? "s" : "")", pairs, work: gigabytes,
                unit: "GB/s", atLeast: 0.8))
    }

    // MARK: W2

    private func append() async throws {
        for (group, count) in [(1, 1500), (64, 800), (512, 500)] {
            try await inScratch("append") { scratch in
                let (log, _) = try WriteAheadLog.open(at: "\(scratch)/wal")
                let drafts = (0..<group).map(Self.draft)
                let ours: () async throws -> Double = {
                    let took = try await seconds {
                        for _ in 0..<count { _ = try await log.append(drafts) }
                    }
                    _ = try await log.append([RecordDraft(type: .checkpoint, metadata: [1])])
                    _ = try await log.retire(below: log.status.durableLSN)
                    return took
                }
                var laps = [Double](repeating: 0, count: count)
                let records = Double(group * count)
                let floor = try await Pairs.measure(
                    floor: {
                        floor_append(
                            "\(scratch)/floor", Int32(Self.payloadBytes), Int32(group),
                            Int32(count), &laps)
                    }, ours: ours)
                add(
                    BenchmarkRow(
                        "W2 append in groups of \(group)", floor, work: records, unit: "rec/s",
                        atLeast: 0.8))
                let peer = try await Pairs.measure(
                    floor: {
                        floor_sqlite(
                            "\(scratch)/sqlite", Int32(Self.payloadBytes), Int32(group),
                            Int32(count), &laps)
                    }, ours: ours)
                add(
                    BenchmarkRow(
                        "   the same beside SQLite FULL", peer, work: records, unit: "rec/s",
                        atLeast: group == 1 ? 1.5 : 4))
                try log.close()
            }
        }
    }

    /// Writers that wait together share a sync, however slow it is.
    private func slowDisk() throws {
        guard Crasher.obstacle == nil else {
            show("W2 at 10 ms a sync: not run, \(Crasher.obstacle ?? "")")
            return
        }
        var ratios: [Double] = []
        var rates: (one: [Double], many: [Double]) = ([], [])
        for _ in 0..<Pairs.roundsMin {
            let one = try Crasher.slowRate(in: folder, writers: 1, records: 30, milliseconds: 10)
            let many = try Crasher.slowRate(
                in: folder, writers: 64, records: 1280, milliseconds: 10)
            rates.one.append(one)
            rates.many.append(many)
            ratios.append(many / one)
        }
        let middle = Pairs.median(ratios)
        add(
            BenchmarkRow(
                "W2 64 writers, 10 ms a sync",
                ours: BenchmarkRow.number(Pairs.median(rates.many)) + " rec/s",
                floor: BenchmarkRow.number(Pairs.median(rates.one)) + " alone",
                ratio: String(
                    format: "%.1f (%.1f to %.1f)", middle, ratios.min() ?? 0, ratios.max() ?? 0),
                target: ">= 50", verdict: middle >= 50 ? "reached" : "MISSED"))
    }

    // MARK: W4

    private func reopen() async throws {
        for count in [10_000, 100_000, 1_000_000] {
            try await inScratch("reopen") { scratch in
                try Crasher.fill("\(scratch)/wal", records: count)
                var opens: [Double] = []
                var folds: [Double] = []
                for round in 0...Pairs.roundsMin {
                    let copy = try Self.image(of: "\(scratch)/wal", as: "\(scratch)/copy-\(round)")
                    var log: WriteAheadLog?
                    let open = try await seconds { log = try WriteAheadLog.open(at: copy).log }
                    guard let log, log.status.lastLSN.rawValue >= UInt64(count) else {
                        throw PlainFailure(copy, "lost records", nextStep: "look at the opening")
                    }
                    try log.close()
                    var seen = 0
                    let fold = try await seconds {
                        try LogReader.forEachRecord(at: copy, bodies: false, threads: 2) { _ in
                            seen += 1
                            return true
                        }
                    }
                    guard seen >= count else {
                        throw PlainFailure(copy, "lost records", nextStep: "look at the reading")
                    }
                    if round > 0 {
                        opens.append(open)
                        folds.append(fold)
                    }
                    try FileManager.default.removeItem(atPath: copy)
                }
                let name = BenchmarkRow.number(Double(count)) + " records"
                add(
                    BenchmarkRow(
                        "W4 reopen after kill, \(name)", seconds: opens,
                        atMost: count == 1_000_000 ? 0.150 : nil))
                add(BenchmarkRow("   reading each without bodies", seconds: folds, atMost: nil))
            }
        }
    }

    /// A copy that may be written: sealed segments are shared, the rest is copied.
    private static func image(of source: String, as target: String) throws -> String {
        try FileAccess.makeFolder(target, mode: 0o700)
        for name in try FileAccess.names(in: source) where !name.hasSuffix(".tmp") {
            let (from, to) = ("\(source)/\(name)", "\(target)/\(name)")
            let isSealed = name.hasPrefix("segment-") && access(from, W_OK) != 0
            if isSealed, link(from, to) == 0 { continue }
            try FileManager.default.copyItem(atPath: from, toPath: to)
        }
        return target
    }
}
