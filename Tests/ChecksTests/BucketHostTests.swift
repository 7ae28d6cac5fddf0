// The machine under a working copy: places, space and the time of a sync.

import Diagnostics
import Glibc
import Testing

@testable import Checks
@testable import LiveSync
@testable import WriteAheadLog

@Suite struct HostCheckTests {
    private let check = HostCheck(Thresholds())

    private func snapshot(
        type: String = "ext4", readOnly: Bool = false, free: UInt64 = 50 << 30,
        total: UInt64 = 100 << 30, syncs: [Double] = [], log: UInt64 = 1 << 20,
        unreadable: [Spot] = []
    ) -> HostSnapshot {
        HostSnapshot(
            fileSystems: [
                FileSystemFacts(
                    folder: "/copy", type: type, isReadOnly: readOnly, freeBytes: free,
                    totalBytes: total)
            ], syncMilliseconds: syncs, logBytes: log, unreadable: unreadable)
    }

    @Test func namesThatDifferInCaseAloneClashWhateverTheirLetters() {
        let listed = GitNames(
            tagged: Array(
                """
                H pkg/Billing.py\0H pkg/other.py\0? pkg/billing.py\0H pkg/other.py\0H Ärger.py\0\
                ? ärger.py\0? pkg/billing.pyc\0S PKG/BILLING.PY\0
                """.utf8))

        #expect(
            listed.clashing
                == ["pkg/Billing.py", "pkg/billing.py", "PKG/BILLING.PY", "Ärger.py", "ärger.py"])
        #expect(listed.untracked == ["pkg/billing.py", "ärger.py", "pkg/billing.pyc"])
        let inConflict = GitNames(tagged: Array("M pkg/other.py\0M pkg/other.py\0".utf8))
        #expect(inConflict.clashing.isEmpty)
        #expect(GitNames(tagged: Array("H ".utf8) + [0, 0x48]).clashing.isEmpty)
    }

    @Test func aRoomyLocalDiskRaisesNothing() {
        let healthy = check.judge(snapshot(syncs: Array(repeating: 2, count: 64)))
        #expect(healthy.codes.isEmpty)
        #expect(healthy.detail == "ext4, 51200 MiB free, sync 2ms")
        #expect(
            check.witness(of: snapshot()) == Witness(examined: 1, unit: "file systems"))
    }

    @Test(arguments: [
        ("nfs4", true), ("cifs", true), ("9p", true), ("fuse.sshfs", true), ("ext4", false),
        ("btrfs", false), ("tmpfs", false), ("overlay", false), ("fuseblk", false),
    ])
    func foldersOfOtherMachinesAreNamed(type: String, isRemote: Bool) {
        #expect(check.judge(snapshot(type: type)).codes == (isRemote ? ["host.network-fs"] : []))
    }

    @Test(arguments: [EINVAL, EISDIR])
    func whatIsNoFileIsNotBlamedOnTheDisk(code: Int32) {
        let strange = snapshot(
            unreadable: [
                Spot(file: "segment-000001.log", detail: "read failed", errorNumber: code)
            ])
        let found = check.diagnose(strange)
        #expect(found.map(\.code) == ["host.disk-error"])
        #expect(found.first?.nextStep.hasPrefix("put the file back") == true)
    }

    @Test func whoKeepsThisUserOutIsNamedInPlaceOfTheDisk() {
        let manifest = ".aura/live/wal/MANIFEST"
        var closed = snapshot(
            unreadable: [
                Spot(
                    file: "segment-000001.log", detail: "Permission denied", errorNumber: EACCES)
            ])
        #expect(check.judge(closed).codes == ["host.disk-error"])
        closed.closed = [
            ClosedPath(
                path: ".aura/live/wal/segment-000001.log", isOwn: false, mode: 0o600,
                neededMode: 0o600)
        ]
        #expect(check.judge(closed).codes == ["host.wrong-owner"])
        #expect(check.diagnose(closed).flatMap { check.remediate($0, seenIn: closed) } == [])

        closed.closed?.append(
            ClosedPath(path: manifest, isOwn: true, mode: 0, neededMode: 0o600))
        let found = check.diagnose(closed)
        #expect(found.map(\.code) == ["host.wrong-owner", "host.wrong-mode"])
        #expect(found.last?.symptom == "\(manifest): closed by mode 0000")
        #expect(
            check.remediate(found[1], seenIn: closed) == [
                .act(.setModes([ModeChange(path: manifest, mode: 0o600)])), .resumeAgent,
            ])
        closed.closed?.insert(
            ClosedPath(path: "/keys/a.token", isOwn: false, mode: 0o600, neededMode: 0o600), at: 0)
        #expect(
            check.diagnose(closed).first?.nextStep
                == "run sudo chown $(id -un) /keys/a.token, then aura live sync enable")
        // Nowhere to write down what a repair does, or nothing to hold while it is made.
        for path in [".aura/live/journal", ".aura/live/journal/lock"] {
            var without = closed
            without.closed?.append(ClosedPath(path: path, isOwn: true, mode: 0, neededMode: 0o700))
            #expect(check.remediate(found[1], seenIn: without) == [])
        }
    }

    @Test func aMountThatTakesNoWritesIsAFailure() {
        #expect(check.judge(snapshot(readOnly: true)).codes == ["host.read-only-mount"])
        #expect(check.judge(snapshot(readOnly: true)).worst == .fail)
    }

    @Test(arguments: [
        (5 * 1024, 100 * 1024, 1, Severity?.none), (5 * 1024 - 1, 100 * 1024, 1, .warn),
        (256, 1024, 1, nil), (255, 1024, 1, .fail), (1024, 4096, 512, nil),
        (1023, 4096, 512, .warn),
    ])
    func spaceIsJudgedByShareBySizeAndByTheLog(
        free: Int, total: Int, log: Int, expected: Severity?
    ) {
        let low = check.judge(
            snapshot(free: UInt64(free) << 20, total: UInt64(total) << 20, log: UInt64(log) << 20))
        #expect(low.codes == (expected == nil ? [] : ["host.disk-low"]))
        #expect(low.worst == expected)
    }

    /// Runs of equal syncs, oldest first: how many, and their milliseconds.
    @Test(arguments: [
        ([(20, 50.0)], false), ([(20, 51.0)], true), ([(19, 900.0)], false),
        ([(30, 900.0), (20, 1.0)], false), ([(19, 1.0), (1, 900.0)], false),
        ([(18, 1.0), (2, 900.0)], true), ([(1, Double.nan), (19, 1.0)], false),
    ])
    func theNewestTwentySyncsAreJudged(runs: [(Int, Double)], isSlow: Bool) {
        let syncs = runs.flatMap { count, value in [Double](repeating: value, count: count) }
        #expect(check.judge(snapshot(syncs: syncs)).codes == (isSlow ? ["host.disk-slow"] : []))
    }

    @Test func aPlaceThatCannotBeReadIsAnErrorOfTheDisk() {
        let spot = Spot(file: "segment-000001.log", offset: 512, detail: "Input/output error")
        let found = check.diagnose(snapshot(unreadable: [spot]))
        #expect(found.map(\.code) == ["host.disk-error"])
        #expect(found.first?.kind.dataAtStake == true)
        #expect(HostFinding.diskError.explains.contains("integrity.not-examined"))
    }

    /// By the number and not by the words, which may name a path of any kind.
    @Test func aPlaceThatMayNotBeReadIsNoErrorOfTheDisk() {
        func advice(_ code: Int32, _ detail: String) -> String? {
            let spot = Spot(file: "segment-000001.log", detail: detail, errorNumber: code)
            return check.diagnose(snapshot(unreadable: [spot])).first?.nextStep
        }
        let yours = "make .aura/live/wal yours and readable again"
        #expect(advice(EACCES, "open failed: Keine Berechtigung") == yours)
        #expect(advice(EPERM, "open failed") == yours)
        #expect(advice(EIO, "open of /EACCES/x failed") == HostFinding.diskError.nextStep)
    }

    @Test func theInnermostMountDecides() {
        let table = """
            22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
            30 22 0:30 / /home/mia\\040b rw - nfs4 server:/home rw
            31 30 0:31 / /home/mia\\040b/local rw - xfs /dev/vdb rw
            32 22 0:32 / /mnt rw - fuse.sshfs host:/ rw
            """
        func type(_ folder: String) -> String? { FileSystemFacts.type(of: folder, in: table) }
        #expect(type("/home/other") == "ext4")
        #expect(type("/home/mia b/copy") == "nfs4")
        #expect(type("/home/mia b/local/copy") == "xfs")
        #expect(type("/mnt") == "fuse.sshfs")
        #expect(type("/mntx") == "ext4")
        #expect(FileSystemFacts.type(of: "/a", in: "") == nil)
    }

    @Test(arguments: [(0, 0), (99, 99), (100, 100), (109, 100), (32_987_654_321, 32_000_000_000)])
    func whatIsFreeIsRoundedDown(number: UInt64, rounded: UInt64) {
        #expect(FileSystemFacts.rounded(number) == rounded)
    }

    @Test func theFileSystemUnderARealFolderIsKnown() throws {
        let copy = try WorkingCopy()
        let facts = try #require(try copy.host().fileSystems().first)
        #expect(facts.totalBytes > 0 && facts.freeBytes <= facts.totalBytes)
        #expect(facts.type != "unknown")
    }
}
