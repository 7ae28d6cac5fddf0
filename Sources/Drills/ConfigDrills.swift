// The faults of bucket `config`: settings that are wrong, off, out of force or of somebody else.

import Checks
import Foundation
import LiveSync
import Support

extension ConfigFinding: Drilled {
    public var fault: Fault {
        switch self {
        case .unreadable:
            .real(in: .alone) { stage in
                let path = stage.ada.workspace.configurationPath
                let text = try FileAccess.read(path)
                try FileManager.default.removeItem(atPath: path)
                stage.mend { try FileAccess.replace(path, with: text, mode: 0o644) }
            }
        case .parseError: Self.line("mothership = \"ws:")
        case .unknownKey: Self.line("mothershop = \"ws://127.0.0.1:1\"")
        case .valueInvalid: Self.line("branch_policy = \"loud\"")
        case .clonedIdentity: .real(in: .alone, Self.copy)
        case .endpointWrong: .real(in: .alone, Self.move)
        case .ignoreListFailed:
            .real(in: .alone) { stage in
                let stub = stage.sandbox.folder + "/stub"
                try FileAccess.makeFolder(stub)
                try FileAccess.replace(
                    stub + "/git", with: Array("#!/bin/sh\nexit 3\n".utf8), mode: 0o755)
                stage.look.variables["PATH"] = stub
            }
        case .syncDisabled:
            .real(in: .alone) { stage in
                try stage.disable()
                try stage.edit("src/shapes.rs", "value * 2", "value * 3")
            }
        case .drift:
            .real(in: .alone) { stage in
                stage.mend { try stage.restartAgent() }
                try stage.configure(["live.debug": "log_level = \"debug\""])
            }
        case .wrongHome:
            .real(in: .alone) {
                $0.look.variables["AURA_HOME"] = $0.sandbox.folder + "/elsewhere"
            }
        case .selectiveMismatch: .real(in: .pair, spoils: true, Self.mismatch)
        case .grammarMismatch:
            .real(in: .pair, spoils: true) { stage in
                try Forgery.deliver(on: stage) { change in
                    change.grammar.digest = ContentDigest.of(Array("another grammar".utf8))
                }
            }
        case .traceLeftOn:
            .real(in: .alone) { stage in
                // Made first, so that it reads the settings that were put back.
                stage.mend { try stage.restartAgent() }
                try stage.configure(["live.debug": "log_level = \"debug\""])
                try stage.restartAgent()
                let path = stage.ada.workspace.configurationPath
                try Tool("/usr/bin/touch", environment: [:], folder: "/")
                    .require(["-d", "2 days ago", path])
            }
        case .fileExcluded:
            .real(in: .alone) {
                try $0.save("gen/made.rs", "pub fn made() -> u32 {\n    1\n}\n")
            }
        case .functionLocalOnly:
            .real(in: .alone) {
                try $0.save("pkg/mine.py", "# @aura-local\ndef mine():\n    return 1\n")
            }
        case .limitsImplicit: .real(in: .alone, Self.halfConfigured)
        }
    }

    private static func line(_ line: String) -> Fault {
        .real(in: .alone) { try $0.configure(["live": line]) }
    }

    @Sendable private static func copy(_ stage: Stage) throws {
        let copy = stage.sandbox.folder + "/copy"
        try Tool("/bin/cp", environment: [:], folder: "/").require(["-a", stage.ada.root, copy])
        stage.look.folder = copy
        stage.mend { try FileManager.default.removeItem(atPath: copy) }
    }

    /// The Mothership goes to another port while nobody looks.
    @Sendable private static func move(_ stage: Stage) throws {
        let tool = stage.sandbox.aura()
        try stage.stopMothership()
        try stage.ada.wait(for: "offline") { $0.link.state == .offline }
        try tool.require(["mothership", "start", "--port", "0"])
        stage.mend { try tool.require(["mothership", "stop"]) }
    }

    @Sendable private static func mismatch(_ stage: Stage) throws {
        try stage.ada.aura(["live", "sync", "disable"])
        let path = stage.ada.workspace.configurationPath
        let text = String(decoding: try FileAccess.read(path), as: UTF8.self)
        let narrower = text.replacingOccurrences(
            of: "exclude = [\"gen/**\"]", with: "exclude = [\"gen/**\", \"web/**\"]")
        try FileAccess.replace(path, with: Array(narrower.utf8), mode: 0o644)
        try stage.ada.enable()
        try stage.partner().edit("web/cart.ts", "return 4;", "return 5;")
    }

    @Sendable private static func halfConfigured(_ stage: Stage) throws {
        let path = stage.sandbox.mothershipHome + "/config.toml"
        let before = FileAccess.exists(path) ? try FileAccess.read(path) : nil
        try stage.stopMothership()
        try FileAccess.replace(path, with: Array("[limits]\nbody_bytes = 1048576\n".utf8))
        try stage.sandbox.startMothership()
        try stage.flush()
        stage.mend {
            try stage.sandbox.aura().require(["mothership", "stop"])
            if let before {
                try FileAccess.replace(path, with: before)
            } else {
                try FileManager.default.removeItem(atPath: path)
            }
        }
    }
}
