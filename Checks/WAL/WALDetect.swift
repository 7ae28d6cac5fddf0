// Two views of one log: what its owner says of the queues, and what its files say of themselves.
//
// The files are judged whether or not an agent runs. When the owner hangs, a sound log alone is
// no OK, because nobody knows what waits in it; a damaged one is reported all the same.

import Diagnostics
import LiveSync
import Support
import WriteAheadLog

/// The queues of the log beside what its files are worth.
public struct WALSnapshot: Codable, Sendable {
    public var takenAt: Timestamp
    /// Nil when nobody could tell; so are the next two.
    public var lifecycle: LiveStatus.Lifecycle?
    public var link: LinkStatus.State?
    public var status: WALStatus?
    /// Nil when there are no files.
    public var report: VerifyReport?
    /// What the newest reset left beside the log.
    public var reset: ResetLeftover?
    /// Whether the agent answered. Nil in a recording of an earlier release.
    public var isAgentUp: Bool?
    /// Where the folder's name leads, when it is a link; nil also in a recording of an earlier
    /// release.
    public var linkedTo: String?
    /// Whether something that is no file, a folder or a pipe, has the manifest's name. Nil in a recording
    /// of an earlier release.
    public var isManifestNoFile: Bool?
}

/// Examines the write-ahead log: queues and files.
public struct WALCheck: Check {
    public typealias Kind = WALFinding

    /// Functions named in one finding; the count covers all.
    private static let subjectCountMax = 20

    private let thresholds: Thresholds

    public init(_ thresholds: Thresholds) { self.thresholds = thresholds }

    public var shares: [String] { [SharedLook.log, SharedLook.status] }

    public func probe(
        _ host: SyncHost, until deadline: Deadline
    ) throws(ProbeFailure) -> WALSnapshot {
        if let target = PathName.link(host.workspace.walFolder) {
            return WALSnapshot(takenAt: host.clock.now, linkedTo: target)
        }
        let report = try host.lookAtLog()
        let manifest = host.workspace.walFolder + "/MANIFEST"
        let isManifestNoFile = FileAccess.exists(manifest) && !FileAccess.isFile(manifest)
        try deadline.checkpoint()
        let status: LiveStatus
        do throws(ProbeFailure) { status = try host.look() } catch {
            var snapshot = WALSnapshot(takenAt: host.clock.now, report: report)
            snapshot.isManifestNoFile = isManifestNoFile
            if report == nil || diagnose(snapshot).isEmpty { throw error }
            return snapshot
        }
        if report == nil, status.wal.records == 0, status.lacksRecords != true {
            throw .absent(subject: ".aura/live/wal", nextStep: "run aura live sync enable")
        }
        // A welcome was taken, or something of the ledger was read: then it is read from its start.
        let isReadAgain = status.wal.hasMetLedger ?? (status.wal.received > 0)
        let reset: ResetLeftover?
        do throws(SystemFailure) {
            reset = try host.resetLeftover(isReadAgain: isReadAgain)
        } catch { throw ProbeFailure(error) }
        var snapshot = WALSnapshot(
            takenAt: status.takenAt, lifecycle: status.lifecycle, link: status.link.state,
            status: status.wal, report: report, reset: reset,
            isAgentUp: status.source == .agent)
        snapshot.isManifestNoFile = isManifestNoFile
        if let report, report.segmentsExamined == 0, diagnose(snapshot).isEmpty {
            throw .unreadable(
                subject: ".aura/live/wal",
                reason: "none of \(report.segmentsTotal.of("segment")) can be read",
                nextStep: "see host and integrity first")
        }
        return snapshot
    }

    public func diagnose(_ snapshot: WALSnapshot) -> [Finding<WALFinding>] {
        if let target = snapshot.linkedTo { return [linked(target)] }
        let isOther = snapshot.isManifestNoFile == true
        let files = snapshot.report.map { self.files($0, isOther) } ?? [vanished(snapshot)]
        guard let status = snapshot.status else { return files }
        return files + place(status) + size(status) + afterReset(snapshot.reset) + writing(status)
            + refusals(status) + applies(status, snapshot) + skipped(status)
            + unpulled(status)
            + reverted(status, snapshot) + answers(status, snapshot) + queue(status, snapshot)
    }

    // MARK: Place and beginning

