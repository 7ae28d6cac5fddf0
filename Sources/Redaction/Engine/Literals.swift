// The literals that set rules off.

enum Literals {
    /// - Parameter strict: also those of names only the strict policy hides.
    static func rules(strict: Bool) -> [TriggerTable.Literal] {
        var list = keys(strict: strict)
        for (index, token) in VendorToken.all.enumerated() where token.prefix.utf8.count >= 3 {
            list.append(literal(token.prefix, .vendor(index), exact: true))
        }
        for (index, token) in VendorToken.all.enumerated() where token.prefix.utf8.count == 2 {
            // Too short to be hashed alone: with every digit that may follow.
            for digit in "0123456789abcdefABCDEF" {
                list.append(literal(token.prefix + String(digit), .vendor(index), exact: true))
            }
        }
        return list + marks() + numbers() + escapes()
    }

    static func literal(
        _ text: String, _ action: Action, at anchor: Int = 0, exact: Bool = false
    ) -> TriggerTable.Literal {
        TriggerTable.Literal(bytes: Array(text.utf8), action: action, exact: exact, anchor: anchor)
    }

    /// Words of keys. The number is where their rarest three letters begin.
    private static func keys(strict: Bool) -> [TriggerTable.Literal] {
        let anywhere: [(String, Int)] = [
            ("passw", 2), ("passphrase", 4), ("passcode", 3), ("pwd", 0), ("secret", 1),
            ("token", 1), ("credential", 2), ("creds", 1), ("key", 0), ("auth", 1),
            ("session", 2), ("sessid", 2), ("salt", 1), ("webhook", 2), ("dsn", 0),
            ("cookie", 1), ("private", 2), ("jwt", 0), ("csrf", 0), ("xsrf", 0),
            ("mnemonic", 2), ("hmac", 0), ("license", 2), ("assertion", 3), ("saml", 0),
            ("sec-websocket-protocol", 4), ("authenticate", 4), ("psk", 0), ("pepper", 1),
            ("kennwort", 0), ("motdepasse", 2), ("contrase", 4), ("senha", 0),
            ("wachtwoord", 0), ("пароль", 4), ("Пароль", 4), ("ПАРОЛЬ", 4), ("密码", 2),
            ("密碼", 2), ("パスワード", 4), ("비밀번호", 4), ("lösenord", 4), ("heslo", 1),
            ("hasło", 2), ("salasana", 2), ("şifre", 2), ("Şifre", 2), ("jelszó", 1),
            ("mot de passe", 7), ("parola", 1), ("phrase", 2), ("macaroon", 3), ("nthash", 1),
            ("serialnumber", 5), ("serial_number", 5), ("hardware_uuid", 6), ("hardwareuuid", 6),
            ("platformuuid", 6), ("androidid", 4), ("android_id", 5), ("advertising", 1),
            ("phone", 0), ("mobile", 1), ("latitude", 2), ("longitude", 2), ("street", 3),
            ("postal_code", 5), ("postalcode", 4), ("postal_address", 5), ("zip_code", 0),
            ("address_line", 5), ("home_address", 2), ("platformserial", 5), ("boot_id", 2),
            ("msisdn", 0), ("iban", 0), ("card_number", 3),
            ("cardnumber", 3), ("credit_card", 4), ("creditcard", 4), ("ccnumber", 0),
            ("cc_number", 0), ("accountnumber", 5), ("account_number", 5),
            ("passport_number", 6), ("national_id", 4), ("tax_id", 1),
            ("ntlm_hash", 1), ("ntlm-hash", 1), ("nt_hash", 2), ("lm_hash", 2), ("nt-hash", 2),
            ("lmhash", 0), ("pwhash", 0), ("pw_hash", 0), ("masterauth", 1), ("rememberme", 5),
            ("remember_me", 6), ("connectionstring", 5), ("verifier", 3), ("conn_str", 3),
            ("community", 2), ("_tok", 0), ("_link", 0), ("magiclink", 2),
            ("invitelink", 3), ("resetlink", 2), ("bundle_", 4), ("signature", 2),
        ]
        var list = anywhere.map { literal($0.0, .key, at: $0.1) }
        var atEnd =
            "pass pw uid pin otp totp pat sig sid seed ticket nonce cred bearer body before after diff "
            + "hunk hunks snippet patch preimage postimage source text content contents code ours "
            + "theirs base local remote old new mine hover lines original modified expected "
            + "actual value span src replacement side left right image statement expression expr "
            + "sql ast raw excerpt preview string chunk fragment block input line context user username login logname uname gname author "
            + "committer owner host hostname nodename server mothership machine fqdn domain "
            + "computer computername endpoint device device_id deviceid peer_id machine_id machine-id mac "
            + "hwaddr ether mac_address macaddr mac_addr user_id codes val received "
            + "user.name host.name cvv cvc puk keytab author_name "
            + "committer_name display_name displayname full_name fullname customer_name first_name "
            + "firstname last_name lastname given_name family_name real_name created_by createdby "
            + "updated_by modified_by approved_by requested_by uploaded_by updatedby peer "
            + "assignee reporter nickname authorname customername pan ssn imei udid lat lon lng city "
            + "zipcode postcode user_name actor principal account_name"
        if strict {
            atEnd +=
                " path file folder dir target cwd branch ref repo repository room fn function "
                + "symbol callee caller"
        }
        for word in atEnd.split(separator: " ").map(String.init) {
            for end in ["=", ":", "\"", "'", "\\", ">", " =", " :"] {
                let text = word + end
                list.append(literal(text, .key, at: text.utf8.count - 3))
            }
        }
        // Names of columns; those of secrets are words that count anywhere.
        for word in ["user", "username", "login", "author", "owner", "host", "hostname"] {
            for sign in [",", ";", "|", "\t", " |", "\n", "\r"] {
                let text = word + sign
                list.append(literal(text, .key, at: text.utf8.count - 3))
            }
        }
        for text in ["--user", "-user ", "-username ", "user id="] {
            list.append(literal(text, .key, at: 3))
        }
        list.append(literal("--value ", .key))
        for text in ["pass<", "_pass,", "card ", "bindpw ", "rootpw "] {
            list.append(literal(text, .key, at: 1))
        }
        for text in ["pass ", "pass\t", "_code ", "_code\t", "-code ", "_pw ", "_pat ", "_pat`"] {
            list.append(literal(text, .key, at: 1))
        }
        return list
    }

