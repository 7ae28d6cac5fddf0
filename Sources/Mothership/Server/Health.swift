// What the Mothership says of itself: whether it can read and write its store now, and what the
// chain over its ledger showed.

import Dispatch
import LiveProtocol
import Logging
import Support
import Synchronization

/// What `/health` answers.
public struct Health: Codable, Hashable, Sendable {
    /// What it can do for peers now.
    public enum Status: String, Codable, Sendable {
        case ok
        /// The store cannot be read or written. Answered with HTTP 503.
        case failing
    }

    public let status: Status
    /// Why it is failing, in one clause; nil when it is not.
    public let why: String?
    public let version: String
    public let instance: String
    public let epoch: String
    public let rooms: Int
    /// Rows of the ledger over all rooms; nil when it cannot be read.
    public let records: UInt64?
    /// The highest sequence of any room; nil when the ledger cannot be read.
    public let head: UInt64?
    /// What following the chain of the newest rows showed; nil until that is done.
    public let ledger: LedgerVerdict?
    public let durable: Bool
    public let uptimeSeconds: Int64

    /// `ok`, or the reason, for people.
    public var words: String { why.map { "\(status.rawValue): \($0)" } ?? status.rawValue }
}

extension ServerContext {
    /// Reads the ledger's totals and asks the writer how it fares; writes nothing itself.
    public func health() -> Health {
        var totals: LedgerTotals?
        var why: String?
        do throws(LedgerFailure) { totals = try store.totals() } catch {
            why = "the ledger cannot be read: \(error.reason)"
        }
        why = why ?? services.writer.trouble
        return Health(
            status: why == nil ? .ok : .failing, why: why, version: version, instance: instance,
            epoch: store.epoch, rooms: totals?.rooms ?? registeredCount, records: totals?.records,
            head: totals?.lastSequence, ledger: ledgerCheck.verdict, durable: store.isDurable,
            uptimeSeconds: clock.now.since(startedAt).components.seconds)
    }
}

/// Follows the chain of the newest rows once, after the start, on a thread that nobody waits for:
/// what a crash or a disk did to them is said before a peer stumbles over it.
final class LedgerCheck: Sendable {
    /// Rows of each room: those of the last hours in a busy one, and some 20 ms.
    private static let newestRows: UInt64 = 1000

    private struct State {
        var verdict: LedgerVerdict?
        var isStopped = false
    }

    private let store: any LedgerStore
    private let logger: Logger
    private let state = Mutex(State())
    private let walking = DispatchGroup()

    init(store: any LedgerStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Nil until the walk is done.
    var verdict: LedgerVerdict? { state.withLock { $0.verdict } }

    func start() {
        DispatchQueue.global(qos: .utility).async(group: walking) { self.run() }
    }

    /// Ends the walk and waits for that, one slice of it: an open reader would keep the store from
    /// being folded.
    func stop() {
        state.withLock { $0.isStopped = true }
        // A disk that hangs must not keep the Mothership from stopping.
        _ = walking.wait(timeout: .now() + .seconds(2))
    }

    /// Follows the whole chain of every room, however long that takes. Blocks its thread.
    func whole() throws(LedgerFailure) -> LedgerVerdict {
        try store.verify(newest: nil) { goesOn }
    }

    private var goesOn: Bool { state.withLock { !$0.isStopped } }

    private func run() {
        do throws(LedgerFailure) {
            let verdict = try store.verify(newest: Self.newestRows) { goesOn }
            state.withLock { $0.verdict = verdict }
            for line in verdict.damage {
                logger.error("the ledger is damaged", metadata: ["what": "\(line)"])
            }
        } catch {
            logger.error("the ledger cannot be verified", metadata: ["why": "\(error)"])
        }
    }
}
