// The token tables of the ledger without a disk.

import LiveProtocol
import Mothership
import Support
import Synchronization

/// Tokens that live and die with the process.
final class MemoryTokens: TokenStore {
    private struct Contents {
        var tokens: [String: TokenRecord] = [:]
        var joins: [String: JoinTokenRecord] = [:]
    }

    private let contents = Mutex(Contents())

    func remember(
        _ token: TokenRecord, replacing old: String?
    ) throws(LedgerFailure) -> Bool {
        contents.withLock { contents in
            var token = token
            let ancestors = [
                token.parent.flatMap { contents.joins[$0]?.revokedAt },
                old.flatMap { contents.tokens[$0]?.revokedAt },
            ]
            if let revokedAt = ancestors.lazy.compactMap({ $0 }).first {
                token.revoke(at: revokedAt)
            }
            contents.tokens[token.id] = token
            return token.revokedAt == nil
        }
    }

    func token(_ id: String) throws(LedgerFailure) -> TokenRecord? {
        contents.withLock { $0.tokens[id] }
    }

    func tokens() throws(LedgerFailure) -> [TokenRecord] {
        contents.withLock { contents in
            contents.tokens.values.sorted { ($1.issuedAt, $0.id) < ($0.issuedAt, $1.id) }
        }
    }

    func revoke(
        token id: String, at time: Timestamp
    ) throws(LedgerFailure) -> Set<String>? {
        contents.withLock { contents in
            guard let one = contents.tokens[id] else { return nil }
            let ids = contents.tokens.values.filter { other in
                other.id == id
                    || one.device != nil && other.device == one.device && other.room == one.room
            }.map(\.id)
            for id in ids { contents.tokens[id]?.revoke(at: time) }
            return Set(ids)
        }
    }

    func revokedTokens() throws(LedgerFailure) -> Set<String> {
        contents.withLock { Set($0.tokens.values.filter { $0.revokedAt != nil }.map(\.id)) }
    }

    func remember(_ token: JoinTokenRecord) throws(LedgerFailure) {
        contents.withLock { $0.joins[token.id] = token }
    }

    func joinTokens() throws(LedgerFailure) -> [JoinTokenRecord] {
        contents.withLock { contents in
            contents.joins.values.sorted { ($1.createdAt, $0.id) < ($0.createdAt, $1.id) }
        }
    }

    func use(
        joinToken id: String, digest: ContentDigest, _ use: JoinTokenRecord.Use
    ) throws(LedgerFailure) -> JoinOutcome {
        contents.withLock { contents in
            guard let record = contents.joins[id] else { return .unknown }
            let revocations = contents.tokens.values.filter {
                $0.device == use.device && $0.room == record.room
            }.compactMap(\.revokedAt)
            let outcome = record.outcome(digest: digest, of: use, sentAwayAt: revocations.max())
            if outcome == .accepted, !record.uses.contains(where: { $0.device == use.device }) {
                contents.joins[id]?.uses.append(use)
            }
            return outcome
        }
    }

    func revoke(
        joinToken id: String, at time: Timestamp
    ) throws(LedgerFailure) -> Set<String>? {
        contents.withLock { contents in
            guard contents.joins[id] != nil else { return nil }
            contents.joins[id]?.revoke(at: time)
            let children = Set(contents.tokens.values.filter { $0.parent == id }.map(\.id))
            for child in children { contents.tokens[child]?.revoke(at: time) }
            return children
        }
    }
}

extension MemoryLedger {
    public func remember(
        _ token: TokenRecord, replacing old: String?
    ) throws(LedgerFailure) -> Bool {
        try tokenTable.remember(token, replacing: old)
    }

    public func token(_ id: String) throws(LedgerFailure) -> TokenRecord? {
        try tokenTable.token(id)
    }

    public func tokens() throws(LedgerFailure) -> [TokenRecord] { try tokenTable.tokens() }

    public func revoke(
        token id: String, at time: Timestamp
    ) throws(LedgerFailure) -> Set<String>? {
        try tokenTable.revoke(token: id, at: time)
    }

    public func revokedTokens() throws(LedgerFailure) -> Set<String> {
        try tokenTable.revokedTokens()
    }

    public func remember(_ token: JoinTokenRecord) throws(LedgerFailure) {
        try tokenTable.remember(token)
    }

    public func joinTokens() throws(LedgerFailure) -> [JoinTokenRecord] {
        try tokenTable.joinTokens()
    }

    public func use(
        joinToken id: String, digest: ContentDigest, _ use: JoinTokenRecord.Use
    ) throws(LedgerFailure) -> JoinOutcome {
        try tokenTable.use(joinToken: id, digest: digest, use)
    }

    public func revoke(
        joinToken id: String, at time: Timestamp
    ) throws(LedgerFailure) -> Set<String>? {
        try tokenTable.revoke(joinToken: id, at: time)
    }
}
