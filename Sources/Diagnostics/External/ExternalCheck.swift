// A check that is a program of its own, as any other check.
//
// Its catalogue comes from the program's description, recorded when it was trusted. What it cannot
// do is repair: its plan is a list of steps for a person.

import Support

/// A kind that is known only at run time.
public struct ExternalKind: FindingKind {
    let entry: Catalogue.Entry

    public static let bucket: Bucket = "external"
    public static let allCases: [ExternalKind] = []

    public var rawValue: String { entry.code }
    public var severity: Severity { entry.severity }
    public var dataAtStake: Bool { entry.dataAtStake }
    public var fix: FixClass { entry.fix }
    public var lossy: Bool { entry.lossy }
    public var meaning: String { entry.meaning }
    public var impact: String { entry.impact }
    public var nextStep: String { entry.nextStep }

    init(_ entry: Catalogue.Entry) { self.entry = entry }

    /// A kind that nobody described.
    public init(rawValue: String) {
        entry = Catalogue.Entry(
            code: rawValue, severity: .warn, dataAtStake: false, fix: .none,
            meaning: "a code that its check does not declare",
            impact: "nobody can say what it means", nextStep: "update the check that sent it")
    }

    public init(from decoder: any Decoder) throws { entry = try Catalogue.Entry(from: decoder) }
    public func encode(to encoder: any Encoder) throws { try entry.encode(to: encoder) }
}

/// What a program answered.
public struct ExternalSnapshot: Codable, Sendable {
    var answer: ExternalAnswer
    var processorMilliseconds: Int64
}

/// A third party's check.
public struct ExternalCheck<System: Sendable>: Check {
    public typealias Kind = ExternalKind

    enum Source: Sendable {
        /// Speaks the JSON contract.
        case program(ExternalProgram)
        /// A monitoring plug-in with its manifest.
        case plugin(PluginManifest, ExternalProgram)
        /// Was trusted and is not as it was then.
        case changed(path: String, reason: String)
    }

    private let description: ExternalDescription
    private let source: Source
    /// The folder of what is examined.
    private let root: String
    /// SIGTERM, SIGKILL and their waits come on top of the program's own time.
    private static var stopAllowance: Duration { .seconds(3) }

    init(_ description: ExternalDescription, _ source: Source, root: String) {
        self.description = description
        self.source = source
        self.root = root
    }

    public var bucket: Bucket { Bucket(rawValue: description.name) }
    public var title: String { description.title.map(ExternalText.cut) ?? description.name }
    public var depth: Depth { description.depth ?? .standard }
    public var deadline: Duration { description.deadline + Self.stopAllowance }
    public var entries: [Catalogue.Entry] { description.codes.map { Catalogue.Entry($0) } }
    public var cost: Cost {
        Cost(
            processor: .milliseconds(description.processorMilliseconds ?? 250),
            readBytes: 8 << 20)
    }

    public func probe(
        _ system: System, until deadline: Deadline
    ) throws(ProbeFailure) -> ExternalSnapshot {
        let left = deadline.remaining
        let limit = min(description.deadline, max(left * 2 / 5, left - Self.stopAllowance))
        switch source {
        case .program(let program): return try ask(program, deadline, limit)
        case .plugin(let manifest, let program):
            let result = try run(program, limit)
            return try snapshot(of: manifest.answer(from: result), result)
        case .changed(let path, let reason):
            throw .unavailable(
                subject: path, reason: reason,
                nextStep: "read it, then run aura doctor trust \(path)")
        }
    }

    private func ask(
        _ program: ExternalProgram, _ deadline: Deadline, _ limit: Duration
    ) throws(ProbeFailure) -> ExternalSnapshot {
        let request = ExternalRequest(
            verb: .detect, root: root, depth: deadline.depth,
            deadlineMilliseconds: limit.milliseconds)
        let result = try run(program, limit, request)
        guard result.status == 0 else {
            throw .crashed(
                subject: program.path,
                reason: "exit code \(result.status): \(ExternalText.cut(result.errorText))")
        }
        let answer: ExternalAnswer
        do { answer = try JSONText.decode(ExternalAnswer.self, from: result.output) } catch {
            throw .crashed(
                subject: program.path,
                reason: "its answer does not decode (\(JSONText.words(for: error)))")
        }
        if let fault = answer.fault { throw .crashed(subject: program.path, reason: fault) }
        return try snapshot(of: answer, result)
    }

