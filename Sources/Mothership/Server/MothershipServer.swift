// The listener: one port, where a request to /ws/ROOM becomes a WebSocket and everything else is
// answered and closed.

import Glibc
import LiveProtocol
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Support

/// A listening Mothership.
public final class MothershipServer: Sendable {
    /// The port that was bound, also when 0 was asked for.
    public let port: Int
    private let context: ServerContext
    private let listener: Listener
    private let serving: Task<Void, Never>
    private let watch: RepeatedTask

    typealias HTTPChannel = NIOAsyncChannel<
        HTTPServerRequestPart, HTTPPart<HTTPResponseHead, ByteBuffer>
    >
    private typealias Listener = NIOAsyncChannel<Accepted, Never>

    private enum Upgrade: Sendable {
        case socket(PeerSession)
        case http(HTTPChannel, HTTPRequestHead)
    }

    private struct Accepted: Sendable {
        let channel: any Channel
        let upgrade: EventLoopFuture<Upgrade>
    }

    /// A fragment per KiB of the largest message is more than any client of ours makes.
    private static let fragmentsMax = 8192
    /// Bytes the kernel takes beyond what it may send; more than one wakeup drains at 1 GB/s.
    private static let unsentMax = 128 << 10

    /// Binds and begins to serve.
    public static func start(_ context: ServerContext) async throws -> MothershipServer {
        let configuration = context.configuration
        let listener: Listener
        do {
            listener = try await bootstrap().bind(
                host: configuration.bind, port: configuration.port
            ) { channel in
                channel.eventLoop.makeCompletedFuture {
                    Accepted(channel: channel, upgrade: try configure(channel, context))
                }
            }
        } catch let error as IOError {
            throw PlainFailure(
                "\(configuration.bind):\(configuration.port)",
                "cannot listen: \(SystemFailure.text(of: error.errnoCode))",
                nextStep: "stop the process that has the port, or choose another with --port",
                exitStatus: .cannotCreate)
        }
        return MothershipServer(context, listener)
    }

    private init(_ context: ServerContext, _ listener: Listener) {
        self.context = context
        self.listener = listener
        port = listener.channel.localAddress?.port ?? context.configuration.port
        serving = Task { await Self.serve(listener, context) }
        let interval = TimeAmount.milliseconds(context.timings.watchInterval.milliseconds)
        watch = listener.channel.eventLoop.scheduleRepeatedAsyncTask(
            initialDelay: interval, delay: interval
        ) { task in
            context.watchSessions()
            let loop = listener.channel.eventLoop
            return loop.makeFutureWithTask { await context.rooms.tick() }
        }
    }

    /// Stops accepting, sends every peer away with `service_restart`, and makes durable what was
    /// decided.
    public func stop() async {
        watch.cancel(promise: nil)
        // The listener may be closed already; then there is nothing to stop.
        try? await listener.channel.close()
        await context.rooms.drain()
        for outlet in context.sessions.all {
            outlet.close(.serviceRestart, .serviceRestart, "the Mothership stops")
        }
        let closing = listener.channel.eventLoop.scheduleRepeatedTask(
            initialDelay: .zero, delay: .milliseconds(50)
        ) { [context] _ in context.watchSessions() }
        await serving.value
        closing.cancel()
        await context.services.writer.flush()
    }

    private static func bootstrap() -> ServerBootstrap {
        ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Without it a small page waits 40 ms for the acknowledgement of the one before.
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // What a peer does not read waits here, once for all who get it, and not in the kernel once
            // a peer, where a few hundred such peers use up TCP's memory and everybody else waits.
            .childChannelOption(.tcpOption(.init(rawValue: TCP_NOTSENT_LOWAT)), value: unsentMax)
            .childChannelOption(
                .writeBufferWaterMark, value: .init(low: 32 << 10, high: 256 << 10))
    }

