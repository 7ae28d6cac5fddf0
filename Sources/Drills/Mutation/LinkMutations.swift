// Mutations of a running peer: how its link ends, what its clock says, what its caches hold.

import Foundation
import LiveProtocol
import LiveSync
import Support

enum LinkMutations {
    static func next(using generator: inout SeededGenerator) throws -> Mutation {
        switch Int.random(in: 0..<6, using: &generator) {
        case 0...2: return closed(&generator)
        case 3: return shifted(&generator)
        case 4: return cut(&generator)
        default: return cache(&generator)
        }
    }

    private static func closed(_ generator: inout SeededGenerator) -> Mutation {
        let known: [UInt16: String] = [
            4001: "mothership.resync-required", 4004: "mothership.hello-timeout",
            4005: "mothership.hello-rejected", 4006: "mothership.proto-version",
            4008: "mothership.rate-limited", 1011: "mothership.server-overload",
        ]
        let code =
            Bool.random(using: &generator)
            ? known.keys.sorted().randomElement(using: &generator) ?? 4001
            : UInt16.random(in: 4100...4999, using: &generator)
        return Mutation(
            .network, "the welcome replaced by close code \(code)",
            [known[code] ?? "mothership.close-unknown"]
        ) { stage in
            try stage.rewrite { message in
                if case .welcome = message { return .close(code) }
                return .asIs
            }
            try stage.link().cut()
            try stage.ada.wait(for: "close code \(code)") { $0.link.lastClose?.code == code }
        }
    }

    /// Seconds that the Mothership's pongs are off: a difference of 2 s or more has to be told.
    private static func shifted(_ generator: inout SeededGenerator) -> Mutation {
        let choices: [Int64] = [-900, -30, -4, -1, 0, 1, 4, 30, 900]
        let seconds = choices[Int.random(in: 0..<choices.count, using: &generator)]
        return Mutation(
            .clock, "the Mothership's clock \(seconds)s off",
            abs(seconds) > 2 ? ["mothership.clock-skew"] : []
        ) { stage in
            stage.mend { try stage.restartAgent() }
            try stage.rewrite { message in
                guard case .pong(let nonce, let time) = message else { return .asIs }
                return .other(.pong(nonce: nonce, serverTime: time + .seconds(seconds)))
            }
            let before = SystemClock().now
            try stage.link().cut()
            try stage.flush()
            try stage.ada.wait(for: "a pong on the new link") { status in
                guard let up = status.link.upSince, up >= before else { return false }
                return abs((status.link.clockOffsetMilliseconds ?? 0) - Double(seconds) * 1000)
                    < 900
            }
        }
    }

    /// A link that breaks and comes back is no news.
    private static func cut(_ generator: inout SeededGenerator) -> Mutation {
        let delay = Int64.random(in: 0...40, using: &generator)
        return Mutation(.network, "the link cut once, \(delay)ms late after that", []) { stage in
            try stage.link().set { $0.delay = .milliseconds(delay) }
            stage.liftProxy()
            try stage.link().cut()
            try stage.flush()
        }
    }

    /// What can be made anew from the files may be damaged at will.
    private static func cache(_ generator: inout SeededGenerator) -> Mutation {
        let name = Bool.random(using: &generator) ? "analysis.cache" : "scan.index"
        let seed = generator.next()
        return Mutation(.cache, "a byte of \(name) changed before a start", []) { stage in
            try stage.ada.aura(["live", "sync", "disable"])
            let path = stage.ada.workspace.liveFolder + "/" + name
            if FileAccess.exists(path) {
                var bytes = try FileAccess.read(path)
                if !bytes.isEmpty { bytes[Int(seed % UInt64(bytes.count))] ^= 0x10 }
                try InPlace.put(bytes, into: path)
            }
            try stage.ada.enable()
        }
    }
}
