// Connections that are slow, repeat themselves and break, and the room at their other end.

import LiveProtocol
import LiveSync
import Mothership
import Support

extension World {
    func connection(of peer: Int) -> ConnectionID? {
        connections.keys.sorted().first {
            connections[$0]?.peer == peer && connections[$0]?.isDead == false
        }
    }

    mutating func post(_ message: PeerMessageInFlight, from peer: Int) {
        guard let id = connection(of: peer), !isBehind(peer) else { return }
        connections[id]?.toServer.append(message)
        if Int.random(in: 0..<10, using: &generator) == 0 {
            connections[id]?.toServer.append(message)
        }
    }

    /// Whether the link the core knows of is gone: what it sends is lost with that link.
    private func isBehind(_ peer: Int) -> Bool {
        peers[peer].inbox.contains { input in
            if case .event(.linkDown) = input { true } else { false }
        }
    }

    /// As the agent does it: what the old link brought, and its end, come before the next hello.
    mutating func connect(_ peer: Int) throws {
        guard let core = peers[peer].core, connection(of: peer) == nil, !revoked.contains(peer),
            !isBehind(peer)
        else { return }
        connectionCount += 1
        let id = ConnectionID(rawValue: connectionCount)
        let isSlow = Int.random(in: 0..<5, using: &generator) == 0
        connections[id] = Connection(peer: peer, isSlow: isSlow)
        let member = RoomPeer(
            device: peers[peer].device, user: "u@h", branch: SimulatedServer.branch,
            frontier: core.state.frontier, ownThrough: core.state.rereadThrough ?? 0,
            position: core.state.position)
        trace.append(
            "\(peers[peer].name) connects, has read to \(member.frontier?.sequence ?? 0) of "
                + "\(member.frontier?.epoch ?? "-"), own to \(member.ownThrough)")
        route(try server.handle(.join(id, member), at: Timestamp(rawValue: time)))
    }

    mutating func drop(_ peer: Int) throws {
        guard let id = connection(of: peer) else { return }
        peers[peer].inbox.append(.event(.linkDown))
        try end(id)
    }

    /// The room learns of it; nobody is there for an answer.
    private mutating func end(_ id: ConnectionID) throws {
        connections[id] = nil
        route(try server.handle(.leave(id), at: Timestamp(rawValue: time)))
    }

    /// The peer's side of a connection is gone and it may make another one; the room still sees
    /// the old one, and what was on its way to it still arrives.
    mutating func lose(_ peer: Int) {
        guard let id = connection(of: peer) else { return }
        trace.append("\(peers[peer].name) loses its connection")
        connections[id]?.isDead = true
        connections[id]?.toPeer = []
        peers[peer].inbox.append(.event(.linkDown))
    }

    /// The room notices connections that nobody holds any more.
    mutating func noticeLost() throws {
        for id in connections.keys.sorted() where connections[id]?.isDead == true { try end(id) }
    }

    /// A token is revoked, or allows reading only, or is given back.
    mutating func changeToken(_ peer: Int) throws {
        // A token is judged at the hello, so another one means another connection, over which
        // everything is sent anew.
        try drop(peer)
        peers[peer].effects.removeAll { if case .send = $0 { true } else { false } }
        for id in connections.keys.sorted() where connections[id]?.peer == peer { try end(id) }
        if revoked.remove(peer) != nil || readers.remove(peer) != nil { return }
        if Bool.random(using: &generator) {
            trace.append("\(peers[peer].name) may only read")
            readers.insert(peer)
        } else {
            trace.append("\(peers[peer].name) is sent away: token revoked")
            revoked.insert(peer)
        }
    }

    mutating func route(_ effects: [RoomEffect]) {
        for effect in effects {
            switch effect {
            case .send(let id, let message): send(.message(message), to: id)
            case .deliver(let id, let delivery): send(.page(delivery), to: id)
            case .close(let id, let code, _):
                note("close \(code.rawValue)")
                guard let connection = connections.removeValue(forKey: id) else { continue }
                if !connection.isDead {
                    peers[connection.peer].inbox.append(.event(.linkDown))
                }
            case .commit, .readPage, .readElsewhere: break
            }
        }
    }

