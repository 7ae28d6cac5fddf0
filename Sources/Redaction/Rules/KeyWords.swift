// What the name of a value says about the value. Names are cut into words at `_`, `-`, `.`, spaces
// and capitals, and judged by their words: `awsSecretAccessKey`, `AWS_SECRET_ACCESS_KEY` and
// `aws-secret-access-key` are one name. Long words also count inside of others (`dbpassword`).

import Glibc

/// What kind of value a key announces.
enum KeyKind: Equatable {
    case none
    /// Secret whatever it looks like.
    case strong(MaskClass)
    /// Secret if it looks like one: the word has other uses too.
    case weak(MaskClass)
    /// Secret if it is the bytes of a key in base64: else the name is that of a table's key.
    case keyMaterial
    /// A number that is somebody's: of a telephone, a card, an account.
    case personalNumber
    /// Where somebody lives, if it is a text in quotes.
    case homeAddress
    /// A header with a scheme before the secret.
    case authorization
    case cookie(isSet: Bool)
    /// Text of a function.
    case body
    /// Text of a function if it looks like code.
    case weakBody
    case user
    case person
    case host
    case device
    case hardware
    /// Hidden by the strict policy only.
    case strictName
}

enum KeyWords {
    private static let bodies: Set<String> = [
        "body", "before", "after", "diff", "hunk", "hunks", "snippet", "patch", "preimage",
        "postimage", "ours", "theirs",
    ]
    private static let weakBodies: Set<String> = [
        "source", "text", "content", "contents", "code", "base", "local", "remote",
        "old", "new", "mine", "hover", "lines", "original", "modified", "expected",
        "actual", "value", "span", "src", "replacement", "side", "left", "right", "image",
        "statement", "expression", "expr", "sql", "ast", "tokens", "raw", "excerpt", "preview",
        "string", "chunk", "fragment", "block", "input", "line", "context", "val", "received",
    ]
    private static let strictNames: Set<String> = [
        "path", "file", "folder", "dir", "target", "cwd", "branch", "ref", "repo", "repository",
        "room", "fn", "function", "symbol", "callee", "caller",
    ]
    private static let users: Set<String> = [
        "user", "username", "login", "logname", "uname", "gname", "author", "committer", "owner",
        "sudouser", "loginname", "useraccount", "authorname", "committername", "gitauthorname",
        "gitcommittername", "nickname", "actor", "principal",
    ]
    /// These name people, and as often things: what follows must be written as a name.
    private static let people: Set<String> = [
        "displayname", "fullname", "customername", "firstname", "lastname", "givenname",
        "familyname", "realname", "createdby", "updatedby", "modifiedby", "approvedby",
        "requestedby",
        "uploadedby", "assignee", "reporter",
    ]
    private static let hosts: Set<String> = [
        "host", "hostname", "nodename", "server", "mothership", "machine", "fqdn", "domain",
        "computer", "computername", "peer", "peerhost", "endpoint", "searchdomain",
        "pscomputername",
    ]
    /// After one of these a name speaks about a secret and is none.
    private static let harmlessEnds: Set<String> = [
        "count", "counts", "num", "number", "required", "set", "enabled", "disabled", "expires",
        "expired", "expiry", "expiration", "ttl", "len", "length", "size", "bytes", "type",
        "name", "names", "file", "files", "path", "paths", "dir", "folder", "age", "at", "limit",
        "limits", "policy", "status", "version", "kind", "algorithm", "alg", "algo", "valid",
        "invalid", "missing", "present", "found", "ok", "error", "errors", "failed", "failures",
        "reset", "refreshed", "rotation", "rotated", "mode", "method", "scheme", "provider",
        "usage", "used", "remaining", "total", "max", "min", "index", "idx", "class", "level",
        "ids", "attempts", "retries", "retry", "ms", "seconds", "secs", "timeout", "time", "ts",
        "store", "manager", "service", "hits", "misses", "rate", "cached", "changed", "checked",
        "accepted", "rejected", "state", "strength", "backend", "helper", "prompt", "bits",
        "duration", "latency", "events", "rounds", "uses", "format", "supported", "verified",
        "configured", "source", "id", "url", "uri", "endpoint", "ip", "addr", "address", "port",
        "host", "networks", "network", "swift", "rs", "py", "js", "ts", "go", "java", "rb", "c",
        "h", "toml", "md", "txt", "log", "lock", "tmp", "gz", "sh", "html", "css", "kt", "cpp",
        "event", "reason", "code", "result", "outcome", "scope", "scopes", "issuer", "audience",
        "instance", "cs", "vb", "fs", "m", "mm", "hpp", "cc", "php", "ex", "exs", "scala", "dart",
        "lua", "asc", "diff", "patch", "arn", "spec", "alias", "fail", "fails",
        "types", "modifiers", "exception",
    ]
    /// Members of an object that say how a thing is, not what it is.
    private static let telling: Set<String> = [
        "label", "documentation", "description", "title", "ref", "pattern", "scanner",
        "parameters", "required", "properties", "deprecated", "readonly", "language",
        "severity", "shape", "type", "format", "kind", "status", "version", "mode", "state",
        "duration",
    ]
    /// Whether a member of an object that is called after a secret says something about it.
    static func isAbout(_ member: String) -> Bool {
        if member == "aura_id" { return true }
        let words = words(of: Array(member.utf8))
        guard let last = words.last else { return false }
        return words.count == 1 && telling.contains(last)
    }

