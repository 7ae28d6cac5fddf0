// Saves that no event told of: the comparison of the whole tree found them, and the event that
// should have come did not come later either.
//
// The kernel tells of a change by the name through which it was made. What is written through a hard
// link from elsewhere, a mount of another folder, or on the other side of a network share arrives
// without a word, while every marker file comes back.

import Support

/// Changes that were found without an event.
struct MissedSaves {
    /// An event that is on its way comes within this time, on a busy machine too: markers have half.
    static let patience = Duration.seconds(10)
    /// Newest ones that are kept by name.
    private static let keptMax = 20

    /// Found by a comparison, and when on the monotonic clock; an event may still come.
    private var suspects: [String: Duration] = [:]
    /// Newest last.
    private(set) var missed: [MissedSave] = []
    private(set) var count = 0

    /// A comparison found the file changed.
    mutating func found(_ path: String, at uptime: Duration) {
        if suspects[path] == nil { suspects[path] = uptime }
    }

    /// Events told of these files.
    mutating func told(_ paths: [String]) {
        guard !suspects.isEmpty else { return }
        for path in paths { suspects[path] = nil }
    }

    /// What had its time is missed.
    mutating func settle(at uptime: Duration, _ now: Timestamp) {
        for (path, since) in suspects.sorted(by: { $0.key < $1.key })
        where uptime - since > Self.patience {
            suspects[path] = nil
            count += 1
            missed.append(MissedSave(path: path, at: now))
        }
        missed.removeFirst(max(0, missed.count - Self.keptMax))
    }
}
