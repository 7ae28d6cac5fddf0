// Tokens of a working copy: the first one from this user's own Mothership, later ones from it or
// over HTTP with the old token and the device's signature.

import LiveProtocol
import Support

extension Enrolment {
    /// What a renewed token grants; never the token itself.
    public struct Renewed: Codable, Sendable {
        public let expiresAt: Timestamp
        public let keyID: String
        public let scopes: [String]
        /// True once a hello with it was welcomed.
        public var proven = false
    }

    /// Obtains a token and keeps it as candidate: the first welcomed hello makes it the token.
    public func obtainToken(_ workspace: Workspace) async throws -> Renewed {
        let folder = try surroundings.userFolder()
        let binding = try DeviceBinding.load(workspace)
        let endpoint = try endpoint(of: workspace)
        try StoredToken.setTornAside(binding.device, in: folder)
        let old =
            try StoredToken.load(binding.device, in: folder)?.issued
            ?? StoredToken.newest(binding.device, in: folder)?.token.issued
        let issued: LocalMothership.IssuedToken
        if let status = try localMothership(for: endpoint, folder) {
            issued = try askLocally(binding)
            try pinOwn(status, endpoint)
        } else if let old {
            issued = try await renew(old, binding, endpoint, folder)
        } else {
            throw noToken
        }
        try StoredToken(issued: issued).saveAsCandidate(binding.device, in: folder)
        return Renewed(expiresAt: issued.expiresAt, keyID: issued.keyID, scopes: issued.scopes)
    }

    private func endpoint(of workspace: Workspace) throws -> MothershipAddress {
        try LiveConfiguration.load(
            workspace.configurationPath, guestTables: SyncHost.guestTables
        ).mothership
    }

    private func askLocally(_ binding: DeviceBinding) throws -> LocalMothership.IssuedToken {
        try askMothership(
            .token, home: nil,
            [
                "room": binding.repository, "device": binding.device.hex, "user": binding.user,
            ]
        ).decode(LocalMothership.IssuedToken.self)
    }

    private func renew(
        _ old: LocalMothership.IssuedToken, _ binding: DeviceBinding,
        _ endpoint: MothershipAddress, _ folder: UserFolder
    ) async throws -> LocalMothership.IssuedToken {
        if let refusal = surroundings.cleartextRefusal(endpoint) { throw refusal }
        var trust = try KnownMotherships(folder).trust(of: endpoint)
        trust.instance = trust.instance ?? old.instance
        return try await CredentialClient(endpoint: endpoint, trust: trust).ask(
            .renew, token: old.token, user: binding.user, room: binding.repository,
            key: try binding.key(in: folder), clock: clock,
            as: LocalMothership.IssuedToken.self
        ).answer
    }

    private var noToken: PlainFailure {
        PlainFailure(
            "token",
            "this working copy has none, and no Mothership of this user runs on this machine "
                + "(\(LocalMothership.socket(home: surroundings.mothershipHome)))",
            nextStep: "run aura mothership start; for one elsewhere, let its operator run "
                + "aura mothership token create, then run aura init --join TOKEN here")
    }

    // MARK: Registering

    /// Registers the repository of `workspace`: at this user's Mothership when it is the one, else
    /// over HTTP, which needs a token of role admin.
    ///
    /// - Parameter home: asks the Mothership of this home and no other.
    public func register(
        _ workspace: Workspace, home: String? = nil, name: String? = nil
    ) async throws -> LocalMothership.Registered {
        let folder = try surroundings.userFolder()
        let binding = try DeviceBinding.load(workspace)
        let endpoint = try endpoint(of: workspace)
        let name = name ?? PathName.last(of: workspace.root)
        let stored = try StoredToken.newest(binding.device, in: folder)?.token.issued
        let isLocal = try home != nil || localMothership(for: endpoint, folder) != nil
        guard !isLocal, let stored else {
            return try askMothership(
                .register, home: home, ["repository": binding.repository, "name": name]
            ).decode(LocalMothership.Registered.self)
        }
        if let refusal = surroundings.cleartextRefusal(endpoint) { throw refusal }
        var trust = try KnownMotherships(folder).trust(of: endpoint)
        trust.instance = trust.instance ?? stored.instance
        return try await CredentialClient(endpoint: endpoint, trust: trust).ask(
            .register, token: stored.token, user: binding.user, room: binding.repository,
            name: name, key: try binding.key(in: folder), clock: clock,
            as: LocalMothership.Registered.self
        ).answer
    }

