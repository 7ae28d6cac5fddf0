// config.toml. A key that nobody reads is refused by name and line, because a limit that was
// misspelt is a limit that is not kept.

import LiveProtocol
import Support
import TOMLKit

/// What is wrong with a configuration file.
public struct ConfigurationFailure: Failure, Equatable {
    public let file: String
    /// From 1; nil when the place is unknown.
    public let line: Int?
    public let reason: String
    public let nextStep: String

    public var subject: String { line.map { "\(file):\($0)" } ?? file }
    public var exitStatus: ExitStatus { .usage }
}

/// The settings of a Mothership.
public struct MothershipConfiguration: Hashable, Sendable {
    /// The address to listen on.
    public var bind = "127.0.0.1"
    /// 0 takes a free port; the pid record names the one that was taken.
    public var port = LocalMothership.defaultPort
    /// Sockets at the same time; each may hold four pages of the ledger in memory.
    public var connectionsMax = 1024
    /// Cleartext beyond loopback; off, a bind to another address is refused.
    public var allowCleartext = false
    public var limits = ServerLimits()
    public var tokenLifetime: Duration = .seconds(86_400)
    /// A level of swift-log.
    public var logLevel = "info"

    public init() {}

    /// The configuration at `path`; the defaults when there is no file.
    public static func load(_ path: String) throws(ConfigurationFailure) -> MothershipConfiguration
    {
        guard FileAccess.exists(path) else { return MothershipConfiguration() }
        let bytes: [UInt8]
        do throws(SystemFailure) { bytes = try FileAccess.read(path, limit: 1 << 20) } catch {
            throw ConfigurationFailure(
                file: path, line: nil, reason: error.reason, nextStep: error.nextStep)
        }
        return try parse(String(decoding: bytes, as: UTF8.self), file: path)
    }

    /// Parses the text of a file; `file` names it in errors.
    public static func parse(
        _ text: String, file: String
    ) throws(ConfigurationFailure) -> MothershipConfiguration {
        let table: TOMLTable
        do { table = try TOMLTable(string: text) } catch {
            let parse = error as? TOMLParseError
            throw ConfigurationFailure(
                file: file, line: parse?.source.begin.line,
                reason: "is no TOML: \(parse?.description ?? "\(error)")",
                nextStep: "correct the line")
        }
        var reader = ConfigurationReader(text: text, file: file)
        var result = MothershipConfiguration()
        try reader.read(table, into: &result)
        try result.check(reader)
        return result
    }

    private func check(_ reader: ConfigurationReader) throws(ConfigurationFailure) {
        guard allowCleartext || Self.isLoopback(bind) else {
            throw reader.failure(
                "server.bind", "\(bind) is not loopback and the connection is not encrypted",
                "bind to 127.0.0.1 behind a TLS proxy, or set server.allow_cleartext = true")
        }
        // A unit that fits the body limit must fit a frame, in base64 and with room for names.
        guard limits.frameBytes >= limits.bodyBytes * 4 / 3 + 4096 else {
            throw reader.failure(
                "limits.frame_bytes",
                "\(limits.frameBytes) cannot carry a body of "
                    + "\(limits.bodyBytes) bytes in base64", "raise it, or lower limits.body_bytes")
        }
    }

    /// True for addresses that do not leave the machine.
    public static func isLoopback(_ address: String) -> Bool {
        address == "localhost" || address == "::1" || address.hasPrefix("127.")
            || address.hasPrefix("::ffff:127.")
    }
}
