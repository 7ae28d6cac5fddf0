// One WebSocket to a Mothership. Frames in, frames out; what they mean is decided elsewhere.

import LiveProtocol
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Support

/// What a link reports, in order. `closed` is the last event.
public enum LinkEvent: Sendable {
    case message(Envelope<ServerMessage>)
    case undecodable(EnvelopeFailure)
    case closed(LinkClose)
}

/// An open WebSocket.
public final class WebSocketLink: Sendable {
    public let events: AsyncStream<LinkEvent>
    /// Whom this link reached.
    public let identity: LinkIdentity
    private let channel: any Channel

    private init(
        channel: any Channel, events: AsyncStream<LinkEvent>, identity: LinkIdentity
    ) {
        self.channel = channel
        self.events = events
        self.identity = identity
    }

    /// Connects, upgrades, and makes sure whom it reached: nothing is sent before that.
    ///
    /// - Parameters:
    ///   - trust: whom to expect.
    ///   - limit: how long the connection may take, and then TLS and upgrade together.
    /// - Throws: ``LinkClose`` naming the stage that failed.
    public static func connect(
        to endpoint: MothershipAddress, room: String, trust: LinkTrust = LinkTrust(),
        limit: Duration = .seconds(10)
    ) async throws(LinkClose) -> WebSocketLink {
        let (stream, continuation) = AsyncStream.makeStream(of: LinkEvent.self)
        let (clock, nonce) = (SystemClock(), LinkTrust.nonce())
        let tls =
            endpoint.isEncrypted
            ? TLSGuard(host: endpoint.host, pin: trust.certificate) : nil
        let request = Request(endpoint: endpoint, room: room, nonce: nonce, tls: tls)
        let (sent, began) = (clock.now, clock.uptime)
        let channel: any Channel
        let proof: String?
        do {
            switch try await upgraded(request, limit, continuation) {
            case .open(let opened, let header): (channel, proof) = (opened, header)
            case .refused(let status):
                throw LinkClose(
                    stage: .upgrade, httpStatus: status,
                    message: "the answer to the upgrade was HTTP \(status)")
            }
        } catch {
            if let close = tls?.close { throw await TLSGuard.explained(close, by: endpoint) }
            throw Self.upgradeFailure(error, clock.uptime - began, of: limit)
        }
        do throws(LinkClose) {
            var identity = try trust.identity(
                proof: proof, nonce: nonce, sent: sent, received: clock.now)
            identity.certificate = tls?.certificate
            return WebSocketLink(channel: channel, events: stream, identity: identity)
        } catch {
            channel.close(promise: nil)
            throw error
        }
    }

    private struct Request: Sendable {
        let endpoint: MothershipAddress
        let room: String
        let nonce: String
        let tls: TLSGuard?
    }

