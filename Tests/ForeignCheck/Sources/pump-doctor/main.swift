// A doctor for a pump: one check, the whole framework, nothing of sync.

import Diagnostics
import Support

/// What is examined.
struct Pump: Sendable {
    let pressure: Int
}

enum PressureFinding: String, FindingKind {
    case low = "pressure.low"

    static let bucket: Bucket = "pressure"
    var severity: Severity { .warn }
    var fix: FixClass { .manual }
    var meaning: String { "the pressure is below its least" }
    var impact: String { "the upper floors have no water" }
    var nextStep: String { "open the valve" }
}

struct PressureCheck: Check {
    private static let least = 3

    func probe(_ pump: Pump, until deadline: Deadline) throws(ProbeFailure) -> Int {
        try deadline.checkpoint()
        return pump.pressure
    }

    func diagnose(_ snapshot: Int) -> [Finding<PressureFinding>] {
        guard snapshot < Self.least else { return [] }
        return [
            Finding(
                .low, symptom: "the pressure is \(snapshot) bar",
                evidence: [Evidence("bar", .count(snapshot))])
        ]
    }

    func witness(of snapshot: Int) -> Witness { Witness(examined: 1, unit: "gauges") }
    func detail(of snapshot: Int, findings: [Finding<PressureFinding>]) -> String {
        "\(snapshot) bar"
    }
}

let pump = Pump(pressure: CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 5)
let examiner = Examiner(system: "pump", toolVersion: "1.0", clock: SystemClock())
let report = await examiner.run(checks: [PressureCheck()], system: pump)
let text = TextRenderer(
    title: "pump doctor", order: ["pressure"], explainCommand: "pump-doctor explain")
print(text.render(report), terminator: "")
