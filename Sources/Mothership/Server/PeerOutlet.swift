// What goes out to one peer: a bounded outbox and the deadlines of its socket. The outbox is small
// because pages of the ledger are paid for by acknowledgements; what overflows it is a peer that
// does not read.

import LiveProtocol
import NIOCore
import Support
import Synchronization

/// One thing to write to a peer.
enum Outgoing: Sendable {
    case message(ServerMessage)
    /// What one event caused; it takes one place in the outbox, however much it is.
    case messages([ServerMessage])
    case page(OutgoingPage)
    case pong(ByteBuffer)
    /// The notice goes first, so that the peer knows the class and not only the code.
    case close(CloseCode, ErrorNotice?)
}

/// How long a session waits for what.
public struct SessionTimings: Hashable, Sendable {
    /// From the connection to a whole request.
    public var requestWait: Duration = .seconds(30)
    /// From the upgrade to the hello.
    public var helloWait: Duration = .seconds(15)
    /// One write may take this long before the peer is given up.
    public var sendStall: Duration = .seconds(5)
    /// From our close frame to the end of the socket.
    public var closeWait: Duration = .seconds(1)
    /// How often deadlines are looked at.
    public var watchInterval: Duration = .milliseconds(250)

    public init() {}
}

/// The writing half of a session, reachable from its room.
final class PeerOutlet: Sendable {
    /// Messages that may wait; 512 is the broadcast ring other servers of this kind have.
    static let outboxMax = 512

    let id: ConnectionID
    let items: AsyncStream<Outgoing>
    private let outbox: AsyncStream<Outgoing>.Continuation
    private let channel: any Channel
    private let clock: any Clock
    private let state: Mutex<State>

    private enum Phase {
        case awaitingHello(until: Duration)
        case joined(tokenEnds: Timestamp)
        case closing(since: Duration)
    }

    private struct State {
        var phase: Phase
        var writingSince: Duration?
        var isLagged = false
        var closeCode: CloseCode?
        var tokenID: String?
    }

    init(id: ConnectionID, channel: any Channel, timings: SessionTimings, clock: any Clock) {
        self.id = id
        self.channel = channel
        self.clock = clock
        (items, outbox) = AsyncStream.makeStream(
            of: Outgoing.self, bufferingPolicy: .bufferingOldest(Self.outboxMax))
        state = Mutex(State(phase: .awaitingHello(until: clock.uptime + timings.helloWait)))
    }

    /// The code this side closed with; nil while it did not.
    var closeCode: CloseCode? { state.withLock { $0.closeCode } }
    /// True when the outbox overflowed.
    var isLagged: Bool { state.withLock { $0.isLagged } }

    var isClosing: Bool {
        state.withLock { if case .closing = $0.phase { true } else { false } }
    }

    /// The token of the hello; nil before it.
    var tokenID: String? { state.withLock { $0.tokenID } }

    func joined(token id: String, ends tokenEnds: Timestamp) {
        state.withLock { state in
            state.tokenID = id
            if case .awaitingHello = state.phase { state.phase = .joined(tokenEnds: tokenEnds) }
        }
    }

    func send(_ item: Outgoing) {
        guard !isClosing else { return }
        if case .dropped = outbox.yield(item) { lag() }
    }

    /// Sends the notice and the close frame after what is in the outbox already.
    func close(_ code: CloseCode, _ notice: ErrorNotice?) {
        guard beginClosing(code) else { return }
        if case .dropped = outbox.yield(.close(code, notice)) {
            state.withLock { $0.isLagged = true }
        }
    }

    func close(_ code: CloseCode, _ reject: RejectClass, _ message: String, after: Duration? = nil)
    {
        close(
            code,
            ErrorNotice(
                reject: reject, message: message, reference: nil,
                retryAfterMilliseconds: after?.milliseconds, closing: true))
    }

    /// No more items; the writer ends when it has written what is there.
    func finish() { outbox.finish() }

    func beginWrite() { state.withLock { $0.writingSince = clock.uptime } }
    func endWrite() { state.withLock { $0.writingSince = nil } }

    private func lag() {
        guard beginClosing(.resyncRequired) else { return }
        state.withLock { $0.isLagged = true }
    }

    private func beginClosing(_ code: CloseCode) -> Bool {
        state.withLock { state in
            if case .closing = state.phase { return false }
            state.phase = .closing(since: clock.uptime)
            state.closeCode = code
            return true
        }
    }
}

/// What the watch found wrong with a session.
enum Lateness: Sendable {
    case none, helloMissing, tokenEnded, stalled
}

extension PeerOutlet {
    /// Looks at the deadlines and acts on the one that passed.
    func watch(at moment: Moment, _ timings: SessionTimings) -> Lateness {
        switch lateness(at: moment, timings) {
        case .none: return .none
        case .helloMissing:
            close(.helloTimeout, .protocolHelloTimeout, "no hello in \(timings.helloWait.brief)")
            return .helloMissing
        case .tokenEnded:
            close(.tokenExpired, .tokenExpired, "the token's time is over")
            return .tokenEnded
        case .stalled:
            // The outbox cannot be drained, so there is no way to tell the peer why.
            let isFirst = beginClosing(.serverOverload)
            channel.close(mode: .all, promise: nil)
            return isFirst ? .stalled : .none
        }
    }

    private func lateness(at moment: Moment, _ timings: SessionTimings) -> Lateness {
        state.withLock { state in
            if let since = state.writingSince, moment.uptime - since >= timings.sendStall {
                return .stalled
            }
            switch state.phase {
            case .awaitingHello(let until): return moment.uptime >= until ? .helloMissing : .none
            case .joined(let ends): return moment.now >= ends ? .tokenEnded : .none
            case .closing(let since):
                // A write under way has its own, longer deadline.
                let isOver = state.writingSince == nil && moment.uptime - since >= timings.closeWait
                return isOver ? .stalled : .none
            }
        }
    }
}

/// All open sessions, for the watch and for the end.
final class SessionTable: Sendable {
    private struct Contents {
        var outlets: [ConnectionID: PeerOutlet] = [:]
        var nextID: UInt64 = 1
    }

    private let contents = Mutex(Contents())

    var count: Int { contents.withLock { $0.outlets.count } }
    var all: [PeerOutlet] { contents.withLock { Array($0.outlets.values) } }

    func add(_ make: (ConnectionID) -> PeerOutlet) -> PeerOutlet {
        contents.withLock { contents in
            let outlet = make(ConnectionID(rawValue: contents.nextID))
            contents.nextID += 1
            contents.outlets[outlet.id] = outlet
            return outlet
        }
    }

    func remove(_ id: ConnectionID) { contents.withLock { _ = $0.outlets.removeValue(forKey: id) } }
}
