// One WebSocket: frames in, judged from the outside in (size, rate, text, hello, pack), and the
// outbox out.

import LiveProtocol
import NIOCore
import NIOWebSocket

/// A session from its upgrade to its end.
struct PeerSession: Sendable {
    typealias Frames = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    let context: ServerContext
    let repository: String
    let outlet: PeerOutlet
    let frames: Frames

    func run() async {
        context.metrics.add(.opened)
        do {
            try await frames.executeThenClose { inbound, outbound in
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        await SessionWriter(context: context, outlet: outlet).run(outbound)
                    }
                    await read(inbound)
                    outlet.finish()
                }
            }
        } catch {
            context.logger.debug("a socket ended", metadata: ["why": "\(error)"])
        }
        context.sessions.remove(outlet.id)
        // Counted here because a peer that never reads again is never told.
        if outlet.isLagged { context.metrics.add(.lagged, 1, repository) }
        context.metrics.add(.closed, 1, outlet.closeCode.map { "\($0.rawValue)" } ?? "1006")
    }

    private func read(_ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>) async {
        var reader = SessionReader(context: context, repository: repository, outlet: outlet)
        do {
            for try await frame in inbound {
                guard await reader.take(frame) else { break }
            }
        } catch {
            context.logger.debug("a socket broke", metadata: ["why": "\(error)"])
        }
        await reader.end()
    }
}

extension Outgoing {
    /// One for each frame, or pair of frames, on the wire.
    fileprivate var singles: [Outgoing] {
        if case .messages(let messages) = self { messages.map(Outgoing.message) } else { [self] }
    }
}

/// The writing task of a session.
struct SessionWriter: Sendable {
    let context: ServerContext
    let outlet: PeerOutlet

    func run(_ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>) async {
        var nextID: UInt64 = 1
        do {
            for await item in outlet.items {
                if outlet.isLagged { return try await sayLagged(outbound, id: nextID) }
                for single in item.singles {
                    guard try await write(single, outbound, id: nextID) else { return }
                    nextID += 1
                }
            }
            if outlet.isLagged { try await sayLagged(outbound, id: nextID) }
        } catch {
            context.logger.debug("a peer cannot be written to", metadata: ["why": "\(error)"])
        }
    }

    /// False after a close frame.
    private func write(
        _ item: Outgoing, _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>, id: UInt64
    ) async throws -> Bool {
        outlet.beginWrite()
        defer { outlet.endWrite() }
        switch item {
        case .message(let message):
            count(message)
            try await outbound.write(text(message, id: id))
        case .messages: break  // `singles` has none
        case .page(let page):
            context.metrics.add(.packRelay)
            try await outbound.write(frame(page.text()))
        case .pong(let data):
            try await outbound.write(WebSocketFrame(fin: true, opcode: .pong, data: data))
        case .close(let code, let notice):
            if let notice {
                count(.error(notice))
                try await outbound.write(text(.error(notice), id: id))
            }
            try await outbound.write(closeFrame(code))
            return false
        }
        return true
    }

    private func sayLagged(
        _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>, id: UInt64
    ) async throws {
        let notice = ErrorNotice(
            reject: .resyncRequired,
            message: "more than \(PeerOutlet.outboxMax) messages wait to be read", reference: nil,
            closing: true)
        _ = try await write(.close(.resyncRequired, notice), outbound, id: id)
    }

    private func count(_ message: ServerMessage) {
        switch message {
        case .error(let notice): context.metrics.add(.errors, 1, notice.reject.rawValue)
        case .packAck(let result):
            for change in result.rejected {
                context.metrics.add(.rejects, 1, change.reject.rawValue)
            }
        case .welcome, .pack, .presence, .presenceLeave, .presenceRefreshed, .impact, .ping,
            .pong:
            break
        }
    }

    private func text(_ message: ServerMessage, id: UInt64) throws -> WebSocketFrame {
        frame(try Envelope(id: id, message: message).frameText())
    }

    private func frame(_ text: ByteBuffer) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: .text, data: text)
    }

    private func closeFrame(_ code: CloseCode) -> WebSocketFrame {
        var data = ByteBuffer(integer: code.rawValue)
        data.writeString(code.text)
        return WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
    }
}
