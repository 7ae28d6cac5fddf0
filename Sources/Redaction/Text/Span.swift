// What is to be replaced, by what, and how overlapping wishes become one.

/// What a secret was, as far as its mask says. The mask is constant: no length, prefix or hash.
enum MaskClass: String, CaseIterable, Sendable {
    case knownSecret = "known-secret"
    case githubToken = "github-token"
    case gitlabToken = "gitlab-token"
    case awsKey = "aws-key"
    case awsSession = "aws-session-token"
    case googleKey = "google-key"
    case azureKey = "azure-key"
    case slackToken = "slack-token"
    case webhook
    case stripeKey = "stripe-key"
    case npmToken = "npm-token"
    case pypiToken = "pypi-token"
    case openaiKey = "openai-key"
    case anthropicKey = "anthropic-key"
    case sendgridKey = "sendgrid-key"
    case twilioKey = "twilio-key"
    case vaultToken = "vault-token"
    case dockerToken = "docker-token"
    case telegramToken = "telegram-token"
    case discordToken = "discord-token"
    case natsSeed = "nats-seed"
    case ageKey = "age-key"
    case serviceToken = "service-token"
    case webToken = "web-token"
    case privateKey = "private-key"
    case rsaKey = "rsa-private-key"
    case ecKey = "ec-private-key"
    case opensshKey = "openssh-private-key"
    case pgpKey = "pgp-private-key"
    case certificate
    case password
    case token
    case apiKey = "api-key"
    case secret
    case credentials
    case cookie
    case signature
    case opaque = "opaque-value"
    case encoded = "encoded-text"
    case identity
    case setting
    case variable
    case body

    var text: [UInt8] { Array("REDACTED-\(rawValue)".utf8) }
}

/// What takes the place of a span.
enum Replacement: Equatable {
    case mask(MaskClass)
    /// A mask in quotes, where a number or a bare word stood.
    case quoted(MaskClass)
    /// Text of a function: the mask tells its size, rounded up.
    case body
    /// A stand-in, and the name of its class for the report.
    case alias([UInt8], String)

    /// Secrets win over bodies, bodies over aliases.
    var rank: Int {
        switch self {
        case .mask(.identity), .mask(.setting), .mask(.variable), .quoted(.setting): 1
        case .alias: 0
        case .body: 2
        case .mask, .quoted: 3
        }
    }

    var className: String {
        switch self {
        case .mask(let name), .quoted(let name): name.rawValue
        case .body: MaskClass.body.rawValue
        case .alias(_, let name): name
        }
    }

    func bytes(for length: Int) -> [UInt8] {
        switch self {
        case .mask(let name): name.text
        case .quoted(let name): [34] + name.text + [34]
        case .body: MaskClass.body.text + Array("-\(Self.rounded(length))".utf8)
        case .alias(let bytes, _): bytes
        }
    }

    /// Up to the next power of two, at least 64: tells a line from a page and no more.
    static func rounded(_ length: Int) -> Int {
        var size = 64
        while size < length { size *= 2 }
        return size
    }
}

/// A range that is to be replaced.
struct Span {
    var start: Int
    var end: Int
    var rule: RedactionRule
    var replacement: Replacement

    /// Whether another, of the same rule and with the same replacement, covers it.
    func isInside(_ other: Span) -> Bool {
        rule == other.rule && replacement == other.replacement
            && start >= other.start && end <= other.end
    }
}

extension Span {
    /// One pass over all wishes: sorted, disjoint, the wider and the more secret wins.
    static func merged(_ spans: [Span]) -> [Span] {
        var result: [Span] = []
        let sorted = spans.sorted {
            $0.start != $1.start ? $0.start < $1.start : $0.end > $1.end
        }
        for span in sorted {
            guard let last = result.last, span.start <= last.end else {
                result.append(span)
                continue
            }
            if span.start == last.end {
                join(span, to: &result)
            } else {
                result[result.count - 1] = united(last, span)
            }
        }
        return result
    }

    /// Two secrets side by side become one, so that a second pass sees one mask.
    private static func join(_ span: Span, to result: inout [Span]) {
        let last = result[result.count - 1]
        guard last.replacement.rank >= 2, span.replacement.rank >= 2 else {
            result.append(span)
            return
        }
        result[result.count - 1].end = span.end
    }

    private static func united(_ left: Span, _ right: Span) -> Span {
        var winner = left
        if right.replacement.rank > left.replacement.rank {
            winner = right
        } else if right.replacement.rank == left.replacement.rank, right.end > left.end,
            left.replacement.rank < 2
        {
            // Two stand-ins that overlap in part: neither describes the whole.
            winner.replacement = .mask(.identity)
        }
        winner.start = min(left.start, right.start)
        winner.end = max(left.end, right.end)
        return winner
    }
}
