// Between the callers and the one thread that writes: positions are given out here, in call order,
// and everything that waits while a sync runs becomes the next group.

import Dispatch
import Support
import Synchronization

typealias CommitReply = @Sendable (Result<Void, LogFailure>) -> Void

/// One thing for the writer to do.
enum CommitEntry: Sendable {
    case record(LSN, RecordDraft, RecordFlags)
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

    /// Gives the drafts their positions, queues them, and answers when they are durable.
    func submit(
        _ drafts: [RecordDraft], answer: @escaping @Sendable (Result<[LSN], LogFailure>) -> Void
    ) {
        do throws(LogFailure) {
            _ = try submit(drafts) { lsns in
                .reply { result in answer(result.map { lsns }) }
            }
        } catch {
            answer(.failure(error))
        }
    }

    /// Gives the drafts their positions and queues them, followed by what `last` makes of them.
    func submit(
        _ drafts: [RecordDraft], followedBy last: ([LSN]) -> CommitEntry? = { _ in nil }
    ) throws(LogFailure) -> [LSN] {
        for draft in drafts where draft.payloadBytes > FrameSize.payloadMax {
            throw .recordTooLarge(bytes: draft.payloadBytes)
        }
        let result = state.withLock { state -> Result<[LSN], LogFailure> in
            if let refusal = refusal(of: drafts, in: state) { return .failure(refusal) }
            let lsns = Self.place(drafts, in: &state)
            if let entry = last(lsns) { state.entries.append(entry) }
            signal(&state)
            return .success(lsns)
        }
        return try result.get()
    }

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
        signalForRetry()
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
        let checkpoints = drafts.indices.filter { drafts[$0].type == .checkpoint }
        var lsns: [LSN] = []
        lsns.reserveCapacity(drafts.count)
        for (index, draft) in drafts.enumerated() {
            var flags: RecordFlags = []
            if index == checkpoints.first { flags.insert(.checkpointBegin) }
            if index == checkpoints.last { flags.insert(.checkpointEnd) }
            let (roll, lsn) = state.plan.place(draft)
            if let roll { state.entries.append(.roll(roll)) }
            state.entries.append(.record(lsn, draft, flags))
            lsns.append(lsn)
        }
        return lsns
    }

    private func signal(_ state: inout State) {
        guard !state.isSignalled else { return }
        state.isSignalled = true
        wake.signal()
    }

    private func signalForRetry() { wake.signal() }

    // MARK: The writer

    /// Everything queued; waits for something to come, at most for `timeout`.
    func take(waitingFor timeout: Duration?) -> [CommitEntry] {
        if let timeout {
            _ = wake.wait(timeout: .now() + .milliseconds(Int(timeout.milliseconds)))
        } else {
            wake.wait()
        }
        return takeNow()
    }

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
