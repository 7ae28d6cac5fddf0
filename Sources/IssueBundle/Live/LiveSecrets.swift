// Everything this machine holds that must not leave it: keys and tokens of the user's
// configuration folder and of the Mothership's home, secrets in the environment, and the names of
// people and machines it knows.
//
// What is not there has no values. What cannot be read has some that nobody can search for: a file that
// is closed to this user is told as left out of the search, and any other error ends the work.

import Foundation
import Glibc
import LiveProtocol
import LiveSync
import Mothership
import Redaction
import Support

/// What is known, and what of it is not.
public struct LiveKnowledge: Sendable {
    public let values: KnownValues
    /// Keys that are closed to this user: nothing is searched for them.
    public let closed: [Omission]
}

/// Gathers known values.
struct LiveSecrets {
    private let workspace: Workspace
    private let surroundings: Surroundings
    private let folder: UserFolder
    private let host: SyncHost

    init(
        _ workspace: Workspace, _ surroundings: Surroundings, _ folder: UserFolder,
        _ host: SyncHost
    ) {
        self.workspace = workspace
        self.surroundings = surroundings
        self.folder = folder
        self.host = host
    }

    /// - Parameter aliasKey: the key of the bundle itself.
    func values(aliasKey: [UInt8]?) throws(SystemFailure) -> LiveKnowledge {
        let home = MothershipHome(root: surroundings.mothershipHome)
        let device = try Self.files(in: folder.deviceFolder, "device")
        let mothership = try Self.files(in: home.keys, "mothership")
        var secrets = device.secrets + mothership.secrets
        secrets += Self.secrets(in: surroundings.environment)
        if let aliasKey {
            secrets.append(.init(name: "alias key", value: Hex.encode(aliasKey)))
        }
        return LiveKnowledge(
            values: KnownValues(secrets: secrets.uniqued(), identities: identities().uniqued()),
            closed: device.closed + mothership.closed)
    }

    // MARK: Secrets

    /// What the files of a folder of keys hold, and which are closed to this user.
    static func files(
        in folder: String, _ owner: String
    ) throws(SystemFailure) -> (secrets: [KnownValues.Secret], closed: [Omission]) {
        var (secrets, closed): ([KnownValues.Secret], [Omission]) = ([], [])
        func read<Value>(
            _ name: String, _ body: () throws(SystemFailure) -> Value
        ) throws(SystemFailure) -> Value? {
            do throws(SystemFailure) { return try body() } catch {
                switch error.code {
                // Not there, or no file of a size that a key of ours has.
                case ENOENT, EINVAL, EISDIR, EFBIG: return nil
                case EACCES, EPERM:
                    closed.append(Omission(name, .closedKey, detail: error.reason))
                    return nil
                default: throw error
                }
            }
        }
        let names = try read("\(owner) keys") { () throws(SystemFailure) in
            try FileAccess.names(in: folder)
        }
        for name in names ?? [] {
            let kind = PathName.fileExtension(of: name)
            // A certificate is shown to everybody who connects.
            if kind == "crt" { continue }
            let bytes = try read("\(owner) \(name)") { () throws(SystemFailure) in
                try FileAccess.read("\(folder)/\(name)", limit: 1 << 20)
            }
            if let bytes { secrets += Self.secrets(in: bytes, "\(owner) \(kind)") }
        }
        return (secrets, closed)
    }