    // MARK: This user's Mothership

    /// What this user's Mothership says of itself; nil when none answers.
    func runningMothership() -> LocalMothership.Status? {
        // Not running, hanging, or of another release: in each case there is none to ask.
        try? askMothership(.status, home: nil, [:]).decode(LocalMothership.Status.self)
    }

    /// This user's Mothership, unless the address is known to be another one's.
    private func localMothership(
        for endpoint: MothershipAddress, _ folder: UserFolder
    ) throws -> LocalMothership.Status? {
        guard let status = runningMothership() else { return nil }
        let known = try KnownMotherships(folder).pin(of: endpoint)?.instance
        if let known, known != status.instance, !isOwn(status, endpoint) { return nil }
        return status
    }

    /// True when the address is where this user's Mothership itself listens, not a tunnel to it.
    private func isOwn(_ status: LocalMothership.Status, _ endpoint: MothershipAddress) -> Bool {
        endpoint.port == status.port && endpoint.isLoopback
    }

    private func pinOwn(
        _ status: LocalMothership.Status, _ endpoint: MothershipAddress
    ) throws {
        if isOwn(status, endpoint) { try pin(status, at: endpoint) }
    }

    func pin(_ status: LocalMothership.Status, at address: MothershipAddress) throws {
        try KnownMotherships(try surroundings.userFolder()).remember(
            address, LinkTrust(instance: status.instance, certificate: status.certificate),
            origin: .local, now: clock.now)
    }

    func askMothership(
        _ command: LocalMothership.Command, home: String?, _ arguments: [String: String]
    ) throws -> ControlReply {
        let socket = LocalMothership.socket(home: home ?? surroundings.mothershipHome)
        do throws(ControlFailure) {
            return try ControlClient.call(
                path: socket, command: command.rawValue, arguments: arguments)
        } catch {
            guard case .notRunning = error else { throw error }
            throw PlainFailure(
                "mothership", "no Mothership of this user runs on this machine (\(socket))",
                nextStep: "run aura mothership start")
        }
    }

    // MARK: Trust

    /// Puts a fingerprint that a person compared in place of the pinned one: that of the
    /// certificate for `wss`, that of the signing key for `ws`.
    /// The Mothership there must show it now: the pin is made of what answers, so that with a
    /// new certificate the signing key behind it is known as well.
    public func trust(
        _ workspace: Workspace, fingerprint: String
    ) async throws -> PinnedMothership {
        guard let digest = ContentDigest(hex: fingerprint.lowercased()) else {
            throw PlainFailure(
                "fingerprint", "is not 64 hexadecimal digits",
                nextStep: "copy it from aura mothership status on the Mothership's machine",
                exitStatus: .usage)
        }
        let endpoint = try endpoint(of: workspace)
        if let refusal = surroundings.cleartextRefusal(endpoint) { throw refusal }
        let wanted =
            endpoint.isEncrypted
            ? LinkTrust(certificate: digest.hex) : LinkTrust(instance: digest.hex)
        let found = try await CredentialClient(endpoint: endpoint, trust: wanted).identify()
        return try KnownMotherships(try surroundings.userFolder()).replace(
            endpoint,
            LinkTrust(
                instance: found.instance, certificate: found.certificate?.fingerprint),
            origin: .person, now: clock.now)
    }
}
