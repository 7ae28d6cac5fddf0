// What the index proves of a working copy, beside what git itself says of it.

import Foundation
import Glibc
import Support
import Testing

@testable import LiveSync

@Suite(.timeLimit(.minutes(20))) struct TreeChangesTests {
    private func committed(_ files: [String: String]) throws -> ScratchTree {
        let tree = try ScratchTree()
        try tree.initRepository()
        for (path, text) in files { try tree.write(path, text) }
        try tree.commit("first")
        return tree
    }

    private func index(of tree: ScratchTree) throws -> GitIndex {
        try #require(
            GitIndex(try FileAccess.read(tree.at(".git/index")), digestBytes: 20))
    }

    /// The names that git would be asked about if every file had been written long ago.
    private func left(in tree: ScratchTree) throws -> OpenNames {
        try #require(IndexWalk.run(try index(of: tree), written: .max, root: tree.path))
    }

    @Test func ofAnUntouchedTreeNothingIsLeftToAsk() throws {
        let tree = try committed([
            "a.rs": "1", "foo/b.rs": "1", "foo-bar/c.rs": "1", "foo.rs": "1", "foo/deep/d.rs": "1",
        ])
        try tree.write(".aura/live.toml", "[live]")

        #expect(try left(in: tree) == OpenNames())
        #expect(try index(of: tree).tree == tree.git("rev-parse", "HEAD^{tree}"))
    }

    @Test func whatWasTouchedAndWhatIsNewIsLeft() throws {
        let tree = try committed([
            "edited.rs": "1", "gone.rs": "1", "x/mode.rs": "1", "x/kept.rs": "1",
            "was/file.rs": "1",
            "linked.rs": "1",
        ])
        try tree.write("edited.rs", "2")
        try tree.remove("gone.rs")
        chmod(tree.at("x/mode.rs"), 0o755)
        try tree.remove("was/file.rs")
        rmdir(tree.at("was"))
        try tree.write("was", "a file")
        try tree.remove("linked.rs")
        symlink("edited.rs", tree.at("linked.rs"))
        try tree.write("x/new.rs", "1")
        try tree.write("fresh/deep/one.rs", "1")
        mkfifo(tree.at("pipe"), 0o600)

        let found = try left(in: tree)

        #expect(
            found.tracked.sorted() == [
                "edited.rs", "gone.rs", "linked.rs", "was/file.rs", "x/mode.rs",
            ])
        #expect(found.unknown.sorted() == ["fresh", "was", "x/new.rs"])
    }

    @Test func aLargeTreeIsLookedAtByTwo() throws {
        let folders = (0..<12).map { "code/part\($0)/" }
        let tree = try committed(
            Dictionary(
                uniqueKeysWithValues: folders.flatMap { folder in
                    (0..<100).map { ("\(folder)f\($0).rs", "1") }
                }))
        for folder in folders { try tree.write(folder + "f7.rs", "22") }
        for folder in folders { try tree.write(folder + "new.rs", "1") }

        let found = try left(in: tree)

        #expect(found.tracked.sorted() == folders.map { $0 + "f7.rs" }.sorted())
        #expect(found.unknown.sorted() == folders.map { $0 + "new.rs" }.sorted())
    }

    /// A write in the tick of the clock in which the index was written leaves no other status.
    @Test func aFileAsYoungAsTheIndexIsLeft() throws {
        let tree = try committed(["a.rs": "1"])
        let index = try index(of: tree)
        let status = try #require(index.entries.first).status
        let late = max(status.modified, status.changed)

        #expect(
            IndexWalk.run(index, written: late, root: tree.path) == OpenNames(tracked: ["a.rs"]))
        #expect(IndexWalk.run(index, written: late + 1, root: tree.path) == OpenNames())
    }

    @Test func whereMuchChangedGitLooksAtEverything() throws {
        let names = (0..<300).map { "new\($0).rs" }
        let tree = try committed(["a.rs": "1"])
        for name in names { try tree.write(name, "1") }

        #expect(
            IndexWalk.run(try index(of: tree), written: .max, root: tree.path) == nil)
        #expect(try changes(tree).changed == names.sorted())
    }

    @Test func formsOfTheIndexThatAreNotReadAreGitsToRead() throws {
        let tree = try committed(["src/a.rs": "1", "src/b.rs": "1"])
        try tree.write("src/a.rs", "22")
        for form in [["--index-version", "4"], ["--index-version", "2", "--split-index"]] {
            try tree.git("update-index", form[0], form[1])
            if form.count > 2 { try tree.git("update-index", form[2]) }

            #expect(
                GitIndex(try FileAccess.read(tree.at(".git/index")), digestBytes: 20) == nil)
            #expect(try changes(tree).changed == ["src/a.rs"])
        }
    }

    @Test func aRepositoryOfLongDigestsIsReadToo() throws {
        let tree = try ScratchTree()
        try tree.git("init", "-q", "-b", "main", "--object-format=sha256")
        try tree.write("src/a.rs", "1")
        try tree.commit("first")
        let bytes = try FileAccess.read(tree.at(".git/index"))

        let index = try #require(GitIndex(bytes, digestBytes: 32))

        #expect(index.entries.compactMap(index.text) == ["src/a.rs"])
        #expect(try index.tree == tree.git("rev-parse", "HEAD^{tree}"))
        try tree.write("src/a.rs", "2")
        #expect(try changes(tree).changed == ["src/a.rs"])
    }

    /// Bytes that anybody may have left there: cut anywhere, or one of them another.
    @Test func aDamagedIndexIsRefusedOrReadAndNeverTheEnd() throws {
        let tree = try committed(["a.rs": "1", "b/c.rs": "1", "b/d.rs": "1"])
        try tree.git("add", "-N", ".")
        let bytes = try FileAccess.read(tree.at(".git/index"))
        func look(_ bytes: [UInt8]) -> Bool {
            guard let index = GitIndex(bytes, digestBytes: 20) else { return false }
            _ = IndexWalk.run(index, written: .max, root: tree.path)
            return true
        }

        #expect(look(bytes))
        #expect(!look(Array(bytes.dropLast(bytes.count - 40))))
        for end in bytes.indices { _ = look(Array(bytes[..<end])) }
        for place in bytes.indices {
            for other in [bytes[place] ^ 0xFF, bytes[place] ^ 1, 0, 0x2F] {
                var damaged = bytes
                damaged[place] = other
                _ = look(damaged)
            }
        }
    }

    /// `AURA_SEED=N` runs one history.
    @Test(arguments: seeds) func whatTheIndexProvesIsWhatGitSays(seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        let tree = try committed(["a.rs": "1", "src/b.rs": "1", "src/deep/c.rs": "1"])
        var history: [String] = []
        for _ in 0..<25 {
            history.append(try disturb(tree, &chance))
            guard try tree.repository().head().commit != nil else { continue }
            let proven = try changes(tree)
            let told = try tree.repository().changesByGit()
            #expect(proven.changed == told.changed, "AURA_SEED=\(seed): \(history)")
            #expect(
                proven.names.untracked.sorted() == told.names.untracked.sorted(),
                "AURA_SEED=\(seed): \(history)")
            #expect(
                proven.names.clashing == told.names.clashing, "AURA_SEED=\(seed): \(history)")
            #expect(
                proven.names.withheld == told.names.withheld, "AURA_SEED=\(seed): \(history)")
        }
    }

    private static var seeds: [UInt64] {
        let only = ProcessInfo.processInfo.environment["AURA_SEED"].flatMap(UInt64.init)
        if let only { return [only] }
        let first = UInt64.random(in: 0...UInt64(UInt32.max))
        return (0..<8).map { first + $0 }
    }

    private func changes(_ tree: ScratchTree) throws -> TreeChanges {
        let repository = try tree.repository()
        let command = repository.command
        return try repository.changesSinceHead(
            tree: Meanwhile { () throws(GitFailure) in try command.headTree() })
    }

    private static let names = [
        "a.rs", "A.rs", "src/b.rs", "src/B.rs", "src/deep/c.rs", "src/deep", "src", "src-x/d.rs",
        "src.rs", "*.rs", "src/[b].rs", "with space.rs", "line\nfeed.rs", "ünï/code.rs",
        "out/x.rs", "out/keep.rs", ":(top)a.rs", "link.rs",
    ]

    /// One step of a person, or of a program of hers.
    private func disturb(_ tree: ScratchTree, _ chance: inout SeededGenerator) throws -> String {
        let name = Self.names.randomElement(using: &chance) ?? "a.rs"
        let full = tree.at(name)
        func make() throws {
            // What stands in the way goes, as it does with whoever makes a folder of a file.
            var parent = PathName.parent(of: full)
            while parent.utf8.count > tree.path.utf8.count {
                if !FileAccess.isFolder(parent) { unlink(parent) }
                parent = PathName.parent(of: parent)
            }
            if FileAccess.isFolder(full) { try FileManager.default.removeItem(atPath: full) }
            // A link would be written through, to itself at worst.
            var status = stat()
            if lstat(full, &status) == 0, status.st_mode & S_IFMT == S_IFLNK { unlink(full) }
            try tree.write(name, "\(Int.random(in: 0...3, using: &chance))")
        }
        func git(_ arguments: [String]) throws -> String {
            let command = GitCommand(
                folder: tree.path, environment: ScratchTree.environment, deadline: .seconds(60))
            let person = ["-c", "user.name=T", "-c", "user.email=t@example.invalid"]
            // What cannot be done in this tree is refused, and changes nothing.
            try command.run(person + arguments, accepting: 0...255)
            return "git " + arguments.joined(separator: " ")
        }
        let literal = ":(literal)" + name
        switch Int.random(in: 0..<20, using: &chance) {
        case 0...4:
            try make()
            return "write \(name)"
        case 5:
            unlink(full)
            return "unlink \(name)"
        case 6:
            chmod(full, 0o755)
            return "chmod \(name)"
        case 7:
            guard !FileAccess.isFolder(full) else { return "nothing" }
            try make()
            unlink(full)
            symlink("a.rs", full)
            return "symlink \(name)"
        case 8:
            try tree.write(".gitignore", "out/\n!out/keep.rs\nline*\n")
            return "ignore"
        case 9: return try git(["add", "-A"])
        case 10: return try git(["add", literal])
        case 11: return try git(["add", "-N", "."])
        case 12: return try git(["rm", "-q", "--cached", "-r", literal])
        case 13: return try git(["update-index", "--assume-unchanged", name])
        case 14: return try git(["update-index", "--skip-worktree", name])
        case 15: return try git(["commit", "-q", "-a", "-m", "next"])
        case 16: return try git(["stash", "-q"])
        case 17: return try git(["stash", "pop", "-q"])
        case 18: return try git(["init", "-q", "nested\(Int.random(in: 0...1, using: &chance))"])
        default: return try git(["reset", "-q", "--hard"])
        }
    }
}
