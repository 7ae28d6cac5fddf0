// Rows of a snapshot that say why something does not move: not pushed, not applied, not answered.

import Support

/// A save that only a comparison of the whole tree found.
public struct MissedSave: Codable, Hashable, Sendable {
    public var path: String
    /// When it was clear that no event comes.
    public var at: Timestamp

    public init(path: String, at: Timestamp) {
        self.path = path
        self.at = at
    }
}

/// A file that differs from its shared version and has nothing to push.
public struct UnpushedFile: Codable, Hashable, Sendable {
    /// Why there is nothing to push.
    public enum Reason: String, Codable, Sendable {
        /// Only comments and layout differ.
        case trivia
        /// What differs is marked local-only.
        case localOnly = "local-only"
    }

    public var path: String
    public var reason: Reason
    /// Units that differ.
    public var count: Int

    public init(path: String, reason: Reason, count: Int) {
        self.path = path
        self.reason = reason
        self.count = count
    }
}

/// How one link ended, and when.
public struct RecentClose: Codable, Hashable, Sendable {
    public var code: UInt16?
    public var at: Timestamp

    public init(code: UInt16?, at: Timestamp) {
        self.code = code
        self.at = at
    }
}

/// What a delivered change set has for one path, and is not applied here.
public struct LeftOutRow: Codable, Hashable, Sendable {
    public var path: String
    public var device: String
    public var changes: Int

    public init(path: String, device: String, changes: Int) {
        self.path = path
        self.device = device
        self.changes = changes
    }
}

/// A received change that was not applied: the local text is newer.
public struct SkippedApply: Codable, Hashable, Sendable {
    public var function: String
    public var path: String
    /// First digits of the version that was left out; nil for a deletion.
    public var remote: String?
    public var at: Timestamp

    public init(function: String, path: String, remote: String?, at: Timestamp) {
        self.function = function
        self.path = path
        self.remote = remote
        self.at = at
    }
}

/// A push without an answer although one sent after it was answered.
public struct LostAnswer: Codable, Hashable, Sendable {
    /// First digits of the change set's identity.
    public var changeSet: String
    public var sentAt: Timestamp

    public init(changeSet: String, sentAt: Timestamp) {
        self.changeSet = changeSet
        self.sentAt = sentAt
    }
}

/// A delivery that was not taken, and what spoke against it.
public struct RefusedDelivery: Codable, Hashable, Sendable {
    /// What spoke against it.
    public enum Reason: String, Codable, Sendable {
        /// The signature is not the device's over these bytes.
        case signature
        /// A path leads out of the tree or into git's folder.
        case path
        /// The device reads the language by another grammar; the change waits.
        case grammar
    }

    public var reason: Reason
    /// First digits of the device that signed it, or is said to have.
    public var device: String
    /// What it was about: a path or a language; empty when that cannot be trusted.
    public var about: String
    public var at: Timestamp

    public init(reason: Reason, device: String, about: String, at: Timestamp) {
        self.reason = reason
        self.device = device
        self.about = about
        self.at = at
    }
}
