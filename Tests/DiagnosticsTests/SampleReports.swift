// Reports that together use every status, every optional field and every kind of evidence, with
// names that are hostile to every format.

import Diagnostics
import Support

enum SampleReports {
    /// Reports that together use every status, every optional field and every kind of evidence.
    static func all() async throws -> [Report] {
        let pipe = try BlockingPipe()
        defer { pipe.release() }
        let crash = Fixture(AirKind.self) { _ throws(ProbeFailure) in
            throw .crashed(subject: "gauge", reason: "signal 11")
        }
        let print = Fingerprint(code: "light.dark", subjects: [.path("/pump/0")])
        let later = SystemClock().now + .seconds(60)
        let memory = FindingMemory(
            firstSeen: [print: Timestamp(rawValue: 0)],
            acknowledged: [print: Acknowledgement(until: later, reason: "night")])
        let sick = await Examiner.pump.run(
            Fixture(PowerKind.self, sees: .off), crash, EvidenceCheck(),
            Fixture(WaterKind.self).requiring("power"),
            Fixture(LightKind.self, sees: .dark, .forgotten),
            options: ExaminationOptions(memory: memory))
        let stuck = await Examiner.pump.run(
            Fixture(PowerKind.self, look: pipe.look).within(.milliseconds(50)),
            Fixture(WaterKind.self, sees: .hard), Fixture(AirKind.self),
            options: ExaminationOptions(selection: Selection(skip: ["air"])))
        let well = await Examiner.pump.run(Fixture(PowerKind.self))
        let empty = await Examiner.pump.run()
        let vacuous = await Examiner.pump.run(
            Fixture(WaterKind.self) { _ throws(ProbeFailure) in Reading(examined: 0) })
        let hostile = await Examiner.pump.run(
            Fixture(AirKind.self) { _ throws(ProbeFailure) in
                throw .absent(
                    subject: "a<b>&\"'|\u{1B}[2J\u{0}\u{FFFE}]]>\n\u{202E}", nextStep: "rename | it"
                )
            }, HostileCheck())
        return [sick, stuck, well, well.withoutDurations(), empty, vacuous, hostile]
    }
}

/// A check whose finding has every kind of subject and evidence.
private struct EvidenceCheck: Check {
    enum Kind: String, PumpKind {
        case odd = "gauge.odd"
        static let bucket: Bucket = "gauge"
        var severity: Severity { .warn }
    }

    func probe(_ system: Pump, until deadline: Deadline) throws(ProbeFailure) -> Int { 1 }

    func diagnose(_ snapshot: Int) -> [Finding<Kind>] {
        [
            Finding(
                .odd, symptom: "odd",
                on: [
                    .path("/a"), .function("f"), .segment("s", offset: 1), .peer("p"), .room("r"),
                    .process(pid: 1, name: "init"), .other(kind: "table", value: "t"),
                ],
                evidence: [
                    Evidence("n", .count(1)), Evidence("b", .bytes(1)),
                    Evidence("d", .duration(.seconds(1))),
                    Evidence("t", .time(Timestamp(rawValue: 0))), Evidence("h", .digest(.of([]))),
                    Evidence("f", .flag(false)), Evidence("w", .text("w")),
                ],
                cause: "a magnet", confidence: .suspected)
        ]
    }

    func witness(of snapshot: Int) -> Witness { Witness(examined: 1) }
    func detail(of snapshot: Int, findings: [Finding<Kind>]) -> String { "" }
    func facts(of snapshot: Int) -> [Evidence] {
        [
            Evidence("pressure", .count(7)), Evidence("delay", .duration(.milliseconds(12))),
            Evidence("open", .flag(true)), Evidence("valve", .text("v\"1\"")),
        ]
    }
}

/// A check whose words are hostile.
private struct HostileCheck: Check {
    enum Kind: String, PumpKind {
        case name = "hostile.name"
        static let bucket: Bucket = "hostile"
        var severity: Severity { .warn }
    }

    static let name = "</script><b>&\"'|\\\u{1}\u{7F}\n%2e ü"

    func probe(_ system: Pump, until deadline: Deadline) throws(ProbeFailure) -> Int { 1 }

    func diagnose(_ snapshot: Int) -> [Finding<Kind>] {
        [
            Finding(
                .name, symptom: Self.name, on: [.path("/a b/\(Self.name)"), .function(Self.name)],
                evidence: [Evidence("word", .text(Self.name))], cause: Self.name)
        ]
    }

    func witness(of snapshot: Int) -> Witness { Witness(examined: 1) }
    func detail(of snapshot: Int, findings: [Finding<Kind>]) -> String { Self.name }
}
