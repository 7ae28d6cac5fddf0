// What the tree looked like at one instant, compact enough to keep for 200,000 files.
//
// Flat arrays sorted by folder and name, no dictionary of paths: comparing two of them is one
// pass side by side, and a snapshot of 200,000 files is some 12 MB.

import Support

/// A snapshot of the files that take part: their paths and stamps.
public struct StatIndex: Equatable, Sendable {
    struct Folder: Equatable, Sendable {
        let path: String
        /// The folder's files in the arrays below.
        let files: Range<Int>
    }

    /// When the walk began; a stamp as new as that does not prove the content.
    public let takenAt: Timestamp
    var folders: [Folder] = []
    private(set) var files = FolderFiles()

    public init(takenAt: Timestamp) { self.takenAt = takenAt }

    /// The number of files.
    public var count: Int { files.count }

    /// The stamps of the files, by folder and name.
    public var stamps: [FileStamp] { files.stamps }

    /// The path of a file by its position.
    public func path(at index: Int) -> String {
        var low = 0
        var high = folders.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if folders[middle].files.lowerBound <= index { low = middle } else { high = middle - 1 }
        }
        return Self.join(folders[low].path, files.name(at: index))
    }

    /// All paths, by folder and name.
    public var paths: [String] {
        folders.flatMap { folder in folder.files.map { Self.join(folder.path, files.name(at: $0)) }
        }
    }

    /// The stamp of a path; nil when it is not in the snapshot.
    public subscript(path: String) -> FileStamp? {
        let parent = path.contains("/") ? PathName.parent(of: path) : ""
        guard
            let folder = Self.search(
                folders.indices, where: { Self.order(folders[$0].path, parent) })
        else { return nil }
        var wanted = PathName.last(of: path)
        let found = wanted.withUTF8 { bytes in
            Self.search(folders[folder].files) {
                files.order(at: $0, UnsafeRawBufferPointer(bytes))
            }
        }
        return found.map { files.stamps[$0] }
    }

    /// Adds a folder's files; folders come in ascending order, names within one too.
    mutating func append(folder: String, files added: FolderFiles) {
        guard added.count > 0 else { return }
        folders.append(Folder(path: folder, files: files.append(added)))
    }

    static func join(_ folder: String, _ name: String) -> String {
        folder.isEmpty ? name : folder + "/" + name
    }

    /// Orders folders by their bytes: `Less` is negative.
    static func order(_ left: String, _ right: String) -> Int {
        left == right ? 0 : (left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1)
    }

    private static func search(_ range: Range<Int>, where order: (Int) -> Int) -> Int? {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high {
            let middle = (low + high) / 2
            let side = order(middle)
            if side == 0 { return middle }
            if side < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }
}