    private static func configure(
        _ channel: any Channel, _ context: ServerContext
    ) throws -> EventLoopFuture<Upgrade> {
        let upgrader = NIOTypedWebSocketServerUpgrader<Upgrade>(
            maxFrameSize: context.configuration.limits.frameBytes,
            enableAutomaticErrorHandling: false,
            shouldUpgrade: { channel, head in
                let room = HTTPRoutes.room(of: head.uri)
                // After a body the upgrade would fail half way and leave its session behind.
                let isWelcome =
                    !head.hasBody && room.map(context.isRegistered) == true
                    && context.sessions.count < context.configuration.connectionsMax
                let headers = isWelcome ? context.identityHeaders(for: head) : nil
                return channel.eventLoop.makeSucceededFuture(headers)
            },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture { try upgraded(channel, head, context) }
            })
        let upgrade = NIOTypedHTTPServerUpgradeConfiguration<Upgrade>(
            upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    guard let head = try pipeline.handler(type: HeadKeeper.self).head else {
                        throw ChannelError.inappropriateOperationForState
                    }
                    try pipeline.addHandler(BytesToIOData())
                    return .http(try HTTPChannel(wrappingChannelSynchronously: channel), head)
                }
            })
        let pipeline = channel.pipeline.syncOperations
        if let tls = context.tls {
            try pipeline.addHandler(NIOSSLServerHandler(context: tls.context))
        }
        let outcome = try pipeline.configureUpgradableHTTPServerPipeline(
            configuration: .init(upgradeConfiguration: upgrade))
        let handler = try pipeline.context(
            handlerType: NIOTypedHTTPServerUpgradeHandler<Upgrade>.self
        ).handler
        try pipeline.addHandler(HeadKeeper(), position: .before(handler))
        return outcome
    }

    private static func upgraded(
        _ channel: any Channel, _ head: HTTPRequestHead, _ context: ServerContext
    ) throws -> Upgrade {
        let outlet = context.sessions.add {
            PeerOutlet(id: $0, channel: channel, timings: context.timings, clock: context.clock)
        }
        let bytesMax = context.configuration.limits.frameBytes
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(FrameGuard())
        try pipeline.addHandler(
            NIOWebSocketFrameAggregator(
                minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: fragmentsMax,
                maxAccumulatedFrameSize: bytesMax))
        try pipeline.addHandler(FrameErrorHandler(outlet: outlet, frameBytesMax: bytesMax))
        // Two frames read ahead: each may have the full size.
        let frames = try PeerSession.Frames(
            wrappingChannelSynchronously: channel,
            configuration: .init(
                backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2)))
        return .socket(
            PeerSession(
                context: context, repository: HTTPRoutes.room(of: head.uri) ?? "",
                outlet: outlet, frames: frames))
    }

    private static func serve(_ listener: Listener, _ context: ServerContext) async {
        do {
            try await withThrowingDiscardingTaskGroup { group in
                try await listener.executeThenClose { inbound in
                    for try await accepted in inbound {
                        group.addTask { await serve(accepted, context) }
                    }
                }
            }
        } catch {
            context.logger.debug("the listener ended", metadata: ["why": "\(error)"])
        }
    }

    private static func serve(_ accepted: Accepted, _ context: ServerContext) async {
        let wait = TimeAmount(context.timings.requestWait)
        let timer = accepted.channel.eventLoop.scheduleTask(in: wait) {
            accepted.channel.close(promise: nil)
        }
        defer { timer.cancel() }
        do {
            switch try await accepted.upgrade.get() {
            case .socket(let session):
                timer.cancel()
                await session.run()
            case .http(let channel, let head): try await HTTPExchange.run(channel, head, context)
            }
        } catch {
            accepted.channel.close(promise: nil)
            context.logger.debug("a connection ended", metadata: ["why": "\(error)"])
        }
    }
}

extension HTTPRequestHead {
    var hasBody: Bool {
        headers.contains(name: "Transfer-Encoding")
            || headers["Content-Length"].contains { $0 != "0" }
    }
}

/// Remembers the head of the request: the upgrade handler drops that of a refused upgrade, and the
/// refusal could not be answered. Later reads may be WebSocket bytes, which pass untouched.
private final class HeadKeeper: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private(set) var head: HTTPRequestHead?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if head == nil, case .head(let first) = unwrapInboundIn(data) { head = first }
        context.fireChannelRead(data)
    }

    /// What is no HTTP was answered by the library; nothing good can follow on this connection.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.fireErrorCaught(error)
        if error is HTTPParserError { context.close(promise: nil) }
    }
}
