// What this machine knows to be secret: which variables, which files, and what of them.

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
