// A page of the ledger on its way to everybody who gets the same one: packed by the first session that
// writes it, because packing costs more than writing.

import LiveProtocol
import Synchronization

final class OutgoingPage: Sendable {
    let delivery: Delivery
    private let packed = Mutex<Pack?>(nil)

    init(_ delivery: Delivery) { self.delivery = delivery }

    /// The page as it travels.
    var pack: Pack {
        packed.withLock { packed in
            if let packed { return packed }
            let changes = delivery.sets.reduce(0) { $0 + $1.places.count }
            let made = Pack(delivery, count: changes)
            packed = made
            return made
        }
    }
}
