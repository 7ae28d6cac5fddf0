// What a process waits for does not outlive it.

import Support
import Testing

@Suite struct AwaitedProgramsTests {
    @Test func whatIsAwaitedIsKilledWithAllThatItStarted() throws {
        let awaited = AwaitedPrograms()
        var sleeping = ChildProcess("/bin/sh", ["-c", "sleep 600; true"], environment: [:])
        sleeping.log = "/dev/null"
        let program = try BackgroundProgram(sleeping)
        defer { program.end() }
        let process = try #require(ProcessIdentity.of(pid: program.pid))

        awaited.endAll()
        #expect(process.isAlive, "nobody waits for it")
        awaited.add(program.pid)
        awaited.endAll()

        #expect(process.waitUntilGone(limit: .seconds(60)))
    }
}
