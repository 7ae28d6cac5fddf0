// The faults of bucket `impacts`: a function that is called here changes on another branch.

import Checks
import LiveSync

extension ImpactsFinding: Drilled {
    public var fault: Fault {
        switch self {
        case .targetDeleted:
            .real(in: Self.branches, spoils: true) { try Self.deleteCallee(on: $0) }
        case .unresolved:
            .real(in: Self.branches, spoils: true) { stage in
                try stage.ada.edit("pkg/billing.py", "amount * 20", "amount * 21")
            }
        case .stale:
            .real(
                in: Self.branches, beside: ["impacts.target-deleted", "impacts.unresolved"],
                spoils: true
            ) { stage in
                try Self.deleteCallee(on: stage)
                try stage.subject.wait(for: "the impact") { !$0.impacts.isEmpty }
                // With the agent running the alert would end by itself.
                try stage.subject.aura(["live", "sync", "disable"])
                try stage.subject.save("pkg/use.py", "\n")
                try stage.subject.enable()
            }
        }
    }

    private static let branches = Scene(
        partner: .otherBranch,
        files: [
            "pkg/use.py":
                "from billing import compute_tax\n\ndef use():\n    return compute_tax(4)\n"
        ])

    private static func deleteCallee(on stage: Stage) throws {
        let text = try stage.ada.text("pkg/billing.py")
        let body =
            "def compute_tax(amount):\n    # the tax of an amount\n"
            + "    return amount * 20 / 100\n\n"
        try stage.ada.save("pkg/billing.py", text.replacingOccurrences(of: body, with: ""))
    }
}