    private func snapshot(
        of answer: ExternalAnswer, _ result: ChildResult
    ) throws(ProbeFailure) -> ExternalSnapshot {
        if let silence = answer.unavailable {
            throw .unavailable(
                subject: description.name, reason: ExternalText.cut(silence.reason),
                nextStep: ExternalText.cut(silence.nextStep))
        }
        return ExternalSnapshot(
            answer: answer, processorMilliseconds: result.processor.milliseconds)
    }

    private func run(
        _ program: ExternalProgram, _ limit: Duration, _ request: ExternalRequest? = nil
    ) throws(ProbeFailure) -> ChildResult {
        let input = try request.map { request throws(ProbeFailure) in
            try Self.text(request, program)
        }
        let verb = request.map { [$0.verb.rawValue] } ?? []
        do throws(ChildFailure) {
            return try program.run(verb, input: input ?? "", limit: limit)
        } catch {
            switch error.problem {
            case .deadline(let limit): throw .timedOut(after: limit)
            case .unkillable(let pid): throw .childUnkillable(subject: program.path, pid: pid)
            case .notFound, .outputTooLong, .unwanted, .system:
                throw .crashed(subject: program.path, reason: error.reason)
            }
        }
    }

    private static func text(
        _ request: ExternalRequest, _ program: ExternalProgram
    ) throws(ProbeFailure) -> String {
        do { return try JSONText.encode(request) } catch {
            throw .crashed(subject: program.path, reason: "cannot be asked (\(error))")
        }
    }
}

extension ExternalCheck {
    public func diagnose(_ snapshot: ExternalSnapshot) -> [Finding<ExternalKind>] {
        let known = Dictionary(
            entries.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })
        return (snapshot.answer.findings ?? []).map { found in
            Finding(
                known[found.code].map(ExternalKind.init) ?? ExternalKind(rawValue: found.code),
                symptom: ExternalText.cut(found.symptom), on: found.subjects ?? [],
                evidence: found.evidence ?? [], cause: found.cause.map(ExternalText.cut),
                raisedTo: found.severity ?? .info, confidence: found.confidence ?? .confirmed,
                impact: found.impact.map(ExternalText.cut),
                nextStep: found.nextStep.map(ExternalText.cut))
        }
    }

    public func witness(of snapshot: ExternalSnapshot) -> Witness {
        snapshot.answer.witness ?? .nothingExamined
    }

    public func detail(
        of snapshot: ExternalSnapshot, findings: [Finding<ExternalKind>]
    ) -> String {
        ExternalText.cut(snapshot.answer.detail ?? "")
    }

    public func facts(of snapshot: ExternalSnapshot) -> [Evidence] {
        snapshot.answer.facts ?? []
    }

    public func childProcessor(of snapshot: ExternalSnapshot) -> Duration {
        .milliseconds(snapshot.processorMilliseconds)
    }

    /// What a person would do about a finding, in the program's words; empty when it plans nothing.
    ///
    /// - Throws: ``ProbeFailure`` when the program did not answer.
    public func plan(
        for finding: AnyFinding, within limit: Duration = .seconds(5)
    ) throws(ProbeFailure) -> [String] {
        guard case .program(let program) = source else { return [] }
        let request = ExternalRequest(
            verb: .plan, root: root, deadlineMilliseconds: limit.milliseconds, finding: finding)
        let result = try run(program, limit, request)
        guard result.status == 0, !result.output.isEmpty else { return [] }
        do {
            return try JSONText.decode(ExternalPlan.self, from: result.output).steps
                .map(ExternalText.cut)
        } catch {
            throw .crashed(
                subject: program.path,
                reason: "its plan does not decode (\(JSONText.words(for: error)))")
        }
    }
}

extension Catalogue.Entry {
    init(_ code: ExternalDescription.Code) {
        self.init(
            code: code.code, severity: code.severity, dataAtStake: code.dataAtStake ?? false,
            fix: code.fix ?? .none, meaning: ExternalText.cut(code.meaning),
            impact: ExternalText.cut(code.impact), nextStep: ExternalText.cut(code.nextStep))
    }

    init(
        code: String, severity: Severity, dataAtStake: Bool, fix: FixClass, meaning: String,
        impact: String, nextStep: String
    ) {
        self.code = code
        self.severity = severity
        self.dataAtStake = dataAtStake
        self.fix = fix
        lossy = false
        self.meaning = meaning
        self.impact = impact
        self.nextStep = nextStep
        explains = []
    }
}
