// How a link ends, and what its pings say: each close code has its own finding.

import Diagnostics
import Glibc
import Testing

@testable import Checks
@testable import LiveSync

@Suite struct LinkEndTests {
    private let check = MothershipCheck(Thresholds())

    private func judge(
        _ link: LinkStatus
    ) -> (codes: [String], worst: Severity?, detail: String) {
        check.judge(MothershipSnapshot(takenAt: now, endpoint: "ws://a:7070", link: link))
    }

    private func ended(
        _ stage: LinkStage, _ code: UInt16? = nil, unanswered: Int = 0
    ) -> [String] {
        var link = LinkStatus.offline(
            LinkClose(stage: stage, code: code, message: "m"), for: .seconds(5))
        link.unansweredPings = unanswered
        return judge(link).codes
    }

    @Test(arguments: [
        (4001, "mothership.resync-required", Severity.warn),
        (4004, "mothership.hello-timeout", .fail), (4005, "mothership.hello-rejected", .fail),
        (4006, "mothership.proto-version", .fail), (4008, "mothership.rate-limited", .fail),
        (1011, "mothership.server-overload", .warn), (1012, "mothership.service-restart", .info),
        (1006, "mothership.close-unknown", .warn), (4999, "mothership.close-unknown", .warn),
        (1001, "mothership.close-unknown", .warn), (4007, "mothership.unreachable", .warn),
    ])
    func eachCloseCodeHasItsFinding(code: UInt16, expected: String, severity: Severity) {
        let close = LinkClose(stage: .session, code: code, message: "m")
        let early = judge(.offline(close, for: .seconds(60)))
        #expect(early.codes == [expected])
        #expect(early.worst == severity)
        // Whatever the code: a link that stays away for more than a minute is a failure.
        #expect(judge(.offline(close, for: .seconds(61))).worst == .fail)
        var healthy = LinkStatus.healthy
        healthy.lastClose = close
        #expect(judge(healthy).codes.isEmpty)
    }

    @Test func anEndInSilenceIsToldByItsStage() {
        #expect(ended(.hello) == ["mothership.hello-timeout"])
        #expect(ended(.session) == ["mothership.close-unknown"])
        #expect(ended(.session, unanswered: 1) == ["mothership.close-unknown"])
        #expect(ended(.session, unanswered: 2) == ["mothership.half-open"])
        #expect(ended(.session, 1001, unanswered: 2) == ["mothership.half-open"])
    }

    @Test(arguments: [
        (ETIMEDOUT, "mothership.path-blocked"), (ENETUNREACH, "mothership.path-blocked"),
        (EHOSTUNREACH, "mothership.path-blocked"), (ENETDOWN, "mothership.path-blocked"),
        (nil, "mothership.path-blocked"), (ECONNREFUSED, "mothership.unreachable"),
        (ECONNRESET, "mothership.unreachable"),
    ])
    func aRefusalIsAnAnswerAndSilenceIsNot(number: Int32?, code: String) {
        let close = LinkClose(stage: .connect, errorNumber: number, message: "m")
        #expect(judge(.offline(close, for: .seconds(5))).codes == [code])
        #expect(judge(.offline(close, for: .seconds(5))).worst == .warn)
        #expect(judge(.offline(close, for: .seconds(61))).worst == .fail)
    }

    /// What is kept here of the server, its pin, and cannot be read: nobody was even asked.
    @Test func whatKeepsThisSideFromTryingIsTheNextStep() {
        var close = LinkClose(stage: .identity, message: "the pin is no record of a Mothership")
        close.ownStep = "move that file aside"
        let found = check.diagnose(
            MothershipSnapshot(
                takenAt: now, endpoint: "ws://a:7070", link: .offline(close, for: .seconds(5))))
        #expect(found.map(\.code) == ["mothership.unreachable"])
        #expect(found.map(\.nextStep) == ["move that file aside"])
    }

    @Test func anOpenBreakerIsASymptomOfWhatOpenedIt() {
        var link = LinkStatus.offline(Samples.refused, for: .seconds(5))
        link.breakerOpen = true
        #expect(judge(link).codes == ["mothership.unreachable", "mothership.retry-exhausted"])
        #expect(MothershipFinding.unreachable.explains.contains("mothership.retry-exhausted"))
        var up = LinkStatus.healthy
        up.breakerOpen = true
        #expect(judge(up).codes.isEmpty)
    }

    @Test(arguments: [
        (UInt16(4001), 3, 599, [String]()), (4001, 4, 600, ["mothership.resync-required"]),
        (4001, 4, 601, []), (1011, 4, 5, ["mothership.server-overload"]), (1012, 9, 5, []),
    ])
    func whatAReconnectCuresCountsWhenItComesAgain(
        code: UInt16, ends: Int, seconds: Int, expected: [String]
    ) {
        var link = LinkStatus.healthy
        link.recentCloses = Array(
            repeating: RecentClose(code: code, at: ago(.seconds(seconds))), count: ends)
        #expect(judge(link).codes == expected)
        #expect(judge(link).worst == (expected.isEmpty ? nil : .fail))
    }
}

@Suite struct PresenceAfterReconnectTests {
    private let check = PresenceCheck(Thresholds())

    private func judge(up: Duration, beat: Duration?) throws -> [String] {
        var snapshot = PresenceSnapshot(
            takenAt: now, lifecycle: .active, link: .online, startedAt: ago(.seconds(40)),
            presence: try LiveStatus.healthy().presence, linkUpSince: ago(up))
        snapshot.presence.ownBeatAt = beat.map(ago)
        return check.judge(snapshot).codes
    }

    @Test func aLinkWithoutAHeartbeatIsNamedAfterHalfAMinute() throws {
        #expect(try judge(up: .seconds(31), beat: .seconds(32)) == ["presence.not-restored"])
        #expect(try judge(up: .seconds(31), beat: nil) == ["presence.not-restored"])
        #expect(try judge(up: .seconds(30), beat: .seconds(31)).isEmpty)
        #expect(try judge(up: .seconds(31), beat: .seconds(31)).isEmpty)
        #expect(PresenceFinding.notRestored.explains == ["presence.own-beat-late"])
    }

    @Test(arguments: [(5000.0, false), (5001, true), (-90_000, false)])
    func aClockAheadIsInformation(milliseconds: Double, isNamed: Bool) throws {
        var snapshot = PresenceSnapshot(
            takenAt: now, lifecycle: .active, link: .online, startedAt: ago(.seconds(600)),
            presence: try LiveStatus.healthy().presence)
        for index in snapshot.presence.peers.indices {
            snapshot.presence.peers[index].aheadMilliseconds = milliseconds
        }
        let found = check.judge(snapshot)
        #expect(found.codes == (isNamed ? ["presence.clock-future"] : []))
        #expect(found.worst == (isNamed ? .info : nil))
    }
}
