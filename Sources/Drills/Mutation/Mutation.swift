// A change to real state with a known answer: which codes may be reported, or none at all.
//
// A drill shows that one chosen fault is named. Mutations ask the same of many that nobody chose,
// and of changes that must not be noticed: the twins of the faults that leave everything sound.

/// One change and what a report has to say of it.
public struct Mutation {
    /// The part of the state that is changed.
    public enum Area: String, Codable, CaseIterable, Sendable {
        case log, manifest, settings, records, cache, clock, network
    }

    public let area: Area
    /// What is done, with the place.
    public let title: String
    /// Codes of which at least one must be a root; empty for a harmless change.
    public let answers: [String]
    /// Makes the change and leaves with the stage how it is taken back.
    let make: (Stage) throws -> Void

    init(
        _ area: Area, _ title: String, _ answers: [String],
        _ make: @escaping (Stage) throws -> Void
    ) {
        self.area = area
        self.title = title
        self.answers = answers
        self.make = make
    }

    public var isHarmless: Bool { answers.isEmpty }
}

/// A row of the detector score card.
public struct CodeScore: Codable, Hashable, Sendable {
    public let code: String
    /// Mutations that had to be reported by this code, and were.
    public var hits = 0
    /// Mutations that had to be reported by this code, and were not.
    public var misses = 0
    /// Reports of this code that nothing called for.
    public var falseAlarms = 0

    enum CodingKeys: String, CodingKey {
        case code, hits, misses
        case falseAlarms = "false_alarms"
    }

    public init(code: String) { self.code = code }

    /// Of its reports, the share that was called for; nil without any.
    public var precision: Double? {
        hits + falseAlarms == 0 ? nil : Double(hits) / Double(hits + falseAlarms)
    }

    /// Of what called for it, the share that was reported; nil without any.
    public var recall: Double? { hits + misses == 0 ? nil : Double(hits) / Double(hits + misses) }
}

/// What came of many mutations.
public struct MutationCard: Codable, Sendable {
    public var schema = "aura.mutations"
    public var schemaVersion = 1
    public let seed: UInt64
    public internal(set) var mutations = 0
    public internal(set) var harmless = 0
    /// Harmless changes that raised something.
    public internal(set) var harmlessRaised = 0
    public internal(set) var areas: [String: Int] = [:]
    public internal(set) var scores: [CodeScore] = []
    /// Each wrong answer, with the change that brought it about.
    public internal(set) var wrong: [String] = []
    public internal(set) var milliseconds: Int64 = 0

    enum CodingKeys: String, CodingKey {
        case schema
        case schemaVersion = "schema_version"
        case seed, mutations, harmless
        case harmlessRaised = "harmless_raised"
        case areas, scores, wrong, milliseconds
    }

    init(seed: UInt64) { self.seed = seed }

    /// 0 only when every answer was right.
    public var exitStatus: Int32 { wrong.isEmpty ? 0 : 1 }

    /// Notes one answer.
    mutating func note(_ mutation: Mutation, roots: Set<String>) {
        mutations += 1
        areas[mutation.area.rawValue, default: 0] += 1
        // An answer in a record that cannot be read any more leaves its push waiting.
        let roots = mutation.area == .log ? roots.subtracting(["wal.backlog-offline"]) : roots
        let right = roots.intersection(mutation.answers)
        let strange = roots.subtracting(mutation.answers)
        for code in right { change(code) { $0.hits += 1 } }
        for code in strange { change(code) { $0.falseAlarms += 1 } }
        if mutation.isHarmless {
            harmless += 1
            if !roots.isEmpty { harmlessRaised += 1 }
        } else if right.isEmpty {
            change(mutation.answers[0]) { $0.misses += 1 }
        }
        if !strange.isEmpty || (right.isEmpty && !mutation.isHarmless) {
            let wanted =
                mutation.isHarmless ? "nothing" : mutation.answers.joined(separator: " or ")
            let seen = roots.isEmpty ? "nothing" : roots.sorted().joined(separator: ", ")
            wrong.append(
                "\(mutation.area.rawValue): \(mutation.title): \(wanted) expected, \(seen)")
        }
    }

    private mutating func change(_ code: String, _ body: (inout CodeScore) -> Void) {
        if !scores.contains(where: { $0.code == code }) {
            scores.append(CodeScore(code: code))
            scores.sort { $0.code < $1.code }
        }
        guard let place = scores.firstIndex(where: { $0.code == code }) else { return }
        body(&scores[place])
    }
}
