// Join tokens over the admin socket: make, list, revoke.

import Foundation
import LiveProtocol
import Support

struct TokenCommands: Sendable {
    let context: ServerContext
    let port: Int

    /// A longer life is a standing invitation, for which there are renewals.
    private static let lifetimeMax = 365 * 86_400
    /// Shortest beginning of an id that is looked up.
    private static let idPrefixMin = 8

    func create(_ request: ControlRequest) async throws -> ControlReply {
        let order = try order(request)
        let issued = try await context.tokens.issueJoin(order, now: context.clock.now)
        try context.store.remember(issued.record)
        context.logger.info(
            "a join token was made",
            metadata: [
                "room": "\(order.room)", "role": "\(order.role.rawValue)",
                "id": "\(issued.record.id)",
            ])
        return .success(
            LocalMothership.CreatedJoinToken(
                token: issued.token, id: issued.record.id, room: order.room, role: order.role,
                name: order.name, once: order.once, expiresAt: issued.record.expiresAt,
                url: order.url, fingerprint: context.instance, certificate: order.certificate))
    }

    private func order(_ request: ControlRequest) throws -> JoinTokenOrder {
        let room = try request.required("room")
        guard let role = TokenRole(rawValue: try request.required("role")) else {
            throw PlainFailure(
                "role", "is none of reader, contributor, admin", nextStep: "name one of them",
                exitStatus: .usage)
        }
        guard let seconds = Int(try request.required("seconds")),
            (1...Self.lifetimeMax).contains(seconds)
        else {
            throw PlainFailure(
                "expires", "is not between 1s and 365d", nextStep: "choose a shorter life",
                exitStatus: .usage)
        }
        // An admin brings a room that may not be there yet.
        if role == .admin { try AdminCommands.requirePlain(room) }
        guard role == .admin || context.isRegistered(room) else {
            throw LedgerFailure.unknownRoom(room)
        }
        return JoinTokenOrder(
            room: room, role: role,
            name: request.arguments["name"].map { String($0.prefix(ControlRequest.nameBytesMax)) },
            once: request.arguments["once"] != "no", lifetime: .seconds(seconds),
            url: request.arguments["url"] ?? ownAddress, certificate: context.tls?.fingerprint)
    }

    /// The address others find this listener at, as far as it knows.
    private var ownAddress: String {
        let bind = context.configuration.bind
        let isAny = bind == "0.0.0.0" || bind == "::"
        let host = isAny ? ProcessInfo.processInfo.hostName : bind
        let written = host.contains(":") ? "[\(host)]" : host
        return "\(context.tls == nil ? "ws" : "wss")://\(written):\(port)"
    }

    func list(_ request: ControlRequest) throws -> ControlReply {
        var rows = try context.store.joinTokens().map { record in
            LocalMothership.ListedToken(
                id: record.id, kind: .join, room: record.room, role: record.role, scopes: [],
                name: record.name, once: record.once, createdAt: record.createdAt,
                expiresAt: record.expiresAt, usedBy: record.uses, revokedAt: record.revokedAt)
        }
        if request.arguments["all"] == "yes" {
            rows += try context.store.tokens().map { record in
                LocalMothership.ListedToken(
                    id: record.id, kind: .device, room: record.room, role: nil,
                    scopes: record.scopes, name: record.subject, once: false,
                    createdAt: record.issuedAt, expiresAt: record.expiresAt, usedBy: [],
                    revokedAt: record.revokedAt)
            }
        }
        return .success(rows)
    }

    func revoke(_ request: ControlRequest) throws -> ControlReply {
        let wanted = try request.required("id")
        let (id, isJoin) = try find(wanted)
        let (tokens, ended) =
            try (isJoin ? context.revoke(joinToken: id) : context.revoke(token: id)) ?? (0, 0)
        context.logger.info(
            "a token was revoked", metadata: ["id": "\(id)", "sessions": "\(ended)"])
        return .success(
            LocalMothership.RevokedToken(id: id, tokens: tokens, sessions: ended))
    }

    private func find(_ wanted: String) throws -> (id: String, isJoin: Bool) {
        let joins = try context.store.joinTokens().map { ($0.id, true) }
        let devices = try context.store.tokens().map { ($0.id, false) }
        let found = (joins + devices).filter { id, _ in
            id == wanted || wanted.utf8.count >= Self.idPrefixMin && id.hasPrefix(wanted)
        }
        guard let first = found.first, found.count == 1 else {
            throw PlainFailure(
                "token \(wanted.prefix(40))",
                found.isEmpty ? "was not given out here" : "is the beginning of several ids",
                nextStep: "see aura mothership token list --all", exitStatus: .usage)
        }
        return first
    }
}
