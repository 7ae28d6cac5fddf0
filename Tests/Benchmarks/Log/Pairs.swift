// How two things are compared: in one run, in turns, A B A B, after one round that is not counted.
// What is quoted is the median of the ratios of neighbours; milliseconds do not travel, ratios do.

import Foundation
import Support

/// Measurements taken in turns.
public struct Pairs: Sendable {
    /// Fewer say nothing on a machine that others use.
    public static let roundsMin = 7
    /// When a floor's median is this far from its best, the machine was busy with other things.
    public static let floorSpreadMax = 1.5

    public private(set) var ours: [Double] = []
    public private(set) var floor: [Double] = []

    /// - Parameters:
    ///   - floor: seconds of the floor or the peer.
    ///   - ours: seconds of what is measured.
    public static func measure(
        rounds: Int = roundsMin, floor: () async throws -> Double,
        ours: () async throws -> Double
    ) async throws -> Pairs {
        var pairs = Pairs()
        for round in 0...max(rounds, roundsMin) {
            let (below, above) = (try await floor(), try await ours())
            guard below > 0, above > 0 else {
                throw PlainFailure(
                    "a benchmark", "gave a wrong answer", nextStep: "look at what was compared")
            }
            guard round > 0 else { continue }
            pairs.floor.append(below)
            pairs.ours.append(above)
        }
        return pairs
    }

    public static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }

    /// Times the floor's speed that ours reaches: floor seconds over our seconds.
    public var ratios: [Double] { zip(floor, ours).map { $0 / $1 } }
    public var floorSpread: Double { Self.median(floor) / (floor.min() ?? 1) }
    public var isJudgeable: Bool { floorSpread <= Self.floorSpreadMax }
}

/// One line of the table.
public struct BenchmarkRow: Sendable {
    public var name: String
    public var ours: String
    public var floor: String
    public var ratio: String
    public var target: String
    public var verdict: String

    public init(
        _ name: String, ours: String, floor: String, ratio: String, target: String, verdict: String
    ) {
        (self.name, self.ours, self.floor) = (name, ours, floor)
        (self.ratio, self.target, self.verdict) = (ratio, target, verdict)
    }

    /// A comparison with a floor or a peer.
    ///
    /// - Parameters:
    ///   - work: what one round does, in `unit`s.
    ///   - target: the least ratio; nil shows the figure without judging it.
    public init(
        _ name: String, _ pairs: Pairs, work: Double, unit: String, atLeast target: Double?
    ) {
        func rate(_ seconds: Double) -> String { Self.number(work / seconds) + " " + unit }
        let ratios = pairs.ratios.sorted()
        let middle = Pairs.median(ratios)
        let verdict: String
        if !pairs.isJudgeable {
            verdict = String(format: "not judged: floor off by %.1f", pairs.floorSpread)
        } else {
            verdict = target.map { middle >= $0 ? "reached" : "MISSED" } ?? ""
        }
        self.init(
            name, ours: rate(Pairs.median(pairs.ours)), floor: rate(Pairs.median(pairs.floor)),
            ratio: String(
                format: "%.2f (%.2f to %.2f)", middle, ratios.first ?? 0, ratios.last ?? 0),
            target: target.map { String(format: ">= %.2f", $0) } ?? "", verdict: verdict)
    }

    /// A duration against a limit.
    public init(_ name: String, seconds: [Double], atMost limit: Double?) {
        let sorted = seconds.sorted()
        let middle = Pairs.median(sorted)
        self.init(
            name, ours: Self.milliseconds(middle), floor: "",
            ratio: "min \(Self.milliseconds(sorted.first ?? 0))",
            target: limit.map { "<= \(Self.milliseconds($0))" } ?? "",
            verdict: limit.map { middle <= $0 ? "reached" : "MISSED" } ?? "")
    }

    static func milliseconds(_ seconds: Double) -> String {
        String(format: seconds < 0.01 ? "%.2f ms" : "%.1f ms", seconds * 1000)
    }

    static func number(_ value: Double) -> String {
        switch value {
        case 1e6...: String(format: "%.2f M", value / 1e6)
        case 1e4...: String(format: "%.0f k", value / 1e3)
        case 100...: String(format: "%.0f", value)
        default: String(format: "%.2f", value)
        }
    }
}

/// A table with fixed columns.
public struct BenchmarkTable: Sendable {
    public private(set) var rows: [BenchmarkRow] = []
    public init() {}
    public mutating func add(_ row: BenchmarkRow) { rows.append(row) }

    public static let columns = [34, 17, 17, 23, 11]
    public static let titles = ["", "aura", "floor or peer", "times its speed", "target"]
    public static var header: String { line(titles, "") }

    public static func line(_ row: BenchmarkRow) -> String {
        line([row.name, row.ours, row.floor, row.ratio, row.target], row.verdict)
    }

    private static func line(_ cells: [String], _ last: String) -> String {
        zip(cells, columns).map { cell, width in
            cell + String(repeating: " ", count: max(1, width - cell.count))
        }.joined() + last
    }
}
