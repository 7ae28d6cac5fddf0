// What this machine knows to be secret: which variables, which files, and what of them.

import Glibc
import Redaction
import Support
import Testing

@testable import IssueBundle

@Suite struct LiveSecretsTests {
    @Test(arguments: [
        ("API_TOKEN", "lantern-over-water", "lantern-over-water"),
        ("MYSQL_PWD", "lantern-over-water", "lantern-over-water"),
        ("SESSION_SALT", "lantern-over-water", "lantern-over-water"),
        ("PRIVATE_SEED", "lantern-over-water", "lantern-over-water"),
        ("SENTRY_DSN", "https://lanternoverwater@o1.ingest.sentry.io/2", "lanternoverwater"),
        ("SLACK_WEBHOOK", "https://hooks.example.net/T1/lantern7over-water", "lantern7over-water"),
        ("DATABASE_URL", "postgres://svc:lantern-over-water@db/main", "lantern-over-water"),
        ("HTTPS_PROXY", "http://u:lantern@over:water@proxy:3128", "lantern@over:water"),
        ("DB_PASSWORD", "1234509876", "1234509876"),
        ("AWS_SECRET_ACCESS_KEY", "/wJalrXUtnFEMI/K7MDENGbPxRfiCYzzzzzzzzzz", nil),
    ])
    func aVariableThatIsSecretIsKnown(name: String, value: String, secret: String?) {
        let found = LiveSecrets.secrets(in: [name: value])
        #expect(found.contains(.init(name: name, value: secret ?? value)), "\(found)")
    }

    /// What is not there has no values; what cannot be read has some that would go unsearched.
    @Test func aKeyThatCannotBeReadIsNeverPassedOverInSilence() throws {
        let scratch = try Scratch()
        try scratch.write("keys/a.key", "0123456789abcdef0123456789abcdef\n")
        try scratch.write("keys/server.crt", "0123456789abcdefXXXX0123456789abcdef\n")
        try FileAccess.makeFolder(scratch.path + "/keys/folder.key")
        let found = try LiveSecrets.files(in: scratch.path + "/keys", "device")
        #expect(found.secrets.map(\.name) == ["device key"] && found.closed.isEmpty)
        let none = try LiveSecrets.files(in: scratch.path + "/none", "device")
        #expect(none.secrets.isEmpty && none.closed.isEmpty)

        // A loop of links is an error that no rights explain, and root meets it too.
        #expect(symlink("b.key", scratch.path + "/keys/b.key") == 0)
        let failure = #expect(throws: SystemFailure.self) {
            try LiveSecrets.files(in: scratch.path + "/keys", "device")
        }
        #expect(failure?.code == ELOOP)
    }

    @Test(.enabled(if: geteuid() != 0, "root may read everything"))
    func aKeyThatIsClosedIsTold() throws {
        let scratch = try Scratch()
        try scratch.write("keys/a.key", "0123456789abcdef0123456789abcdef\n")
        #expect(chmod(scratch.path + "/keys/a.key", 0) == 0)

        let found = try LiveSecrets.files(in: scratch.path + "/keys", "device")

        #expect(found.closed.map(\.reason) == [.closedKey] && found.secrets.isEmpty)
    }

    /// What is missing from the beginning stands in the manifest and in what is printed.
    @Test func whatIsMissingFromTheBeginningIsListed() throws {
        let scratch = try Sample.prepared()
        var request = Sample.request(scratch)
        request.missing = [Omission("device a.key", .closedKey)]

        let summary = try BundleMaker(request, gate: .open, wrappings: [.plain]).make()

        #expect(summary.omissions == request.missing)
        #expect(try BundleReader(request.path).read().manifest.omissions == request.missing)
    }

    /// A path, a number, an address without a password: masking those would take ordinary lines along.
    @Test(arguments: [
        ("PWD", "/home/ada/project"), ("OLDPWD", "/home/ada/gone-since"),
        ("SSH_AUTH_SOCK", "/run/user/1000/keyring/ssh"), ("KEYTIMEOUT", "1234567890"),
        ("GIT_AUTHOR_DATE", "2026-11-21T04:05:06Z"), ("PASSWORD_FILE", "/run/secrets/database"),
        ("DATABASE_URL", "postgres://reporting@db/main"), ("DB_PASSWORD", "short"),
        ("HTTPS_PROXY", "http://proxy.internal:3128"), ("EDITOR", "lantern-over-water"),
    ])
    func aVariableThatTellsOrdinaryThingsIsNot(name: String, value: String) {
        #expect(LiveSecrets.secrets(in: [name: value]).isEmpty)
    }
}
