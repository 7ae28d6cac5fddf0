// The faults of bucket `doctor`: what can keep an examination from its answer.

import Diagnostics

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
        case .checkCrashed: Self.defect("breaks a check")
        case .vacuousOK: Self.defect("lets a check claim health without a look")
        case .overBudget: Self.defect("lets a check use more than it declares")
        case .codeUndeclared: Self.defect("lets a check report a code of no catalogue")
        case .impure: Self.defect("lets a check write to what it examines")
        case .nondeterministic: Self.defect("lets a check judge one state in two ways")
        case .childUnkillable:
            .notReproducible("a process that SIGKILL does not end hangs in the kernel")
        case .planStale, .lockBusy, .verifyFailed, .interruptedRun, .undoRefused, .journalBroken:
            .notReproducible(
                "told by the command that meets it, not by a report; the tests of repairs make it")
        }
    }

    private static func defect(_ what: String) -> Fault {
        .notReproducible("only a defect of the program \(what); a unit test has such a check")
    }
}