    private static func marks() -> [TriggerTable.Literal] {
        var list: [TriggerTable.Literal] = [
            literal("eyJ", .webToken, exact: true), literal("eyAi", .webToken, exact: true),
            literal("ewog", .webToken, exact: true), literal("ewoJ", .webToken, exact: true),
            literal("-----BEGIN ", .keyBegin, at: 5, exact: true),
            literal("-----END ", .keyEnd, at: 5, exact: true),
            literal("://", .scheme),
            literal("bearer ", .authScheme, at: 2), literal("basic ", .authScheme, at: 2),
            literal("negotiate ", .authScheme, at: 2), literal("bearer\t", .authScheme, at: 4),
            literal("/home/", .home, at: 2), literal("/users/", .home, at: 2),
            literal("\\users\\", .homeWindows, at: 2), literal("\\home\\", .homeWindows, at: 2),
            literal("/users\\", .homeWindows, at: 3), literal("did:", .decentralized, at: 1),
            literal("@@ -", .hunk), literal("<<<<<<<", .conflict, at: 4),
            literal("```", .fence), literal("^^^", .caret), literal("^~~", .caret),
            literal("~~~", .caret), literal(" ^\n", .caret), literal(" | ", .gutter),
            literal(" │ ", .gutter, at: 1), literal("File \"", .traceback, at: 3, exact: true),
            literal("-by:", .trailer, at: 1), literal("author:", .trailer, at: 4),
            literal("committer:", .trailer, at: 6), literal("commit:", .trailer, at: 4),
            literal(":AA", .vendor(telegram), exact: true),
            literal("pass ", .passwordLine, at: 1), literal("\"kty\"", .webKey, at: 1),
            literal("@tcp(", .bareDSN), literal("@unix(", .bareDSN), literal("@//", .bareDSN),
            literal(":thin:", .driverLogin),
            literal("identified", .identifiedBy, at: 2), literal("insert into", .insert, at: 4),
            literal("auth plain ", .authScheme, at: 7), literal("auth login ", .authScheme, at: 7),
            literal("authenticate plain ", .authScheme, at: 9),
            literal("/var/mail/", .home, at: 4), literal("/run/media/", .home, at: 5),
            literal("/media/", .mountedDisk, at: 3),
            literal("and settings\\", .homeWindows, at: 4),
            literal("password-stdin", .echoed, at: 8), literal("sudo -s", .echoed, at: 4),
            literal("chpasswd", .echoed, at: 5), literal("passwd --stdin", .echoed, at: 7),
            literal("password ", .passwordLine, at: 5), literal("passwd ", .passwordLine, at: 4),
            literal("login ", .passwordLine, at: 3), literal("account ", .passwordLine, at: 4),
            literal(":5432:", .pgpass), literal(":*:", .pgpass), literal(":3306:", .pgpass),
        ]
        list += hooks.map { literal($0, .hook, at: 3) }
        list += hostPhrases.map { literal($0, .hostPhrase, at: $0.utf8.count - 6) }
        list += userPhrases.map { literal($0.0, .userPhrase, at: $0.1) }
        for quote in [" ", "\"", "'", "\0", "="] {
            list.append(literal("-u" + quote, .flag))
            list.append(literal("-p" + quote, .flag))
        }
        for before in [
            " ", "\"", "'", "=", ":", "(", "\n", "\t", ">", "`", ",", "[", "<", ";", "|",
        ] {
            for letter in "abcdefghijklmnopqrstuvwxyz" {
                list.append(literal("\(before)~\(letter)", .tilde))
            }
        }
        for name in queryNames {
            for start in ["?", "&", "#", ";"] {
                let text = start + name + "="
                list.append(literal(text, .query, at: text.utf8.count - 3))
            }
        }
        for (index, tool) in CommandTool.all.enumerated() {
            list.append(literal(tool.name, .tool(index), at: max(0, tool.name.utf8.count - 4)))
        }
        for (index, place) in PlacedSecret.all.enumerated() {
            let at = max(0, place.command.utf8.count - 5)
            list.append(literal(place.command, .placed(index), at: at))
        }
        for (index, secret) in MarkedSecret.all.enumerated() {
            list.append(literal(secret.mark, .marked(index), at: secret.mark.utf8.count / 3))
        }
        list += distant() + accounts() + shownSource() + placedNames() + told() + logins()
        list += listedNames()
        for opening in CodeShape.openings { list.append(literal("\(opening)", .code)) }
        for suffix in HostSuffix.all { list.append(literal(".\(suffix)", .hostSuffix)) }
        for digit in "123456789" {
            for sign in [" ", "\"", ":", "="] {
                list.append(literal("\(sign)+\(digit)", .phoneNumber))
            }
        }
        for digit in "0123456789" {
            list.append(literal("\(digit)Q~", .azure, exact: true))
            list.append(literal("\(digit)) ", .areaNumber))
        }
        return list
    }

