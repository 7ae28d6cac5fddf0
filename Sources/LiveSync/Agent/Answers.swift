// Pushes and what is owed for them: an answer to each, and the newer version that a refusal spoke
// of. Neither is waited for without an end, also when the link itself looks well.

import LiveProtocol
import Support

/// A push on its way.
struct SentPack: Hashable, Sendable {
    let set: ChangeSetID
    let at: Timestamp
    /// The same instant on the clock that nobody sets.
    let since: Duration
}

/// Functions whose newer version the Mothership named and did not deliver yet.
struct VersionWatch {
    /// A version that the ledger has is delivered within a round trip. What is not here after this
    /// time was lost on the way, or is one of our own that the log no longer knows.
    static let limit = Duration.seconds(60)

    private var since: [FunctionID: Duration] = [:]

    /// Whether one of these functions has waited for too long; then all are waited for anew.
    ///
    /// - Parameter waiting: those that wait now, while the link is up.
    mutating func isOverdue(_ waiting: Set<FunctionID>, at now: Duration) -> Bool {
        since = since.filter { waiting.contains($0.key) }
        for function in waiting where since[function] == nil { since[function] = now }
        guard since.values.contains(where: { now - $0 >= Self.limit }) else { return false }
        since = [:]
        return true
    }
}

extension PeerAgent {
    /// How often a set goes out over one link before the link is given up.
    static let sendingsMax = 3
    /// A push without an answer for as long as from one ping to the next goes out again: the
    /// Mothership repeats the answer that was lost.
    var answerLimit: Duration { pingPeriod }

    func sendPush(_ set: ChangeSet) {
        guard linkFacts.welcome != nil else { return }
        do {
            send(.pack(Pack(try parts.key.sign(set), count: set.changes.count)))
            sentPacks[messageNumber] = SentPack(set: set.id, at: clock.now, since: clock.uptime)
            linkFacts.pushedSets.insert(set.id)
        } catch {
            parts.logger.error("a push cannot be signed: \(error)")
        }
    }

    // MARK: Answers

    /// An answer names a push of this link, once or again; any other one is nobody's.
    func noteAnswer(_ result: PushResult) {
        let places = result.accepted.map(\.sequence)
        guard !linkFacts.pushedSets.contains(result.changeSet) else {
            linkFacts.highestAnswer = max(linkFacts.highestAnswer, places.max() ?? 0)
            return
        }
        parts.logger.error("an answer to a push that was never made")
        linkFacts.strangeAnswers.append(
            LostAnswer(changeSet: String(result.changeSet.hex.prefix(8)), sentAt: clock.now))
        linkFacts.strangeAnswers = linkFacts.strangeAnswers.suffix(LinkFacts.recentCount)
    }

    func takeAnswer(to set: ChangeSetID) {
        let numbers = sentPacks.filter { $0.value.set == set }.keys
        newestAnswer = max(newestAnswer, numbers.max() ?? 0)
        sentPacks = sentPacks.filter { $0.value.set != set }
    }

    /// Pushes without an answer although one that was sent after them has its.
    var lostAnswers: [LostAnswer] {
        sentPacks.filter { $0.key < newestAnswer }.sorted { $0.key < $1.key }.map {
            LostAnswer(changeSet: String($0.value.set.hex.prefix(8)), sentAt: $0.value.at)
        }
    }

    // MARK: What is overdue

    /// Sends again what has no answer, and starts the link over when that does not help.
    func chaseAnswers() {
        let now = clock.uptime
        for (set, sendings) in Dictionary(grouping: sentPacks.values, by: \.set) {
            guard let last = sendings.map(\.since).max(), now - last >= answerLimit else {
                continue
            }
            guard sendings.count < Self.sendingsMax else {
                parts.logger.warning("pushes have no answer; the link starts over")
                link?.close(.goingAway)
                return
            }
            parts.logger.warning(
                "a push has no answer and is sent again",
                metadata: ["set": "\(set.hex.prefix(8))"])
            work.append(contentsOf: decide(.pushDue(set)))
        }
        chaseVersions(at: now)
    }

    /// Reads the ledger again when a version that it has does not come.
    private func chaseVersions(at now: Duration) {
        let state = core.state
        let waiting =
            core.isCaughtUp ? state.staleHeads.keys.filter { !state.hasPendingInbound($0) } : []
        guard versions.isOverdue(Set(waiting), at: now) else { return }
        parts.logger.warning(
            "newer versions were named and did not come; the ledger is read again",
            metadata: ["functions": "\(waiting.count)"])
        work.append(contentsOf: decide(.rereadLedger))
    }
}
