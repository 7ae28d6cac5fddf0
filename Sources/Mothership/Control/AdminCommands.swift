// What the admin socket does. Whoever reaches it is the same user on the same machine: the socket
// and its folder are that user's alone, and the kernel names the caller.

import LiveProtocol
import Support

struct AdminCommands: Sendable {
    let context: ServerContext
    let home: MothershipHome
    let port: Int

    func answer(_ request: ControlRequest) async -> ControlReply {
        do {
            switch LocalMothership.Command(rawValue: request.command) {
            case .status: return .success(await status())
            case .verify:
                let check = context.ledgerCheck
                return .success(try await onOwnThread { try check.whole() }.statement)
            case .register: return try register(request)
            case .token: return try await issue(request)
            case .createJoinToken:
                return try await TokenCommands(context: context, port: port).create(request)
            case .listTokens: return try TokenCommands(context: context, port: port).list(request)
            case .revokeToken:
                return try TokenCommands(context: context, port: port).revoke(request)
            case nil:
                throw PlainFailure(
                    "command \(request.command.prefix(40))", "is unknown to this Mothership",
                    nextStep: "restart it with this release", exitStatus: .usage)
            }
        } catch let failure as any Failure {
            return .failure(failure)
        } catch {
            return .failure(
                PlainFailure(request.command, "failed: \(error)", nextStep: "look into the log"))
        }
    }

    func status() async -> LocalMothership.Status {
        let health = context.health()
        return LocalMothership.Status(
            instance: context.instance, epoch: context.store.epoch, version: context.version,
            pid: ProcessIdentity.currentPid, address: context.configuration.bind, port: port,
            home: home.root, store: home.store, startedAt: context.startedAt, rooms: health.rooms,
            records: health.records ?? 0, peers: await context.rooms.peerCount,
            health: health.words, ledger: context.ledgerCheck.verdict?.statement,
            certificate: context.tls?.fingerprint,
            certificateNotAfter: context.tls?.notAfter)
    }

    private func register(_ request: ControlRequest) throws -> ControlReply {
        let repository = try request.required("repository")
        try Self.requirePlain(repository)
        let name = request.arguments["name"].map { String($0.prefix(ControlRequest.nameBytesMax)) }
        let created = try context.register(repository, name: name ?? repository)
        context.logger.info("a room was registered", metadata: ["room": "\(repository)"])
        return .success(
            LocalMothership.Registered(
                repository: repository, name: name ?? repository, created: created))
    }

    private func issue(_ request: ControlRequest) async throws -> ControlReply {
        let room = try request.required("room")
        let user = try request.required("user")
        guard let device = DeviceID(hex: try request.required("device")) else {
            throw PlainFailure(
                "device", "is no public key of 64 hexadecimal digits",
                nextStep: "use the aura command of the same release", exitStatus: .usage)
        }
        guard context.isRegistered(room) else { throw LedgerFailure.unknownRoom(room) }
        let issued = try await context.issueContributorToken(
            room: room, device: device, user: user)
        context.logger.info(
            "a token was issued",
            metadata: ["room": "\(room)", "device": "\(device.short)", "id": "\(issued.record.id)"])
        return .success(
            LocalMothership.IssuedToken(
                token: issued.token, expiresAt: issued.record.expiresAt,
                scopes: issued.record.scopes, keyID: issued.record.id,
                instance: context.instance))
    }

    /// A room's id stands in an address and must need no escaping there.
    static func requirePlain(_ repository: String) throws(PlainFailure) {
        guard repository.utf8.allSatisfy(isPlain) else {
            throw PlainFailure(
                "repository", "has characters other than letters, digits, dot, dash, underscore",
                nextStep: "choose another id with aura init --repo", exitStatus: .usage)
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension ControlRequest {
    /// Longest repository id and name; ids are 16 hexadecimal digits unless a person chose one.
    static let nameBytesMax = 255

    /// An argument that must be there.
    func required(_ name: String) throws(PlainFailure) -> String {
        let value = arguments[name] ?? ""
        guard (1...Self.nameBytesMax).contains(value.utf8.count) else {
            throw PlainFailure(
                name, "is missing or longer than \(Self.nameBytesMax) bytes",
                nextStep: "use the aura command of the same release", exitStatus: .usage)
        }
        return value
    }
}

extension LedgerVerdict {
    /// As it goes over the admin socket.
    fileprivate var statement: LocalMothership.LedgerStatement {
        LocalMothership.LedgerStatement(isWhole: damage.isEmpty, words: words)
    }
}
