// What the tests stand on: folders that are gone afterwards, archives made by hand, and a bundle
// whose sources are all made up.

import CArchive
import Foundation
import Glibc
import Redaction
import Support
import Synchronization

@testable import IssueBundle

/// A folder of its own, removed with everything in it.
final class Scratch {
    let path: String

    init() throws {
        let base = FileManager.default.temporaryDirectory.path
        path = "\(base)/aura-bundle-\(getpid())-\(UUID().uuidString.prefix(8))"
        try FileAccess.makeFolder(path, mode: 0o700)
    }

    deinit {
        // A leftover in the temporary folder harms nobody.
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        let full = path + "/" + name
        try FileAccess.makeFolder(PathName.parent(of: full))
        try FileAccess.replace(full, with: bytes)
    }

    func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

    func read(_ name: String) throws -> [UInt8] { try FileAccess.read(path + "/" + name) }

    /// Every name in the folder, hidden ones included.
    var names: [String] { get throws { try FileAccess.names(in: path) } }
}

/// Tar archives made by hand, so that they may be as wrong as somebody wants.
enum HandTar {
    static func header(
        _ name: String, bytes: Int, type: Character = "0", link: String = "", size: String? = nil
    ) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, _ at: Int) {
            for (index, byte) in text.utf8.enumerated() where at + index < 512 {
                block[at + index] = byte
            }
        }
        func octal(_ value: Int, _ digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        put(String(name.prefix(100)), 0)
        put(octal(0o644, 7), 100)
        put(octal(0, 7), 108)
        put(octal(0, 7), 116)
        put(size ?? octal(bytes, 11), 124)
        put(octal(0, 11), 136)
        put("        ", 148)
        put(String(type), 156)
        put(link, 157)
        put("ustar\u{0}00", 257)
        block.replaceSubrange(148..<156, with: checksum(of: block[...]))
        return block
    }

    /// The field of a head that adds up the others.
    static func checksum(of block: ArraySlice<UInt8>) -> [UInt8] {
        let others = block.prefix(148) + block.dropFirst(156)
        let text = String(others.reduce(256) { $0 + Int($1) }, radix: 8)
        return Array((String(repeating: "0", count: 6 - text.count) + text + "\0 ").utf8)
    }

    static func file(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let padding = (512 - content.count % 512) % 512
        return header(name, bytes: content.count) + content
            + [UInt8](repeating: 0, count: padding)
    }

    static let end = [UInt8](repeating: 0, count: 1024)

    /// Packs with gzip; zeros pack a thousandfold.
    static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        let scratch = try Scratch()
        try scratch.write("plain", bytes)
        let packed = try Command.run("/usr/bin/gzip", ["-n", "-c", scratch.path + "/plain"])
        return packed
    }
}

/// Programs of the machine, to check our own against.
enum Command {
    static func run(_ program: String, _ arguments: [String]) throws -> [UInt8] {
        var process = ChildProcess(
            program, arguments, environment: ProcessInfo.processInfo.environment)
        process.deadline = .seconds(120)
        let result = try process.run()
        guard result.status == 0 else {
            throw PlainFailure(
                program, "exit status \(result.status)", nextStep: "run it by hand")
        }
        return result.output
    }
}

/// A machine that does not exist, with a bundle of it.
enum Sample {
    static let key = [UInt8](repeating: 7, count: 32)
    static let time = Timestamp(rawValue: 1_795_000_000_123)

    static func redactor(disabled: Set<RedactionRule> = []) throws -> Redactor {
        Redactor(
            policy: RedactionPolicy(key: try AliasKey(bytes: key), disabledRules: disabled))
    }

    static func redacted(_ text: String) throws -> Redacted {
        try redactor().redact(Array(text.utf8), as: .log)
    }

    static func logLine(_ number: Int, _ message: String = "tick") -> String {
        let at = Timestamp(rawValue: time.rawValue - 3_600_000 + Int64(number) * 1000).iso8601
        return "{\"level\":\"info\",\"message\":\"\(message) \(number)\","
            + "\"target\":\"scanner\",\"time\":\"\(at)\"}\n"
    }

    static func logs(_ count: Int, _ message: String = "tick") -> String {
        (0..<count).map { logLine($0, message) }.joined()
    }

    /// A request over made-up sources; the logs lie in `scratch/logs`.
    static func request(
        _ scratch: Scratch, name: String = "out.tar.gz", known: KnownValues = KnownValues()
    ) -> BundleRequest {
        BundleRequest(
            path: scratch.path + "/" + name, time: time, key: key, known: known,
            recording: ["wal.json": "{\"records\": 412}", "examination.json": "{\"schema\": 1}"],
            sources: [
                BundleSource("logs", as: .log, .folder(scratch.path + "/logs"), isDated: true),
                BundleSource(
                    "config", as: .config, .files(scratch.path, named: ["live.toml"])),
                BundleSource(
                    "wal", as: .json,
                    .made { emit in
                        try emit("records.jsonl", Array("{\"seq\":1,\"type\":\"SEAL\"}\n".utf8))
                    }),
                BundleSource(
                    "", as: .json,
                    .made { emit in
                        try emit("environment.json", Array("{\"release\": \"0.1.0\"}\n".utf8))
                    }),
            ]
        ) { files in
            .init(
                json: "{\"schema\": \"aura.report\", \"files\": \(files.count)}\n",
                text: "  live sync doctor\n")
        }
    }

    /// One source beside the recording: enough for the canaries of one kind.
    static func smallRequest(_ scratch: Scratch) -> BundleRequest {
        var request = request(scratch)
        request.sources.removeLast(3)
        return request
    }

    static func prepared() throws -> Scratch {
        let scratch = try Scratch()
        try scratch.write("logs/agent.jsonl", logs(50))
        try scratch.write("logs/agent.1.jsonl", logs(20, "older"))
        try scratch.write("live.toml", "[live]\nroom = \"main\"\n")
        return scratch
    }

    /// The members of an archive, unpacked in memory.
    static func members(_ path: String) throws -> [String: [UInt8]] {
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        let stream = try ArchiveStream(descriptor, path: path, limits: .own)
        var members: [String: [UInt8]] = [:]
        while let member = try stream.next() {
            members[member.name] = try stream.readAll(member, limit: 1 << 28)
        }
        return members
    }
}

/// Fails the n-th call that passes, and counts them. Several threads may pass; which call is the n-th is
/// the same in each run where one does.
final class Saboteur: Sendable {
    private let passed = Mutex<[String]>([])
    private let failing: Int?
    private let code: Int32

    init(failing: Int? = nil, code: Int32 = EIO) {
        self.failing = failing
        self.code = code
    }

    var calls: [String] { passed.withLock { $0 } }

    var gate: CallGate {
        CallGate { [self] (operation, path) throws(SystemFailure) in
            let number = passed.withLock { calls in
                calls.append(operation)
                return calls.count - 1
            }
            guard number == failing else { return }
            throw SystemFailure(operation: operation, path: path, code: code)
        }
    }
}
