// Every checksum of the log, the chain between its records, and whether its end is where it was.
//
// The verdicts come from one verify pass, which another check of the same look may have paid for. What
// this machine's Mothership knows of its own ledger stands beside them.

import Diagnostics
import LiveProtocol
import LiveSync
import Support
import WriteAheadLog

/// What a verify of the log found.
public struct IntegritySnapshot: Codable, Sendable {
    public var report: VerifyReport
    /// Where the ledger ends, beside what it acknowledged; nil while nobody can tell.
    public var ledger: LedgerEnd?
    /// Deliveries that were not taken because of what they are.
    public var refused: [RefusedDelivery] = []

    /// The end of the ledger as the link knows it.
    public struct LedgerEnd: Codable, Hashable, Sendable {
        public var head: UInt64
        public var acknowledged: UInt64

        public init(head: UInt64, acknowledged: UInt64) {
            self.head = head
            self.acknowledged = acknowledged
        }
    }
    /// What the ledger had said before it went back; nil while it did not, and in a recording of an
    /// earlier release.
    public var setback: LedgerSetback?
    /// What repairs gave up, oldest first. Nil in a recording of an earlier release.
    public var losses: [LossLedger.Entry]?
    /// Whether the agent answered. Nil in a recording of an earlier release.
    public var isAgentUp: Bool?
    /// What following the ledger showed: all of it in a deep look, else what the Mothership read of it
    /// at its start. Nil where it is on another machine or does not say.
    public var store: LocalMothership.LedgerStatement?
    /// Whether that is all of it. Nil in a recording of an earlier release.
    public var isStoreReadWhole: Bool?
    /// Why the whole ledger was not read although that was asked.
    public var storeProblem: String?
}

/// Examines the records of the log.
public struct IntegrityCheck: Check {
    public typealias Kind = IntegrityFinding

    public init() {}

    /// Reading every record is no glance.
    public var depth: Depth { .standard }
    public var shares: [String] { [SharedLook.log, SharedLook.status] }

    public func probe(
        _ host: SyncHost, until deadline: Deadline
    ) throws(ProbeFailure) -> IntegritySnapshot {
        guard let report = try host.lookAtLog() else {
            throw .absent(subject: ".aura/live/wal", nextStep: "run aura live sync enable")
        }
        var snapshot = IntegritySnapshot(
            report: report, losses: try losses(of: host))
        look(at: host, until: deadline, &snapshot)
        do throws(ProbeFailure) {
            let status = try host.look()
            snapshot.isAgentUp = status.source == .agent
            snapshot.refused = status.refusedDeliveries
            snapshot.setback = status.wal.setback
            snapshot.ledger = status.link.ledgerHead.map {
                .init(head: $0, acknowledged: status.wal.acknowledged)
            }
        } catch {
            return snapshot  // the log is judged by its files, whoever answers
        }
        return snapshot
    }

    private func look(
        at host: SyncHost, until deadline: Deadline, _ snapshot: inout IntegritySnapshot
    ) {
        snapshot.store = host.ownLedger
        guard deadline.depth == .deep, snapshot.store != nil else { return }
        do throws(PlainFailure) {
            snapshot.store = try host.wholeLedger(within: deadline.remaining)
            snapshot.isStoreReadWhole = true
        } catch {
            snapshot.storeProblem = error.reason
        }
    }

    private func losses(of host: SyncHost) throws(ProbeFailure) -> [LossLedger.Entry] {
        do throws(RepairFailure) {
            return try LossLedger(folder: host.workspace.journalFolder).known()
        } catch {
            throw .unreadable(
                subject: error.subject, reason: error.reason, nextStep: error.nextStep)
        }
    }

    public func diagnose(_ snapshot: IntegritySnapshot) -> [Finding<IntegrityFinding>] {
        let found =
            snapshot.report.verdicts.compactMap(finding) + ledger(snapshot) + store(snapshot)
            + refused(snapshot, .signature, as: .signatureInvalid)
            + refused(snapshot, .path, as: .pathEscape)
        let losses = (snapshot.losses ?? []).map(finding)
        guard snapshot.report.segmentsExamined == 0, found.isEmpty else { return found + losses }
        return losses + [
            Finding(
                .notExamined,
                symptom: "none of \(snapshot.report.segmentsTotal.of("segment")) could be verified",
                evidence: [
                    Evidence("examined", .count(0)),
                    Evidence("total", .count(snapshot.report.segmentsTotal)),
                ])
        ]
    }

    private func ledger(_ snapshot: IntegritySnapshot) -> [Finding<IntegrityFinding>] {
        if let ledger = snapshot.ledger, ledger.head < ledger.acknowledged {
            return [
                Finding(
                    .hubWentBack,
                    symptom: "the ledger ends at \(ledger.head), it had acknowledged up to "
                        + "\(ledger.acknowledged)",
                    evidence: [
                        Evidence("head", .count(Int(clamping: ledger.head))),
                        Evidence("acknowledged", .count(Int(clamping: ledger.acknowledged))),
                    ])
            ]
        }
        // Numbers that grew again prove nothing: others stand under them now.
        guard let setback = snapshot.setback else { return [] }
        return [
            Finding(
                .hubWentBack,
                symptom: "the ledger came back without changes that were known up to "
                    + "\(setback.known), it ended at \(setback.head) then",
                evidence: [
                    Evidence("head", .count(Int(clamping: setback.head))),
                    Evidence("known", .count(Int(clamping: setback.known))),
                ])
        ]
    }