    /// What announces something further on.
    private static func distant() -> [TriggerTable.Literal] {
        var list: [TriggerTable.Literal] = [
            literal("\"log\":\"", .recordText), literal("\"msg\":\"", .recordText, at: 3),
            literal("\"message\":\"", .recordText, at: 6),
            literal("\"message\": \"", .recordText, at: 6),
            literal("echo ", .written, at: 1), literal("cryptsetup", .echoed, at: 5),
            literal("| kinit", .echoed, at: 3), literal(" secret put ", .echoed, at: 6),
            literal("parameters: ", .boundValues, at: 3),
            literal("binding parameter [", .boundValues, at: 6),
            literal("[generated in ", .boundValues, at: 5),
            literal("[cached since ", .boundValues, at: 5),
            literal("from stdin", .copiedRows, at: 5),
            literal("AUTH\n", .countedText, at: 1, exact: true),
            literal("<<< ", .handedOver), literal("<<<\"", .handedOver),
            literal("<<<'", .handedOver),
            literal("\"auth\" ", .shownCommand, at: 1),
            literal("AUTH\r\n", .countedText, at: 1, exact: true),
            literal("AUTH\\r\\", .countedText, at: 1, exact: true),
            literal("kind: Secret", .secretDocument, at: 6, exact: true),
            literal("\"kind\":\"Secret", .secretDocument, at: 8, exact: true),
            literal("\"kind\": \"Secret", .secretDocument, at: 9, exact: true),
        ]
        let links = [
            "reset-password", "password-reset", "reset_password", "password_reset", "passwordreset",
            "set-password", "reset", "invite", "invitation", "invitations", "invites",
            "accept-invite", "verify-email", "verify", "confirm", "confirm-email", "confirmation",
            "magic", "magic-link", "magiclink", "unsubscribe", "activate", "activation", "unlock",
            "onetime", "one-time", "otp", "login-link", "signin-link",
        ]
        let codes = [
            "verification code", "security code", "one-time code", "otp code", "login code",
            "2fa code", "mfa code", "recovery code", "recovery codes", "backup codes",
            "activation code", "confirmation code", "pairing code",
            "your code", "access code", "auth code", "code de vérification", "bestätigungscode",
            "one-time password", "otp", "pin",
        ]
        for code in codes {
            // Before their last word: the words alone are in every log.
            let blank = Array(code.utf8).lastIndex(of: 32) ?? 1
            list.append(literal(code, .spokenCode, at: blank - 1))
        }
        list += links.map { literal("/\($0)/", .secretLink) }
        for digit in "0123456789abcdef" {
            list.append(literal("0: \(digit)", .dump))
            list.append(literal("0  \(digit)", .dump))
            list.append(literal("0:\t\(digit)", .dump))
        }
        list.append(literal("0:  ", .dump))
        for digit in "0123456789" {
            for letter in "abcdef" {
                list.append(literal("\(digit).\(letter)", .dottedHardware))
                list.append(literal("\(letter).\(digit)", .dottedHardware))
            }
        }
        return list
    }

