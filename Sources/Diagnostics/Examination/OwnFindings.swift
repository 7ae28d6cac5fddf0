// The framework's own findings, put into words.

import Support

extension AnyFinding {
    static func timedOut(_ check: Bucket, after allowance: Duration, thread: String?) -> AnyFinding
    {
        var evidence = [Evidence("deadline", .duration(allowance))]
        if let thread { evidence.append(Evidence("thread_state", .text(thread), scrub: .plain)) }
        return own(
            .checkTimeout, check, "check \(check) gave no answer in \(allowance.brief)", evidence)
    }

    static func crashed(_ check: Bucket, subject: String, reason: String) -> AnyFinding {
        own(
            .checkCrashed, check, "check \(check) broke: \(reason)",
            [Evidence("subject", .text(subject)), Evidence("reason", .text(reason))])
    }

    static func unkillable(_ check: Bucket, program: String, pid: Int32) -> AnyFinding {
        own(
            .childUnkillable, check, "process \(pid) of check \(check) did not end on SIGKILL",
            [Evidence("program", .text(program), scrub: .path), Evidence("pid", .count(Int(pid)))])
    }

    static func impure(_ check: Bucket) -> AnyFinding {
        own(.impure, check, "the system differs after check \(check) from what it was before", [])
    }

    static func nondeterministic(_ check: Bucket, _ difference: String) -> AnyFinding {
        own(
            .nondeterministic, check, "check \(check) judged one state twice and \(difference)",
            [Evidence("difference", .text(difference))])
    }

    static func vacuous(_ check: Bucket) -> AnyFinding {
        own(.vacuousOK, check, "check \(check) found nothing wrong and had examined nothing", [])
    }

    static func overBudget(_ check: Bucket, _ usage: Usage, declared: Cost) -> AnyFinding {
        var evidence = [
            Evidence("processor", .duration(usage.processor)),
            Evidence("processor_declared", .duration(declared.processor)),
        ]
        if let bytes = usage.readBytes {
            evidence += [
                Evidence("read", .bytes(bytes)),
                Evidence("read_declared", .bytes(declared.readBytes)),
            ]
        }
        let read = usage.readBytes.map { " and read \($0) bytes" } ?? ""
        return own(
            .overBudget, check,
            "check \(check) used \(usage.processor.brief) of processor time\(read)", evidence)
    }

    static func undeclared(code: String, by check: Bucket) -> AnyFinding {
        own(
            .codeUndeclared, check, "check \(check) reported \(code), which it does not declare",
            [Evidence("code", .text(code), scrub: .plain)],
            also: [.other(kind: "code", value: code)])
    }

    private static func own(
        _ kind: DoctorFinding, _ check: Bucket, _ symptom: String, _ evidence: [Evidence],
        also subjects: [Subject] = []
    ) -> AnyFinding {
        AnyFinding(
            Finding(
                kind, symptom: symptom,
                on: [.other(kind: "check", value: check.rawValue)] + subjects,
                evidence: evidence))
    }

    /// True for a finding that only says why a line is UNKNOWN.
    var onlyExplainsUnknown: Bool {
        DoctorFinding(rawValue: code)?.explainsUnknown ?? false
    }
}
