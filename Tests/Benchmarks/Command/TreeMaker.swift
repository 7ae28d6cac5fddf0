// Repositories of small Python files, the same for the same seed.

import Drills
import Foundation
import Support

/// Trees of small Python files, the same for the same seed.
struct TreeMaker {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func makeTree(at root: String, files: Int) throws {
        for index in 0..<files {
            let folder =
                String(format: "%@/p%02d", root, index / 100 % 40)
                + (files > 4000 ? "/m\(index / 4000)" : "")
            if index % 100 == 0 { try FileAccess.makeFolder(folder) }
            let functions = Int.random(in: 1...8, using: &generator)
            let text = (0..<functions).map { Self.python(name: "f\($0)", number: index) }
            let path = folder + String(format: "/f%05d.py", index)
            try Data(text.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
        }
    }

    func makeRepository(at root: String, files: Int) throws {
        try FileAccess.makeFolder(root)
        var maker = self
        try maker.makeTree(at: root, files: files)
        let git = Tool(
            "/usr/bin/git", environment: ProcessInfo.processInfo.environment, folder: root)
        try git.require(["init", "--quiet", "--initial-branch=main"])
        // Nothing works on behind the figures, or while the tree is removed.
        try git.require(["config", "maintenance.auto", "false"])
        try git.require(["config", "gc.auto", "0"])
        try git.require(["add", "--all"], limit: .seconds(300))
        try git.require(
            [
                "-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "--quiet",
                "--message=Tree",
            ], limit: .seconds(300))
    }

    static func python(name: String, number: Int) -> String {
        """
        def \(name)(value):
            total = \(number)
            for step in range(value):
                total += step * 2
            return total

        """
    }
}

extension Sandbox {
    /// A Mothership, and peers that are online with clones of one repository of so many files.
    func addPeers(_ names: [String], files: Int) throws -> [SandboxPeer] {
        let source = folder + "/source"
        try TreeMaker(seed: 7).makeRepository(at: source, files: files)
        try startMothership()
        let peers = try names.map { try addPeer($0, cloning: source) }
        for peer in peers { try peer.wait(for: "link") { $0.link.state == .online } }
        return peers
    }
}