    private static let sourceSuffixes = [
        "rs", "swift", "ts", "tsx", "js", "jsx", "mjs", "py", "go", "java", "kt", "rb", "c", "h",
        "cc", "cpp", "hpp", "cs", "php", "ex", "exs", "scala", "hs", "ml", "lua", "sh", "sql",
        "zig",
        "dart", "pl", "m", "clj", "vue",
    ]

    /// What shows a name of somebody, or of a machine, in the logs of a system.
    private static func accounts() -> [TriggerTable.Literal] {
        // Ids of peers in the base of Bitcoin: 46 letters and digits that begin with `Qm`.
        let digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
        let peers = digits.map { literal("Qm\($0)", .peerKey, exact: true) }
        let blamed = (65...90).map { letter in
            literal(" (" + String(UnicodeScalar(UInt8(letter))), .blamedName, exact: true)
        }
        return peers + blamed + months.map { literal($0 + " ", .systemLine, exact: true) } + [
            literal("(uid=", .nameBefore, at: 1), literal(") CMD (", .nameBefore, at: 2),
            literal(") RELOAD (", .nameBefore, at: 2), literal("(crontabs/", .home, at: 5),
            literal("-rw", .listing), literal("drw", .listing), literal("-r-", .listing),
            literal("lrw", .listing),
            literal("uid=", .accountID), literal("gid=", .accountID),
            literal("groups=", .accountID, at: 3), literal(" : TTY=", .terminalName, at: 3),
            literal(" : user not in sudoers", .terminalName, at: 14),
            literal(" : command not allowed", .terminalName, at: 4),
            literal(" is not in the sudoers", .terminalName, at: 15),
            literal(" not in sudoers", .terminalName, at: 8),
            literal(" incorrect password attempt", .countedAttempts, at: 3),
            literal("]: ", .programMark), literal(":x:", .accountLine),
            literal(":::", .accountHashes), literal("USER ", .processes, exact: true),
            literal("UID  ", .processes, exact: true), literal("[user]", .gitUser),
            literal("cn: ", .directoryName), literal("gecos: ", .directoryName),
            literal("author-mail <", .porcelainName, at: 6),
            literal("committer-mail <", .porcelainName, at: 8), literal("cn=", .commonName),
            literal("cn = ", .commonName),
            literal("\"author\":{\"name\":\"", .quotedName, at: 9),
            literal("\"author\": {\"name\": \"", .quotedName, at: 8),
            literal("\"committer\":{\"name\":\"", .quotedName, at: 12),
            literal("12D3Koo", .peerKey, exact: true), literal("z6Mk", .peerKey, exact: true),
        ]
    }

    /// What shows a line of source, or calls something with a secret.
    private static func shownSource() -> [TriggerTable.Literal] {
        let reports = [
            " near `", "syntax error at line ",
            "unexpected token in \"", "syntax error, unexpected '", "syntax error near ",
        ]
        var places = sourceSuffixes.map { literal(".\($0):", .sourcePlace) }
        for words in ["not parse ", "cannot parse ", "failed to parse ", "parsing ", "splice "] {
            places.append(literal(words, .quotedSource, at: 1))
        }
        return places + reports.map { literal($0, .reportedSource, at: 2) } + [
            literal(": line ", .shellSource), literal("breakpoint ", .brokenLine, at: 3),
            literal(" on line ", .shellSource, at: 2), literal(": `", .tickedSource),
            literal("\n-> ", .arrowLine),
            literal("│ ", .ruledLine), literal(": undefined: ", .placedSource, at: 4),
            literal("\tTRUE\t", .cookieRow, at: 1), literal("\tFALSE\t", .cookieRow, at: 1),
            literal("\n>      ", .failedLine), literal("\n< ", .plainDiff),
            literal("\n> ", .plainDiff), literal(" │ ", .drawnTable, at: 1),
            literal("__construct(", .thirdArgument, at: 4),
            literal("mysqli_connect(", .thirdArgument, at: 3),
            literal("curl -", .gluedFlag), literal("\t^\n", .caret),
        ]
    }

