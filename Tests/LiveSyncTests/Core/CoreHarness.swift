// A peer core with its log beside it: after every event the state that the log folds to, read
// back from its bytes, must be the state the core has.

import LiveProtocol
import LiveSync
import SourceAnalysis
import Support
import Testing
import WriteAheadLog

/// One unit of a toy file. Equal `code` means equal `aura_id`; `note` is trivia.
struct ToyUnit: Hashable {
    var name: String
    var code: String
    var note = ""
    var kind = UnitKind.function
    /// Name of the enclosing type in the same file.
    var parent: String?
    var isHeldBack = false
    var isLocalOnly = false

    var text: UnitText {
        UnitText(
            head: Array("\(note)\(code)\n".utf8), tail: kind == .type ? Array("}\n".utf8) : nil)
    }
    var auraID: AuraID { .of(Array("\(kind.rawValue)/\(code)".utf8)) }
}

enum Toy {
    static let repository = "0123456789abcdef"
    static let grammar = GrammarStamp(language: "toy", digest: .of([1]))
    static let path = "a.toy"
    static let commit = String(repeating: "a", count: 40)

    static func device(_ number: UInt8) -> DeviceID {
        DeviceID(bytes: [UInt8](repeating: number, count: 32))!  // 32 bytes
    }

    /// The empty sketch in its coded form: toy units are matched by name and content.
    static func sketch() throws -> TokenSketch {
        try JSONText.decode([TokenSketch].self, from: "[\"0:\"]")[0]
    }

    static func observed(_ units: [ToyUnit]) throws -> [ObservedUnit] {
        let sketch = try sketch()
        var seen: [String: Int] = [:]
        return units.enumerated().map { index, unit in
            let ordinal = seen["\(unit.kind)\(unit.name)", default: 0]
            seen["\(unit.kind)\(unit.name)"] = ordinal + 1
            let auraID = unit.isHeldBack ? nil : unit.auraID
            return ObservedUnit(
                kind: unit.kind, qualifiedName: unit.name, ordinal: ordinal,
                parent: unit.parent.flatMap { name in
                    units[..<index].lastIndex { $0.name == name && $0.kind == .type }
                },
                auraID: auraID, isHeldBack: unit.isHeldBack, isLocalOnly: unit.isLocalOnly,
                text: unit.text,
                fingerprint: UnitFingerprint(
                    kind: unit.kind, qualifiedName: unit.name, ordinal: ordinal, auraID: auraID,
                    shape: nil, sketch: sketch))
        }
    }

    static func file(
        _ units: [ToyUnit], path: String = path, head: HeadVersion = .asKnown,
        hasContainerError: Bool = false
    ) throws -> FileObservation {
        FileObservation(
            path: path, grammar: grammar, units: try observed(units),
            hasContainerError: hasContainerError, head: head)
    }

    static func id(_ name: String, path: String = path, kind: UnitKind = .function) -> FunctionID {
        .derived(
            repository: repository, path: path, kind: kind, qualifiedName: name, ordinal: 0)
    }

    static func welcome(
        epoch: String = "e1", head: UInt64 = 0, run: String? = nil, wentBack: Bool? = nil
    ) -> Welcome {
        Welcome(
            instance: "i", epoch: epoch, head: head, limits: ServerLimits(),
            serverTime: Timestamp(rawValue: 0), durable: true, peers: 1, serverVersion: "1",
            run: run, wentBack: wentBack)
    }
}

struct CoreHarness {
    var core: PeerCore
    /// The state that the log's bytes fold to.
    var replayed = PeerState()
    var log: [RecordDraft] = []
    var time: Int64 = 1_000
    var remoteSets: UInt64 = 0
    private var starts: UInt64 = 1

    init(grammar: GrammarStamp = Toy.grammar) {
        core = PeerCore(
            identity: Self.identity(grammar), generator: SeededGenerator(seed: 1))
    }

    private static func identity(_ grammar: GrammarStamp) -> PeerIdentity {
        PeerIdentity(
            repository: Toy.repository, branch: "main", commit: Toy.commit,
            grammars: [grammar.language: grammar.digest])
    }

