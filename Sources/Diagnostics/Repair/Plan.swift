// What a repair would do, step by step, before anything is done; and what it would leave alone.
//
// A plan is bound to the state it was made from by a digest. Whoever applies it examines again,
// makes the same plan again, and goes on only when both digests agree.

import Support

/// An ordered repair, nothing done yet.
public struct Plan: Codable, Hashable, Sendable {
    public static let schema = "aura.plan"
    public static let schemaVersion = 1
    /// How long a plan may be applied: a person reads it, agrees, and types one command.
    public static let lifetime: Duration = .seconds(15 * 60)

    public let schema: String
    public let schemaVersion: Int
    public let toolVersion: String
    public let rulesetDigest: ContentDigest
    public let system: String
    public let made: UTCTime
    public let expires: UTCTime
    /// Over rules, policy, steps, and the bytes of every bound path. Equal digests: the same
    /// repair of the same state.
    public let stateDigest: ContentDigest
    public let policy: RepairPolicy
    public let seen: Seen
    /// Runs that a crash interrupted; they are brought to an end before anything else.
    public let interrupted: [RunID]
    public let repairs: [PlannedRepair]
    public let notAddressed: [NotAddressed]

    public var steps: [PlannedStep] { repairs.flatMap(\.steps) }
    public var isEmpty: Bool { repairs.isEmpty && interrupted.isEmpty }
    public var loss: Loss { repairs.map(\.loss).reduce(.none, +) }

    /// True when a plan of the same digest also reads the same, as far as a person agrees to it. What
    /// names ages, and what else was seen, may differ.
    func reads(like other: Plan) -> Bool {
        repairs.count == other.repairs.count && steps.count == other.steps.count
            && zip(repairs, other.repairs).allSatisfy {
                $0.codes == $1.codes && $0.fix == $1.fix && $0.loss == $1.loss
            }
            && zip(steps, other.steps).allSatisfy { mine, theirs in
                mine.number == theirs.number && mine.title == theirs.title
                    && mine.step == theirs.step && mine.loss == theirs.loss
                    && mine.touches == theirs.touches
                    && mine.undo == theirs.undo && mine.consequence == theirs.consequence
            }
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case schema
        case schemaVersion = "schema_version"
        case toolVersion = "tool_version"
        case rulesetDigest = "ruleset_digest"
        case system, made, expires
        case stateDigest = "state_digest"
        case policy, seen, interrupted, repairs
        case notAddressed = "not_addressed"
    }

    /// The top-level fields in the order in which they are written.
    public static var fieldOrder: [String] { CodingKeys.allCases.map(\.rawValue) }

    /// One JSON object that begins with `schema`, without a final newline.
    public func json(pretty: Bool = true) throws -> String {
        try OrderedJSON.encode(self, order: Self.fieldOrder, pretty: pretty)
    }
}

extension Plan {
    /// Reads a plan; refuses another schema or a later version of it.
    public init(json: [UInt8], named name: String) throws(RepairFailure) {
        do { self = try JSONText.decode(Plan.self, from: json) } catch {
            throw .unreadable(subject: name, reason: "is no plan (\(JSONText.words(for: error)))")
        }
        guard schema == Self.schema, schemaVersion == Self.schemaVersion else {
            throw .unreadable(
                subject: name, reason: "is \(schema) \(schemaVersion), not \(Self.schema) 1")
        }
    }
}

/// What the examination behind a plan had seen.
public struct Seen: Codable, Hashable, Sendable {
    /// A finding that the plan was made from.
    public struct Item: Codable, Hashable, Sendable {
        public let code: String
        public let fingerprint: Fingerprint
    }

    public let findings: [Item]
    /// Buckets whose check had an answer.
    public let answered: [Bucket]
    /// Digests of the snapshots, by bucket. Snapshots hold times: these name what was seen, they
    /// do not bind the plan.
    public let snapshots: [String: ContentDigest]
}

/// The repair of one finding, or of several that the same steps put right.
public struct PlannedRepair: Codable, Hashable, Sendable {
    public let codes: [String]
    public let fingerprints: [Fingerprint]
    public let symptom: String
    public let fix: FixClass
    public let loss: Loss
    /// Codes of the symptoms that should go with it.
    public let clears: [String]
    public let steps: [PlannedStep]

    public var isDurable: Bool { steps.contains(where: \.isDurable) }
}

/// One step of a plan.
public struct PlannedStep: Codable, Hashable, Sendable {
    /// How the step would be taken back.
    public enum Undo: String, Codable, CaseIterable, Sendable {
        /// The bytes that were there are put back.
        case bytes
        /// Another step reverses it.
        case step
        /// It leaves nothing durable behind that could be taken back.
        case none
    }

    /// Counts through the whole plan, from 1.
    public let number: Int
    public let title: String
    /// The check that knows the step.
    public let bucket: Bucket
    public let isDurable: Bool
    public let undo: Undo
    /// What becomes of it elsewhere; nil when nothing does.
    public let consequence: String?
    public let loss: Loss
    public let touches: [Touch]
    public let fileCount: Int
    public let expectedMilliseconds: Int64
    public let step: JSONValue

    private enum CodingKeys: String, CodingKey {
        case number, title, bucket
        case isDurable = "durable"
        case undo, consequence, loss, touches
        case fileCount = "file_count"
        case expectedMilliseconds = "expected_ms"
        case step
    }
}

/// A finding that the plan leaves alone, and why.
public struct NotAddressed: Codable, Hashable, Sendable {
    /// Why a finding is left alone, in the words of the plan.
    public enum Reason: String, Codable, CaseIterable, Sendable {
        case none = "only explained, there is no repair"
        case manual = "a person has to do it"
        case suspected = "only suspected"
        case consentNotGiven = "needs consent"
        case lossNotAllowed = "would lose data"
        case budget = "exceeds the budget"
        case breakerOpen = "repaired too often lately"
        case dataAtStakeElsewhere = "other data is at stake"
        case followsFrom = "follows from another finding"
        case noStepsNow = "no automatic repair in this state"
        case acknowledged = "acknowledged"
        case notSelected = "not selected"
        case unattended = "not without a person"
    }

    public let code: String
    public let fingerprint: Fingerprint
    public let because: Reason
    /// What to do, an imperative clause.
    public let nextStep: String
    /// The code it waits for or follows from.
    public let other: String?
    /// What the repair would lose.
    public let loss: Loss?

    private enum CodingKeys: String, CodingKey {
        case code, fingerprint, because
        case nextStep = "next_step"
        case other, loss
    }
}