    mutating func send(_ message: ServerMessageInFlight, to id: ConnectionID) {
        guard connections[id]?.isDead == false else { return }
        connections[id]?.toPeer.append(message)
        if Int.random(in: 0..<10, using: &generator) == 0 {
            connections[id]?.toPeer.append(message)
        }
        if Int.random(in: 0..<30, using: &generator) == 0 { swapLast(id) }
    }

    /// Two messages change places; the welcome stays first.
    private mutating func swapLast(_ id: ConnectionID) {
        guard let waiting = connections[id]?.toPeer, waiting.count > 1 else { return }
        if case .message(.welcome) = waiting[waiting.count - 2] { return }
        connections[id]?.toPeer.swapAt(waiting.count - 1, waiting.count - 2)
        note("frames out of order")
    }

    mutating func deliverToServer(_ wanted: ConnectionID? = nil) throws {
        let waiting = connections.keys.sorted().filter {
            connections[$0]?.toServer.isEmpty == false
        }
        guard let id = wanted ?? waiting.randomElement(using: &generator),
            let connection = connections[id], let message = connection.toServer.first,
            connection.blocked != .toServer
        else { return }
        if connection.isSlow, wanted == nil, Int.random(in: 0..<5, using: &generator) > 0 { return }
        connections[id]?.toServer.removeFirst()
        switch message {
        case .push(let signed, let set):
            if let refusal = try refusal(to: connection.peer, set.id) {
                try refuse(set.id, refusal, id)
                return
            }
            route(
                try server.push(
                    signed, set, from: id, device: peers[connection.peer].device,
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
            let connection = connections[id], let message = connection.toPeer.first,
            connection.blocked != .toPeer
        else { return }
        if connection.isSlow, wanted == nil, Int.random(in: 0..<5, using: &generator) > 0 { return }
        connections[id]?.toPeer.removeFirst()
        switch message {
        case .refused(let set, let reject): input(.pushRefused(set, reject), connection.peer)
        case .message(.welcome(let welcome)): input(.linkUp(welcome), connection.peer)
        case .message(.packAck(let result)):
            invariants.note(result)
            input(.pushResult(result), connection.peer)
        case .message(.impact(let notice)):
            input(.impact(notice, callers: [], .resolved), connection.peer)
        case .message: break
        case .page(let delivery): input(.delivery(delivery), connection.peer)
        }
    }

    /// Why a push is not even looked at. A set that was decided before is answered as it was then,
    /// whatever the token allows now: its author would take a refusal for the fate of the set.
    private mutating func refusal(to peer: Int, _ set: ChangeSetID) throws -> RejectClass? {
        if readers.contains(peer), try !server.hasDecided(set, of: peers[peer].device) {
            return .capabilityMismatch
        }
        guard !isSettling, Int.random(in: 0..<15, using: &generator) == 0 else { return nil }
        return [.rateLimitNodes, .serverOverload, .storeCeilingReached].randomElement(
            using: &generator)
    }

    /// A peer over its rate is sent away as well.
    private mutating func refuse(
        _ set: ChangeSetID, _ reject: RejectClass, _ id: ConnectionID
    ) throws {
        trace.append("a push is refused: \(reject.rawValue)")
        note("refused: \(reject.rawValue)")
        send(.refused(set, reject), to: id)
        guard reject == .rateLimitNodes, let peer = connections[id]?.peer else { return }
        if connections[id]?.isDead == true { try end(id) } else { try drop(peer) }
    }

    mutating func input(_ event: PeerEvent, _ peer: Int) {
        if peers[peer].core != nil { peers[peer].inbox.append(.event(event)) }
    }

    mutating func finishCommit() throws {
        if let batch = server.batch { try invariants.note(batch) }
        route(try server.finishCommit(at: Timestamp(rawValue: time)))
    }
}
