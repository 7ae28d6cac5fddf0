// kill -9 at random moments, of agents and of the Mothership, while both sides keep saving: after
// the restart both converge, nothing acknowledged is gone, no source file is torn.

import Drills
import Support
import Testing

@Suite struct KillTests {
    @Test func twentyFiveRandomKillsUnderLoadLoseNothing() async throws {
        let seed = UInt64.random(in: .min ... .max)
        print("seed \(seed)")
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            var generator = SeededGenerator(seed: seed)
            var versions = Versions()
            for round in 0..<25 {
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    try versions.saveNext(
                        on: pair.both.randomElement(using: &generator) ?? pair.ada)
                }
                switch Int.random(in: 0..<3, using: &generator) {
                case 0:
                    try sandbox.killMothership()
                    try versions.saveNext(on: pair.ada)
                    try sandbox.startMothership()
                case 1: try restart(pair.ada, &versions)
                default: try restart(pair.ben, &versions)
                }
                try expectWholeFiles(pair, versions, round: round)
            }
            for peer in pair.both { try peer.aura(["live", "sync", "push"]) }
            try pair.settle(limit: .seconds(120))
            for name in versions.newest.keys {
                let path = Versions.path(name)
                let bytes = try pair.ada.read(path)
                try pair.ben.wait(for: path, toBe: bytes)
                #expect(String(decoding: bytes, as: UTF8.self) == versions.newest[name])
            }
            for peer in pair.both {
                let answer = try peer.doctor()
                #expect(answer.codes.isEmpty, "\(answer.text)")
                #expect(try peer.status().conflicts.isEmpty)
            }
        }
    }

    @Test func aTemporaryFileOfAKilledAgentIsMovedAside() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let killed = try pair.ada.agentProcess().pid
            try pair.ada.killAgent()
            let name = "pkg/.aura-tmp-\(killed)-abc"
            try FileAccess.replace(pair.ada.path(name), with: Array("displaced".utf8))

            try pair.ada.enable()

            try Waiting.until("the leftover to be gone") {
                !FileAccess.exists(pair.ada.path(name))
            }
            let kept = try FileAccess.names(in: pair.ada.workspace.quarantineFolder)
            #expect(!kept.isEmpty, "it was deleted, not moved aside")
            #expect(!FileAccess.exists(pair.ben.path(name)))
        }
    }

    private func restart(_ peer: SandboxPeer, _ versions: inout Versions) throws {
        try peer.killAgent()
        try versions.saveNext(on: peer)
        try peer.enable()
    }

    /// A source file is always one of the versions somebody saved.
    private func expectWholeFiles(_ pair: Pair, _ versions: Versions, round: Int) throws {
        for peer in pair.both {
            for (name, known) in versions.all {
                // Not every file has arrived on both sides yet.
                guard let text = try? peer.text(Versions.path(name)) else { continue }
                #expect(known.contains(text), "\(peer.user) \(name) in round \(round): \(text)")
            }
        }
    }
}

/// What was saved so far. Each file has one author at a time, so the newest version is known.
private struct Versions {
    private(set) var newest: [String: String] = [:]
    private(set) var all: [String: Set<String>] = [:]
    private var number = 0

    static func path(_ name: String) -> String { "load/\(name).py" }

    /// Ada writes her own files and Ben his: what is tested is loss, not conflict.
    mutating func saveNext(on peer: SandboxPeer) throws {
        number += 1
        let name = "\(peer.user)\(number % 3)"
        let text = """
            def first():
                return \(number)

            def second(value):
                return value * \(number)

            """
        newest[name] = text
        all[name, default: []].insert(text)
        try FileAccess.makeFolder(PathName.parent(of: peer.path(Self.path(name))))
        try peer.save(Self.path(name), text)
    }
}
