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
    /// What is on disk of the log.
    var log: [RecordDraft] = []
    /// Something is missing in the log, and was not made up for yet.
    var hasLostRecords = false
    var core: PeerCore?
    var inbox: [Input] = []
    /// Effects in order; the first one waits for the disk when it is an append.
    var effects: [PeerEffect] = []
    /// What the core has been told of each file.
    var known: [String: [String]?] = [:]
    var prepared: [ApplyID: Prepared] = [:]
    /// The index as it was when it was last saved.
    var savedIndex = LocalIndex()

    var device: DeviceID { key.device }
    var isIdle: Bool { inbox.isEmpty && effects.isEmpty }

    /// - Returns: what the disk got of the records that were on their way.
    mutating func crash(keeping generator: inout SeededGenerator) -> [RecordDraft] {
        var kept: [RecordDraft] = []
        if case .append(let drafts)? = effects.first {
            kept = Array(drafts.prefix(Int.random(in: 0...drafts.count, using: &generator)))
        }
        log += kept
        core = nil
        inbox = []
        effects = []
        known = [:]
        prepared = [:]
        return kept
    }

    static func digest(_ lines: [String]?) -> ContentDigest? {
        lines.map { .of(ToyLanguage.bytes($0)) }
    }
}