    /// `url` and `id` after one of these are the secret itself.
    private static let stillSecret: Set<String> = [
        "webhook", "dsn", "accesskey", "access", "database", "connection", "private",
    ]
    /// After any word these say where something is.
    private static let pointers: Set<String> = ["port", "file", "files", "dir"]
    private static let harmlessStarts: Set<String> = [
        "no", "has", "is", "needs", "use", "uses", "skip", "max", "min", "num", "total", "allow",
        "require", "requires", "public", "pub", "count", "prompt", "completion", "input",
        "output", "cmdstat",
    ]
    /// Before `key`, these make it a key of a table.
    static let tableKeys: Set<String> = [
        "primary", "foreign", "sort", "partition", "cache", "map", "dict", "object", "row",
        "index", "lookup", "routing", "hot", "public", "pub", "room", "registry", "json",
        "config", "group", "idempotency", "dedup", "unique", "composite", "translation", "event",
        "metric", "label", "unknown", "setting", "press", "missing", "duplicate", "by", "each",
        "hash", "function", "file", "path", "branch", "storekey", "limit", "result", "min",
        "max", "parameter", "such",
    ]
    /// Of these, what holds a digest or shows a key to everybody.
    private static let shownKeys: Set<String> = [
        "public", "pub", "cache", "hash", "idempotency", "dedup", "unique",
    ]
    /// The same, but only as a word of their own: `storage_key` may be an account's.
    static let storedKeys: Set<String> = [
        "storage", "shard", "dedupe", "concurrency", "restore", "restored", "from",
    ]
    /// Words that make a name secret wherever they stand in it.
    private static let strong: [String: MaskClass] = [
        "password": .password, "passwd": .password, "passphrase": .password,
        "passcode": .password, "pwd": .password, "secret": .secret, "secrets": .secret,
        "token": .token, "tokens": .token, "credential": .credentials,
        "credentials": .credentials, "creds": .credentials, "cred": .credentials,
        "apikey": .apiKey, "accesskey": .apiKey, "privatekey": .privateKey,
        "secretkey": .secret, "webhook": .webhook, "dsn": .credentials, "signature": .signature,
        "jwt": .webToken, "csrf": .token, "xsrf": .token, "mnemonic": .secret, "pat": .token,
        "otp": .token, "totp": .token, "bearer": .token, "presharedkey": .privateKey,
        "authkey": .apiKey, "sharedaccesssignature": .signature, "assertion": .webToken,
        "samlresponse": .webToken, "samlrequest": .webToken, "auths": .credentials,
        "psk": .password, "pepper": .secret, "passwort": .password, "kennwort": .password,
        "motdepasse": .password, "contraseña": .password, "contrasena": .password,
        "senha": .password, "wachtwoord": .password, "пароль": .password, "Пароль": .password,
        "ПАРОЛЬ": .password, "密码": .password, "密碼": .password, "パスワード": .password,
        "비밀번호": .password, "lösenord": .password, "heslo": .password, "hasło": .password,
        "salasana": .password, "şifre": .password, "Şifre": .password, "jelszó": .password,
        "passe": .password, "parola": .password, "macaroon": .token, "nkey": .privateKey,
        "nthash": .password, "lmhash": .password, "pwhash": .password, "dbpw": .password,
        "rootpw": .password, "bindpw": .password, "userpw": .password, "adminpw": .password,
        "masterauth": .password, "rocommunity": .password, "rwcommunity": .password,
        "puk": .password, "cvv": .password, "cvc": .password,
    ]
    private static let weak: [String: MaskClass] = [
        "auth": .credentials, "session": .token, "sig": .signature, "private": .secret,
        "salt": .secret, "pass": .password, "pin": .password, "seed": .secret, "sid": .token,
        "key": .apiKey, "keys": .apiKey, "sessionid": .token, "cookie": .cookie,
        "cookies": .cookie, "hmac": .signature, "otpauth": .token, "license": .secret,
        "ticket": .token, "nonce": .token, "pw": .password, "oauth": .token, "oauth2": .token,
        "rememberme": .token, "keytab": .privateKey, "privkey": .privateKey, "passkey": .password,
    ]
    /// Two words that are secret only together.
    private static let pairs: [String: MaskClass] = [
        "recoverycode": .password, "recoverycodes": .password, "backupcode": .password,
        "backupcodes": .password, "pairingcode": .password, "activationcode": .password,
        "verificationcode": .password, "unlockcode": .password, "mfacode": .password,
        "seedphrase": .secret, "recoveryphrase": .secret, "secretphrase": .secret,
        "authident": .credentials, "authcode": .token, "devicecode": .token, "sessionid": .token,
        "secretid": .secret, "ntlmhash": .password, "pwhash": .password,
        "nthash": .password, "lmhash": .password,
        "codeverifier": .password, "usercode": .token, "invitecode": .password,
        "connectionstring": .credentials, "connstr": .credentials, "magiclink": .secret,
        "resetlink": .secret, "loginlink": .secret, "invitelink": .secret, "pincode": .password,
        "smscode": .password, "otpcode": .password, "totpcode": .password,
        "mfatoken": .password, "authcodes": .password, "onetimecode": .password,
        "confirmcode": .password,
        "snmpcommunity": .password, "communitystring": .password, "rememberme": .token,
        "accesstok": .token, "apitok": .token, "oauthverifier": .token, "oauthcode": .token,
        "authorizationcode": .token, "githuboauth": .credentials, "gitlaboauth": .credentials,
    ]
    /// Before `key` without a sign between them: `ACCOUNTKEY`.
    private static let keyOwners: Set<String> = [
        "account", "storage", "master", "signing", "sign", "deploy", "encryption", "enc",
        "license", "shared", "service", "client", "root", "admin", "ssh", "gpg", "pgp", "tls",
        "ssl", "hmac", "aes", "rsa", "session", "cookie", "app", "subscription", "functions",
        "join", "pairing", "unlock", "backup", "recovery", "webhook", "stripe", "openai",
        "anthropic", "preshared", "wireguard", "crypt", "decryption", "server", "user",
    ]
    /// Words that end in `pass` and are none.
    private static let harmlessPasses: Set<String> = [
        "bypass", "compass", "surpass", "trespass", "encompass", "overpass", "underpass",
        "multipass", "singlepass", "fastpass",
    ]
    /// These pass.
    private static let passers: Set<String> = [
        "test", "tests", "check", "checks", "all", "render", "first", "second", "single", "one",
        "two", "did", "not", "must", "will", "can",
    ]
    /// Long enough to count also inside of a word.
    private static let inside: [(StaticString, MaskClass)] = [
        ("password", .password), ("passwd", .password), ("passphrase", .password),
        ("secret", .secret), ("apikey", .apiKey), ("privatekey", .privateKey),
        ("accesskey", .apiKey), ("credential", .credentials), ("webhook", .webhook),
        ("token", .token), ("signature", .signature), ("authkey", .apiKey),
        ("sharedkey", .apiKey), ("pwd", .password),
    ]

