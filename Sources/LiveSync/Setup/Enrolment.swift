// From a git working copy to a member of a room: `init`, with or without a join token, and
// `register`. Tokens are obtained and renewed in TokenRenewal.swift.

import Glibc
import LiveProtocol
import Support

/// Making a working copy known.
public struct Enrolment: Sendable {
    let surroundings: Surroundings
    let clock: any Clock

    public init(
        _ surroundings: Surroundings = Surroundings(), clock: any Clock = SystemClock()
    ) {
        self.surroundings = surroundings
        self.clock = clock
    }

    /// What `aura init` is asked for.
    public struct Order: Sendable {
        /// The address to write; without one that of the join token is taken, else this user's
        /// running Mothership, else the default stays.
        public var mothership: String?
        /// An id to use where git has no root commit to derive one from.
        public var repository: String?
        /// The text of a join token.
        public var join: String?
        /// Make a new device although there is one; what the old one left is moved aside.
        public var newDevice: Bool

        public init(
            mothership: String? = nil, repository: String? = nil, join: String? = nil,
            newDevice: Bool = false
        ) {
            self.mothership = mothership
            self.repository = repository
            self.join = join
            self.newDevice = newDevice
        }
    }

    /// What `aura init` made.
    public struct Made: Codable, Sendable {
        public let root: String
        public let repository: String
        public let device: DeviceID
        public let endpoint: String
        public let configuration: String
        /// What a join token granted; nil without one.
        public let joined: Joined?
        /// Where the state of the device before was moved; nil when there was none.
        public let movedAside: String?
    }

    /// What a join token granted; never a token.
    public struct Joined: Codable, Sendable {
        public let expiresAt: Timestamp
        public let keyID: String
        public let scopes: [String]
        /// SHA-256 of the Mothership's key and of its certificate, both pinned.
        public let fingerprint: String
        public let certificate: String?
    }

    /// Makes `.aura/` in the repository around `folder`, or gives the one there a token or a new
    /// device. A join token is redeemed before anything in the working copy changes.
    public func initialize(in folder: String, _ order: Order = Order()) async throws -> Made {
        let userFolder = try surroundings.userFolder()
        try userFolder.prepare()
        let claims = try order.join.map { text throws(PlainFailure) in
            try JoinClaims(reading: text)
        }
        let present = try presentWorkspace(folder, order)
        let address = try chosenAddress(order, claims, present)
        let id = try repositoryID(folder, order, present)
        let kept = try present == nil ? keptKey(folder, order, id, userFolder) : nil
        let (key, isNew) = try kept.map { ($0, false) } ?? deviceKey(order, present, userFolder)
        var joined: Joined?
        if let text = order.join, let claims {
            do {
                joined = try await join(
                    text, claims, at: address ?? LiveConfiguration().mothership, room: id,
                    key: key, userFolder)
            } catch {
                if isNew { unlink(userFolder.deviceKeyPath(key.device.hex)) }
                throw error
            }
        }
        let moved = try present.flatMap { try isNew ? PreviousState.moveAside($0, clock) : nil }
        let workspace = try makeWorkspace(folder, order, present, address, id)
        if isNew {
            _ = try DeviceBinding.bind(
                workspace, to: key.device, repository: id, user: surroundings.userName)
        }
        return Made(
            root: workspace.root, repository: id, device: key.device,
            endpoint: (address ?? LiveConfiguration().mothership).description,
            configuration: workspace.configurationPath, joined: joined, movedAside: moved)
    }

    /// The workspace that is there already; only a token or a new device is a reason to touch it.
    private func presentWorkspace(_ folder: String, _ order: Order) throws -> Workspace? {
        let workspace: Workspace
        do throws(WorkspaceFailure) { workspace = try Workspace.find(from: folder) } catch {
            if case .notSetUp = error.problem { return nil }
            throw error
        }
        // One that lost its settings is given them again.
        guard FileAccess.exists(workspace.configurationPath) else { return nil }
        guard order.join != nil || order.newDevice else {
            throw WorkspaceFailure(folder: workspace.root, problem: .alreadySetUp)
        }
        return workspace
    }

