// A peer as its driver sees it: its log on a disk that forgets what was not synced, its files, and
// what is on its way between the core and both.

import LiveProtocol
import LiveSync
import Support
import WriteAheadLog

struct SimulatedPeer {
    enum Input {
        case event(PeerEvent)
        /// The file as it was when it was read.
        case reading(path: String, lines: [String]?)
        /// Files that were saved together.
        case readingTogether([(path: String, lines: [String])])
        case applied(ApplyID, lines: [String]?, ids: [FunctionID?]?)
        case changedUnderneath(ApplyID, path: String, lines: [String]?)
    }

    struct Prepared {
        let plan: ApplyPlan
        let before: [String]?
        let after: [String]?
        let ids: [FunctionID?]
    }

    let key: DeviceKey
    let name: String
    var files: [String: [String]]
    /// The files of the synced branch while another one is checked out.
    var setAside: [String: [String]]?
    private(set) var log: SimulatedLog
    /// What the log folds to, each record read back from its bytes.
    private(set) var folded = PeerState()
    /// Something is missing in the log, and was not made up for yet.
    var hasLostRecords = false
    var core: PeerCore?
    var inbox: [Input] = []
    /// Effects in order; the first one waits for the disk when it is an append.
    var effects: [PeerEffect] = []
    /// What the core has been told of each file.
    var known: [String: [String]?] = [:]
    var prepared: [ApplyID: Prepared] = [:]

    var signed: [ChangeSetID: (set: ChangeSet, signed: SignedChangeSet)] = [:]

    var device: DeviceID { key.device }
    var isIdle: Bool { inbox.isEmpty && effects.isEmpty }

    /// Signs a set; one that goes out again is signed already.
    mutating func sign(_ set: ChangeSet) throws -> SignedChangeSet {
        if let known = signed[set.id], known.set == set { return known.signed }
        let fresh = try key.sign(set)
        signed[set.id] = (set, fresh)
        return fresh
    }

    // MARK: The log

    /// Puts records on the disk.
    ///
    /// - Returns: what they say, read back.
    mutating func write(
        _ drafts: [RecordDraft], _ random: inout some RandomNumberGenerator
    ) throws -> [PeerRecord] {
        let shortens =
            drafts.contains { $0.type == .checkpoint } && folded.applying == nil
            && !folded.conflicts.contains(where: \.isBlocking)
        if shortens { try log.seal() }
        try log.append(drafts, &random)
        let records = try fold(drafts)
        if shortens { try log.retire() }
        return records
    }

    private mutating func fold(_ drafts: [RecordDraft]) throws -> [PeerRecord] {
        try drafts.compactMap { draft in
            let record = try PeerRecord(
                type: draft.type, metadata: draft.metadata, body: draft.body)
            if let record { folded.fold(record) }
            return record
        }
    }

    /// The process ends; what it was about to write may come onto the disk or not.
    mutating func crash(_ random: inout some RandomNumberGenerator) throws {
        var drafts: [RecordDraft] = []
        if case .append(let pending)? = effects.first { drafts = pending }
        try log.crash(writing: drafts, &random)
        core = nil
        inbox = []
        effects = []
        known = [:]
        prepared = [:]
    }

    mutating func rot(_ random: inout some RandomNumberGenerator) -> String? { log.rot(&random) }

    /// Opens the log and folds what is in it.
    ///
    /// - Returns: what a crash had left unanswered and yet on the disk, and what the log said.
    mutating func open(
        now: Timestamp, _ random: inout some RandomNumberGenerator
    ) throws -> (late: [PeerRecord], found: SimulatedLog.Opening) {
        let opening = try log.open(now: now, &random)
        let late = try fold(opening.late)
        let (state, undecodable) = PeerState.replay(
            log.entries.lazy.map { ($0.draft.type, $0.draft.metadata, $0.draft.body) })
        guard undecodable == 0 else { throw SimulationFailure("a record does not read back") }
        if opening.hasLost {
            hasLostRecords = true
        } else if state != folded {
            throw SimulationFailure("the log does not fold to what its records said")
        }
        folded = state
        return (late, opening)
    }

    static func digest(_ lines: [String]?) -> ContentDigest? {
        lines.map { .of(ToyLanguage.bytes($0)) }
    }
}
