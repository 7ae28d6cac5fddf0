// Where the parts of a bundle come from.

import Redaction

/// One source of members.
public struct BundleSource: Sendable {
    /// Hands the program's own bytes on: the member's name below the source's folder, and the next
    /// piece of it. Pieces of one member come one after the other.
    public typealias Emit = (_ member: String, _ piece: [UInt8]) throws -> Void

    /// Where the bytes of a source come from.
    public enum Content: Sendable {
        /// Every regular file below a folder.
        case folder(String)
        /// Files that lie directly in a folder, by name.
        case files(String, named: Set<String>)
        /// What the program itself has to say.
        case made(@Sendable (Emit) throws -> Void)
    }

    /// The folder of its members in the bundle; empty for the top.
    public let name: String
    public let kind: ContentKind
    public let content: Content
    /// Without it there is no bundle.
    public var isRequired: Bool
    /// Lines that carry their time and may be dropped from the beginning.
    public var isDated: Bool

    public init(
        _ name: String, as kind: ContentKind, _ content: Content, isRequired: Bool = false,
        isDated: Bool = false
    ) {
        self.name = name
        self.kind = kind
        self.content = content
        self.isRequired = isRequired
        self.isDated = isDated
    }

    /// How it is called where the top's members are meant as well.
    var label: String { name.isEmpty ? "top" : name }

    func memberName(_ part: String) -> String { name.isEmpty ? part : "\(name)/\(part)" }
}