    private func linked(_ target: String) -> Finding<WALFinding> {
        Finding(
            .linkedFolder, symptom: ".aura/live/wal is a symbolic link",
            on: [.path(".aura/live/wal")],
            evidence: [Evidence("target", .text(target), scrub: .path)])
    }

    private func place(_ status: WALStatus) -> [Finding<WALFinding>] {
        status.syncedBy.map { client in
            Finding(
                .inCloudFolder, symptom: "\(client) copies the folder the log lies in",
                on: [.path(".aura/live/wal")],
                evidence: [Evidence("program", .text(client), scrub: .plain)])
        }
    }

    private func size(_ status: WALStatus) -> [Finding<WALFinding>] {
        let limit = UInt64(thresholds.logMebibytes) << 20
        guard status.bytes > limit else { return [] }
        return [
            Finding(
                .oversized, symptom: "the log takes \(status.bytes >> 20) MiB",
                on: [.path(".aura/live/wal")],
                evidence: [
                    Evidence("size", .bytes(Int(clamping: status.bytes))),
                    Evidence("limit", .bytes(Int(clamping: limit))),
                    Evidence("segments", .count(status.segments)),
                    Evidence("pending_out", .count(status.pendingOut)),
                ])
        ]
    }

    private func afterReset(_ leftover: ResetLeftover?) -> [Finding<WALFinding>] {
        guard let leftover, !leftover.isReadAgain else { return [] }
        let path = Subject.path(".aura/live/" + leftover.folder)
        let lost = leftover.unacknowledged ?? []
        let residue = Finding<WALFinding>(
            .resetResidue, symptom: "nothing was read since the log of \(leftover.folder) was left",
            on: [path],
            evidence: [Evidence("readable", .flag(leftover.unacknowledged != nil))])
        guard !lost.isEmpty else { return [residue] }
        return [
            Finding(
                .resetUnsafe,
                symptom: "\(lost.count.of("change")) in \(leftover.folder) had no acknowledgement",
                on: [path] + lost.prefix(Self.subjectCountMax).map { .function($0) },
                evidence: [Evidence("changes", .count(lost.count))]),
            residue,
        ]
    }

    // MARK: Files

    private func files(_ report: VerifyReport, _ isOther: Bool) -> [Finding<WALFinding>] {
        let misnamed = report.misnamed
        // A place whose file has another name is told with that file.
        let told = report.misnamedFiles
        let others = report.verdicts.filter { verdict in
            switch verdict {
            case .foreign(let spot), .missing(let spot): !told.contains(spot.file)
            default: true
            }
        }
        return (misnamed.isEmpty ? [] : [finding(misnamed)])
            + others.compactMap { finding($0, isOther) }
    }

    private func finding(_ misnamed: [SegmentRename]) -> Finding<WALFinding> {
        let words = misnamed.map { "\($0.file) is \($0.belongsAs)" }
        return Finding(
            .segmentMisnamed,
            symptom: (words.first ?? "")
                + (words.count > 1 ? " and \(words.count - 1) more" : "") + ", by their headers",
            on: misnamed.map { .segment($0.file, offset: nil) },
            evidence: [Evidence("files", .count(misnamed.count))])
    }

    /// - Parameter isOther: something that is no file has the manifest's name.
    private func finding(_ verdict: Verdict, _ isOther: Bool) -> Finding<WALFinding>? {
        switch verdict {
        case .missing(let spot): file(.segmentGap, spot)
        case .staleCopy(let spot), .foreign(let spot): file(.foreignWriter, spot)
        case .tooNew(let spot): file(.newerFormat, spot)
        case .manifestDamaged(let spot):
            file(.indexDamaged, spot, nextStep: isOther ? Self.manifestStep : nil)
        case .tornTail(let spot): file(.tornTail, spot)
        // What was recorded and is not what it was: the bucket `integrity`.
        case .ok, .tailLost, .recordDamaged, .rangeDamaged, .spliced, .unreadable: nil
        }
    }

    /// Recovery copies what it sets aside, and knows how to do that with files alone.
    private static let manifestStep =
        "move MANIFEST out of .aura/live/wal, then run aura doctor live --fix"

