// `aura diff --semantic PATH`: what changed, unit by unit.

import ArgumentParser
import LiveSync

struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compare a file with the version that is shared: the ledger's, else git's.")

    @OptionGroup var output: OutputOptions
    @Flag(name: .long, help: "Compare units of source code instead of lines.")
    var semantic = false
    @Argument(help: "A file of this working copy.", completion: .file())
    var path: String

    func validate() throws {
        guard semantic else {
            throw ValidationError("say --semantic; for lines there is git diff")
        }
    }

    func run() throws {
        let rows = try SemanticComparison.withShared(path)
        try output.show(rows) { rows in
            Output.table(
                ["STATUS", "UNIT", "LINE", "WAS", "AGAINST"],
                rows.map {
                    [
                        $0.status, $0.unit, $0.line.map(String.init) ?? "-", $0.was ?? "-",
                        $0.against,
                    ]
                })
            let same = rows.count { $0.status == "same" }
            Output.line("  \(rows.count - same) of \(rows.count) units differ")
        }
    }
}
