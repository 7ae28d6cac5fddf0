// Mistakes that a test can plant into the cores, one at a time, to prove that the simulation would
// notice them. Test hooks: the set is empty in every product path, which `Tests/HouseRules` holds.

/// A planted mistake.
public enum Seam: String, CaseIterable, Sendable {
    /// The peer acknowledges a delivery before its log is synced.
    case peerAcknowledgesEarly
    /// The Mothership answers a push before its ledger is.
    case serverAcknowledgesEarly
    /// The Mothership takes a change whatever version it was made against.
    case serverTakesAnyBase
    /// The Mothership takes a number that it gave out again for what it stood for before it was put
    /// back from an older copy.
    case serverTrustsNumbers
    /// The peer replaces a local text whatever version the delivered one was made against.
    case peerTakesAnyBase
    /// The peer's log says that a change is applied before the file says so.
    case cursorBeforeApply
    /// The peer's cursor is on disk before what it counts.
    case cursorBeforeDelivery
    /// The ledger forgets that a unit was deleted.
    case losesTombstones
    /// What was received already is received, and applied, again.
    case appliesTwice
    /// An apply that a crash interrupted counts as done.
    case countsInterruptedApply
    /// The answer to a push does not advance the base of what was pushed.
    case answerKeepsBase
}
