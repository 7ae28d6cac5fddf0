// Every command that a runbook tells a person to type exists, takes the options it is given there,
// and, where it only looks, runs where all is well. The drills type it where its page is needed.

import Drills
import Foundation
import Support
import Testing

@Suite struct RunbookCommandTests {
    @Test func commandsThatOnlyLookRunAsWritten() async throws {
        let commands = RunbookCommands.looking(among: try Self.commands())
        #expect(commands.count >= 25, "the pages lost their commands, or their form changed")
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            try pair.settle()
            var environment = sandbox.environment(user: "ada")
            environment["PATH"] =
                PathName.parent(of: sandbox.executable) + ":" + (environment["PATH"] ?? "")
            let shell = Tool("/bin/sh", environment: environment, folder: pair.ada.root)
            for command in commands {
                let result = try shell.run(["-c", command])
                #expect(
                    RunbookCommands.goodStatuses.contains(result.status),
                    "\(command): \(result.errors)")
            }
        }
    }

    @Test func everyOtherCommandIsKnownWithItsOptions() async throws {
        try await inSandbox { sandbox in
            for command in try Self.commands() {
                let words = command.prefix { $0 != ">" }.split(separator: " ").dropFirst()
                let path = words.prefix { $0.wholeMatch(of: /[a-z][a-z-]*/) != nil }
                guard !path.isEmpty else { continue }
                // The last plain word may be an argument: its command is asked then.
                let paths = [Array(path), Array(path.dropLast())].filter { !$0.isEmpty }
                var help: String?
                for path in paths where help == nil {
                    let result = try sandbox.aura().run(path.map(String.init) + ["--help"])
                    if result.succeeded { help = result.output }
                }
                let text = try #require(help, "\(command)")
                for option in words.filter({ $0.hasPrefix("--") }) {
                    #expect(text.contains(option), "\(command): \(option)")
                }
            }
        }
    }

    /// What stands between back quotes and begins with the program's name, once each.
    private static func commands() throws -> [String] {
        let root = PathName.parent(of: PathName.parent(of: PathName.parent(of: #filePath)))
        let names = try FileAccess.names(in: root + "/Runbooks").filter { $0.hasSuffix(".md") }
        return RunbookCommands.all(
            in: try names.map {
                String(decoding: try FileAccess.read("\(root)/Runbooks/\($0)"), as: UTF8.self)
            })
    }
}
