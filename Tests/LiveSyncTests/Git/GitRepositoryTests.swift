// Questions to real repositories: ids, blobs, differences, ignore rules.

import Glibc
import Support
import Testing

@testable import LiveSync

@Suite(.timeLimit(.minutes(20))) struct GitRepositoryTests {
    private func committed(_ files: [String: String] = ["a.rs": "one"]) throws -> ScratchTree {
        let tree = try ScratchTree()
        try tree.initRepository()
        for (path, text) in files { try tree.write(path, text) }
        try tree.commit("first")
        return tree
    }

    private func problem(_ body: () throws -> Void) -> GitFailure.Problem? {
        do {
            try body()
        } catch {
            return (error as? GitFailure)?.problem
        }
        return nil
    }

    @Test func repositoryIsFoundFromASubfolder() throws {
        let tree = try committed(["x/y/a.rs": "1"])

        let repository = try GitRepository.open(
            at: tree.at("x/y"), environment: ScratchTree.environment)

        #expect(repository.topLevel == tree.path)
        #expect(repository.gitFolder == tree.at(".git"))
        #expect(repository.markers.indexPath == tree.at(".git/index"))
    }

    @Test func folderOutsideARepositoryIsNamed() throws {
        let tree = try ScratchTree()

        #expect(problem { _ = try tree.repository() } == .noRepository)
        #expect(
            problem {
                _ = try GitRepository.open(
                    at: tree.at("none"), environment: ScratchTree.environment)
            } == .noRepository)
    }

    @Test func onlyCommitsLeaveTheTreeAlone() throws {
        let tree = try committed()
        let repository = try tree.repository()
        let first = try repository.command.line(["rev-parse", "HEAD"])
        try tree.write("a.rs", "two")
        try tree.commit("second")
        try tree.write("a.rs", "three")
        try tree.commit("third")
        let third = try repository.command.line(["rev-parse", "HEAD"])
        #expect(repository.hasOnlyCommitted(from: first, to: third))
        #expect(repository.hasOnlyCommitted(from: "", to: third), "the first one of all as well")
        #expect(!repository.hasOnlyCommitted(from: third, to: first))

        try tree.git("reset", "--quiet", "--hard", first)
        #expect(!repository.hasOnlyCommitted(from: third, to: first))
        try tree.write("a.rs", "four")
        try tree.commit("fourth")
        let fourth = try repository.command.line(["rev-parse", "HEAD"])
        #expect(repository.hasOnlyCommitted(from: first, to: fourth))
        #expect(!repository.hasOnlyCommitted(from: third, to: fourth))
    }

    @Test func variablesOfAHookDoNotLeadElsewhere() throws {
        let tree = try committed()
        let other = try committed()
        var environment = ScratchTree.environment
        environment["GIT_DIR"] = other.at(".git")
        environment["GIT_WORK_TREE"] = other.path

        let repository = try GitRepository.open(at: tree.path, environment: environment)

        #expect(repository.topLevel == tree.path)
    }

    @Test func headIsReadLooseAndPackedAndDetached() throws {
        let tree = try committed()
        let repository = try tree.repository()
        let commit = try tree.git("rev-parse", "HEAD")

        #expect(try repository.head() == GitHead(branch: "main", commit: commit))
        try tree.git("pack-refs", "--all")
        #expect(try repository.head() == GitHead(branch: "main", commit: commit))
        try tree.git("checkout", "-q", "-b", "feature/x")
        #expect(try repository.head() == GitHead(branch: "feature/x", commit: commit))
        try tree.git("checkout", "-q", "--detach")
        #expect(try repository.head() == GitHead(branch: nil, commit: commit))
    }

    @Test func unbornBranchHasNoCommitAndNoID() throws {
        let tree = try ScratchTree()
        try tree.initRepository()
        let repository = try tree.repository()

        #expect(try repository.head() == GitHead(branch: "main", commit: nil))
        let failure = #expect(throws: GitFailure.self) { try repository.repositoryID() }
        #expect(failure?.problem == .unborn)
        #expect(failure?.nextStep.contains("aura init --repo ID") == true)
    }

    @Test func idIsTheSameInEveryFullCloneAndRefusedInAShallowOne() throws {
        let tree = try committed()
        try tree.write("a.rs", "two")
        try tree.commit("second")
        let root = try tree.git("rev-list", "--max-parents=0", "HEAD")
        let id = try tree.repository().repositoryID()
        let outer = try ScratchTree()
        try outer.git("clone", "-q", tree.path, outer.at("full"))
        try outer.git("clone", "-q", "--depth", "1", "file://" + tree.path, outer.at("shallow"))
        func open(_ name: String) throws -> GitRepository {
            try GitRepository.open(at: outer.at(name), environment: ScratchTree.environment)
        }

        #expect(id == String(ContentDigest.of((root + "\n").utf8).hex.prefix(16)))
        #expect(try open("full").repositoryID() == id)
        #expect(problem { _ = try open("shallow").repositoryID() } == .shallow)
    }

    @Test func idCoversAllRootsWhateverTheirOrder() throws {
        let tree = try committed()
        let before = try tree.repository().repositoryID()
        try tree.git("checkout", "-q", "--orphan", "second-root")
        try tree.commit("other root")
        try tree.git("checkout", "-q", "main")
        try tree.git("merge", "-q", "--allow-unrelated-histories", "-m", "join", "second-root")
        let roots = try tree.git("rev-list", "--max-parents=0", "HEAD")
            .split(separator: "\n").sorted()

        let id = try tree.repository().repositoryID()

        #expect(roots.count == 2)
        #expect(id != before)
        #expect(
            id == String(ContentDigest.of("\(roots[0])\n\(roots[1])\n".utf8).hex.prefix(16)))
    }

    @Test func changedPathsAreTrackedDifferencesAndNewFiles() throws {
        let tree = try committed(["keep.rs": "1", "edit.rs": "1", "gone.rs": "1", "old.rs": "1"])
        let repository = try tree.repository()
        let first = try tree.git("rev-parse", "HEAD")
        try tree.write("edit.rs", "2")
        try tree.remove("gone.rs")
        try tree.git("mv", "old.rs", "new\nname.rs")
        try tree.write("fresh.rs", "1")
        try tree.write(".gitignore", "ignored.rs\n")
        try tree.write("ignored.rs", "1")

        #expect(
            try repository.command.changedPaths(since: first) == [
                ".gitignore", "edit.rs", "fresh.rs", "gone.rs", "new\nname.rs", "old.rs",
            ])
        try tree.commit("all")
        #expect(try repository.command.changedPaths(since: "HEAD") == [])
        #expect(try repository.command.changedPaths(since: first).contains("edit.rs"))
        #expect(throws: GitFailure.self) {
            try repository.command.changedPaths(since: "no-such-commit")
        }
    }

    @Test func contentOfACommitIsReadBothWays() throws {
        let big = String(repeating: "line\n", count: 50_000)
        let tree = try committed(["a.rs": "one\n", "d/big.rs": big, "empty.rs": ""])
        let repository = try tree.repository()
        let first = try tree.git("rev-parse", "HEAD")
        try tree.write("a.rs", "two")
        try tree.commit("second")
        let reader = GitBlobReader(repository: repository)

        for show in [repository.show, reader.show] {
            #expect(try show(first, "a.rs") == Array("one\n".utf8))
            #expect(try show("HEAD", "a.rs") == Array("two".utf8))
            #expect(try show(first, "d/big.rs") == Array(big.utf8))
            #expect(try show(first, "empty.rs") == [])
            #expect(try show(first, "none.rs") == nil)
            #expect(try show(first, "d") == nil)
        }
        #expect(throws: GitFailure.self) {
            try repository.show(commit: "no-such-commit", path: "a.rs")
        }
        reader.close()
        #expect(try reader.show(commit: first, path: "a.rs") == Array("one\n".utf8))
    }

    @Test func ignoredPathsComeFromAllRulesAndSpareTrackedFiles() throws {
        let tree = try committed(["src/a.rs": "1", "tracked.log": "1"])
        try tree.write(".gitignore", "*.log\n/out/\n")
        try tree.write("src/.gitignore", "local.rs\n")
        for path in ["x.log", "src/local.rs", "out/deep/a.rs", "out/b.rs", "free.rs"] {
            try tree.write(path, "1")
        }

        let list = try tree.repository().command.ignoreList()

        #expect(list.files == ["x.log", "src/local.rs"])
        #expect(list.folders == ["out"])
    }

    @Test func failingIgnoreQueryThrowsInsteadOfAnEmptyList() throws {
        let tree = try committed()
        let stub = try ScratchTree()
        try stub.write("git", "#!/bin/sh\necho broken >&2\nexit 1\n")
        chmod(stub.at("git"), 0o755)
        let repository = try tree.repository()
        let broken = GitRepository(
            topLevel: repository.topLevel, gitFolder: repository.gitFolder,
            commonFolder: repository.commonFolder, markers: repository.markers,
            command: GitCommand(folder: tree.path, environment: ["PATH": stub.path]))

        #expect(
            problem { _ = try broken.command.ignoreList() }
                == .command(word: "ls-files", status: 1, message: "broken"))
        #expect(
            problem {
                _ = try GitRepository.open(at: tree.path, environment: ["PATH": "/nonexistent"])
            } == .child(.notFound))
    }
}
