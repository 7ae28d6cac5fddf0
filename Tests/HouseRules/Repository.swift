// The repository as text: every rule here reads files and compares; nothing is built or run.

import Support

/// One file of the repository.
struct SourceFile: Sendable {
    /// Relative to the repository: `Sources/Support/Seed.swift`.
    let path: String
    let text: String
    let lines: [Substring]
    /// The lines with comments and string literals blanked, same count and columns. Empty for a
    /// file that is not Swift.
    let codeLines: [Substring]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        codeLines =
            PathName.fileExtension(of: path) == "swift"
            ? SwiftText.code(of: text).split(separator: "\n", omittingEmptySubsequences: false)
            : []
    }

    var name: String { PathName.last(of: path) }
    var isSwift: Bool { PathName.fileExtension(of: path) == "swift" }

    func isUnder(_ folders: String...) -> Bool { folders.contains { path.hasPrefix($0 + "/") } }
}

/// A broken rule: where, and what to do about it.
struct Breach: Hashable, Sendable, CustomStringConvertible {
    let path: String
    /// From 1; 0 means the file as a whole.
    let line: Int
    let advice: String

    init(_ path: String, _ advice: String) { self.init(path, 0, advice) }

    init(_ path: String, _ line: Int, _ advice: String) {
        self.path = path
        self.line = line
        self.advice = advice
    }

    var description: String { line == 0 ? "\(path): \(advice)" : "\(path):\(line): \(advice)" }
}

extension [Breach] {
    /// All of them, one a line, for a test's message.
    var listing: String { "\n" + map(\.description).joined(separator: "\n") }
}

enum Repository {
    /// Found from this file's own place: `<root>/Tests/HouseRules/Repository.swift`.
    static let root = PathName.parent(
        of: PathName.parent(of: PathName.parent(of: PathName.absolute(#filePath))))

    /// Names at the top that git does not track.
    static func isGenerated(_ name: String) -> Bool {
        name == ".git" || name == "Package.resolved" || name.hasPrefix(".build")
            || name == ".swiftpm"
    }

    static func topLevel() throws -> [String] {
        try FileAccess.names(in: root).filter { !isGenerated($0) }
    }

    /// All text files of the tracked folders and the top level, sorted by path. Read once.
    static func files() throws -> [SourceFile] { try read.get() }

    private static let read = Result { try topLevel().flatMap { try files(at: $0) } }

    private static func files(at path: String) throws -> [SourceFile] {
        let full = "\(root)/\(path)"
        if FileAccess.isFolder(full) {
            return try FileAccess.names(in: full).flatMap { try files(at: "\(path)/\($0)") }
        }
        let bytes = try FileAccess.read(full)
        guard let text = String(validating: bytes, as: UTF8.self) else { return [] }
        return [SourceFile(path: path, text: text)]
    }
}
