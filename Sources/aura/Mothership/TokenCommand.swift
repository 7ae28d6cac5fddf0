// `aura mothership token …`: let other machines in, and shut them out again.

import ArgumentParser
import LiveProtocol
import LiveSync
import Mothership
import Support

struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Make, list and revoke the tokens that let machines in.",
        subcommands: [TokenCreate.self, TokenList.self, TokenRevoke.self])
}

extension TokenRole: ExpressibleByArgument {}

struct TokenCreate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Print a join token for another machine, once.",
        discussion: """
            Send it over a channel you trust: it names this Mothership's address and fingerprints. \
            There it is redeemed with `aura init --join TOKEN`. It is not kept here and cannot be \
            shown again.
            """)

    @OptionGroup var place: HomeOptions
    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "The room: the repository id that aura init printed.")
    var room: String
    @Option(name: .long, help: "reader, contributor or admin.")
    var role = TokenRole.contributor
    @Option(name: .long, help: "How long it can be redeemed: 30m, 24h, 7d.")
    var expires = "24h"
    @Option(name: .long, help: "For whom, for your own list.")
    var name: String?
    @Flag(name: .long, inversion: .prefixedNo, help: "Only one device can use it.")
    var once = true
    @Option(name: .long, help: "The address others reach this Mothership at.")
    var address: String?

    func run() throws {
        guard let lifetime = Duration(parsing: expires), lifetime >= .seconds(1) else {
            throw ValidationError("--expires \(expires) is no duration; write 30m, 24h or 7d")
        }
        var arguments = [
            "room": room, "role": role.rawValue, "seconds": "\(lifetime.components.seconds)",
            "once": once ? "yes" : "no",
        ]
        if let name { arguments["name"] = name }
        if let address { arguments["url"] = try checked(address) }
        let created = try AdminSocket(home: place.path).ask(
            .createJoinToken, arguments, as: LocalMothership.CreatedJoinToken.self)
        try output.show(created) { created in
            Output.line("join token for room \(created.room) (\(created.role.rawValue))")
            Output.line("  id:           \(created.id)")
            if let name = created.name { Output.line("  for:          \(name)") }
            Output.line("  address:      \(created.url)")
            Output.line("  fingerprint:  \(created.fingerprint)")
            if let certificate = created.certificate {
                Output.line("  certificate:  \(certificate)")
            }
            Output.line("  expires:      \(created.expiresAt.iso8601)")
            Output.line("  use:          \(created.once ? "one device" : "any number of devices")")
            Output.line("  token:")
            Output.line(created.token)
            Output.line("next, on the other machine: aura init --join TOKEN")
        }
    }

    private func checked(_ address: String) throws -> String {
        switch MothershipAddress.parse(address) {
        case .success(let parsed): return parsed.description
        case .failure(let rule): throw ValidationError("--address \(address) \(rule.rawValue)")
        }
    }
}

struct TokenList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Join tokens, who used them, and what became of them.")

    @OptionGroup var place: HomeOptions
    @OptionGroup var output: OutputOptions
    @Flag(name: .long, help: "Also the tokens that devices hold.")
    var all = false

    func run() throws {
        let rows = try AdminSocket(home: place.path).ask(
            .listTokens, ["all": all ? "yes" : "no"], as: [LocalMothership.ListedToken].self)
        let now = SystemClock().now
        try output.show(rows) { rows in
            guard !rows.isEmpty else { return Output.line("no tokens") }
            Output.table(
                ["ID", "KIND", "ROOM", "ROLE", "NAME", "CREATED", "EXPIRES", "USED BY", "STATE"],
                rows.map { row in
                    [
                        row.id, row.kind.rawValue, row.room ?? "-",
                        row.role?.rawValue ?? row.scopes.joined(separator: " "), row.name ?? "-",
                        row.createdAt.iso8601, row.expiresAt.iso8601, Self.users(of: row),
                        Self.state(of: row, at: now),
                    ]
                })
        }
    }

    private static func users(of row: LocalMothership.ListedToken) -> String {
        guard !row.usedBy.isEmpty else { return "-" }
        return row.usedBy.map { "\($0.user) (\($0.device.short))" }.joined(separator: ", ")
    }

    private static func state(
        of row: LocalMothership.ListedToken, at now: Timestamp
    ) -> String {
        if let at = row.revokedAt { return "revoked \(at.iso8601)" }
        if row.kind == .join, row.once, !row.usedBy.isEmpty { return "used" }
        return row.expiresAt <= now ? "expired" : "open"
    }
}

struct TokenRevoke: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "End a token now, with every connection and token that goes back to it.")

    @OptionGroup var place: HomeOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The id, or the first 8 or more of its digits.")
    var id: String

    func run() throws {
        let revoked = try AdminSocket(home: place.path).ask(
            .revokeToken, ["id": id], as: LocalMothership.RevokedToken.self)
        try output.show(revoked) { revoked in
            Output.line("revoked \(revoked.id)")
            Output.line("  tokens:    \(revoked.tokens) of devices ended")
            Output.line("  sessions:  \(revoked.sessions) closed")
        }
    }
}
