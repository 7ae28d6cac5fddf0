// What other branches changed while a device was away. Live notices are sent to whoever is
// connected; a device that comes back is told of the newest version of each function it missed.

import LiveProtocol

/// A change set with the branch and the person it came from.
public struct AuthoredSet: Hashable, Sendable {
    public let branch: String
    public let user: String
    public let delivered: DeliveredChangeSet

    public init(branch: String, user: String, delivered: DeliveredChangeSet) {
        self.branch = branch
        self.user = user
        self.delivered = delivered
    }
}

/// What a device that was away is told of other branches.
public enum MissedImpacts {
    /// The newest sets that are looked at; who was away for longer sees the newest impacts.
    public static let limit = PageLimit(sets: 1024, bytes: 8 << 20)
    /// The newest notices that are sent: impacts are advice, and nobody reads more at once.
    private static let noticesMax = 1024

    /// One notice for each function and branch: its newest version, against the one before the
    /// first that was missed.
    ///
    /// - Parameter sets: oldest first.
    public static func notices(of sets: [AuthoredSet]) -> [ImpactNotice] {
        var newest: [HeadKey: ImpactNotice] = [:]
        for authored in sets {
            // What the ledger took was decoded before; a set that cannot be is damage of the store.
            guard let changes = try? authored.delivered.signed.changeSet().changes else { continue }
            for place in authored.delivered.places where changes.indices.contains(place.index) {
                let change = changes[place.index]
                let key = HeadKey(branch: authored.branch, function: change.function)
                newest[key] = ImpactNotice(
                    function: change.function, qualifiedName: change.qualifiedName,
                    path: change.path, kind: change.kind, branch: authored.branch,
                    user: authored.user,
                    oldAuraID: newest[key]?.oldAuraID ?? change.baseAuraID,
                    newAuraID: change.auraID, sequence: place.sequence,
                    at: authored.delivered.receivedAt)
            }
        }
        return newest.values.sorted { $0.sequence < $1.sequence }.suffix(noticesMax)
    }
}
