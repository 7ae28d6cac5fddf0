// What must never happen to the files of a log, looked for in the system calls of a process: written
// over, cut, punched, mapped writable, removed, replaced, opened with O_TRUNC or through links, used
// again after an error, renamed or acknowledged before the sync.

import Support

/// The rules, and what a trace has broken of them.
struct NeverList {
    private let folder: String
    private(set) var breaches: [String] = []
    /// The end of what was written to each segment and manifest.
    private var ends: [String: Int]
    /// Files that have their name, as far as the trace tells.
    private var present: Set<String>
    private var failed: Set<String> = []
    /// Those whose sync failed: what of them is on the disk, nobody knows.
    private var unsyncable: Set<String> = []
    private var unsynced: Set<String> = []
    /// Renamed into place, and their folder not synced since: nobody refers to them yet.
    private var unsettled: Set<String> = []

    /// - Parameter sizes: of the files that were there before, by path.
    static func breaches(
        _ calls: [TracedCall], below folder: String, after sizes: [String: Int] = [:]
    ) -> [String] {
        var list = NeverList(folder: folder, sizes)
        for call in calls { list.take(call) }
        return list.breaches
    }

    private init(folder: String, _ sizes: [String: Int]) {
        self.folder = folder
        ends = sizes.filter { Self.isRecord($0.key) }
        present = Set(sizes.keys)
    }

    private static func isSegment(_ path: String) -> Bool {
        PathName.last(of: path).hasPrefix("segment-")
    }

    private static func isManifest(_ path: String) -> Bool { PathName.last(of: path) == "MANIFEST" }
    private static func isRecord(_ path: String) -> Bool { isSegment(path) || isManifest(path) }

    private func local(_ path: String?) -> String? {
        path.flatMap { $0.hasPrefix(folder + "/") ? $0 : nil }
    }

    private mutating func take(_ call: TracedCall) {
        let file = local(call.paths.first)
        switch call.name {
        case "openat": opened(call)
        case "unlinkat": removed(call)
        case "rename", "renameat", "renameat2": renamed(call)
        case "write": answered(call)
        case "mmap": mapped(call)
        default:
            if let file { changed(call, file) }
            if call.isSync, call.error == nil { settle(call.paths.first) }
        }
        guard call.error != nil, let file, call.isChange else { return }
        // What was in it goes on elsewhere.
        unsynced.remove(file)
        // A full disk may refuse a write and take it later; what a failed sync left, nobody knows.
        if call.isSync { unsyncable.insert(file) }
        if call.error == "EIO" || call.isSync { failed.insert(file) }
    }

    // MARK: Contents

    private mutating func changed(_ call: TracedCall, _ file: String) {
        let name = PathName.last(of: file)
        if Self.isRecord(file), failed.contains(file), call.name == "pwrite64" || call.isSync {
            breaches.append("\(call.name) on \(name) after its error")
        }
        if call.name == "fallocate", Self.destroying.contains(where: call.arguments.contains) {
            breaches.append("\(name) is punched")
        }
        guard call.error == nil else { return }
        switch call.name {
        case "pwrite64":
            guard let offset = call.numbers.last else { return }
            if Self.isRecord(file), offset < ends[file] ?? 0 {
                breaches.append("\(name) is written over")
            }
            ends[file] = max(ends[file] ?? 0, offset + call.result)
            unsynced.insert(file)
        case "fdatasync", "fsync": unsynced.remove(file)
        case "ftruncate":
            if Self.isRecord(file), let size = call.numbers.last, size < ends[file] ?? 0 {
                breaches.append("\(name) is cut to \(size)")
            }
        default: break
        }
    }

    /// Modes of fallocate that take bytes away or move them.
    private static let destroying = [
        "PUNCH_HOLE", "COLLAPSE_RANGE", "ZERO_RANGE", "INSERT_RANGE",
    ]

    /// A stray pointer would write through such a mapping, and no error would tell of a bad disk.
    private mutating func mapped(_ call: TracedCall) {
        guard let file = local(call.paths.first), Self.isRecord(file),
            call.arguments.contains("PROT_WRITE"), call.arguments.contains("MAP_SHARED")
        else { return }
        breaches.append("\(PathName.last(of: file)) is mapped writable")
    }

