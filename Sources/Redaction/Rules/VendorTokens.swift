// Tokens that say whose they are. Prefix, alphabet, least length: never an exact length, because
// GitHub, GitLab and Stripe have all made theirs longer.

/// One issuer's tokens.
struct VendorToken: Sendable {
    enum Alphabet: Sendable { case alnum, urlSafe, dotted, base64, upper, hex }

    let prefix: String
    /// What may follow the prefix.
    let alphabet: Alphabet
    /// How much of it at least; shorter ones are fragments or something else.
    let tail: Int
    let name: MaskClass
    /// The prefix also ends ordinary words (`task-`): nothing of a word may stand before it, and
    /// the tail must look random.
    var isPlain = false

    func holds(_ byte: UInt8) -> Bool {
        switch alphabet {
        case .alnum: Byte.isAlnum(byte) || byte == 95
        case .urlSafe: Byte.isURLSafe(byte)
        case .dotted: Byte.isURLSafe(byte) || byte == 46 || byte == 126
        case .base64: Byte.isRun(byte) || byte == 61
        case .upper: Byte.isUpper(byte) || Byte.isDigit(byte)
        case .hex: Byte.isHex(byte)
        }
    }

    private static func group(
        _ prefixes: String, _ alphabet: Alphabet, _ tail: Int, _ name: MaskClass,
        isPlain: Bool = false
    ) -> [VendorToken] {
        prefixes.split(separator: " ").map {
            VendorToken(
                prefix: String($0), alphabet: alphabet, tail: tail, name: name, isPlain: isPlain)
        }
    }

    /// Formats as their issuers document them.
    static let all: [VendorToken] =
        group("ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", .alnum, 16, .githubToken)
        + group(
            "glpat- gldt- glrt- glptt- glcbt- glsoat- glft- glimt- glagent- glwt- glffct- gloas-",
            .dotted, 12, .gitlabToken)
        + group("AKIA ASIA ABIA ACCA AGPA AROA AIDA ANPA ANVA", .upper, 12, .awsKey)
        + group("IQoJb3JpZ2lu FwoGZXIvYXdz FQoGZXIvYXdz", .base64, 40, .awsSession)
        + group("AIza", .urlSafe, 30, .googleKey)
        + group("GOCSPX- ya29. 1//0", .dotted, 16, .googleKey)
        + group(
            "xoxb- xoxp- xoxa- xoxr- xoxs- xoxc- xoxd- xoxe- xoxe. xapp-", .dotted, 10, .slackToken)
        + group(
            "sk_live_ sk_test_ rk_live_ rk_test_ pk_live_ pk_test_ whsec_", .alnum, 12, .stripeKey)
        + group("npm_", .alnum, 24, .npmToken)
        + group("pypi-AgE pypi-", .urlSafe, 40, .pypiToken)
        + group("sk-ant-", .urlSafe, 16, .anthropicKey)
        + group("sk-proj- sk-svcacct- sk-admin- sk-None-", .urlSafe, 16, .openaiKey)
        + group("sk-", .urlSafe, 20, .openaiKey, isPlain: true)
        + group("hf_ api_org_", .alnum, 24, .serviceToken)
        + group("SG.", .dotted, 32, .sendgridKey, isPlain: true)
        + group("hvs. hvb. hvr.", .dotted, 16, .vaultToken)
        + group("dckr_pat_ dckr_oat_", .urlSafe, 16, .dockerToken)
        + group("dop_v1_ doo_v1_ dor_v1_", .alnum, 24, .serviceToken)
        + group("AGE-SECRET-KEY-1 age-secret-key-1", .alnum, 16, .ageKey)
        + group(
            "shpat_ shpca_ shppa_ shpss_ sq0atp- sq0csp- ATATT3 ATCTT3 lin_api_ rubygems_ "
                + "sntrys_ sntryu_ glsa_ glc_ figd_ sbp_ pscale_tkn_ pscale_pw_ tskey- dp.pt. "
                + "dp.st. gsk_ PMAK- NRAK- NRII- fo1_ fm1_ fm2_ atlasv1. ntn_ nfp_ vcp_ "
                + "xkeysib- key-live- ops_eyJ pat-na1- oy2 EAACEdEose0cBA LTAI AKCp CLOJARS_ "
                + "dt0c01. duffel_live_ eyJrIjoi frameio- ghcr_ ico- lob_live_ phc_ phx_ "
                + "secret_ sl.B sgp_ tfp_ trustpilot- xai- r8_ pplx- nvapi- jfrog_ cmVmdGtu",
            .dotted, 20, .serviceToken, isPlain: true)
        + group("dapi", .hex, 32, .serviceToken, isPlain: true)
        + group("pul-", .hex, 32, .serviceToken, isPlain: true)
        + group("SK AC", .hex, 32, .twilioKey, isPlain: true)

    static let unambiguous: [Bool] = all.map { !$0.isPlain }
}

extension Scanner {
    /// A token whose prefix stands at `start..<end`.
    mutating func vendorToken(_ index: Int, _ start: Int) {
        let token = VendorToken.all[index]
        let end = start + token.prefix.utf8.count
        if token.isPlain, Byte.isAlnum(text[start - 1]) { return }
        var stop = text.skip(end, limit: Self.valueMax) { token.holds($0) }
        while stop > end, text[stop - 1] == 46 { stop -= 1 }
        guard stop - end >= token.tail else { return }
        if token.isPlain, !Shape.isRandom(text, end, stop) { return }
        add(start, stop, .vendorToken, .mask(token.name))
    }

    /// Azure's client secrets carry `Q~` after four characters.
    mutating func azureSecret(_ mark: Int) {
        let holds = { (byte: UInt8) in Byte.isURLSafe(byte) || byte == 46 || byte == 126 }
        let stop = text.skip(mark + 3, limit: 64, while: holds)
        let start = max(text.back(mark, limit: 4, while: Byte.isAlnum), mark - 3)
        guard stop - mark >= 26 else { return }
        add(start, stop, .vendorToken, .mask(.azureKey))
    }

    /// A bot's number, a colon and 35 letters that begin with `AA`.
    mutating func telegramToken(_ colon: Int) {
        let start = text.back(colon, limit: 12, while: Byte.isDigit)
        let stop = text.skip(colon + 1, limit: 64, while: Byte.isURLSafe)
        guard colon - start >= 6, stop - colon >= 30 else { return }
        add(start, stop, .vendorToken, .mask(.telegramToken))
    }

    /// Three or five base64url parts, the first of which is a JSON object. All of it goes: the
    /// claims are somebody's.
    mutating func webToken(_ start: Int) {
        guard start >= webTokenEnd else { return }
        let first = text.skip(start, limit: Self.valueMax, while: Byte.isURLSafe)
        guard first - start >= 10, text[first] == 46 else { return }
        let stop = text.skip(first, limit: Self.valueMax) {
            Byte.isURLSafe($0) || $0 == 46 || $0 == 61
        }
        guard stop - first >= 6 else { return }
        let begin = text.back(start, limit: 4) { $0 == 46 }
        webTokenEnd = stop
        add(begin, stop, .webToken, .mask(.webToken))
    }

    /// The path of a web hook is the secret.
    mutating func webHook(_ start: Int, _ end: Int) {
        guard let slash = [end, end - 1].first(where: { text[$0] == 47 || text[$0] == 92 }) else {
            return
        }
        let stop = text.skip(slash, limit: Self.valueMax) {
            Byte.isRun($0) || $0 == 37 || $0 == 92 || $0 == 46
        }
        guard stop - slash > 8 else { return }
        add(slash + 1, stop, .vendorToken, .mask(.webhook))
    }
}
