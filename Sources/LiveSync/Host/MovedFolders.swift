// Whether what an agent works on is still where it began: it holds its files open and answers on its
// socket wherever they were moved to, and knows nothing of that.

import Glibc
import Support

/// What was moved away under a running agent.
public enum MovedFolders: Codable, Hashable, Sendable {
    /// The whole working copy: the agent began with it in another place.
    case root(from: String)
    /// `.aura/live`: what is there now was made since. The old one as a path in the working copy, where
    /// it lies beside.
    case state(present: String?)
}

extension SyncHost {
    /// What was moved, of a working copy whose agent answers.
    ///
    /// - Parameter record: the agent's, as it lies here.
    public func movedFolders(since record: RecordedProcess?) -> MovedFolders? {
        if let root = record?.record.root, root != workspace.root,
            !Self.isOne(root, workspace.root)
        {
            return .root(from: root)
        }
        // An agent makes its log's folder anew and its record, and nothing else.
        let isBegunAnew =
            FileAccess.isFolder(workspace.liveFolder)
            && !FileAccess.exists(workspace.devicePath) && !FileAccess.exists(workspace.logFolder)
        return isBegunAnew ? .state(present: formerState()) : nil
    }

    /// A folder beside `.aura/live` with a device in it.
    private func formerState() -> String? {
        // What cannot be listed is not named.
        let names = (try? FileAccess.names(in: workspace.auraFolder)) ?? []
        let devices = PathName.last(of: workspace.devicePath)
        return names.sorted().first {
            FileAccess.exists("\(workspace.auraFolder)/\($0)/\(devices)")
        }.map { "\(Workspace.auraName)/\($0)" }
    }

    /// One folder may have several paths, as behind a bind mount.
    private static func isOne(_ left: String, _ right: String) -> Bool {
        var (one, other) = (stat(), stat())
        guard stat(left, &one) == 0, stat(right, &other) == 0 else { return false }
        return one.st_dev == other.st_dev && one.st_ino == other.st_ino
    }
}
