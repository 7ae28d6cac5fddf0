// Tokens that say whose they are. Prefix, alphabet, least length: never an exact length, because
// GitHub, GitLab and Stripe have all made theirs longer.

/// One issuer's tokens.
struct VendorToken: Sendable {
    enum Alphabet: Sendable {
        case alnum, urlSafe, dotted, base64, upper, hex, uuid, crypt, capitals, session, stored
    }

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
        case .uuid: Byte.isHex(byte) || byte == 45
        case .capitals: Byte.isUpper(byte) || Byte.isDigit(byte) || byte == 45
        case .session: Byte.isURLSafe(byte) || byte == 46 || byte == 33
        case .stored: Byte.isRun(byte) || byte == 36 || byte == 61 || byte == 58
        case .crypt: Byte.isRun(byte) || byte == 36 || byte == 46 || byte == 61 || byte == 44
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
            "glpat- gldt- glrt- glptt- glcbt- glsoat- glft- glimt- glagent- glwt- glffct- gloas- "
                + "GR1348941",
            .dotted, 12, .gitlabToken)
        + group("AKIA ASIA ABIA ACCA AGPA AROA AIDA ANPA ANVA", .upper, 12, .awsKey)
        + group("IQoJb3JpZ2lu FwoGZXIvYXdz FQoGZXIvYXdz", .base64, 40, .awsSession)
        + group("ABSK", .base64, 60, .awsKey)
        + group("AIza", .urlSafe, 30, .googleKey)
        + group("GOCSPX- ya29. 1//0 AQ.Ab8RN6", .dotted, 16, .googleKey)
        + group(
            "xoxb- xoxp- xoxa- xoxr- xoxs- xoxc- xoxd- xoxe- xoxe. xapp-", .dotted, 10, .slackToken)
        + group(
            "sk_live_ sk_test_ rk_live_ rk_test_ pk_live_ pk_test_", .alnum, 12, .stripeKey)
        + group("whsec_", .base64, 12, .stripeKey)
        + group(
            "$2a$ $2b$ $2y$ $argon2 $6$ $5$ $1$ $y$ $apr1$ $scrypt$ $pbkdf2 pbkdf2_sha256$ {SSHA} "
                + "{SSHA512} {CRYPT} {SHA} {SHA256} {SHA512} {SSHA256} {SSHA384} {SMD5} {MD5}",
            .crypt, 20, .password)
        + group("pat", .dotted, 79, .serviceToken, isPlain: true)
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
        + group("AGE-SECRET-KEY-1 age-secret-key-1 AGE-PLUGIN-", .urlSafe, 16, .ageKey)
        + group(
            "shpat_ shpca_ shppa_ shpss_ sq0atp- sq0csp- ATATT3 ATCTT3 lin_api_ rubygems_ "
                + "sntryu_ glsa_ glc_ figd_ sbp_ pscale_tkn_ pscale_pw_ tskey- dp.pt. "
                + "dp.st. gsk_ PMAK- NRAK- NRII- fo1_ atlasv1. ntn_ nfp_ vcp_ "
                + "xkeysib- key-live- ops_eyJ pat-na1- oy2 EAACEdEose0cBA LTAI AKCp CLOJARS_ "
                + "dt0c01. duffel_live_ eyJrIjoi frameio- ghcr_ ico- lob_live_ phc_ phx_ "
                + "secret_ sl.B sgp_ tfp_ trustpilot- xai- r8_ pplx- nvapi- jfrog_ cmVmdGtu",
            .dotted, 20, .serviceToken, isPlain: true)
        + group(
            "rnd_ HRKU- ATBB ATCTT cio CFPAT- xsmtpsib- bkua_ CCIPAT_ CCIPRJ_ lsv2_ pcsk_ tvly- "
                + "napi_ xaat- pylf_v ddp_ csk- e2b_ sb_secret_ rdme_ pnu_ EZAK EZTK p8e- s-s4t2 "
                + "AKID AQVN v1.0- bkpt_ cfut_ sm_aat_ dvc_ hcp. tkn_ ATTA flux_ gitea_ "
                + "snyk_ cpln_ ddog_ ory_at_ ory_rt_ zpka_ wpcom_ ctp_ bb_live_ mt0. k1. phc_",
            .dotted, 22, .serviceToken, isPlain: true)
        + group(
            "ctx7sk- vercel_blob_rw_ ctx7sk_ vca_ vcr_ vcat_ squ_ sqp_ sqa_ sk_org_live_ sk_org_test_ dp.sa. dp.scim. dp.audit. lin_oauth_ lin_wh_ "
                + "AVNS_ rzp_live_ rzp_test_ shippo_live_ shippo_test_ tgp_v1_ jina_ vck_ hcaik_ "
                + "nyk_ crsr_ mdb_sa_sk_ mdb_sa_id_ sl.u. FLWSECK- FLWSECK_ wandb_v1_ y0_ API- "
                + "gAAAAA SWMTKN-1- K10 A21AA live_ test_ sk_",
            .dotted, 24, .serviceToken, isPlain: true)
        + group("sk.eyJ pk.eyJ tk.eyJ", .dotted, 40, .serviceToken, isPlain: true)
        + group("xprv yprv zprv tprv", .alnum, 100, .privateKey, isPlain: true)
        + group("fm1_ fm2_ glc_ sntrys_ essu_ EAA", .base64, 40, .serviceToken, isPlain: true)
        + group(
            "t1. v1.local. v2.local. v3.local. v4.local.", .dotted, 50, .serviceToken, isPlain: true
        )
        + group(
            "v1.public. v2.public. v3.public. v4.public.", .dotted, 50, .webToken, isPlain: true)
        + group("re_ fw_ as- ak- A3-", .dotted, 22, .serviceToken, isPlain: true)
        + group("key-", .hex, 32, .serviceToken, isPlain: true)
        + group(
            "sdk- api- mob- access-production- access-sandbox- access-development-", .uuid, 36,
            .serviceToken, isPlain: true)
        + group("NRJS- NRAL-", .hex, 16, .serviceToken)
        + group("dapi", .hex, 32, .serviceToken, isPlain: true)
        + group("pul-", .hex, 32, .serviceToken, isPlain: true)
        // Keys in base64 without the lines round them: what their first bytes make.
        + group(
            "MIIEv MIIEo MIIEp MIICX MIICd MIIJK MIIJQ", .base64, 80, .privateKey, isPlain: true)
        + group(
            "b3BlbnNzaC1rZXktdjE MC4CAQAwBQYDK2Vw MHcCAQEE MIGHAgEA", .base64, 24, .privateKey,
            isPlain: true)
        + group("npg_ rzp_live_ rzp_test_", .alnum, 12, .serviceToken, isPlain: true)
        + group(
            "dp.ct. fio-u- mfa. 4/0A sq0idp- sess-", .dotted, 22, .serviceToken, isPlain: true)
        + group("CCDB1_ bkct_ expo_", .alnum, 30, .serviceToken, isPlain: true)
        // OpenShift's name a digest, and Infisical's have three parts.
        + group("sha256~", .urlSafe, 40, .serviceToken)
        + group("st.", .dotted, 80, .serviceToken, isPlain: true)
        + group("nsec1 edsk", .alnum, 50, .privateKey, isPlain: true)
        + group("ops_eyJ cflt", .base64, 50, .serviceToken, isPlain: true)
        + group("NpmToken. pat-eu1- pat-na1-", .uuid, 36, .serviceToken)
        + group("A3-", .capitals, 30, .serviceToken)
        + group("AGE-SECRET-KEY-PQ-1", .upper, 30, .ageKey)
        + group("00D", .session, 60, .serviceToken)
        + group(
            "SCRAM-SHA-256$ SCRAM-SHA-1$ scrypt: pbkdf2:sha256: access_token$production$ "
                + "access_token$sandbox$", .stored, 40, .password)
        + group("SK AC", .hex, 32, .twilioKey, isPlain: true)
}

