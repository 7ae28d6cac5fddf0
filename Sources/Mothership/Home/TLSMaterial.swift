// Certificate and key of the listener: named in config.toml, or made once and kept in the home.
//
// Peers pin the SHA-256 of the certificate, so a made one is never replaced without being asked:
// a new certificate is a new identity for everybody who joined.

import Crypto
import Foundation
import NIOSSL
import Support
import SwiftASN1
import X509

/// What the listener shows and signs with.
public struct TLSMaterial: Sendable {
    /// SHA-256 of the certificate's DER bytes, hexadecimal.
    public let fingerprint: String
    /// When the certificate ends.
    public let notAfter: Timestamp
    let context: NIOSSLContext

    /// A made certificate ends after this: the longest life that browsers accept from a public
    /// authority, which people are used to renewing within.
    public static let selfSignedLifetime: Duration = .seconds(398 * 86_400)

    /// The material the configuration asks for; nil when it asks for none.
    ///
    /// - Throws: ``PlainFailure`` naming the file that is missing, unreadable or over.
    public static func load(
        _ configuration: MothershipConfiguration, home: MothershipHome, now: Timestamp
    ) throws -> TLSMaterial? {
        switch configuration.tls {
        case nil: return nil
        case .selfSigned:
            if !FileAccess.exists(home.certificate) || !FileAccess.exists(home.certificateKey) {
                try make(home, now: now)
            }
            return try TLSMaterial(home.certificate, key: home.certificateKey, now: now)
        case .files(let certificate, let key):
            return try TLSMaterial(
                path(certificate, in: home), key: path(key, in: home), now: now)
        }
    }

    init(_ certificatePath: String, key keyPath: String, now: Timestamp) throws {
        let chain: [NIOSSLCertificate]
        let key: NIOSSLPrivateKey
        do {
            chain = try NIOSSLCertificate.fromPEMBytes(
                try FileAccess.read(certificatePath, limit: 1 << 20))
        } catch { throw Self.unreadable(certificatePath, "certificate", error) }
        do {
            key = try NIOSSLPrivateKey(
                bytes: try FileAccess.read(keyPath, limit: 1 << 20), format: .pem)
        } catch { throw Self.unreadable(keyPath, "private key", error) }
        guard let leaf = chain.first else {
            throw PlainFailure(
                certificatePath, "holds no certificate", nextStep: "put a PEM certificate there")
        }
        fingerprint = ContentDigest.of(try leaf.toDERBytes()).hex
        notAfter = Timestamp(seconds: Int64(leaf.notValidAfter))
        guard now < notAfter else {
            throw PlainFailure(
                certificatePath, "ended at \(notAfter.iso8601)",
                nextStep: "renew it, tell everybody its new fingerprint; one that "
                    + "start --tls made is made again once both files are moved aside",
                exitStatus: .refused)
        }
        var settings = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        settings.minimumTLSVersion = .tlsv12
        do { context = try NIOSSLContext(configuration: settings) } catch {
            throw PlainFailure(
                keyPath, "is not the key of \(certificatePath)",
                nextStep: "put the key there that the certificate was made with")
        }
    }

    /// The fingerprint of the certificate a configuration names; nil without TLS, and for a file
    /// that cannot be read, about which the start has its own words.
    static func fingerprint(
        _ configuration: MothershipConfiguration, home: MothershipHome
    ) -> String? {
        let file: String
        switch configuration.tls {
        case nil: return nil
        case .selfSigned: file = home.certificate
        case .files(let certificate, _): file = path(certificate, in: home)
        }
        // As said above.
        let leaf = try? NIOSSLCertificate.fromPEMBytes(
            try FileAccess.read(file, limit: 1 << 20)
        ).first?.toDERBytes()
        return leaf.map { ContentDigest.of($0).hex }
    }

    /// Makes a certificate for this host and its loopback names, signed by itself.
    static func make(
        _ home: MothershipHome, lifetime: Duration = selfSignedLifetime, now: Timestamp
    ) throws {
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName("aura mothership") }
        // An hour earlier, for peers whose clock is a little behind.
        let start = Date(timeIntervalSince1970: Double(now.rawValue) / 1000 - 3600)
        let end = Date(
            timeIntervalSince1970: Double((now + lifetime).rawValue) / 1000)
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PublicKey(key.publicKey), notValidBefore: start,
            notValidAfter: end, issuer: name, subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                SubjectAlternativeNames(names)
            },
            issuerPrivateKey: Certificate.PrivateKey(key))
        let text = try certificate.serializeAsPEM().pemString + "\n"
        // The key first: a certificate without its key would look like a finished pair.
        try FileAccess.replace(
            home.certificateKey, with: Array((key.pemRepresentation + "\n").utf8), mode: 0o600)
        try FileAccess.replace(home.certificate, with: Array(text.utf8), mode: 0o644)
    }

    private static var names: [GeneralName] {
        let host = ProcessInfo.processInfo.hostName
        return [
            .dnsName("localhost"), .dnsName(host),
            .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
            .ipAddress(
                ASN1OctetString(contentBytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])),
        ]
    }

    private static func path(_ name: String, in home: MothershipHome) -> String {
        name.hasPrefix("/") ? name : home.root + "/" + name
    }

    private static func unreadable(
        _ path: String, _ what: String, _ error: any Error
    ) -> PlainFailure {
        let reason = (error as? any Failure)?.reason ?? "is no PEM \(what)"
        return PlainFailure(
            path, reason, nextStep: "check [server.tls] in config.toml", exitStatus: .usage)
    }
}
