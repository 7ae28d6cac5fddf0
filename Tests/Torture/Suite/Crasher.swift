// The helper process `walcrash`, run alone, killed at a system call, given a failing disk, or with
// every call that touches the log written down. strace does the injecting.

import Foundation
import Support
import TestSupport
import WriteAheadLog

public enum Crasher {
    /// The helper beside this executable, or beside the bundle of the tests.
    public static let path: String = {
        // Where it is not built, `obstacle` says so.
        (try? BuildFolder.path(of: "walcrash")) ?? ""
    }()

    static let strace =
        ["/usr/bin/strace", "/bin/strace", "/usr/local/bin/strace"]
        .first { FileAccess.exists($0) } ?? ""

    /// Why processes cannot be traced here; nil when they can.
    public static let obstacle: String? = {
        if path.isEmpty { return "walcrash is not built: swift build --product walcrash" }
        if strace.isEmpty { return "strace is not installed" }
        // Whatever keeps strace from running keeps these parts from running.
        let probe = try? run(strace, ["-f", "-qq", "-e", "trace=none", "/bin/true"])
        return probe?.status == 0 ? nil : "strace may not trace processes here"
    }()

    /// What a run said.
    struct Run {
        var status: Int32
        var lines: [String]
        var isDone: Bool { lines.last?.hasPrefix("done") ?? false }
        var acknowledged: [Acknowledged] { lines.compactMap(Acknowledged.init(line:)) }
    }

    /// A record that the helper was told is durable.
    struct Acknowledged: Sendable {
        var lsn: LSN
        var metadata: [UInt8]
        var body: [UInt8]

        /// Reads `ack LSN TAG INDEX`; the contents follow from tag and index.
        init?(line: some StringProtocol) {
            let parts = line.split(separator: " ")
            guard parts.count == 4, parts[0] == "ack", let lsn = UInt64(parts[1]),
                let index = Int(parts[3])
            else { return nil }
            self.lsn = LSN(lsn)
            metadata = Array("\(parts[2])-\(index)".utf8)
            body = (0..<(index * 37 % 700)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ index) }
        }
    }

    static func run(_ executable: String, _ arguments: [String]) throws -> Run {
        var process = ChildProcess(
            executable, arguments, environment: ProcessInfo.processInfo.environment)
        process.deadline = .seconds(600)
        let result = try process.run()
        let text = String(decoding: result.output, as: UTF8.self)
        return Run(
            status: result.status, lines: text.split(separator: "\n").map(String.init))
    }

    static func run(_ arguments: [String]) throws -> Run { try run(path, arguments) }

    /// The calls that change files. strace counts each of them for itself, in each thread.
    static let writeCalls = [
        "write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2", "link",
        "linkat", "unlink", "unlinkat", "ftruncate", "fallocate", "fchmod", "mkdir", "mkdirat",
    ]

    /// Runs the helper and kills it at the n-th of the given calls.
    static func killed(at n: Int, of calls: String, _ arguments: [String]) throws -> Run {
        try run(
            strace,
            [
                "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(calls)",
                "-e", "inject=\(calls):signal=SIGKILL:when=\(n)", path,
            ] + arguments)
    }

    /// Runs the helper and writes down its calls, with every byte.
    ///
    /// - Parameters:
    ///   - inject: a fault in strace's words, `fdatasync:error=EIO:when=3`.
    ///   - paths: only calls that name one of these, or a file relative to it, are seen and counted.
    static func traced(
        _ arguments: [String], inject: String? = nil, only paths: [String] = [], into file: String
    ) throws -> (run: Run, calls: [TracedCall]) {
        let run = try run(
            strace,
            [
                "-f", "-qq", "-y", "-xx", "-s", "200000", "-o", file, "-e",
                "trace=" + (writeCalls + ["openat", "mmap"]).joined(separator: ","),
            ] + paths.flatMap { ["-P", $0] } + (inject.map { ["-e", "inject=\($0)"] } ?? []) + [
                path
            ] + arguments)
        return (run, TracedCall.read(try FileAccess.read(file)))
    }
}

extension Crasher {
    /// Records a second of the helper on a disk whose every sync takes so much longer.
    public static func slowRate(
        in folder: String, writers: Int, records: Int, milliseconds: Int
    ) throws -> Double {
        let log = "\(folder)/slow-\(UUID().uuidString)"
        // What cannot be removed costs space in a scratch folder.
        defer { _ = try? FileManager.default.removeItem(atPath: log) }
        let run = try run(
            strace,
            [
                "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fdatasync", "-e",
                "inject=fdatasync:delay_enter=\(milliseconds)ms", path, "load", log,
                String(records), String(writers),
            ])
        guard let line = run.lines.first(where: { $0.hasPrefix("rate ") }),
            let rate = Double(line.dropFirst(5)), run.isDone
        else { throw PlainFailure("walcrash load", "\(run.lines)", nextStep: "run it by hand") }
        return rate
    }

    /// A log of so many records whose writer was killed.
    public static func fill(_ folder: String, records: Int) throws {
        let run = try run(["fill", folder, String(records)])
        guard run.lines.last == "filled" else {
            throw PlainFailure("walcrash fill", "\(run.lines)", nextStep: "run it by hand")
        }
    }
}
