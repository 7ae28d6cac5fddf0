// The ends by which a dotted name is known for the name of a host.

/// Which names with dots are hosts.
enum HostSuffix {
    /// Two labels are enough.
    static let certain = [
        "com", "net", "org", "edu", "gov", "mil", "internal", "local", "lan", "corp", "intranet",
        "localdomain", "arpa", "onion",
    ]
    /// Also words of code: three labels, or a digit or dash in one.
    static let likely = [
        "io", "dev", "app", "cloud", "ai", "info", "biz", "tech", "xyz", "me", "co", "site",
        "online", "network", "systems", "home", "work", "works", "team", "tools", "run",
        "museum",
    ]
    /// Countries; those that are also file name extensions are left out.
    static let countries = [
        "de", "uk", "fr", "nl", "eu", "us", "ca", "au", "jp", "cn", "br", "it", "es", "se", "no",
        "fi", "dk", "pl", "ch", "at", "be", "cz", "ru", "ua", "kr", "in", "nz", "ie", "pt", "gr",
        "hu", "ro", "za", "mx", "ar", "cl", "tr", "il", "sg", "hk", "tw", "my", "th", "vn", "id",
        "tv", "gg", "fm", "ly", "is", "lt", "lv", "ee", "sk", "si", "hr", "bg", "lu",
    ]

    static let all: [String] = certain + likely + countries
    private static let known = Set(all)
    /// What hosts are called by what they do.
    private static let services: Set<String> = [
        "www", "api", "mail", "smtp", "imap", "vpn", "git", "ftp", "cdn", "db", "dns", "ntp",
        "proxy",
        "gateway", "registry", "ldap", "sso", "auth", "login", "portal", "intranet", "staging",
    ]
    /// Countries that are words of code as well.
    private static let words: Set<String> = [
        "in", "is", "it", "at", "be", "no", "id", "my", "me", "us", "il", "ar", "ca",
    ]

    static func isKnown(_ suffix: String) -> Bool { known.contains(suffix) }
    /// Characters of a name (RFC 1035).
    private static let nameMax = 253

    /// Whether the next label is part of the name too: `corp` in `corp.example.net` ends nothing.
    static func continues(_ text: Text, _ index: Int) -> Bool {
        var start = index
        while start - index < nameMax {
            let end = text.skip(start, limit: 64) { Byte.isAlnum($0) || $0 == 45 }
            guard text[end] == 46, Byte.isAlnum(text[end + 1]) else {
                return known.contains(text.string(start, end).lowercased())
            }
            start = end + 1
        }
        return false
    }

    /// Without what a file name has behind its host: `orlo.com.tmp` ends after `com`.
    static func end(_ text: Text, _ start: Int, _ end: Int) -> Int {
        var stop = end
        while let dot = (start..<stop).last(where: { text[$0] == 46 }) {
            let suffix = text.string(dot + 1, stop).lowercased()
            if suffix == "example" || known.contains(suffix) { return stop }
            stop = dot
        }
        return end
    }

    static func isHost(_ suffix: String, _ labels: Int, _ text: Text, _ start: Int, _ dot: Int)
        -> Bool
    {
        let first = text.skip(start, limit: 64) { Byte.isAlnum($0) || $0 == 45 }
        let head = text.string(start, first).lowercased()
        if ["com", "org", "net", "io", "dev", "edu", "gov"].contains(head), labels > 2 {
            return false
        }
        if suffix == "local", labels == 2 {
            let files: Set<String> = [
                "env", "config", "settings", "makefile", "gitconfig", "bashrc", "compose",
                "profile", "docker", "conf",
            ]
            return !files.contains(head) && text[start - 1] != 46
        }
        let isMarked = (start..<dot).contains { Byte.isDigit(text[$0]) || text[$0] == 45 }
        if certain.contains(suffix) { return true }
        if likely.contains(suffix) { return labels >= 3 || isMarked }
        if labels >= 3, services.contains(head), suffix.utf8.count == 2, !words.contains(suffix) {
            return true
        }
        return labels >= 3 && (isMarked || labels >= 4)
    }
}
