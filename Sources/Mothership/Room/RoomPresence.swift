// Presence: relayed, held in memory, judged by when it was received. It is no part of the ledger.

import LiveProtocol

/// Who said what of itself, and when we heard it.
struct PresenceTable: Sendable {
    struct Entry: Sendable {
        let row: PresenceRow
        let owner: ConnectionID
        let heardAt: Duration
    }

    private(set) var entries: [DeviceID: Entry] = [:]

    /// In the order of devices, so that equal tables are equal lists.
    var rows: [PresenceRow] { devices.compactMap { entries[$0]?.row } }

    var devices: [DeviceID] {
        entries.keys.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    }

    mutating func set(_ entry: Entry) { entries[entry.row.presence.device] = entry }

    /// False when there was none.
    mutating func remove(_ device: DeviceID) -> Bool {
        entries.removeValue(forKey: device) != nil
    }
}

extension RoomCore {
    /// A question to everybody for a sign of life.
    struct Refresh: Sendable {
        let asker: ConnectionID
        let nonce: UInt64
        let until: Duration
        var awaiting: Set<ConnectionID>
        var answered: Set<DeviceID> = []
        /// Devices asked; one of several connections is answer enough.
        let asked: Set<DeviceID>
    }

    mutating func announce(
        _ id: ConnectionID, _ presence: Presence, at moment: Moment,
        _ effects: inout [RoomEffect]
    ) {
        guard let peer = connections[id]?.peer else { return }
        guard presence.device == peer.device else {
            let notice = ErrorNotice(
                reject: .tokenPeerMismatch, message: "presence is announced for oneself only",
                reference: nil, closing: false)
            effects.append(.send(id, .error(notice)))
            return
        }
        guard presence.state != .offline else {
            removePresence(of: peer.device, reason: "cleared", &effects)
            return
        }
        var presence = presence
        presence.user = peer.user
        let row = PresenceRow(presence: presence, receivedAt: moment.now)
        presences.set(.init(row: row, owner: id, heardAt: moment.uptime))
        relay(.presence([row]), from: peer.device, &effects)
    }

    /// Ends the presence a connection announced; a newer connection of the device keeps its own.
    mutating func dropPresence(
        of device: DeviceID, ownedBy id: ConnectionID, _ effects: inout [RoomEffect]
    ) {
        guard presences.entries[device]?.owner == id else { return }
        removePresence(of: device, reason: "disconnect", &effects)
    }

    mutating func expirePresence(at moment: Moment, _ effects: inout [RoomEffect]) {
        for device in presences.devices {
            guard let entry = presences.entries[device],
                moment.uptime - entry.heardAt >= settings.presenceWindow
            else { continue }
            removePresence(of: device, reason: "stale", &effects)
        }
    }

    private mutating func removePresence(
        of device: DeviceID, reason: String, _ effects: inout [RoomEffect]
    ) {
        guard presences.remove(device) else { return }
        relay(.presenceLeave(device: device, reason: reason), from: device, &effects)
    }

    /// To every connection except those of the device it is about.
    private func relay(
        _ message: ServerMessage, from device: DeviceID, _ effects: inout [RoomEffect]
    ) {
        for id in connectionOrder where connections[id]?.peer.device != device {
            effects.append(.send(id, message))
        }
    }

    mutating func refresh(
        _ id: ConnectionID, at moment: Moment, _ effects: inout [RoomEffect]
    ) {
        guard let asker = connections[id]?.peer.device,
            !refreshes.contains(where: { $0.asker == id })
        else { return }
        let others = connectionOrder.filter { connections[$0]?.peer.device != asker }
        let nonce = takeNonce()
        let connected = others.compactMap { connections[$0]?.peer.device }
        refreshes.append(
            Refresh(
                asker: id, nonce: nonce, until: moment.uptime + settings.refreshWait,
                awaiting: Set(others),
                asked: Set(connected).union(presences.devices.filter { $0 != asker })))
        for other in others { effects.append(.send(other, .ping(nonce: nonce))) }
        finishRefreshes(&effects) { $0.awaiting.isEmpty }
    }

    mutating func answer(
        _ id: ConnectionID, _ nonce: UInt64, _ effects: inout [RoomEffect]
    ) {
        guard let device = connections[id]?.peer.device,
            let index = refreshes.firstIndex(where: { $0.nonce == nonce })
        else { return }
        refreshes[index].awaiting.remove(id)
        refreshes[index].answered.insert(device)
        finishRefreshes(&effects) { $0.awaiting.isEmpty }
    }

    mutating func forgetInRefreshes(_ id: ConnectionID, _ effects: inout [RoomEffect]) {
        for index in refreshes.indices { refreshes[index].awaiting.remove(id) }
        finishRefreshes(&effects) { $0.awaiting.isEmpty }
    }

    mutating func expireRefreshes(at moment: Moment, _ effects: inout [RoomEffect]) {
        finishRefreshes(&effects) { moment.uptime >= $0.until }
    }

    /// Demotes who did not answer and tells the asker, for every refresh that is over.
    private mutating func finishRefreshes(
        _ effects: inout [RoomEffect], _ isOver: (Refresh) -> Bool
    ) {
        let over = refreshes.filter(isOver)
        refreshes.removeAll(where: isOver)
        for refresh in over {
            let demoted = sorted(refresh.asked.subtracting(refresh.answered))
            for device in demoted { removePresence(of: device, reason: "stale", &effects) }
            guard connections[refresh.asker] != nil else { continue }
            effects.append(
                .send(
                    refresh.asker,
                    .presenceRefreshed(answered: sorted(refresh.answered), demoted: demoted)))
        }
    }

    private func sorted(_ devices: Set<DeviceID>) -> [DeviceID] {
        devices.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    }
}
