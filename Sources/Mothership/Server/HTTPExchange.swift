// One HTTP request over an open channel: the body in, the answer out, and with both the proof of who
// we are, for a peer that asked.

import LiveProtocol
import NIOCore
import NIOHTTP1
import Support

extension ServerContext {
    /// The signed answer to a request that carries a nonce; no header for one that does not.
    func identityHeaders(for head: HTTPRequestHead) -> HTTPHeaders {
        guard let nonce = head.headers.first(name: ServerIdentity.nonceHeader),
            (1...ServerIdentity.nonceBytesMax).contains(nonce.utf8.count)
        else { return [:] }
        do {
            let identity = try tokens.identity(nonce: nonce, now: clock.now)
            return [ServerIdentity.proofHeader: identity.header]
        } catch {
            // The peer refuses an answer without proof; that is the right end of this.
            logger.error("the identity cannot be signed", metadata: ["why": "\(error)"])
            return [:]
        }
    }
}

/// One request, one answer, then the connection closes.
enum HTTPExchange {
    static func run(
        _ channel: MothershipServer.HTTPChannel, _ head: HTTPRequestHead, _ context: ServerContext
    ) async throws {
        let remote = channel.channel.remoteAddress?.ipAddress ?? ""
        let isLoopback = MothershipConfiguration.isLoopback(remote)
        try await channel.executeThenClose { inbound, outbound in
            let body = head.method == .POST ? try await body(of: inbound) : []
            let question = HTTPQuestion(head, body: body, isLoopback: isLoopback)
            let answer = await HTTPRoutes(context: context).answer(question)
            try await write(
                answer, to: outbound, bodyWanted: head.method != .HEAD,
                extra: context.identityHeaders(for: head))
        }
    }

    /// The request's body; nil when it is longer than any route takes.
    private static func body(
        of inbound: NIOAsyncChannelInboundStream<HTTPServerRequestPart>
    ) async throws -> [UInt8]? {
        var bytes: [UInt8] = []
        for try await part in inbound {
            switch part {
            case .head: continue
            case .body(let buffer):
                guard bytes.count + buffer.readableBytes <= CredentialRoutes.bytesMax else {
                    return nil
                }
                bytes += buffer.readableBytesView
            case .end: return bytes
            }
        }
        throw ChannelError.inputClosed
    }

    private static func write(
        _ answer: HTTPAnswer,
        to outbound: NIOAsyncChannelOutboundWriter<HTTPPart<HTTPResponseHead, ByteBuffer>>,
        bodyWanted: Bool, extra: HTTPHeaders
    ) async throws {
        var headers: HTTPHeaders = [
            "Content-Type": answer.contentType, "Content-Length": "\(answer.body.utf8.count)",
            "Connection": "close", "Cache-Control": "no-store",
        ]
        headers.add(contentsOf: extra)
        let head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers)
        try await outbound.write(.head(head))
        if bodyWanted { try await outbound.write(.body(ByteBuffer(string: answer.body))) }
        try await outbound.write(.end(nil))
    }
}

/// Wraps body bytes the way the HTTP encoder wants them.
final class BytesToIOData: ChannelOutboundHandler {
    typealias OutboundIn = HTTPPart<HTTPResponseHead, ByteBuffer>
    typealias OutboundOut = HTTPServerResponsePart

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part: HTTPServerResponsePart =
            switch unwrapOutboundIn(data) {
            case .head(let head): .head(head)
            case .body(let buffer): .body(.byteBuffer(buffer))
            case .end(let trailers): .end(trailers)
            }
        context.write(wrapOutboundOut(part), promise: promise)
    }
}
