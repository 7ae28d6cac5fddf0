// Tokens are judged by the Mothership's clock. When it differs from ours that is said, in the
// command's words and in the recorded close; where a renewal cures it, nobody is bothered.

import Drills
import Foundation
import LiveProtocol
import LiveSync
import Support
import Testing

/// The Mothership of Tests/SkewedMothership.
private final class SkewedMothership: Sendable {
    private let program: BackgroundProgram

    init(home: String) throws {
        let folder = PathName.parent(of: try auraExecutable())
        program = try BackgroundProgram(
            ChildProcess(
                folder + "/skewedship", [home],
                environment: ProcessInfo.processInfo.environment))
        try #require(program.ask().flatMap { Int($0) } != nil)
    }

    func set(ahead seconds: Int64) throws {
        try #require(program.ask("\(seconds)") == "ahead \(seconds)")
    }

    func stop() throws {
        #expect(program.ask("stop") == nil)
        #expect(program.wait() == 0)
    }
}

@Suite struct ClockTests {
    /// A machine that joined a Mothership whose clock the test holds, and was online once.
    private func withMember(
        _ body: @escaping @Sendable (Machine, SkewedMothership) throws -> Void
    ) async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            let ship = try SkewedMothership(home: sandbox.mothershipHome)
            do {
                let ben = try Machine("ben", in: sandbox, cloning: source)
                try ben.aura(["init"])
                try sandbox.aura(in: ben.root).require(["mothership", "register"])
                try ben.join(try sandbox.joinToken(room: try ben.status().repository))
                try ben.enable()
                try ben.wait(for: "the link") { $0.link.state == .online }
                try ben.disable()
                try body(ben, ship)
                _ = try ben.tryAura(["live", "sync", "disable"])
            } catch {
                try ship.stop()
                throw error
            }
            try ship.stop()
        }
    }

    @Test func aClockThatRanAheadPastTheRenewalIsNamed() async throws {
        try await withMember { ben, ship in
            try ship.set(ahead: 30 * 86_400)
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
        try await withMember { ben, ship in
            try ship.set(ahead: -86_400)
            let enabled = try ben.tryAura(["live", "sync", "enable"])
            #expect(enabled.status == 5)
            #expect(enabled.errors.contains("behind this machine's"), "\(enabled.errors)")
            let refreshed = try ben.tryAura(["live", "auth", "refresh"])
            #expect(refreshed.errors.contains("unauthorized.token_not_yet_valid"))
            #expect(refreshed.errors.contains("behind this machine's"), "\(refreshed.errors)")
        }
    }

    @Test func aClockTwoDaysAheadIsCuredByARenewal() async throws {
        try await withMember { ben, ship in
            try ship.set(ahead: 2 * 86_400)
            try ben.enable()
            try ben.wait(for: "the link") { $0.link.state == .online }
            let offset = try ben.status().link.clockOffsetMilliseconds
            #expect(abs((offset ?? 0) - 2 * 86_400_000) < 60_000)
        }
    }

    @Test func theRecordedCloseNamesTheClocks() async throws {
        try await withMember { ben, ship in
            try ben.enable()
            try ben.wait(for: "the link") { $0.link.state == .online }
            try ship.set(ahead: 30 * 86_400)
            // The Mothership ends the session, and the renewal comes too late by its clock.
            try ben.wait(for: "the close") { $0.link.lastClose?.clockSkewMilliseconds != nil }
            let close = try #require(try ben.status().link.lastClose)
            #expect(close.reject == .tokenExpired)
            #expect(close.message.contains("the clocks differ"), "\(close.message)")
            #expect(abs((close.clockSkewMilliseconds ?? 0) - 30 * 86_400_000) < 60_000)
        }
    }
}