    /// The words of a name, lower case.
    static func words(of name: [UInt8]) -> [String] {
        var words: [String] = []
        var word: [UInt8] = []
        for (index, byte) in name.enumerated() {
            guard Byte.isAlnum(byte) || byte >= 128 else {
                if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
                word = []
                continue
            }
            let before = index > 0 ? name[index - 1] : 0
            let after = index + 1 < name.count ? name[index + 1] : 0
            let turns =
                Byte.isUpper(byte)
                && (Byte.isLower(before) || (Byte.isUpper(before) && Byte.isLower(after)))
            if turns, !word.isEmpty {
                words.append(String(decoding: word, as: UTF8.self))
                word = []
            }
            word.append(Byte.lower(byte))
        }
        if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
        return words
    }

    /// What the name announces.
    static func kind(of name: [UInt8]) -> KeyKind {
        let words = words(of: name)
        guard let first = words.first, let last = words.last, words.count <= 12 else {
            return .none
        }
        let joined = words.joined()
        if let known = wholeNames(joined) { return known }
        if holdsHost(words, name) { return .strong(.credentials) }
        let named = secretKind(words, joined)
        guard named == .none else {
            if harmlessStarts.contains(first), words.count > 1 { return .none }
            if words.count > 1, harmlessEnds.contains(last),
                !words.dropLast().contains(where: stillSecret.contains) || pointers.contains(last),
                pairs[words[words.count - 2] + last] == nil
            {
                return thingsKind(words)
            }
            return thingOf(words, last, named)
        }
        let plain = plainKind(last, joined, words.count)
        return plain == .none ? thingsKind(words) : plain
    }

