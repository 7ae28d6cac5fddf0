// A repair killed at every system call that writes: what is left is the state before or the one
// after, never one between; the next repair finishes the work; an undo brings every byte back.
//
// The normal run takes a seeded share of the points. `AURA_KILL_SWEEP=all` takes all of them, and
// `AURA_KILL_SEED=N` another share.

import Diagnostics
import Foundation
import Glibc
import RepairFixture
import Support
import TestSupport
import Testing

/// The helper executable under strace.
enum RepairKiller {
    static let path: String = {
        // Where it is not built, nothing can be killed, and the tests say that.
        (try? BuildFolder.path(of: "repaircrash")) ?? ""
    }()

    static let strace =
        ["/usr/bin/strace", "/bin/strace", "/usr/local/bin/strace"]
        .first { FileAccess.exists($0) } ?? ""

    static let canTrace: Bool = {
        guard !path.isEmpty, !strace.isEmpty else { return false }
        do {
            return try run(strace, ["-f", "-qq", "-e", "trace=none", "/bin/true"]).status == 0
        } catch {
            return false  // whatever keeps strace from running keeps these tests from running
        }
    }()

    static let writeCalls = [
        "write", "fsync", "rename", "renameat2", "unlink", "ftruncate", "chmod", "fchmod", "mkdir",
        "rmdir",
        "utimensat", "flock",
    ]

    static func run(
        _ executable: String, _ arguments: [String]
    ) throws -> (status: Int32, text: String) {
        var process = ChildProcess(
            executable, arguments, environment: ProcessInfo.processInfo.environment)
        process.deadline = .seconds(120)
        let result = try process.run()
        return (result.status, String(decoding: result.output, as: UTF8.self))
    }

    /// - Returns: true when the helper was killed, false when it came to its end before.
    static func killed(at n: Int, of call: String, _ arguments: [String]) throws -> Bool {
        let result = try run(
            strace,
            [
                "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(call)",
                "-e", "inject=\(call):signal=SIGKILL:when=\(n)", path,
            ] + arguments)
        return !result.text.contains("fixed") && !result.text.contains("undone")
    }

    /// How often each call is made; at least the largest number in one thread.
    static func counts(_ arguments: [String], log: String) throws -> [String: Int] {
        _ = try run(
            strace,
            ["-f", "-qq", "-o", log, "-e", "trace=\(writeCalls.joined(separator: ","))", path]
                + arguments)
        var counts: [String: Int] = [:]
        for line in String(decoding: try FileAccess.read(log), as: UTF8.self).split(separator: "\n")
        {
            let call = line.drop { $0.isNumber || $0 == " " }.prefix { $0 != "(" }
            counts[String(call), default: 0] += 1
        }
        return counts.filter { writeCalls.contains($0.key) }
    }
}

@Suite(
    .serialized,
    .enabled(if: RepairKiller.canTrace, "strace, ptrace or repaircrash is missing"))