extension Scanner {
    /// A token whose prefix stands at `start..<end`.
    mutating func vendorToken(_ index: Int, _ start: Int) {
        let token = VendorToken.all[index]
        let end = start + token.prefix.utf8.count
        if token.isPlain, Byte.isAlnum(text[start - 1]) { return }
        // An id of 15 or 18 characters, an exclamation mark, the rest.
        if token.alphabet == .session, text[end + 12] != 33, text[end + 15] != 33 { return }
        if start < vendorEnd { return }
        var stop = runEnd(of: token, from: end)
        while stop > end, text[stop - 1] == 46 { stop -= 1 }
        guard stop - end >= token.tail else { return }
        if token.alphabet == .uuid, !Shape.isUUID(text, end, end + 36) { return }
        // Thirty-two hexadecimal digits in a row are not judged: of those some hold too few digits.
        if token.isPlain, token.alphabet != .hex,
            !Shape.isRandom(text, end, min(stop, end + Self.judgedMax))
        {
            return
        }
        add(issuedStart(token, start), stop, .vendorToken, .mask(token.name))
        vendorEnd = stop
        if token.alphabet == .crypt { userOfHash(start) }
        if token.name == .awsKey { awsSecret(stop) }
    }

    /// `ada:$6$…` and `ada $2a$…`: whose hash of a password begins at `start`, in a line of its own.
    private mutating func userOfHash(_ start: Int) {
        let first = text.back(start - 1, limit: 48, while: Self.holdsUser)
        let line = contentStart(start)
        guard hasLines, first < start - 1, text[start - 1] == 58 || text[start - 1] == 32,
            text.pastBlanks(line) == first
        else { return }
        userValue(first, start - 1, text.string(first, start - 1).lowercased())
    }

