// The catalogue of a bucket: an enum with one case for everything its check can find.
//
// Severity, fix class and wording hang on the case, so that a `switch` makes the compiler ask for
// them when a case is added, and `allCases` gives `explain`, the documentation and every test of
// the catalogue their list. A code keeps its meaning for ever; the words may change.

/// One kind of finding. The raw value is the code: `wal.torn-tail`.
public protocol FindingKind: RawRepresentable<String>, CaseIterable, Codable, Hashable, Sendable {
    /// The area the kind belongs to; every code starts with it and a dot.
    static var bucket: Bucket { get }
    /// The usual severity. A finding may be raised above it, never lowered.
    var severity: Severity { get }
    /// True when data can be lost; every other unattended repair then stops.
    var dataAtStake: Bool { get }
    var fix: FixClass { get }
    /// True when the repair gives something up.
    var lossy: Bool { get }
    /// What is wrong: one clause, lower case, present tense, no full stop.
    var meaning: String { get }
    /// What that means for the user: one clause, as above.
    var impact: String { get }
    /// What to do, an imperative clause short enough to end the report's last line.
    var nextStep: String { get }
    /// Codes or globs (`wal.*`, or a bare bucket) of the symptoms this kind causes.
    var explains: [String] { get }
}

extension FindingKind {
    public var code: String { rawValue }
    public var dataAtStake: Bool { false }
    public var lossy: Bool { false }
    public var explains: [String] { [] }
}
