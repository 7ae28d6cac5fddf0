// From a git working copy to a member of a room: `init`, `register`, tokens.

import Foundation
import Glibc
import LiveProtocol
import Support

/// The surroundings a command runs in: environment and what follows from it.
public struct Surroundings: Sendable {
    public let environment: [String: String]

    public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.environment = environment
    }

    public var mothershipHome: String { LocalMothership.home(environment: environment) }

    public func userFolder() throws(UserFolderFailure) -> UserFolder {
        try UserFolder.resolve(environment: environment)
    }

    /// `user@host` as teammates see it.
    public var userName: String {
        let user =
            environment["AURA_USER"] ?? environment["USER"] ?? environment["LOGNAME"]
            ?? getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "user"
        return "\(user)@\(ProcessInfo.processInfo.hostName)"
    }
}

/// Making a working copy known.
public struct Enrolment: Sendable {
    private let surroundings: Surroundings

    public init(_ surroundings: Surroundings = Surroundings()) { self.surroundings = surroundings }

    /// What `aura init` made.
    public struct Made: Codable, Sendable {
        public let root: String
        public let repository: String
        public let device: DeviceID
        public let endpoint: String
        public let configuration: String
    }

    /// Makes `.aura/` in the repository around `folder`.
    ///
    /// - Parameters:
    ///   - mothership: the address to write; without one this user's running Mothership is
    ///     taken, else the default stays.
    ///   - repository: an id to use where git has no root commit to derive one from.
    public func initialize(
        in folder: String, mothership: String? = nil, repository: String? = nil
    ) throws -> Made {
        let userFolder = try surroundings.userFolder()
        try userFolder.prepare()
        let address = try chosenAddress(mothership)
        let git = try GitRepository.open(at: folder, environment: surroundings.environment)
        let id = try repository ?? git.repositoryID()
        let workspace = try Workspace.create(
            in: folder,
            settings: LiveConfiguration.defaultText(
                mothership: address, room: repository == nil ? nil : id))
        let binding = try DeviceBinding.create(
            workspace, repository: id, user: surroundings.userName, in: userFolder)
        return Made(
            root: workspace.root, repository: id, device: binding.device,
            endpoint: (address ?? LiveConfiguration().mothership).description,
            configuration: workspace.configurationPath)
    }

    /// Registers the repository of `workspace` at the Mothership of this machine.
    public func register(
        _ workspace: Workspace, home: String? = nil, name: String? = nil
    ) throws -> LocalMothership.Registered {
        let binding = try DeviceBinding.load(workspace)
        return try askMothership(
            .register, home: home,
            [
                "repository": binding.repository,
                "name": name ?? PathName.last(of: workspace.root),
            ]
        ).decode(LocalMothership.Registered.self)
    }

    /// What a renewed token grants; never the token itself.
    public struct Renewed: Codable, Sendable {
        public let expiresAt: Timestamp
        public let keyID: String
        public let scopes: [String]
    }

    /// Obtains a token from the Mothership of this machine and stores it.
    public func refreshToken(_ workspace: Workspace) throws -> Renewed {
        let binding = try DeviceBinding.load(workspace)
        let issued = try askMothership(
            .token, home: nil,
            [
                "room": binding.repository, "device": binding.device.hex, "user": binding.user,
            ]
        ).decode(LocalMothership.IssuedToken.self)
        try StoredToken(issued: issued).save(binding.device, in: try surroundings.userFolder())
        return Renewed(expiresAt: issued.expiresAt, keyID: issued.keyID, scopes: issued.scopes)
    }

    private func askMothership(
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

    private func chosenAddress(_ url: String?) throws -> MothershipAddress? {
        if let url {
            switch MothershipAddress.parse(url) {
            case .success(let address): return address
            case .failure(let rule):
                throw PlainFailure(
                    url, rule.rawValue, nextStep: "write ws://HOST:PORT", exitStatus: .usage)
            }
        }
        do {
            let status = try askMothership(.status, home: nil, [:]).decode(
                LocalMothership.Status.self)
            return MothershipAddress(isEncrypted: false, host: status.address, port: status.port)
        } catch {
            return nil  // no Mothership here: the default address stays in force
        }
    }
}
