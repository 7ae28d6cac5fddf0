// The faults of bucket `presence`: peers that die unseen, clocks that run ahead.

import Checks
import LiveProtocol
import LiveSync
import Support

extension PresenceFinding: Drilled {
    public var fault: Fault {
        switch self {
        case .notRestored:
            .notReproducible(
                "the first heartbeat follows the welcome in one turn of the agent's loop; only a "
                    + "defect of that loop leaves it out")
        case .ownBeatLate:
            .real(in: .proxied, under: "mothership.unreachable") { stage in
                try stage.breakLink()
                stage.lift { try stage.awaitLongPause() }
            }
        case .peerStale:
            .real(in: .pair) { stage in
                let ben = try stage.partner()
                try stage.ada.wait(for: "ben's presence") { status in
                    status.presence.peers.contains { !$0.isSelf && $0.state == .online }
                }
                try Self.die(ben, on: stage)
            }
        case .editingHeld:
            .real(in: .pair) { stage in
                let ben = try stage.partner()
                var number = 2
                try stage.ada.wait(for: "ben to be editing") { status in
                    // Each save makes ben's next heartbeat say so; the next round tries again.
                    number += 1
                    try ben.save("pkg/ben.py", "def ben():\n    return \(number)\n")
                    return status.presence.peers.contains { !$0.isSelf && $0.state == .editing }
                }
                try Self.die(ben, on: stage)
            }
        case .clockFuture: .real(in: .pair, Self.runAhead)
        case .flapping:
            .real(in: Self.nervous, spoils: true) { stage in
                for round in 0..<6 {
                    try stage.link().cut()
                    try stage.flush()
                    try stage.ada.wait(for: "the link, for the \(round + 2)th time") {
                        $0.link.recentUps.count > round + 1
                    }
                }
            }
        }
    }

    private static let nervous = Scene(
        isProxied: true, settings: ["doctor.thresholds": "presence_flaps_count = 6"])

    /// A peer dies, and the notice of it gets lost on the way.
    private static func die(_ ben: SandboxPeer, on stage: Stage) throws {
        stage.mend { try ben.enable() }
        let link = try stage.link()
        let lost = link.losePresence()
        // The link stays up: a new one would begin with an empty list.
        stage.lift { link.restore() }
        try ben.killAgent()
        try Waiting.until("the notice to be lost") { lost.hasHappened }
    }

    @Sendable private static func runAhead(_ stage: Stage) throws {
        try stage.rewrite { message in
            guard case .presence(let rows) = message else { return .asIs }
            return .other(
                .presence(
                    rows.map { row in
                        var row = row
                        row.presence.sentAt = row.receivedAt + .seconds(60)
                        return row
                    }))
        }
        try stage.link().cut()
        try stage.flush()
    }
}
