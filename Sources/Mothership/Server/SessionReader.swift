// The reading half of a session. Limits come before parsing, parsing before the token, the token
// before the room: what is refused early costs least.

import LiveProtocol
import NIOCore
import NIOWebSocket
import Support

/// Judges the frames of one peer, in order.
struct SessionReader {
    private let context: ServerContext
    private let repository: String
    private let outlet: PeerOutlet
    private var byteBucket: RateBucket
    private var changeBucket: RateBucket
    private var joined: Joined?

    private struct Joined {
        let room: Room
        let peer: RoomPeer
        let mayPush: Bool
    }

    /// What the smallest frame counts for, in bytes.
    private static let frameCost = 256

    init(context: ServerContext, repository: String, outlet: PeerOutlet) {
        self.context = context
        self.repository = repository
        self.outlet = outlet
        let limits = context.configuration.limits
        let now = context.clock.uptime
        byteBucket = RateBucket(
            perSecond: limits.bytesPerSecond, burst: limits.frameBytes, at: now)
        changeBucket = RateBucket(
            perSecond: limits.changesPerSecond,
            // A whole pack, and the presence that is said beside it.
            burst: limits.changesPerPack + limits.changesPerPack / 16, at: now)
    }

    /// False when the peer closed.
    mutating func take(_ frame: WebSocketFrame) async -> Bool {
        switch frame.opcode {
        case .connectionClose:
            outlet.close(Self.answer(to: frame), nil)
            return false
        case .ping:
            if isAdmitted(frame) { outlet.send(.pong(frame.unmaskedData)) }
        case .text:
            if isAdmitted(frame) { await read(frame.unmaskedData) }
        case .binary:
            if isAdmitted(frame) { refuseBinary() }
        default: _ = isAdmitted(frame)
        }
        return true
    }

    /// A peer that gives its link up says that it goes away, and is counted as that.
    private static func answer(to frame: WebSocketFrame) -> CloseCode {
        var data = frame.unmaskedData
        let code = data.readInteger(as: UInt16.self).flatMap(CloseCode.init)
        return code == .goingAway ? .goingAway : .normal
    }

    /// Pays for a frame by its bytes; an empty one is work too.
    private mutating func isAdmitted(_ frame: WebSocketFrame) -> Bool {
        guard !outlet.isClosing else { return false }
        context.metrics.add(.inbound)
        let size = max(frame.length, Self.frameCost)
        guard let wait = byteBucket.take(size, at: context.clock.uptime) else { return true }
        context.metrics.add(.rateLimitDrops, 1, "bytes")
        outlet.close(.rateLimited, .rateLimitBytes, "too many bytes", after: wait)
        return false
    }

    /// Tells the room that the socket is gone.
    func end() async { await joined?.room.leave(outlet.id) }

    private func refuseBinary() {
        guard joined != nil else {
            return outlet.close(
                .expectedHello, .protocolInvalidMessage, "the first frame is not text")
        }
        refuse(.protocolInvalidMessage, "binary frames were not agreed on", nil)
    }

    private mutating func read(_ data: ByteBuffer) async {
        let envelope: Envelope<PeerMessage>
        do throws(EnvelopeFailure) {
            guard let text = String(validating: data.readableBytesView, as: UTF8.self) else {
                throw EnvelopeFailure(reject: .protocolInvalidMessage, reason: "is no UTF-8")
            }
            envelope = try Envelope(parsing: text)
        } catch {
            guard joined == nil else {
                return refuse(error.reject, "the message \(error.reason)", error.reference)
            }
            let isVersion = error.reject == .protocolUnsupportedVersion
            return outlet.close(
                isVersion ? .unsupportedProtocol : .expectedHello,
                isVersion || error.reject == .protocolInvalidField
                    ? error.reject : .protocolInvalidMessage,
                "the first message \(error.reason)")
        }
        if let joined {
            await handle(envelope, joined)
        } else if case .hello(let hello) = envelope.message {
            await join(hello)
        } else {
            outlet.close(
                .expectedHello, .protocolInvalidMessage,
                "the first message is \(envelope.message.type), not hello")
        }
    }

    private mutating func join(_ hello: Hello) async {
        guard hello.version == protocolVersion else {
            return outlet.close(
                .unsupportedProtocol, .protocolUnsupportedVersion,
                "version \(hello.version), this side speaks \(protocolVersion)")
        }
        let names = [hello.user, hello.branch]
        guard hello.room == repository,
            names.allSatisfy({
                !$0.isEmpty
                    && PushAdmission.isPlain($0, bytesMax: PushAdmission.wordBytesMax)
            })
        else {
            return outlet.close(
                .expectedHello, .protocolInvalidField,
                "hello names another room than the address, or its user or branch is invalid")
        }
        let claims: TokenClaims
        do throws(TokenRefusal) {
            claims = try await context.tokens.admit(
                hello, revoked: context.revokedTokens, now: context.clock.now)
        } catch {
            context.metrics.add(.authValidation, 1, error.reject.rawValue)
            context.logger.notice(
                "a hello was refused",
                metadata: ["class": "\(error.reject.rawValue)", "device": "\(hello.device.short)"])
            return outlet.close(.unauthorized, error.reject, error.message)
        }
        context.metrics.add(.authValidation, 1, "accepted")
        await enter(hello, claims)
    }

