// Brings the agent of a working copy back, and clears what a dead one left behind.

import Diagnostics
import LiveSync

extension AgentCheck {
    public func remediate(
        _ finding: Finding<AgentFinding>, seenIn snapshot: AgentSnapshot
    ) -> [LiveStep] {
        switch finding.kind {
        case .down: [.resumeAgent]
        case .versionSkew: [.stopAgent, .startAgent]
        case .runWithoutOwner: [.moveAside(Self.record)]
        // Ending a process that hangs is for a person: it may be in the middle of a write.
        case .commandHang: []
        }
    }

    private static var record: String { ".aura/live/run/agent.pid" }
}
