// Child processes with a deadline, a cap on output and no inherited surroundings.

import Foundation
import Glibc
import Support
import Testing

@Suite(.timeLimit(.minutes(20))) struct ChildProcessTests {
    private func process(_ program: String, _ arguments: String...) -> ChildProcess {
        var process = ChildProcess(
            program, arguments, environment: ["PATH": "/usr/bin:/bin", "MARK": "yes"])
        process.deadline = .seconds(30)
        return process
    }

    @Test func outputErrorAndStatusComeBack() throws {
        let result = try process("sh", "-c", "echo out$MARK; echo err >&2; exit 3").run()

        #expect(String(decoding: result.output, as: UTF8.self) == "outyes\n")
        #expect(result.errorText == "err\n")
        #expect(result.status == 3)
    }

    @Test func largeInputPassesThroughWithoutDeadlock() throws {
        let input = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0) }

        #expect(try process("cat").run(input: input).output == input)
    }

    @Test func inputThatNobodyReadsRaisesNoSignal() throws {
        let result = try process("true").run(input: [UInt8](repeating: 1, count: 4 << 20))

        #expect(result.status == 0)
    }

    @Test func standardInputIsClosed() throws {
        #expect(try process("cat").run().output == [])
    }

    @Test func aProgramThatIsBeingWrittenIsNamedBusyAndRunsOnceItIsLetGo() throws {
        let tree = try ScratchTree()
        try tree.write("tool", "#!/bin/sh\n")
        chmod(tree.at("tool"), 0o700)
        let writer = open(tree.at("tool"), O_WRONLY | O_CLOEXEC)

        let failure = #expect(throws: ChildFailure.self) { try process(tree.at("tool")).run() }
        close(writer)

        #expect(failure?.problem == .system(ETXTBSY))
        #expect(try process(tree.at("tool")).run().status == 0)
    }

    @Test func deadlineEndsTheWholeGroup() throws {
        let tree = try ScratchTree()
        var slow = process("sh", "-c", "sleep 600 & echo $! > \(tree.at("pid")); wait")
        slow.deadline = .seconds(2)

        let failure = #expect(throws: ChildFailure.self) { try slow.run() }

        #expect(failure?.problem == .deadline(.seconds(2)))
        let text = try tree.read("pid").trimmingCharacters(in: .whitespacesAndNewlines)
        let pid = try #require(Int32(text))
        // Killed together with its parent; on a busy machine it takes a moment to be gone.
        #expect(ProcessIdentity.of(pid: pid)?.waitUntilGone(limit: .seconds(30)) ?? true)
    }

    @Test func grandchildThatKeepsTheOutputOpenDoesNotHoldUsUp() throws {
        let started = SystemClock().uptime

        let result = try process("sh", "-c", "sleep 25 & echo done").run()

        #expect(String(decoding: result.output, as: UTF8.self) == "done\n")
        #expect(SystemClock().uptime - started < .seconds(20))
    }

    @Test func outputOverTheLimitIsRefused() throws {
        var loud = process("sh", "-c", "yes | head -c 300000")
        loud.outputLimit = 1000

        let failure = #expect(throws: ChildFailure.self) { try loud.run() }

        #expect(failure?.problem == .outputTooLong(limit: 1000))
    }

    @Test func programThatIsMissingIsNamed() {
        let failure = #expect(throws: ChildFailure.self) { try process("no-such-program").run() }

        #expect(failure?.problem == .notFound)
        #expect(failure?.subject == "no-such-program")
    }

    @Test func killedProgramCountsAsFailed() throws {
        #expect(try process("sh", "-c", "kill -9 $$").run().status == 137)
    }
}
