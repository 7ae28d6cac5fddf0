// What goes wrong around the peers: clocks that jump, directions of a connection that are blocked,
// processes that hang, a Mothership that stops, cannot write or cannot read. And what of all that
// happened how often.

import LiveSync
import Mothership
import Support

extension World {
    /// A clock that jumps, or a connection that lets nothing through in one direction.
    mutating func trouble(on peer: Int) {
        guard Bool.random(using: &generator) else {
            let hour: Int64 = 3_600_000
            let error = [0, -10 * hour, -1, hour, 87_600 * hour].randomElement(using: &generator)
            clockErrors[peer] = error ?? 0
            note("clock jumps")
            return
        }
        guard let id = connection(of: peer) else { return }
        let isBlocked = connections[id]?.blocked != nil
        connections[id]?.blocked =
            isBlocked ? nil : Direction.allCases.randomElement(using: &generator)
        if !isBlocked { note("blocked one way") }
    }

    mutating func stall(_ peer: Int) {
        if stalled.remove(peer) == nil {
            stalled.insert(peer)
            note("peer hangs")
        }
    }

    mutating func troubleAtServer() throws {
        let now = Timestamp(rawValue: time)
        switch Int.random(in: 0..<8, using: &generator) {
        case 0:
            trace.append("server stops")
            route(try server.handle(.drain, at: now))
            connections = [:]
            try server.crash(renewing: nil)
        case 1:
            trace.append("server cannot write")
            route(try server.failCommit(at: now))
        case 2: server.failsToRead = true
        case 3:
            // Longer than a silence may be: whoever was not heard is sent away.
            time += 76_000
            route(try server.handle(.tick, at: Timestamp(rawValue: time)))
        default: route(try server.handle(.tick, at: now))
        }
    }

    mutating func note(_ what: String) { happened[what, default: 0] += 1 }

    /// Counts what came onto a disk, and sees whether a damaged log was made up for.
    mutating func noteLogged(_ records: [PeerRecord], _ peer: Int) {
        for record in records {
            switch record {
            case .stateChanged(.baselineReset(nil)): peers[peer].hasLostRecords = false
            case .stateChanged(.verified(let bases)):
                note(bases.isEmpty ? "ledger verified" : "ledger had lost versions")
            case .stateChanged(.wentBack(let setback)):
                note("ledger went back")
                if setback.known <= setback.head { note("ledger had grown again") }
            default: continue
            }
        }
    }
}
