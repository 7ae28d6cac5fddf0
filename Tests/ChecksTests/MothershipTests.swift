// The link's findings, each from a healthy snapshot with one value broken.

import Diagnostics
import Glibc
import LiveProtocol
import Support
import Testing

@testable import Checks
@testable import LiveSync

@Suite struct MothershipCheckTests {
    private let check = MothershipCheck(Thresholds())

    private func snapshot(_ link: LinkStatus) -> MothershipSnapshot {
        MothershipSnapshot(takenAt: now, endpoint: "ws://mothership.example:7070", link: link)
    }

    private func changed(_ change: (inout LinkStatus) -> Void) -> MothershipSnapshot {
        var link = LinkStatus.healthy
        change(&link)
        return snapshot(link)
    }

    /// It would cut a link that is up, and could not end what was counted.
    @Test func aLinkThatIsUpIsNotConnectedAnew() {
        let finding = Finding<MothershipFinding>(.resyncRequired, symptom: "ended 5 times")
        let down = changed { $0.state = .offline }

        #expect(check.remediate(finding, seenIn: snapshot(.healthy)).isEmpty)
        #expect(check.remediate(finding, seenIn: down) == [.ask(.reconnect)])
    }

    @Test func aHealthyLinkRaisesNothing() {
        let healthy = check.judge(snapshot(.healthy))

        #expect(healthy.codes.isEmpty)
        #expect(healthy.detail == "ws online, rtt 38ms, peers 4")
        #expect(
            check.judge(changed { $0.roundTripMilliseconds = nil }).detail.contains("rtt unknown"))
    }

    @Test(arguments: [(0, Severity.warn), (60, .warn), (61, .fail), (192, .fail)])
    func aRefusedConnectionIsAWarningForAMinute(seconds: Int, expected: Severity) {
        let down = check.judge(snapshot(.offline(Samples.refused, for: .seconds(seconds))))

        #expect(down.codes == ["mothership.unreachable"])
        #expect(down.worst == expected)
    }

    @Test func oneThatWasStoppedHereIsStartedHere() throws {
        var down = snapshot(.offline(Samples.refused, for: .seconds(3)))
        let elsewhere = try #require(check.diagnose(down).first)
        #expect(elsewhere.nextStep == MothershipFinding.unreachable.nextStep)
        down.ownPort = 7071
        let here = try #require(check.diagnose(down).first)
        #expect(here.nextStep == "run aura mothership start --port 7071, if it is to run")

        let copy = try WorkingCopy(settings: "[live]\nmothership = \"ws://127.0.0.1:7071\"\n")
        #expect(copy.host().portOfStoppedMothership == nil, "there is none here")
        try FileAccess.makeFolder(copy.mothershipHome)
        try FileAccess.replace(copy.mothershipHome + "/hub.db", with: "rows".utf8)
        try FileAccess.replace(copy.mothershipHome + "/lock", with: [])
        #expect(copy.host().portOfStoppedMothership == 7071)
    }

    @Test func anOfflineLinkSaysWhenItWasLastSeen() {
        let down = snapshot(.offline(Samples.refused, for: .seconds(192)))
        #expect(check.judge(down).detail == "ws offline, last seen 3m 12s ago")

        var never = LinkStatus.offline(nil, for: .seconds(3))
        never.lastSeen = nil
        #expect(check.judge(snapshot(never)).detail == "ws offline, never seen")
    }

    @Test func aNameThatDoesNotResolveIsItsOwnCode() {
        let close = LinkClose(stage: .name, message: "no such host")

        let early = check.judge(snapshot(.offline(close, for: .seconds(5))))
        let late = check.judge(snapshot(.offline(close, for: .seconds(61))))

        #expect(early.codes == ["mothership.name-unresolved"])
        #expect(early.worst == .warn)
        #expect(late.worst == .fail)
    }

    @Test func anEndBeyondConnectingIsOnlySuspected() {
        let close = LinkClose(stage: .hello, code: 4003, message: "unauthorized")

        let found = check.diagnose(snapshot(.offline(close, for: .seconds(5))))

        #expect(found.map(\.code) == ["mothership.unreachable"])
        #expect(found.first?.confidence == .suspected)
        let refused = check.diagnose(snapshot(.offline(Samples.refused, for: .seconds(5))))
        #expect(refused.first?.confidence == .confirmed)
    }

    @Test func anAnswerThatIsNoUpgradeIsItsOwnCode() {
        let close = LinkClose(stage: .upgrade, httpStatus: 200, message: "answered 200")

        let found = check.judge(snapshot(.offline(close, for: .seconds(5))))

        #expect(found.codes == ["mothership.upgrade-refused"])
        #expect(found.worst == .fail)
    }

    @Test(arguments: [ETIMEDOUT, ECONNRESET])
    func aConnectionThatIsTakenAndNotAnsweredRefusesNothing(number: Int32) {
        let close = LinkClose(stage: .upgrade, errorNumber: number, message: "no answer")

        let early = check.diagnose(snapshot(.offline(close, for: .seconds(5))))
        let late = check.judge(snapshot(.offline(close, for: .seconds(61))))

        #expect(early.map(\.code) == ["mothership.unreachable"])
        #expect(early.first?.confidence == .confirmed, "so that a repair may try at once")
        #expect(late.worst == .fail)
    }

    @Test func anExpiredTokenIsToldByCodeByClassAndByTime() {
        let byCode = LinkClose(stage: .session, code: 4002, message: "token expired")
        let byClass = LinkClose(
            stage: .hello, code: 4003, reject: .tokenExpired, message: "unauthorized")
        for close in [byCode, byClass] {
            let early = check.judge(snapshot(.offline(close, for: .seconds(5))))
            #expect(early.codes == ["mothership.token-expired"])
            #expect(early.worst == .warn)
            let late = check.judge(snapshot(.offline(close, for: .seconds(61))))
            #expect(late.worst == .fail)
        }

        #expect(
            check.judge(changed { $0.tokenExpiresAt = now }).codes == ["mothership.token-expired"])
        #expect(check.judge(changed { $0.tokenExpiresAt = now + .milliseconds(1) }).codes.isEmpty)
        // The end of an earlier connection says nothing about one that is up.
        #expect(check.judge(changed { $0.lastClose = byCode }).codes.isEmpty)
    }

    @Test func slowAndShakyLinksAreDegraded() {
        let slow = check.judge(changed { $0.roundTripMillisecondsP95 = 501 })
        #expect(slow.codes == ["mothership.degraded"])
        #expect(slow.worst == .warn)
        #expect(slow.detail == "ws degraded, rtt 38ms, peers 4")
        #expect(check.judge(changed { $0.roundTripMillisecondsP95 = 500 }).codes.isEmpty)

        #expect(check.judge(changed { $0.retries = 4 }).codes == ["mothership.degraded"])
        #expect(check.judge(changed { $0.retries = 3 }).codes.isEmpty)
        #expect(check.judge(changed { $0.state = .degraded }).codes == ["mothership.degraded"])
    }

    @Test(arguments: [
        (2000.0, Severity?.none), (2001, .warn), (-2001, .warn), (60_000, .warn), (60_001, .fail),
        (-60_001, .fail), (.nan, .fail),
    ])
    func clocksMayDifferByTwoSeconds(offset: Double, expected: Severity?) {
        let skew = check.judge(changed { $0.clockOffsetMilliseconds = offset })

        #expect(skew.codes == (expected == nil ? [] : ["mothership.clock-skew"]))
        #expect(skew.worst == expected)
    }

    @Test func whoCannotProveToBeTheMothershipIsAFailureAtOnce() {
        var close = LinkClose(stage: .tls, message: "another certificate")
        close.trust = TrustProblem(
            kind: .certificateChanged, expected: "aa", presented: "bb", notAfter: nil)
        let found = check.judge(snapshot(.offline(close, for: .seconds(1))))

        #expect(found.codes == ["mothership.tls-untrusted"])
        #expect(found.worst == .fail)
    }

    @Test(arguments: [(15, false), (13, true), (-1, true)])
    func aCertificateThatEndsSoonIsAWarning(days: Int, isFound: Bool) {
        let found = check.judge(
            changed { $0.certificateNotAfter = now + .seconds(days * 24 * 3600) })

        #expect(found.codes == (isFound ? ["mothership.tls-expiring"] : []))
    }
}
