// When a process is gone: not before it has let go of what it held, whatever takes it that long.

import Foundation
import Support
import Testing

@Suite struct ProcessIdentityTests {
    @Test func aKilledProcessIsGoneOnlyOnceItsLocksAreFree() throws {
        let path = FileManager.default.temporaryDirectory.path + "/aura-lock-\(UUID().uuidString)"
        let descriptor = try retrying("open", path) {
            open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        }
        defer {
            close(descriptor)
            unlink(path)
        }
        // Its memory is what the kernel takes its time to free, and nothing names its program then.
        let script =
            "exec 9>'\(path)'; flock 9; exec dd if=/dev/zero of=/dev/null bs=300M count=1000000"
        var holding = ChildProcess("/bin/sh", ["-c", script], environment: [:])
        holding.log = "/dev/null"
        let holder = try BackgroundProgram(holding)
        try wait { residentPages(of: holder.pid) > 50_000 }
        let process = try #require(ProcessIdentity.of(pid: holder.pid))
        #expect(flock(descriptor, LOCK_EX | LOCK_NB) != 0, "it holds the lock")
        let before = try #require(process.activity)

        #expect(try process.signal(SIGKILL))
        #expect(process.waitUntilGone(limit: .seconds(60)))

        #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        #expect(!process.isAlive && process.activity == nil)
        #expect(before.ticks > 0, "filling its memory took some time")
    }

    @Test func aProcessIsToldFromAnotherOneWithItsNumber() throws {
        let own = try ProcessIdentity.current()
        let earlier = try JSONText.decode(
            ProcessIdentity.self,
            from: JSONText.encode(own).replacing(/"startTicks":\d+/, with: "\"startTicks\":1"))

        #expect(own.isAlive && own.activity != nil)
        #expect(!earlier.isAlive && earlier.activity == nil)
        #expect(earlier.waitUntilGone(limit: .zero))
    }

    private func residentPages(of pid: Int32) -> Int {
        // Gone already is nothing resident.
        let text = try? FileAccess.kernelText("/proc/\(pid)/statm")
        return text?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }

    private func wait(for condition: () -> Bool) throws {
        let end = SystemClock().uptime + .seconds(60)
        while !condition() {
            try #require(SystemClock().uptime < end)
            pause(milliseconds: 10)
        }
    }
}
