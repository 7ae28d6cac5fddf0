// The proof that the watcher delivers: a marker is written, and its name must come back.
//
// A watcher can fail without an error: watches used up, events lost, a mount that sends none.
// This is the pure half: events and monotonic time in, the next act out.

/// The state of the watcher proof.
public struct Canary: Equatable, Sendable {
    /// From one marker to the next.
    public static let period = Duration.seconds(5)
    /// A marker that takes longer is lost, also when it arrives in the end.
    public static let limit = Duration.seconds(5)
    /// Outcomes that are remembered.
    public static let historyCountMax = 10

    /// What became of one marker.
    public enum Outcome: Equatable, Sendable {
        case seen(latency: Duration)
        case lost
        /// Arrived after the limit; counts as lost.
        case late(latency: Duration)

        var isLost: Bool {
            if case .seen = self { false } else { true }
        }
    }

    /// What the newest markers say of the watcher.
    public enum Health: String, Equatable, Sendable, Codable {
        /// No marker has come back yet, none is lost either.
        case unproven
        case alive
        /// 2 of the last 3 markers lost, or the very first.
        case deaf
        /// The marker folder is gone; nothing can be proven until it is back.
        case folderMissing
    }

    /// What the caller does next.
    public enum Action: Equatable, Sendable {
        case none
        /// Write a marker of this name.
        case write(name: String)
        /// Make the marker folder again.
        case makeFolder
    }

    public private(set) var health = Health.unproven
    /// The newest outcome last.
    public private(set) var history: [Outcome] = []
    public private(set) var lostCount = 0
    public private(set) var seenCount = 0

    private let session: String
    private var number = 0
    private var outstanding: (name: String, since: Duration)?
    private var nextWrite: Duration?
    /// Lost markers that may still arrive late.
    private var overdue: [String: Duration] = [:]

    /// - Parameter session: distinguishes this run's markers from an earlier one's.
    public init(session: String) { self.session = session }

    /// The name of a marker file, for the watcher to tell it from others.
    public static let prefix = "canary-"

    /// Time has passed.
    public mutating func tick(at time: Duration) -> Action {
        if health == .folderMissing { return .makeFolder }
        if let marker = outstanding, time - marker.since > Self.limit {
            outstanding = nil
            overdue[marker.name] = marker.since
            record(.lost)
        }
        guard outstanding == nil, time >= nextWrite ?? time else { return .none }
        number += 1
        let name = "\(Self.prefix)\(session)-\(number)"
        outstanding = (name, time)
        nextWrite = time + Self.period
        return .write(name: name)
    }

    /// The watcher reported a marker.
    ///
    /// - Parameter time: when it did. Whoever is busy hears of it after the marker was given up: the
    ///   watcher is not deaf then, and the loss is taken back.
    public mutating func seen(_ name: String, at time: Duration) {
        if let since = overdue.removeValue(forKey: name) {
            guard let index = history.lastIndex(of: .lost) else { return }
            let latency = time - since
            guard latency <= Self.limit else {
                // Replace the loss it was counted as; the verdict does not change.
                history[index] = .late(latency: latency)
                return
            }
            history[index] = .seen(latency: latency)
            lostCount -= 1
            seenCount += 1
            if health == .deaf, !isDeafByHistory { health = .alive }
            return
        }
        guard let marker = outstanding, marker.name == name else { return }
        outstanding = nil
        let latency = time - marker.since
        record(latency > Self.limit ? .late(latency: latency) : .seen(latency: latency))
    }

    /// The marker folder is gone: the proof is suspended, nothing counts as lost.
    public mutating func folderGone() {
        health = .folderMissing
        outstanding = nil
    }

    /// The marker folder is back and watched again.
    public mutating func folderRestored(at time: Duration) {
        guard health == .folderMissing else { return }
        health = history.isEmpty ? .unproven : (isDeafByHistory ? .deaf : .alive)
        nextWrite = time
    }

    private mutating func record(_ outcome: Outcome) {
        history.append(outcome)
        if history.count > Self.historyCountMax { history.removeFirst() }
        if outcome.isLost {
            lostCount += 1
            if isDeafByHistory { health = .deaf }
        } else {
            seenCount += 1
            health = .alive
        }
        // A marker later than ten periods is not coming; the list stays short.
        while overdue.count > Self.historyCountMax {
            guard let oldest = overdue.min(by: { $0.value < $1.value }) else { break }
            overdue[oldest.key] = nil
        }
    }

    private var isDeafByHistory: Bool {
        // Nothing has ever come back through this watcher: one loss is proof enough.
        if !history.isEmpty && history.allSatisfy(\.isLost) { return true }
        return history.suffix(3).filter(\.isLost).count >= 2
    }

    public static func == (left: Canary, right: Canary) -> Bool {
        left.health == right.health && left.history == right.history
            && left.number == right.number && left.outstanding?.name == right.outstanding?.name
    }
}
