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
        try DiskErrors(tally, every: 3).run()
        expectUnbroken(tally)
        #expect(tally.injectedCount > 150)
        #expect(tally.figure("errors of the disk while a log is opened") > 8)
        #expect(tally.figure("errors of the disk while damage is recovered") > 20)
        #expect(tally.figure("errors of the disk while a log is reset") > 12)
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
}