struct RepairKillTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let isFull = environment["AURA_KILL_SWEEP"] == "all"
    private static let seed = environment["AURA_KILL_SEED"].flatMap(UInt64.init) ?? 1
    /// Points a scenario tries in a normal run.
    private static let shareCount = 8

    /// What is wrong with the jars when the repair begins.
    private static let scenarios: [[String: String]] = [
        ["a": "mislabelled", "b": "stale"],
        ["c": "crumbled 2"],
    ]

    private func room(_ jars: [String: String]) throws -> ShelfRoom {
        let room = try ShelfRoom()
        for (name, text) in jars { try room.shelf.fill(name, with: text) }
        return room
    }

    private func points(_ arguments: [String], in room: ShelfRoom) throws -> [(String, Int)] {
        let counts = try RepairKiller.counts(arguments, log: "\(room.shelf.root)/strace.log")
        let all = counts.keys.sorted().flatMap { call in
            (1...(counts[call] ?? 1)).map { (call, $0) }
        }
        guard !Self.isFull else { return all }
        var chance = SeededGenerator(seed: Self.seed)
        return Array(all.shuffled(using: &chance).prefix(Self.shareCount))
    }

    @Test(arguments: scenarios) func aKilledRepairIsBroughtToItsEnd(
        _ jars: [String: String]
    ) async throws {
        let model = try room(jars)
        let before = try model.picture()
        let points = try points(["fix", model.shelf.root], in: model)
        let after = try model.picture()
        #expect(before != after)
        var killed = 0

        for (call, n) in points {
            let room = try room(jars)
            let what: Comment = "\(call) \(n), seed \(Self.seed)"
            let isKilled = try RepairKiller.killed(at: n, of: call, ["fix", room.shelf.root])
            if isKilled { killed += 1 }

            _ = try await room.engine.recover()
            let left = try room.picture()
            #expect(left == before || left == after, what)
            #expect(try room.engine.history.sound().allSatisfy(\.isSealed), what)

            let policy = RepairPolicy(allowLoss: ["shelf.crumbled"])
            let again = try await room.engine.repair(policy)
            #expect(again.run?.outcome == (left == before ? .repaired : nil), what)
            #expect(try room.picture() == after, what)
            #expect(try await room.engine.repair(policy).run == nil, what)

            for run in try room.engine.history.sound().reversed() {
                _ = try await room.engine.undo(run.id)
            }
            #expect(try room.picture() == before, what)
        }
        print("killed \(killed) of \(points.count) repairs, seed \(Self.seed)")
        #expect(killed > points.count / 2)
    }

    @Test(arguments: scenarios) func aKilledUndoIsBroughtToItsEnd(
        _ jars: [String: String]
    ) async throws {
        let policy = RepairPolicy(allowLoss: ["shelf.crumbled"])
        let model = try room(jars)
        let before = try model.picture()
        let first = try #require(try await model.engine.repair(policy).run)
        let points = try points(["undo", model.shelf.root, "\(first.id)"], in: model)
        #expect(try model.picture() == before)

        for (call, n) in points {
            let room = try room(jars)
            let run = try #require(try await room.engine.repair(policy).run)
            let after = try room.picture()
            let what: Comment = "\(call) \(n), seed \(Self.seed)"
            _ = try RepairKiller.killed(at: n, of: call, ["undo", room.shelf.root, "\(run.id)"])

            _ = try await room.engine.recover()
            let left = try room.picture()
            #expect(left == before || left == after, what)
            _ = try await room.engine.undo(run.id)
            #expect(try room.picture() == before, what)
        }
        print("tried \(points.count) undos, seed \(Self.seed)")
    }

    @Test func aHalfWrittenFileBesideTheOriginalIsSetAside() async throws {
        for n in 1...20 {
            let room = try room(["a": "mislabelled"])
            _ = try RepairKiller.killed(at: n, of: "fchmod", ["fix", room.shelf.root])
            let leftovers = try FileAccess.names(in: room.shelf.jars).filter {
                $0.contains("aura-tmp")
            }
            guard !leftovers.isEmpty else { continue }

            let run = try #require(try await room.engine.recover().first)

            #expect(try FileAccess.names(in: room.shelf.jars) == ["a", "sound"])
            let kept = try FileAccess.names(in: "\(room.ground.quarantineFolder)/\(run.id)")
            #expect(kept.contains { $0.hasPrefix("1-0-a.after-") })
            return
        }
        Issue.record("no kill left half a file")
    }

    /// A shelf with a run that was killed after its journal had begun.
    private func cutOffRoom() throws -> ShelfRoom? {
        for n in 1...40 {
            let room = try room(["a": "mislabelled"])
            _ = try RepairKiller.killed(at: n, of: "rename", ["fix", room.shelf.root])
            if try room.engine.history.sound().contains(where: \.isInterrupted) { return room }
        }
        return nil
    }

    @Test func aRunThatWasCutOffIsReportedUntilItIsAtItsEnd() async throws {
        let room = try #require(try cutOffRoom())

        let cut = await room.ground.examine().report
        let step = cut.findings.first { $0.code == "doctor.interrupted-run" }?.nextStep
        #expect(step == "run shelf fix, which first brings that run to an end")
        let plan = try await room.engine.plan(RepairPolicy()).plan
        #expect(try room.engine.history.cutOff() == plan.interrupted.first)
        let result = try await room.engine.repair(RepairPolicy())

        #expect(try room.engine.history.cutOff() == nil)
        #expect(cut.findings.map(\.code).contains("doctor.interrupted-run"))
        #expect(plan.interrupted.count == 1)
        #expect(plan.refusal(of: "shelf.mislabelled") == .dataAtStakeElsewhere)
        #expect(result.recovered.map(\.outcome) == [.recovered])
        #expect(result.run?.outcome == .repaired)
        #expect(await room.ground.examine().report.overall == .ok)
    }
}
