// Git's states as real operations leave them.

import Glibc
import Support
import TestSupport
import Testing

@testable import LiveSync

@Suite(.timeLimit(.minutes(20))) struct GitStateTests {
    /// Two branches that change the same line, so that every way of joining them stops.
    private func conflicting() throws -> ScratchTree {
        let tree = try ScratchTree()
        try tree.initRepository()
        try tree.write("a.rs", "base\n")
        try tree.commit("base")
        try tree.git("checkout", "-q", "-b", "side")
        try tree.write("a.rs", "side\n")
        try tree.commit("side")
        try tree.git("checkout", "-q", "main")
        try tree.write("a.rs", "main\n")
        try tree.commit("main")
        return tree
    }

    private func causes(_ tree: ScratchTree, branch: String? = "main") throws -> [GitCause] {
        var reader = GitStateReader(repository: try tree.repository())
        return try reader.current(expectedBranch: branch, clock: SystemClock()).causes
    }

    @Test func quietRepositoryHasNoCause() throws {
        let tree = try conflicting()

        #expect(try causes(tree) == [])
        try tree.write("a.rs", "dirty\n")
        #expect(try causes(tree) == [])
    }

    @Test(arguments: [
        (["merge", "side"], [GitCause.merge]),
        (["rebase", "side"], [.rebase]),
        (["rebase", "--apply", "side"], [.rebase]),
        (["cherry-pick", "side"], [.cherryPick]),
        (["revert", "--no-edit", "HEAD~1"], [.revert]),
        (["checkout", "-q", "--detach"], [.detachedHead]),
        (["checkout", "-q", "side"], [.otherBranch("side")]),
        (["bisect", "start", "HEAD", "HEAD~1"], [.bisect]),
    ])
    func operationIsNamedWhileItLasts(command: [String], expected: [GitCause]) throws {
        let tree = try conflicting()
        let repository = try tree.repository()
        try repository.command.run(
            ["-c", "user.name=T", "-c", "user.email=t@example.invalid"] + command,
            accepting: 0...1)

        #expect(try causes(tree) == expected)
    }

    @Test func patchSeriesIsAm() throws {
        let tree = try conflicting()
        try tree.git("format-patch", "-1", "side", "-o", tree.at("patches"))
        let patch = try #require(try FileAccess.names(in: tree.at("patches")).first)

        try tree.git("am", tree.at("patches/" + patch), accepting: 0...128)

        #expect(try causes(tree) == [.am])
    }

    @Test func rangeOfPicksBetweenTwoCommitsStillCounts() throws {
        let tree = try conflicting()
        try tree.makeFolder(".git/sequencer")
        try tree.write(".git/sequencer/todo", "pick 1234567 text\n")
        #expect(try causes(tree) == [.cherryPick])

        try tree.write(".git/sequencer/todo", "revert 1234567 text\n")
        #expect(try causes(tree) == [.revert])
    }

    @Test func conflictedStashPopLeavesOnlyTheIndexToTell() throws {
        let tree = try conflicting()
        try tree.write("a.rs", "stashed\n")
        try tree.git("stash", "push", "-q")
        try tree.write("a.rs", "newer\n")
        try tree.commit("newer")
        var reader = GitStateReader(repository: try tree.repository())
        #expect(try reader.current(expectedBranch: "main", clock: SystemClock()).causes.isEmpty)

        try tree.git("stash", "pop", "-q", accepting: 0...1)
        #expect(
            try reader.current(expectedBranch: "main", clock: SystemClock()).causes
                == [.unmergedIndex])
        try tree.git("checkout", "-q", "--ours", "a.rs")
        try tree.git("add", "a.rs")

        #expect(try reader.current(expectedBranch: "main", clock: SystemClock()).causes.isEmpty)
    }

    @Test func indexLockIsSeen() throws {
        let tree = try conflicting()
        try tree.write(".git/index.lock", "")

        #expect(try causes(tree) == [.indexLock])
    }

    @Test func startWaitsForALockThatGoesAndNamesOneThatStays() throws {
        let tree = try conflicting()
        let lock = tree.at(".git/HEAD.lock")
        try tree.write(".git/HEAD.lock", "")
        var reader = GitStateReader(repository: try tree.repository())

        let stays = try reader.afterShortLocks(clock: SystemClock(), patience: .zero)
        #expect(stays.causes == [.headLock])
        // On a thread of its own: those of the tests may all be busy.
        let removal = Meanwhile { () throws(Never) in unlink(lock) }
        let goes = try reader.afterShortLocks(clock: SystemClock(), patience: .seconds(900))
        #expect(goes.causes.isEmpty)
        #expect(removal.value() == 0)
    }

    @Test func unbornBranchIsACause() throws {
        let tree = try ScratchTree()
        try tree.initRepository()

        #expect(try causes(tree, branch: nil) == [.unborn])
    }

    @Test func linkedWorktreeHasItsOwnMarkers() throws {
        let tree = try conflicting()
        let outer = try ScratchTree()
        try tree.git("worktree", "add", "-q", outer.at("linked"), "side")
        let linked = try GitRepository.open(
            at: outer.at("linked"), environment: ScratchTree.environment)
        try linked.command.run(
            ["-c", "user.name=T", "-c", "user.email=t@example.invalid", "merge", "main"],
            accepting: 0...1)

        var reader = GitStateReader(repository: linked)
        #expect(try reader.current(expectedBranch: "side", clock: SystemClock()).causes == [.merge])
        #expect(try causes(tree) == [])
        #expect(linked.gitFolder.contains("/worktrees/"))
        #expect(linked.commonFolder == tree.at(".git"))
        #expect(try linked.repositoryID() == tree.repository().repositoryID())
    }

    @Test func quietTickStartsNoProcess() throws {
        let tree = try conflicting()
        try tree.setModified(".git/index", 1_500_000_000_123_456_789)
        // A search path with nothing but git in it, so that git can be taken away.
        let bin = try ScratchTree()
        #expect(
            symlink(try ChildProcess("git", [], environment: [:]).executable(), bin.at("git")) == 0)
        let repository = try GitRepository.open(at: tree.path, environment: ["PATH": bin.path])
        var reader = GitStateReader(repository: repository)
        _ = try reader.current(expectedBranch: "main", clock: StillClock.future)
        try bin.remove("git")

        #expect(try reader.current(expectedBranch: "main", clock: StillClock.future).causes.isEmpty)
        try tree.git("update-index", "--chmod=+x", "a.rs")
        #expect(throws: GitFailure.self) {
            try reader.current(expectedBranch: "main", clock: StillClock.future)
        }
    }
}
