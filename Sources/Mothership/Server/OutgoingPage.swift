// A page of the ledger on its way to everybody who gets the same one: made into a frame by the first
// session that writes it, because packing and encoding cost more than writing.

import LiveProtocol
import NIOCore
import Synchronization

final class OutgoingPage: Sendable {
    let delivery: Delivery
    private let encoded = Mutex<ByteBuffer?>(nil)

    init(_ delivery: Delivery) { self.delivery = delivery }

    /// The text of the page's frame, one storage for all sessions. Its number is the sequence the page
    /// leads to, which is the same for every peer; nothing answers it by number.
    func text() throws -> ByteBuffer {
        try encoded.withLock { encoded in
            if let encoded { return encoded }
            let changes = delivery.sets.reduce(0) { $0 + $1.places.count }
            let message = ServerMessage.pack(Pack(delivery, count: changes))
            let made = try Envelope(id: delivery.through, message: message).frameText()
            encoded = made
            return made
        }
    }
}

extension Envelope<ServerMessage> {
    func frameText() throws -> ByteBuffer { ByteBuffer(string: try text()) }
}
