// Every command that a runbook tells a person to type exists, takes the options it is given there,
// and, where it only looks, runs.

import Drills
import Foundation
import Support
import Testing

@Suite struct RunbookCommandTests {
    /// Commands that look and change nothing. `doctor live` keeps its memory in the user's folder.
    private static let lookingOnly = [
        "aura doctor live", "aura doctor list", "aura doctor audit", "aura live conflicts list",
        "aura live impacts list", "aura live logs", "aura live presence",
        "aura live selective why", "aura live sync status", "aura live wal status",
        "aura live wal tail", "aura live wal verify", "aura mothership status",
        "aura mothership verify", "aura version",
        "aura diff",
    ]
    /// What the capital words of the pages stand for.
    private static let meanings = ["PATH": "src/shapes.rs"]

    @Test func commandsThatOnlyLookRunAsWritten() async throws {
        let commands = try Self.commands().filter { command in
            !command.contains(" --fix")
                && Self.lookingOnly.contains { command == $0 || command.hasPrefix($0 + " ") }
        }
        #expect(commands.count >= 25, "the pages lost their commands, or their form changed")
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            try pair.settle()
            var environment = sandbox.environment(user: "ada")
            environment["PATH"] =
                PathName.parent(of: sandbox.executable) + ":" + (environment["PATH"] ?? "")
            let shell = Tool("/bin/sh", environment: environment, folder: pair.ada.root)
            for command in commands {
                let typed = Self.meanings.reduce(command) {
                    $0.replacingOccurrences(of: " \($1.key)", with: " \($1.value)")
                }
                let result = try shell.run(["-c", typed])
                #expect((0...2).contains(result.status), "\(typed): \(result.errors)")
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
        var commands: Set<String> = []
        for name in try FileAccess.names(in: root + "/Runbooks") where name.hasSuffix(".md") {
            let bytes = try FileAccess.read("\(root)/Runbooks/\(name)")
            let text = String(decoding: bytes, as: UTF8.self).replacingOccurrences(
                of: "\n", with: " ")
            for match in text.matches(of: /`(aura [^`]+)`/) { commands.insert(String(match.1)) }
        }
        // A page may name a command that it shows with its argument elsewhere.
        let named = commands.filter { name in
            commands.contains { $0.hasPrefix(name + " ") && $0.last?.isUppercase == true }
        }
        return commands.subtracting(named).sorted()
    }
}
