// `environment.json`: the machine as far as it explains how sync behaves, and the variables that
// are on a list. Of all others the name is told, never the value.

import Foundation
import Glibc
import LiveSync
import Support

/// The surroundings, by allowlist.
struct EnvironmentEvidence: Sendable {
    private let host: SyncHost
    private let variables: [String: String]

    init(_ host: SyncHost, _ surroundings: Surroundings) {
        self.host = host
        variables = surroundings.environment
    }

    /// Those of ours are the ones that the program reads: anybody may call a token `AURA_X`.
    static let allowedNames: Set<String> = [
        "LANG", "TERM", "SHELL", "TZ", "NO_COLOR", "AURA_ALLOW_CLEARTEXT", "AURA_CHECK_RUN",
        "AURA_CONFIG_HOME", "AURA_HOME", "AURA_STATE_HOME", "AURA_USER",
    ]
    static let allowedPrefixes = ["LC_"]
    /// A name with one of these keeps its value to itself, whatever the list says.
    static let suspicious = ["TOKEN", "KEY", "SECRET", "PASS", "CREDENTIAL", "AUTH", "COOKIE"]

    static func isAllowed(_ name: String) -> Bool {
        guard !suspicious.contains(where: name.uppercased().contains) else { return false }
        return allowedNames.contains(name) || allowedPrefixes.contains(where: name.hasPrefix)
    }

    private struct Environment: Encodable {
        var release = Release.version
        var system: String
        var kernel: String
        var architecture: String
        var processors: Int
        var memoryBytes: UInt64
        var pageBytes: Int
        var openFilesMax: UInt64
        var fileSystems: [FileSystemFacts]
        var variables: [String: String]
        var variablesWithoutValue: [String]

        private enum CodingKeys: String, CodingKey {
            case release, system, kernel, architecture, processors
            case memoryBytes = "memory_bytes"
            case pageBytes = "page_bytes"
            case openFilesMax = "open_files_max"
            case fileSystems = "file_systems"
            case variables
            case variablesWithoutValue = "variables_without_value"
        }
    }

    func write(_ emit: BundleSource.Emit) throws {
        var name = utsname()
        try retrying("uname", "system") { uname(&name) }
        var limit = rlimit()
        try retrying("getrlimit", "system") {
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        let allowed = variables.filter { Self.isAllowed($0.key) }
        let environment = Environment(
            system: Self.text(of: &name.sysname), kernel: Self.text(of: &name.release),
            architecture: Self.text(of: &name.machine),
            processors: ProcessInfo.processInfo.activeProcessorCount,
            memoryBytes: ProcessInfo.processInfo.physicalMemory, pageBytes: Int(getpagesize()),
            openFilesMax: UInt64(limit.rlim_cur), fileSystems: try host.fileSystems(),
            variables: allowed,
            variablesWithoutValue: variables.keys.filter { allowed[$0] == nil }.sorted())
        try BundleSource.emit(environment, as: "environment.json", emit)
    }

    /// A field of `utsname`, up to its zero byte.
    private static func text<Field>(of field: inout Field) -> String {
        withUnsafeBytes(of: &field) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
