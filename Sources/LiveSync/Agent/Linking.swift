// The link's part of the loop: connecting, hello, what the Mothership sends, presence, and the
// reaction to an end.

import LiveProtocol
import SourceAnalysis
import Support

/// What the agent knows of its link.
struct LinkFacts {
    static let recentCount = 20

    var welcome: Welcome?
    var lastSeen: Timestamp?
    var downSince: Timestamp?
    var upSince: Timestamp?
    /// When the upgrade was done and the hello went out.
    var helloSent: Duration?
    var retryAt: Duration?
    var lastClose: LinkClose?
    var roundTrips: [Duration] = []
    /// The Mothership's clock minus ours, as it was at ``offsetMeasured``.
    var clockOffset: Duration?
    var offsetMeasured: ClockMoment?
    var pingSent: (nonce: UInt64, at: Duration)?
    var nextPing = Duration.zero
    var unanswered = 0
    var nextBeat = Duration.zero
    var tokenExpiresAt: Timestamp?
    /// The candidate that the hello of this connection presented; nil when it was the proven one.
    var candidate: String?
    /// The next end of the link is our own wish.
    var isReconnecting = false
    /// A new token is being asked for.
    var isRenewing = false
    /// The certificate that was last seen, also while the link is down.
    var certificate: CertificateFacts?
    var tokenInstance: String?
    var recentCloses: [RecentClose] = []
    var recentUps: [Timestamp] = []
    /// Deliveries that were not taken since the agent started.
    var refusedDeliveries: [RefusedDelivery] = []
    /// Sets that went out on this link, and the highest place that one of them was given.
    var pushedSets: Set<ChangeSetID> = []
    var highestAnswer: UInt64 = 0
    /// Answers to pushes that never went out on this link.
    var strangeAnswers: [LostAnswer] = []

    /// The offset now: ours may have been set since it was measured, theirs is taken to go on.
    func clockOffset(by clock: any Support.Clock) -> Duration? {
        guard let clockOffset, let offsetMeasured else { return clockOffset }
        let step = clock.step(since: offsetMeasured)
        // Two readings are not of one instant; what is within that is no step.
        return abs(step.milliseconds) < 50 ? clockOffset : clockOffset - step
    }

    var roundTripP95: Double? { roundTrips.map { $0.seconds * 1000 }.percentile(0.95) }
}

extension PeerAgent {
    /// From one ping to the next, 30 s unless set: long enough for two to be answered late.
    var pingPeriod: Duration { pingLimit * 3 }
    /// A ping without an answer for this long counts as missed.
    var pingLimit: Duration { parts.configuration.presence.ping }
    /// Time from the hello to the welcome.
    static let helloLimit = Duration.seconds(15)
    /// How long an end of a link is remembered, and how many.
    static let closeMemory = (age: Duration.seconds(600), count: 64)

    // MARK: Connecting

    /// Starts an attempt unless one runs or the link is up.
    func connect() {
        guard link == nil, !isConnecting, writeProblem == nil else { return }
        isConnecting = true
        attempt += 1
        linkFacts.retryAt = nil
        let (queue, number) = (queue, attempt)
        let (address, room) = (parts.configuration.mothership, parts.room)
        let trust: LinkTrust
        do { trust = try KnownMotherships(parts.userFolder).trust(of: address) } catch {
            let failure = error as? any Failure
            var close = LinkClose(stage: .identity, message: failure?.description ?? "\(error)")
            close.ownStep = failure?.nextStep
            return queue.post(.connectFailed(close, attempt: attempt))
        }
        Task {
            do throws(LinkClose) {
                let link = try await WebSocketLink.connect(to: address, room: room, trust: trust)
                queue.post(.connected(link, attempt: number))
                for await event in link.events { queue.post(.link(event, attempt: number)) }
            } catch {
                queue.post(.connectFailed(error, attempt: number))
            }
        }
    }

    func takeConnection(_ link: WebSocketLink, _ attempt: Int) {
        guard attempt == self.attempt else { return link.close(.normal) }
        isConnecting = false
        self.link = link
        if let offset = link.identity.clockOffset {
            linkFacts.clockOffset = offset
            linkFacts.offsetMeasured = clock.moment
        }
        linkFacts.certificate = link.identity.certificate
        linkFacts.helloSent = clock.uptime
        let token = presentedToken()
        send(
            .hello(
                Hello(
                    device: parts.binding.device, user: parts.binding.user, room: parts.room,
                    branch: parts.branch, commit: lastCommit, frontier: core.state.frontier,
                    ownThrough: core.state.rereadThrough, position: core.state.position,
                    filterDigest: parts.scope.filter.digest, token: token,
                    agentVersion: Release.version)))
    }

    func send(_ message: PeerMessage) {
        messageNumber += 1
        link?.send(message, id: messageNumber)
    }

    // MARK: Messages

