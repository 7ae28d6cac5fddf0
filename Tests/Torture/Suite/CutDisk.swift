// A disk that forgets: what a process did to files, replayed up to some call, and then the power goes.
//
// Synced bytes and synced folder entries stay. Of the rest any choice of 512-byte sectors may have
// reached the disk, in any order, and of the unsynced folder entries any first few. A file's length
// counts as unsynced until the file is.

import Support

struct CutDisk {
    private final class Inode {
        var durable: [UInt8] = []
        var pending: [Change] = []

        enum Change {
            case write(offset: Int, bytes: [UInt8])
            case resize(Int)
        }

        func sync() {
            for change in pending { Inode.apply(change, to: &durable) }
            pending = []
        }

        static func apply(_ change: Change, to bytes: inout [UInt8]) {
            switch change {
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

    private enum Entry {
        case set(String, Inode)
        case drop(String)
    }

    private let folder: String
    private var names: [String: Inode] = [:]
    private var durableNames: [String: Inode] = [:]
    private var pendingNames: [Entry] = []
    /// Answers that were printed before the cut.
    private(set) var lines: [String] = []

    init(folder: String) { self.folder = folder }

    /// The part of a path below the log's folder; nil for other files.
    private func local(_ path: String?) -> String? {
        guard let path, path.hasPrefix(folder + "/") else { return nil }
        return String(path.dropFirst(folder.count + 1))
    }

    mutating func take(_ call: TracedCall) {
        guard call.error == nil else { return }
        let file = local(call.paths.first)
        switch call.name {
        case "openat":
            guard let name = local(call.named(0)), call.arguments.contains("O_CREAT"),
                names[name] == nil
            else { return }
            set(name, Inode())
        case "pwrite64", "write":
            guard let bytes = call.strings.first else { return }
            if let inode = file.flatMap({ names[$0] }) {
                let offset = call.name == "write" ? 0 : call.numbers.last ?? 0
                inode.pending.append(
                    .write(offset: offset, bytes: Array(bytes.prefix(call.result))))
            } else {
                lines += String(decoding: bytes, as: UTF8.self).split(separator: "\n")
                    .map(String.init)
            }
        case "ftruncate":
            if let size = call.numbers.last { change(file, .resize(size)) }
        case "fallocate":
            if let size = call.numbers.last, !call.arguments.contains("KEEP_SIZE") {
                change(file, .resize(size))
            }
        case "fsync", "fdatasync":
            if call.paths.first == folder {
                syncNames()
            } else {
                file.flatMap { names[$0] }?.sync()
            }
        case "renameat", "renameat2":
            guard let source = local(call.named(0)), let target = local(call.named(1)),
                let inode = names[source]
            else { return }
            drop(source)
            set(target, inode)
        case "unlinkat": if let name = local(call.named(0)), names[name] != nil { drop(name) }
        default: break
        }
    }

    private mutating func change(_ file: String?, _ change: Inode.Change) {
        file.flatMap { names[$0] }?.pending.append(change)
    }

    private mutating func set(_ name: String, _ inode: Inode) {
        names[name] = inode
        pendingNames.append(.set(name, inode))
    }

    private mutating func drop(_ name: String) {
        names[name] = nil
        pendingNames.append(.drop(name))
    }

    private mutating func syncNames() {
        durableNames = names
        pendingNames = []
    }

    // MARK: The cut

    /// What the disk shows after the power came back.
    func afterCut(_ random: inout some RandomNumberGenerator) -> [String: [UInt8]] {
        var found = durableNames
        for entry in pendingNames.prefix(Int.random(in: 0...pendingNames.count, using: &random)) {
            switch entry {
            case .set(let name, let inode): found[name] = inode
            case .drop(let name): found[name] = nil
            }
        }
        return found.mapValues { contents($0, &random) }
    }

    private func contents(
        _ inode: Inode, _ random: inout some RandomNumberGenerator
    ) -> [UInt8] {
        var bytes = inode.durable
        for change in inode.pending {
            switch change {
            case .resize:
                if Bool.random(using: &random) { Inode.apply(change, to: &bytes) }
            case .write(let offset, let new):
                var start = 0
                while start < new.count {
                    let end = min(new.count, (offset + start) / 512 * 512 + 512 - offset)
                    if Bool.random(using: &random) {
                        let piece = Array(new[start..<end])
                        Inode.apply(.write(offset: offset + start, bytes: piece), to: &bytes)
                    }
                    start = end
                }
            }
        }
        return bytes
    }
}
