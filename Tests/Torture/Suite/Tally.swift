// What a torture run did and what came of it: how often each fault was injected, how often each row
// of the decision table answered, how many records were read back, and every promise that broke.

import Synchronization

/// Counts that several threads add to.
public final class Tally: Sendable {
    private struct State {
        var injected: [String: Int] = [:]
        var rows: [String: Int] = [:]
        var figures: [String: Int] = [:]
        var broken: [String] = []
        var brokenCount = 0
        var notRun: [String] = []
    }

    /// The first ones say enough; a mistake in the log breaks thousands.
    private static let listedMax = 20
    private let state = Mutex(State())

    public init() {}

    public func injected(_ kind: String) { state.withLock { $0.injected[kind, default: 0] += 1 } }
    func saw(_ row: String) { state.withLock { $0.rows[row, default: 0] += 1 } }
    public func add(_ count: Int, _ figure: String) {
        state.withLock { $0.figures[figure, default: 0] += count }
    }

    /// A promise that did not hold.
    public func broke(_ promise: String) {
        state.withLock {
            $0.brokenCount += 1
            if $0.broken.count < Self.listedMax { $0.broken.append(promise) }
        }
    }

    /// A part that this machine does not allow. Never counted as passed.
    public func notRun(_ part: String, because reason: String) {
        state.withLock { $0.notRun.append("\(part): \(reason)") }
    }

    public var brokenCount: Int { state.withLock { $0.brokenCount } }
    public var broken: [String] { state.withLock { $0.broken } }
    public var notRun: [String] { state.withLock { $0.notRun } }
    public var injectedCount: Int { state.withLock { $0.injected.values.reduce(0, +) } }
    public func count(ofRow row: String) -> Int { state.withLock { $0.rows[row] ?? 0 } }
    public func figure(_ name: String) -> Int { state.withLock { $0.figures[name] ?? 0 } }
    public func count(ofFault kind: String) -> Int { state.withLock { $0.injected[kind] ?? 0 } }

    /// The rows of the decision table; a run of every fault must have met each of them.
    public static let tableRows = [
        "OK", "TORN_TAIL", "TORN_TAIL with islands", "TAIL_LOST", "RECORD_DAMAGED", "RANGE_DAMAGED",
        "SPLICED", "STALE_COPY", "FOREIGN", "MISSING", "UNREADABLE", "TOO_NEW", "MANIFEST_DAMAGED",
    ]

    public var rowsNeverSeen: [String] { Self.tableRows.filter { count(ofRow: $0) == 0 } }

    /// What was done and found, a line each.
    public var lines: [String] {
        let state = self.state.withLock { $0 }
        var lines = ["injected"]
        lines += Self.listing(state.injected)
        if !state.rows.isEmpty { lines.append("rows of the decision table") }
        lines += Self.tableRows.filter { state.rows[$0] != nil }
            .map { Self.line($0, state.rows[$0] ?? 0) }
        lines.append("checked")
        lines += Self.listing(state.figures)
        lines += state.notRun.map { "not run  \($0)" }
        lines += state.broken.map { "BROKEN   \($0)" }
        if state.brokenCount > state.broken.count {
            lines.append("BROKEN   \(state.brokenCount - state.broken.count) more")
        }
        return lines
    }

    private static func listing(_ counts: [String: Int]) -> [String] {
        counts.sorted { $0.key < $1.key }.map { line($0.key, $0.value) }
    }

    private static func line(_ name: String, _ count: Int) -> String {
        "  " + name + String(repeating: " ", count: max(1, 48 - name.count)) + String(count)
    }
}
