// An agent does not start into the middle of a repair.
//
// Whoever repairs a working copy holds a lock that names its process and an epoch. The repair may
// have stopped the agent and be at work on the log; only an agent that the repair itself starts,
// its own child, may open it. The lock of a process that is gone counts for nothing.

import Glibc
import Support

/// Who repairs a working copy, as its lock names it.
struct StartFence: Decodable {
    let process: ProcessIdentity
    let command: String
    let epoch: UInt64

    /// - Throws: busy, while a repair of somebody else is at work here.
    static func pass(_ workspace: Workspace) throws(PlainFailure) {
        guard let fence = read(workspace.journalFolder + "/lock"), fence.process.isAlive,
            fence.process.pid != getppid(), fence.process.pid != getpid()
        else { return }
        throw PlainFailure(
            "sync",
            "is being repaired by pid \(fence.process.pid), \(fence.command) (epoch \(fence.epoch))",
            nextStep: "try again when that has ended", exitStatus: .busy)
    }

    private static func read(_ path: String) -> StartFence? {
        do {
            return try JSONText.decode(
                StartFence.self, from: try FileAccess.read(path, limit: 1 << 16))
        } catch {
            return nil  // no lock, or one that nobody holds: its holder names itself or empties it
        }
    }
}
