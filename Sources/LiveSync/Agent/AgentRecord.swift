// The record by which others find the agent of a working copy, and what is left of one.

import Support
import WriteAheadLog

extension Workspace {
    /// The record of this working copy's agent; nil when there is none, and when what is left of one is
    /// torn and no agent runs: a crash or a full disk must not keep the next one from starting.
    public func agentRecord() throws(PlainFailure) -> PidRecord? {
        do throws(PlainFailure) { return try PidRecord.load(agentRecordPath) } catch {
            if hasTornRecord { return nil }
            throw error
        }
    }

    /// True when the agent's record is torn and neither lock nor socket shows that somebody runs.
    public var hasTornRecord: Bool {
        PidRecord.isTorn(agentRecordPath) && !LogReader.isHeld(at: walFolder)
            && !ControlClient.isServed(path: agentSocketPath)
    }
}
