// Rewriting single messages of a Mothership on their way through the proxy: frames are taken apart
// and put together again, so a message may change its length or become a close frame.

import Foundation
import LiveProtocol

/// Taking frames apart and putting them together.
public enum FrameRewriting {
    /// What becomes of one message.
    public enum Outcome: Sendable {
        case asIs
        case other(ServerMessage)
        case close(UInt16)
        case nothing
    }

    /// A behaviour that rewrites each message a Mothership sends.
    public static func messages(
        _ rewrite: @escaping @Sendable (ServerMessage) -> Outcome
    ) -> @Sendable ([UInt8]) -> [UInt8] {
        { chunk in
            // The answer to the upgrade comes alone: the peer speaks next.
            guard let first = chunk.first, first & 0x80 != 0 else { return chunk }
            var rest = chunk[...]
            var result: [UInt8] = []
            while let (frame, text) = nextFrame(&rest) {
                result += text.map { rewritten($0, frame, rewrite) } ?? frame
            }
            return result + rest
        }
    }

    private static func rewritten(
        _ text: String, _ frame: [UInt8], _ rewrite: (ServerMessage) -> Outcome
    ) -> [UInt8] {
        // What is no message of this release goes on as it came.
        guard let envelope = try? Envelope<ServerMessage>(parsing: text) else { return frame }
        switch rewrite(envelope.message) {
        case .asIs: return frame
        case .nothing: return []
        case .close(let code): return [0x88, 2, UInt8(code >> 8), UInt8(code & 0xFF)]
        case .other(let message):
            // As above: a message that came in can go out.
            let text = try? Envelope(id: envelope.id, message: message).text()
            return text.map { Self.frame(Array($0.utf8)) } ?? frame
        }
    }

    /// The next whole frame and, of a text frame, its text; nil when the chunk ends inside it.
    private static func nextFrame(_ rest: inout ArraySlice<UInt8>) -> ([UInt8], String?)? {
        let bytes = Array(rest)
        guard bytes.count >= 2 else { return nil }
        var (header, length) = (2, Int(bytes[1] & 0x7F))
        if length == 126 {
            guard bytes.count >= 4 else { return nil }
            (header, length) = (4, Int(bytes[2]) << 8 | Int(bytes[3]))
        } else if length == 127 {
            guard bytes.count >= 10 else { return nil }
            (header, length) = (10, bytes[2..<10].reduce(0) { $0 << 8 | Int($1) })
        }
        guard bytes.count >= header + length else { return nil }
        rest = rest.dropFirst(header + length)
        let payload = bytes[header..<(header + length)]
        let isText = bytes[0] == 0x81
        return (
            Array(bytes[..<(header + length)]),
            isText ? String(decoding: payload, as: UTF8.self) : nil
        )
    }

    private static func frame(_ payload: [UInt8]) -> [UInt8] {
        let count = payload.count
        if count < 126 { return [0x81, UInt8(count)] + payload }
        if count < 65_536 { return [0x81, 126, UInt8(count >> 8), UInt8(count & 0xFF)] + payload }
        return [0x81, 127] + (0..<8).map { UInt8(count >> (56 - $0 * 8) & 0xFF) } + payload
    }
}

extension FaultProxy {
    /// Rewrites each message of the Mothership from now on.
    public func rewrite(_ change: @escaping @Sendable (ServerMessage) -> FrameRewriting.Outcome) {
        set { $0.rewritesDownstream = FrameRewriting.messages(change) }
    }

    /// Nobody hears of peers any more; the result tells when a leave was lost on the way.
    public func losePresence() -> Lost {
        let lost = Lost()
        rewrite { message in
            switch message {
            case .presenceLeave:
                _ = lost.isFirst()
                return .nothing
            case .presence: return .nothing
            default: return .asIs
            }
        }
        return lost
    }

    /// Passes everything on as it comes again.
    public func restore() {
        set { $0 = FaultProxy.Behaviour() }
    }
}
