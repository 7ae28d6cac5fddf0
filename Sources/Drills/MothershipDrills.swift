// The faults of bucket `mothership`: every stage at which a connection can fail, and every way the
// other side ends one. A proxy stands for the network and for a Mothership that says no.

import Checks
import Foundation
import Glibc
import LiveProtocol
import LiveSync
import Mothership
import Support

extension MothershipFinding: Drilled {
    public var fault: Fault {
        switch self {
        case .unreachable: .real(in: .proxied) { try $0.breakLink() }
        case .nameUnresolved:
            .real(in: .alone, needs: [.mounting], beside: ["auth.cleartext-link"], Self.forget)
        case .pathBlocked: .real(in: .proxied, Self.block)
        case .upgradeRefused: .real(in: .proxied, Self.refuseUpgrade)
        case .tlsUntrusted:
            .real(in: Self.encrypted, spoils: true) { stage in
                try Self.renew(stage, madeAt: SystemClock().now)
                try stage.ada.wait(for: "a refusal") { $0.link.lastClose?.trust != nil }
            }
        case .tlsExpiring: .real(in: Self.encrypted, spoils: true, Self.ageCertificate)
        case .helloRejected: Self.ended(by: 4005)
        case .helloTimeout: Self.ended(by: 4004)
        case .protoVersion: Self.ended(by: 4006)
        case .rateLimited: Self.ended(by: 4008)
        case .serverOverload: Self.ended(by: 1011)
        case .resyncRequired: Self.ended(by: 4001)
        case .closeUnknown: Self.ended(by: 4999)
        case .serviceRestart: Self.ended(by: 1012)
        case .halfOpen:
            .real(in: .proxied) { stage in
                try stage.ada.wait(for: "an answered ping") { $0.link.roundTripMilliseconds != nil }
                try stage.link().set { $0.swallowsDownstream = true }
                stage.liftProxy()
                try stage.ada.wait(for: "two lost pings") { $0.link.state == .offline }
            }
        case .retryExhausted:
            .real(in: .proxied, needs: [.patience], under: "mothership.unreachable") { stage in
                try stage.breakLink()
                try stage.ada.wait(for: "the tenth try", limit: .seconds(420)) {
                    $0.link.breakerOpen
                }
            }
        case .tokenExpired: .real(in: Self.shortTokens, spoils: true, Self.expire)
        case .degraded: .real(in: Self.prompt, Self.slowDown)
        case .clockSkew: .real(in: .proxied, Self.shift)
        case .ackUnknown:
            .real(in: .proxied) { stage in
                try stage.rewrite { message in
                    guard case .packAck(var result) = message else { return .asIs }
                    var generator = SystemRandomNumberGenerator()
                    result.changeSet = .random(using: &generator)
                    return .other(.packAck(result))
                }
                try stage.edit("src/shapes.rs", "value * 2", "value * 6")
            }
        }
    }

    private static let encrypted = Scene(
        mothership: "[server.tls]\nself_signed = true\n", isEncrypted: true,
        standing: ["config.limits-implicit"])
    private static let prompt = Scene(
        isProxied: true, settings: ["doctor.thresholds": "mothership_slow = \"2s\""])
    private static let shortTokens = Scene(
        mothership: "[tokens]\nlifetime_seconds = 6\nrenewal_seconds = 0\n",
        standing: ["config.limits-implicit"])

    /// The Mothership ends each connection with this code instead of welcoming.
    private static func ended(by code: UInt16) -> Fault {
        .real(in: .proxied) { stage in
            try stage.rewrite { message in
                if case .welcome = message { return .close(code) }
                return .asIs
            }
            try stage.link().cut()
            try stage.ada.wait(for: "close code \(code)") { $0.link.lastClose?.code == code }
        }
    }

    // MARK: Ways that do not lead there

    /// In the place of the way stands a port that never answers, which costs each try ten seconds. The
    /// pauses between tries grow faster while they are refused at once.
    @Sendable private static func block(_ stage: Stage) throws {
        try stage.breakLink()
        try stage.ada.wait(for: "the fourth try", limit: .seconds(90)) { $0.link.retries >= 4 }
        let port = try stage.link().port
        var full: FullListener?
        try Waiting.until("the proxy's port to be free") {
            // Until the kernel has let go of the old connections it is taken.
            full = try? FullListener(port: port)
            return full != nil
        }
        stage.lift { full?.close() }
        stage.lift { try stage.awaitLongPause() }
    }

