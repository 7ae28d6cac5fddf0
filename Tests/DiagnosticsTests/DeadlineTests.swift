// Deadlines that hold, also for a probe which the kernel does not give back.
//
// The times are generous against a loaded machine, but the ten per cent is the promise itself:
// an examination ends at its deadline plus a tenth, whatever its checks do.

import Diagnostics
import Glibc
import Support
import Testing

@Suite(.serialized) struct DeadlineTests {
    @Test func twoBlockedProbesDoNotKeepTheThirdFromAnswering() async throws {
        let pipe = try BlockingPipe()
        defer { pipe.release() }

        let report = await Examiner.pump.run(
            Fixture(PowerKind.self, look: pipe.look), Fixture(AirKind.self, look: pipe.look),
            Fixture(LightKind.self, look: pipe.look), Fixture(WaterKind.self, sees: .cold),
            options: ExaminationOptions(checkDeadline: .seconds(1)))

        #expect(report["power"]?.status == .timeout)
        #expect(report["air"]?.status == .timeout)
        #expect(report["light"]?.status == .timeout)
        #expect(report["water"]?.status == .warn)
        #expect(try #require(report["water"]?.durationMilliseconds) < 500)
        #expect(try #require(report.durationMilliseconds) <= 1100)
        #expect(report.exitStatus == .findings)
    }

    @Test func aProbeBlockedInReadIsAbandonedAndSaysWhereItHangs() async throws {
        let pipe = try BlockingPipe()
        defer { pipe.release() }

        let report = await Examiner.pump.run(
            Fixture(WaterKind.self, look: pipe.look).within(.milliseconds(500)))

        let row = try #require(report["water"])
        let own = try #require(report.findings.first)
        #expect(row.state == .unknown)
        #expect(row.detail == "no answer in 500ms")
        #expect(try #require(row.durationMilliseconds) <= 550)
        #expect(own.code == "doctor.check-timeout")
        #expect(own.subjects == [.other(kind: "check", value: "water")])
        let state = own.evidence.first { $0.label == "thread_state" }?.value.text
        #expect(state?.hasPrefix("S") == true, "asleep in the kernel, not running: \(state ?? "")")
        #expect(report.exitStatus == .undetermined)
    }

    @Test func theRunEndsAtItsTimeoutHoweverLongTheChecksMayTake() async throws {
        let pipe = try BlockingPipe()
        defer { pipe.release() }

        let report = await Examiner.pump.run(
            Fixture(PowerKind.self, look: pipe.look).within(.seconds(60)),
            Fixture(WaterKind.self, look: pipe.look).within(.seconds(60)).requiring("power"),
            options: ExaminationOptions(timeout: .milliseconds(700)))

        #expect(report["power"]?.status == .timeout)
        #expect(report["water"]?.status == .timeout, "it never came to its turn")
        #expect(try #require(report.durationMilliseconds) <= 770)
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
        let deadline = Deadline(after: .seconds(10), depth: .deep, clock: SystemClock())
        let past = Deadline(after: .zero, clock: SystemClock())

        #expect(deadline.remaining > .seconds(9) && deadline.remaining <= .seconds(10))
        try deadline.checkpoint()
        #expect(past.isPast)
        #expect(throws: ProbeFailure.timedOut(after: .zero)) { try past.checkpoint() }
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
