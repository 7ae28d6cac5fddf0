// What a reset of the log left beside it: the old log under another name, and what in it had not
// been acknowledged.

import Foundation
import Support
import WriteAheadLog

/// The newest log that a reset moved aside.
public struct ResetLeftover: Codable, Hashable, Sendable {
    /// The folder's name below `.aura/live`.
    public var folder: String
    /// Functions of its pushes that were never acknowledged; nil when it cannot be read.
    public var unacknowledged: [String]?
    /// True once the new log has seen a welcome: then the ledger was read anew from its start, and
    /// the start of the agent read every file.
    public var isReadAgain: Bool

    public init(folder: String, unacknowledged: [String]?, isReadAgain: Bool) {
        self.folder = folder
        self.unacknowledged = unacknowledged
        self.isReadAgain = isReadAgain
    }
}

extension SyncHost {
    /// What the newest reset left; nil when there was none.
    ///
    /// - Parameter isReadAgain: whether the new log has read the ledger since.
    public func resetLeftover(isReadAgain: Bool) throws(SystemFailure) -> ResetLeftover? {
        let place = PathName.parent(of: workspace.walFolder)
        let prefix = PathName.last(of: workspace.walFolder) + ".reset-"
        let names = try FileAccess.names(in: place)
        // The names end in the time of the reset, so the last one is the newest.
        guard let newest = names.filter({ $0.hasPrefix(prefix) }).max() else { return nil }
        guard !isReadAgain else {
            return ResetLeftover(folder: newest, unacknowledged: [], isReadAgain: true)
        }
        return ResetLeftover(
            folder: newest, unacknowledged: unacknowledged(in: place + "/" + newest),
            isReadAgain: false)
    }

    private func unacknowledged(in folder: String) -> [String]? {
        // A log that cannot be read does not say what was in it, which is what nil says.
        guard let contents = try? LogReader.records(at: folder) else { return nil }
        return PeerState.replay(contents).state.outbound.flatMap {
            $0.set.changes.map(\.qualifiedName)
        }.sorted()
    }
}
