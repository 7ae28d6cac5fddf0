// A client made for tests: it says what it is told to, well formed or not, and shows every frame
// that comes back. A connection that lasts longer than its limit is cut, so that no test hangs.

import Foundation
import LiveProtocol
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

enum SocketTuning: Sendable {
    case plain
    /// Reads nothing but what it is asked to, and has room for little in the kernel.
    case smallBuffer
}

enum Incoming: Sendable {
    case message(ServerMessage)
    case undecodable(String)
    case pong
    case close(UInt16)
}

struct PeerClient {
    let channel: any Channel
    private var frames: AsyncStream<Incoming>.Iterator
    private var nextID: UInt64 = 1

    static let limit = TimeAmount(TestMothership.patience)

    static func connect(
        port: Int, room: String, _ tune: SocketTuning = .plain
    ) async throws -> PeerClient {
        let (stream, continuation) = AsyncStream.makeStream(of: Incoming.self)
        var bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(limit)
        if tune == .smallBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: 4096)
        }
        let upgrade = try await bootstrap.connect(host: "127.0.0.1", port: port) { channel in
            channel.eventLoop.makeCompletedFuture { try configure(channel, room, continuation) }
        }
        guard let channel = try await upgrade.get() else {
            throw Unexpected(what: "the upgrade was refused")
        }
        let cut = channel.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in cut.cancel() }
        return PeerClient(channel: channel, frames: stream.makeAsyncIterator())
    }

    private static func configure(
        _ channel: any Channel, _ room: String, _ frames: AsyncStream<Incoming>.Continuation
    ) throws -> EventLoopFuture<(any Channel)?> {
        let upgrader = NIOTypedWebSocketClientUpgrader<(any Channel)?>(
            maxFrameSize: 16 << 20
        ) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(FrameKeeper(frames))
                return channel
            }
        }
        let request = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: "/ws/\(room)",
            headers: ["Host": "127.0.0.1", "Content-Length": "0"])
        let configuration = NIOTypedHTTPClientUpgradeConfiguration<(any Channel)?>(
            upgradeRequestHead: request, upgraders: [upgrader]
        ) { channel in
            channel.close(promise: nil)
            return channel.eventLoop.makeSucceededFuture(nil)
        }
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
            configuration: .init(upgradeConfiguration: configuration))
    }

    /// Sends a message; returns the id of its envelope.
    @discardableResult
    mutating func send(_ message: PeerMessage) throws -> UInt64 {
        defer { nextID += 1 }
        send(.text, try Envelope(id: nextID, message: message).text())
        return nextID
    }

    func send(_ opcode: WebSocketOpcode, _ text: String, fin: Bool = true) {
        let frame = WebSocketFrame(
            fin: fin, opcode: opcode, maskKey: .random(), data: ByteBuffer(string: text))
        channel.writeAndFlush(frame, promise: nil)
    }

    @discardableResult
    mutating func push(_ signed: SignedChangeSet, count: Int = 1) throws -> UInt64 {
        try send(.pack(Pack(signed, count: count)))
    }

    /// The next frame; nil when the socket ended.
    mutating func next() async -> Incoming? { await frames.next() }

    /// The first message that `pick` takes; what comes before it is dropped.
    mutating func first<Value>(_ pick: (ServerMessage) -> Value?) async throws -> Value {
        while let frame = await next() {
            if case .message(let message) = frame, let value = pick(message) { return value }
            if case .close(let code) = frame { throw Unexpected(what: "closed with \(code)") }
        }
        throw Unexpected(what: "the socket ended")
    }

    mutating func result() async throws -> PushResult {
        try await first { if case .packAck(let result) = $0 { result } else { nil } }
    }

    mutating func error() async throws -> ErrorNotice {
        try await first { if case .error(let notice) = $0 { notice } else { nil } }
    }

    /// The next page, acknowledged when asked to.
    mutating func page(acknowledging: Bool = true) async throws -> Delivery {
        let pack = try await first { if case .pack(let pack) = $0 { pack } else { nil } }
        let delivery = try pack.unpack(Delivery.self)
        if acknowledging { try send(.packAck(through: delivery.through)) }
        return delivery
    }

    /// Pages until `through`, acknowledged; the places in them.
    mutating func places(through: UInt64) async throws -> [LedgerPlace] {
        var places: [LedgerPlace] = []
        while true {
            let page = try await page()
            places += page.sets.flatMap(\.places)
            if page.through >= through { return places }
        }
    }

    /// True when the server still answers.
    mutating func isAlive() async throws -> Bool {
        try send(.ping(nonce: 77))
        return try await first { if case .pong(77, _) = $0 { true } else { nil } }
    }

    /// The error before the close frame, and its code.
    mutating func closing() async -> (notice: ErrorNotice?, code: UInt16?) {
        var notice: ErrorNotice?
        while let frame = await next() {
            switch frame {
            case .message(.error(let error)): notice = error
            case .close(let code): return (notice, code)
            case .message, .undecodable, .pong: continue
            }
        }
        return (notice, nil)
    }

    /// Ends the connection without a word.
    func cut() async throws { try await channel.close() }

    /// Stops and resumes reading from the socket.
    func reads(_ isReading: Bool) async throws {
        try await channel.setOption(.autoRead, value: isReading).get()
    }
}

/// Turns frames into values and answers a close with a close.
private final class FrameKeeper: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let frames: AsyncStream<Incoming>.Continuation

    init(_ frames: AsyncStream<Incoming>.Continuation) { self.frames = frames }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text: take(String(buffer: frame.unmaskedData))
        case .pong: frames.yield(.pong)
        case .connectionClose:
            var data = frame.unmaskedData
            let answer = WebSocketFrame(
                fin: true, opcode: .connectionClose, maskKey: .random(), data: data)
            frames.yield(.close(data.readInteger(as: UInt16.self) ?? 0))
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
            context.close(promise: nil)
        default: frames.yield(.undecodable("opcode \(frame.opcode)"))
        }
    }

    private func take(_ text: String) {
        do throws(EnvelopeFailure) {
            frames.yield(.message(try Envelope<ServerMessage>(parsing: text).message))
        } catch { frames.yield(.undecodable(error.reason)) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        frames.finish()
        context.fireChannelInactive()
    }
}

/// One plain request over a socket of its own; the whole answer as text.
enum PlainRequest {
    static func send(_ text: String, port: Int) async throws -> (status: Int, body: String) {
        let answer = try await raw(text, port: port)
        guard let end = answer.range(of: "\r\n\r\n"),
            let status = answer.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { throw Unexpected(what: "no HTTP answer: \(answer.prefix(200))") }
        return (status, String(answer[end.upperBound...]))
    }

    /// Head and body as they came.
    static func raw(_ text: String, port: Int) async throws -> String {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(PeerClient.limit)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(TextKeeper(continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        let cut = channel.eventLoop.scheduleTask(in: PeerClient.limit) {
            channel.close(promise: nil)
        }
        try await channel.writeAndFlush(ByteBuffer(string: text))
        let answer = await stream.reduce("", +)
        cut.cancel()
        return answer
    }

    static func get(_ path: String, port: Int) async throws -> (status: Int, body: String) {
        try await send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", port: port)
    }
}

private final class TextKeeper: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let text: AsyncStream<String>.Continuation

    init(_ text: AsyncStream<String>.Continuation) { self.text = text }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text.yield(String(buffer: unwrapInboundIn(data)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { text.finish() }
}
