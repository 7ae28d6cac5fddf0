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
    private(set) var nameBytes: [UInt8] = []
    private(set) var nameEnds: [UInt32] = []
    public private(set) var stamps: [FileStamp] = []

    public init(takenAt: Timestamp) { self.takenAt = takenAt }

    /// The number of files.
    public var count: Int { stamps.count }

    /// The path of a file by its position.
    public func path(at index: Int) -> String {
        var low = 0
        var high = folders.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if folders[middle].files.lowerBound <= index { low = middle } else { high = middle - 1 }
        }
        return Self.join(folders[low].path, name(at: index))
    }

    /// All paths, by folder and name.
    public var paths: [String] {
        folders.flatMap { folder in folder.files.map { Self.join(folder.path, name(at: $0)) } }
    }

    /// The stamp of a path; nil when it is not in the snapshot.
    public subscript(path: String) -> FileStamp? {
        let parent = path.contains("/") ? PathName.parent(of: path) : ""
        let wanted = Array(PathName.last(of: path).utf8)
        guard
            let folder = Self.search(
                folders.indices, where: { Self.order(folders[$0].path, parent) })
        else { return nil }
        let found = Self.search(folders[folder].files) { Self.order(nameSlice(at: $0), wanted) }
        return found.map { stamps[$0] }
    }

    /// Adds a folder's files; folders come in ascending order, names within one too.
    mutating func append(folder: String, files: [(name: [UInt8], stamp: FileStamp)]) {
        guard !files.isEmpty else { return }
        let start = stamps.count
        for file in files {
            nameBytes += file.name
            nameEnds.append(UInt32(nameBytes.count))
            stamps.append(file.stamp)
        }
        folders.append(Folder(path: folder, files: start..<stamps.count))
    }

    func name(at index: Int) -> String { String(decoding: nameSlice(at: index), as: UTF8.self) }

    func nameSlice(at index: Int) -> ArraySlice<UInt8> {
        nameBytes[Int(index == 0 ? 0 : nameEnds[index - 1])..<Int(nameEnds[index])]
    }

    static func join(_ folder: String, _ name: String) -> String {
        folder.isEmpty ? name : folder + "/" + name
    }

    /// Orders folders by their bytes: `Less` is negative.
    static func order(_ left: String, _ right: String) -> Int {
        left == right ? 0 : (left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1)
    }

    static func order(_ left: ArraySlice<UInt8>, _ right: [UInt8]) -> Int {
        left.elementsEqual(right) ? 0 : (left.lexicographicallyPrecedes(right) ? -1 : 1)
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
