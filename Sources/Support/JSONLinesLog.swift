// Logs as JSON lines: one object a line, rotated by size, kept for a number of days.

import Glibc
import Logging
import Synchronization

/// A log file that rotates itself: `NAME.jsonl`, then `NAME.1.jsonl` … the older the higher.
public final class RotatingLog: Sendable {
    public let path: String
    private let bytesMax: Int
    private let filesMax: Int
    private let state: Mutex<State>

    private struct State {
        var descriptor: Int32 = -1
        var bytes = 0
    }

    /// - Parameters:
    ///   - bytesMax: size at which a file is put aside; 10 MB by default.
    ///   - filesMax: how many files are kept; 7 by default.
    public init(path: String, bytesMax: Int = 10_000_000, filesMax: Int = 7) throws(SystemFailure) {
        self.path = path
        self.bytesMax = bytesMax
        self.filesMax = filesMax
        try FileAccess.makeFolder(PathName.parent(of: path), mode: 0o700)
        state = Mutex(State())
        try state.withLock { (state) throws(SystemFailure) in try Self.open(&state, path) }
    }

    deinit { state.withLock { if $0.descriptor >= 0 { _ = close($0.descriptor) } } }

    /// Appends one line. A log that cannot be written must not stop the work it tells of, so the
    /// answer says whether the line went in.
    @discardableResult
    public func write(_ line: String) -> Bool {
        let bytes = Array((line + "\n").utf8)
        return state.withLock { state in
            do throws(SystemFailure) {
                if state.bytes + bytes.count > bytesMax { try rotate(&state) }
                if state.descriptor < 0 { try Self.open(&state, path) }
                try FileAccess.writeAll(bytes, to: state.descriptor, path: path)
                state.bytes += bytes.count
                return true
            } catch {
                return false
            }
        }
    }

    /// The file names of a rotated log, newest first.
    public static func files(of path: String) -> [String] {
        [path] + (1..<100).map { numbered(path, $0) }.prefix { FileAccess.exists($0) }
    }

    private func rotate(_ state: inout State) throws(SystemFailure) {
        close(state.descriptor)
        state.descriptor = -1
        for number in stride(from: filesMax - 1, through: 1, by: -1) {
            let source = number == 1 ? path : Self.numbered(path, number - 1)
            if FileAccess.exists(source) {
                try retrying("rename", source) { rename(source, Self.numbered(path, number)) }
            }
        }
        try Self.open(&state, path)
    }

    private static func numbered(_ path: String, _ number: Int) -> String {
        let suffix = PathName.fileExtension(of: path)
        return suffix.isEmpty
            ? "\(path).\(number)" : "\(path.dropLast(suffix.count + 1)).\(number).\(suffix)"
    }

    private static func open(_ state: inout State, _ path: String) throws(SystemFailure) {
        let descriptor = try retrying("open", path) {
            Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o600)
        }
        var status = stat()
        try retrying("stat", path) { fstat(descriptor, &status) }
        state.descriptor = descriptor
        state.bytes = Int(status.st_size)
    }
}

/// One line of a log.
public struct LogLine: Codable, Sendable {
    public let time: String
    public let level: String
    /// The part of the program that speaks.
    public let target: String
    public let message: String
    public let fields: [String: String]?
}

/// The handler behind swift-log that writes ``LogLine``s.
public struct JSONLinesHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    private let log: RotatingLog
    private let label: String
    private let clock: any Clock

    public init(
        label: String, log: RotatingLog, level: Logger.Level, clock: any Clock = SystemClock()
    ) {
        self.label = label
        self.log = log
        self.logLevel = level
        self.clock = clock
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let line = LogLine(
            time: clock.now.iso8601, level: event.level.rawValue, target: label,
            message: event.message.description,
            fields: all.isEmpty ? nil : all.mapValues(\.description))
        do { log.write(try JSONText.encode(line)) } catch {
            log.write("{\"level\":\"error\",\"message\":\"a log line could not be encoded\"}")
        }
    }

    /// A logger that writes to `log`.
    public static func logger(
        _ label: String, to log: RotatingLog, level: Logger.Level
    ) -> Logger {
        Logger(label: label) { JSONLinesHandler(label: $0, log: log, level: level) }
    }
}

extension RotatingLog {
    /// Removes rotated files of `path` that were last written longer ago than `age`; the newest
    /// file always stays.
    public static func removeOld(
        _ path: String, olderThan age: Duration, clock: any Clock = SystemClock()
    ) {
        let limit = clock.now + (.zero - age)
        for file in files(of: path).dropFirst() {
            var status = stat()
            guard stat(file, &status) == 0 else { continue }
            let written = Timestamp(seconds: Int64(status.st_mtim.tv_sec))
            if written < limit { unlink(file) }
        }
    }
}