    private static func upgraded(
        _ request: Request, _ limit: Duration, _ events: AsyncStream<LinkEvent>.Continuation
    ) async throws -> UpgradeOutcome {
        let outcome: EventLoopFuture<UpgradeOutcome>
        do {
            outcome = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .channelOption(ChannelOptions.tcpOption(.tcp_nodelay), value: 1)
                .connectTimeout(.milliseconds(limit.milliseconds))
                .connect(host: request.endpoint.host, port: request.endpoint.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try configure(channel, request, limit, events)
                    }
                }
        } catch {
            throw connectFailure(error, request.endpoint)
        }
        return try await outcome.get()
    }

    /// Writes a message and flushes.
    public func send(_ message: PeerMessage, id: UInt64) {
        do {
            let text = try Envelope(id: id, message: message).text()
            let frame = WebSocketFrame(
                fin: true, opcode: .text, maskKey: .random(),
                data: channel.allocator.buffer(string: text))
            channel.writeAndFlush(frame, promise: nil)
        } catch {
            close(.normal)  // a message that cannot be encoded is a defect; a reconnect resends
        }
    }

    /// False while the other side does not take what was written.
    public var isWritable: Bool { channel.isWritable }

    /// How long the close frame may take to be written.
    private static let closeLimit = TimeAmount.seconds(2)

    /// Sends a close frame and ends the connection.
    public func close(_ code: CloseCode) {
        var data = channel.allocator.buffer(capacity: 2)
        data.write(webSocketErrorCode: .init(codeNumber: Int(code.rawValue)))
        let frame = WebSocketFrame(
            fin: true, opcode: .connectionClose, maskKey: .random(), data: data)
        channel.writeAndFlush(frame).whenComplete { [channel] _ in channel.close(promise: nil) }
        // Somebody who does not read never takes the frame either.
        channel.eventLoop.scheduleTask(in: Self.closeLimit) { [channel] in
            channel.close(promise: nil)
        }
    }

    private enum UpgradeOutcome: Sendable {
        /// With the Mothership's proof of itself, when it gave one.
        case open(any Channel, proof: String?)
        case refused(status: Int)
    }

    private static func configure(
        _ channel: any Channel, _ request: Request, _ limit: Duration,
        _ events: AsyncStream<LinkEvent>.Continuation
    ) throws -> EventLoopFuture<UpgradeOutcome> {
        try request.tls?.install(on: channel)
        let upgrader = NIOTypedWebSocketClientUpgrader<UpgradeOutcome>(
            maxFrameSize: deliveredFrameBytesMax
        ) { channel, head in
            channel.eventLoop.makeCompletedFuture {
                try request.tls?.finished(on: channel)
                try channel.pipeline.syncOperations.addHandlers([
                    NIOWebSocketFrameAggregator(
                        minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 1024,
                        maxAccumulatedFrameSize: deliveredFrameBytesMax),
                    FrameReceiver(events),
                ])
                return .open(
                    channel, proof: head.headers.first(name: ServerIdentity.proofHeader))
            }
        }
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: "/ws/\(request.room)",
            headers: [
                "Host": "\(request.endpoint.host):\(request.endpoint.port)",
                "Content-Length": "0", ServerIdentity.nonceHeader: request.nonce,
            ])
        let refusal = HTTPStatusKeeper()
        let configuration = NIOTypedHTTPClientUpgradeConfiguration<UpgradeOutcome>(
            upgradeRequestHead: head, upgraders: [upgrader]
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                let status = try channel.pipeline.syncOperations.handler(
                    type: HTTPStatusKeeper.self
                ).status
                channel.close(promise: nil)
                return .refused(status: status)
            }
        }
        let upgraded = try channel.pipeline.syncOperations
            .configureUpgradableHTTPClientPipeline(
                configuration: .init(upgradeConfiguration: configuration))
        let upgradeHandler = try channel.pipeline.syncOperations.context(
            handlerType: NIOTypedHTTPClientUpgradeHandler<UpgradeOutcome>.self
        ).handler
        try channel.pipeline.syncOperations.addHandler(
            refusal, position: .before(upgradeHandler))
        // Somebody who takes the connection and never answers must not hold it for ever.
        let late = channel.eventLoop.scheduleTask(in: .milliseconds(limit.milliseconds)) {
            channel.close(promise: nil)
        }
        upgraded.whenComplete { _ in late.cancel() }
        return upgraded
    }

    /// Silence is no answer: a server that hangs, or a forwarder with nobody behind it, is out of
    /// reach, and says nothing about rooms or proxies.
    private static func upgradeFailure(
        _ error: any Error, _ waited: Duration, of limit: Duration
    ) -> LinkClose {
        switch error {
        case let close as LinkClose: close
        case is ChannelError where waited >= limit: .unanswered(for: limit)
        case is ChannelError, HTTPParserError.invalidEOFState: .closedUnanswered()
        case let failure as IOError: .closedUnanswered(failure.errnoCode)
        default: LinkClose(stage: .upgrade, message: String(describing: error))
        }
    }

    static func connectFailure(_ error: any Error, _ endpoint: MothershipAddress)
        -> LinkClose
    {
        if let failure = error as? NIOConnectionError {
            if failure.connectionErrors.isEmpty {
                return LinkClose(
                    stage: .name, message: "the name \(endpoint.host) does not resolve")
            }
            let number = failure.connectionErrors.lazy
                .compactMap { ($0.error as? IOError)?.errnoCode }.first
            let words = number.map(SystemFailure.text) ?? "timed out"
            return LinkClose(stage: .connect, errorNumber: number, message: words)
        }
        if let failure = error as? IOError {
            return LinkClose(
                stage: .connect, errorNumber: failure.errnoCode,
                message: SystemFailure.text(of: failure.errnoCode))
        }
        return LinkClose(stage: .connect, message: String(describing: error))
    }
}

/// Remembers the status of an answer that was no upgrade.
private final class HTTPStatusKeeper: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart

    private(set) var status = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // After the first head the same channel may carry WebSocket bytes, which are not ours.
        if status == 0, case .head(let head) = unwrapInboundIn(data) {
            status = Int(head.status.code)
        }
        context.fireChannelRead(data)
    }
}

/// Turns frames into events; answers the protocol's own pings and closes.
private final class FrameReceiver: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let events: AsyncStream<LinkEvent>.Continuation
    private var lastError: ErrorNotice?
    private var closeCode: UInt16?
    private var failure: String?

    init(_ events: AsyncStream<LinkEvent>.Continuation) { self.events = events }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text:
            receive(String(buffer: frame.unmaskedData))
        case .binary:
            events.yield(
                .undecodable(
                    EnvelopeFailure(
                        reject: .protocolInvalidMessage, reason: "is a binary frame")))
        case .ping:
            let pong = WebSocketFrame(
                fin: true, opcode: .pong, maskKey: .random(), data: frame.unmaskedData)
            context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
        case .connectionClose:
            var data = frame.unmaskedData
            closeCode = data.readInteger(as: UInt16.self)
            let reply = WebSocketFrame(
                fin: true, opcode: .connectionClose, maskKey: .random(),
                data: frame.unmaskedData)
            context.writeAndFlush(wrapOutboundOut(reply), promise: nil)
            context.close(promise: nil)
        default:
            break  // pongs and stray continuations carry nothing
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = String(describing: error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        let close = LinkClose(
            stage: .session, code: closeCode, reject: lastError?.reject,
            message: lastError?.message ?? failure ?? "the connection ended without a reason")
        events.yield(.closed(close))
        events.finish()
        context.fireChannelInactive()
    }

    private func receive(_ text: String) {
        do throws(EnvelopeFailure) {
            let envelope = try Envelope<ServerMessage>(parsing: text)
            if case .error(let notice) = envelope.message { lastError = notice }
            events.yield(.message(envelope))
        } catch {
            events.yield(.undecodable(error))
        }
    }
}
