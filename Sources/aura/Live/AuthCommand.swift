// `aura live auth …`: this working copy's token, and whom it trusts.

import ArgumentParser
import LiveSync
import Support

struct AuthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "auth", abstract: "The token of this working copy, and whom it trusts.",
        subcommands: [AuthRefresh.self, AuthTrust.self])
}

struct AuthRefresh: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refresh", abstract: "Obtain a new token; the old one stays until it works.")

    @OptionGroup var output: OutputOptions
    @Flag(name: .long, help: "Let the token travel in clear text beyond this machine.")
    var allowCleartext = false

    func run() async throws {
        let renewed = try await Enrolment(Surroundings(allowCleartext: allowCleartext)).refresh(
            try Workspace.find())
        try output.show(renewed) { renewed in
            Output.line("token renewed, and proven by a hello")
            Output.line("  expires:  \(renewed.expiresAt.iso8601)")
            Output.line("  key id:   \(renewed.keyID)")
            Output.line("  scopes:   \(renewed.scopes.joined(separator: " "))")
        }
    }
}

struct AuthTrust: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Accept a Mothership whose key or certificate changed.",
        discussion: """
            Get the fingerprint from the operator on another channel; `aura mothership status` \
            prints it there. For wss:// it is the certificate's, for ws:// the signing key's.
            """)

    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "64 hexadecimal digits.")
    var fingerprint: String
    @Flag(name: .long, help: "Ask in clear text beyond this machine.")
    var allowCleartext = false

    func run() async throws {
        let pin = try await Enrolment(Surroundings(allowCleartext: allowCleartext)).trust(
            try Workspace.find(), fingerprint: fingerprint)
        try output.show(pin) { pin in
            Output.line("trusted from now on: \(pin.address)")
            Output.line("  fingerprint:  \(pin.instance ?? "-")")
            if let certificate = pin.certificate { Output.line("  certificate:  \(certificate)") }
            Output.line("next: aura live auth refresh")
        }
    }
}
