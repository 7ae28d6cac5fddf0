// What is looked for. A rule is the unit that is counted in reports and that a proof can switch off
// to see that its canaries are missed then.

/// One kind of thing the redactor takes out, or one way in which it sees through an encoding.
public enum RedactionRule: String, CaseIterable, Codable, Sendable, CodingKeyRepresentable {
    /// Secrets this machine holds, in every encoding.
    case knownSecret = "known-secret"
    /// Names, addresses and ids this machine knows to be somebody's.
    case knownIdentity = "known-identity"
    /// Tokens that name their issuer by prefix or marker.
    case vendorToken = "vendor-token"
    /// JSON web tokens, signed or encrypted.
    case webToken = "web-token"
    /// Private keys between BEGIN and END, also when one of both is missing.
    case privateKey = "private-key"
    /// Values behind a key that says they are secret.
    case keyedSecret = "keyed-secret"
    /// Authorization, Cookie and the headers like them.
    case header = "header"
    /// Names and passwords before the `@` of an address.
    case urlUserInfo = "url-userinfo"
    /// Parameters of a query or fragment that carry a right.
    case urlQuery = "url-query"
    /// Values of command line flags, and `-u name:password`.
    case commandFlag = "command-flag"
    /// `.netrc` and `.pgpass` lines.
    case passwordFile = "password-file"
    /// Long opaque values beside a suspicious word.
    case opaqueValue = "opaque-value"
    /// Text of functions: bodies, hunks, snippets, conflict sides.
    case functionBody = "function-body"
    case email
    case ipv4
    case ipv6
    case hardwareAddress = "hardware-address"
    case hostName = "host-name"
    /// User names in home folders and behind keys that name a user.
    case userName = "user-name"
    case decentralizedID = "decentralized-id"
    case deviceID = "device-id"
    /// Names that only the strict policy hides: paths, functions, branches, repositories.
    case strictName = "strict-name"
    /// Settings whose key is not on the list.
    case settingsAllowlist = "settings-allowlist"
    /// Environment variables whose name is not on the list.
    case environmentAllowlist = "environment-allowlist"
    /// Looks through JSON, percent, HTML, quoted-printable and terminal escapes.
    case seeThroughEscapes = "see-through-escapes"
    /// Looks through base64 and hexadecimal text.
    case seeThroughRuns = "see-through-runs"
    /// Looks through line breaks inside a value.
    case seeThroughWraps = "see-through-wraps"
    /// Looks through UTF-16.
    case seeThroughUTF16 = "see-through-utf16"
}
