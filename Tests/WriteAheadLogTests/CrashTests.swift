// A process killed at every system call that writes, a disk that fails, fills or forgets: whatever
// was acknowledged is there afterwards, byte for byte. The sweeps are those of the torture command.

import Support
import Testing
import WriteAheadLog

@testable import TortureSuite

@Suite(.serialized, .enabled(if: Crasher.obstacle == nil, "processes cannot be traced here"))
struct CrashTests {
    private func expectUnbroken(
        _ tally: Tally, _ location: SourceLocation = #_sourceLocation
    ) {
        let broken = tally.broken.joined(separator: "\n")
        #expect(tally.brokenCount == 0, "\(broken)", sourceLocation: location)
        #expect(tally.figure("acknowledged records compared") > 0, sourceLocation: location)
    }

    @Test func killedAtEveryWritingCallOfAWholeLifeNothingAcknowledgedIsLost() throws {
        let tally = Tally()
        try KillSweep(tally).life()
        expectUnbroken(tally)
        #expect(tally.injectedCount > 100)
    }

    @Test func killedWhereACallerWritesNothingAcknowledgedIsLost() throws {
        let tally = Tally()
        try KillSweep(tally, every: 3).leading()
        expectUnbroken(tally)
        #expect(tally.injectedCount > 15)
    }

    @Test func killedWhileOpeningAfterACrashNothingAcknowledgedIsLost() throws {
        let tally = Tally()
        try KillSweep(tally).opening()
        expectUnbroken(tally)
        #expect(tally.injectedCount > 15)
    }

    @Test func killedWhileRecoveringTheRestIsKeptAndRecoveryEndsTheSame() throws {
        let tally = Tally()
        try KillSweep(tally).recovering()
        #expect(tally.broken.isEmpty)
        #expect(tally.injectedCount > 25)
    }

    @Test func killedWhileResettingThereIsAlwaysAWholeLogOldOrNew() throws {
        let tally = Tally()
        try KillSweep(tally).resetting()
        expectUnbroken(tally)
        #expect(tally.injectedCount > 20)
    }

    @Test func afterAnyErrorOfTheDiskNothingOfTheNeverListHappensAndNothingIsLost() throws {
        let tally = Tally()
        try DiskErrors(tally, every: 2).run()
        expectUnbroken(tally)
        #expect(tally.injectedCount > 60)
        #expect(tally.figure("system calls held against the never-list") > 5000)
    }

    @Test func afterAPowerCutAnywhereWhatWasSyncedIsThereAndTheRestIsNoDamage() throws {
        let tally = Tally()
        let seed = UInt64.random(in: 0...UInt64.max)
        try PowerCuts(tally, seed: seed, drawsPerPoint: 1).run()
        #expect(tally.broken.isEmpty, "seed \(seed): \(tally.broken)")
        #expect(tally.injectedCount > 300)
        #expect(tally.figure("acknowledged records lost") == 0)
    }

    /// The same with a real file system; where the machine allows none, it says why and proves
    /// nothing.
    @Test func afterRealPowerCutsWhatWasSyncedIsThereAndTheRestIsNoDamage() throws {
        let tally = Tally()
        let seed = UInt64.random(in: 0...UInt64.max)
        try RealCuts(tally, seed: seed, count: 10).run()
        for line in tally.notRun { print("not run  \(line)") }
        #expect(tally.broken.isEmpty, "seed \(seed): \(tally.broken)")
        #expect(tally.injectedCount == 10 || !tally.notRun.isEmpty)
        #expect(tally.figure("acknowledged records lost") == 0)
    }

    @Test(arguments: ["2..9", "3..12", "5..14", "6..16"])
    func aFullDiskStopsNewWorkNotEndingsAndGoesByItself(range: String) throws {
        let arena = try Arena()
        defer { arena.remove() }
        let (run, _) = try Crasher.traced(
            ["work", arena.log, "80", "8192"], inject: "fallocate:error=ENOSPC:when=\(range)",
            into: "\(arena.path)/trace")
        let hadSpaceToOpen = run.lines.contains { $0.hasPrefix("opened") }
        #expect(run.isDone || !hadSpaceToOpen, "\(run.lines.suffix(5))")
        guard hadSpaceToOpen else { return }
        #expect(run.lines.contains { $0.hasPrefix("full") }, "\(run.lines.suffix(5))")
        #expect(run.lines.contains("ending 1"))
        #expect(run.acknowledged.count == 81)
        let tally = Tally()
        Acknowledgements.compare(run.acknowledged, arena.log, "ENOSPC \(range)", tally)
        expectUnbroken(tally)
        #expect(try LogReader.verify(at: arena.log).verdicts == [.ok])
    }

    /// The checker itself notices what it is there for.
    @Test func theNeverListNoticesEachBreach() {
        let folder = "/x/wal"
        func hex(_ text: String) -> String {
            text.utf8.map { "\\x" + Hex.encode([$0]) }.joined()
        }
        let file = "<\(hex("/x/wal/segment-000001.log"))>"
        let lines = [
            "1 openat(5<\(hex(folder))>, \"\(hex("LOCK"))\", O_RDWR|O_TRUNC) = 3",
            "1 pwrite64(4\(file), \"\\x61\"..., 8, 4096) = 8",
            "1 write(1<\(hex("pipe"))>, \"\(hex("ack 1 p 0"))\", 9) = 9",
            "1 pwrite64(4\(file), \"\\x61\"..., 8, 4096) = 8",
            "1 ftruncate(4\(file), 4096) = 0",
            "1 fdatasync(4\(file)) = -1 EIO (Input/output error) (INJECTED)",
            "1 fdatasync(4\(file) <unfinished ...>",
            "1 <... fdatasync resumed>) = 0",
            "1 unlinkat(5<\(hex(folder))>, \"\(hex("segment-000001.log"))\", 0) = 0",
        ]
        let calls = TracedCall.read(Array(lines.joined(separator: "\n").utf8))
        #expect(calls.count == 8)
        #expect(NeverList.breaches(calls, below: folder).count == 7)
        #expect(NeverList.breaches(Array(calls[1...1]), below: folder).isEmpty)
    }
}
