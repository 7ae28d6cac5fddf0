// `aura demo`: the main job on a throw-away pair.

import ArgumentParser
import Drills
import Foundation
import Support

struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Show a pair in sync and three real faults, in a throw-away sandbox.",
        discussion: """
            Clones a real source tree twice, runs a Mothership and two agents on loopback, and \
            removes all of it at the end. Exits non-zero when a report lacks the expected code or \
            the two files differ.
            """)

    @Argument(
        help: "A folder with source code (default: the git repository around this folder).",
        completion: .directory)
    var source: String?

    func run() throws {
        let demo = try Demo(
            executable: try Self.executable(), source: try source ?? Self.repository(),
            tell: { line in
                Output.line(line)
                Output.flush()
            })
        try demo.run()
    }

    static func executable() throws -> String {
        guard let path = PathName.link("/proc/self/exe") else {
            throw SystemFailure(operation: "readlink", path: "/proc/self/exe")
        }
        return path
    }

    private static func repository() throws -> String {
        var folder = PathName.resolved(".") ?? "/"
        while !FileAccess.exists(folder + "/.git") {
            guard folder != "/" else {
                throw PlainFailure(
                    "demo", "there is no git repository around this folder",
                    nextStep: "name a folder with source code: aura demo FOLDER",
                    exitStatus: .usage)
            }
            folder = PathName.parent(of: folder)
        }
        return folder
    }
}
