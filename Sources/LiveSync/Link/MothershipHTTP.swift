// One HTTP request to a Mothership, with the same trust as a link: for tokens, which are needed
// before there is one.

import LiveProtocol
import NIOCore
import NIOHTTP1
import NIOPosix
import Support

/// What a Mothership answered over HTTP, and who it proved to be.
struct MothershipAnswer: Sendable {
    let status: Int
    let body: [UInt8]
    let identity: LinkIdentity
}

enum MothershipHTTP {
    /// Longest answer that is read; ours have about 1500 bytes.
    private static let bytesMax = 256 << 10

    /// Sends a request and reads the whole answer.
    ///
    /// - Throws: ``LinkClose`` naming the stage that failed; an HTTP status is no failure.
    static func send(
        _ method: HTTPMethod, _ path: String, body: [UInt8] = [], to endpoint: MothershipAddress,
        trust: LinkTrust, limit: Duration = .seconds(10)
    ) async throws(LinkClose) -> MothershipAnswer {
        let (clock, nonce) = (SystemClock(), LinkTrust.nonce())
        let tls =
            endpoint.isEncrypted
            ? TLSGuard(host: endpoint.host, pin: trust.certificate) : nil
        let group = MultiThreadedEventLoopGroup.singleton
        let answer = group.any().makePromise(of: RawAnswer.self)
        let sent = clock.now
        let opening = ClientBootstrap(group: group)
            .connectTimeout(.milliseconds(limit.milliseconds))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try tls?.install(on: channel)
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(
                        AnswerCollector(
                            head: head(method, path, body.count, endpoint, nonce), body: body,
                            bytesMax: bytesMax, answer: answer))
                }
            }
            .connect(host: endpoint.host, port: endpoint.port)
        let late = group.any().scheduleTask(in: .milliseconds(limit.milliseconds)) {
            answer.fail(LinkClose.unanswered(for: limit))
        }
        defer {
            late.cancel()
            opening.whenSuccess { $0.close(promise: nil) }
        }
        opening.whenFailure { answer.fail(WebSocketLink.connectFailure($0, endpoint)) }
        let raw: RawAnswer
        do { raw = try await answer.futureResult.get() } catch {
            if let close = tls?.close { throw await TLSGuard.explained(close, by: endpoint) }
            throw (error as? LinkClose)
                ?? LinkClose(stage: .upgrade, message: String(describing: error))
        }
        var identity = try trust.identity(
            proof: raw.proof, nonce: nonce, sent: sent, received: clock.now)
        identity.certificate = tls?.certificate
        return MothershipAnswer(status: raw.status, body: raw.body, identity: identity)
    }

    private static func head(
        _ method: HTTPMethod, _ path: String, _ length: Int, _ endpoint: MothershipAddress,
        _ nonce: String
    ) -> HTTPRequestHead {
        HTTPRequestHead(
            version: .http1_1, method: method, uri: path,
            headers: [
                "Host": "\(endpoint.host):\(endpoint.port)", "Content-Length": "\(length)",
                "Content-Type": "application/json", "Connection": "close",
                ServerIdentity.nonceHeader: nonce,
            ])
    }
}

private struct RawAnswer: Sendable {
    var status = 0
    var proof: String?
    var body: [UInt8] = []
}

/// Sends the request once connected and keeps the answer.
private final class AnswerCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let head: HTTPRequestHead
    private let body: [UInt8]
    private let bytesMax: Int
    private let answer: EventLoopPromise<RawAnswer>
    private var raw = RawAnswer()

    init(
        head: HTTPRequestHead, body: [UInt8], bytesMax: Int, answer: EventLoopPromise<RawAnswer>
    ) {
        self.head = head
        self.body = body
        self.bytesMax = bytesMax
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !body.isEmpty {
            let buffer = context.channel.allocator.buffer(bytes: body)
            context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            raw.status = Int(head.status.code)
            raw.proof = head.headers.first(name: ServerIdentity.proofHeader)
        case .body(let buffer):
            raw.body += buffer.readableBytesView
            if raw.body.count > bytesMax {
                errorCaught(
                    context: context,
                    error: LinkClose(stage: .upgrade, message: "the answer is too long"))
            }
        case .end:
            answer.succeed(raw)
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        answer.fail(LinkClose.closedUnanswered())
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.fail(error)
        context.close(promise: nil)
    }
}