    private func file(
        _ kind: WALFinding, _ spot: Spot, nextStep: String? = nil
    ) -> Finding<WALFinding> {
        let offset = spot.segment == nil || spot.offset == 0 ? nil : spot.offset
        let place = offset.map { "\(spot.file) at byte \($0)" } ?? spot.file
        var evidence = [Evidence("offset", .bytes(Int(clamping: spot.offset)))]
        if let lsns = spot.lsns {
            evidence.append(Evidence("sequences", .text("\(lsns)"), scrub: .plain))
            evidence.append(Evidence("records", .count(Int(clamping: lsns.count))))
        }
        return Finding(
            kind, symptom: "\(place): \(spot.detail)", on: [.segment(spot.file, offset: offset)],
            evidence: evidence, nextStep: nextStep)
    }

    /// The owner knows of records, or there has been one, and there are no files.
    private func vanished(_ snapshot: WALSnapshot) -> Finding<WALFinding> {
        let records = Int(clamping: snapshot.status?.records ?? 0)
        return Finding(
            .segmentGap, symptom: "all files of the log are gone",
            on: [.path(".aura/live/wal")], evidence: [Evidence("records", .count(records))])
    }

    private func writing(_ status: WALStatus) -> [Finding<WALFinding>] {
        guard let problem = status.writeProblem ?? (status.isFull ? "no space is left" : nil)
        else { return [] }
        return [
            Finding(
                status.isFull ? .diskFull : .fsyncFailed,
                symptom: "the agent cannot write its log: \(problem)",
                evidence: [Evidence("durable", .count(Int(clamping: status.durable)))])
        ]
    }

    // MARK: Refused pushes

    private func refusals(_ status: WALStatus) -> [Finding<WALFinding>] {
        status.refused.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map { reason, count in
            Finding(
                Self.kind(ofRefusal: reason),
                symptom: "\(count) of this peer's pushes refused: \(reason)",
                on: [.other(kind: "reason", value: reason)],
                evidence: [
                    Evidence("count", .count(count)),
                    Evidence("reason", .text(reason), scrub: .plain),
                ])
        }
    }

    private static func kind(ofRefusal reason: String) -> WALFinding {
        switch reason {
        case "payload_too_large", "protocol_message_too_large": .rejectPayloadTooLarge
        case "signature_rejected": .rejectSignature
        case "repo_not_registered": .rejectRepoNotRegistered
        default: .rejectOther
        }
    }

    // MARK: Received changes

    private func applies(
        _ status: WALStatus, _ snapshot: WALSnapshot
    ) -> [Finding<WALFinding>] {
        let byPath = Dictionary(grouping: status.failedApplies) { "\($0.path)\u{0}\($0.reason)" }
        return byPath.sorted { $0.key < $1.key }.compactMap { _, failures in
            guard let oldest = failures.min(by: { $0.at < $1.at }) else { return nil }
            let age = snapshot.takenAt.age(of: oldest.at)
            let kind = Self.kind(ofFailure: oldest.reason)
            // Permissions do not mend themselves, nor does a disk; the rest is tried each tick.
            let isLasting = kind == .applyFailedPermission || kind == .applyMismatch
            guard isLasting || age > thresholds.applyStalled else { return nil }
            let isHeld = oldest.reason == WALStatus.FailedApply.withoutReason
            let why = isHeld ? "nothing that is known holds it back" : oldest.reason
            return Finding(
                kind, symptom: "\(oldest.path) has waited \(age.brief) for a change: \(why)",
                on: [.path(oldest.path)],
                evidence: [
                    Evidence("reason", .text(oldest.reason), scrub: .plain),
                    Evidence("changes", .count(failures.count)),
                    Evidence("age", .duration(age)),
                ], nextStep: isHeld ? "report it with the file of aura live logs bundle" : nil)
        }
    }

    private static func kind(ofFailure reason: String) -> WALFinding {
        switch reason {
        case "permission", "read_only_mount", "immutable": .applyFailedPermission
        case "locked": .applyFailedLocked
        case "not_as_written": .applyMismatch
        default: .inboundStalled
        }
    }

    private func skipped(_ status: WALStatus) -> [Finding<WALFinding>] {
        guard let first = status.skippedApplies.first else { return [] }
        let count = status.skippedApplies.count
        return [
            Finding(
                .applySkipped,
                symptom: "\(count.of("received change")) left out, first \(first.function)",
                on: status.skippedApplies.prefix(Self.subjectCountMax).map {
                    .function($0.function)
                },
                evidence: [
                    Evidence("count", .count(count)),
                    Evidence("remote", .text(first.remote ?? "-"), scrub: .plain),
                ])
        ]
    }

