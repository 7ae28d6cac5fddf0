// What reaches the agent's one loop.

import Support

/// An input of the agent.
enum AgentEvent: Sendable {
    /// Time has passed; comes at least once a second.
    case pulse
    /// Something happened in the tree; `at` is when it was taken from the watcher; a busy agent hears of it later.
    case watch(WatchEvent, at: Duration)
    /// A connection is open; the number tells it from earlier ones.
    case connected(WebSocketLink, attempt: Int)
    case connectFailed(LinkClose, attempt: Int)
    case link(LinkEvent, attempt: Int)
    /// Something the core asked for later.
    case core(PeerEvent)
    case command(AgentCommand, reply: @Sendable (ControlReply) -> Void)
    case tokenRenewed(Bool)
    /// Git may have settled; that is looked at before every event.
    case lookAtGit
    case stop
}

/// Commands that change something; reading the status is no event.
enum AgentCommand: Sendable {
    case push(retryRefused: Bool)
    case refreshPresence
    case resolve(id: String, choice: ConflictChoice)
    /// Ends a conflict with this text, or with both versions side by side.
    case merge(id: String, text: [UInt8]?)
    case reopen(id: String)
    /// One impact, or with nil all of them.
    case resolveImpacts(id: String?)
    case reconcile(function: String)
    case pull(isFull: Bool)
    /// Connect anew, now.
    case reconnect
    case disable
}
