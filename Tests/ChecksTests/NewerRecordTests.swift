// A log that a later release wrote on: the doctor names the record, and leaves the log alone.

import Diagnostics
import LiveSync
import Testing

@testable import Checks
@testable import WriteAheadLog

@Suite struct NewerRecordTests {
    @Test func aRecordOfALaterReleaseIsNamed() async throws {
        let copy = try WorkingCopy()
        let log = try await Log.make(in: copy)
        let (writer, _) = try WriteAheadLog.open(at: log.folder)
        let record = RecordDraft(
            typeCode: 47, metadata: [1], body: [], schema: 1, salvagedFrom: nil,
            isIgnorable: false)
        _ = try writer.enqueue([record])
        try writer.close()
        let before = try log.state()
        let checks: [any Check<SyncHost>] = [WALCheck(Thresholds()), IntegrityCheck()]

        let report = await copy.examine(checks)

        #expect(report.codes == ["wal.newer-format"])
        #expect(report.findings.first?.symptom.contains("is a TYPE_47, unknown here") == true)
        #expect(try log.state() == before, "the look changed something")
    }
}
