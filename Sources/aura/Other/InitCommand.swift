// `aura init`: make a git working copy a member.

import ArgumentParser
import LiveSync
import Support

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make .aura/ in this git repository.")

    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "The Mothership, as ws://HOST:PORT or wss://HOST:PORT.")
    var mothership: String?
    @Option(
        name: .long, help: "A repository id, where git has no root commit to derive one from.")
    var repo: String?
    @Option(name: .long, help: "A join token that aura mothership token create printed.")
    var join: String?
    @Flag(name: .long, help: "Make a new device here, e.g. in a copied folder.")
    var newDevice = false
    @Flag(name: .long, help: "Let the join token travel in clear text beyond this machine.")
    var allowCleartext = false

    func run() async throws {
        let enrolment = Enrolment(Surroundings(allowCleartext: allowCleartext))
        let made = try await enrolment.initialize(
            in: ".",
            Enrolment.Order(
                mothership: mothership, repository: repo, join: join, newDevice: newDevice))
        try output.show(made) { made in
            Output.line("initialized \(made.root)/.aura")
            Output.line("  repository:  \(made.repository)")
            Output.line("  device:      \(made.device.short)")
            Output.line("  mothership:  \(made.endpoint)")
            if let moved = made.movedAside { Output.line("  before:      \(moved)") }
            guard let joined = made.joined else {
                Output.line("next: aura mothership register, then aura live sync enable")
                return
            }
            Output.line("joined")
            Output.line("  fingerprint: \(joined.fingerprint)")
            if let certificate = joined.certificate {
                Output.line("  certificate: \(certificate)")
            }
            Output.line("  expires:     \(joined.expiresAt.iso8601)")
            Output.line("  key id:      \(joined.keyID)")
            Output.line("  scopes:      \(joined.scopes.joined(separator: " "))")
            Output.line("next: aura live sync enable")
        }
    }
}
