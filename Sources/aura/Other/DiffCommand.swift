// `aura diff --semantic PATH`: what changed, unit by unit.

import ArgumentParser
import LiveSync
import SourceAnalysis
import Support

struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Compare a file with the version git's HEAD has.")

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
        let rows = try SemanticComparison.withHead(path)
        try output.show(rows) { rows in
            guard rows.contains(where: { $0.status != "same" }) else {
                return Output.line("no unit differs (\(rows.count) compared)")
            }
            Output.table(
                ["STATUS", "UNIT", "LINE", "WAS"],
                rows.filter { $0.status != "same" }.map {
                    [$0.status, $0.unit, $0.line.map(String.init) ?? "-", $0.was ?? "-"]
                })
            Output.line("  \(rows.count { $0.status == "same" }) units are the same")
        }
    }
}