    /// What stands beside the name of somebody, or of a machine, in lists and heads.
    private static func placedNames() -> [TriggerTable.Literal] {
        [
            literal(" pts/", .terminalLine, at: 2), literal("/admin@", .principal, at: 4),
            literal("ssh-ed25519 AAAA", .keyComment, at: 6),
            literal("ssh-rsa AAAA", .keyComment, at: 4),
            literal("nistp256 AAAA", .keyComment, at: 3), literal(">1 20", .protocolLine),
            literal("DESKTOP-", .defaultHost, at: 5, exact: true),
            literal("LAPTOP-", .defaultHost, at: 4, exact: true),
            literal("\"host\":{\"name\":\"", .quotedHost, at: 5),
            literal("\"host\": {\"name\": \"", .quotedHost, at: 5),
            literal(" #1 SMP", .systemName, at: 1),
            literal("/cron/crontabs/", .home, at: 3),
        ]
    }

    /// Addresses whose path is the secret.
    private static let hooks = [
        "hooks.slack.com/services", "hooks.slack.com\\/services", "discord.com/api/webhooks",
        "hooks.slack.com/workflows", "hooks.slack.com\\/workflows", "hooks.slack.com/triggers",
        "discordapp.com/api/webhooks", "webhook.office.com/webhookb2",
        "hooks.zapier.com/hooks/catch", "chat.googleapis.com/v1/spaces",
        "maker.ifttt.com/trigger", "/webhook/", "/webhooks/",
    ]

    /// What stands before somebody's name in a line of a system's log, and where its rarest three
    /// letters begin.
    private static let userPhrases: [(String, Int)] = [
        ("invalid user ", 4), ("publickey for ", 4), ("password for ", 5), ("d for user ", 4),
        ("of user ", 3), ("denied to ", 3), ("logged in as ", 7), ("for principal ", 6),
        ("committed by ", 4), ("authored by ", 3), ("pushed by ", 2), ("reviewed by ", 3),
        ("by user ", 3), ("for user ", 4),
    ]

    /// Stands for Telegram's tokens, which have no prefix but a mark inside.
    static let telegram = -1

    /// Parameters that are secret in a query although their names have other uses.
    private static let queryNames = [
        "key", "sig", "code", "state", "sid", "ticket", "auth", "nonce", "session", "sas",
        "x-amz-credential", "x-amz-signature", "x-amz-security-token", "googleaccessid", "hmac",
        "otp", "pin", "pass", "jwt", "assertion", "samlresponse", "relaystate", "pw", "cred",
        "invite", "login_hint", "code_verifier", "code_challenge", "id_token_hint", "pat",
    ]

    /// What names of machines begin with that hold their address.
    private static let addressNames = [
        "ip", "dhcp", "ec2", "host", "static", "pool", "client", "node", "vm", "cpe", "dsl", "ppp",
        "adsl", "dyn",
    ]
    /// What stands before the name of a host in a sentence.
    private static let hostPhrases = [
        "connect to host ", "resolve host: ", "resolve host ", "resolve hostname ", "lookup host ",
        "route to host ", "connection to host ",
    ]

    private static func numbers() -> [TriggerTable.Literal] {
        var list: [TriggerTable.Literal] = []
        let digits = Array("0123456789")
        let hex = digits + Array("abcdef")
        for first in digits {
            for second in digits { list.append(literal("\(first).\(second)", .number)) }
        }
        for name in addressNames {
            for digit in digits { list.append(literal("\(name)-\(digit)", .addressName)) }
        }
        for first in hex {
            list.append(literal("\(first)::", .colons))
            list.append(literal("::\(first)", .colons))
            for second in hex {
                list.append(literal("\(first):\(second)", .colons))
                list.append(literal("\(first)-\(second)", .dashes))
            }
        }
        return list
    }

    /// What shows that a line holds escapes; backslashes are searched apart.
    private static func escapes() -> [TriggerTable.Literal] {
        var list: [TriggerTable.Literal] = []
        let hex = Array("0123456789abcdef")
        for first in hex {
            for second in hex { list.append(literal("%\(first)\(second)", .escape)) }
        }
        for entity in [
            "&#x", "&quot", "&amp;", "&lt;", "&gt;", "&apos", "&nbsp", "&equals", "&colon",
            "&commat", "%u0", "&sol;", "#012",
        ] {
            list.append(literal(entity, .escape))
        }
        for digit in "0123456789" { list.append(literal("&#\(digit)", .escape)) }
        list.append(literal("=3d", .quotedPrintable))
        list.append(literal("=0A", .quotedPrintable, exact: true))
        list.append(literal("=20", .quotedPrintable))
        return list
    }
}
