// Reports at chosen times, for tests that compare them.

import Diagnostics
import Foundation
import Support
import TestSupport

extension Timestamp {
    /// So many minutes after some morning.
    static func minute(_ minute: Int64) -> Timestamp {
        Timestamp(rawValue: 1_790_000_000_000) + .seconds(60 * minute)
    }
}

extension Report {
    /// A report on the pump at a time.
    static func at(
        _ minute: Int64, _ checks: any Check<Pump>...,
        options: ExaminationOptions = ExaminationOptions()
    ) async -> Report {
        await Examiner(
            system: "pump", toolVersion: "1.2.3", clock: StillClock(now: .minute(minute))
        ).run(checks: checks, system: Pump(), options: options)
    }
}

/// A check that cannot look.
func blind<Kind: FindingKind>(_ kind: Kind.Type) -> Fixture<Kind> {
    Fixture(kind) { _ throws(ProbeFailure) in
        throw .absent(subject: "gauge", nextStep: "find the gauge")
    }
}

/// A folder of its own for one test, removed at the end.
func inScratchFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
    let folder = "/tmp/aura-diagnostics-\(getpid())-\(UInt64.random(in: .min ... .max))"
    try FileAccess.makeFolder(folder, mode: 0o700)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
}

/// The same for a body that awaits.
func withScratchFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let folder = "/tmp/aura-diagnostics-\(getpid())-\(UInt64.random(in: .min ... .max))"
    try FileAccess.makeFolder(folder, mode: 0o700)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}
