// The Motherships this user has met, by address. What stands here is believed from then on; what
// differs from it is refused until the person says that the change is meant.

import Glibc
import Support

/// A Mothership as it was first met.
public struct PinnedMothership: Codable, Hashable, Sendable {
    /// How it was met.
    public enum Origin: String, Codable, Sendable {
        /// Its join token named it.
        case join
        /// It is this user's own, on this machine.
        case local
        /// A person compared the fingerprint.
        case person
    }

    public var address: String
    /// SHA-256 of its signing key; nil when only a certificate was confirmed.
    public var instance: String?
    /// SHA-256 of its certificate; nil without TLS.
    public var certificate: String?
    public var pinnedAt: Timestamp
    public var origin: Origin

    public init(
        address: String, instance: String?, certificate: String?, pinnedAt: Timestamp,
        origin: Origin
    ) {
        self.address = address
        self.instance = instance
        self.certificate = certificate
        self.pinnedAt = pinnedAt
        self.origin = origin
    }

    public var trust: LinkTrust { LinkTrust(instance: instance, certificate: certificate) }
}

/// The pins of a user.
public struct KnownMotherships: Sendable {
    private let folder: UserFolder

    public init(_ folder: UserFolder) { self.folder = folder }

    /// The pin of an address; nil for one this user has not met.
    public func pin(of address: MothershipAddress) throws -> PinnedMothership? {
        let path = path(address)
        guard FileAccess.exists(path) else { return nil }
        do {
            return try JSONText.decode(PinnedMothership.self, from: try folder.readPrivate(path))
        } catch is DecodingError {
            throw PlainFailure(
                path, "is no record of a Mothership",
                nextStep: "move that file aside and compare fingerprints with the operator")
        }
    }

    /// What a connection to an address must find.
    public func trust(of address: MothershipAddress) throws -> LinkTrust {
        try pin(of: address)?.trust ?? LinkTrust()
    }

    /// Remembers a Mothership that was met in a trusted way, or refuses it when another is known.
    ///
    /// - Throws: ``PlainFailure`` naming both fingerprints.
    func remember(
        _ address: MothershipAddress, _ trust: LinkTrust, origin: PinnedMothership.Origin,
        now: Timestamp
    ) throws {
        try refuse(address, trust)
        let known = try pin(of: address)
        let merged = LinkTrust(
            instance: trust.instance ?? known?.instance,
            certificate: trust.certificate ?? known?.certificate)
        if known?.trust == merged { return }
        try replace(address, merged, origin: origin, now: now)
    }

    /// Refuses a Mothership that differs from the known one.
    func refuse(_ address: MothershipAddress, _ trust: LinkTrust) throws {
        guard let known = try pin(of: address) else { return }
        try refuseChange("key", known.instance, trust.instance, at: address)
        try refuseChange("certificate", known.certificate, trust.certificate, at: address)
    }

    /// Puts a pin in place of the old one: a person said so.
    @discardableResult
    func replace(
        _ address: MothershipAddress, _ trust: LinkTrust, origin: PinnedMothership.Origin,
        now: Timestamp
    ) throws -> PinnedMothership {
        try folder.prepare()
        try FileAccess.makeFolder(folder.knownMothershipsPath, mode: 0o700)
        let pin = PinnedMothership(
            address: address.description, instance: trust.instance,
            certificate: trust.certificate, pinnedAt: now, origin: origin)
        try folder.writePrivate(
            Array((try JSONText.encode(pin, pretty: true) + "\n").utf8), to: path(address))
        return pin
    }

    private func refuseChange(
        _ what: String, _ known: String?, _ met: String?, at address: MothershipAddress
    ) throws(PlainFailure) {
        guard let known, let met, known != met else { return }
        throw PlainFailure(
            "\(address)",
            "has another \(what) than the one that is known: known \(known), now \(met)",
            nextStep: "ask the operator on a second channel; if the change is meant, "
                + "run aura live auth trust --fingerprint \(met)",
            exitStatus: .refused)
    }

    /// Host and port name the file, with and without TLS: a Mothership that stops encrypting is
    /// still known.
    private func path(_ address: MothershipAddress) -> String {
        // An address may hold "%" and ":", never "/".
        "\(folder.knownMothershipsPath)/\(address.host)_\(address.port)"
    }
}
