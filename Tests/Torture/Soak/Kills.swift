// kill -9 at random moments under load, many times: nothing that was acknowledged is gone, nothing
// is applied twice, no source file is ever half of one version and half of another.

import Drills
import Foundation
import LiveSync
import Support
import TortureSuite

/// Random kills of agents and of the Mothership.
public struct Kills {
    public var executable: String
    public var count: Int
    public var seed: UInt64
    public var peers = 3

    public init(executable: String, count: Int, seed: UInt64) {
        self.executable = executable
        self.count = count
        self.seed = seed
    }

    /// - Parameter tell: takes each line for the reader.
    public func run(_ tally: Tally, _ tell: (String) -> Void) throws {
        let sandbox = try Sandbox(executable: executable)
        do {
            var random = SeededGenerator(seed: seed)
            let names = (0..<peers).map { "peer\($0)" }
            let crowd = try Crowd(sandbox, names: names, files: ToyRepository.files)
            var versions = Versions()
            for round in 1...count {
                try strike(crowd, &versions, tally, using: &random)
                check(crowd, versions, tally)
                if round.isMultiple(of: 25) { tell("\(round) kills") }
            }
            try finish(crowd, versions, tally)
        } catch {
            sandbox.close()
            throw error
        }
        for pid in sandbox.close() { tally.broke("process \(pid) did not stop by itself") }
        for pid in try Crowd.processes(in: sandbox.folder) { tally.broke("process \(pid) is left") }
    }

    /// Saves, kills while the saves are on their way, saves again, starts again.
    private func strike(
        _ crowd: Crowd, _ versions: inout Versions, _ tally: Tally,
        using random: inout SeededGenerator
    ) throws {
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let peer = crowd.peers[Int.random(in: 0..<peers, using: &random)]
            try versions.saveNext(on: peer)
            tally.add(1, "saves")
        }
        pause(milliseconds: Int32.random(in: 0...40, using: &random))
        let victim = Int.random(in: 0...peers, using: &random)
        if victim == peers {
            tally.injected("kill -9 of the Mothership")
            try crowd.sandbox.killMothership()
            try versions.saveNext(on: crowd.peers[0])
            try crowd.sandbox.startMothership()
        } else {
            tally.injected("kill -9 of an agent")
            let peer = crowd.peers[victim]
            try peer.killAgent()
            try versions.saveNext(on: peer)
            try crowd.revive(peer)
        }
        tally.add(1, "saves")
    }

    /// Every file is one of the versions somebody saved.
    private func check(_ crowd: Crowd, _ versions: Versions, _ tally: Tally) {
        for peer in crowd.peers {
            for (path, known) in versions.all {
                // Not every file has arrived everywhere yet.
                guard let text = try? peer.text(path) else { continue }
                tally.add(1, "files read back")
                if !known.contains(text) { tally.broke("\(peer.user)'s \(path) is torn") }
            }
        }
    }

    private func finish(_ crowd: Crowd, _ versions: Versions, _ tally: Tally) throws {
        for what in try crowd.converge(limit: .seconds(180)) {
            tally.broke("not converged: \(what)")
        }
        for (path, newest) in versions.newest {
            for peer in crowd.peers {
                // A file that is missing holds nothing.
                let text = (try? peer.text(path)) ?? ""
                if text != newest { tally.broke("\(peer.user)'s \(path) is not the newest") }
            }
        }
        let ledger = try Audit(crowd: crowd, tally: tally).run()
        var seen: Set<String> = []
        for text in ledger.texts where text.contains("load_") && !seen.insert(text).inserted {
            tally.broke("one save stands in the ledger twice: \(text.prefix(60))")
        }
        for peer in crowd.peers where try !peer.status().conflicts.isEmpty {
            tally.broke("\(peer.user) has a conflict, though every file has one author")
        }
        tally.add(versions.newest.count * peers, "newest versions found everywhere")
    }
}

/// What was saved so far. Each file has one author, so the newest version is known.
struct Versions {
    private(set) var newest: [String: String] = [:]
    private(set) var all: [String: Set<String>] = [:]
    private var number = 0

    mutating func saveNext(on peer: SandboxPeer) throws {
        number += 1
        let path = "load/\(peer.user)_\(number % 3).py"
        let text = """
            def load_first():
                return \(number)

            def load_second(value):
                return value * \(number)

            """
        newest[path] = text
        all[path, default: []].insert(text)
        try peer.save(path, text)
    }
}
