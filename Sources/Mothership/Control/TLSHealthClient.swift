// GET /health over TLS, for a listener of our own whose certificate we know: only that certificate
// is accepted, whatever names and authorities are in it.

import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import Support

enum TLSHealthClient {
    /// Longest answer that is read; ours has 300 bytes.
    private static let bytesMax = 64 << 10

    /// Asks for `/health`. Blocks its thread, at most for the timeout.
    static func fetch(
        _ address: String, port: Int, certificate: String, timeout: Duration
    ) throws(HealthFailure) -> Health {
        let name = "\(address):\(port)"
        let group = MultiThreadedEventLoopGroup.singleton
        let answer = group.any().makePromise(of: [UInt8].self)
        let late = group.any().scheduleTask(in: .milliseconds(timeout.milliseconds)) {
            answer.fail(HealthFailure.timedOut(address: name, after: timeout))
        }
        defer { late.cancel() }
        let opening = ClientBootstrap(group: group)
            .connectTimeout(.milliseconds(timeout.milliseconds))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try configure(channel, name, certificate, answer)
                }
            }
            .connect(host: address, port: port)
        opening.whenFailure { answer.fail($0) }
        do {
            defer { opening.whenSuccess { $0.close(promise: nil) } }
            let bytes = try answer.futureResult.wait()
            guard let health = HealthClient.parse(bytes) else {
                throw HealthFailure.foreign(address: name)
            }
            return health
        } catch let failure as HealthFailure {
            throw failure
        } catch let failure as NIOConnectionError {
            let code = failure.connectionErrors.lazy.compactMap {
                ($0.error as? IOError)?.errnoCode
            }
            if code.first == ECONNREFUSED { throw .refused(address: name) }
            throw .broken(address: name, code: code.first ?? EHOSTUNREACH)
        } catch let failure as IOError {
            throw .broken(address: name, code: failure.errnoCode)
        } catch { throw .foreign(address: name) }  // a handshake that failed: not our certificate
    }

    private static func configure(
        _ channel: any Channel, _ host: String, _ certificate: String,
        _ answer: EventLoopPromise<[UInt8]>
    ) throws {
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.certificateVerification = .noHostnameVerification
        let tls = try NIOSSLClientHandler(
            context: try NIOSSLContext(configuration: settings), serverHostname: nil,
            customVerificationCallback: { chain, promise in
                // A certificate without DER bytes is not the one that is expected.
                let seen = (try? chain.first?.toDERBytes()).flatMap { $0 }
                let isOurs = seen.map { ContentDigest.of($0).hex } == certificate
                promise.succeed(isOurs ? .certificateVerified : .failed)
            })
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(tls)
        try pipeline.addHandler(AnswerKeeper(host: host, bytesMax: bytesMax, answer: answer))
    }
}

/// Sends the request and keeps what comes until the other side closes.
private final class AnswerKeeper: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let host: String
    private let bytesMax: Int
    private let answer: EventLoopPromise<[UInt8]>
    private var bytes: [UInt8] = []

    init(host: String, bytesMax: Int, answer: EventLoopPromise<[UInt8]>) {
        self.host = host
        self.bytesMax = bytesMax
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        let request = "GET /health HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
        context.writeAndFlush(
            wrapOutboundOut(context.channel.allocator.buffer(string: request)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += unwrapInboundIn(data).readableBytesView
        if bytes.count > bytesMax { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) { answer.succeed(bytes) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A server that leaves without saying goodbye has said everything it had to.
        if case .uncleanShutdown? = error as? NIOSSLError { return }
        answer.fail(error)
        context.close(promise: nil)
    }
}
