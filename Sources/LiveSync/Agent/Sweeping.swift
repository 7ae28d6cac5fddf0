// What a killed agent left beside source files: its temporary files. They are looked for on every
// walk of the tree, because nobody else would ever take them away.

import Glibc

extension PeerAgent {
    /// Moves the temporary files of agents that are gone into quarantine.
    func sweepLeftovers() {
        let quarantine = Quarantine(folder: parts.workspace.quarantineFolder, clock: clock)
        let root = parts.workspace.root
        for leftover in TempSweep.find(root: root, among: scanner.temporaries)
        where leftover.pid != getpid() {
            do throws(ApplyFailure) {
                let outcome = try TempSweep.clear(
                    leftover, root: root, olderThan: startedAt, quarantine: quarantine)
                guard case .movedAside = outcome else { continue }
                parts.logger.notice(
                    "a temporary file was left behind and is in quarantine",
                    metadata: ["path": "\(leftover.path)"])
            } catch {
                parts.logger.warning(
                    "a temporary file cannot be moved aside",
                    metadata: ["path": "\(leftover.path)", "why": "\(error)"])
            }
        }
    }
}
