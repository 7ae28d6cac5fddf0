// Why something was refused, for machines: each class has one retry rule. Words are for people.

/// What a sender may do after a refusal.
public enum RetryRule: String, Codable, Sendable {
    /// Nothing until the token or key changes.
    case afterNewCredential
    /// Nothing until the payload changes.
    case afterNewPayload
    /// Again after a delay that grows.
    case afterBackoff
    /// Again after the sender's view of the ledger was refreshed.
    case afterRefresh
    /// Again after the missing part was fetched.
    case afterFetch
    /// Stop and isolate.
    case never
}

/// The class of a refusal; the raw value is the wire form.
public enum RejectClass: String, Codable, CaseIterable, Sendable {
    case tokenMissing = "unauthorized.token_missing"
    case tokenInvalid = "unauthorized.token_invalid"
    case tokenExpired = "unauthorized.token_expired"
    /// Given out in the future of the Mothership's clock: one of two clocks is wrong.
    case tokenNotYetValid = "unauthorized.token_not_yet_valid"
    case tokenRevoked = "unauthorized.token_revoked"
    /// A one-shot token that another device used before.
    case tokenUsed = "unauthorized.token_used"
    case tokenPeerMismatch = "unauthorized.token_peer_mismatch"
    case tokenRoomMismatch = "unauthorized.token_room_mismatch"
    case capabilityMismatch = "unauthorized.capability_mismatch"
    case hashMismatch = "reject.hash_mismatch"
    case invalidSignature = "reject.signature_rejected"
    case missingParent = "reject.missing_parent"
    case baseMismatch = "reject.base_mismatch"
    case policyViolation = "reject.policy_violation"
    case pathScopeForbidden = "reject.path_scope_forbidden"
    /// The token is good and its scopes do not cover this.
    case authorityRequired = "reject.authority_required"
    case protocolInvalidMessage = "reject.protocol_invalid_message"
    case protocolInvalidField = "reject.protocol_invalid_field"
    case protocolUnsupportedCommand = "reject.protocol_unsupported_command"
    case protocolUnsupportedVersion = "reject.protocol_unsupported_version"
    case protocolHelloTimeout = "reject.protocol_hello_timeout"
    case protocolMessageTooLarge = "reject.protocol_message_too_large"
    case payloadTooLarge = "reject.payload_too_large"
    case repositoryNotRegistered = "reject.repo_not_registered"
    case rateLimitNodes = "reject.rate_limit_nodes"
    case rateLimitBytes = "reject.rate_limit_bytes"
    case serverOverload = "reject.server_overload"
    case serviceRestart = "reject.service_restart"
    case resyncRequired = "reject.broadcast_lagged_resync_required"
    case storeCeilingReached = "reject.store_ceiling_reached"

    /// The word after the last dot, the form a WAL tail prints: `payload_too_large`.
    public var word: String {
        String(
            rawValue[rawValue.index(after: rawValue.lastIndex(of: ".") ?? rawValue.startIndex)...])
    }

    public var retry: RetryRule {
        switch self {
        case .tokenMissing, .tokenInvalid, .tokenExpired, .tokenNotYetValid, .tokenRevoked,
            .tokenUsed, .tokenPeerMismatch, .tokenRoomMismatch, .capabilityMismatch,
            .invalidSignature, .authorityRequired:
            .afterNewCredential
        case .hashMismatch: .never
        case .missingParent: .afterFetch
        case .baseMismatch, .resyncRequired: .afterRefresh
        case .policyViolation, .pathScopeForbidden, .protocolInvalidMessage,
            .protocolInvalidField, .protocolUnsupportedCommand, .protocolUnsupportedVersion,
            .protocolHelloTimeout, .protocolMessageTooLarge, .payloadTooLarge,
            .repositoryNotRegistered:
            .afterNewPayload
        case .rateLimitNodes, .rateLimitBytes, .serverOverload, .serviceRestart,
            .storeCeilingReached:
            .afterBackoff
        }
    }
}

/// WebSocket close codes with one meaning each.
public enum CloseCode: UInt16, Codable, CaseIterable, Sendable {
    case normal = 1000
    case goingAway = 1001
    case messageTooBig = 1009
    case serverOverload = 1011
    case serviceRestart = 1012
    case resyncRequired = 4001
    case tokenExpired = 4002
    case unauthorized = 4003
    case helloTimeout = 4004
    case expectedHello = 4005
    case unsupportedProtocol = 4006
    case frozen = 4007
    case rateLimited = 4008

    public var text: String {
        switch self {
        case .normal: "normal"
        case .goingAway: "going away"
        case .messageTooBig: "message too big"
        case .serverOverload: "server overload"
        case .serviceRestart: "service restart"
        case .resyncRequired: "resync required"
        case .tokenExpired: "token expired"
        case .unauthorized: "unauthorized"
        case .helloTimeout: "hello timeout"
        case .expectedHello: "expected hello"
        case .unsupportedProtocol: "unsupported protocol"
        case .frozen: "frozen"
        case .rateLimited: "rate limit exceeded"
        }
    }
}
