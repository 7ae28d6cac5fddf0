// The processes of a sandbox, found by the folders they were given: what a killed repair had started
// may not have written a record yet.

import Glibc
import Support

struct StagedProcesses {
    private let mark: String
    private let executable: String

    init(of stage: Stage) {
        mark = "AURA_HOME=\(stage.sandbox.mothershipHome)\0"
        executable =
            PathName.resolved(stage.sandbox.executable) ?? stage.sandbox.executable
    }

    /// Those of the program under test that live now.
    func alive() throws -> [ProcessIdentity] {
        try FileAccess.names(in: "/proc").compactMap { name in
            guard let pid = Int32(name), pid != getpid(),
                let process = ProcessIdentity.of(pid: pid), process.executable == executable
            else { return nil }
            // One that ended since has nothing to be read.
            let variables = (try? FileAccess.kernelText("/proc/\(pid)/environ")) ?? ""
            return (variables + "\0").contains(mark) ? process : nil
        }
    }

    /// Asks them to end, as a shutdown does; sync stays on.
    func shutDown() throws {
        for process in try alive() {
            _ = try process.signal(SIGCONT)
            _ = try process.signal(SIGTERM)
            // A loaded machine needs a while to write the end of a log.
            if !process.waitUntilGone(limit: .seconds(30)) { try kill(process) }
        }
    }

    /// Kills them, and whoever they start meanwhile.
    func killAll() throws {
        while case let living = try alive(), !living.isEmpty {
            for process in living { try kill(process) }
        }
    }

    private func kill(_ process: ProcessIdentity) throws {
        _ = try process.signal(SIGKILL)
        guard process.waitUntilGone(limit: .seconds(30)) else {
            throw PlainFailure(
                "pid \(process.pid)", "does not end when killed",
                nextStep: "look at its state with ps")
        }
    }
}
