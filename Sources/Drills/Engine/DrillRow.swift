// What came of one drill, in the words of the score card.

/// Whether a part of a drill came out as it should.
public enum Mark: String, Codable, Hashable, Sendable {
    case yes
    case no
    /// The drill does not go that far: nobody repairs this code, or an earlier part failed.
    case notTried = "not_tried"
    /// The program offers no repair for this code.
    case notOffered = "not_offered"
    /// The finding was gone before the program could do anything about it.
    case healsItself = "heals_itself"
    /// What the repair changed has changed again since, so it is not taken back, and that is said.
    case refused
    /// The repair changes no durable state, so there is nothing to undo.
    case nothingToUndo = "nothing_to_undo"
}

/// One drill's line of the score card.
public struct DrillRow: Codable, Sendable {
    /// What came of the drill as a whole.
    public enum Outcome: String, Codable, Sendable {
        case passed, failed
        /// As far as it is named it passed; its repair, which there is, was not made.
        case diagnosed
        case notRun = "not_run"
    }

    public let code: String
    public let fix: String
    public var outcome: Outcome
    /// The code was reported.
    public var detected = Mark.notTried
    /// It was the root, and nothing but what was declared stood beside it.
    public var named = Mark.notTried
    /// How many commands of its runbook, those that only look, worked while the fault stood.
    public var commands = 0
    /// Bundles, made while the fault stood, out of which the same report follows.
    public var bundles = 0
    /// After the repair the report was healthy.
    public var repaired = Mark.notTried
    /// A second repair changed nothing.
    public var settled = Mark.notTried
    /// The repair left the user's files as they were.
    public var unchanged = Mark.notTried
    /// After the undo the fault was back.
    public var undone = Mark.notTried
    /// Why it failed or was not run.
    public var reason: String?
    /// The codes of the last report.
    public var seen: String?
    public var milliseconds: Int64 = 0

    enum CodingKeys: String, CodingKey {
        case code, fix, outcome, detected, named, commands, bundles, repaired, settled, unchanged,
            undone, reason
        case seen, milliseconds
    }

    init(_ drill: Drill, _ outcome: Outcome = .passed, reason: String? = nil) {
        code = drill.code
        fix = drill.entry.fix.rawValue
        self.outcome = outcome
        self.reason = reason
    }

    /// Notes that nothing was left to be repaired.
    mutating func heal(_ why: String) {
        (outcome, repaired) = (.diagnosed, .healsItself)
        reason = reason ?? why
    }

    /// Notes the first thing that went wrong.
    mutating func fail(_ why: String, seen report: DoctorAnswer? = nil) {
        outcome = .failed
        reason = reason ?? why
        seen = seen ?? report?.brief
    }
}