    func takeLink(_ event: LinkEvent) async {
        switch event {
        case .message(let envelope):
            linkFacts.lastSeen = clock.now
            await takeMessage(envelope.message)
        case .undecodable(let failure):
            parts.logger.error("a message cannot be read: \(failure)")
        case .closed(let close):
            await linkEnded(close)
        }
    }

    private func takeMessage(_ message: ServerMessage) async {
        switch message {
        case .welcome(let welcome): await takeWelcome(welcome)
        case .error(let notice): takeError(notice)
        case .pack(let pack): takePack(pack)
        case .packAck(let result):
            noteAnswer(result)
            takeAnswer(to: result.changeSet)
            work.append(contentsOf: decide(.pushResult(result)))
        case .presence(let rows):
            for row in rows { presence[row.presence.device] = row }
        case .presenceLeave(let device, _): presence[device] = nil
        case .presenceRefreshed(let answered, let demoted):
            // Whoever did not answer is not there, also when nobody said so: a notice that somebody
            // left can get lost.
            let here = Set(answered).union([parts.binding.device])
            presence = presence.filter { here.contains($0.key) }
            answerRefresh(RefreshAnswer(answered: answered.count, demoted: demoted.count))
        case .impact(let notice): takeImpact(notice)
        case .ping(let nonce): send(.pong(nonce: nonce))
        case .pong(let nonce, let serverTime): takePong(nonce, serverTime)
        }
    }

    private func takeWelcome(_ welcome: Welcome) async {
        linkFacts.welcome = welcome
        linkFacts.downSince = nil
        linkFacts.upSince = clock.now
        linkFacts.helloSent = nil
        linkFacts.unanswered = 0
        linkFacts.pingSent = nil
        linkFacts.nextPing = .zero
        linkFacts.nextBeat = .zero
        presence = [:]
        let now = clock.now
        linkFacts.recentUps.append(now)
        linkFacts.recentUps.removeAll { now.since($0) > Self.closeMemory.age }
        linkFacts.recentUps = linkFacts.recentUps.suffix(Self.closeMemory.count)
        (linkFacts.pushedSets, linkFacts.highestAnswer) = ([], 0)
        linkFacts.strangeAnswers = []
        policy.established(at: clock.uptime)
        promoteCandidate()
        parts.logger.info(
            "online", metadata: ["instance": "\(welcome.instance)", "epoch": "\(welcome.epoch)"])
        work.append(contentsOf: decide(.linkUp(welcome)))
        pulseLink()
    }

    private func takeError(_ notice: ErrorNotice) {
        parts.logger.warning(
            "refused by the Mothership",
            metadata: ["class": "\(notice.reject.rawValue)", "message": "\(notice.message)"])
        if let number = notice.reference, let pack = sentPacks[number] {
            takeAnswer(to: pack.set)
            work.append(contentsOf: decide(.pushRefused(pack.set, notice.reject)))
        }
    }

    private func takePack(_ pack: Pack) {
        let delivery: Delivery
        do throws(EnvelopeFailure) { delivery = try pack.unpack(Delivery.self) } catch {
            parts.logger.error("a delivery cannot be read: \(error)")
            link?.close(.normal)
            return
        }
        let authentic = delivery.sets.filter(\.signed.isAuthentic)
        if authentic.count < delivery.sets.count {
            parts.logger.error("delivered change sets with a wrong signature were left out")
        }
        noteRefused(delivery)
        work.append(
            contentsOf: decide(
                .delivery(
                    Delivery(after: delivery.after, through: delivery.through, sets: authentic))))
    }

    /// Calls that the language resolves count; only where there are none, those that a name
    /// suggests are told, as what they are.
    private func takeImpact(_ notice: ImpactNotice) {
        let known = calls.callers(of: notice.function)
        let name = UnitName.parts(of: notice.qualifiedName).last ?? ""
        let all =
            core.index.places[notice.function] == nil
            ? calls.callers(
                ofName: name, qualifiedName: notice.qualifiedName, path: notice.path) : known
        let resolved = all.filter { $0.certainty == .resolved }
        let callers = (resolved.isEmpty ? all : resolved).map(\.caller)
        guard !callers.isEmpty else { return }
        work.append(
            contentsOf: decide(
                .impact(
                    notice, callers: callers, resolved.isEmpty ? .suspected : .resolved)))
    }

    private func takePong(_ nonce: UInt64, _ serverTime: Timestamp) {
        guard let sent = linkFacts.pingSent, sent.nonce == nonce else { return }
        let roundTrip = clock.uptime - sent.at
        linkFacts.pingSent = nil
        linkFacts.unanswered = 0
        linkFacts.roundTrips.append(roundTrip)
        if linkFacts.roundTrips.count > LinkFacts.recentCount { linkFacts.roundTrips.removeFirst() }
        linkFacts.clockOffset = serverTime.since(clock.now) + roundTrip / 2
        linkFacts.offsetMeasured = clock.moment
    }

    // MARK: The end of a link

