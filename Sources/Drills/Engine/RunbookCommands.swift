// The commands of the runbooks as their pages show them, and those of them that only look: a person
// types them while something is wrong, so that is when they have to work.

import Runbooks

/// What the runbooks tell a person to type.
public enum RunbookCommands {
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
    /// What a command says that had nothing to say but its answer.
    public static let goodStatuses: ClosedRange<Int32> = 0...2

    /// What stands between back quotes in some pages and begins with the program's name, once each.
    public static func all(in pages: [String]) -> [String] {
        var commands: Set<String> = []
        for page in pages {
            let text = String(page.map { $0 == "\n" ? " " : $0 })
            for match in text.matches(of: /`(aura [^`]+)`/) { commands.insert(String(match.1)) }
        }
        // A page may name a command that it shows with its argument elsewhere.
        let named = commands.filter { name in
            commands.contains { $0.hasPrefix(name + " ") && $0.last?.isUppercase == true }
        }
        return commands.subtracting(named).sorted()
    }

    /// Those that only look, as they are typed.
    public static func looking(among commands: [String]) -> [String] {
        commands.filter { command in
            !command.contains(" --fix")
                && lookingOnly.contains { command == $0 || command.hasPrefix($0 + " ") }
        }.map { command in
            meanings.reduce(command) {
                $0.replacing(" \($1.key)", with: " \($1.value)")
            }
        }
    }

    /// What whoever looks after a code's finding types. To ask everybody for a sign of life is the
    /// repair of some, and what is written into a file would be one of the user's.
    static func looking(after code: String) -> [String] {
        looking(among: all(in: Runbooks.section(code: code).map { [$0] } ?? []))
            .filter { !$0.contains(" --refresh") }
            .map { String($0.prefix { $0 != ">" }) }
    }
}
