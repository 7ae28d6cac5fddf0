// Brings the agent of a working copy back, and clears what a dead one left behind.

import Diagnostics
import LiveSync

extension AgentCheck {
    public func remediate(
        _ finding: Finding<AgentFinding>, seenIn snapshot: AgentSnapshot
    ) -> [LiveStep] {
        switch finding.kind {
        // Which device this is nobody can make up; a new one is for a person to ask for.
        case .down: snapshot.isDeviceGone == true ? [] : unblock(snapshot) + [.resumeAgent]
        case .versionSkew: unblock(snapshot) + [.stopAgent, .startAgent]
        case .runWithoutOwner: [.moveAside(Self.record)]
        // Killing needs a word of consent, although the log is made to take it.
        case .commandHang: waking(snapshot) ?? unblock(snapshot) + [.act(.endAgent), .resumeAgent]
        // Which of two folders is to stay is known to whoever moved it.
        case .foldersMoved: []
        case .logBroken:
            // A file with foreign lines is kept; the agent begins another one.
            unblock(snapshot)
                + (snapshot.log?.isPresent == true
                    ? [.stopAgent, .moveAside(Self.log), .resumeAgent]
                    : [.stopAgent, .resumeAgent])
        }
    }

    /// One that a signal stopped goes on where it was.
    private func waking(_ snapshot: AgentSnapshot) -> [LiveStep]? {
        guard snapshot.isStopped == true, let process = snapshot.record?.record.process else {
            return nil
        }
        return [.act(.continueAgent(process))]
    }

    /// Before anything is stopped: an agent does not start while a file stands where it makes a
    /// folder.
    private func unblock(_ snapshot: AgentSnapshot) -> [LiveStep] {
        (snapshot.blockedFolders ?? []).map { .moveAside($0) }
    }

    private static var record: String { ".aura/live/run/agent.pid" }
    private static var log: String { ".aura/live/logs/agent.jsonl" }
}