    private mutating func enter(_ hello: Hello, _ claims: TokenClaims) async {
        do throws(LedgerFailure) {
            let room = try await context.rooms.room(repository)
            // The name that was signed for, not the one that is said now.
            let peer = RoomPeer(
                device: hello.device, user: claims.sub, branch: hello.branch,
                frontier: hello.frontier,
                ownThrough: hello.ownThrough ?? 0, position: hello.position)
            joined = Joined(room: room, peer: peer, mayPush: claims.allows(.contribute))
            outlet.joined(token: claims.jti, ends: claims.expiresAt)
            // Between judging the token and this line it may have been revoked.
            guard !context.revokedTokens.contains(claims.jti) else {
                return outlet.close(.unauthorized, .tokenRevoked, "the token was revoked")
            }
            guard await room.join(peer, outlet) else {
                return outlet.close(
                    .serverOverload, .serverOverload, "the room is being opened again")
            }
        } catch {
            context.logger.error("a room cannot be opened", metadata: ["why": "\(error)"])
            outlet.close(.serverOverload, .serverOverload, "the room cannot be opened")
        }
    }

    private mutating func handle(_ envelope: Envelope<PeerMessage>, _ joined: Joined) async {
        let id = outlet.id
        switch envelope.message {
        case .hello:
            refuse(.protocolInvalidMessage, "hello was said already", envelope.id)
        case .pack(let pack): await push(pack, envelope.id, joined)
        case .packAck(let through): await joined.room.take(.acknowledge(id, through: through))
        case .presence(let presence):
            guard isWithinLimits(presence) else {
                return refuse(
                    .protocolInvalidField, "a name in it is too long or cannot be shown",
                    envelope.id)
            }
            if charge(1) { await joined.room.take(.presence(id, presence)) }
        case .presenceRefresh: if charge(1) { await joined.room.take(.refresh(id)) }
        case .ping(let nonce): await joined.room.take(.ping(id, nonce: nonce))
        case .pong(let nonce): await joined.room.take(.pong(id, nonce: nonce))
        case .bye: outlet.close(.normal, nil)
        }
    }

    private mutating func push(_ pack: Pack, _ reference: UInt64, _ joined: Joined) async {
        let limits = context.configuration.limits
        let isWithinLimits = (1...limits.changesPerPack).contains(pack.count)
        guard charge(isWithinLimits ? pack.count : 1) else { return }
        let signed: SignedChangeSet
        do throws(EnvelopeFailure) { signed = try pack.unpack(SignedChangeSet.self) } catch {
            return refuse(error.reject, error.reason, reference)
        }
        guard joined.mayPush, isWithinLimits else {
            return refusePack(signed, reference, joined)
        }
        let outcome = PushAdmission.judge(
            signed, announced: pack.count, device: joined.peer.device, repository: repository,
            branch: joined.peer.branch, limits: limits)
        switch outcome {
        case .admitted(let admitted): await joined.room.push(outlet.id, admitted)
        case .refused(let result):
            let known = joined.room.answer(to: result.changeSet, of: signed.device)
            outlet.send(.message(.packAck(known ?? result)))
        case .untrusted(let reject, let message): refuse(reject, message, reference)
        }
    }

    /// Refuses a pack as a whole. What was taken once is answered as it was, whatever became of
    /// rights and limits since: the device may never have heard the answer, and would set work
    /// aside that the ledger has.
    private func refusePack(_ signed: SignedChangeSet, _ reference: UInt64, _ joined: Joined) {
        if signed.device == joined.peer.device, signed.isAuthentic,
            let set = try? signed.changeSet(),  // what cannot be read was never taken
            let known = joined.room.answer(to: set.id, of: signed.device)
        {
            return outlet.send(.message(.packAck(known)))
        }
        guard joined.mayPush else {
            context.metrics.add(.rejects, 1, RejectClass.authorityRequired.rawValue)
            return refuse(
                .authorityRequired, "the token is a reader's: it receives and does not push",
                reference)
        }
        let most = context.configuration.limits.changesPerPack
        refuse(.payloadTooLarge, "a pack holds 1 to \(most) changes", reference)
    }

    /// Pays for what costs other peers something: changes, and what is relayed to all of them.
    /// False when the rate is exceeded and the socket ends.
    private mutating func charge(_ count: Int) -> Bool {
        guard let wait = changeBucket.take(count, at: context.clock.uptime) else { return true }
        context.metrics.add(.rateLimitDrops, 1, "nodes")
        outlet.close(.rateLimited, .rateLimitNodes, "too many changes", after: wait)
        return false
    }

    /// Rows are held and relayed, and an outbox counts messages, not bytes.
    private func isWithinLimits(_ presence: Presence) -> Bool {
        [presence.user, presence.branch].allSatisfy {
            PushAdmission.isPlain($0, bytesMax: PushAdmission.wordBytesMax)
        }
            && PushAdmission.isPlain(
                presence.function ?? "", bytesMax: PushAdmission.nameBytesMax)
    }

    /// Refuses one message; the socket stays.
    private func refuse(_ reject: RejectClass, _ message: String, _ reference: UInt64?) {
        outlet.send(
            .message(
                .error(
                    ErrorNotice(
                        reject: reject, message: message, reference: reference, closing: false))))
    }
}
