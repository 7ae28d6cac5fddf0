// What README says of speed, measured: `AURA_BENCHMARKS=1 swift run -c release Benchmarks [PART...]`
//
// Parts: verify, append, slow, reopen (the log), scan, latency, curves, bundle, and of the room's fan-out
// fanout, idle, stalled, storm; without one, all. Each figure stands beside its floor or its peer in the
// same run, A B A B, because milliseconds do not travel.
// `chrt -r 1` before the command keeps other people's work out of the figures.

import Foundation
import LogBenchmarks
import Support
import TestSupport

@main
struct Benchmarks {
    static let parts =
        ["verify", "append", "slow", "reopen", "scan", "latency", "curves", "bundle"]
        + fan
    static let fan = ["fanout", "idle", "stalled", "storm"]
    /// The programs that parts start, which must have been built into the same folder.
    static let programs: [(name: String, parts: Set<String>)] = [
        ("aura", Set(["latency", "curves"] + fan)), ("walcrash", ["slow", "reopen"]),
        ("fanfloor", ["fanout"]),
    ]

    static func main() async {
        do {
            try await run(Set(CommandLine.arguments.dropFirst()))
        } catch {
            FileHandle.standardError.write(Data("Benchmarks: \(error)\n".utf8))
            exit(((error as? any Failure)?.exitStatus ?? .inputOutput).rawValue)
        }
    }

    private static func run(_ wanted: Set<String>) async throws {
        if let strange = wanted.subtracting(parts).first {
            throw PlainFailure(
                strange, "is no part", nextStep: "name some of \(parts.joined(separator: ", "))",
                exitStatus: .usage)
        }
        for (name, parts) in programs where wanted.isEmpty || !wanted.isDisjoint(with: parts) {
            _ = try BuildFolder.path(of: name)
        }
        func runs(_ part: String) -> Bool { wanted.isEmpty || wanted.contains(part) }
        let folder =
            FileManager.default.temporaryDirectory.path + "/aura-bench-\(UUID().uuidString)"
        try FileAccess.makeFolder(folder)
        // A leftover in the temporary folder harms nobody.
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for line in Machine.description(of: folder) { show(line) }
        let ofLog = Set(LogBenchmarks.parts)
        if wanted.isEmpty || !wanted.isDisjoint(with: ofLog) {
            try await LogBenchmarks(in: folder) { show($0) }.run(wanted.intersection(ofLog))
        } else {
            show(BenchmarkTable.header)
        }
        if runs("scan") { try await TreeScan(in: folder).run() }
        if runs("latency") { try Latency(try BuildFolder.path(of: "aura")).run() }
        if runs("bundle") {
            try await BundleBenchmark(try BuildFolder.path(of: "aura"), in: folder).run()
        }
        if runs("curves") { try Curves(try BuildFolder.path(of: "aura"), in: folder).run() }
        if wanted.isEmpty || !wanted.isDisjoint(with: Self.fan) {
            try FanOut(try BuildFolder.path(of: "aura")).run(wanted.intersection(Self.fan))
        }
        for line in Machine.load { show(line) }
    }

    static func show(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    static func show(_ name: String, _ value: String) {
        show(name.padding(toLength: max(44, name.count + 1), withPad: " ", startingAt: 0) + value)
    }

    static func add(_ row: BenchmarkRow) { show(BenchmarkTable.line(row)) }
}
