// What processes do: crash and start, take one input, wait for the disk.

import LiveProtocol
import LiveSync
import Support
import WriteAheadLog

extension World {
    mutating func crashSomething(_ peer: Int) throws {
        guard crashes > 0 else { return }
        crashes -= 1
        if Int.random(in: 0..<3, using: &generator) == 0 {
            trace.append("server crashes")
            for index in peers.indices { try drop(index) }
            connections = [:]
            try restartServer()
        } else {
            trace.append("\(peers[peer].name) crashes")
            try drop(peer)
            try peers[peer].crash(&generator)
            if Int.random(in: 0..<6, using: &generator) == 0 { rot(peer) }
        }
    }

    /// The ledger is what it was, or comes back from a copy, which may be older.
    private mutating func restartServer() throws {
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: try server.crash(renewing: "e\(time)")
        case 1, 2:
            let lost = Int.random(in: 1...6, using: &generator)
            trace.append("server is put back from a copy, without its last \(lost) batches")
            note("ledger from an older copy")
            // Whoever copies the files of a Mothership gives the ledger no new name.
            let epoch = Bool.random(using: &generator) ? server.epoch : "e\(time)"
            if epoch == server.epoch { note("ledger put back under its name") }
            try server.crash(
                renewing: epoch, losing: lost, atStart: Bool.random(using: &generator))
            let versions = try peers.map { peer in
                try (peer.setAside ?? peer.files).values.flatMap { try language.parse($0).observed }
                    .compactMap(\.auraID)
            }
            try invariants.noteRestore(of: server, versions)
        default: try server.crash(renewing: nil)
        }
    }

    /// Bytes of the log change on the disk.
    private mutating func rot(_ peer: Int) {
        guard let damage = peers[peer].rot(&generator) else { return }
        trace.append("\(peers[peer].name)'s disk loses \(damage)")
        note("log damaged")
    }

    mutating func start(_ peer: Int) throws {
        guard peers[peer].core == nil else { return }
        let (late, found) = try peers[peer].open(
            now: Timestamp(rawValue: time + clockErrors[peer]), &generator)
        if found.hasLost {
            trace.append("\(peers[peer].name) has lost records: \(found.verdicts)")
            note("records lost")
            invariants.noteDamage(of: peer)
        }
        try invariants.note(late, of: peer)
        let state = peers[peer].folded
        peers[peer].core = PeerCore(
            identity: PeerIdentity(
                repository: SimulatedServer.repository, branch: SimulatedServer.branch,
                commit: "c0",
                grammars: [ToyLanguage.stamp.language: ToyLanguage.stamp.digest]),
            state: state, generator: SeededGenerator(seed: generator.next()))
        peers[peer].core?.seams = seams
        trace.append("\(peers[peer].name) starts")
        peers[peer].inbox = [.event(.started)]
        try processInput(peer)
        if peers[peer].hasLostRecords {
            // After the apply that was open has ended, and before the first connection is made.
            while !peers[peer].inbox.isEmpty { try processInput(peer) }
            peers[peer].inbox = [.event(.forgetLost(nil))]
            try processInput(peer)
        }
        if state.lifecycle == .off { peers[peer].inbox.append(.event(.enable)) }
        guard peers[peer].setAside == nil else { return holdForBranch(peer) }
        if case .paused = state.lifecycle { peers[peer].inbox.append(.event(.resume)) }
        readEverything(peer)
        peers[peer].inbox.append(.event(.scanCompleted))
    }

    /// One input into the core; what it wants is queued behind what it wanted before.
    mutating func processInput(_ peer: Int) throws {
        guard peers[peer].core != nil, !peers[peer].inbox.isEmpty else { return }
        let event: PeerEvent
        switch peers[peer].inbox.removeFirst() {
        case .event(let plain): event = plain
        case .reading(let path, let lines):
            peers[peer].known[path] = .some(lines)
            event = .observed(try observation(path, lines))
        case .readingTogether(let files):
            for (path, lines) in files { peers[peer].known[path] = .some(lines) }
            event = .observedTogether(try files.map { try observation($0.path, $0.lines) })
        case .applied(let id, let lines, let ids):
            guard let path = peers[peer].prepared.removeValue(forKey: id)?.plan.path else { return }
            peers[peer].known[path] = .some(lines)
            event = .applyFinished(id, .applied(try observation(path, lines, ids: ids)))
        case .changedUnderneath(let id, let path, let lines):
            peers[peer].prepared[id] = nil
            peers[peer].known[path] = .some(lines)
            event = .applyFinished(id, .changedUnderneath(try observation(path, lines)))
        }
        switch event {
        case .resolveConflict(let id, let choice): noteChoice(id, choice, peer)
        case .mergeConflict(let id, let text):
            noteChoice(id, text == nil ? .both : .file, peer)
        default: break
        }
        let now = Timestamp(rawValue: time + clockErrors[peer])
        let effects = peers[peer].core?.handle(event, now: now) ?? []
        peers[peer].effects += effects
        try perform(peer)
    }

    private mutating func noteChoice(_ id: ConflictID, _ choice: ConflictChoice, _ peer: Int) {
        guard let core = peers[peer].core,
            let conflict = core.state.conflicts.first(where: { $0.id == id })
        else { return }
        // A choice that a crash cut short may be made again, and is carried out again.
        invariants.memory[peer].applied = invariants.memory[peer].applied.filter {
            $0.function != conflict.function
        }
        // Before the files are read, a person sees the version that the conflict was opened with.
        let located = core.index.locate(conflict.function)?.unit.auraID
        guard let auraID = located ?? conflict.localAuraID else { return }
        switch choice {
        case .remote, .file: invariants.givenUp[peer].insert(auraID)
        case .local, .both: invariants.noteKept(auraID, of: peer)
        case .dismiss, .converged, .reconciled: break
        }
    }

    mutating func observation(
        _ path: String, _ lines: [String]?, ids: [FunctionID?]? = nil
    ) throws -> FileObservation {
        let base: HeadVersion =
            head[path] == lines ? .same : .units(try language.parse(head[path] ?? []).observed)
        guard let lines else { return .missing(path, grammar: ToyLanguage.stamp, head: base) }
        return FileObservation(
            path: path, grammar: ToyLanguage.stamp, units: try language.parse(lines).observed,
            head: ids == nil ? base : .asKnown, knownIDs: ids)
    }

    /// The disk has what the first effect wants it to have.
    mutating func sync(_ peer: Int) throws {
        guard case .append(let drafts)? = peers[peer].effects.first else {
            try perform(peer, pauses: false)
            return
        }
        if let cursor = earlyCursor(in: drafts) {
            _ = try peers[peer].write([cursor], &generator)
            peers[peer].effects[0] = .append(drafts.filter { $0 != cursor })
            return
        }
        let records = try peers[peer].write(drafts, &generator)
        if tellsRecords { tell(records, of: peer) }
        peers[peer].effects.removeFirst()
        try invariants.note(records, of: peer)
        noteLogged(records, peer)
        try perform(peer)
    }

    /// The record that moves the cursor, when a mistake puts it on the disk before what it counts.
    private func earlyCursor(in drafts: [RecordDraft]) -> RecordDraft? {
        guard seams.contains(.cursorBeforeDelivery),
            drafts.contains(where: { $0.type == .inboundReceived })
        else { return nil }
        return drafts.last { $0.type == .baselineAdvanced }
    }
}