    /// The secrets in one file: the tokens of a JSON document, the lines of a PEM file, or the
    /// whole text.
    static func secrets(in bytes: [UInt8], _ name: String) -> [KnownValues.Secret] {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return [.init(name: name, value: bytes)]
        }
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if trimmed.hasPrefix("{") { return strings(in: bytes).map { .init(name: name, value: $0) } }
        let lines = trimmed.split(separator: "\n").map(String.init)
            .filter { !$0.hasPrefix("-----") && $0.count >= 16 }
        return lines.map { .init(name: name, value: $0) }
    }

    /// Tokens and keys among the strings of a JSON document, by their key.
    private static func strings(in bytes: [UInt8]) -> [String] {
        // What is no JSON document holds no token that this program wrote.
        guard let tree = try? JSONSerialization.jsonObject(with: Data(bytes)) else { return [] }
        var found: [String] = []
        func look(_ value: Any, _ key: String) {
            if let object = value as? [String: Any] {
                for (key, value) in object { look(value, key.lowercased()) }
            } else if let list = value as? [Any] {
                for value in list { look(value, key) }
            } else if let text = value as? String, ["token", "secret", "key"].contains(key) {
                found.append(text)
            }
        }
        look(tree, "")
        return found.sorted()
    }

    /// What variables hold whose name says that it is secret, and the passwords in addresses of any.
    static func secrets(in variables: [String: String]) -> [KnownValues.Secret] {
        let others = variables.filter { !["PWD", "OLDPWD"].contains($0.key) }
        return others.sorted { $0.key < $1.key }.flatMap { name, value -> [KnownValues.Secret] in
            let told = harmlessWords.reduce(name.uppercased()) { $0.replacing($1, with: "") }
            func says(_ words: [String]) -> Bool { words.contains(where: told.contains) }
            // A path or a number is no secret, SSH_AUTH_SOCK, KEYTIMEOUT, but where it is said to be
            // one: keys in base64 may begin with a slash, and passwords may be digits alone.
            let isPath =
                value.hasPrefix("/") && (says(placeWords) || FileAccess.exists(value))
            let isNumber = Int(value) != nil && !says(passwordWords)
            var parts = [password(in: value)].compactMap { $0 }
            if says(EnvironmentEvidence.suspicious + otherWords), !isPath, !isNumber {
                parts += secretParts(of: value)
            }
            let long = parts.filter { $0.count >= 8 }.uniqued()
            return long.map { KnownValues.Secret(name: name, value: $0) }
        }
    }

    private static let passwordWords = ["PASS", "PWD", "TOKEN", "SECRET"]
    private static let otherWords = ["PWD", "DSN", "WEBHOOK", "SALT", "SIGNATURE", "PRIVATE"]
    private static let placeWords = ["SOCK", "FILE", "PATH", "DIR"]

    /// `DATABASE_URL=postgres://svc:PASSWORD@db/main`, whatever the variable is called.
    private static func password(in value: String) -> String? {
        guard let scheme = value.firstRange(of: "://") else { return nil }
        let host = value[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let at = host.lastIndex(of: "@"), let colon = host[..<at].firstIndex(of: ":") else {
            return nil
        }
        return String(host[..<at][colon...].dropFirst())
    }

    /// Words in names of variables that hold a suspicious one and tell of something else: hooks of
    /// git get `GIT_AUTHOR_DATE`, of which a part stands in every line of a log.
    private static let harmlessWords = [
        "AUTHOR", "KEYBOARD", "KEYMAP", "KEYCLOAK", "PASSENGER", "ASKPASS", "MONKEY",
    ]

    /// What is secret in a value. Of an address that is the password and whatever random follows the
    /// host: its beginning stands in other addresses too, and a bundle would be refused for it.
    static func secretParts(of value: String) -> [String] {
        guard let scheme = value.firstRange(of: "://") else { return [value] }
        let rest = value[scheme.upperBound...]
        let host = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let login = host.lastIndex(of: "@").map { host[..<$0] } ?? ""
        let password = login.firstIndex(of: ":").map { login[$0...].dropFirst() } ?? login
        let parts = rest.dropFirst(host.count).split { "/?&=#;".contains($0) }
        let random = parts.filter { part in part.contains { $0.isNumber } }
        return ([password] + random).map(String.init).filter { $0.count >= 8 }
    }

    // MARK: Names

    private func identities() -> [KnownValues.Identity] {
        own() + gitIdentities() + connected()
    }

    private func own() -> [KnownValues.Identity] {
        var found: [KnownValues.Identity] = []
        let environment = surroundings.environment
        var users = ["USER", "LOGNAME", "AURA_USER", "SUDO_USER"].compactMap { environment[$0] }
        var homes = ["HOME"].compactMap { environment[$0] }
        if let entry = getpwuid(geteuid()) {
            users.append(String(cString: entry.pointee.pw_name))
            homes.append(String(cString: entry.pointee.pw_dir))
        }
        found += users.flatMap(Self.person)
        found += homes.filter { $0.count > 1 && $0 != "/root" }.map { .init(.homeFolder, $0) }
        var name = [CChar](repeating: 0, count: 256)
        if gethostname(&name, name.count - 1) == 0 {
            let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            found += Self.machine(String(decoding: bytes, as: UTF8.self))
        }
        return found
    }

    /// `ada`, or `ada@host`.
    private static func person(_ text: String) -> [KnownValues.Identity] {
        let parts = text.split(separator: "@", maxSplits: 1).map(String.init)
        guard let user = parts.first, user != "root" else { return [] }
        return [.init(.user, user)] + (parts.count > 1 ? machine(parts[1]) : [])
    }

    private static func machine(_ name: String) -> [KnownValues.Identity] {
        let isLocal = name.isEmpty || name.hasPrefix("localhost") || name.hasSuffix("localhost")
        let isAddress = name.allSatisfy { $0.isNumber || $0 == "." || $0 == ":" }
        if isLocal || isAddress { return [] }
        let short = name.split(separator: ".").first.map(String.init) ?? name
        return short == name
            ? [.init(.host, name)] : [.init(.host, name), .init(.host, short)]
    }

    private func gitIdentities() -> [KnownValues.Identity] {
        let git = GitCommand(folder: workspace.root, environment: surroundings.environment)
        func setting(_ key: String) -> String? {
            // Without git or the setting there is nothing to know.
            guard let result = try? git.run(["config", "--get", key]) else { return nil }
            let text = String(decoding: result.output, as: UTF8.self)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            return text.isEmpty ? nil : text
        }
        return [
            setting("user.name").map { .init(.person, $0) },
            setting("user.email").map { .init(.email, $0) },
        ].compactMap { $0 }
    }

    /// Devices and people of the room, and the machine the Mothership is on.
    private func connected() -> [KnownValues.Identity] {
        var found: [KnownValues.Identity] = []
        // Without a snapshot the other sources tell what there is to know.
        if let status = try? host.status() {
            found += Self.person(status.user)
            found.append(.init(.device, status.device.hex))
            for peer in status.presence.peers {
                found += Self.person(peer.user)
                found.append(.init(.device, peer.device.hex))
            }
        }
        if let binding = try? DeviceBinding.load(workspace) {  // as above
            found += Self.person(binding.user)
            found.append(.init(.device, binding.device.hex))
        }
        if let settings = try? host.configuration() {  // as above
            found += Self.machine(settings.mothership.host)
        }
        return found
    }
}

extension Array where Element: Hashable {
    fileprivate func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