    private func store(_ snapshot: IntegritySnapshot) -> [Finding<IntegrityFinding>] {
        var found: [Finding<IntegrityFinding>] = []
        if let store = snapshot.store, !store.isWhole {
            found.append(
                Finding(
                    .ledgerGap, symptom: store.words,
                    evidence: [Evidence("seen", .text(store.words))]
                ))
        }
        if let problem = snapshot.storeProblem {
            found.append(
                Finding(
                    .notExamined, symptom: "the ledger was not read whole: \(problem)",
                    evidence: [Evidence("why", .text(problem))],
                    nextStep: "run aura mothership verify, which takes its time"))
        }
        return found
    }

    private func refused(
        _ snapshot: IntegritySnapshot, _ reason: RefusedDelivery.Reason, as kind: IntegrityFinding
    ) -> [Finding<IntegrityFinding>] {
        let rows = snapshot.refused.filter { $0.reason == reason }
        guard let newest = rows.max(by: { $0.at < $1.at }) else { return [] }
        let about = newest.about.isEmpty ? "" : ", for \(newest.about)"
        return [
            Finding(
                kind,
                symptom:
                    "\(rows.count.of("change set")) left out, last of \(newest.device)\(about)",
                on: Set(rows.map(\.device)).sorted().map { .peer($0) },
                evidence: [
                    Evidence("count", .count(rows.count)),
                    Evidence("about", .text(newest.about), scrub: .path),
                    Evidence("newest", .time(newest.at)),
                ])
        ]
    }

    /// What was lost stays in the report, so that a repaired log is never taken for an untouched
    /// one.
    private func finding(_ loss: LossLedger.Entry) -> Finding<IntegrityFinding> {
        let day = loss.at.timestamp.iso8601.prefix(10)
        return Finding(
            .lossLedger,
            symptom: "sound, repaired on \(day), \(loss.loss.words) lost",
            on: [.other(kind: "run", value: loss.run.rawValue)],
            evidence: [
                Self.count(loss.loss.records, "records", isUncounted: loss.loss.isUncounted),
                Evidence("at", .time(loss.at.timestamp)),
                Evidence("codes", .text(loss.codes.joined(separator: " ")), scrub: .plain),
                Evidence("names", .text(loss.loss.names.joined(separator: ", "))),
            ])
    }

    private func finding(_ verdict: Verdict) -> Finding<IntegrityFinding>? {
        switch verdict {
        case .recordDamaged(let spot), .rangeDamaged(let spot):
            place(.checksumMismatch, verdict, spot)
        case .tailLost(let spot): place(.tailLost, verdict, spot)
        case .spliced(let spot): place(.chainBroken, verdict, spot)
        case .unreadable(let spot): place(.notExamined, verdict, spot)
        // What is the matter with files rather than with records: the bucket `wal`.
        case .ok, .tornTail, .staleCopy, .foreign, .missing, .tooNew, .manifestDamaged: nil
        }
    }

    private func place(
        _ kind: IntegrityFinding, _ verdict: Verdict, _ spot: Spot
    ) -> Finding<IntegrityFinding> {
        var evidence = [
            Evidence("segment", .text(spot.file), scrub: .plain),
            Evidence("offset", .bytes(Int(clamping: spot.offset))),
            Evidence("verdict", .text(verdict.name), scrub: .plain),
        ]
        if let lsns = spot.lsns {
            evidence.append(Evidence("sequences", .text("\(lsns)"), scrub: .plain))
            evidence.append(
                Self.count(
                    Int(clamping: lsns.count), "records_lost", isUncounted: verdict.isUncounted))
        }
        let type = spot.recordType.map(RecordType.name(of:))
        if let type { evidence.append(Evidence("record_type", .text(type), scrub: .plain)) }
        let isCheckpoint = type == RecordType.checkpoint.name
        if verdict.isUncounted { evidence.append(Evidence("uncounted", .flag(true))) }
        let sequences = spot.lsns.map { ", records \($0)" } ?? ""
        return Finding(
            kind,
            symptom: "\(spot.file) at byte \(spot.offset)\(sequences)"
                + "\(isCheckpoint ? ", a checkpoint" : ""): \(spot.detail)",
            on: [.segment(spot.file, offset: spot.offset)], evidence: evidence,
            impact: isCheckpoint
                ? "a copy of the peer's state is gone; files and ledger have what it was made of"
                : nil)
    }

    /// A number that is not all of it says so by its label.
    private static func count(_ number: Int, _ label: String, isUncounted: Bool) -> Evidence {
        Evidence(isUncounted ? label + "_at_least" : label, .count(number))
    }

    public func witness(of snapshot: IntegritySnapshot) -> Witness {
        Witness(
            examined: snapshot.report.segmentsExamined, total: snapshot.report.segmentsTotal,
            unit: "segments")
    }

    public func detail(
        of snapshot: IntegritySnapshot, findings: [Finding<IntegrityFinding>]
    ) -> String {
        let isDamaged = findings.contains { $0.kind.isAboutTheLog }
        let count = "\(snapshot.report.segmentsExamined)/\(snapshot.report.segmentsTotal) examined"
        let lost = (snapshot.losses ?? []).reduce(0) { $0 + $1.loss.records }
        let isUncounted = (snapshot.losses ?? []).contains { $0.loss.isUncounted }
        let words = "\(isUncounted ? "at least " : "")\(lost.of("record"))"
        let past = lost > 0 || isUncounted ? ", \(words) lost in repairs" : ""
        return "segment checksums \(isDamaged ? "invalid" : "valid"), \(count)\(past)"
            + ledgerWords(snapshot)
    }

    /// A look at all of it is told; what a Mothership reads at each start is its own to tell.
    private func ledgerWords(_ snapshot: IntegritySnapshot) -> String {
        if snapshot.storeProblem != nil { return ", ledger not read" }
        guard snapshot.isStoreReadWhole == true, let store = snapshot.store else { return "" }
        return store.isWhole ? ", ledger \(store.words)" : ", ledger damaged"
    }
}
