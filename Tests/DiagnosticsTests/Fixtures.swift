// A made-up product to examine: a pump with four areas of health.
//
// The framework knows nothing of what it examines; a pump that has nothing to do with software
// keeps it so. `Fixture` is a check whose probe is a closure, so that a test says in one line what
// is seen.

import Diagnostics
import Glibc
import Support
import Synchronization

/// What the pump's checks examine: nothing; the probes of the fixtures make their own world.
struct Pump: Sendable {}

/// Wording shared by the fixture kinds.
protocol PumpKind: FindingKind {}

extension PumpKind {
    var fix: FixClass { .manual }
    var meaning: String { "something is wrong with \(code)" }
    var impact: String { "the pump stands still" }
    var nextStep: String { "look after \(code)" }
}

enum PowerKind: String, PumpKind {
    case off = "power.off"
    case low = "power.low"

    static let bucket: Bucket = "power"
    var severity: Severity { self == .off ? .fail : .warn }
    var dataAtStake: Bool { self == .off }
    var explains: [String] { self == .off ? ["water", "light.dark"] : [] }
}

enum WaterKind: String, PumpKind {
    case dry = "water.dry"
    case cold = "water.cold"
    case hard = "water.hard"

    static let bucket: Bucket = "water"
    var severity: Severity {
        switch self {
        case .dry: .fail
        case .cold: .warn
        case .hard: .info
        }
    }
    var explains: [String] { self == .dry ? ["air.damp", "water.cold"] : [] }
}

/// As bad as a pump without power, with nothing at stake and nothing it explains.
enum ValveKind: String, PumpKind {
    case stuck = "valve.stuck"

    static let bucket: Bucket = "valve"
    var severity: Severity { .fail }
}

enum AirKind: String, PumpKind {
    case damp = "air.damp"

    static let bucket: Bucket = "air"
    var severity: Severity { .warn }
    /// Claims what causes it, to make a cycle that folding must survive.
    var explains: [String] { ["water.dry"] }
}

enum LightKind: String, PumpKind {
    case dark = "light.dark"
    case forgotten = "light.forgotten"

    static let bucket: Bucket = "light"
    /// Leaves a case out, as a hand-written list may.
    static let allCases: [LightKind] = [.dark]
    var severity: Severity { .warn }
}

/// What a fixture's probe saw.
struct Reading: Codable, Hashable, Sendable {
    var examined = 1
    /// Codes seen, each as often as it is found.
    var codes: [String] = []
    var suspected = false
}

/// A check that sees what its closure says.
struct Fixture<Kind: FindingKind>: Check {
    typealias Look = @Sendable (Deadline) throws(ProbeFailure) -> Reading

    var requires: [Bucket] = []
    var deadline: Duration = .seconds(2)
    var cost: Cost = .light
    var depth: Depth = .quick
    var shares: [String] = []
    var raisedTo: Severity = .info
    let look: Look

    init(_ kind: Kind.Type, look: @escaping Look) { self.look = look }

    init(_ kind: Kind.Type, sees codes: Kind...) {
        let reading = Reading(codes: codes.map(\.rawValue))
        look = { _ throws(ProbeFailure) in reading }
    }

    func probe(_ system: Pump, until deadline: Deadline) throws(ProbeFailure) -> Reading {
        try look(deadline)
    }

    func diagnose(_ snapshot: Reading) -> [Finding<Kind>] {
        snapshot.codes.enumerated().compactMap { index, code in
            Kind(rawValue: code).map {
                Finding(
                    $0, symptom: "\(code) was seen", on: [.path("/pump/\(index)")],
                    evidence: [Evidence("seen", .count(index))], raisedTo: raisedTo,
                    confidence: snapshot.suspected ? .suspected : .confirmed)
            }
        }
    }

    func witness(of snapshot: Reading) -> Witness {
        Witness(examined: snapshot.examined, total: 7, unit: "valves", ageOfNewest: .seconds(3))
    }

    func detail(of snapshot: Reading, findings: [Finding<Kind>]) -> String {
        "\(snapshot.examined) valves, \(findings.count) wrong"
    }

    func remediate(_ finding: Finding<Kind>, seenIn snapshot: Reading) -> [Wrench] {
        [.turn(finding.code)]
    }
}

extension Fixture {
    func requiring(_ buckets: Bucket...) -> Self { with { $0.requires = buckets } }
    func within(_ deadline: Duration) -> Self { with { $0.deadline = deadline } }
    func costing(_ cost: Cost) -> Self { with { $0.cost = cost } }
    func sharing(_ names: [String]) -> Self { with { $0.shares = names } }
    func at(_ depth: Depth) -> Self { with { $0.depth = depth } }

    private func with(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }
}

enum Wrench: RepairStep {
    case turn(String)

    var title: String {
        switch self {
        case .turn(let code): "turn the valve of \(code)"
        }
    }
    var undo: Wrench? { self }
    func require(of system: Pump) async throws(StepFailure) {}
    func perform(on system: Pump) async throws(StepFailure) {}
    func ensure(of system: Pump) async throws(StepFailure) {}
}

extension Examiner {
    /// An examiner of pumps on the machine's clocks.
    static var pump: Examiner { pump(on: SystemClock()) }

    static func pump(on clock: any Clock) -> Examiner {
        Examiner(system: "pump", toolVersion: "1.2.3", clock: clock)
    }

    func run(
        _ checks: any Check<Pump>..., options: ExaminationOptions = ExaminationOptions()
    ) async -> Report {
        await run(checks: checks, system: Pump(), options: options)
    }
}

extension Report {
    subscript(bucket: Bucket) -> CheckResult? { checks.first { $0.check == bucket } }

    /// Codes in the order of the report.
    var codes: [String] { findings.map(\.code) }
}

/// A FIFO that nobody writes to: a `read` of it blocks in the kernel until `release`.
final class BlockingPipe: Sendable {
    let path: String
    private let folder: String
    private let readerCount = Mutex(0)

    init() throws(SystemFailure) {
        let stamp = "\(getpid())-\(UInt64.random(in: .min ... .max))"
        folder = "/tmp/aura-diagnostics-\(stamp)"
        try FileAccess.makeFolder(folder)
        path = "\(folder)/pipe"
        try retrying("mkfifo", path) { mkfifo(path, 0o600) }
    }

    /// Blocks the calling thread until somebody writes.
    func read() throws(SystemFailure) {
        let descriptor = try retrying("open", path) { open(path, O_RDWR | O_CLOEXEC) }
        defer { close(descriptor) }
        var byte: UInt8 = 0
        readerCount.withLock { $0 += 1 }
        try retrying("read", path) { Glibc.read(descriptor, &byte, 1) }
    }

    /// Returns when so many readers have come, or have one instruction left to go.
    func isRead(by count: Int) async {
        while readerCount.withLock({ $0 }) < count { await Task.yield() }
    }

    /// Lets up to 16 readers go and removes the FIFO.
    func release() {
        let descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        if descriptor >= 0 {
            let bytes = [UInt8](repeating: 0, count: 16)
            _ = write(descriptor, bytes, bytes.count)
            close(descriptor)
        }
        unlink(path)
        rmdir(folder)
    }

    /// A probe that hangs in `read(2)`.
    var look: @Sendable (Deadline) throws(ProbeFailure) -> Reading {
        { _ throws(ProbeFailure) in
            do throws(SystemFailure) { try self.read() } catch { throw ProbeFailure(error) }
            return Reading()
        }
    }
}
