// `aura init`: make a git working copy a member.

import ArgumentParser
import LiveSync
import Support

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make .aura/ in this git repository.")

    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "The Mothership, as ws://HOST:PORT.")
    var mothership: String?
    @Option(
        name: .long, help: "A repository id, where git has no root commit to derive one from.")
    var repo: String?

    func run() throws {
        let made = try Enrolment().initialize(in: ".", mothership: mothership, repository: repo)
        try output.show(made) { made in
            Output.line("initialized \(made.root)/.aura")
            Output.line("  repository:  \(made.repository)")
            Output.line("  device:      \(made.device.short)")
            Output.line("  mothership:  \(made.endpoint)")
            Output.line("next: aura mothership register, then aura live sync enable")
        }
    }
}