    /// `BUNDLE_GEMS__EXAMPLE__COM`, the login at a host, whose dots Bundler writes as two lines; what it
    /// builds gems with and where they lie is written in the same way.
    private static func holdsHost(_ words: [String], _ name: [UInt8]) -> Bool {
        words[0] == "bundle" && words.count > 2 && !["build", "local"].contains(words[1])
            && zip(name, name.dropFirst()).contains { $0 == 95 && $1 == 95 }
    }

    private static func wholeNames(_ joined: String) -> KeyKind? {
        switch joined {
        case "authorization", "proxyauthorization", "xauthorization", "authenticate",
            "secwebsocketprotocol", "xforwardedauthorization", "authorizationheader":
            .authorization
        // Editors number with these what they wait for.
        case "workdonetoken", "partialresulttoken", "progresstoken": KeyKind.none
        case "cookie", "cookies": .cookie(isSet: false)
        case "setcookie", "setcookie2": .cookie(isSet: true)
        case "device", "deviceid", "peerid", "machineid", "deviceserial", "serialnumber",
            "hardwareuuid", "platformuuid", "ioplatformuuid", "ioplatformserialnumber", "bootid",
            "androidid", "advertisingid", "imei", "udid":
            .device
        case "phone", "phonenumber", "mobile", "mobilenumber", "telephone", "msisdn", "iban",
            "card", "cardnumber", "creditcard", "creditcardnumber", "ccnumber", "pan", "ssn",
            "accountnumber", "passportnumber", "nationalid", "taxid", "lat", "lon", "lng",
            "latitude", "longitude", "geolat", "geolon":
            .personalNumber
        case "street", "streetaddress", "addressline1", "addressline2", "postalcode", "postcode",
            "zipcode", "homeaddress", "postaladdress", "city":
            .homeAddress
        case "mac", "macaddress", "hwaddr", "hwaddress", "ether", "macaddr": .hardware
        case "userid", "accountname", "uid": .user
        default: nil
        }
    }

