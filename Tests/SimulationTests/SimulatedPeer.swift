// A peer with a disk that forgets what was not synced: the driver's part, done in memory.

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
        let ids: [FunctionID?]?
    }

    let key: DeviceKey
    let name: String
    var files: [String: [String]]
    /// The files of the synced branch while another one is checked out.
    var setAside: [String: [String]]?
    /// What is on disk of the log.
    private(set) var log: [RecordDraft] = []
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

    /// Puts records on the disk.
    ///
    /// - Returns: what they say, read back.
    mutating func write(_ drafts: [RecordDraft]) throws -> [PeerRecord] {
        log += drafts
        return try drafts.compactMap { draft in
            let record = try PeerRecord(
                type: draft.type, metadata: draft.metadata, body: draft.body)
            if let record { folded.fold(record) }
            return record
        }
    }

    /// Records of the log do not read back any more.
    mutating func loseRecords(_ range: Range<Int>) throws {
        log.removeSubrange(range)
        let (state, undecodable) = PeerState.replay(log.map { ($0.type, $0.metadata, $0.body) })
        guard undecodable == 0 else { throw SimulationFailure("a record does not read back") }
        folded = state
        hasLostRecords = true
    }

    /// - Returns: what the disk got of the records that were on their way.
    mutating func crash(keeping generator: inout SeededGenerator) throws -> [PeerRecord] {
        var kept: [RecordDraft] = []
        if case .append(let drafts)? = effects.first {
            kept = Array(drafts.prefix(Int.random(in: 0...drafts.count, using: &generator)))
        }
        core = nil
        inbox = []
        effects = []
        known = [:]
        prepared = [:]
        return try write(kept)
    }

    static func digest(_ lines: [String]?) -> ContentDigest? {
        lines.map { .of(ToyLanguage.bytes($0)) }
    }
}
