// The address of a Mothership as a person writes it.

/// A `ws://` or `wss://` address.
public struct MothershipAddress: Hashable, Sendable, CustomStringConvertible {
    /// The port when none is written.
    public static let defaultPort = 7070

    public let isEncrypted: Bool
    /// Host name or address; an IPv6 address without its brackets.
    public let host: String
    public let port: Int

    public init(isEncrypted: Bool, host: String, port: Int = Self.defaultPort) {
        self.isEncrypted = isEncrypted
        self.host = host
        self.port = port
    }

    public var description: String {
        let written = host.contains(":") ? "[\(host)]" : host
        return "\(isEncrypted ? "wss" : "ws")://\(written):\(port)"
    }

    /// True when nothing sent there leaves this machine.
    public var isLoopback: Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }

    /// Parses `ws://HOST[:PORT][/]`; the error is the rule that the text breaks.
    ///
    /// A user name or password in the address is refused: settings files are shared.
    public static func parse(_ text: String) -> Result<MothershipAddress, Rule> {
        let scheme = text.hasPrefix("wss://") ? "wss://" : "ws://"
        guard text.hasPrefix(scheme) else { return .failure(.scheme) }
        var rest = text.dropFirst(scheme.utf8.count)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        if rest.contains("@") { return .failure(.userInformation) }
        if rest.contains(where: { "/?#".contains($0) }) { return .failure(.path) }
        guard let (host, portText) = split(rest) else { return .failure(.host) }
        guard !host.isEmpty, host.allSatisfy({ isHostCharacter($0) }) else {
            return .failure(.host)
        }
        guard let portText else {
            return .success(.init(isEncrypted: scheme == "wss://", host: String(host)))
        }
        guard portText.allSatisfy(\.isNumber), let port = Int(portText), (1...65535) ~= port else {
            return .failure(.port)
        }
        return .success(.init(isEncrypted: scheme == "wss://", host: String(host), port: port))
    }

    /// What an address must be.
    public enum Rule: String, Error, Sendable {
        case scheme = "must start with ws:// or wss://"
        case userInformation = "must not carry a user name or password"
        case path = "must end after the port"
        case host = "must name a host"
        case port = "must have a port from 1 to 65535"
    }

    private static func split(_ text: Substring) -> (host: Substring, port: Substring?)? {
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { return nil }
            let host = text[text.index(after: text.startIndex)..<close]
            let rest = text[text.index(after: close)...]
            if rest.isEmpty { return (host, nil) }
            return rest.hasPrefix(":") ? (host, rest.dropFirst()) : nil
        }
        guard let colon = text.firstIndex(of: ":") else { return (text, nil) }
        return (text[..<colon], text[text.index(after: colon)...])
    }

    private static func isHostCharacter(_ character: Character) -> Bool {
        character.isASCII
            && (character.isLetter || character.isNumber || "-._:%".contains(character))
    }
}