    // MARK: Names

    private mutating func opened(_ call: TracedCall) {
        guard let path = local(call.named(0)) else { return }
        if call.arguments.contains("O_TRUNC") { breaches.append("O_TRUNC on \(path)") }
        if !call.arguments.contains("O_NOFOLLOW"), !call.arguments.contains("O_DIRECTORY") {
            breaches.append("\(path) is opened through links")
        }
        // Another descriptor clears nothing.
        let writes = call.arguments.contains("O_RDWR") || call.arguments.contains("O_WRONLY")
        if writes, Self.isSegment(path), unsyncable.contains(path) {
            breaches.append("\(PathName.last(of: path)) is opened to write after a failed sync")
        }
        if call.error == nil, !call.arguments.contains("O_DIRECTORY") { present.insert(path) }
    }

    private mutating func removed(_ call: TracedCall) {
        guard call.error == nil, let path = local(call.named(0)) else { return }
        if Self.isRecord(path), present.contains(path), !unsettled.contains(path) {
            breaches.append("\(path) is removed")
        }
        forget(path)
    }

    private mutating func settle(_ path: String?) {
        unsettled = unsettled.filter { PathName.parent(of: $0) != path }
    }

    private mutating func renamed(_ call: TracedCall) {
        guard call.error == nil, let source = call.named(0), let target = call.named(1),
            local(source) != nil || local(target) != nil
        else { return }
        let (isSwap, isSafe) = (
            call.arguments.contains("RENAME_EXCHANGE"), call.arguments.contains("RENAME_NOREPLACE")
        )
        if unsynced.contains(source) || failed.contains(source), !isSwap {
            breaches.append("\(PathName.last(of: source)) is renamed before its sync")
        }
        if present.contains(target), !isSwap, !isSafe {
            let name = PathName.last(of: target)
            if Self.isSegment(target) { breaches.append("\(name) is replaced") }
            if Self.isManifest(target), !hasCopy(ofManifest: target) {
                breaches.append("\(name) is replaced and no copy is kept")
            }
        }
        if !isSwap { forget(target) }
        relabel { path in
            Self.moved(path, source, target) ?? (isSwap ? Self.moved(path, target, source) : nil)
                ?? path
        }
        if !isSwap { unsettled.insert(target) }
    }

    /// Whether the old one lies in quarantine, on the disk.
    private func hasCopy(ofManifest path: String) -> Bool {
        let quarantine = PathName.parent(of: path) + "/quarantine/"
        return present.contains {
            $0.hasPrefix(quarantine) && Self.isManifest($0) && !unsynced.contains($0)
        }
    }

    /// Where a file is after its folder or itself was renamed; nil when it was neither.
    private static func moved(_ path: String, _ source: String, _ target: String) -> String? {
        if path == source { return target }
        return path.hasPrefix(source + "/") ? target + path.dropFirst(source.count) : nil
    }

    private mutating func relabel(_ name: (String) -> String) {
        ends = Dictionary(ends.map { (name($0.key), $0.value) }, uniquingKeysWith: max)
        present = Set(present.map(name))
        failed = Set(failed.map(name))
        unsyncable = Set(unsyncable.map(name))
        unsynced = Set(unsynced.map(name))
        unsettled = Set(unsettled.map(name))
    }

    private mutating func forget(_ path: String) {
        ends[path] = nil
        present.remove(path)
        failed.remove(path)
        unsyncable.remove(path)
        unsynced.remove(path)
        unsettled.remove(path)
    }

    // MARK: Answers

    private mutating func answered(_ call: TracedCall) {
        let text = call.strings.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
        let open = unsynced.filter(Self.isSegment)
        if text.hasPrefix("ack "), !open.isEmpty {
            breaches.append("an answer before the sync of \(open.map(PathName.last(of:)))")
        }
    }
}

extension TracedCall {
    fileprivate var isSync: Bool { name == "fsync" || name == "fdatasync" }
    /// A call on a descriptor whose failure says something of the bytes in the file behind it.
    fileprivate var isChange: Bool {
        isSync || ["pwrite64", "ftruncate"].contains(name)
    }
}
