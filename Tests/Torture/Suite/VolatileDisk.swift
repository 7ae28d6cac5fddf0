// A disk that forgets: what was written to it, and what of that a power cut leaves.
//
// Synced bytes and synced names stay. Of the rest any choice of 512-byte sectors may have reached
// the disk, in any order, and of the unsynced changes of names any first few, as journals keep them.
// A file's length counts as unsynced until the file is. A folder is there from its making on.

import Support

public struct VolatileDisk: Sendable {
    /// A file, whatever its name is at the moment.
    public struct FileNumber: Hashable, Sendable {
        fileprivate let rawValue: Int
    }

    private struct File: Sendable {
        var live: [UInt8] = []
        var durable: [UInt8] = []
        var pending: [Change] = []
    }

    private enum Change: Sendable {
        case write(offset: Int, bytes: [UInt8])
        case resize(Int)

        func apply(to bytes: inout [UInt8]) {
            switch self {
            case .resize(let size):
                if size < bytes.count { bytes.removeLast(bytes.count - size) }
                bytes += [UInt8](repeating: 0, count: max(0, size - bytes.count))
            case .write(let offset, let new):
                let end = offset + new.count
                bytes += [UInt8](repeating: 0, count: max(0, end - bytes.count))
                bytes.replaceSubrange(offset..<end, with: new)
            }
        }
    }

    /// Names that change in one step; a name without a file goes.
    private typealias NameChange = [(path: String, file: FileNumber?)]

    public static let sectorBytes = 512

    private var files: [FileNumber: File] = [:]
    private var live: [String: FileNumber] = [:]
    private var durable: [String: FileNumber] = [:]
    private var pending: [NameChange] = []
    private var count = 0

    public init() {}

    // MARK: Names

    /// Every file there is, by its path.
    public var paths: [String] { live.keys.sorted() }

    public func file(at path: String) -> FileNumber? { live[path] }

    /// The names of the files in a folder, sorted by bytes.
    public func names(in folder: String) -> [String] {
        live.keys.filter { PathName.parent(of: $0) == folder }.map(PathName.last(of:))
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    public mutating func create(_ path: String) -> FileNumber {
        count += 1
        let file = FileNumber(rawValue: count)
        files[file] = File()
        change([(path, file)])
        return file
    }

    public mutating func rename(_ source: String, to target: String) {
        guard let file = live[source] else { return }
        change([(source, nil), (target, file)])
    }

    public mutating func remove(_ path: String) { change([(path, nil)]) }

    private mutating func change(_ names: NameChange) {
        Self.apply(names, to: &live)
        pending.append(names)
    }

    private static func apply(_ names: NameChange, to table: inout [String: FileNumber]) {
        for (path, file) in names { table[path] = file }
    }

    /// Makes the names of a folder durable, and with them what a journal has before them.
    public mutating func syncNames(of folder: String) {
        let last = pending.lastIndex { names in
            names.contains { PathName.parent(of: $0.path) == folder }
        }
        guard let last else { return }
        for names in pending[...last] { Self.apply(names, to: &durable) }
        pending.removeSubrange(...last)
    }

    // MARK: Bytes

    public func bytes(of file: FileNumber) -> [UInt8] { files[file]?.live ?? [] }

    public mutating func write(_ bytes: [UInt8], to file: FileNumber, at offset: Int) {
        change(file, .write(offset: offset, bytes: bytes))
    }

    public mutating func resize(_ file: FileNumber, to size: Int) { change(file, .resize(size)) }

    private mutating func change(_ file: FileNumber, _ change: Change) {
        guard files[file] != nil else { return }
        change.apply(to: &files[file, default: File()].live)
        files[file, default: File()].pending.append(change)
    }

    public mutating func sync(_ file: FileNumber) {
        for change in files[file]?.pending ?? [] {
            change.apply(to: &files[file, default: File()].durable)
        }
        files[file]?.pending = []
    }

    /// Changes bytes that are on the disk already, behind everybody's back.
    public mutating func damage(_ file: FileNumber, _ change: (inout [UInt8]) -> Void) {
        guard files[file] != nil else { return }
        change(&files[file, default: File()].live)
        change(&files[file, default: File()].durable)
    }

    // MARK: The cut

    /// What the disk shows after the power came back.
    public func afterCut(_ random: inout some RandomNumberGenerator) -> VolatileDisk {
        var left = VolatileDisk()
        left.count = count
        left.live = durable
        for names in pending.prefix(Int.random(in: 0...pending.count, using: &random)) {
            Self.apply(names, to: &left.live)
        }
        left.durable = left.live
        for (_, number) in left.live.sorted(by: { $0.key < $1.key }) {
            guard let file = files[number] else { continue }
            let bytes = Self.bytes(of: file, &random)
            left.files[number] = File(live: bytes, durable: bytes)
        }
        return left
    }

    private static func bytes(
        of file: File, _ random: inout some RandomNumberGenerator
    ) -> [UInt8] {
        var bytes = file.durable
        for change in file.pending {
            switch change {
            case .resize: if Bool.random(using: &random) { change.apply(to: &bytes) }
            case .write(let offset, let new):
                var start = 0
                while start < new.count {
                    let next = (offset + start) / sectorBytes * sectorBytes + sectorBytes - offset
                    let end = min(new.count, next)
                    if Bool.random(using: &random) {
                        let piece = Array(new[start..<end])
                        Change.write(offset: offset + start, bytes: piece).apply(to: &bytes)
                    }
                    start = end
                }
            }
        }
        return bytes
    }
}
