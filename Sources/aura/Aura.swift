// The command line: parse arguments, call a lower floor, render. No logic lives here.

import ArgumentParser
import CLinux
import Support

@main
struct Aura: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "aura",
        abstract: "Function-level live sync of source code, and the doctor beside it.",
        discussion: """
            First steps: `aura mothership start`, `aura init`, `aura mothership register`, \
            `aura live sync enable`. When something does not arrive: `aura doctor live`.

            Where a command with `--json` is refused, one object is on standard output: `{"error": \
            {"exit_status", "next_step", "reason", "subject"}}`.
            """,
        version: Release.version,
        subcommands: [
            InitCommand.self, LiveCommand.self, MothershipCommand.self, DoctorCommand.self,
            DiffCommand.self, DemoCommand.self, VersionCommand.self,
        ])

    static func main() async {
        aura_fill_standard_descriptors()
        do {
            if PlainLook.isAsked(by: Array(CommandLine.arguments.dropFirst())) {
                try await PlainLook.run()
            }
            var command = try parseAsRoot()
            (command as? any Prepared)?.prepare()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            Output.leave(.success)
        } catch let failure as any Failure {
            if Refusal.isWanted { Refusal(failure).show() }
            Output.explain(failure)
            Output.leave(failure.exitStatus)
        } catch let code as ExitCode {
            Output.leave(code: code.rawValue)
        } catch {
            let code = exitCode(for: error)
            if Refusal.isWanted, !code.isSuccess {
                Refusal(words: message(for: error), code: code.rawValue).show()
            }
            exit(withError: error)
        }
    }
}

/// A command that has to set up the process itself; in no isolation, or the cast to it would tie the command
/// to the main actor.
protocol Prepared: SendableMetatype {
    /// Called before there is a second thread.
    func prepare()
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the release.")

    @OptionGroup var output: OutputOptions

    func run() throws {
        try output.show(["version": Release.version]) { _ in
            Output.line("aura \(Release.version)")
        }
    }
}
