// What stands between the WebSocket decoder and a session: frames that break RFC 6455 in ways the
// decoder does not look at, and a class for whatever it throws.

import LiveProtocol
import NIOCore
import NIOWebSocket

/// Refuses what a client must not send: frames without a mask (section 5.1), reserved bits without
/// an extension that gives them a meaning, and opcodes that have none (section 5.2).
final class FrameGuard: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = WebSocketFrame

    struct Breach: Error {}

    private static let known: Set<WebSocketOpcode> = [
        .continuation, .text, .binary, .connectionClose, .ping, .pong,
    ]

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard frame.maskKey != nil, !(frame.rsv1 || frame.rsv2 || frame.rsv3),
            Self.known.contains(frame.opcode)
        else { return context.fireErrorCaught(Breach()) }
        context.fireChannelRead(data)
    }
}

/// Turns what the frame decoder throws into a close with its class; without it the peer would see
/// a bare 1009 or 1002. Later errors are swallowed: the decoder is dead, the socket is closing.
final class FrameErrorHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = WebSocketFrame

    private let outlet: PeerOutlet
    private let frameBytesMax: Int

    init(outlet: PeerOutlet, frameBytesMax: Int) {
        self.outlet = outlet
        self.frameBytesMax = frameBytesMax
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOWebSocketError.invalidFrameLength,
            NIOWebSocketFrameAggregator.Error.accumulatedFrameSizeIsTooLarge,
            NIOWebSocketFrameAggregator.Error.tooManyFragments:
            outlet.close(
                .messageTooBig, .protocolMessageTooLarge,
                "a message has more than \(frameBytesMax) bytes or too many fragments")
        case is NIOWebSocketError, is NIOWebSocketFrameAggregator.Error,
            is ByteToMessageDecoderError, is FrameGuard.Breach:
            outlet.close(
                .expectedHello, .protocolInvalidMessage, "the bytes are no WebSocket frames")
        default: context.fireErrorCaught(error)
        }
    }
}
