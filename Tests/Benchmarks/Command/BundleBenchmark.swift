// The bundle against `tar czf` of the same files, and its scrub stage alone.
//
// The scrub stage has a goal in bytes a second of one core, so processor time is what counts there;
// the whole bundle is compared by the clock, because it may use what it gets.

import Drills
import Foundation
import Glibc
import IssueBundle
import LogBenchmarks
import Redaction
import Support

struct BundleBenchmark {
    private let executable: String
    private let folder: String
    /// Large enough that starting `tar` does not count.
    private static let bytes = 24 << 20
    private static let rounds = 7
    /// Bytes a second of one core that the scrub stage shall reach.
    private static let scrubGoal = 250e6
    /// Times the speed of `tar czf` that a whole bundle shall reach.
    private static let tarGoal = 1.5
    private static let memoryGoal = 64 << 20

    init(_ executable: String, in folder: String) {
        (self.executable, self.folder) = (executable, folder)
    }

    func run() async throws {
        // What other parts of the same process ever had does not count here.
        try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
        let before = try Self.resident("VmRSS")
        let logs = folder + "/bundle-logs"
        try FileAccess.makeFolder(logs)
        let plain = Self.lines { "\($0) INFO  live::sync \($1)" }
        let json = Self.lines {
            "{\"level\":\"info\",\"message\":\"\($1)\",\"target\":\"link\",\"time\":\"\($0)\"}"
        }
        let long = plain.map { $0 == 10 ? 32 : $0 }
        for (name, content) in [
            ("plain lines", plain), ("lines of JSON", json), ("one line", long),
        ] {
            try scrub(name, content)
        }
        try FileAccess.replace(logs + "/agent.log", with: plain)
        try FileAccess.replace(logs + "/agent.jsonl", with: json)
        KeptMemory.keepFreed()
        try await whole(logs, bytes: plain.count + json.count)
        let material = plain.count + json.count + long.count
        let own = max(0, try Self.resident("VmHWM") - before - material)
        Benchmarks.add(
            BenchmarkRow(
                "memory at its most, less the material", ours: ByteText.of(own), floor: "",
                ratio: "", target: "<= " + ByteText.of(Self.memoryGoal),
                verdict: own <= Self.memoryGoal ? "reached" : "MISSED"))
        try wholeCommand(plain)
    }

    /// The command as a process of its own, on far more than it may hold at once.
    private func wholeCommand(_ content: [UInt8]) throws {
        let sandbox = try Sandbox(executable: executable)
        defer { _ = sandbox.close() }
        let peer = try sandbox.addPeers(["ada"], files: 300)[0]
        let copies = 12
        for number in 1...copies {
            try FileAccess.replace("\(peer.workspace.logFolder)/old-\(number).log", with: content)
        }
        let program = try sandbox.aura(user: "ada", in: peer.root)
            .start(["live", "logs", "bundle", sandbox.folder + "/bundle.tar.gz"])
        var most = 0
        var status: Int32?
        while status == nil {
            status = program.wait(limit: .milliseconds(5))
            // Once it has ended it has none.
            most = max(most, (try? Self.resident("VmHWM", of: "\(program.pid)")) ?? 0)
        }
        guard status == 0 else {
            throw PlainFailure("the bundle", "was not made", nextStep: "make one by hand")
        }
        let size = ByteText.of(content.count * copies)
        Benchmarks.add(
            BenchmarkRow(
                "memory of the command, \(size) of logs", ours: ByteText.of(most), floor: "",
                ratio: "", target: "<= " + ByteText.of(Self.memoryGoal),
                verdict: most <= Self.memoryGoal ? "reached" : "MISSED"))
    }

    // MARK: The scrub stage

    private func scrub(_ name: String, _ content: [UInt8]) throws {
        let redactor = try Self.redactor()
        var rates: [Double] = []
        for _ in 0..<Self.rounds {
            let start = Self.processorSeconds
            var stream = redactor.stream(as: .log)
            var bytes = 0
            for place in stride(from: 0, to: content.count, by: 256 << 10) {
                let piece = Array(content[place..<min(place + 256 << 10, content.count)])
                bytes += try stream.feed(piece).bytes.count
            }
            bytes += try stream.finish().bytes.count
            guard bytes > content.count / 2 else {
                throw PlainFailure(
                    "the scrub stage", "lost the file", nextStep: "run the tests of Redaction")
            }
            rates.append(Double(content.count) / (Self.processorSeconds - start))
        }
        let middle = rates.sorted()[rates.count / 2]
        Benchmarks.add(
            BenchmarkRow(
                "scrub, \(name)", ours: String(format: "%.0f MB/s", middle / 1e6), floor: "",
                ratio: String(format: "best %.0f MB/s", (rates.max() ?? 0) / 1e6),
                target: String(format: ">= %.0f MB/s", Self.scrubGoal / 1e6),
                verdict: middle >= Self.scrubGoal ? "reached" : "MISSED"))
    }

