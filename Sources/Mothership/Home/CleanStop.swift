// What a Mothership leaves when it stops: how much its store held, for the next start to compare.

import Support

/// The counts of a clean stop.
public struct CleanStop: Codable, Hashable, Sendable {
    public let totals: LedgerTotals
    public let epoch: String
    public let version: String
    public let at: Timestamp

    public init(totals: LedgerTotals, epoch: String, version: String, at: Timestamp) {
        self.totals = totals
        self.epoch = epoch
        self.version = version
        self.at = at
    }

    /// The record at `path`; nil when there is none.
    public static func load(_ path: String) throws -> CleanStop? {
        guard FileAccess.exists(path) else { return nil }
        do {
            return try JSONText.decode(
                CleanStop.self, from: try FileAccess.read(path, limit: 1 << 16))
        } catch is DecodingError {
            // Without it nobody notices that the store has less than it had.
            throw PlainFailure(
                path, "is no record of a clean stop, which says what the store held",
                nextStep: "make sure that the store is whole, then move that file aside",
                exitStatus: .refused)
        }
    }

    public func save(_ path: String) throws {
        try FileAccess.replace(path, with: Array(try JSONText.encode(self).utf8))
    }
}
