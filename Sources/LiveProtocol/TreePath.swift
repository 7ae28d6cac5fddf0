// Paths that came from somewhere else: the rule that keeps them inside the tree.
//
// A path in a pack was typed on another machine. It is refused unless each component is a plain
// name on every system a peer may run, and none of them is git's or this program's own folder.

/// Why a path is refused.
public enum PathRule: String, Hashable, Codable, CaseIterable, Sendable {
    case empty, absolute, drivePrefix, backslash, controlCharacter
    /// `.`, `..` or an empty part between two slashes.
    case dotComponent
    /// `.git` in any case, or one of the short forms other systems resolve to it.
    case gitComponent
    /// `.aura` in any case.
    case auraComponent
    /// A name this program uses for its own temporary files.
    case temporaryName
    /// A part longer than 255 bytes, or a path longer than 4096.
    case tooLong
    /// A folder on the way is a symbolic link, which may lead out of the tree.
    case symlinkedParent
    /// The file itself is a symbolic link.
    case symlink
    /// The path names a folder, a FIFO, a socket or a device.
    case notRegular
    /// A component on the way is not a folder.
    case parentNotFolder
    /// A folder on the way is on another file system.
    case otherFileSystem

    /// What is wrong, in one clause.
    public var meaning: String {
        switch self {
        case .empty: "the path is empty"
        case .absolute: "the path is absolute"
        case .drivePrefix: "the path starts with a drive letter"
        case .backslash: "the path holds a backslash"
        case .controlCharacter: "the path holds a control character"
        case .dotComponent: "a part of the path is empty, . or .."
        case .gitComponent: "a part of the path is git's own folder"
        case .auraComponent: "a part of the path is aura's own folder"
        case .temporaryName: "the name is one of a temporary file"
        case .tooLong: "the path is longer than a file system takes"
        case .symlinkedParent: "a folder on the way is a symbolic link"
        case .symlink: "the file is a symbolic link"
        case .notRegular: "the path names no regular file"
        case .parentNotFolder: "a part on the way is no folder"
        case .otherFileSystem: "a folder on the way is on another file system"
        }
    }
}

/// Checks on the text of a relative path.
public enum TreePath {
    /// The start of the names of this program's temporary files in source folders.
    public static let temporaryPrefix = ".aura-tmp-"

    private static let auraFolder = ".aura"

    /// The rule that `path` breaks; nil when it is a plain relative path.
    public static func brokenRule(_ path: String) -> PathRule? {
        if path.isEmpty { return .empty }
        if path.utf8.count > 4096 { return .tooLong }
        if path.hasPrefix("/") { return .absolute }
        if path.utf8.contains(UInt8(ascii: "\\")) { return .backslash }
        if path.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return .controlCharacter }
        if hasDrivePrefix(path) { return .drivePrefix }
        for part in path.split(separator: "/", omittingEmptySubsequences: false) {
            if let rule = brokenRule(part: part) { return rule }
        }
        return nil
    }

    private static func brokenRule(part: Substring) -> PathRule? {
        if part.isEmpty || part == "." || part == ".." { return .dotComponent }
        if part.utf8.count > 255 { return .tooLong }
        // Windows drops trailing dots and spaces, and knows `.git` as `git~1`.
        let folded = part.lowercased().trimmingTail(of: [".", " "])
        if folded == ".git" || folded == "git~1" { return .gitComponent }
        if folded == auraFolder { return .auraComponent }
        if part.hasPrefix(temporaryPrefix) { return .temporaryName }
        return nil
    }

    private static func hasDrivePrefix(_ path: String) -> Bool {
        let start = Array(path.utf8.prefix(2))
        guard start.count == 2, start[1] == UInt8(ascii: ":") else { return false }
        return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(start[0] | 0x20)
    }
}

extension String {
    fileprivate func trimmingTail(of characters: Set<Character>) -> String {
        var rest = self[...]
        while let last = rest.last, characters.contains(last) { rest.removeLast() }
        return String(rest)
    }
}
