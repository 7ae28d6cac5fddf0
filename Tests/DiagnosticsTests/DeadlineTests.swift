// Deadlines that hold, also for a probe which the kernel does not give back.
//
// What the examiner decides by is a clock that stands still until a test moves it, and a test moves
// it when the probes are known to hang: however busy the machine, the times are exact.

import Diagnostics
import Glibc
import Support
import Synchronization
import TestSupport
import Testing

@Suite(.serialized) struct DeadlineTests {
    @Test func threeBlockedProbesDoNotKeepTheFourthFromAnswering() async throws {
        let pipe = try BlockingPipe()
        defer { pipe.release() }
        let (clock, hasLooked) = (ManualClock(), Flag())
        let water = Fixture(WaterKind.self) { _ throws(ProbeFailure) in
            hasLooked.raise()
            return Reading(codes: [WaterKind.cold.rawValue])
        }

        async let examined = Examiner.pump(on: clock).run(
            Fixture(PowerKind.self, look: pipe.look).within(.milliseconds(200)),
            Fixture(AirKind.self, look: pipe.look).within(.milliseconds(200)),
            Fixture(LightKind.self, look: pipe.look).within(.milliseconds(200)),
            water.within(.seconds(60)))
        await pipe.isRead(by: 3)
        await hasLooked.isRaised()
        clock.advance(.milliseconds(200))
        let report = await examined

        #expect(report["power"]?.status == .timeout)
        #expect(report["air"]?.status == .timeout)
        #expect(report["light"]?.status == .timeout)
        #expect(report["water"]?.status == .warn)
        #expect(report.durationMilliseconds == 200)
        #expect(report.exitStatus == .findings)
    }

    @Test func aProbeBlockedInReadIsAbandonedAndSaysWhereItHangs() async throws {
        let pipe = try BlockingPipe()
        defer { pipe.release() }
        let clock = ManualClock()

        async let examined = Examiner.pump(on: clock).run(
            Fixture(WaterKind.self, look: pipe.look).within(.milliseconds(500)))
        await pipe.isRead(by: 1)
        clock.advance(.milliseconds(500))
        let report = await examined

        let row = try #require(report["water"])
        let own = try #require(report.findings.first)
        #expect(row.state == .unknown)
        #expect(row.detail == "no answer in 500ms")
        #expect(row.durationMilliseconds == 500)
        #expect(own.code == "doctor.check-timeout")
        #expect(own.subjects == [.other(kind: "check", value: "water")])
        let state = own.evidence.first { $0.label == "thread_state" }?.value.text
        #expect(state?.hasPrefix("S") == true, "asleep in the kernel, not running: \(state ?? "")")
        #expect(report.exitStatus == .undetermined)
    }

    @Test func theRunEndsAtItsTimeoutHoweverLongTheChecksMayTake() async throws {
        let pipe = try BlockingPipe()
        defer { pipe.release() }
        let clock = ManualClock()

        async let examined = Examiner.pump(on: clock).run(
            Fixture(PowerKind.self, look: pipe.look).within(.seconds(60)),
            Fixture(WaterKind.self, look: pipe.look).within(.seconds(60)).requiring("power"),
            options: ExaminationOptions(timeout: .milliseconds(300)))
        await pipe.isRead(by: 1)
        clock.advance(.milliseconds(300))
        let report = await examined

        #expect(report["power"]?.status == .timeout)
        #expect(report["water"]?.status == .timeout, "it never came to its turn")
        #expect(report.durationMilliseconds == 300)
    }

    @Test func aLoopThatAsksIsStoppedByItsCheckpoint() async throws {
        let check = Fixture(WaterKind.self) { deadline throws(ProbeFailure) in
            while true { try deadline.checkpoint() }
        }

        let report = await Examiner.pump.run(check.within(.milliseconds(200)))

        #expect(report["water"]?.status == .timeout)
        #expect(report.codes == ["doctor.check-timeout"])
    }

