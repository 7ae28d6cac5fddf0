// Deliveries that no honest Mothership makes: a change set signed by a stranger, or altered on its
// way. The proxy puts them in the place of a real one.

import LiveProtocol
import Synchronization

enum Forgery {
    /// The next delivered change set is replaced by a changed one, signed by a device of its own.
    static func deliver(
        on stage: Stage, _ change: @escaping @Sendable (inout ChangeSet) -> Void
    ) throws {
        let key = DeviceKey()
        try replaceNext(on: stage) { delivered in
            // What came in from a real Mothership can be decoded and signed again.
            guard var set = try? delivered.signed.changeSet() else { return delivered.signed }
            change(&set)
            return (try? key.sign(set)) ?? delivered.signed  // as above
        }
    }

    /// The next delivered change set loses a bit of its signature.
    static func spoilSignature(on stage: Stage) throws {
        try replaceNext(on: stage) { delivered in
            var signature = delivered.signed.signature
            signature[0] ^= 1
            return SignedChangeSet(
                payload: delivered.signed.payload, signature: signature,
                device: delivered.signed.device)
        }
    }

    private static func replaceNext(
        on stage: Stage,
        _ replace: @escaping @Sendable (DeliveredChangeSet) -> SignedChangeSet
    ) throws {
        let isDone = Mutex(false)
        try stage.rewrite { message in
            guard case .pack(let pack) = message, !isDone.withLock({ $0 }) else { return .asIs }
            // A page that is none of ours goes on as it came.
            guard let page = try? pack.unpack(Delivery.self), !page.sets.isEmpty else {
                return .asIs
            }
            isDone.withLock { $0 = true }
            let sets = page.sets.map {
                DeliveredChangeSet(
                    signed: replace($0), places: $0.places, receivedAt: $0.receivedAt)
            }
            return .other(
                .pack(
                    Pack(
                        Delivery(after: page.after, through: page.through, sets: sets),
                        count: pack.count)))
        }
        let ben = try stage.partner()
        try ben.save("pkg/forged.py", "def forged():\n    return 1\n")
    }
}