    func linkEnded(_ ended: LinkClose) async {
        var close = ended.judged(
            tokenEnds: linkFacts.tokenExpiresAt, offset: linkFacts.clockOffset(by: clock),
            now: clock.now)
        // Before the welcome there is no session that could have ended.
        if linkFacts.welcome == nil, close.stage == .session { close.stage = .hello }
        isConnecting = false
        link = nil
        attempt += 1  // late events of this connection are nobody's any more
        if linkFacts.downSince == nil { linkFacts.downSince = clock.now }
        linkFacts.welcome = nil
        linkFacts.upSince = nil
        linkFacts.helloSent = nil
        linkFacts.lastClose = close
        linkFacts.pingSent = nil
        rememberClose(close)
        (sentPacks, newestAnswer) = ([:], 0)
        for reply in refreshReplies { reply(.failure(close)) }
        refreshReplies = []
        await feed([.linkDown])
        if wantsNewLink {
            wantsNewLink = false
            return connect()
        }
        if let seen = close.trust?.presented, let end = close.trust?.notAfter {
            linkFacts.certificate = CertificateFacts(fingerprint: seen, notAfter: end)
        }
        let reaction = reaction(to: close)
        // A session that was cut off goes on in the next; who waits hears when there is none.
        if close.stage != .session || !reaction.isRetry { failPending(close) }
        parts.logger.notice(
            "offline", metadata: ["why": "\(close.message)", "reaction": "\(reaction)"])
        switch reaction {
        case .retry(.zero): connect()
        case .retry(let delay): linkFacts.retryAt = clock.uptime + delay
        case .refreshToken(let delay):
            linkFacts.retryAt = clock.uptime + delay
            renewToken()
        case .halt: linkFacts.retryAt = nil
        }
    }

    private func rememberClose(_ close: LinkClose) {
        let now = clock.now
        linkFacts.recentCloses.append(RecentClose(code: close.code, at: now))
        linkFacts.recentCloses.removeAll { now.since($0.at) > Self.closeMemory.age }
        linkFacts.recentCloses = linkFacts.recentCloses.suffix(Self.closeMemory.count)
    }

    /// What of a delivery will not be taken: a wrong signature, a path that leaves the tree.
    private func noteRefused(_ delivery: Delivery) {
        var refused: [RefusedDelivery] = []
        for set in delivery.sets.map(\.signed) {
            let device = set.device.short
            guard set.isAuthentic else {
                refused.append(
                    RefusedDelivery(reason: .signature, device: device, about: "", at: clock.now))
                continue
            }
            // What cannot be decoded ends the link, which says so itself.
            let changes = (try? set.changeSet())?.changes ?? []
            if let change = changes.first(where: { TreePath.brokenRule($0.path) != nil }) {
                refused.append(
                    RefusedDelivery(
                        reason: .path, device: device, about: change.path, at: clock.now))
            }
        }
        linkFacts.refusedDeliveries = (linkFacts.refusedDeliveries + refused)
            .suffix(LinkFacts.recentCount)
    }

    // MARK: Due by time

    func pulseLink() {
        let now = clock.uptime
        if let retryAt = linkFacts.retryAt, now >= retryAt { connect() }
        if let sent = linkFacts.helloSent, now - sent > Self.helloLimit {
            linkFacts.helloSent = nil
            link?.close(.goingAway)
        }
        guard linkFacts.welcome != nil else { return }
        if let sent = linkFacts.pingSent, now - sent.at > pingLimit {
            linkFacts.pingSent = nil
            linkFacts.unanswered += 1
            linkFacts.nextPing = now
            if linkFacts.unanswered >= 2 {
                link?.close(.goingAway)
                return
            }
        }
        chaseAnswers()
        if linkFacts.pingSent == nil, now >= linkFacts.nextPing {
            messageNumber += 1
            linkFacts.pingSent = (messageNumber, now)
            linkFacts.nextPing = now + pingPeriod
            send(.ping(nonce: messageNumber))
        }
        if now >= linkFacts.nextBeat {
            linkFacts.nextBeat = now + parts.configuration.presence.heartbeat
            sendBeat()
        }
    }

    /// Says that this peer lives, and what it edits.
    private func sendBeat() {
        guard link?.isWritable == true else { return }
        let window = parts.configuration.presence.heartbeat
        if let last = editing?.last, clock.now.since(last) > window { editing = nil }
        let own = Presence(
            device: parts.binding.device, user: parts.binding.user, branch: parts.branch,
            state: editing == nil ? .online : .editing, function: editing?.function,
            editingSince: editing?.since, sentAt: clock.now)
        send(.presence(own))
        ownPresence = own
        ownBeat = clock.moment
    }

    func answerRefresh(_ answer: RefreshAnswer) {
        for reply in refreshReplies { reply(.success(answer)) }
        refreshReplies = []
    }
}

/// What a presence refresh found.
public struct RefreshAnswer: Codable, Sendable {
    public let answered: Int
    public let demoted: Int
}