    private func chosenAddress(
        _ order: Order, _ claims: JoinClaims?, _ present: Workspace?
    ) throws -> MothershipAddress? {
        if let url = order.mothership { return try Self.address(url) }
        if let claims { return try Self.address(claims.url) }
        if let present {
            return try LiveConfiguration.load(
                present.configurationPath, guestTables: SyncHost.guestTables
            ).mothership
        }
        guard let status = runningMothership() else { return nil }
        let address = try Self.address(status.url)
        try pin(status, at: address)
        return address
    }

    static func address(_ url: String) throws(PlainFailure) -> MothershipAddress {
        switch MothershipAddress.parse(url) {
        case .success(let address): return address
        case .failure(let rule):
            throw PlainFailure(
                url, rule.rawValue, nextStep: "write ws://HOST:PORT or wss://HOST:PORT",
                exitStatus: .usage)
        }
    }

    private func repositoryID(
        _ folder: String, _ order: Order, _ present: Workspace?
    ) throws -> String {
        if let repository = order.repository { return repository }
        // A record that is gone or broken is a reason for a new device, and git knows the rest.
        if let present, let binding = try? DeviceBinding.read(present) { return binding.repository }
        return try GitRepository.open(at: folder, environment: surroundings.environment)
            .repositoryID()
    }

    private func deviceKey(
        _ order: Order, _ present: Workspace?, _ folder: UserFolder
    ) throws -> (key: DeviceKey, isNew: Bool) {
        if let present, !order.newDevice {
            return (try DeviceBinding.load(present).key(in: folder), false)
        }
        if let present { try refuseRunningAgent(present) }
        return (try DeviceBinding.makeKey(in: folder), true)
    }

    /// The key of a working copy whose settings are gone and whose device is not: what the log and
    /// the ledger know of it goes on.
    private func keptKey(
        _ folder: String, _ order: Order, _ repository: String, _ user: UserFolder
    ) throws -> DeviceKey? {
        guard !order.newDevice,
            let workspace = try Workspace.unfinished(around: folder),
            FileAccess.exists(workspace.devicePath)
        else { return nil }
        // A copied folder's record, another repository's, or one whose key is gone, is a reason for a
        // device of its own.
        if let binding = try? DeviceBinding.load(workspace), binding.repository == repository,
            let key = try? binding.key(in: user)  // as above
        {
            return key
        }
        try refuseRunningAgent(workspace)
        return nil
    }

    private func refuseRunningAgent(_ workspace: Workspace) throws {
        guard let record = try workspace.agentRecord(),
            record.root == workspace.root, record.process.isAlive
        else { return }
        throw PlainFailure(
            "agent", "runs here (pid \(record.process.pid))",
            nextStep: "run aura live sync disable first", exitStatus: .busy)
    }

    private func makeWorkspace(
        _ folder: String, _ order: Order, _ present: Workspace?, _ address: MothershipAddress?,
        _ id: String
    ) throws -> Workspace {
        guard let present else {
            return try Workspace.create(
                in: folder,
                settings: LiveConfiguration.defaultText(
                    mothership: address, room: order.repository == nil ? nil : id))
        }
        try present.makeFolders()
        if let address { try EndpointLine.set(address, in: present) }
        return present
    }

    private func join(
        _ text: String, _ claims: JoinClaims, at address: MothershipAddress, room: String,
        key: DeviceKey, _ folder: UserFolder
    ) async throws -> Joined {
        if let refusal = surroundings.cleartextRefusal(address) { throw refusal }
        let known = KnownMotherships(folder)
        let trust = LinkTrust(
            instance: claims.iss, certificate: address.isEncrypted ? claims.cert : nil)
        // Known under this address with another key: said before anything is sent there.
        try known.refuse(address, trust)
        let (issued, identity) = try await CredentialClient(endpoint: address, trust: trust).ask(
            .join, token: text, user: surroundings.userName, room: room, key: key, clock: clock,
            as: LocalMothership.IssuedToken.self)
        let found = LinkTrust(
            instance: claims.iss, certificate: identity.certificate?.fingerprint)
        try StoredToken(issued: issued).saveAsCandidate(key.device, in: folder)
        try known.remember(address, found, origin: .join, now: clock.now)
        return Joined(
            expiresAt: issued.expiresAt, keyID: issued.keyID, scopes: issued.scopes,
            fingerprint: claims.iss, certificate: found.certificate)
    }
}
