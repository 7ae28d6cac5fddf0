// A run in short, for lists and for programs.

/// What became of one run.
public struct RunSummary: Codable, Hashable, Sendable {
    public static let schema = "aura.run"
    public static let schemaVersion = 1

    /// One step in short.
    public struct Step: Codable, Hashable, Sendable {
        public let number: Int
        public let title: String
        public let progress: RunRecord.Progress
        public let undo: PlannedStep.Undo
        /// What became of it beyond the files it touched, where no undo reaches; nil when nothing did.
        public let consequence: String?
        public let failure: String?
    }

    public let schema: String
    public let schemaVersion: Int
    public let run: RunID
    public let command: String
    public let begun: UTCTime
    public let ended: UTCTime?
    public let epoch: UInt64
    /// Nil while it runs, and after a crash.
    public let outcome: RunOutcome?
    public let isInterrupted: Bool
    public let codes: [String]
    public let fingerprints: [Fingerprint]
    public let loss: Loss
    public let steps: [Step]
    public let verdict: RepairVerdict?

    /// Whether anything of it was, or could be, taken back.
    public var canBeTakenBack: Bool { steps.contains { $0.undo != .none } }

    /// What its steps brought about where no undo reaches, each once.
    public var consequences: [String] {
        steps.filter { $0.progress == .done || $0.progress == .kept }.compactMap(\.consequence)
            .uniqued()
    }

    public init(_ run: RunRecord) {
        schema = Self.schema
        schemaVersion = Self.schemaVersion
        self.run = run.id
        command = run.command
        begun = UTCTime(run.begun)
        ended = run.ended.map(UTCTime.init)
        epoch = run.epoch
        outcome = run.outcome
        isInterrupted = run.isInterrupted
        codes = run.plan.repairs.flatMap(\.codes)
        fingerprints = run.plan.repairs.flatMap(\.fingerprints)
        loss = run.plan.loss
        steps = run.steps.map {
            Step(
                number: $0.planned.number, title: $0.planned.title, progress: $0.progress,
                undo: $0.planned.undo, consequence: $0.planned.consequence, failure: $0.failure)
        }
        verdict = run.verdict
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case schema
        case schemaVersion = "schema_version"
        case run, command, begun, ended, epoch, outcome
        case isInterrupted = "interrupted"
        case codes, fingerprints, loss, steps, verdict
    }

    /// One JSON object that begins with `schema`, without a final newline.
    public func json(pretty: Bool = true) throws -> String {
        try OrderedJSON.encode(
            self, order: CodingKeys.allCases.map(\.rawValue), pretty: pretty)
    }
}
