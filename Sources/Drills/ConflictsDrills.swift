// The faults of bucket `conflicts`: two people change one function from one base.

import Checks
import LiveSync
import Support

extension ConflictsFinding: Drilled {
    public var fault: Fault {
        switch self {
        case .storm:
            .real(in: Self.crowd, beside: ["conflicts.delete-modify"], spoils: true, Self.storm)
        case .selfConflict:
            .notReproducible(
                "a change never comes back to its own device; only a defect of the core makes it so"
            )
        case .baseUnresolvable:
            .notReproducible(
                "kind and base of a conflict are written together; only a defect tears them apart")
        case .ghost:
            .notReproducible(
                "the agent closes such a conflict in the same write that would open it")
        case .blockingApply: .real(in: .pair, Self.block)
        case .unresolved:
            .real(in: .pair) { try Self.collide(on: $0) }
        case .deleteModify:
            .real(
                in: .pair, under: "conflicts.unresolved", delivers: true, spoils: true, Self.delete)
        case .dismissedIncoming: .real(in: .pair, Self.dismiss)
        case .markersInSource:
            .real(in: .alone) { stage in
                try stage.edit(
                    "pkg/billing.py", "    return 3\n",
                    "<<<<<<< ours\n    return 3\n=======\n    return 4\n>>>>>>> theirs\n")
            }
        }
    }

    private static let functions = (0..<4).map {
        "pub fn f\($0)() -> u32 {\n    \($0 + 20)\n}\n\n"
    }
    private static let crowd = Scene(
        partner: .sameBranch, files: ["src/many.rs": functions.joined()],
        settings: ["doctor.thresholds": "conflict_storm_count = 2"])

    /// Both sides change one text while the Mothership is gone; the later side is looked at.
    @Sendable private static func collide(on stage: Stage) throws {
        let number = try stage.factor(at: stage.ada)
        let later = try stage.collide(
            "src/shapes.rs", "value * \(number)", ada: "value * \(number + 1)",
            ben: "value * \(number + 2)")
        stage.subject = later
        stage.mend { try settle(stage) }
    }

    /// Ends every conflict by the other side's text.
    private static func settle(_ stage: Stage) throws {
        for peer in stage.peers {
            let status = try peer.status()
            for row in status.conflicts + status.dismissed {
                try peer.aura(["live", "conflicts", "resolve", row.id, "--take", "remote"])
            }
        }
        try Waiting.until("equal files") {
            try stage.ada.text("src/shapes.rs") == stage.partner().text("src/shapes.rs")
        }
    }

    @Sendable private static func block(_ stage: Stage) throws {
        try collide(on: stage)
        let later = stage.subject
        let earlier = try later.user == "ada" ? stage.partner() : stage.ada
        let text = try earlier.text("src/shapes.rs")
        let line = text.split(separator: "\n").first { $0.contains("value * ") } ?? ""
        try earlier.save(
            "src/shapes.rs",
            text.replacingOccurrences(of: String(line), with: "    value * 77"))
        try later.wait(for: "a newer version") { $0.conflicts.contains(where: \.hasNewer) }
    }

    @Sendable private static func dismiss(_ stage: Stage) throws {
        try collide(on: stage)
        guard let id = try stage.subject.status().conflicts.first?.id else {
            throw PlainFailure("conflict", "is gone", nextStep: "see who closed it")
        }
        try stage.subject.aura(["live", "conflicts", "dismiss", id])
    }

    /// One deletes what the other edits.
    @Sendable private static func delete(_ stage: Stage) throws {
        let text = try stage.ada.text("pkg/billing.py")
        let last = "def last():\n    return 3\n"
        try stage.meetOffline { ada, ben in
            try ada.save("pkg/billing.py", text.replacingOccurrences(of: last, with: ""))
            try ben.edit("pkg/billing.py", "return 3", "return 4")
        }
        stage.subject = try stage.loser(count: 1)
    }

    @Sendable private static func storm(_ stage: Stage) throws {
        let changed = functions.enumerated().map { number, text in
            text.replacingOccurrences(of: "\(number + 20)", with: "\(number + 40)")
        }
        let others = functions.enumerated().dropFirst().map { number, text in
            text.replacingOccurrences(of: "\(number + 20)", with: "\(number + 60)")
        }
        try stage.meetOffline { ada, ben in
            try ada.save("src/many.rs", changed.joined())
            try ben.save("src/many.rs", others.joined())
        }
        stage.subject = try stage.loser(count: functions.count)
    }
}
