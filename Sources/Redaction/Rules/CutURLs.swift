// Addresses that were cut off before the `@`: the end of a line that was too long, or the last bytes
// of a file. What would be a host and its port is somebody's name and password.

extension Scanner {
    /// Schemes whose addresses hold a password. Names of images have a version behind their colon.
    private static let schemes: Set<String> = [
        "http", "https", "ftp", "ftps", "sftp", "ssh", "postgres", "postgresql", "mysql",
        "mariadb", "mongodb", "mongodb+srv", "redis", "rediss", "amqp", "amqps", "mqtt", "mqtts",
        "nats", "ldap", "ldaps", "smtp", "smtps", "imap", "imaps", "sqlserver", "mssql",
        "clickhouse", "cockroachdb", "rtsp", "socks5", "socks5h", "ws", "wss", "tcp", "couchdb",
    ]

    /// The authority of an address without an `@` lies in `start..<end`, its scheme from `scheme` on.
    mutating func cutUserInfo(_ scheme: Int, _ start: Int, _ end: Int) {
        let colon = text.skip(start, limit: min(64, end - start)) {
            Byte.isWord($0) || $0 == 46 || $0 == 37
        }
        // Most addresses end their host with a slash.
        guard text[colon] == 58, colon + 2 < end, let stop = cutEnd(colon + 1, end),
            Self.schemes.contains(text.string(scheme, start - 3).lowercased()),
            isCutPassword(colon + 1, stop)
        else { return }
        add(colon + 1, stop, .urlUserInfo, .mask(.password))
        if colon > start {
            userValue(start, colon, text.string(start, colon).lowercased())
        }
    }

    /// Where the value ends, if the address ends there with its line, its text or in dots.
    private func cutEnd(_ start: Int, _ end: Int) -> Int? {
        var stop = end
        while stop > start, text[stop - 1] == 46 || isEllipsis(stop - 3) {
            stop -= text[stop - 1] == 46 ? 1 : 3
        }
        let next = text[end]
        let isLast = end >= text.count || Byte.isBreak(next) || Byte.isQuote(next)
        guard isLast || end - stop >= 3, stop > start else { return nil }
        let slash = text.skip(start, limit: stop - start) { $0 != 47 && $0 != 63 }
        return slash == stop ? stop : nil
    }

    private func isEllipsis(_ index: Int) -> Bool { text.has("…", at: index) }

    /// Neither a port nor what stands in its place.
    private func isCutPassword(_ start: Int, _ end: Int) -> Bool {
        // Another address, as lists of hosts and ports have it.
        guard text.first(44, from: start, to: end) == end, !isPlaceholder(start, end) else {
            return false
        }
        let census = Shape.Census(text, start, end)
        let letters = census.lower + census.upper
        return letters >= 2 && end - start >= 6 && census.digits > 0
            && [36, 123, 60, 37, 91].contains(text[start]) == false
    }
}
