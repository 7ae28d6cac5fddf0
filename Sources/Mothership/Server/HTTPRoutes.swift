// The plain HTTP side of the one port: liveness, readiness, numbers, and a page for people.

import LiveProtocol
import NIOHTTP1
import Support

/// An answer to an HTTP request.
struct HTTPAnswer: Sendable {
    let status: HTTPResponseStatus
    let contentType: String
    let body: String

    static func json(_ status: HTTPResponseStatus, _ value: some Encodable) throws -> HTTPAnswer {
        HTTPAnswer(
            status: status, contentType: "application/json",
            body: try JSONText.encode(value) + "\n")
    }
}

/// A request as far as the routes look at it.
struct HTTPQuestion: Sendable {
    let method: HTTPMethod
    /// Without the query.
    let path: String
    let bearer: String?
    let isLoopback: Bool
    /// Nil when it is longer than any route takes.
    let body: [UInt8]?

    init(_ head: HTTPRequestHead, body: [UInt8]? = [], isLoopback: Bool) {
        self.body = body
        method = head.method
        path = String(head.uri.prefix { $0 != "?" })
        let value = head.headers.first(name: "Authorization") ?? ""
        bearer = value.hasPrefix("Bearer ") ? String(value.dropFirst(7)) : nil
        self.isLoopback = isLoopback
    }
}

struct HTTPRoutes: Sendable {
    let context: ServerContext

    /// The room a WebSocket address names; nil when it names none.
    static func room(of uri: String) -> String? {
        let path = uri.prefix { $0 != "?" }
        guard path.hasPrefix("/ws/") else { return nil }
        let name = path.dropFirst(4)
        return name.isEmpty || name.contains("/") ? nil : String(name)
    }

    func answer(_ question: HTTPQuestion) async -> HTTPAnswer {
        do {
            if question.path.hasPrefix("/ws") { return try refuseUpgrade(question) }
            if question.method == .POST, CredentialRoutes.paths.contains(question.path) {
                guard let body = question.body else {
                    return try context.refusal(
                        .payloadTooLarge, .payloadTooLarge,
                        "the body has more than \(CredentialRoutes.bytesMax) bytes")
                }
                return try await CredentialRoutes(context: context).answer(question.path, body)
            }
            guard question.method == .GET || question.method == .HEAD else {
                return try context.refusal(
                    .methodNotAllowed, .protocolUnsupportedCommand, "GET only")
            }
            switch question.path {
            case "/health":
                let health = context.health()
                return try .json(health.status.http, health)
            case "/ready": return try ready()
            case "/v1/identity":
                return try .json(.ok, ["instance": context.instance])
            case "/metrics": return try await metrics(question)
            case "/": return try page()
            default:
                return try context.refusal(
                    .notFound, .protocolUnsupportedCommand, "there is nothing at this address")
            }
        } catch {
            context.logger.error("a request failed", metadata: ["why": "\(error)"])
            return HTTPAnswer(
                status: .internalServerError, contentType: "application/json",
                body: "{\"class\":\"reject.server_overload\",\"message\":\"the ledger fails\"}\n")
        }
    }

    /// Why this was not upgraded; the upgrade itself never comes here.
    private func refuseUpgrade(_ question: HTTPQuestion) throws -> HTTPAnswer {
        guard let room = Self.room(of: question.path) else {
            return try context.refusal(
                .badRequest, .protocolInvalidField, "the address is /ws/ROOM")
        }
        guard context.isRegistered(room) else {
            return try context.refusal(
                .notFound, .repositoryNotRegistered,
                "this repository is not registered: run aura mothership register")
        }
        guard context.sessions.count < context.configuration.connectionsMax else {
            return try context.refusal(.serviceUnavailable, .serverOverload, "too many connections")
        }
        return try context.refusal(
            .badRequest, .protocolInvalidMessage, "this address speaks WebSocket only")
    }

    private func ready() throws -> HTTPAnswer {
        // A hello needs the store to be readable, and what follows it needs it writable.
        let status = context.health().status
        return try .json(status.http, ["ready": status == .ok])
    }

    private func metrics(_ question: HTTPQuestion) async throws -> HTTPAnswer {
        if !question.isLoopback {
            let claims: TokenClaims
            do throws(TokenRefusal) {
                claims = try await context.tokens.claims(
                    of: question.bearer, revoked: context.revokedTokens, now: context.clock.now)
            } catch { return try context.refusal(.unauthorized, error.reject, error.message) }
            guard claims.allows(.metrics) || claims.allows(.admin) else {
                return try context.refusal(
                    .forbidden, .capabilityMismatch, "the token lacks the scope metrics.read")
            }
        }
        return HTTPAnswer(
            status: .ok, contentType: "text/plain; version=0.0.4; charset=utf-8",
            body: context.metrics.exposition)
    }

    private func page() throws -> HTTPAnswer {
        let health = context.health()
        let rows = [
            ("instance", String(health.instance.prefix(16))), ("version", health.version),
            ("rooms", "\(health.rooms)"),
            ("records", health.records.map(String.init) ?? "unreadable"),
            ("connections", "\(context.sessions.count)"),
            ("uptime", Duration.seconds(health.uptimeSeconds).brief),
        ].map { "<tr><th>\($0)</th><td>\($1)</td></tr>" }.joined()
        let body = """
            <!doctype html><html lang="en"><head><meta charset="utf-8"><title>aura</title>
            <style>body{font:16px system-ui;margin:3em}th{text-align:left;padding-right:2em}\
            </style></head><body><h1>Mothership: \(health.status.rawValue)</h1><table>\(rows)</table>
            <p><a href="/health">health</a> · <a href="/metrics">metrics</a></p></body></html>
            """
        return HTTPAnswer(
            status: health.status.http, contentType: "text/html; charset=utf-8",
            body: body + "\n")
    }
}

extension Health.Status {
    fileprivate var http: HTTPResponseStatus {
        switch self {
        case .ok: .ok
        case .failing: .serviceUnavailable
        }
    }
}

extension ServerContext {
    /// The answer to a request that is not granted.
    func refusal(
        _ status: HTTPResponseStatus, _ reject: RejectClass, _ message: String
    ) throws -> HTTPAnswer {
        try .json(status, HTTPRefusal(reject: reject, message: message, serverTime: clock.now))
    }
}
