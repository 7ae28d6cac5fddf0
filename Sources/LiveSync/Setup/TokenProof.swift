// A new token is proven by a hello: by the running agent's when there is one, else by one of our
// own that ends with the welcome.

import LiveProtocol
import Support

extension Enrolment {
    /// How long a proof may take: connection, upgrade and hello.
    private static let proofLimit: Duration = .seconds(20)

    /// Obtains a token and proves it; the old one stays in force until then.
    ///
    /// - Throws: what kept it from being obtained, or ``LinkClose`` with what refused the hello.
    public func refresh(_ workspace: Workspace) async throws -> Renewed {
        let binding = try DeviceBinding.load(workspace)
        let folder = try surroundings.userFolder()
        var renewed = try await obtainToken(workspace)
        if let record = try workspace.agentRecord(), record.process.isAlive {
            try await proveByAgent(renewed.keyID, workspace, binding, folder)
        } else {
            try await proveByHello(renewed.keyID, workspace, binding, folder)
        }
        renewed.proven = true
        return renewed
    }

    /// Lets the agent connect anew and waits until it settled the candidate.
    private func proveByAgent(
        _ keyID: String, _ workspace: Workspace, _ binding: DeviceBinding, _ folder: UserFolder
    ) async throws {
        let control = AgentControl(workspace, clock: clock)
        try await onOwnThread { try control.reconnect() }
        let end = clock.uptime + Self.proofLimit
        while try StoredToken.candidate(binding.device, in: folder)?.issued.keyID == keyID {
            guard clock.uptime < end else {
                let close = try await onOwnThread { try control.status().link.lastClose }
                throw PlainFailure(
                    "token", "is not proven yet: \(close?.message ?? "no answer to the hello")",
                    nextStep: "see aura live sync status --peer mothership; the old token stays",
                    exitStatus: .undetermined)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        guard try StoredToken.load(binding.device, in: folder)?.issued.keyID == keyID else {
            throw PlainFailure(
                "token", "was refused by the Mothership that gave it out; the old one stays",
                nextStep: "see aura live logs tail", exitStatus: .refused)
        }
    }

    private func proveByHello(
        _ keyID: String, _ workspace: Workspace, _ binding: DeviceBinding, _ folder: UserFolder
    ) async throws {
        let configuration = try LiveConfiguration.load(
            workspace.configurationPath, guestTables: SyncHost.guestTables)
        let token = try StoredToken.candidate(binding.device, in: folder)?.issued
        let endpoint = configuration.mothership
        if let refusal = surroundings.cleartextRefusal(endpoint) { throw refusal }
        let room = configuration.room ?? binding.repository
        let link = try await WebSocketLink.connect(
            to: endpoint, room: room, trust: try KnownMotherships(folder).trust(of: endpoint))
        defer { link.close(.normal) }
        let git = try GitRepository.open(
            at: workspace.root, environment: surroundings.environment)
        let branch = try Session.load(workspace)?.branch ?? git.head().branch ?? "HEAD"
        link.send(
            .hello(
                Hello(
                    device: binding.device, user: binding.user, room: room, branch: branch,
                    commit: "", frontier: nil, filterDigest: .of([]), token: token?.token,
                    agentVersion: Release.version)), id: 1)
        do throws(LinkClose) {
            try await welcome(on: link, tokenEnds: token?.expiresAt)
        } catch {
            if error.code == CloseCode.unauthorized.rawValue {
                try StoredToken.discardCandidate(keyID, of: binding.device, in: folder)
            }
            throw error
        }
        try StoredToken.promote(keyID, of: binding.device, in: folder)
    }

    private func welcome(
        on link: WebSocketLink, tokenEnds: Timestamp?
    ) async throws(LinkClose) {
        let late = Task {
            try await Task.sleep(for: Self.proofLimit)
            link.close(.goingAway)
        }
        defer { late.cancel() }
        for await event in link.events {
            switch event {
            case .message(let envelope):
                if case .welcome = envelope.message { return }
            case .undecodable(let failure):
                throw LinkClose(stage: .hello, message: "the answer \(failure.reason)")
            case .closed(let close):
                throw close.judged(
                    tokenEnds: tokenEnds, offset: link.identity.clockOffset, now: clock.now)
            }
        }
        throw LinkClose(stage: .hello, message: "no answer to the hello")
    }
}
