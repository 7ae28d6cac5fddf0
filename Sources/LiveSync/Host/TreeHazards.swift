// What in a tree will make trouble for somebody: names that differ in nothing but case, and files
// that still hold the marks of a merge.

import Support

/// What one look at a tree showed.
struct TreeLook: Sendable {
    var stranded: StrandedFiles
    var twins: [CaseTwins] = []
    var marked: [String] = []
}

/// Admitted files whose names are one where case does not count.
public struct CaseTwins: Codable, Hashable, Sendable {
    public var paths: [String]

    public init(paths: [String]) { self.paths = paths }
}

extension SyncHost {
    /// Files that are looked into for marks, and the size up to which: code is smaller.
    private static let markedFilesMax = 200
    private static let markedBytesMax = 1 << 20

    /// Files that are there and whose names differ in case alone.
    func twins(among paths: some Sequence<String>) -> [CaseTwins] {
        Dictionary(grouping: paths, by: { $0.lowercased() }).values
            .filter { $0.count > 1 }
            .map { $0.filter { FileAccess.exists(workspace.root + "/" + $0) }.sorted() }
            .filter { $0.count > 1 }.map { CaseTwins(paths: $0) }
            .sorted { $0.paths[0] < $1.paths[0] }
    }

    /// Files with merge marks at the beginning of lines.
    func marked(among paths: [String]) -> [String] {
        paths.sorted().prefix(Self.markedFilesMax).filter { path in
            // A file that is gone or too large holds no marks that anybody reads.
            let bytes = try? FileAccess.read(
                workspace.root + "/" + path, limit: Self.markedBytesMax)
            return bytes.map(MergeMarks.areIn) ?? false
        }
    }
}