    // MARK: The whole bundle

    private func whole(_ logs: String, bytes: Int) async throws {
        let tar = Tool("/usr/bin/tar", environment: [:], folder: folder)
        var (number, size) = (0, 0)
        let pairs = try await Pairs.measure(rounds: Self.rounds) {
            try Self.seconds { try tar.require(["-czf", "plain.tar.gz", logs]) }
        } ours: {
            number += 1
            let path = "\(folder)/bundle-\(number).tar.gz"
            let took = try Self.seconds { try make(path, logs) }
            size = try FileAccess.read(path).count
            unlink(path)
            return took
        }
        Benchmarks.add(
            BenchmarkRow(
                "bundle beside tar czf", pairs, work: Double(bytes) / 1e6,
                unit: "MB/s", atLeast: Self.tarGoal))
        try tar.require(["-c", "-I", "gzip -1", "-f", "plain.tar.gz", logs])
        let floor = try FileAccess.read(folder + "/plain.tar.gz").count
        let ratio = Double(floor) / Double(size)
        Benchmarks.add(
            BenchmarkRow(
                "its size beside gzip -1", ours: ByteText.of(size), floor: ByteText.of(floor),
                ratio: String(format: "%.2f", ratio), target: ">= 1.00",
                verdict: ratio >= 1 ? "reached" : "MISSED"))
    }

    private func make(_ path: String, _ logs: String) throws {
        let request = BundleRequest(
            path: path, time: SystemClock().now, key: [UInt8](repeating: 7, count: 32),
            known: KnownValues(), recording: ["examination.json": "{\"schema\": 1}"],
            sources: [BundleSource("logs", as: .log, .folder(logs), isDated: true)]
        ) { _ in .init(json: "{\"schema\": \"aura.report\"}\n", text: "  live sync doctor\n") }
        _ = try BundleMaker(request).make()
    }

    // MARK: Material and measures

    private static func redactor() throws -> Redactor {
        Redactor(
            policy: RedactionPolicy(key: try AliasKey(bytes: [UInt8](repeating: 7, count: 32))))
    }

    /// Lines of an ordinary log with numbers drawn; now and then one that has to be scrubbed.
    private static func lines(_ form: (_ time: String, _ message: String) -> String) -> [UInt8] {
        var generator = SeededGenerator(seed: 7)
        func number(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &generator) }
        var content: [UInt8] = []
        content.reserveCapacity(bytes + 256)
        var line = 0
        while content.count < bytes {
            line += 1
            let time = Timestamp(rawValue: 1_795_000_000_000 + Int64(line) * 40).iso8601
            let message =
                switch number(64) {
                case 0: "connected to 10.20.\(number(256)).\(number(256)):7070"
                case 1: "retry with token=\(number(1 << 40))aB\(number(1 << 40))Xz"
                case 2..<16: "scan tick dirty=\(number(900)) took=\(number(900))ms"
                case 16..<32: "wal append seq=\(number(1 << 30)) len=\(number(9000)) kind=OUTBOUND"
                case 32..<44: "push fn=billing::compute_tax pending_out=\(number(40)) rtt=4ms"
                case 44..<54: "presence heartbeat peers=\(number(30)) age=\(number(60))s"
                default: "conflict check base ok local=\(number(9000)) remote=\(number(9000))"
                }
            content += form(time, message).utf8
            content.append(10)
        }
        return content
    }

    private static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let clock = SystemClock()
        let start = clock.uptime
        try body()
        return (clock.uptime - start).seconds
    }

    private static var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// A line of a process's memory in bytes: what it has, or the most it had since that was reset.
    private static func resident(_ name: String, of process: String = "self") throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        guard let words = line?.split(whereSeparator: \.isWhitespace), words.count > 1,
            let kibibytes = Int(words[1])
        else {
            throw PlainFailure("/proc/\(process)/status", "has no \(name)", nextStep: "look at it")
        }
        return kibibytes << 10
    }
}
