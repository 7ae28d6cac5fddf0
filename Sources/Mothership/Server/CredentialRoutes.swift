// The routes by which a machine without a token gets one: join, renew, register. What they need is
// not a bearer's right but a device's: every request is signed with the key its token is bound to,
// so that a token that was read over a shoulder is worth nothing here.

import LiveProtocol
import NIOHTTP1
import Support

struct CredentialRoutes: Sendable {
    let context: ServerContext

    /// Longest request that is read; ours have about 1500 bytes.
    static let bytesMax = 16 << 10
    /// Longest user, room and name.
    private static let nameBytesMax = 255

    static let paths = Set(
        [CredentialRequest.Purpose.join, .renew, .register].map(\.path))

    func answer(_ path: String, _ body: [UInt8]) async throws -> HTTPAnswer {
        guard context.admitsCredentialRequest() else {
            return try context.refusal(
                .serviceUnavailable, .serverOverload, "too many requests for tokens")
        }
        let request: CredentialRequest
        do { request = try JSONText.decode(CredentialRequest.self, from: body) } catch {
            return try context.refusal(
                .badRequest, .protocolInvalidField, "the body is no request for a token")
        }
        do throws(TokenRefusal) {
            try check(request, path)
        } catch { return try refusal(error) }
        switch request.purpose {
        case .join: return try await join(request)
        case .renew: return try await renew(request)
        case .register: return try await register(request)
        }
    }

    /// What must hold of every request before its token is looked at.
    private func check(_ request: CredentialRequest, _ path: String) throws(TokenRefusal) {
        let names = [request.user, request.room, request.name ?? "-"]
        guard request.purpose.path == path,
            names.allSatisfy({
                !$0.isEmpty && PushAdmission.isPlain($0, bytesMax: Self.nameBytesMax)
            })
        else {
            throw TokenRefusal(
                reject: .protocolInvalidField, message: "user, room or name is invalid")
        }
        guard request.isAuthentic else {
            throw TokenRefusal(
                reject: .invalidSignature, message: "the request is not signed by its device")
        }
        let age = context.clock.now.since(request.at)
        guard age < CredentialRequest.ageMax, .zero - age < CredentialRequest.ageMax else {
            throw TokenRefusal(
                reject: .tokenInvalid, message: "the request is \(age.brief) old: send a new one")
        }
    }

    // MARK: Routes

    private func join(_ request: CredentialRequest) async throws -> HTTPAnswer {
        let now = context.clock.now
        let claims: JoinClaims
        do throws(TokenRefusal) {
            claims = try await context.tokens.joinClaims(of: request.token, now: now)
            guard claims.aud == request.room else {
                throw TokenRefusal(
                    reject: .tokenRoomMismatch,
                    message: "the token is for room \(claims.aud), not for \(request.room)")
            }
        } catch { return try refusal(error) }
        guard claims.role == .admin || context.isRegistered(claims.aud) else {
            return try context.refusal(
                .notFound, .repositoryNotRegistered, "room \(claims.aud) is not registered")
        }
        let use = JoinTokenRecord.Use(device: request.device, user: request.user, at: now)
        let outcome = try context.store.use(
            joinToken: claims.jti, digest: .of(request.token.utf8), use)
        do throws(TokenRefusal) { try judge(outcome) } catch { return try refusal(error) }
        return try await grant(
            request, scopes: claims.role.scopes, parent: claims.jti, word: "a device joined")
    }

    private func judge(_ outcome: JoinOutcome) throws(TokenRefusal) {
        switch outcome {
        case .accepted: return
        case .unknown: throw RoomTokens.foreign
        case .used(let use):
            throw TokenRefusal(
                reject: .tokenUsed,
                message: "the token was used by \(use.user) at \(use.at.iso8601)")
        case .revoked:
            throw TokenRefusal(reject: .tokenRevoked, message: "the token was revoked")
        }
    }

    private func renew(_ request: CredentialRequest) async throws -> HTTPAnswer {
        let claims: TokenClaims
        do throws(TokenRefusal) {
            claims = try await deviceClaims(
                request, grace: context.configuration.renewalGrace)
        } catch { return try refusal(error) }
        let record = try context.store.token(claims.jti)
        return try await grant(
            request, scopes: claims.scopes.compactMap(TokenScope.init), parent: record?.parent,
            replacing: claims.jti, word: "a token was renewed")
    }

    private func register(_ request: CredentialRequest) async throws -> HTTPAnswer {
        do throws(TokenRefusal) {
            let claims = try await deviceClaims(request, grace: .zero)
            guard claims.allows(.roomAdmin) else {
                throw TokenRefusal(
                    reject: .authorityRequired,
                    message: "registering needs the scope room.admin, the token has "
                        + claims.scopes.joined(separator: " "))
            }
        } catch { return try refusal(error) }
        let name = request.name ?? request.room
        let created = try context.register(request.room, name: name)
        context.logger.info(
            "a room was registered",
            metadata: ["room": "\(request.room)", "device": "\(request.device.short)"])
        return try .json(
            .ok,
            LocalMothership.Registered(repository: request.room, name: name, created: created))
    }

    /// The claims of a device's token that this device itself presents for its room.
    private func deviceClaims(
        _ request: CredentialRequest, grace: Duration
    ) async throws(TokenRefusal) -> TokenClaims {
        let claims = try await context.tokens.claims(
            of: request.token, revoked: context.revokedTokens, grace: grace,
            now: context.clock.now)
        guard claims.device == request.device.hex else {
            throw TokenRefusal(
                reject: .tokenPeerMismatch, message: "the token is for another device")
        }
        guard claims.room == request.room else {
            throw TokenRefusal(
                reject: .tokenRoomMismatch, message: "the token is for another room")
        }
        return claims
    }

    private func grant(
        _ request: CredentialRequest, scopes: [TokenScope], parent: String?,
        replacing old: String? = nil, word: String
    ) async throws -> HTTPAnswer {
        let issued = try await context.issueToken(
            room: request.room, device: request.device, user: request.user, scopes: scopes,
            parent: parent, replacing: old)
        guard issued.isGood else {
            return try refusal(
                TokenRefusal(reject: .tokenRevoked, message: "the token was revoked"))
        }
        context.metrics.add(.authValidation, 1, "accepted")
        context.logger.info(
            "\(word)",
            metadata: [
                "room": "\(request.room)", "device": "\(request.device.short)",
                "id": "\(issued.record.id)",
            ])
        return try .json(
            .ok,
            LocalMothership.IssuedToken(
                token: issued.token, expiresAt: issued.record.expiresAt,
                scopes: issued.record.scopes, keyID: issued.record.id,
                instance: context.instance))
    }

    // MARK: Refusals

    private func refusal(_ refusal: TokenRefusal) throws -> HTTPAnswer {
        context.metrics.add(.authValidation, 1, refusal.reject.rawValue)
        context.logger.notice(
            "a request for a token was refused", metadata: ["class": "\(refusal.reject.rawValue)"]
        )
        let status: HTTPResponseStatus =
            switch refusal.reject {
            case .protocolInvalidField: .badRequest
            case .authorityRequired: .forbidden
            default: .unauthorized  // every other class says that the credential does not do
            }
        return try context.refusal(status, refusal.reject, refusal.message)
    }
}
