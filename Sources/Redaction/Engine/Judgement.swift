// Hostile text asks from each of its words whether the next four kilobytes are code. What one answer
// costs is bounded, so what bounds the whole is how often it is looked for.

/// What was found out about text that lies round one place.
struct Judgement<Answer> {
    /// So many answers in one stretch are looked for; ordinary text asks for a few.
    private static var most: Int { 32 }
    private static var stretch: Int { 4096 }
    /// Text that is shorter costs little.
    private static var least: Int { 256 }

    private var end = 0
    private var count = 0
    private var last: Answer?

    /// - Returns: what `judge` says, or, when it was asked too often for one stretch, what it said last.
    mutating func of(_ start: Int, _ stop: Int, _ judge: () -> Answer) -> Answer {
        guard stop - start >= Self.least else { return judge() }
        // A rule may go back a little; what matters is that nothing is asked for ever.
        if start >= end || start + Self.stretch < end { (end, count) = (start + Self.stretch, 0) }
        count += 1
        if count <= Self.most { last = nil }
        if let last { return last }
        let answer = judge()
        last = answer
        return answer
    }
}
