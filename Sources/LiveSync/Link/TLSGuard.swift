// The TLS half of one connection: which certificate is accepted, and why one was not.

import Foundation
import NIOCore
import NIOSSL
import Support
import Synchronization

/// Watches the handshake of one connection.
final class TLSGuard: Sendable {
    private struct Seen {
        var certificate: CertificateFacts?
        var problem: TrustProblem?
        var error: (any Error)?
    }

    private let host: String
    private let pin: String?
    private let clock: any Support.Clock
    private let seen = Mutex(Seen())

    /// - Parameter pin: SHA-256 of the certificate to accept; nil asks the system's authorities.
    init(host: String, pin: String?, clock: any Support.Clock = SystemClock()) {
        self.host = host
        self.pin = pin
        self.clock = clock
    }

    /// The certificate the other side showed, once the handshake has begun.
    var certificate: CertificateFacts? { seen.withLock { $0.certificate } }

    /// Puts TLS below whatever the pipeline gets next.
    func install(on channel: any Channel) throws {
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.minimumTLSVersion = .tlsv12
        if pin != nil { settings.certificateVerification = .noHostnameVerification }
        let context = try NIOSSLContext(configuration: settings)
        let pipeline = channel.pipeline.syncOperations
        if pin != nil {
            try pipeline.addHandler(
                NIOSSLClientHandler(
                    context: context, serverHostname: sniName,
                    customVerificationCallback: { [self] chain, promise in
                        promise.succeed(accepts(chain) ? .certificateVerified : .failed)
                    }))
        } else {
            try pipeline.addHandler(
                NIOSSLClientHandler(context: context, serverHostname: sniName))
        }
        try pipeline.addHandler(TLSErrorKeeper { [self] error in note(error) })
    }

    /// Reads the certificate of a handshake that the system's authorities accepted.
    func finished(on channel: any Channel) throws {
        guard certificate == nil,
            let leaf = try channel.pipeline.syncOperations.nioSSL_peerCertificate()
        else { return }
        let facts = try Self.facts(of: leaf)
        seen.withLock { $0.certificate = facts }
    }

    /// Why the connection ended, when TLS was the reason.
    var close: LinkClose? {
        seen.withLock { seen in
            if let problem = seen.problem { return problem.close() }
            guard let error = seen.error else { return nil }
            let text = String(describing: error)
            let isTrust = text.contains("CERTIFICATE_VERIFY_FAILED")
            return TrustProblem(
                kind: isTrust ? .certificateUntrusted : .handshake,
                presented: seen.certificate?.fingerprint, notAfter: seen.certificate?.notAfter
            ).close(detail: isTrust ? nil : text)
        }
    }

    /// The close with the fingerprint that was shown. The system's judgement does not tell it, and
    /// a person needs it to compare: a second handshake, which accepts nothing, looks.
    static func explained(
        _ close: LinkClose, by endpoint: MothershipAddress
    ) async -> LinkClose {
        guard close.trust?.kind == .certificateUntrusted, close.trust?.presented == nil else {
            return close
        }
        do throws(LinkClose) {
            _ = try await MothershipHTTP.send(
                .GET, "/v1/identity", to: endpoint, trust: LinkTrust(certificate: "none"))
            return close
        } catch {
            guard let presented = error.trust?.presented else { return close }
            return TrustProblem(
                kind: .certificateUntrusted, presented: presented, notAfter: error.trust?.notAfter
            ).close()
        }
    }

    /// An address is no name to ask for; the certificate is then compared with the address.
    private var sniName: String? {
        var buffer = in6_addr()
        let isAddress =
            inet_pton(AF_INET, host, &buffer) == 1 || inet_pton(AF_INET6, host, &buffer) == 1
        return isAddress ? nil : host
    }

    private func accepts(_ chain: [NIOSSLCertificate]) -> Bool {
        // A certificate that cannot be encoded again is none that anybody pinned.
        guard let leaf = chain.first, let facts = try? Self.facts(of: leaf) else { return false }
        let isPinned = facts.fingerprint == pin
        let isOver = facts.notAfter <= clock.now
        seen.withLock { seen in
            seen.certificate = facts
            guard !isPinned || isOver else { return }
            seen.problem = TrustProblem(
                kind: isPinned ? .certificateExpired : .certificateChanged, expected: pin,
                presented: facts.fingerprint, notAfter: facts.notAfter)
        }
        return isPinned && !isOver
    }

    private func note(_ error: any Error) {
        seen.withLock { seen in
            // An end without TLS's goodbye is an ordinary end of the connection.
            if case .uncleanShutdown? = error as? NIOSSLError { return }
            if error is NIOSSLError || error is BoringSSLError {
                seen.error = seen.error ?? error
            }
        }
    }

    private static func facts(of certificate: NIOSSLCertificate) throws -> CertificateFacts {
        CertificateFacts(
            fingerprint: ContentDigest.of(try certificate.toDERBytes()).hex,
            notAfter: Timestamp(seconds: Int64(certificate.notValidAfter)))
    }
}

/// Remembers what TLS complained of; the handlers above see only that the channel closed.
private final class TLSErrorKeeper: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    private let keep: (any Error) -> Void

    init(_ keep: @escaping (any Error) -> Void) { self.keep = keep }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        keep(error)
        context.fireErrorCaught(error)
    }
}