    private static func secretKind(_ words: [String], _ joined: String) -> KeyKind {
        if let name = strong[joined] { return .strong(name) }
        if let name = pairs[joined] { return name == .token ? .weak(name) : .strong(name) }
        var result = KeyKind.none
        for (index, word) in words.enumerated() {
            if let name = strong[word] { return .strong(name) }
            if word == "key" || word == "keys", index > 0 {
                if tableKeys.contains(words[index - 1]) {
                    if result == .none, isTableKey(words[index - 1]) { result = .keyMaterial }
                    continue
                }
                return .strong(words[index - 1] == "private" ? .privateKey : .apiKey)
            }
            if let name = weak[word] { result = .weak(name) }
            if index > 0, let name = pairs[words[index - 1] + word] {
                return name == .token ? .weak(name) : .strong(name)
            }
            let isCompound =
                (word == "pass" || word == "pw") && index > 0 && index == words.count - 1
            if isCompound ? !passers.contains(words[index - 1]) : isPassword(word) {
                return .strong(.password)
            }
            if word.hasSuffix("key") {
                let owner = word.dropLast(3)
                if isOwned(owner) { return .strong(.apiKey) }
                if result == .none, isTableKey(String(owner)) { result = .keyMaterial }
            }
            if holds(word, "session") || holds(word, "sessid") { result = .weak(.token) }
            if let found = inside.first(where: { holds(word, $0.0) }) {
                return .strong(found.1)
            }
        }
        return result
    }

    private static func isTableKey(_ owner: String) -> Bool {
        tableKeys.contains(owner) && !shownKeys.contains(owner)
    }

    /// `ACCOUNT` of `ACCOUNTKEY`, and `ALGOLIAADMIN`, which ends in one.
    private static func isOwned(_ name: Substring) -> Bool {
        if keyOwners.contains(String(name)) { return true }
        return name.utf8.count > 6
            && keyOwners.contains { $0.utf8.count > 4 && name.hasSuffix($0) }
    }

    /// `dbpass`, `storepass`
    private static func isPassword(_ word: String) -> Bool {
        word.utf8.count > 4 && word.hasSuffix("pass") && !harmlessPasses.contains(word)
    }

    /// A search over bytes: the one of `String` folds what never stands in a key.
    private static func holds(_ word: String, _ part: StaticString) -> Bool {
        guard word.utf8.count >= part.utf8CodeUnitCount else { return false }
        var word = word
        return word.withUTF8 { bytes in
            guard let base = bytes.baseAddress else { return false }
            return (0...bytes.count - part.utf8CodeUnitCount).contains { start in
                base[start] == part.utf8Start[0]
                    && memcmp(base + start, part.utf8Start, part.utf8CodeUnitCount) == 0
            }
        }
    }

    private static func plainKind(_ last: String, _ joined: String, _ count: Int) -> KeyKind {
        if bodies.contains(last) || isBodysText(last, joined) { return .body }
        if users.contains(last) || users.contains(joined) { return .user }
        if people.contains(joined) { return .person }
        if hosts.contains(last) || hosts.contains(joined) { return .host }
        if last == "device" { return .device }
        if strictNames.contains(last) { return .strictName }
        return weakBodies.contains(last) ? .weakBody : .none
    }

    /// Words that follow the name of a flag in a sentence about it.
    static let prose: Set<String> = [
        "or", "and", "to", "is", "on", "in", "for", "with", "option", "options", "flag", "flags",
        "starts", "makes", "instead", "when", "if", "argument", "parameter", "must", "can", "will",
        "the", "a", "an", "are", "was", "has", "incorrectly", "takes", "expects",
    ]

    private static let suspicious: [StaticString] = [
        "passw", "secret", "token", "credential", "api key", "apikey", "private", "bearer",
        "authoriz", "session", "signature", "webhook", "cookie", "access key", "license",
    ]

    /// Whether a word stands in the range after which a random value is suspicious.
    static func holdsSuspiciousWord(_ text: Text, _ start: Int, _ end: Int) -> Bool {
        for index in start..<max(start, end) {
            let first = Byte.lower(text[index])
            for word in suspicious
            where word.utf8Start[0] == first && text.has(word, at: index, folded: true) {
                let stop = text.skip(index, limit: 40) { Byte.isWord($0) }
                let name = text.bytes(text.back(index, limit: 40, while: Byte.isWord), stop)
                let isMask = Masks.standIn(text, stop - name.count, stop)
                if stop <= end, !isHarmless(name), !isMask { return true }
            }
        }
        return false
    }

    private static func isHarmless(_ name: [UInt8]) -> Bool {
        let words = words(of: name)
        guard words.count > 1, let last = words.last else { return false }
        return harmlessEnds.contains(last)
    }
}
