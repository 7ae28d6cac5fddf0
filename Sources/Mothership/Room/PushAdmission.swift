// The part of a push that needs no ledger: is it authentic, is it for this room, is it within the
// limits. It is pure and costs the most (a signature), so connections run it on their own.

import LiveProtocol
import Support

/// A change set that passed admission; only ``PushAdmission`` makes one.
public struct AdmittedChangeSet: Hashable, Sendable {
    public let signed: SignedChangeSet
    public let set: ChangeSet
    /// Changes refused on their own account; the others go on.
    public let refused: [RejectedChange]

    fileprivate init(signed: SignedChangeSet, set: ChangeSet, refused: [RejectedChange]) {
        self.signed = signed
        self.set = set
        self.refused = refused
    }
}

/// The gate before a room.
public enum PushAdmission {
    /// What a push is worth before the ledger is asked.
    public enum Outcome: Hashable, Sendable {
        case admitted(AdmittedChangeSet)
        /// Authentic and readable, but none of its changes may go in.
        case refused(PushResult)
        /// Nothing in it can be trusted, not even its id.
        case untrusted(RejectClass, String)
    }

    /// Longest qualified name, in bytes: as long as the longest path it can hold.
    public static let nameBytesMax = 4096
    /// Longest user, branch, commit or language; git refuses longer branch names as file names.
    public static let wordBytesMax = 255

    /// Whether a name fits and can be shown: what is relayed reaches other people's terminals.
    public static func isPlain(_ name: String, bytesMax: Int) -> Bool {
        name.utf8.count <= bytesMax && Printable.isPlain(name)
    }

    /// Judges a push of `device`, which said hello for `repository` and `branch`.
    ///
    /// - Parameter announced: the count its pack named; a pack that understates it would pass
    ///   under the rate limit.
    public static func judge(
        _ signed: SignedChangeSet, announced: Int, device: DeviceID, repository: String,
        branch: String, limits: ServerLimits
    ) -> Outcome {
        guard signed.device == device else {
            return .untrusted(.tokenPeerMismatch, "the change set is of another device")
        }
        guard signed.isAuthentic else {
            return .untrusted(.invalidSignature, "the signature does not match the change set")
        }
        let set: ChangeSet
        do throws(PostcardFailure) { set = try signed.changeSet() } catch {
            return .untrusted(
                .protocolInvalidField, "invalid pack: bad encoding: \(error.reason)")
        }
        guard set.changes.count == announced else {
            return .untrusted(
                .protocolInvalidField,
                "the pack announces \(announced) changes and holds \(set.changes.count)")
        }
        if let (reject, message) = refusal(of: set, repository, branch, limits) {
            return .refused(allRefused(set, reject, message))
        }
        let refused = set.changes.enumerated().compactMap { index, change in
            refusal(of: change, limits).map {
                RejectedChange(index: index, reject: $0, headRevision: nil, message: $1)
            }
        }
        if refused.count == set.changes.count {
            return .refused(PushResult(changeSet: set.id, accepted: [], rejected: refused))
        }
        return .admitted(AdmittedChangeSet(signed: signed, set: set, refused: refused))
    }

    private static func refusal(
        of set: ChangeSet, _ repository: String, _ branch: String, _ limits: ServerLimits
    ) -> (RejectClass, String)? {
        guard set.repository == repository else {
            return (.policyViolation, "the change set is for another repository")
        }
        guard set.branch == branch else {
            // Not named: the answer repeats this for every change, and the name has no bound.
            return (.policyViolation, "the change set is for another branch")
        }
        guard
            [set.commit, set.grammar.language].allSatisfy({
                isPlain($0, bytesMax: wordBytesMax)
            })
        else {
            return (.protocolInvalidField, "its commit or language is no name")
        }
        guard set.changes.count <= limits.changesPerPack else {
            return (
                .payloadTooLarge,
                "\(set.changes.count) changes, \(limits.changesPerPack) are allowed"
            )
        }
        return nil
    }

    private static func refusal(
        of change: UnitChange, _ limits: ServerLimits
    ) -> (RejectClass, String)? {
        if let rule = TreePath.brokenRule(change.path) {
            return (.pathScopeForbidden, rule.meaning)
        }
        guard isPlain(change.qualifiedName, bytesMax: nameBytesMax) else {
            return (.protocolInvalidField, "the qualified name is too long or cannot be shown")
        }
        switch change.kind {
        case .put, .rename, .move:
            guard change.auraID != nil, let text = change.text else {
                return (
                    .protocolInvalidField, "a \(change.kind.rawValue) needs an aura id and a text"
                )
            }
            guard text.byteCount <= limits.bodyBytes else {
                return (
                    .payloadTooLarge, "\(text.byteCount) bytes, \(limits.bodyBytes) are allowed"
                )
            }
        case .delete:
            guard change.auraID == nil, change.text == nil else {
                return (.protocolInvalidField, "a deletion has neither aura id nor text")
            }
        }
        return nil
    }

    private static func allRefused(
        _ set: ChangeSet, _ reject: RejectClass, _ message: String
    ) -> PushResult {
        PushResult(
            changeSet: set.id, accepted: [],
            rejected: set.changes.indices.map {
                RejectedChange(index: $0, reject: reject, headRevision: nil, message: message)
            })
    }
}