    /// By so many characters a token shows whether it is one.
    private static let judgedMax = 512

    /// Where the characters end that a token may have. A run that holds its own prefix again and
    /// again is walked once.
    private mutating func runEnd(of token: VendorToken, from start: Int) -> Int {
        if let run = vendorRun, run.alphabet == token.alphabet, run.range.contains(start) {
            return run.range.upperBound
        }
        let isShort = token.alphabet == .session || token.alphabet == .stored
        let limit = isShort ? Self.judgedMax : Self.valueMax
        let end = text.skip(start, limit: limit) { token.holds($0) }
        vendorRun = (token.alphabet, start..<end)
        return end
    }

    /// Terraform's mark stands behind the number of the token.
    private func issuedStart(_ token: VendorToken, _ start: Int) -> Int {
        guard token.prefix == "atlasv1.", text[start - 1] == 46 else { return start }
        return text.back(start - 1, limit: 24, while: Byte.isAlnum)
    }

    /// The secret beside a key's id, as lists of both have it: 40 characters of base64.
    private mutating func awsSecret(_ end: Int) {
        let start = text.skip(end, limit: 8) {
            $0 == 44 || $0 == 32 || $0 == 34 || $0 == 9 || $0 == 58
        }
        let stop = text.skip(start, limit: 48, while: Byte.isRun)
        guard start > end, stop - start == 40, Shape.isRandom(text, start, stop) else { return }
        add(start, stop, .vendorToken, .mask(.awsKey))
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
        let first = text.runEnd(
            start, limit: Self.valueMax, known: &text.memo.pointee.webTokenRun,
            while: Byte.isURLSafe)
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
        let stop = text.runEnd(slash, limit: Self.valueMax, known: &text.memo.pointee.hookRun) {
            Byte.isRun($0) || $0 == 37 || $0 == 92 || $0 == 46
        }
        guard stop - slash > 8 else { return }
        add(slash + 1, stop, .vendorToken, .mask(.webhook))
    }
}
