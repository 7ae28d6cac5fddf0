// What a bundle does not hold, and why. A reader must be able to tell "nothing was there" from
// "it was left out".

/// Something that was left out, or cut.
public struct Omission: Hashable, Codable, Sendable {
    /// Why, in the words of the manifest.
    public enum Reason: String, Codable, CaseIterable, Sendable {
        case link = "a link, which is not followed"
        case fifo = "a FIFO"
        case socket = "a socket"
        case device = "a device"
        case otherFileSystem = "on another file system"
        case secondName = "has a second name outside of the folder"
        case otherOwner = "belongs to another user"
        case unreadable = "cannot be read"
        case vanished = "went away while it was collected"
        case packed = "packed, and not looked into"
        case database = "a database, which keeps deleted rows"
        case binary = "no text"
        case tooDeep = "below too many folders"
        case longName = "has a name that is too long for an archive"
        case tooMany = "more files than a bundle takes"
        case tooLarge = "older than the newest part that fits"
        case older = "older than asked for"
        case grew = "grew while it was read; the beginning is in"
        case shrank = "was cut while it was read; what was there is in"
        case changed = "was written to while it was read"
        case notScrubbed = "could not be scrubbed"
        case notMade = "could not be collected"
        case absent = "is not there"
        case notRecorded = "a check of a third party, whose findings are not recorded"
        case closedKey = "a key that is closed to this user, so nothing was searched for it"
    }

    /// The member it would have been, scrubbed like any name.
    public var member: String
    public var reason: Reason
    /// In words of this program, for example an error's; scrubbed.
    public var detail: String?
    /// The size on disk of what was left out, where that is known.
    public var bytes: Int?

    public init(_ member: String, _ reason: Reason, detail: String? = nil, bytes: Int? = nil) {
        self.member = member
        self.reason = reason
        self.detail = detail
        self.bytes = bytes
    }
}
