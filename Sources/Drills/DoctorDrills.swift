// The faults of bucket `doctor`: what can keep an examination from its answer, and what repairs can
// leave behind. Checks that break are made as anybody can make one: as a third party.

import CHardware
import Diagnostics
import Glibc
import LiveSync
import Support

extension DoctorFinding: Drilled {
    public var fault: Fault {
        switch self {
        case .checkTimeout:
            .real(in: .alone, needs: [.systemCallFaults]) { stage in
                let segment = try stage.sealedSegment()
                stage.look.wrapper = [
                    "/usr/bin/strace", "-f", "-q", "-o", "/dev/null", "-P", segment, "-e",
                    "inject=openat,read,pread64,mmap:delay_enter=4000000",
                ]
                stage.look.arguments = ["--timeout", "2s"]
            }
        case .checkCrashed: .real(in: .alone) { try $0.addCheck("echo 'no idea' >&2; exit 3") }
        case .vacuousOK:
            .real(in: .alone) { stage in
                try stage.addCheck(#"echo '{"witness":{"examined":0,"unit":"fans"}}'"#)
            }
        case .overBudget:
            .real(in: .alone) { stage in
                try stage.addCheck(
                    """
                    i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done
                    echo '{"witness":{"examined":1,"unit":"fans"}}'
                    """, declaringMilliseconds: 1)
            }
        case .codeUndeclared:
            .real(in: .alone, beside: ["\(Stage.checkName).unheard-of"]) { stage in
                try stage.addCheck(
                    #"""
                    echo '{"witness":{"examined":1,"unit":"fans"},"findings":[
                     {"code":"\#(Stage.checkName).unheard-of","symptom":"fan 2 stands still"}]}'
                    """#)
            }
        case .interruptedRun:
            .real(
                in: .alone, needs: [.systemCallFaults],
                beside: ["agent.run-without-owner", "config.sync-disabled"], isCutOffRun: true,
                Self.cutOff)
        case .journalBroken: .real(in: .alone, spoils: true, Self.spoilJournal)
        case .verifyFailed: .real(in: .alone, beside: ["agent.down"], spoils: true, Self.failRepair)
        case .impure, .nondeterministic:
            .notReproducible(
                "told by aura doctor audit, not by a report; its tests have such checks")
        case .childUnkillable:
            .notReproducible("a process that SIGKILL does not end hangs in the kernel")
        case .planStale, .lockBusy, .undoRefused:
            .notReproducible(
                "told by the command that meets it, not by a report; the tests of repairs make it")
        case .redactionFailed:
            .notReproducible(
                "told by the command that makes a bundle; only a defect lets a secret through")
        }
    }

    /// The repair is killed at the moment in which it moves the record aside.
    @Sendable private static func cutOff(_ stage: Stage) throws {
        try stage.killAgent()
        try stage.ada.aura(["live", "sync", "disable"])
        stage.look.wrapper = [
            "/usr/bin/strace", "-f", "-q", "-o", "/dev/null",
            "-P", stage.ada.workspace.agentRecordPath, "-e", "inject=renameat2:signal=SIGKILL",
        ]
        _ = try stage.doctor(["live", "--fix", "--only", "agent.run-without-owner"])
        stage.look = Stage.Look()
    }

    /// A repair that was one, and a journal that says something else since.
    @Sendable private static func spoilJournal(_ stage: Stage) throws {
        try stage.killAgent()
        _ = try stage.doctor(["live", "--fix", "--only", "agent.down"])
        let folder = stage.ada.workspace.journalFolder
        let journals = try FileAccess.names(in: folder).filter { $0.hasPrefix("2") }
        guard let newest = journals.max() else {
            throw PlainFailure(folder, "holds no journal", nextStep: "drill agent.down first")
        }
        try stage.overwrite("\(folder)/\(newest)") { bytes in bytes[bytes.count / 2] ^= 1 }
    }

    /// Somebody else holds the log, so that no agent can be started.
    @Sendable private static func failRepair(_ stage: Stage) throws {
        try stage.killAgent()
        let path = stage.ada.workspace.walFolder + "/LOCK"
        let descriptor = try retrying("open", path) { open(path, O_RDWR | O_CLOEXEC) }
        stage.lift { close(descriptor) }
        // What the killed agent was just starting holds the log until it is itself.
        try Waiting.until("the lock of the killed agent is free") {
            aura_lock_exclusive(descriptor) == 0
        }
        _ = try stage.doctor(["live", "--fix", "--only", "agent.down"], limit: .seconds(180))
    }
}
