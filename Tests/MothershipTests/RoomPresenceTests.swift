// Presence: who hears of whom, when it ends, and the question for a sign of life. Every edge of a
// time limit is tried one millisecond before it and on it.

import LiveProtocol
import Mothership
import Support
import Testing

@Suite struct RoomPresenceTests {
    let ada: TestDevice
    let bob: TestDevice
    let eve: TestDevice

    init() throws {
        ada = try TestDevice(1)
        bob = try TestDevice(2)
        eve = try TestDevice(3)
    }

    /// Ada and Bob, who never go silent.
    func room() throws -> RoomDriver {
        var room = try RoomDriver { $0.silenceMax = .seconds(86_400) }
        try room.join(1, ada)
        try room.join(2, bob)
        return room
    }

    func leaves(_ messages: [ServerMessage]) -> [String] {
        messages.compactMap { message in
            guard case .presenceLeave(let device, let reason) = message else { return nil }
            return "\(device.short) \(reason)"
        }
    }

    func refreshed(_ messages: [ServerMessage]) -> [[DeviceID]]? {
        for case .presenceRefreshed(let answered, let demoted) in messages {
            return [answered, demoted]
        }
        return nil
    }

    @Test func presenceGoesToTheOthersAndIsListedToNewcomers() throws {
        var room = try room()
        let effects = try room.take(.presence(connection(1), ada.presence(.editing)))
        let row = PresenceRow(presence: ada.presence(.editing), receivedAt: room.moment.now)
        #expect(effects == [.send(connection(2), .presence([row]))])
        let messages = try room.join(3, eve).sent(to: 3)
        guard case .welcome? = messages.first else { throw Unexpected(what: "no welcome") }
        #expect(messages.dropFirst().first == .presence([row]))
    }

    @Test func presenceIsDroppedAfterNinetySecondsAndNotBefore() throws {
        var room = try room()
        try room.take(.presence(connection(1), ada.presence()))
        room.uptime += .milliseconds(89_999)
        #expect(leaves(try room.take(.tick).sent(to: 2)).isEmpty)
        #expect(room.core.presenceRows.count == 1)
        room.uptime += .milliseconds(1)
        #expect(leaves(try room.take(.tick).sent(to: 2)) == ["\(ada.id.short) stale"])
        #expect(room.core.presenceRows.isEmpty)
        #expect(leaves(try room.take(.tick).sent(to: 2)).isEmpty)
    }

    @Test func aBeatStartsTheWindowAnew() throws {
        var room = try room()
        try room.take(.presence(connection(1), ada.presence()))
        room.uptime += .milliseconds(89_999)
        try room.take(.presence(connection(1), ada.presence()))
        room.uptime += .milliseconds(89_999)
        try room.take(.tick)
        #expect(room.core.presenceRows.count == 1)
    }

    @Test func aDisconnectEndsPresenceAtOnce() throws {
        var room = try room()
        try room.take(.presence(connection(1), ada.presence()))
        #expect(
            leaves(try room.take(.leave(connection(1))).sent(to: 2))
                == ["\(ada.id.short) disconnect"])
    }

    @Test func theEndOfAnOldConnectionLeavesThePresenceOfTheNewOne() throws {
        var room = try room()
        try room.take(.presence(connection(1), ada.presence()))
        try room.join(3, ada)
        try room.take(.presence(connection(3), ada.presence()))
        #expect(leaves(try room.take(.leave(connection(1))).sent(to: 2)).isEmpty)
        #expect(room.core.presenceRows.count == 1)
    }

    @Test func offlineClearsPresence() throws {
        var room = try room()
        try room.take(.presence(connection(1), ada.presence()))
        let effects = try room.take(.presence(connection(1), ada.presence(.offline)))
        #expect(leaves(effects.sent(to: 2)) == ["\(ada.id.short) cleared"])
    }

    @Test func presenceOfAnotherDeviceIsRefused() throws {
        var room = try room()
        let effects = try room.take(.presence(connection(1), bob.presence()))
        guard case .error(let notice)? = effects.sent(to: 1).first else {
            throw Unexpected(what: "no error: \(effects)")
        }
        #expect(notice.reject == .tokenPeerMismatch && !notice.closing)
        #expect(effects.count == 1 && room.core.presenceRows.isEmpty)
    }

    /// Ada asks; returns the nonce that Bob was pinged with.
    func ask(_ room: inout RoomDriver) throws -> UInt64 {
        guard case .ping(let nonce)? = try room.take(.refresh(connection(1))).sent(to: 2).first
        else { throw Unexpected(what: "Bob was not pinged") }
        return nonce
    }

    @Test func aRefreshEndsWhenEverybodyAnswered() throws {
        var room = try room()
        try room.join(3, eve)
        for (number, device) in [(UInt64(2), bob), (3, eve)] {
            try room.take(.presence(connection(number), device.presence()))
        }
        let nonce = try ask(&room)
        #expect(refreshed(try room.take(.pong(connection(2), nonce: nonce)).sent(to: 1)) == nil)
        let effects = try room.take(.pong(connection(3), nonce: nonce))
        let both = [bob.id, eve.id].sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        #expect(refreshed(effects.sent(to: 1)) == [both, []])
        #expect(room.core.presenceRows.count == 2)
    }

    @Test func whoDoesNotAnswerARefreshInTenSecondsIsDemoted() throws {
        var room = try room()
        try room.join(3, eve)
        try room.take(.presence(connection(2), bob.presence()))
        try room.take(.presence(connection(3), eve.presence()))
        let nonce = try ask(&room)
        try room.take(.pong(connection(3), nonce: nonce))
        room.uptime += .milliseconds(9_999)
        #expect(refreshed(try room.take(.tick).sent(to: 1)) == nil)
        room.uptime += .milliseconds(1)
        let messages = try room.take(.tick).sent(to: 1)
        #expect(refreshed(messages) == [[eve.id], [bob.id]])
        #expect(leaves(messages) == ["\(bob.id.short) stale"])
        #expect(room.core.presenceRows.map(\.presence.device) == [eve.id])
    }

    @Test func anAnswerToAnotherPingIsNoAnswerToTheRefresh() throws {
        var room = try room()
        let nonce = try ask(&room)
        #expect(try room.take(.pong(connection(2), nonce: nonce + 1)).sent(to: 1).isEmpty)
        #expect(
            refreshed(try room.take(.pong(connection(2), nonce: nonce)).sent(to: 1))
                == [[bob.id], []])
    }

    @Test func aRefreshAloneEndsAtOnceAndOneWithALeaverEndsWithIt() throws {
        var room = try room()
        _ = try ask(&room)
        // Who asked twice is answered once.
        #expect(try room.take(.refresh(connection(1))).isEmpty)
        let effects = try room.take(.leave(connection(2)))
        #expect(refreshed(effects.sent(to: 1)) == [[], [bob.id]])
        #expect(refreshed(try room.take(.refresh(connection(1))).sent(to: 1)) == [[], []])
    }

    @Test func aDrainSendsEverybodyAwayWithItsClass() throws {
        var room = try room()
        let effects = try room.take(.drain)
        let closed = effects.compactMap { effect -> CloseCode? in
            guard case .close(_, let code, let notice) = effect else { return nil }
            return notice.reject == .serviceRestart && notice.closing ? code : nil
        }
        #expect(closed == [.serviceRestart, .serviceRestart])
    }
}
