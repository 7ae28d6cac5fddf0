// Many drills: those of one scene one after the other on one stage, two scenes at a time.

import Foundation
import Support
import Synchronization

/// Runs drills and keeps the score.
public struct DrillRunner: Sendable {
    public var executable: String
    /// Stages at a time. Each is three or more busy processes.
    public var stageCountMax = 2
    /// Whether drills of several minutes are wanted.
    public var isPatient = false
    /// Gets each row as it is known, from any thread.
    public var tell: @Sendable (DrillRow) -> Void = { _ in }

    public init(executable: String) { self.executable = executable }

    /// Runs the drills; blocks its thread.
    public func run(_ drills: [Drill]) -> ScoreCard {
        let clock = SystemClock()
        let start = clock.uptime
        let rows = Mutex<[String: DrillRow]>([:])
        let keep: @Sendable (DrillRow) -> Void = { row in
            rows.withLock { $0[row.code] = row }
            tell(row)
        }
        let groups = Mutex(grouped(drills, keep))
        let everybody = DispatchGroup()
        for _ in 0..<max(1, stageCountMax) {
            everybody.enter()
            let worker = Thread {
                while let group = groups.withLock({ $0.popLast() }) {
                    play(group, keep)
                }
                everybody.leave()
            }
            worker.stackSize = 4 << 20
            worker.start()
        }
        everybody.wait()
        let done = rows.withLock { $0 }
        return ScoreCard(
            rows: drills.compactMap { done[$0.code] },
            milliseconds: (clock.uptime - start).milliseconds)
    }

    private typealias Planned = (drill: Drill, staging: Staging)

    /// By scene, the longest group last, which is taken first. What cannot run is told at once.
    private func grouped(
        _ drills: [Drill], _ keep: (DrillRow) -> Void
    ) -> [[(drill: Drill, staging: Staging)]] {
        var groups: [Scene: [Planned]] = [:]
        for drill in drills {
            switch drill.fault {
            case .notReproducible(let reason): keep(DrillRow(drill, .notRun, reason: reason))
            case .real(let staging):
                let obstacles = staging.needs.sorted().compactMap {
                    Machinery.obstacle(to: $0, isPatient: isPatient)
                }
                if obstacles.isEmpty {
                    groups[staging.scene, default: []].append((drill, staging))
                } else {
                    keep(
                        DrillRow(
                            drill, .notRun, reason: obstacles.joined(separator: "; ")))
                }
            }
        }
        // What spoils a stage plays last.
        return groups.values.map { group in
            group.filter { !$0.staging.spoils } + group.filter(\.staging.spoils)
        }.sorted { ($0.count, $0[0].drill.code) < ($1.count, $1[0].drill.code) }
    }

    private func play(_ group: [Planned], _ keep: (DrillRow) -> Void) {
        var stage: Stage?
        for (drill, staging) in group {
            do {
                let current = try stage ?? Stage(staging.scene, executable: executable)
                stage = current
                let (row, isSound) = DrillCourse(
                    drill: drill, staging: staging, stage: current
                ).run()
                keep(row)
                if !isSound {
                    current.close()
                    stage = nil
                }
            } catch {
                stage = nil
                var row = DrillRow(drill)
                row.fail("the scene could not be built: \(error)")
                keep(row)
            }
        }
        stage?.close()
    }
}
