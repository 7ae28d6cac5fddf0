// The control socket's side of the agent: reading is answered at once, changing waits its turn.

import Support

extension PeerAgent {
    /// Answers one request of the command line.
    nonisolated func answer(_ request: ControlRequest) async -> ControlReply {
        switch AgentControl.Command(rawValue: request.command) {
        case .status: return .success(await snapshot())
        case .push:
            let retry = request.arguments["retry"] == "yes"
            return await inTurn(.push(retryRefused: retry))
        case .refreshPresence: return await inTurn(.refreshPresence)
        case .resolve:
            guard let choice = ConflictChoice(rawValue: request.arguments["choice"] ?? "") else {
                return .failure(
                    PlainFailure(
                        "choice", "is none of local, remote, dismiss", nextStep: "name one",
                        exitStatus: .usage))
            }
            return await inTurn(.resolve(id: request.arguments["id"] ?? "", choice: choice))
        case .merge:
            let text = request.arguments["text"].map { Array($0.utf8) }
            return await inTurn(.merge(id: request.arguments["id"] ?? "", text: text))
        case .reopen: return await inTurn(.reopen(id: request.arguments["id"] ?? ""))
        case .resolveImpacts: return await inTurn(.resolveImpacts(id: request.arguments["id"]))
        case .reconcile:
            return await inTurn(.reconcile(function: request.arguments["function"] ?? ""))
        case .pull: return await inTurn(.pull(isFull: request.arguments["full"] == "yes"))
        case .reconnect: return await inTurn(.reconnect)
        case .disable: return await inTurn(.disable)
        case nil:
            return .failure(
                PlainFailure(
                    request.command, "is no command of this agent",
                    nextStep: "restart the agent with this release", exitStatus: .usage))
        }
    }

    private nonisolated func inTurn(_ command: AgentCommand) async -> ControlReply {
        await withCheckedContinuation { continuation in
            queue.post(.command(command) { continuation.resume(returning: $0) })
        }
    }

    func takeCommand(
        _ command: AgentCommand, _ reply: @escaping @Sendable (ControlReply) -> Void
    ) async {
        switch command {
        case .push(let retryRefused):
            if retryRefused { work.append(contentsOf: decide(.retryRefused(nil))) }
            policy.reset()
            connect()
            await drain()
            reply(.success(snapshot()))
        case .refreshPresence:
            guard linkFacts.welcome != nil else {
                reply(
                    .failure(
                        PlainFailure(
                            "mothership", "is offline",
                            nextStep: "see aura live sync status --peer mothership")))
                return
            }
            refreshReplies.append(reply)
            send(.presenceRefresh)
        case .resolve(let id, let choice): await resolve(id, choice, reply)
        case .merge(let id, let text): await merge(id, text, reply)
        case .reopen(let id): await reopen(id, reply)
        case .resolveImpacts(let id): await resolveImpacts(id, reply)
        case .reconcile(let function): await reconcile(function, reply)
        case .pull(let isFull): await pull(isFull: isFull, reply)
        case .reconnect:
            policy.reset()
            reconnectNow()
            reply(.success(snapshot()))
        case .disable:
            await feed([.disable])
            send(.bye)
            reply(.success(snapshot()))
            stop()
        }
    }
}
