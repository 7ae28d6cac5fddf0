// A folder for one test, removed with the value, and the few things tests do in it.

import Foundation
import Glibc
import Support
import TestSupport
import Testing

@testable import LiveSync

/// A temporary folder with a tree in it.
final class ScratchTree: Sendable {
    let path: String

    init() throws {
        var name = Array("/tmp/aura-edges-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&name))
        path = try #require(PathName.resolved(String(cString: made)))
    }

    deinit {
        chmod(path, 0o755)
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            Issue.record("could not remove \(path): \(error)")
        }
    }

    func at(_ relative: String) -> String { path + "/" + relative }

    func write(_ relative: String, _ text: String) throws {
        try FileAccess.makeFolder(PathName.parent(of: at(relative)))
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC
        let descriptor = try retrying("open", relative) { open(at(relative), flags, 0o644) }
        defer { close(descriptor) }
        try FileAccess.writeAll(text.utf8, to: descriptor, path: relative)
    }

    func read(_ relative: String) throws -> String {
        String(decoding: try FileAccess.read(at(relative)), as: UTF8.self)
    }

    func makeFolder(_ relative: String) throws { try FileAccess.makeFolder(at(relative)) }

    func move(_ source: String, _ target: String) throws {
        try retrying("rename", source) { rename(at(source), at(target)) }
    }

    func remove(_ relative: String) throws {
        try retrying("unlink", relative) { unlink(at(relative)) }
    }

    /// Sets both times of a file, in nanoseconds since 1970.
    func setModified(_ relative: String, _ nanoseconds: Int) throws {
        let time = timespec(
            tv_sec: nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
        try retrying("utimensat", relative) { utimensat(AT_FDCWD, at(relative), [time, time], 0) }
    }

    /// Runs git; fails the test when git does.
    @discardableResult
    func git(_ arguments: String..., accepting: ClosedRange<Int32> = 0...0) throws -> String {
        let command = GitCommand(
            folder: path, environment: Self.environment, deadline: .seconds(60))
        let fixed = [
            "-c", "user.name=T", "-c", "user.email=t@example.invalid", "-c", "commit.gpgsign=false",
            "-c", "core.editor=true", "-c", "advice.detachedHead=false",
        ]
        let result = try command.run(fixed + arguments, accepting: accepting)
        return String(decoding: result.output, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func initRepository() throws { try git("init", "-q", "-b", "main") }

    func commit(_ message: String) throws {
        try git("add", "-A")
        try git("commit", "-q", "--allow-empty", "-m", message)
    }

    func repository() throws -> GitRepository {
        try GitRepository.open(
            at: path, environment: Self.environment, deadline: .seconds(60))
    }

    /// The user's settings of git must not change a test's outcome.
    static var environment: [String: String] {
        var own = ProcessInfo.processInfo.environment
        own["HOME"] = "/nonexistent"
        own["XDG_CONFIG_HOME"] = "/nonexistent"
        return own
    }
}

extension StillClock {
    /// Late enough that no file of a test is racy.
    static var future: StillClock {
        StillClock(now: SystemClock().now + .seconds(3600))
    }
}

func scope(
    include: [String]? = nil, exclude: [String] = [], ignored: IgnoreList = IgnoreList()
) throws -> ScanScope {
    ScanScope(filter: try filter(include: include, exclude: exclude), ignored: ignored)
}

func filter(
    include: [String]? = nil, exclude: [String] = [], wholeFiles: [String] = []
) throws -> SelectiveFilter {
    func written(_ patterns: [String]) -> [LiveConfiguration.WrittenGlob] {
        patterns.enumerated().map { .init(pattern: $1, line: $0 + 1) }
    }
    var selective = LiveConfiguration.Selective()
    selective.include = include.map(written)
    selective.exclude = written(exclude)
    selective.wholeFiles = written(wholeFiles)
    return try SelectiveFilter(selective)
}
