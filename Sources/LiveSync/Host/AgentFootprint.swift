// What a running agent takes of what the kernel grants: descriptors and watches. And whether its log
// is still one.

import Foundation
import Support

/// Use and limits of one process.
public struct AgentFootprint: Codable, Hashable, Sendable {
    public var openFiles: Int
    /// The soft limit; nil when there is none.
    public var openFilesMax: Int?
    /// Watches of one user; nil when the kernel does not say.
    public var watchesMax: Int?

    public init(openFiles: Int, openFilesMax: Int?, watchesMax: Int?) {
        self.openFiles = openFiles
        self.openFilesMax = openFilesMax
        self.watchesMax = watchesMax
    }
}

/// The agent's log as its reader finds it.
public struct AgentLogFacts: Codable, Hashable, Sendable {
    public var isPresent: Bool
    public var isWritable: Bool
    /// Of the newest lines, those that are no JSON.
    public var strangeLines: Int

    public init(isPresent: Bool, isWritable: Bool, strangeLines: Int) {
        self.isPresent = isPresent
        self.isWritable = isWritable
        self.strangeLines = strangeLines
    }
}

extension SyncHost {
    /// Bytes of the log that are looked at: a few dozen lines.
    private static let logBytesMax = 16 << 10

    /// What the running agent uses; nil when none runs, or when it is another user's.
    public func agentFootprint() -> AgentFootprint? {
        // The agent's own check reports a record that cannot be read.
        guard let recorded = (try? agentRecord()) ?? nil, recorded.isAlive else { return nil }
        let folder = "/proc/\(recorded.record.process.pid)"
        // Another user's process, or one that has just ended, shows neither.
        guard let open = try? FileAccess.names(in: folder + "/fd").count,
            let limits = try? FileAccess.kernelText(folder + "/limits")  // as above
        else { return nil }
        // A kernel without the file has no limit to tell.
        let watches = try? FileAccess.kernelText("/proc/sys/fs/inotify/max_user_watches")
        return AgentFootprint(
            openFiles: open, openFilesMax: Self.softLimit("Max open files", in: limits),
            watchesMax: watches.flatMap { Int($0.filter { !$0.isWhitespace }) })
    }

    /// The first number behind a name in a table of limits; nil for `unlimited`.
    static func softLimit(_ name: String, in table: String) -> Int? {
        let line = table.split(separator: "\n").first { $0.hasPrefix(name) }
        return line.flatMap { $0.dropFirst(name.count).split(separator: " ").first }
            .flatMap { Int($0) }
    }

    /// The newest of the agent's log files.
    public func agentLog() throws(SystemFailure) -> AgentLogFacts {
        let path = workspace.agentLogPath
        guard FileAccess.exists(path) else {
            return AgentLogFacts(isPresent: false, isWritable: false, strangeLines: 0)
        }
        // No agent opens a folder or a pipe as its log, so it has to make way.
        guard FileAccess.isFile(path) else {
            return AgentLogFacts(isPresent: true, isWritable: false, strangeLines: 0)
        }
        let bytes = try FileAccess.readEnd(of: path, Self.logBytesMax + 1)
        var lines = bytes.split(separator: UInt8(ascii: "\n"))
        if bytes.count > Self.logBytesMax, !lines.isEmpty { lines.removeFirst() }
        // A line that is being written has no end yet.
        if bytes.last != UInt8(ascii: "\n") && !lines.isEmpty { lines.removeLast() }
        let strange = lines.count { line in
            let text = String(decoding: line, as: UTF8.self)
            // What does not parse is what is counted.
            return (try? JSONSerialization.jsonObject(with: Data(text.utf8))) == nil
        }
        return AgentLogFacts(
            isPresent: true, isWritable: access(path, W_OK) == 0, strangeLines: strange)
    }
}