    @discardableResult
    mutating func send(
        _ event: PeerEvent, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [PeerEffect] {
        time += 10
        let effects = core.handle(event, now: Timestamp(rawValue: time))
        for case .append(let drafts) in effects {
            for draft in drafts {
                log.append(draft)
                try replayed.fold(
                    type: draft.type, metadata: draft.metadata, body: draft.body)
            }
        }
        #expect(replayed == core.state, sourceLocation: sourceLocation)
        return effects
    }

    /// A new process over the same log; the index is kept, or has to be rebuilt.
    mutating func restart(keepsIndex: Bool = false) throws {
        starts += 1
        let (state, undecodable) = PeerState.replay(
            log.map { ($0.type, $0.metadata, $0.body) })
        #expect(undecodable == 0)
        #expect(state == core.state)
        core = PeerCore(
            identity: core.identity, state: state,
            index: keepsIndex ? core.index : LocalIndex(),
            generator: SeededGenerator(seed: starts))
        replayed = state
        try send(.started)
    }

    /// On, scanned and linked, with these units as git's HEAD has them.
    static func ready(_ units: [ToyUnit] = [], linked: Bool = true) throws -> CoreHarness {
        try ready(in: units.isEmpty ? [] : [(units, Toy.path)], linked: linked)
    }

    /// The same with several files, all of them as git has them.
    static func ready(
        in files: [(units: [ToyUnit], path: String)], linked: Bool = true
    ) throws -> CoreHarness {
        var harness = CoreHarness()
        try harness.send(.started)
        try harness.send(.enable)
        for (units, path) in files {
            try harness.send(.observed(Toy.file(units, path: path, head: .same)))
        }
        try harness.send(.scanCompleted)
        if linked { try harness.send(.linkUp(Toy.welcome())) }
        return harness
    }

    @discardableResult
    mutating func save(_ units: [ToyUnit], path: String = Toy.path) throws -> [PeerEffect] {
        try send(.observed(Toy.file(units, path: path)))
    }

    /// The time in which a deletion may turn out to be half of a move passes.
    mutating func waitForMoves() throws -> [PeerEffect] {
        time += 1_000
        return try send(.timePassed)
    }

    /// Accepts every change of a set that was sent.
    @discardableResult
    mutating func accept(
        _ set: ChangeSet, from sequence: UInt64 = 1, revision: UInt64? = nil
    ) throws -> [PeerEffect] {
        let places = set.changes.enumerated().map { index, change in
            LedgerPlace(
                index: index, sequence: sequence + UInt64(index),
                revision: revision ?? change.baseRevision + 1)
        }
        return try send(
            .pushResult(PushResult(changeSet: set.id, accepted: places, rejected: [])))
    }

    @discardableResult
    mutating func reject(
        _ set: ChangeSet, _ reject: RejectClass, headRevision: UInt64? = nil
    ) throws -> [PeerEffect] {
        let rejected = set.changes.indices.map {
            RejectedChange(
                index: $0, reject: reject, headRevision: headRevision, message: reject.word)
        }
        return try send(
            .pushResult(PushResult(changeSet: set.id, accepted: [], rejected: rejected)))
    }

    /// A change of another device.
    ///
    /// - Parameter base: what it was made of; git's HEAD unless told.
    func remoteChange(
        _ unit: ToyUnit, id: FunctionID? = nil, kind: ChangeKind = .put, base: AuraID? = nil,
        placement: Placement = Placement(), path: String = Toy.path, ordinal: UInt64 = 0
    ) -> UnitChange {
        let function = id ?? Toy.id(unit.name, path: path, kind: unit.kind)
        let head = core.index.files.values.lazy.compactMap { $0.baselineUnit(function)?.auraID }
        return UnitChange(
            function: function, kind: kind, unit: unit.kind, path: path,
            qualifiedName: unit.name, ordinal: ordinal, baseRevision: 0,
            baseAuraID: base ?? head.first, auraID: kind.carriesText ? unit.auraID : nil,
            text: kind.carriesText ? unit.text : nil, placement: placement)
    }

    /// The page with the next set of another device.
    mutating func page(
        _ changes: [UnitChange], revision: UInt64 = 1, grammar: GrammarStamp = Toy.grammar,
        commit: String = Toy.commit
    ) -> Delivery {
        remoteSets += 1
        var generator = SeededGenerator(seed: 1000 + remoteSets)
        let set = ChangeSet(
            id: .random(using: &generator), repository: Toy.repository, branch: "main",
            commit: commit, grammar: grammar, madeAt: Timestamp(rawValue: time), changes: changes)
        let after = core.state.frontier?.sequence ?? 0
        let places = changes.indices.map {
            LedgerPlace(index: $0, sequence: after + UInt64($0) + 1, revision: revision)
        }
        let signed = SignedChangeSet(
            payload: set.postcard, signature: [UInt8](repeating: 0, count: 64),
            device: Toy.device(9))
        return Delivery(
            after: after, through: after + UInt64(changes.count),
            sets: [
                DeliveredChangeSet(
                    signed: signed, places: places, receivedAt: Timestamp(rawValue: time))
            ])
    }

    @discardableResult
    mutating func deliver(
        _ changes: UnitChange..., revision: UInt64 = 1, grammar: GrammarStamp = Toy.grammar,
        commit: String = Toy.commit
    ) throws -> [PeerEffect] {
        let page = page(changes, revision: revision, grammar: grammar, commit: commit)
        return try send(.delivery(page))
    }

    /// Carries an apply out: the file becomes these units.
    @discardableResult
    mutating func carryOut(_ plan: ApplyPlan, _ units: [ToyUnit]) throws -> [PeerEffect] {
        let begun = try send(.applyPrepared(Self.begin(plan), preImage: [1, 2, 3]))
        #expect(begun.contains(.commitApply(plan.id)))
        return try send(
            .applyFinished(plan.id, .applied(Toy.file(units, path: plan.path))))
    }

    static func begin(_ plan: ApplyPlan) -> ApplyBegin {
        ApplyBegin(
            id: plan.id, setID: plan.setID, path: plan.path, functions: plan.edits.map(\.function),
            preDigest: .of([1]), postDigest: .of([2]))
    }
}

extension [PeerEffect] {
    var sent: [ChangeSet] {
        compactMap { if case .send(let set) = $0 { set } else { nil } }
    }
    var plans: [ApplyPlan] {
        compactMap { if case .apply(let plan) = $0 { plan } else { nil } }
    }
    var types: [RecordType] {
        flatMap { effect -> [RecordType] in
            if case .append(let drafts) = effect { drafts.map(\.type) } else { [] }
        }
    }
    var observed: [String] {
        compactMap { if case .observe(let path) = $0 { path } else { nil } }
    }
}
