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

/// Where the listener's certificate comes from.
public enum TLSSource: Hashable, Sendable {
    /// Made once, kept in the home.
    case selfSigned
    /// PEM files; a path that is not absolute starts at the home.
    case files(certificate: String, key: String)
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
    /// What `[server.tls]` says; see ``tls``.
    var certificateFile: String?
    var certificateKeyFile: String?
    public var selfSigned = false
    /// A home that lost its signing key gets another; asked for at a start, never in the file.
    public var makesAnotherKey = false
    public var limits = ServerLimits()
    public var tokenLifetime: Duration = .seconds(86_400)
    /// How long after its end a token can still be renewed by its device: a week off does not
    /// cost a new invitation.
    public var renewalGrace: Duration = .seconds(7 * 86_400)
    /// A level of swift-log.
    public var logLevel = "info"

    public init() {}

    /// The defaults with a made certificate.
    static var encrypted: MothershipConfiguration {
        var configuration = MothershipConfiguration()
        configuration.selfSigned = true
        return configuration
    }

    /// The encrypted listener; nil for cleartext. Files that are named win over a made certificate.
    public var tls: TLSSource? {
        if let certificateFile, let certificateKeyFile {
            return .files(certificate: certificateFile, key: certificateKeyFile)
        }
        return selfSigned ? .selfSigned : nil
    }

    /// The configuration at `path`; the defaults when there is no file.
    ///
    /// - Parameter override: what the command line says; it is checked together with the file.
    public static func load(
        _ path: String, override: (inout MothershipConfiguration) -> Void = { _ in }
    ) throws(ConfigurationFailure) -> MothershipConfiguration {
        var text = ""
        if FileAccess.exists(path) {
            do throws(SystemFailure) {
                text = String(
                    decoding: try FileAccess.read(path, limit: 1 << 20), as: UTF8.self)
            } catch {
                throw ConfigurationFailure(
                    file: path, line: nil, reason: error.reason, nextStep: error.nextStep)
            }
        }
        return try parse(text, file: path, override: override)
    }

    /// Parses the text of a file; `file` names it in errors.
    public static func parse(
        _ text: String, file: String, override: (inout MothershipConfiguration) -> Void = { _ in }
    ) throws(ConfigurationFailure) -> MothershipConfiguration {
        let table = try table(of: text, file: file)
        var reader = ConfigurationReader(text: text, file: file)
        var result = MothershipConfiguration()
        try reader.read(table, into: &result)
        override(&result)
        try result.check(reader)
        return result
    }

    /// The only way to the parser: a text of a wrong shape would end the process in it.
    static func table(of text: String, file: String) throws(ConfigurationFailure) -> TOMLTable {
        func failure(_ line: Int?, _ words: String) -> ConfigurationFailure {
            ConfigurationFailure(
                file: file, line: line, reason: "is no TOML: \(words)",
                nextStep: "correct the line")
        }
        if let fault = TOMLSyntax.firstFault(in: text) { throw failure(fault.line, fault.words) }
        do { return try TOMLTable(string: text) } catch {
            let parse = error as? TOMLParseError
            throw failure(parse?.source.begin.line, parse?.description ?? "\(error)")
        }
    }

    private func check(_ reader: ConfigurationReader) throws(ConfigurationFailure) {
        guard (certificateFile == nil) == (certificateKeyFile == nil) else {
            let present = certificateFile == nil ? "key" : "certificate"
            throw reader.failure(
                "server.tls.\(present)", "certificate and key belong together, one is missing",
                "name both files, or write self_signed = true in place of them")
        }
        guard allowCleartext || tls != nil || Self.isLoopback(bind) else {
            throw reader.failure(
                "server.bind", "\(bind) is not loopback and the connection is not encrypted",
                "start with --tls, bind to 127.0.0.1 behind a TLS proxy, or allow it with "
                    + "--allow-cleartext (server.allow_cleartext = true)")
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