    /// A name that nobody has heard of, until somebody enters it in the machine's table. The agent gets
    /// a table of its own: the machine's is everybody's.
    @Sendable private static func forget(_ stage: Stage) throws {
        let table = stage.sandbox.folder + "/hosts"
        let before = FileAccess.exists("/etc/hosts") ? try FileAccess.read("/etc/hosts") : []
        try FileAccess.replace(table, with: before, mode: 0o644)
        let mounting = "/bin/mount --bind '\(table)' /etc/hosts && exec \"$0\" \"$@\""
        try stage.redirect(
            to: "ws://nowhere.invalid:\(stage.sandbox.port)", ["AURA_ALLOW_CLEARTEXT": "1"],
            under: ["/usr/bin/unshare", "-m", "/bin/sh", "-c", mounting])
        // In place: mounted is the file, not its name.
        stage.lift {
            try InPlace.put(before + Array("\n127.0.0.1 nowhere.invalid\n".utf8), into: table)
        }
        stage.lift { try stage.awaitLongPause() }
    }

    /// A web server answers in the Mothership's place; as many bytes as before.
    @Sendable private static func refuseUpgrade(_ stage: Stage) throws {
        try stage.link().set { behaviour in
            behaviour.rewritesDownstream = { bytes in
                let (old, new) = (Array("HTTP/1.1 101".utf8), Array("HTTP/1.1 502".utf8))
                return bytes.starts(with: old) ? new + bytes.dropFirst(old.count) : bytes
            }
        }
        stage.liftProxy()
        try stage.link().cut()
        try stage.ada.wait(for: "a refusal") { $0.link.lastClose?.httpStatus == 502 }
    }

    @Sendable private static func slowDown(_ stage: Stage) throws {
        // Slow round trips are remembered for a while.
        stage.mend { try stage.restartAgent() }
        try stage.link().set { $0.delay = .milliseconds(1200) }
        stage.liftProxy()
        try stage.link().cut()
        try stage.ada.wait(for: "a slow round trip") { $0.link.roundTripMilliseconds ?? 0 > 2000 }
    }

    @Sendable private static func shift(_ stage: Stage) throws {
        stage.mend { try stage.restartAgent() }
        try stage.link().set { $0.rewritesDownstream = ClockShift.minutesOff }
        stage.liftProxy()
        try stage.link().cut()
        try stage.ada.wait(for: "an answered ping") {
            abs($0.link.clockOffsetMilliseconds ?? 0) > 2000
        }
    }

    // MARK: Certificates and tokens

    /// Another certificate, made at a time.
    @discardableResult
    private static func renew(_ stage: Stage, madeAt time: Timestamp) throws -> String {
        let home = MothershipHome(root: stage.sandbox.mothershipHome)
        try stage.sandbox.aura().require(["mothership", "stop"])
        for file in [home.certificate, home.certificateKey] {
            try FileManager.default.removeItem(atPath: file)
        }
        var configuration = MothershipConfiguration()
        configuration.selfSigned = true
        guard let made = try TLSMaterial.load(configuration, home: home, now: time) else {
            throw PlainFailure("certificate", "was not made", nextStep: "see the home's keys")
        }
        try stage.sandbox.startMothership()
        return made.fingerprint
    }

    @Sendable private static func ageCertificate(_ stage: Stage) throws {
        let age = TLSMaterial.selfSignedLifetime - .seconds(8 * 86_400)
        let fingerprint = try renew(stage, madeAt: SystemClock().now + (.zero - age))
        try stage.ada.aura(["live", "auth", "trust", "--fingerprint", fingerprint])
        try stage.flush()
        try stage.ada.wait(for: "the link") { $0.link.state == .online }
    }

    /// The token ends while nobody can be asked for another.
    @Sendable private static func expire(_ stage: Stage) throws {
        try retrying("unlink", "socket") {
            unlink(stage.sandbox.mothershipHome + "/run/mothership.sock")
        }
        stage.lift {
            try stage.sandbox.killMothership()
            try stage.sandbox.startMothership()
        }
        stage.lift { try stage.awaitLongPause() }
        try stage.ada.wait(for: "the token to expire", limit: .seconds(60)) {
            $0.link.state == .offline && $0.link.lastClose?.code == 4002
        }
    }
}

extension Stage {
    /// The way to the Mothership ends at a closed port.
    func breakLink() throws {
        try link().stop()
        mend { [self] in try flush() }
        lift { [self] in try replaceProxy() }
        try ada.wait(for: "offline") { $0.link.state == .offline }
    }
}

/// A Mothership whose clock is wrong, as its pongs tell.
public enum ClockShift {
    /// Makes the Mothership's clock in a pong some 16 minutes wrong, keeping every length.
    @Sendable public static func minutesOff(_ bytes: [UInt8]) -> [UInt8] {
        let mark = Array("\"serverTime\":".utf8)
        var bytes = bytes
        guard bytes.count > mark.count + 13,
            String(decoding: bytes, as: UTF8.self).contains("\"pong\"")
        else { return bytes }
        for start in 0..<(bytes.count - mark.count - 13)
        where Array(bytes[start..<start + mark.count]) == mark {
            let digit = start + mark.count + 6  // of 13: thousands of seconds
            bytes[digit] = bytes[digit] == UInt8(ascii: "9") ? UInt8(ascii: "0") : bytes[digit] + 1
        }
        return bytes
    }
}
