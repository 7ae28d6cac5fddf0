// How many single edits turn one word into another, to name the key somebody meant.

/// Optimal string alignment distance: insert, delete, replace, swap two neighbours.
public enum EditDistance {
    /// The distance in edits of one byte each; 0 for equal words.
    public static func between(_ left: String, _ right: String) -> Int {
        let (a, b) = (Array(left.utf8), Array(right.utf8))
        var before: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var cost = min(last[j] + (a[i] == b[j] ? 0 : 1), row[j] + 1, last[j + 1] + 1)
                if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                    cost = min(cost, before[j - 1] + 1)
                }
                row.append(cost)
            }
            (before, last) = (last, row)
        }
        return last[b.count]
    }

    /// The most similar candidate, unless more than half of the word would have to change.
    public static func nearest(to word: String, among candidates: [String]) -> String? {
        let ranked = candidates.map { (word: $0, distance: between(word, $0)) }
        guard let best = ranked.min(by: { ($0.distance, $0.word) < ($1.distance, $1.word) }),
            best.distance * 2 <= max(word.utf8.count, best.word.utf8.count)
        else { return nil }
        return best.word
    }
}
