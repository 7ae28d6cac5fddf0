// Trees as git leaves them when it changed the files and HEAD did not follow.

import Testing

@testable import LiveSync

@Suite(.timeLimit(.minutes(20))) struct GitLeftoverTests {
    /// On `side` one file is changed, one removed and one added.
    private func forked() throws -> ScratchTree {
        let tree = try ScratchTree()
        try tree.initRepository()
        try tree.write("a.rs", "fn a() { main() }\n")
        try tree.write("gone.rs", "fn gone() {}\n")
        try tree.write("own.rs", "fn own() {}\n")
        try tree.commit("base")
        try tree.git("switch", "-q", "-c", "side")
        try tree.write("a.rs", "fn a() { side() }\n")
        try tree.write("more.rs", "fn more() {}\n")
        try tree.remove("gone.rs")
        try tree.commit("side")
        try tree.git("switch", "-q", "main")
        return tree
    }

    private func leftover(_ tree: ScratchTree, unseen: [String]) throws -> String? {
        let repository = try tree.repository()
        return try repository.branch(staged: try repository.stagedFiles(), unseen: unseen)
    }

    @Test func switchThatDidNotReachHeadIsNamed() throws {
        let tree = try forked()
        try tree.git("read-tree", "-m", "-u", "main", "side")

        for path in ["a.rs", "gone.rs", "more.rs"] {
            #expect(try leftover(tree, unseen: [path]) == "side", "\(path)")
        }
        #expect(try leftover(tree, unseen: ["own.rs"]) == nil)
        #expect(try leftover(tree, unseen: []) == nil)
    }

    @Test func stagedWorkThatWasCarriedAlongDoesNotHideTheBranch() throws {
        let tree = try forked()
        try tree.write("own.rs", "fn own() { mine() }\n")
        try tree.git("add", "own.rs")
        try tree.git("read-tree", "-m", "-u", "main", "side")

        #expect(try leftover(tree, unseen: ["a.rs"]) == "side")
    }

    @Test func oneFileTakenFromABranchIsAPersonsChoice() throws {
        let tree = try forked()
        try tree.git("checkout", "-q", "side", "--", "a.rs")

        #expect(try leftover(tree, unseen: ["a.rs"]) == nil)
    }

    @Test func stagedWorkIsNoLeftover() throws {
        let tree = try forked()
        try tree.write("a.rs", "fn a() { mine() }\n")
        try tree.git("add", "a.rs")

        #expect(try leftover(tree, unseen: ["a.rs"]) == nil)
        #expect(try tree.repository().stagedFiles().keys.sorted() == ["a.rs"])
    }

    @Test func filesOfACheckoutThatDiedHalfWayAreTold() throws {
        let tree = try forked()
        let repository = try tree.repository()
        #expect(try repository.branch(tearing: ["own.rs"]) == nil)
        try tree.write("a.rs", "fn a() { side() }\n")
        #expect(try repository.branch(tearing: ["own.rs", "a.rs"]) == "side")
        try tree.write("a.rs", "fn a() { si")
        #expect(try repository.branch(tearing: ["a.rs"]) == "side")
        try tree.remove("a.rs")
        #expect(try repository.branch(tearing: ["a.rs"]) == "side")
        try tree.write("a.rs", "fn a() { mine() }\n")
        #expect(try repository.branch(tearing: ["a.rs"]) == nil)
    }

    @Test func traceTellsEveryDeedOfGit() throws {
        let tree = try forked()
        let repository = try tree.repository()
        let before = repository.trace()
        try tree.write("a.rs", "fn a() { mine() }\n")
        #expect(repository.trace() == before)
        try tree.git("add", "a.rs")
        let staged = repository.trace()
        #expect(staged != before && staged.head == before.head)
        try tree.git("checkout", "-q", "-b", "next")
        #expect(repository.trace().head != staged.head)
        for lock in ["index.lock", "HEAD.lock"] {
            try tree.write(".git/" + lock, "")
            #expect(repository.trace().isLocked)
            try tree.remove(".git/" + lock)
        }
        #expect(!repository.trace().isLocked)
        #expect(repository.lastDeed?.hasPrefix("checkout: moving from main to next") == true)
    }
}
