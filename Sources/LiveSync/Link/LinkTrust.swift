// Whom a link expects at its other end, and what it found there.
//
// Two things are pinned: the Mothership's signing key, which it proves on every connection by
// signing a number we chose, and with TLS its certificate. A token is sent only after both held.

import LiveProtocol
import Support

/// What a connection must find.
public struct LinkTrust: Hashable, Sendable {
    /// SHA-256 of the signing key, hexadecimal; nil accepts any, with or without proof.
    public var instance: String?
    /// SHA-256 of the certificate; nil asks the system's authorities about it.
    public var certificate: String?

    public init(instance: String? = nil, certificate: String? = nil) {
        self.instance = instance
        self.certificate = certificate
    }
}

/// A certificate as a connection saw it.
public struct CertificateFacts: Codable, Hashable, Sendable {
    /// SHA-256 of its DER bytes, hexadecimal.
    public var fingerprint: String
    public var notAfter: Timestamp

    public init(fingerprint: String, notAfter: Timestamp) {
        self.fingerprint = fingerprint
        self.notAfter = notAfter
    }
}

/// What a connection found.
public struct LinkIdentity: Hashable, Sendable {
    /// The instance the other side proved to be; nil when it proved none.
    public var instance: String?
    /// Its clock minus ours.
    public var clockOffset: Duration?
    /// Nil without TLS.
    public var certificate: CertificateFacts?
}

/// Why the other end was not trusted.
public struct TrustProblem: Codable, Hashable, Sendable {
    /// What spoke against it.
    public enum Kind: String, Codable, Sendable {
        /// Another certificate than the pinned one.
        case certificateChanged = "certificate_changed"
        /// Not pinned, and no authority of this system vouches for it.
        case certificateUntrusted = "certificate_untrusted"
        /// Its time is over.
        case certificateExpired = "certificate_expired"
        /// TLS did not come about for another reason.
        case handshake = "handshake"
        /// Another signing key than the pinned one.
        case keyChanged = "key_changed"
        /// No proof of the pinned signing key.
        case keyUnproven = "key_unproven"
    }

    public var kind: Kind
    /// The pinned fingerprint.
    public var expected: String?
    /// The fingerprint that was shown.
    public var presented: String?
    /// Of the certificate that was shown.
    public var notAfter: Timestamp?

    public init(
        kind: Kind, expected: String? = nil, presented: String? = nil, notAfter: Timestamp? = nil
    ) {
        self.kind = kind
        self.expected = expected
        self.presented = presented
        self.notAfter = notAfter
    }

    /// The close of a link that ended by this.
    func close(detail: String? = nil) -> LinkClose {
        var close = LinkClose(
            stage: kind == .keyChanged || kind == .keyUnproven ? .identity : .tls,
            message: detail.map { "\(words): \($0)" } ?? words)
        close.trust = self
        return close
    }

    private var words: String {
        let (wanted, seen) = (expected ?? "none", presented ?? "none")
        return switch kind {
        case .certificateChanged:
            "the certificate is not the pinned one: expected \(wanted), presented \(seen)"
        case .certificateUntrusted:
            "the certificate is not pinned and no authority of this system vouches for it: "
                + "presented \(seen)"
        case .certificateExpired:
            "the certificate ended at \(notAfter?.iso8601 ?? "an unknown time"): presented \(seen)"
        case .handshake: "TLS did not come about"
        case .keyChanged:
            "the Mothership's key is not the pinned one: expected \(wanted), presented \(seen)"
        case .keyUnproven:
            "the other side does not prove the pinned Mothership's key: expected \(wanted)"
        }
    }
}

extension LinkTrust {
    /// A fresh number for the other side to sign.
    static func nonce() -> String { RandomBytes.name() }

    /// Judges the proof in an answer.
    ///
    /// - Parameters:
    ///   - sent: when the request left, by our clock.
    ///   - received: when the answer came.
    func identity(
        proof header: String?, nonce: String, sent: Timestamp, received: Timestamp
    ) throws(LinkClose) -> LinkIdentity {
        guard let identity = header.flatMap(ServerIdentity.init(header:)),
            let proven = identity.instance(provenFor: nonce)
        else {
            guard instance == nil else {
                throw TrustProblem(kind: .keyUnproven, expected: instance).close()
            }
            return LinkIdentity()
        }
        guard instance == nil || instance == proven else {
            throw TrustProblem(kind: .keyChanged, expected: instance, presented: proven).close()
        }
        let middle = sent + received.since(sent) / 2
        return LinkIdentity(instance: proven, clockOffset: identity.serverTime.since(middle))
    }
}
