// Tokens are judged by the Mothership's clock. When it differs from ours that is said, in the
// command's words and in the recorded close; where a renewal cures it, nobody is bothered.
//
// The Mothership runs in this process, because only so its clock can be set.

import Drills
import Foundation
import LiveProtocol
import LiveSync
import Logging
import Mothership
import Support
import Synchronization
import Testing

/// The machine's clock, ahead by what it is told.
private final class ShiftedClock: Support.Clock {
    private let shift = Mutex(Duration.zero)

    var now: Timestamp { SystemClock().now + shift.withLock { $0 } }
    var uptime: Duration { SystemClock().uptime }

    func set(ahead duration: Duration) { shift.withLock { $0 = duration } }
}

@Suite struct ClockTests {
    /// A machine that joined a Mothership whose clock the test holds, and was online once.
    private func withMember(
        _ body: @escaping @Sendable (Machine, ShiftedClock) async throws -> Void
    ) async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            let clock = ShiftedClock()
            var configuration = MothershipConfiguration()
            configuration.port = 0
            let instance = try await MothershipInstance.start(
                home: MothershipHome(root: sandbox.mothershipHome), configuration: configuration,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, clock: clock)
            do {
                let ben = try Machine("ben", in: sandbox, cloning: source)
                try ben.aura(["init"])
                let room = try ben.status().repository
                _ = try instance.context.register(room, name: "toys")
                try ben.join(try sandbox.joinToken(room: room))
                try ben.enable()
                try ben.wait(for: "the link") { $0.link.state == .online }
                try ben.disable()
                try await body(ben, clock)
                _ = try ben.tryAura(["live", "sync", "disable"])
            } catch {
                try await instance.stop()
                throw error
            }
            try await instance.stop()
        }
    }

    @Test func aClockThatRanAheadPastTheRenewalIsNamed() async throws {
        try await withMember { ben, clock in
            clock.set(ahead: .seconds(30 * 86_400))
            let enabled = try ben.tryAura(["live", "sync", "enable"])
            #expect(enabled.status == 5)
            #expect(enabled.errors.contains("the clocks differ"), "\(enabled.errors)")
            #expect(enabled.errors.contains("ahead of this machine's"))
            #expect(enabled.errors.contains("set the clock that is wrong"))
            let refreshed = try ben.tryAura(["live", "auth", "refresh"])
            #expect(refreshed.status == 5)
            #expect(refreshed.errors.contains("unauthorized.token_expired"))
            #expect(refreshed.errors.contains("ahead of this machine's"), "\(refreshed.errors)")
            #expect(refreshed.errors.contains("set the clock that is wrong"))
        }
    }

    @Test func aClockThatWentBackIsNamed() async throws {
        try await withMember { ben, clock in
            clock.set(ahead: .seconds(-86_400))
            let enabled = try ben.tryAura(["live", "sync", "enable"])
            #expect(enabled.status == 5)
            #expect(enabled.errors.contains("behind this machine's"), "\(enabled.errors)")
            let refreshed = try ben.tryAura(["live", "auth", "refresh"])
            #expect(refreshed.errors.contains("unauthorized.token_not_yet_valid"))
            #expect(refreshed.errors.contains("behind this machine's"), "\(refreshed.errors)")
        }
    }

    @Test func aClockTwoDaysAheadIsCuredByARenewal() async throws {
        try await withMember { ben, clock in
            clock.set(ahead: .seconds(2 * 86_400))
            try ben.enable()
            try ben.wait(for: "the link") { $0.link.state == .online }
            let offset = try ben.status().link.clockOffsetMilliseconds
            #expect(abs((offset ?? 0) - 2 * 86_400_000) < 60_000)
        }
    }

    @Test func theRecordedCloseNamesTheClocks() async throws {
        try await withMember { ben, clock in
            try ben.enable()
            try ben.wait(for: "the link") { $0.link.state == .online }
            clock.set(ahead: .seconds(30 * 86_400))
            // The Mothership ends the session, and the renewal comes too late by its clock.
            try ben.wait(for: "the close") { $0.link.lastClose?.clockSkewMilliseconds != nil }
            let close = try #require(try ben.status().link.lastClose)
            #expect(close.reject == .tokenExpired)
            #expect(close.message.contains("the clocks differ"), "\(close.message)")
            #expect(abs((close.clockSkewMilliseconds ?? 0) - 30 * 86_400_000) < 60_000)
        }
    }
}
