// HEAD from git's files, because a process on every tick would cost more than the tick.

import Support

extension GitRepository {
    /// Reads the branch and the commit HEAD stands on.
    ///
    /// Falls back to git where refs are not kept in files (the reftable format).
    public func head() throws(GitFailure) -> GitHead {
        guard let text = Self.line(of: gitFolder + "/HEAD") else { return try headByGit() }
        guard text.hasPrefix("ref: ") else {
            return Self.isObjectName(text)
                ? GitHead(branch: nil, commit: text) : try headByGit()
        }
        let ref = String(text.dropFirst(5))
        if ref == "refs/heads/.invalid" || !ref.hasPrefix("refs/heads/") { return try headByGit() }
        let branch = String(ref.dropFirst(11))
        for folder in [commonFolder, gitFolder] {
            guard let value = Self.line(of: folder + "/" + ref) else { continue }
            return Self.isObjectName(value)
                ? GitHead(branch: branch, commit: value) : try headByGit()
        }
        if let value = packedRef(ref) { return GitHead(branch: branch, commit: value) }
        return try headByGit()
    }

    private func headByGit() throws(GitFailure) -> GitHead {
        let name = try command.run(["symbolic-ref", "-q", "HEAD"], accepting: 0...1)
        let commit = try command.run(["rev-parse", "-q", "--verify", "HEAD"], accepting: 0...128)
        return GitHead(
            branch: name.status == 0 ? Self.firstLine(name.output).map(Self.short) : nil,
            commit: commit.status == 0 ? Self.firstLine(commit.output) : nil)
    }

    private func packedRef(_ ref: String) -> String? {
        // Absent in a repository that was never packed, and then there is nothing to find.
        guard let bytes = try? FileAccess.read(commonFolder + "/packed-refs") else { return nil }
        let ending = Array((" " + ref).utf8)
        for line in bytes.split(separator: UInt8(ascii: "\n"))
        where line.count > ending.count && line.suffix(ending.count).elementsEqual(ending) {
            let value = String(decoding: line.dropLast(ending.count), as: UTF8.self)
            if Self.isObjectName(value) { return value }
        }
        return nil
    }

    /// The first line of a small file; nil when it cannot be read.
    static func line(of path: String) -> String? {
        // Any failure means "not in a file"; the caller then asks git, which says why.
        (try? FileAccess.read(path, limit: 1 << 16)).flatMap(firstLine)
    }

    private static func firstLine(_ bytes: [UInt8]) -> String? {
        bytes.split(separator: UInt8(ascii: "\n")).first.map { String(decoding: $0, as: UTF8.self) }
    }

    private static func short(_ ref: String) -> String {
        ref.hasPrefix("refs/heads/") ? String(ref.dropFirst(11)) : ref
    }

    /// 40 hexadecimal digits, or 64 with SHA-256.
    static func isObjectName(_ text: String) -> Bool {
        (text.utf8.count == 40 || text.utf8.count == 64) && text.allSatisfy(\.isHexDigit)
    }
}
