// The scanner of one working copy: events while they come, a full comparison as safety net, and
// a canary that proves the events do come.

import Foundation
import Support

/// Watches a tree and finds what changed in it.
struct TreeScanner {
    /// Nil when the tree cannot be watched at all; the comparisons go on.
    let watcher: Watcher?
    var statistics = ScanStatistics()
    var canary: Canary
    private let parts: AgentParts
    private let clock: any Support.Clock
    private let canaryFolder: CanaryFolder
    private(set) var index: StatIndex
    /// Files under our temporary names that the last walk met.
    private(set) var temporaries: [String] = []

    init(parts: AgentParts, clock: any Support.Clock) throws {
        self.parts = parts
        self.clock = clock
        index = StatIndex(takenAt: Timestamp(rawValue: 0))
        canary = Canary(session: UUID().uuidString)
        canaryFolder = CanaryFolder(path: parts.workspace.canaryFolder)
        try canaryFolder.make()
        try canaryFolder.clear()
        do throws(SystemFailure) {
            watcher = try Watcher(
                root: parts.workspace.root, scope: parts.scope,
                canaryFolder: parts.workspace.canaryFolder)
        } catch {
            watcher = nil
            statistics.watchProblem = error.reason
        }
    }

    var events: AsyncStream<WatchEvent>? { watcher?.events }

    func stop() { watcher?.stop() }

    /// Walks the tree and returns every path that is not proven unchanged since the last walk.
    mutating func compare() throws(SystemFailure) -> [String] {
        let start = clock.uptime
        let walk = try TreeWalk.run(
            root: parts.workspace.root, scope: parts.scope, clock: SystemClock())
        let changes = StatIndex.compare(index, walk.index)
        index = walk.index
        temporaries = walk.temporaries
        statistics.files = index.count
        statistics.fullScan = clock.uptime - start
        return changes.paths
    }

    /// Whether the last walk met this file.
    func knows(_ path: String) -> Bool { index[path] != nil }

    /// Writes a marker when one is due.
    mutating func proveWatcher() {
        guard watcher != nil else { return }
        switch canary.tick(at: clock.uptime) {
        case .none: break
        case .write(let name):
            do throws(SystemFailure) {
                try canaryFolder.write(name)
                // Old markers would pile up; one that cannot go is tried again with the next.
                try? canaryFolder.clear(except: name)
            } catch {
                if error.code == ENOENT { canary.folderGone() }
            }
        case .makeFolder:
            // Putting the folder back is a repair; until then its absence is reported.
            break
        }
        if canary.health == .folderMissing, canaryFolder.isThere {
            // A watch that cannot be set leaves the health as it is, and that is reported.
            if (try? watcher?.watchCanaryFolder()) != nil {
                canary.folderRestored(at: clock.uptime)
            }
        }
    }
}

/// Figures of the scanner since the agent started.
struct ScanStatistics {
    static let recentCount = 12

    var files = 0
    var ticks = 0
    var lastTickAt: Timestamp?
    var recent: [Duration] = []
    var fullScan = Duration.zero
    var overflows = 0
    var lastOverflowAt: Timestamp?
    var watchProblem: String?
    /// Paths with units that do not parse, and since how many ticks.
    var heldBack: [String: (count: Int, ticks: Int)] = [:]
    var missed = MissedSaves()

    mutating func ticked(_ duration: Duration, at time: Timestamp) {
        ticks += 1
        lastTickAt = time
        recent.append(duration)
        if recent.count > Self.recentCount { recent.removeFirst() }
        for path in heldBack.keys { heldBack[path]?.ticks += 1 }
    }

    /// The 95th percentile of the newest ticks, in milliseconds.
    var recentMillisecondsP95: Double { recent.map { $0.seconds * 1000 }.percentile(0.95) ?? 0 }
}

extension [Double] {
    /// The smallest value that at least this share of the values does not exceed; nil when empty.
    func percentile(_ share: Double) -> Double? {
        guard !isEmpty else { return nil }
        let rank = Int((share * Double(count)).rounded(.up))
        return sorted()[Swift.min(count, Swift.max(1, rank)) - 1]
    }
}
