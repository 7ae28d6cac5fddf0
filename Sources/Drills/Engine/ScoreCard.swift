// What came of all drills: a row each, and totals that count what was not run apart from what
// passed.

import Support

/// The rows of a run and their totals.
public struct ScoreCard: Codable, Sendable {
    public static let schema = "aura.drills"

    public var schema = Self.schema
    public var schemaVersion = 1
    public let totals: Totals
    public let rows: [DrillRow]
    public let milliseconds: Int64

    enum CodingKeys: String, CodingKey {
        case schema
        case schemaVersion = "schema_version"
        case totals, rows, milliseconds
    }

    /// How many drills came how far.
    public struct Totals: Codable, Hashable, Sendable {
        public var codes = 0
        public var passed = 0
        /// Named as they should be, and gone before their repair, which there is, could be made.
        public var diagnosed = 0
        public var failed = 0
        public var notRun = 0
        public var detected = 0
        public var named = 0
        /// Commands of runbooks that worked while their fault stood.
        public var commands = 0
        /// Bundles out of which the same report follows.
        public var bundles = 0
        public var repaired = 0
        /// Repairs that are safe or need consent, and that the program does not offer.
        public var notOffered = 0
        public var undone = 0
        /// Repairs that change no durable state, and have no undo.
        public var withoutUndo = 0
        /// Undos that were refused because the state had moved on.
        public var undoRefused = 0

        enum CodingKeys: String, CodingKey {
            case codes, passed, diagnosed, failed
            case notRun = "not_run"
            case detected, named, commands, bundles, repaired
            case notOffered = "not_offered"
            case undone
            case withoutUndo = "without_undo"
            case undoRefused = "undo_refused"
        }
    }

    public init(rows: [DrillRow], milliseconds: Int64) {
        self.rows = rows
        self.milliseconds = milliseconds
        var totals = Totals()
        totals.codes = rows.count
        totals.passed = rows.count { $0.outcome == .passed }
        totals.diagnosed = rows.count { $0.outcome == .diagnosed }
        totals.failed = rows.count { $0.outcome == .failed }
        totals.notRun = rows.count { $0.outcome == .notRun }
        totals.detected = rows.count { $0.detected == .yes }
        totals.named = rows.count { $0.named == .yes }
        totals.commands = rows.map(\.commands).reduce(0, +)
        totals.bundles = rows.map(\.bundles).reduce(0, +)
        totals.repaired = rows.count { $0.repaired == .yes }
        totals.notOffered = rows.count { $0.repaired == .notOffered }
        totals.undone = rows.count { $0.undone == .yes }
        totals.withoutUndo = rows.count { $0.undone == .nothingToUndo }
        totals.undoRefused = rows.count { $0.undone == .refused }
        self.totals = totals
    }

    /// 0 only when nothing failed.
    public var exitStatus: Int32 { totals.failed == 0 ? 0 : 1 }

    /// The totals in one line.
    public var summary: String {
        var parts = [
            "\(totals.codes) codes", "\(totals.passed) passed",
            "\(totals.diagnosed) diagnosed only", "\(totals.failed) failed",
            "\(totals.notRun) not run", "\(totals.named) named right",
            "\(totals.repaired) repaired", "\(totals.undone) undone",
        ]
        if totals.notOffered > 0 { parts.append("\(totals.notOffered) without a repair yet") }
        if totals.undoRefused > 0 { parts.append("\(totals.undoRefused) undos refused") }
        if totals.withoutUndo > 0 { parts.append("\(totals.withoutUndo) with nothing to undo") }
        parts.append("\(totals.commands) commands of runbooks typed")
        parts.append("\(totals.bundles) bundles told the same")
        return parts.joined(separator: ", ") + ", \(Duration.milliseconds(milliseconds).brief)"
    }
}

extension DrillRow {
    /// The cells of the text form.
    public var cells: [String] {
        let marks = [detected, named, repaired, undone].map(\.sign)
        let seconds = "\(milliseconds / 1000).\(milliseconds % 1000 / 100)s"
        return [code, outcome.words] + marks + [outcome == .notRun ? "-" : seconds]
    }

    /// The heads of ``cells``.
    public static let heads = [
        "CODE", "RESULT", "DETECTED", "NAMED", "REPAIRED", "UNDONE", "TIME",
    ]
}

extension DrillRow.Outcome {
    var words: String {
        switch self {
        case .passed, .failed: rawValue
        case .diagnosed: "diagnosed only"
        case .notRun: "not run"
        }
    }
}

extension Mark {
    var sign: String {
        switch self {
        case .yes: "yes"
        case .no: "NO"
        case .notTried: "-"
        case .notOffered: "not offered"
        case .healsItself: "heals itself"
        case .nothingToUndo: "nothing to undo"
        case .refused: "refused"
        }
    }
}
