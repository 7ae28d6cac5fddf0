// `aura doctor trust`: a person vouches for a check that did not come with the program.

import ArgumentParser
import Checks
import Diagnostics
import Support

struct DoctorTrust: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust",
        abstract: "Let a third-party check run, as it is now.",
        discussion: """
            Checks lie in .aura/checks.d/ and in checks.d/ of your configuration folder. Read one \
            before you trust it: it runs with your rights. When the file, its owner or its mode \
            changes, it is no longer trusted. How to write one: aura doctor explain \
            third-party-checks.
            """)

    @OptionGroup var output: OutputOptions
    @Flag(name: .long, help: "Take the trust back.")
    var revoke = false
    @Argument(help: "The check's file.")
    var path: String

    func run() throws {
        let file = PathName.absolute(path)
        let store = try LivePlugins.trust()
        if revoke {
            guard store.distrust(file) else {
                throw PlainFailure(
                    file, "is not trusted", nextStep: "see aura doctor live", exitStatus: .usage)
            }
            return try output.show(["revoked": file]) { _ in
                Output.line("no longer trusted: \(file)")
            }
        }
        let record = try store.trust(file, reserved: LivePlugins.reserved, at: SystemClock().now)
        try output.show(record) { record in
            Output.line("trusted: \(file)")
            Output.line("  name:   \(record.description.name)")
            Output.line("  digest: \(record.digest.hex)")
            for code in record.description.codes {
                Output.line("  code:   \(code.code) (\(code.severity.rawValue)): \(code.meaning)")
            }
        }
    }
}
