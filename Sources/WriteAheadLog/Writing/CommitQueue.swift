// Between the callers and the one who writes: positions are given out here, in call order,
// and everything that waits while a sync runs becomes the next group.

import Dispatch
import Support
import Synchronization

typealias CommitReply = @Sendable (Result<Void, LogFailure>) -> Void

/// One thing for the writer to do.
enum CommitEntry: Sendable {
    case records(RecordGroup)
    case roll(AppendPlan.Roll)
    /// Answered once everything before it is durable.
    case reply(CommitReply)
    case retire(below: LSN, @Sendable (Result<Int, LogFailure>) -> Void)
    case close(sealLSN: LSN, CommitReply)
    /// The log's owner went away without closing.
    case abandon(@Sendable () -> Void)
}

/// A segment as readers of their own log find records in it.
struct CatalogEntry: Hashable, Sendable {
    var number: SegmentNumber
    var salt: UInt64
    var firstLSN: LSN
    var fileBytes: UInt64
    var runs: [RecordRun]
    var lost = LSNSet()
}

/// What the writer tells the callers.
struct WriterState: Sendable {
    var condition: LogStatus.Condition = .writable
    var durable: LSN
    var epoch: Epoch
    var catalog: [CatalogEntry]
    var retiredSegments: Int
    var recentSyncs: [Duration] = []
    var lastSync: Timestamp?
    var writeCount = 0
    var syncCount = 0
    var replacedSegments = 0
    var lastError: String?
}

final class CommitQueue: Sendable {
    private struct State: Sendable {
        var plan: AppendPlan
        var entries: [CommitEntry] = []
        var isSignalled = false
        var writer: WriterState
    }

    private let state: Mutex<State>
    private let wake = DispatchSemaphore(value: 0)
    private let folder: String

    init(folder: String, plan: AppendPlan, writer: WriterState) {
        self.folder = folder
        state = Mutex(State(plan: plan, writer: writer))
    }

    // MARK: Callers

    var writerState: WriterState { state.withLock { $0.writer } }
    var lastLSN: LSN { state.withLock { $0.plan.nextLSN.previous } }

    /// Gives the drafts their positions, queues them without waking anybody, and answers when they
    /// are durable.
    ///
    /// - Returns: whether nothing else was queued, so that the caller may do the work itself.
    func submit(
        _ drafts: [RecordDraft], answer: @escaping @Sendable (Result<[LSN], LogFailure>) -> Void
    ) -> Bool {
        do throws(LogFailure) {
            return try queue(drafts, waking: false) { lsns in
                .reply { result in answer(result.map { lsns }) }
            }.isAlone
        } catch {
            answer(.failure(error))
            return false
        }
    }

    /// Gives the drafts their positions and queues them.
    func submit(_ drafts: [RecordDraft]) throws(LogFailure) -> [LSN] {
        try queue(drafts, waking: true) { _ in nil }.lsns
    }

    /// - Parameter last: what is queued behind the records.
    private func queue(
        _ drafts: [RecordDraft], waking: Bool, followedBy last: ([LSN]) -> CommitEntry?
    ) throws(LogFailure) -> (lsns: [LSN], isAlone: Bool) {
        for index in drafts.indices where drafts[index].payloadBytes > FrameSize.payloadMax {
            throw .recordTooLarge(bytes: drafts[index].payloadBytes)
        }
        let result = state.withLock { state -> Result<([LSN], Bool), LogFailure> in
            if let refusal = refusal(of: drafts, in: state) { return .failure(refusal) }
            let isAlone = state.entries.isEmpty
            let lsns = Self.place(drafts, in: &state)
            if let entry = last(lsns) { state.entries.append(entry) }
            if waking { signal(&state) }
            return .success((lsns, isAlone))
        }
        return try result.get()
    }

    /// Wakes the writer's thread.
    func signal() { state.withLock { signal(&$0) } }

    /// Queues something that is not a record.
    ///
    /// - Parameter isEnd: a log that has become read-only can still be given back.
    func submit(
        isEnd: Bool = false, _ make: (inout AppendPlan) -> [CommitEntry]
    ) throws(LogFailure) {
        let failure = state.withLock { state -> LogFailure? in
            let failure = Self.fatal(state.writer.condition, folder)
            if let failure, !isEnd || failure == .closed(folder: folder) { return failure }
            state.entries += make(&state.plan)
            signal(&state)
            return nil
        }
        if let failure { throw failure }
    }

    /// Why these drafts cannot be taken now.
    private func refusal(of drafts: [RecordDraft], in state: State) -> LogFailure? {
        if let failure = Self.fatal(state.writer.condition, folder) { return failure }
        guard state.writer.condition == .diskFull else { return nil }
        wake.signal()
        if drafts.contains(where: \.type.isNewWork) { return .diskFull(folder: folder) }
        var plan = state.plan
        let rolls = drafts.contains { plan.place($0).roll != nil }
        return rolls ? .diskFull(folder: folder) : nil
    }

    private static func fatal(_ condition: LogStatus.Condition, _ folder: String) -> LogFailure? {
        switch condition {
        case .writable, .diskFull, .openElsewhere: nil
        case .readOnly(let cause): .readOnly(folder: folder, cause: cause)
        case .closed: .closed(folder: folder)
        }
    }

    private static func place(_ drafts: [RecordDraft], in state: inout State) -> [LSN] {
        // What recovery restores is part of an older checkpoint, and may be a part only.
        let isCheckpoint = { (draft: RecordDraft) in
            draft.type == .checkpoint && draft.salvagedFrom == nil
        }
        let checkpoint = (
            first: drafts.firstIndex(where: isCheckpoint),
            last: drafts.lastIndex(where: isCheckpoint)
        )
        var lsns: [LSN] = []
        lsns.reserveCapacity(drafts.count)
        var (begin, bytes) = (0, 0)
        func endGroup(at end: Int) {
            guard begin < end else { return }
            state.entries.append(
                .records(
                    RecordGroup(
                        first: lsns[begin], drafts, begin..<end, checkpoint: checkpoint,
                        frameBytes: bytes)))
            (begin, bytes) = (end, 0)
        }
        for index in drafts.indices {
            let size = FrameSize.of(payload: drafts[index].payloadBytes)
            let (roll, lsn) = state.plan.place(bytes: size)
            if let roll {
                endGroup(at: index)
                state.entries.append(.roll(roll))
            }
            lsns.append(lsn)
            bytes += size
        }
        endGroup(at: drafts.count)
        return lsns
    }

    private func signal(_ state: inout State) {
        guard !state.isSignalled else { return }
        state.isSignalled = true
        wake.signal()
    }

    // MARK: The writer

    /// Waits for a signal, at most for `timeout`.
    func wait(atMost timeout: Duration?) {
        if let timeout {
            _ = wake.wait(timeout: .now() + .milliseconds(Int(timeout.milliseconds)))
        } else {
            wake.wait()
        }
    }

    /// Everything queued.
    func takeNow() -> [CommitEntry] {
        state.withLock { state in
            defer { state.entries = [] }
            state.isSignalled = false
            return state.entries
        }
    }

    func publish(_ change: (inout WriterState) -> Void) {
        state.withLock { change(&$0.writer) }
    }
}
