// The protocol of a check: one read of the world, then pure functions.
//
// Only `probe` looks at the examined system. What follows works on the snapshot alone; therefore
// it can be tested with literal values, and run again on a snapshot out of a support bundle, on
// another machine, a year later.
//
// `probe` is synchronous on purpose. It may block: the runner gives each probe a thread of its
// own, outside of Swift's cooperative pool, and abandons the thread at the deadline. An `async`
// probe that blocked would take one of the pool's few threads with it, and on two cores two such
// probes stop every task of the process, the timer of the deadline included.

/// The code that knows one bucket.
public protocol Check<System>: Sendable {
    /// What is examined. The framework never looks inside.
    associatedtype System: Sendable
    /// What was seen, at one instant.
    associatedtype Snapshot: Codable & Sendable
    /// The catalogue of what can be found.
    associatedtype Kind: FindingKind
    /// The changes that can put it right.
    associatedtype Step: RepairStep<System> = NoStep<System>

    /// The area of health it knows; by default that of `Kind`.
    var bucket: Bucket { get }
    /// Everything it can find; by default the cases of `Kind`.
    var entries: [Catalogue.Entry] { get }
    /// The name of the check's line; by default the bucket's.
    var title: String { get }
    /// Buckets that must not have failed for this one's answer to mean anything.
    var requires: [Bucket] { get }
    /// After this the check is abandoned. Default 2 s.
    var deadline: Duration { get }
    /// What one run may use, declared; more than twice that is reported.
    var cost: Cost { get }
    /// Names of looks that several checks share and the first of them pays for; what they cost is
    /// in the options of the examination.
    var shares: [String] { get }
    /// The shallowest examination that includes this check.
    var depth: Depth { get }

    /// Reads the world, and changes nothing in it. May block.
    func probe(_ system: System, until deadline: Deadline) throws(ProbeFailure) -> Snapshot
    /// Says what is wrong. Pure.
    func diagnose(_ snapshot: Snapshot) -> [Finding<Kind>]
    /// Says what an OK would rest on. Pure.
    func witness(of snapshot: Snapshot) -> Witness
    /// The bracketed words behind the state, for example `412 records, pending out 0`. Pure.
    func detail(of snapshot: Snapshot, findings: [Finding<Kind>]) -> String
    /// Says what was measured, healthy or not: numbers that others compare or plot. Pure.
    func facts(of snapshot: Snapshot) -> [Evidence]
    /// Processor time of processes the probe ran; it counts as the check's own. Pure.
    func childProcessor(of snapshot: Snapshot) -> Duration
    /// Says what would put a finding right; empty when a person has to. Pure.
    func remediate(_ finding: Finding<Kind>, seenIn snapshot: Snapshot) -> [Step]
}

extension Check {
    public var bucket: Bucket { Kind.bucket }
    public var entries: [Catalogue.Entry] { Kind.allCases.map { Catalogue.Entry($0) } }
    public var title: String { bucket.rawValue }
    public var requires: [Bucket] { [] }
    public var deadline: Duration { .seconds(2) }
    public var cost: Cost { .light }
    public var shares: [String] { [] }
    public var depth: Depth { .quick }
    public func facts(of snapshot: Snapshot) -> [Evidence] { [] }
    public func childProcessor(of snapshot: Snapshot) -> Duration { .zero }
}

extension Check where Step == NoStep<System> {
    public func remediate(_ finding: Finding<Kind>, seenIn snapshot: Snapshot) -> [Step] { [] }
}

/// What one run of a check may use.
public struct Cost: Hashable, Sendable {
    /// Processor time of the check's thread. Waiting costs nothing here; the deadline bounds it.
    public let processor: Duration
    /// Bytes that the thread's `read` calls return.
    public let readBytes: Int

    public init(processor: Duration, readBytes: Int) {
        self.processor = processor
        self.readBytes = readBytes
    }

    static func + (left: Cost, right: Cost) -> Cost {
        Cost(
            processor: left.processor + right.processor,
            readBytes: left.readBytes + right.readBytes)
    }

    /// 250 ms and 8 MiB: a few small files and a query.
    public static let light = Cost(processor: .milliseconds(250), readBytes: 8 << 20)
}