    @Test func aCheckThatStillHangsIsNotStartedAgain() async throws {
        let pipe = try BlockingPipe()
        let examiner = Examiner.pump
        let check = Fixture(WaterKind.self, look: pipe.look).within(.milliseconds(100))

        let first = await examiner.run(check)
        let second = await examiner.run(check)
        pipe.release()

        let evidence = try #require(second.findings.first?.evidence)
        #expect(first["water"]?.status == .timeout)
        #expect(second["water"]?.status == .timeout)
        #expect(second["water"]?.durationMilliseconds == 0)
        #expect(evidence.contains { $0.value.text == "still blocked from an earlier run" })

        // Released, the thread ends and the check may run again; this time it finds no pipe.
        var last = await examiner.run(check)
        while last["water"]?.status == .timeout { last = await examiner.run(check) }
        #expect(last["water"]?.status == .unknown)
    }

    @Test func deadlinesCountDownOnTheirClock() throws {
        let clock = ManualClock()
        let deadline = Deadline(after: .seconds(10), depth: .deep, clock: clock)

        #expect(deadline.remaining == .seconds(10))
        clock.advance(.seconds(4))
        #expect(deadline.remaining == .seconds(6))
        try deadline.checkpoint()
        clock.advance(.seconds(6))
        #expect(deadline.isPast)
        #expect(throws: ProbeFailure.timedOut(after: .seconds(10))) { try deadline.checkpoint() }
    }
}

/// Something that happens on another thread.
private final class Flag: Sendable {
    private let value = Mutex(false)

    func raise() { value.withLock { $0 = true } }

    func isRaised() async {
        while !value.withLock({ $0 }) { await Task.yield() }
    }
}

@Suite struct BudgetTests {
    @Test func readingFarMoreThanDeclaredIsReported() async throws {
        let check = Fixture(WaterKind.self) { _ throws(ProbeFailure) in
            let descriptor = open("/dev/zero", O_RDONLY)
            defer { close(descriptor) }
            var buffer = [UInt8](repeating: 0, count: 1 << 20)
            for _ in 0..<100 { _ = Glibc.read(descriptor, &buffer, buffer.count) }
            return Reading()
        }
        let cost = Cost(processor: .seconds(30), readBytes: 8 << 20)

        let report = await Examiner.pump.run(check.costing(cost))

        let own = try #require(report.findings.first)
        #expect(own.code == "doctor.over-budget")
        #expect(own.evidence.contains(Evidence("read_declared", .bytes(8 << 20))))
        let read = own.evidence.first { $0.label == "read" }?.value
        guard case .bytes(let count) = try #require(read) else {
            Issue.record("the evidence is no number of bytes")
            return
        }
        #expect(count >= 100 << 20 && count < 101 << 20)
        #expect(report["water"]?.status == .ok, "the answer itself stands")
        #expect(report["doctor"]?.status == .warn)
        #expect(report["doctor"]?.nextStep != nil)
    }

    @Test func burningFarMoreThanDeclaredIsReported() async {
        let check = Fixture(WaterKind.self) { _ throws(ProbeFailure) in
            var spent = timespec()
            repeat {
                clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent)
            } while spent.tv_nsec < 30_000_000
            return Reading()
        }
        let cost = Cost(processor: .milliseconds(10), readBytes: 1 << 20)

        let report = await Examiner.pump.run(check.costing(cost))

        #expect(report.codes == ["doctor.over-budget"])
    }

    @Test func waitingCostsNothing() async throws {
        let check = Fixture(WaterKind.self) { _ throws(ProbeFailure) in
            var nothing = pollfd()
            poll(&nothing, 0, 100)
            return Reading()
        }
        let cost = Cost(processor: .milliseconds(40), readBytes: 1 << 20)

        let report = await Examiner.pump.run(check.costing(cost))

        #expect(report.findings.isEmpty)
        #expect(try #require(report["water"]?.durationMilliseconds) >= 100)
    }
}
