// Connections that are slow, repeat themselves and break, and the room at their other end.

import LiveProtocol
import LiveSync
import Mothership
import Support

extension World {
    func connection(of peer: Int) -> ConnectionID? {
        connections.keys.sorted().first { connections[$0]?.peer == peer }
    }

    mutating func post(_ message: PeerMessageInFlight, from peer: Int) {
        guard let id = connection(of: peer) else { return }
        connections[id]?.toServer.append(message)
        if Int.random(in: 0..<10, using: &generator) == 0 {
            connections[id]?.toServer.append(message)
        }
    }

    mutating func connect(_ peer: Int) throws {
        guard let core = peers[peer].core, connection(of: peer) == nil else { return }
        connectionCount += 1
        let id = ConnectionID(rawValue: connectionCount)
        connections[id] = Connection(peer: peer)
        let member = RoomPeer(
            device: peers[peer].device, user: "u@h", branch: SimulatedServer.branch,
            frontier: core.state.frontier)
        route(try server.handle(.join(id, member), at: Timestamp(rawValue: time)))
    }

    mutating func drop(_ peer: Int) {
        guard let id = connection(of: peer) else { return }
        connections[id] = nil
        peers[peer].inbox.append(.event(.linkDown))
        // The room learns of it without an answer that anybody could get.
        _ = try? server.handle(.leave(id), at: Timestamp(rawValue: time))
    }

    mutating func route(_ effects: [RoomEffect]) {
        for effect in effects {
            switch effect {
            case .send(let id, let message): send(.message(message), to: id)
            case .deliver(let id, let delivery): send(.page(delivery), to: id)
            case .close(let id, _, _): if let peer = connections[id]?.peer { drop(peer) }
            case .commit, .readPage: break
            }
        }
    }

    mutating func send(_ message: ServerMessageInFlight, to id: ConnectionID) {
        guard connections[id] != nil else { return }
        connections[id]?.toPeer.append(message)
        if Int.random(in: 0..<10, using: &generator) == 0 {
            connections[id]?.toPeer.append(message)
        }
    }

    mutating func deliverToServer(_ wanted: ConnectionID? = nil) throws {
        let waiting = connections.keys.sorted().filter {
            connections[$0]?.toServer.isEmpty == false
        }
        guard let id = wanted ?? waiting.randomElement(using: &generator),
            let connection = connections[id], let message = connection.toServer.first
        else { return }
        connections[id]?.toServer.removeFirst()
        switch message {
        case .push(let signed):
            route(
                try server.push(
                    signed, from: id, device: peers[connection.peer].device,
                    at: Timestamp(rawValue: time)))
        case .ack(let through):
            let event = RoomEvent.acknowledge(id, through: through)
            route(try server.handle(event, at: Timestamp(rawValue: time)))
        }
    }

    mutating func deliverToPeer(_ wanted: ConnectionID? = nil) throws {
        let waiting = connections.keys.sorted().filter {
            connections[$0]?.toPeer.isEmpty == false
        }
        guard let id = wanted ?? waiting.randomElement(using: &generator),
            let connection = connections[id], let message = connection.toPeer.first
        else { return }
        connections[id]?.toPeer.removeFirst()
        switch message {
        case .message(.welcome(let welcome)): input(.linkUp(welcome), connection.peer)
        case .message(.packAck(let result)):
            try invariants.note(result, of: connection.peer, server)
            input(.pushResult(result), connection.peer)
        case .message(.impact(let notice)):
            input(.impact(notice, callers: [], .resolved), connection.peer)
        case .message: break
        case .page(let delivery): input(.delivery(delivery), connection.peer)
        }
    }

    mutating func input(_ event: PeerEvent, _ peer: Int) {
        if peers[peer].core != nil { peers[peer].inbox.append(.event(event)) }
    }

    mutating func finishCommit() throws {
        route(try server.finishCommit(at: Timestamp(rawValue: time)))
        invariants.shared.formUnion(try server.changes().compactMap(\.change.auraID))
    }
}
