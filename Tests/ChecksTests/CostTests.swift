// What a check declares covers what it reads, whichever check happens to pay for a shared look.

import Diagnostics
import LiveSync
import Support
import Testing

@testable import Checks
@testable import WriteAheadLog

@Suite struct CostTests {
    /// 40 MiB: more than twice what a check may read that declares no look at the log.
    private func makeLog(in copy: WorkingCopy) async throws {
        let (log, _) = try WriteAheadLog.open(
            at: copy.workspace.walFolder, options: LogOptions(spare: false))
        let body = [UInt8](repeating: 7, count: 4 << 20)
        for number in 0..<10 {
            _ = try await log.append([
                RecordDraft(type: .note, metadata: [UInt8(number)], body: body)
            ])
        }
        try log.close()
    }

    @Test func theLookAtTheTreeIsPricedByGitsIndexWhereverItLies() throws {
        let copy = try WorkingCopy()
        let index = [UInt8](repeating: 0, count: 8 << 20)  // as 100,000 files make it
        func price() throws -> Cost {
            let options = SharedLook.pricing(ExaminationOptions(), on: copy.workspace)
            return try #require(options.sharedCosts[SharedLook.tree])
        }
        let without = try price()

        try FileAccess.makeFolder(copy.workspace.root + "/elsewhere")
        try FileAccess.replace(copy.workspace.root + "/elsewhere/index", with: index)
        try FileAccess.replace(
            copy.workspace.root + "/.git", with: Array("gitdir: elsewhere\n".utf8))

        #expect(try price().processor - without.processor > .milliseconds(100))
        #expect(try price().readBytes - without.readBytes > index.count)
        let paying: Set<String> = ["config", "conflicts", "host", "scanner"]
        let declaring = Registry.all.filter { $0.shares.contains(SharedLook.tree) }
        #expect(Set(declaring.map(\.bucket.rawValue)) == paying)
    }

    @Test(arguments: Registry.all.map(\.bucket))
    func everyCheckDeclaresTheLooksItTakes(bucket: Bucket) async throws {
        let copy = try WorkingCopy()
        try await makeLog(in: copy)
        let check = try #require(Registry.all.first { $0.bucket == bucket })
        let options = ExaminationOptions(timeout: .seconds(60), checkDeadline: .seconds(60))

        let report = await Examiner(system: "live sync", toolVersion: "1.0", clock: SystemClock())
            .run(
                checks: [check], system: copy.host(),
                options: SharedLook.pricing(options, on: copy.workspace))

        #expect(!report.codes.contains("doctor.over-budget"), "\(report.findings)")
    }
}
