// What each role may do, and what a change of role leaves as it was.

import Foundation
import LiveProtocol
import Support
import Testing

@testable import Mothership

@Suite struct RoleTests {
    private func joined(
        _ ship: TestMothership, _ role: TokenRole, _ applicant: Applicant,
        room: String = repository
    ) async throws -> String {
        let issued = try await ship.context.tokens.issueJoin(
            JoinTokenOrder(room: room, role: role, url: "ws://127.0.0.1:1"), now: ship.clock.now)
        try ship.context.store.remember(issued.record)
        return try await applicant.granted(.join, issued.token, room: room).token
    }

    @Test func whatWasTakenBeforeIsAnsweredAsItWasWhateverTheRightsAreNow() async throws {
        try await TestMothership.run { ship in
            let ben = try TestDevice(2)
            let set = try ben.signed(1, [put(1, "one")])
            var writer = try await ship.peer(ben).client
            try writer.push(set)
            let taken = try await writer.result()
            try await writer.cut()
            let token = try await joined(ship, .reader, Applicant(ship: ship, device: ben))
            var reader = try await ship.socket()
            try reader.send(.hello(ship.hello(ben, token: token)))
            _ = try await reader.first { if case .welcome = $0 { true } else { nil } }

            try reader.push(set)

            #expect(try await reader.result() == taken)
            try reader.push(try ben.signed(2, [put(2, "two")]))
            #expect(try await reader.error().reject == .authorityRequired)
        }
    }

    @Test func aReaderReceivesAndItsPushIsRefusedByClass() async throws {
        try await TestMothership.run { ship in
            let (ada, ben) = (try TestDevice(1), try TestDevice(2))
            let token = try await joined(ship, .reader, Applicant(ship: ship, device: ben))
            var reader = try await ship.socket()
            try reader.send(.hello(ship.hello(ben, token: token)))
            _ = try await reader.first { if case .welcome = $0 { true } else { nil } }
            var writer = try await ship.peer(ada).client
            try writer.push(try ada.signed(1, [put(1, "one")]))
            _ = try await writer.result()
            #expect(try await reader.page().sets.count == 1)

            let number = try reader.push(try ben.signed(1, [put(2, "two")]))

            let notice = try await reader.error()
            #expect(notice.reject == .authorityRequired && notice.reference == number)
            #expect(!notice.closing)
            #expect(try await reader.isAlive())
            #expect(ship.context.health().records == 1)
        }
    }

    @Test func onlyAnAdminRegistersARoomFromElsewhere() async throws {
        try await TestMothership.run { ship in
            let ada = Applicant(ship: ship, device: try TestDevice(1))
            let ben = Applicant(ship: ship, device: try TestDevice(2))
            let contributor = try await joined(ship, .contributor, ada)
            let refused = try await ada.ask(.register, contributor, name: "mine")
            #expect(refused.status == 403)
            let refusal = try JSONText.decode(HTTPRefusal.self, from: refused.body)
            #expect(refusal.reject == .authorityRequired)
            #expect(refusal.message.contains("room.admin"))
            let admin = try await joined(ship, .admin, ben, room: "repo-new")
            let answer = try await ben.ask(.register, admin, room: "repo-new", name: "new")
            let made = try JSONText.decode(LocalMothership.Registered.self, from: answer.body)
            #expect(made == .init(repository: "repo-new", name: "new", created: true))
            #expect(try await ben.refusal(.register, admin, room: repository) == .tokenRoomMismatch)
        }
    }
}
