// What must never happen to the files of a log, looked for in the system calls of a process: written
// over, cut, opened with O_TRUNC or through links, synced again after an error, acknowledged early.

import Support

/// The rules, and what a trace has broken of them.
struct NeverList {
    private let folder: String
    private(set) var breaches: [String] = []
    /// The end of what was written to each segment.
    private var ends: [String: Int] = [:]
    private var failed: Set<String> = []
    private var unsynced: Set<String> = []

    static func breaches(_ calls: [TracedCall], below folder: String) -> [String] {
        var list = NeverList(folder: folder)
        for call in calls { list.take(call) }
        return list.breaches
    }

    private init(folder: String) { self.folder = folder }

    private mutating func take(_ call: TracedCall) {
        let file = call.paths.first.flatMap { $0.hasPrefix(folder + "/") ? $0 : nil }
        if let file, PathName.last(of: file).hasPrefix("segment-") { segment(call, file) }
        switch call.name {
        case "openat": opened(call)
        case "unlinkat":
            if let path = call.named(0), ends[path] != nil { breaches.append("\(path) is removed") }
        case "write": answered(call)
        default: break
        }
        guard call.error != nil, let file else { return }
        // What was in it goes on elsewhere.
        unsynced.remove(file)
        // A full disk may refuse a write and take it later; what a failed sync left, nobody knows.
        if call.error == "EIO" || ["fsync", "fdatasync"].contains(call.name) {
            failed.insert(file)
        }
    }

    private mutating func segment(_ call: TracedCall, _ file: String) {
        let name = PathName.last(of: file)
        if failed.contains(file), ["pwrite64", "fdatasync", "fsync"].contains(call.name) {
            breaches.append("\(call.name) on \(name) after its error")
        }
        guard call.error == nil else { return }
        switch call.name {
        case "pwrite64":
            guard let offset = call.numbers.last else { return }
            if offset < ends[file] ?? 0 { breaches.append("\(name) is written over") }
            ends[file] = offset + call.result
            unsynced.insert(file)
        case "fdatasync", "fsync": unsynced.remove(file)
        case "ftruncate":
            if let size = call.numbers.last, size < ends[file] ?? 0 {
                breaches.append("\(name) is cut to \(size)")
            }
        default: break
        }
    }

    private mutating func opened(_ call: TracedCall) {
        guard let path = call.named(0), path.hasPrefix(folder + "/") else { return }
        if call.arguments.contains("O_TRUNC") { breaches.append("O_TRUNC on \(path)") }
        if !call.arguments.contains("O_NOFOLLOW"), !call.arguments.contains("O_DIRECTORY") {
            breaches.append("\(path) is opened through links")
        }
    }

    private mutating func answered(_ call: TracedCall) {
        let text = call.strings.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
        if text.hasPrefix("ack "), !unsynced.isEmpty {
            breaches.append("an answer before the sync of \(unsynced.map(PathName.last(of:)))")
        }
    }
}