    private func unpulled(_ status: WALStatus) -> [Finding<WALFinding>] {
        let paths = Set((status.unpulled ?? []).map(\.path)).sorted()
        guard let first = paths.first else { return [] }
        let others = paths.count > 1 ? " and \(paths.count - 1) more" : ""
        return [
            Finding(
                .applyNeedsPull,
                symptom: "changes of \(first)\(others) wait for the commit that brings the file",
                on: paths.prefix(Self.subjectCountMax).map { .path($0) },
                evidence: [Evidence("files", .count(paths.count))])
        ]
    }

    /// One finding a function, of the newest time.
    private func reverted(_ status: WALStatus, _ snapshot: WALSnapshot) -> [Finding<WALFinding>] {
        var newest: [[String]: RevertedApply] = [:]
        for row in status.reverts ?? []
        where snapshot.takenAt.age(of: row.at) <= thresholds.revertedRecent {
            newest[[row.path, row.function]] = row
        }
        return newest.values.sorted { ($0.path, $0.function) < ($1.path, $1.function) }.map { row in
            let pause = row.at.age(of: row.appliedAt)
            return Finding(
                .applyReverted,
                symptom: "\(row.function) was saved as before, \(pause.brief) after a change came",
                on: [.path(row.path), .function(row.function)],
                evidence: [
                    Evidence("applied_at", .time(row.appliedAt)),
                    Evidence("pause", .duration(pause)),
                ])
        }
    }

    // MARK: Waiting pushes

    private func answers(
        _ status: WALStatus, _ snapshot: WALSnapshot
    ) -> [Finding<WALFinding>] {
        guard snapshot.link != .offline else { return [] }
        return status.lostAnswers.compactMap { answer in
            let age = snapshot.takenAt.age(of: answer.sentAt)
            guard age > thresholds.ackLost else { return nil }
            return Finding(
                .ackLost, symptom: "push \(answer.changeSet) has had no answer for \(age.brief)",
                on: [.other(kind: "change-set", value: answer.changeSet)],
                evidence: [
                    Evidence("age", .duration(age)),
                    Evidence("change_set", .text(answer.changeSet), scrub: .plain),
                ])
        }
    }

    private func queue(_ status: WALStatus, _ snapshot: WALSnapshot) -> [Finding<WALFinding>] {
        guard status.pendingOut > 0 else { return [] }
        let age = status.oldestPendingAt.map { snapshot.takenAt.age(of: $0) } ?? .zero
        let evidence = [
            Evidence("pending_out", .count(status.pendingOut)),
            Evidence("oldest_age", .duration(age)),
        ]
        let waiting =
            "\(status.pendingOut.of("push", plural: "pushes")), the oldest for \(age.brief)"
        if snapshot.link == .offline {
            let isLong =
                age > thresholds.backlogAge
                || status.pendingOut > thresholds.backlogCount
            return [
                Finding(
                    .backlogOffline, symptom: "waiting for the link: \(waiting)",
                    evidence: evidence, raisedTo: isLong ? .warn : .info)
            ]
        }
        guard snapshot.lifecycle == .active, age > thresholds.queueStalledWarn else { return [] }
        return [
            Finding(
                .queueStalled, symptom: "waiting although the link works: \(waiting)",
                evidence: evidence, raisedTo: age > thresholds.queueStalledFail ? .fail : .info)
        ]
    }

    public func witness(of snapshot: WALSnapshot) -> Witness {
        Witness(
            // Of a link, the name is all that is looked at.
            examined: snapshot.linkedTo == nil ? snapshot.report?.segmentsExamined ?? 0 : 1,
            total: snapshot.report?.segmentsTotal,
            unit: snapshot.linkedTo == nil ? "segments" : "folders",
            ageOfNewest: snapshot.status?.lastSyncAt.map { snapshot.takenAt.age(of: $0) })
    }

    public func detail(of snapshot: WALSnapshot, findings: [Finding<WALFinding>]) -> String {
        if snapshot.linkedTo != nil { return "a link, not followed" }
        let records = snapshot.status?.records ?? snapshot.report?.recordsExamined ?? 0
        let out = snapshot.status.map { "\($0.pendingOut)" } ?? "unknown"
        let inbound = snapshot.status.map { "\($0.pendingIn)" } ?? "unknown"
        return "\(records) records, pending out \(out), pending in \(inbound)"
    }
}
