// What a peer knows of the ledger as a whole: how far it was read, which one it is, and whether it is
// still the one that was known.

import LiveProtocol

extension PeerState {
    /// Records were lost: how far we had read, what we had pushed, which identities were given up
    /// and which versions were taken back may be among what they said. The ledger tells all of it.
    mutating func distrust() {
        // What is pushed again gets places of its own, also in a ledger that lost its end.
        counters.acknowledgedSequence = 0
        rereadThrough = .max
        adopted = [:]
        isUnverified = true
        (position, setback) = (nil, nil)
    }

    /// Whether anything here is about versions of a ledger.
    var hasLedgerVersions: Bool {
        !bases.isEmpty || !inbound.isEmpty || conflicts.contains(where: \.isBlocking)
    }

    mutating func noteReread(from sequence: UInt64) {
        // Sets of ours may lie behind what was read.
        guard let own = frontier.map({ max($0.sequence, counters.acknowledgedSequence) }),
            own > sequence
        else { return }
        rereadThrough = max(rereadThrough ?? 0, own)
    }

    /// What is known from here on is of this run. The Mothership was asked about the position before,
    /// so that one is a place in this run as well.
    mutating func enter(_ run: String?) {
        let known = position?.sequence ?? frontier?.sequence ?? 0
        position = run.map { LedgerPosition(run: $0, sequence: known) }
    }

    mutating func notePosition(_ sequence: UInt64) {
        if let known = position?.sequence { position?.sequence = max(known, sequence) }
    }
}
