// The audit finds the check that writes, the check that guesses and the check that overspends, and
// blames none for a system that moves by itself.

import Diagnostics
import Foundation
import Support
import Synchronization
import Testing

@Suite struct AuditTests {
    private func audit(_ check: any Check<Pump>, folder: String) -> Audit {
        Examiner.pump.audit(
            checks: [check], system: { Pump() }, state: { TreeDigest.of([folder]) })
    }

    @Test func aCheckThatOnlyLooksPasses() throws {
        try inScratchFolder { folder in
            try FileAccess.replace(folder + "/a", with: [1])
            let check = Fixture(WaterKind.self) { _ throws(ProbeFailure) in
                _ = try probing { () throws(SystemFailure) in try FileAccess.read(folder + "/a") }
                return Reading(codes: ["water.cold"])
            }

            let audit = audit(check, folder: folder)

            #expect(audit.findings.isEmpty)
            #expect(audit.rows.map(\.pure) == [.yes])
            #expect(audit.rows.map(\.deterministic) == [.yes])
            #expect(audit.rows.first?.processorMilliseconds != nil)
            #expect(audit.exitStatus == .success)
        }
    }

    @Test func aCheckThatWritesIsImpure() throws {
        try inScratchFolder { folder in
            let check = Fixture(WaterKind.self) { _ throws(ProbeFailure) in
                try probing { () throws(SystemFailure) in
                    try FileAccess.replace(folder + "/mark", with: [1])
                }
                return Reading()
            }

            let audit = audit(check, folder: folder)

            #expect(audit.findings.map(\.code) == ["doctor.impure"])
            #expect(audit.findings.first?.dataAtStake == true)
            #expect(audit.rows.map(\.pure) == [.no])
            #expect(audit.exitStatus == .findings)
        }
    }

    @Test func aSystemThatMovesByItselfBlamesNobody() {
        let counter = Mutex(0)
        let audit = Examiner.pump.audit(
            checks: [Fixture(WaterKind.self)], system: { Pump() },
            state: {
                let count = counter.withLock { count in
                    count += 1
                    return count
                }
                return .of(Array("\(count)".utf8))
            })

        #expect(audit.findings.isEmpty)
        #expect(audit.rows.map(\.pure) == [.unknown])
        #expect(audit.exitStatus == .undetermined)
    }

    @Test func aCheckThatGuessesIsNondeterministic() throws {
        let turn = Mutex(false)
        let check = Fixture(WaterKind.self) { _ throws(ProbeFailure) in
            let isOn = turn.withLock { on in
                on.toggle()
                return on
            }
            return Reading(codes: isOn ? ["water.cold"] : [])
        }
        try inScratchFolder { folder in
            let audit = audit(check, folder: folder)

            #expect(audit.findings.map(\.code) == ["doctor.nondeterministic"])
            #expect(audit.findings.first?.symptom.contains("water.cold") == true)
            #expect(audit.rows.map(\.deterministic) == [.no])
        }
    }

    @Test func aCheckThatJudgesOneSnapshotTwiceDifferentlyIsNondeterministic() throws {
        try inScratchFolder { folder in
            #expect(
                audit(MoodyCheck(), folder: folder).findings.map(\.code)
                    == ["doctor.nondeterministic"])
        }
    }

    @Test func aCheckThatCannotLookTellsNothing() throws {
        try inScratchFolder { folder in
            let audit = audit(blind(WaterKind.self), folder: folder)

            #expect(audit.rows.map(\.deterministic) == [.unknown])
            #expect(audit.exitStatus == .undetermined)
        }
    }

    @Test func overspendingIsInTheAuditToo() throws {
        let check = Fixture(WaterKind.self) { _ throws(ProbeFailure) in
            let end = SystemClock().uptime + .milliseconds(60)
            while SystemClock().uptime < end { continue }
            return Reading()
        }.costing(Cost(processor: .milliseconds(1), readBytes: 8 << 20))
        try inScratchFolder { folder in
            #expect(audit(check, folder: folder).findings.map(\.code) == ["doctor.over-budget"])
        }
    }

    @Test func everyKindOfChangeChangesTheDigest() throws {
        try inScratchFolder { folder in
            var digests: Set<ContentDigest> = []
            func note() { digests.insert(TreeDigest.of([folder])) }
            note()
            try FileAccess.replace(folder + "/a", with: [1])
            note()
            try FileAccess.replace(folder + "/a", with: [2])
            note()
            chmod(folder + "/a", 0o640)
            note()
            try FileAccess.makeFolder(folder + "/b")
            note()
            rename(folder + "/a", folder + "/b/a")
            note()
            #expect(digests.count == 6)
            _ = try FileAccess.read(folder + "/b/a")
            note()
            #expect(digests.count == 6, "reading is no change")
        }
    }
}

/// Judges by a coin that always falls on the other side.
private struct MoodyCheck: Check {
    private static let coin = Mutex(false)

    func probe(_ system: Pump, until deadline: Deadline) throws(ProbeFailure) -> Int { 1 }

    func diagnose(_ snapshot: Int) -> [Finding<WaterKind>] {
        let isHeads = Self.coin.withLock { coin in
            coin.toggle()
            return coin
        }
        return [Finding(isHeads ? .cold : .hard, symptom: "a coin fell")]
    }

    func witness(of snapshot: Int) -> Witness { Witness(examined: 1) }
    func detail(of snapshot: Int, findings: [Finding<WaterKind>]) -> String { "" }
}
