// What this machine knows to be secret or personal: looked for exactly, before any guess.

/// Secrets and identities the caller holds.
public struct KnownValues: Sendable {
    /// A secret and the name it goes by: a setting, a variable, a file.
    ///
    /// Values shorter than 8 bytes are taken out only behind ``name`` or another suspicious key:
    /// masking every `true` of a log would help nobody.
    public struct Secret: Sendable, Hashable {
        public let name: String
        public let value: [UInt8]

        public init(name: String, value: [UInt8]) {
            self.name = name
            self.value = value
        }

        public init(name: String, value: String) { self.init(name: name, value: Array(value.utf8)) }
    }

    /// Somebody's name or number; replaced by an alias of its kind.
    public struct Identity: Sendable, Hashable {
        /// What a value is, which decides how it is looked for.
        public enum Kind: String, Sendable, CaseIterable {
            /// A login name; found as a whole word.
            case user
            /// A host name, short or full.
            case host
            /// A person's name, as git knows it.
            case person
            case email
            /// The path of a home folder.
            case homeFolder
            /// An IPv4 or IPv6 address.
            case address
            case hardwareAddress
            case device
            case decentralizedID
        }

        public let kind: Kind
        public let value: String

        public init(_ kind: Kind, _ value: String) {
            self.kind = kind
            self.value = value
        }
    }

    public var secrets: [Secret]
    public var identities: [Identity]

    public init(secrets: [Secret] = [], identities: [Identity] = []) {
        self.secrets = secrets
        self.identities = identities
    }
}
