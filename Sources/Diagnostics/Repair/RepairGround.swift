// What the engine needs of the system it repairs.
//
// The framework knows no system. Whoever has one says where journals lie, how to look at it
// afresh, and how to copy its state for a rehearsal.

import Support

/// A system that can be repaired.
public protocol RepairGround<System>: Sendable {
    associatedtype System: Sendable

    /// The checks that find, and whose steps repair. In the order in which causes come first.
    var checks: [any Check<System>] { get }
    /// Where journals, the lock and the ledger of losses lie.
    var journalFolder: String { get }
    /// Where everything goes that a repair replaces.
    var quarantineFolder: String { get }
    var clock: any Clock { get }

    /// The system as it is now. A step is never given an earlier look.
    func look() -> System
    /// Examines everything, afresh.
    func examine() async -> Examination<System>
    /// Tells the system that a repair of this epoch begins; called with the lock held.
    func fence(epoch: UInt64) async throws(RepairFailure)
    /// A copy of the state in an empty folder, with nothing running on it; nil when the system
    /// cannot be copied. Its steps must not reach the original.
    func shadow(in folder: String) throws(SystemFailure) -> Shadow<Self>?
}

/// A system's copy, for a rehearsal.
public struct Shadow<Ground: Sendable>: Sendable {
    public let ground: Ground
    /// Paths of the original that could not be copied and hold no state: sockets, pipes, devices.
    public let leftOut: [String]

    public init(_ ground: Ground, leftOut: [String] = []) {
        self.ground = ground
        self.leftOut = leftOut
    }
}

extension RepairGround {
    public func fence(epoch: UInt64) async throws(RepairFailure) {}
    public func shadow(in folder: String) throws(SystemFailure) -> Shadow<Self>? { nil }
}
