// Which token a hello presents, and what its answer means for the token: a new one is a candidate
// until it was welcomed, and gives way to the old one when it was refused.

import LiveProtocol
import Support

extension PeerAgent {
    /// The newest token, noted as the one this connection presented; nil when there is none.
    func presentedToken() -> String? {
        linkFacts.candidate = nil
        do {
            guard
                let (stored, isCandidate) = try StoredToken.newest(
                    parts.binding.device, in: parts.userFolder)
            else { return nil }
            linkFacts.tokenExpiresAt = stored.issued.expiresAt
            linkFacts.tokenInstance = stored.issued.instance
            if isCandidate { linkFacts.candidate = stored.issued.keyID }
            return stored.issued.token
        } catch {
            parts.logger.error("the token cannot be read: \(error)")
            return nil
        }
    }

    /// True when the link is up, or nothing is under way that could bring it up at once.
    var isLinkSettled: Bool {
        if linkFacts.welcome != nil { return true }
        return linkFacts.lastClose != nil && !linkFacts.isRenewing && !isConnecting && link == nil
    }

    /// The request for a new token came to its end.
    func takeRenewal(succeeded: Bool) {
        linkFacts.isRenewing = false
        if succeeded { reconnectNow() }
    }

    /// What follows an end of the link.
    func reaction(to close: LinkClose) -> LinkReaction {
        if linkFacts.isReconnecting {
            linkFacts.isReconnecting = false
            return .retry(after: .zero)
        }
        let isRefused = close.code == CloseCode.unauthorized.rawValue
        if isRefused, linkFacts.candidate != nil, fallBackToProvenToken() {
            return .retry(after: .zero)
        }
        return policy.ended(close, at: clock.uptime, using: &generator)
    }

    /// The hello with the candidate was welcomed.
    func promoteCandidate() {
        guard let candidate = linkFacts.candidate else { return }
        linkFacts.candidate = nil
        do {
            try StoredToken.promote(
                candidate, of: parts.binding.device, in: parts.userFolder)
        } catch {
            parts.logger.error("the new token cannot be put in place: \(error)")
        }
    }

    /// The hello with the candidate was refused.
    ///
    /// - Returns: false when there is no older token to go back to.
    private func fallBackToProvenToken() -> Bool {
        guard let candidate = linkFacts.candidate else { return false }
        linkFacts.candidate = nil
        let (device, folder) = (parts.binding.device, parts.userFolder)
        do {
            return try StoredToken.discardCandidate(candidate, of: device, in: folder)
        } catch {
            parts.logger.error("the refused token cannot be put aside: \(error)")
            return false
        }
    }

    /// Ends the connection, if there is one, and makes the next at once.
    func reconnectNow() {
        if let link {
            linkFacts.isReconnecting = true
            link.close(.normal)
        } else {
            connect()
        }
    }

    /// Asks for a new token: this user's own Mothership, else the remote one over HTTP.
    func renewToken() {
        linkFacts.isRenewing = true
        let (workspace, surroundings, queue, logger) = (
            parts.workspace, parts.surroundings, queue, parts.logger
        )
        // Asking this user's own Mothership blocks its thread.
        Task(executorPreference: OwnThreads.shared) {
            do {
                _ = try await Enrolment(surroundings).obtainToken(workspace)
                queue.post(.tokenRenewed(true))
            } catch {
                logger.error("no new token: \(error)")
                queue.post(.tokenRenewed(false))
            }
        }
    }
}
