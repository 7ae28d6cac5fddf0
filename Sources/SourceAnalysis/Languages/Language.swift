// The languages whose files are split into units, in one list.

import CTreeSitter
import Support

/// A language: how its files are recognised, its grammar, and the table that reads its trees.
public struct Language: Hashable, Sendable, CustomStringConvertible {
    /// The grammar's name, `python`; part of every ``SourceUnit/auraID``.
    public let name: String
    /// File extensions without the dot.
    public let extensions: [String]
    /// File stems whose module is named after the folder: `mod`, `__init__`, `index`.
    let folderStems: Set<String>
    let grammar: Grammar

    init?(
        _ name: String, extensions: [String], folderStems: Set<String> = [],
        grammar: OpaquePointer?, rules: LanguageRules
    ) {
        guard let pointer = GrammarPointer(grammar) else { return nil }
        self.name = name
        self.extensions = extensions
        self.folderStems = folderStems
        self.grammar = Grammar(language: name, pointer: pointer, rules: rules)
    }

    /// Every language, sorted by name.
    public static let all: [Language] = [
        bash, c, cSharp, cpp, go, java, javascript, kotlin, lua, php, python, ruby, rust, scala,
        swift, tsx, typescript,
    ].compactMap { $0 }

    private static let byExtension = Dictionary(
        all.flatMap { language in language.extensions.map { ($0, language) } },
        uniquingKeysWith: { first, _ in first })

    /// The language of a file by its name; nil when there is no grammar for it.
    public static func forPath(_ path: String) -> Language? {
        byExtension[PathName.fileExtension(of: path).lowercased()]
    }

    public static func named(_ name: String) -> Language? { all.first { $0.name == name } }

    /// The grammar's identity. Peers compare it before they exchange units of this language.
    public var grammarDigest: ContentDigest { grammar.digest }

    public var description: String { name }

    /// The first part of every qualified name in a file: its stem, or its folder's name for the
    /// file that stands for the folder.
    public func module(forPath path: String) -> String {
        let file = PathName.last(of: path)
        let ending = PathName.fileExtension(of: file)
        let stem = ending.isEmpty ? file : String(file.dropLast(ending.count + 1))
        guard folderStems.contains(stem) else { return stem }
        let folder = PathName.last(of: PathName.parent(of: path))
        return folder.isEmpty || folder == "." ? stem : folder
    }

    public static func == (left: Self, right: Self) -> Bool { left.name == right.name }

    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
