// Whether sync counts as on when the log lost records: what cannot be read is no decision of the user,
// and what can be read is.

import LiveProtocol
import Support
import Testing
import WriteAheadLog

@testable import LiveSync

@Suite struct SyncWordTests {
    /// A log that holds these changes, with one of them damaged, and what it folds to.
    private func lifecycle(
        of changes: [StateChange], damaged index: Int, uncleanEnd: Bool = false
    ) throws -> Lifecycle {
        let tree = try ScratchTree()
        let workspace = Workspace(root: tree.path)
        try FileAccess.makeFolder(workspace.runFolder)
        let (log, _) = try WriteAheadLog.open(at: workspace.walFolder)
        _ = try log.enqueue(changes.map { PeerRecord.stateChanged($0).draft })
        try log.close()
        if uncleanEnd { try FileAccess.replace(workspace.agentRecordPath, with: "".utf8) }
        let record = try LogReader.records(at: workspace.walFolder).records[index].summary
        let path = "\(workspace.walFolder)/\(record.segment.fileName)"
        var bytes = try FileAccess.read(path)
        bytes[Int(record.offset) + 44] ^= 1
        try FileAccess.replace(path, with: bytes)
        let contents = try LogReader.records(at: workspace.walFolder)
        #expect(!contents.report.isSound)
        return workspace.folded(contents).lifecycle
    }

    @Test func theLostWordThatTurnedItOnCounts() throws {
        let changes: [StateChange] = [.lifecycle(.active), .baselineReset(nil)]

        #expect(try lifecycle(of: changes, damaged: 0) == .active)
        #expect(try lifecycle(of: changes, damaged: 1) == .active)
    }

    @Test func aReadableOffCountsWhateverWasLostBeforeIt() throws {
        let changes: [StateChange] = [
            .lifecycle(.active), .baselineReset(nil), .lifecycle(.off), .baselineReset(nil),
        ]

        #expect(try lifecycle(of: changes, damaged: 1, uncleanEnd: true) == .off)
        #expect(try lifecycle(of: changes, damaged: 3) == .off)
        #expect(
            try lifecycle(of: changes, damaged: 3, uncleanEnd: true) == .active,
            "an agent ran behind that word")
    }

    @Test func aSoundLogIsBelieved() throws {
        let tree = try ScratchTree()
        let workspace = Workspace(root: tree.path)
        let (log, _) = try WriteAheadLog.open(at: workspace.walFolder)
        _ = try log.enqueue([PeerRecord.stateChanged(.baselineReset(nil)).draft])
        try log.close()

        let contents = try LogReader.records(at: workspace.walFolder)

        #expect(workspace.folded(contents).lifecycle == .off)
    }
}
