// Files that are scrubbed at the same time: nothing of it shows in the bundle, whatever goes wrong.

import Glibc
import Redaction
import Support
import Synchronization
import Testing

@testable import IssueBundle

@Suite struct SideBySideTests {
    /// Large enough together that several threads are worth it.
    private static let linesEach = 4500

    private func prepared() throws -> Scratch {
        let scratch = try Sample.prepared()
        for file in 0..<3 {
            // Each address in two of the files, and some of them in escapes that no survey reads.
            let lines = (0..<Self.linesEach).map { line in
                let end = "\(line % 23).\((line * 7 + file * 40) % 120 + 1)"
                return line % 50 == 0
                    ? Sample.logLine(line, "from \\u0031\\u0030.77.\(end) by ada@engine\(file).org")
                    : Sample.logLine(line, line % 9 == 0 ? "from 10.20.\(end)" : "tick")
            }
            try scratch.write("logs/large\(file).jsonl", lines.joined())
        }
        return scratch
    }

    @discardableResult
    private func make(
        _ scratch: Scratch, _ name: String, workers: Int, gate: CallGate = .open,
        watch: BundleWatch = BundleWatch()
    ) throws -> BundleSummary {
        try BundleMaker(
            Sample.request(scratch, name: name), watch: watch, gate: gate, wrappings: [.plain],
            workers: workers
        ).make()
    }

    @Test func anyNumberOfWorkersGivesTheSameBytes() throws {
        let scratch = try prepared()

        for workers in 1...3 { try make(scratch, "\(workers).gz", workers: workers) }

        let one = try scratch.read("1.gz")
        #expect(try scratch.read("2.gz") == one)
        #expect(try scratch.read("3.gz") == one)
        let members = try Sample.members(scratch.path + "/1.gz")
        let text = String(
            decoding: try #require(members["logs/large0.jsonl"]), as: UTF8.self)
        #expect(!text.contains("10.20.") && !text.contains(".77.") && text.contains("198.19."))
    }

    @Test func aFileThatCannotBeScrubbedIsLeftOutAlone() throws {
        let scratch = try prepared()
        // Too many control characters for a text, too few for what is told by its first bytes.
        let noise = (0..<600_000).map { $0 % 13 == 0 ? UInt8(1) : UInt8(97 + $0 % 26) }
        try scratch.write("logs/large1.jsonl", noise)

        let one = try make(scratch, "1.gz", workers: 1)
        let several = try make(scratch, "2.gz", workers: 3)

        #expect(try scratch.read("1.gz") == scratch.read("2.gz"))
        #expect(one.omissions == several.omissions)
        let omission = try #require(one.omissions.first { $0.member == "logs/large1.jsonl" })
        #expect(omission.reason == .notScrubbed && omission.bytes == noise.count)
        let names = try Sample.members(scratch.path + "/2.gz").keys
        #expect(names.contains("logs/large0.jsonl") && names.contains("logs/large2.jsonl"))
        #expect(!names.contains("logs/large1.jsonl"))
    }

    @Test func aSignalInTheMidstLeavesNothing() throws {
        let scratch = try prepared()
        let before = try scratch.names
        let bytes = Mutex(0)
        // In the second half of a megabyte and more: every thread is at work.
        let watch = BundleWatch(
            progress: { progress in bytes.withLock { $0 = progress.bytes } },
            signal: { bytes.withLock { $0 } > 600_000 ? SIGTERM : nil })

        let failure = #expect(throws: BundleFailure.self) {
            try make(scratch, "out.gz", workers: 3, watch: watch)
        }

        #expect(failure?.exitStatus == .terminated)
        #expect(try scratch.names == before)
    }

    @Test func aDiskThatIsFullForOneIsFullForAll() throws {
        let scratch = try prepared()
        let before = try scratch.names
        let writes = Mutex(0)
        let gate = CallGate { (operation, path) throws(SystemFailure) in
            guard operation == "write" else { return }
            let count = writes.withLock { count in
                count += 1
                return count
            }
            // The first few are those of the recording.
            if count > 6 { throw SystemFailure(operation: operation, path: path, code: ENOSPC) }
        }

        let failure = #expect(throws: BundleFailure.self) {
            try make(scratch, "out.gz", workers: 3, gate: gate)
        }

        #expect(failure?.exitStatus != .success)
        #expect(try scratch.names == before)
    }

    @Test func progressNeverFalls() throws {
        let scratch = try prepared()
        let seen = Mutex([Int]())
        let watch = BundleWatch(progress: { progress in
            if progress.stage == .collecting { seen.withLock { $0.append(progress.bytes) } }
        })

        try make(scratch, "out.gz", workers: 3, watch: watch)

        let all = seen.withLock { $0 }
        #expect(all == all.sorted() && all.count > 3)
    }
}
