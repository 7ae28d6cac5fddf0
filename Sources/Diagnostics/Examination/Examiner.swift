// Runs checks and makes a report of their answers.

import Support

/// What came of an examination.
public struct Examination<System: Sendable>: Sendable {
    public let report: Report
    /// What the checks saw, for planning repairs and for recordings; one per check that answered.
    public let sightings: [Sighting<System>]
    /// Why the others gave none.
    let failures: [Bucket: ProbeFailure]
    /// What the checks used.
    let usages: [Bucket: Usage]

    public func sighting(of bucket: Bucket) -> Sighting<System>? {
        sightings.first { $0.bucket == bucket }
    }
}

/// Runs checks, each on a thread of its own, all of them bounded.
///
/// Keep one examiner for repeated runs: it remembers which checks still hang from an earlier one.
/// Stuck threads outlive the run; a program that has any must end by `_exit`.
///
/// Example:
///
///     let examiner = Examiner(system: "pump", toolVersion: "1.0", clock: SystemClock())
///     let report = await examiner.run(checks: [PressureCheck()], system: pump)
public struct Examiner: Sendable {
    private let system: String
    private let toolVersion: String
    private let clock: any Clock
    private let stuck = StuckProbes()

    /// - Parameter system: the name of what is examined, as the report gives it.
    public init(system: String, toolVersion: String, clock: any Clock) {
        self.system = system
        self.toolVersion = toolVersion
        self.clock = clock
    }

    /// Runs the checks and returns the report. See ``examine(checks:system:options:)``.
    public func run<System: Sendable>(
        checks: [any Check<System>], system: System,
        options: ExaminationOptions = ExaminationOptions()
    ) async -> Report {
        await examine(checks: checks, system: system, options: options).report
    }

    /// Runs the checks against a live system.
    ///
    /// Returns within the options' timeout, whatever the checks do. The calling task is suspended,
    /// no thread of Swift's pool is blocked.
    public func examine<System: Sendable>(
        checks: [any Check<System>], system: System,
        options: ExaminationOptions = ExaminationOptions()
    ) async -> Examination<System> {
        await withCheckedContinuation { continuation in
            let conduct = { @Sendable in
                continuation.resume(
                    returning: examineBlocking(checks: checks, system: system, options: options))
            }
            do throws(SystemFailure) { try DedicatedThread.start("examiner", conduct) } catch {
                // No thread to be had; the checks will say so one by one.
                conduct()
            }
        }
    }

    /// The same for a caller that may block its thread.
    public func examineBlocking<System: Sendable>(
        checks: [any Check<System>], system: System,
        options: ExaminationOptions = ExaminationOptions()
    ) -> Examination<System> {
        conduct(checks, .live(system), recorded: nil, options)
    }

    /// Judges recorded snapshots: the same diagnosis without the system.
    ///
    /// Blocks like ``examineBlocking(checks:system:options:)``.
    /// - Parameter snapshots: the JSON of ``Sighting/snapshotJSON()`` by bucket.
    public func replay<System: Sendable>(
        checks: [any Check<System>], snapshots: [Bucket: String],
        options: ExaminationOptions = ExaminationOptions()
    ) -> Examination<System> {
        replay(checks: checks, answers: snapshots.mapValues { .snapshot($0) }, options: options)
    }

    /// The same with what else a recording holds: why a check saw nothing.
    public func replay<System: Sendable>(
        checks: [any Check<System>], answers: [Bucket: RecordedAnswer],
        options: ExaminationOptions = ExaminationOptions()
    ) -> Examination<System> {
        conduct(checks, .recorded(answers), recorded: Set(answers.keys), options)
    }

    private func conduct<System: Sendable>(
        _ checks: [any Check<System>], _ source: Source<System>, recorded: Set<Bucket>?,
        _ options: ExaminationOptions
    ) -> Examination<System> {
        let (started, begin) = (clock.now, clock.uptime)
        let roster = Roster(checks, options: options, recorded: recorded)
        var round = Round(
            roster.chosen, source: source, options: options, clock: clock, stuck: stuck)
        let completed = round.conduct()
        let order = checks.map(\.bucket)
        let inRegistryOrder = order.uniqued().flatMap { bucket in
            completed.filter { $0.check.bucket == bucket }
        }
        let builder = ReportBuilder(
            catalogue: Catalogue(of: checks), options: options, system: system,
            toolVersion: toolVersion, started: started)
        let report = builder.report(
            inRegistryOrder, notRun: roster.notRun, took: clock.uptime - begin)
        return Examination(
            report: report, sightings: inRegistryOrder.compactMap(\.verdict.sighting),
            failures: Dictionary(
                inRegistryOrder.compactMap { completed in
                    completed.verdict.failure.map { (completed.check.bucket, $0) }
                }, uniquingKeysWith: { first, _ in first }),
            usages: Dictionary(
                inRegistryOrder.compactMap { completed in
                    completed.verdict.usage.map { (completed.check.bucket, $0) }
                }, uniquingKeysWith: { first, _ in first }))
    }
}
