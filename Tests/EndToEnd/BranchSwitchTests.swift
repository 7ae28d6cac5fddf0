// A branch's files in the tree are git's work, at every point of a switch: while it runs, between
// the new index and the new HEAD, and after git was killed there. Nothing of it is pushed.

import Drills
import Glibc
import LiveSync
import Support
import Testing

@Suite struct BranchSwitchTests {
    private static let path = "pkg/billing.py"
    private static let leftover = ["the files of side are in the tree, HEAD is not on it"]

    /// Two peers; on ada's branch `side` the function `last` is another.
    private func forked(in sandbox: Sandbox) throws -> (pair: Pair, git: Tool) {
        let pair = try Pair(in: sandbox, extra: ["pkg/other.py": "def other():\n    return 7\n"])
        let git = sandbox.git(in: pair.ada.root)
        try pair.ada.killAgent()
        try git.require(["switch", "--quiet", "--create", "side"])
        try pair.ada.edit(Self.path, "return 3", "return 300")
        try git.require(ToyRepository.commit("Side"))
        try git.require(["switch", "--quiet", "main"])
        try pair.ada.enable()
        try pair.ada.wait(for: "the link") { $0.link.state != .offline }
        return (pair, git)
    }

    /// After a sign of life from ada's agent nothing of the branch has left her.
    private func expectNothingPushed(_ pair: Pair, line: Int = #line) throws {
        let counters = try pair.ada.status().counters
        #expect(counters.setsSent == 0, "pushed, line \(line)")
        #expect(try pair.ben.text(Self.path).contains("return 3\n"))
    }

    /// What `git switch` leaves when it dies after its index and before its HEAD.
    private func switchWithoutHead(_ git: Tool, from old: String, to new: String) throws {
        try git.require(["read-tree", "-m", "-u", old, new])
    }

    @Test func aSwitchThatNeverReachesHeadIsHeldAndNotPushed() async throws {
        try await inSandbox { sandbox in
            let (pair, git) = try forked(in: sandbox)
            try switchWithoutHead(git, from: "main", to: "side")
            try pair.ada.wait(for: "the pause") { $0.causes == Self.leftover }
            try expectNothingPushed(pair)
            // Finished, it is a switch like any other; taken back, sync goes on.
            try git.require(["symbolic-ref", "HEAD", "refs/heads/side"])
            try pair.ada.wait(for: "the other branch") { $0.causes == ["on branch side"] }
            // Whoever turns on what is on learns why nothing travels.
            let told = try pair.ada.aura(["live", "sync", "enable"]).output
            #expect(told.contains("already enabled") && told.contains("PAUSED:     on branch side"))
            try git.require(["switch", "--quiet", "main"])
            try pair.ada.wait(for: "the end of the pause") { $0.lifecycle == .active }
            try pair.ada.edit("pkg/other.py", "return 7", "return 70")
            try pair.ben.wait(for: "pkg/other.py", toHold: "return 70")
            #expect(try pair.ben.text(Self.path).contains("return 3\n"))
            #expect(try pair.ada.status().counters.setsSent == 1)
        }
    }

    @Test func workOnTopOfABrokenSwitchTravelsOnceItIsTakenBack() async throws {
        try await inSandbox { sandbox in
            let (pair, git) = try forked(in: sandbox)
            try switchWithoutHead(git, from: "main", to: "side")
            try pair.ada.wait(for: "the pause") { $0.lifecycle == .paused }
            try pair.ada.edit("pkg/other.py", "return 7", "return 70")
            try switchWithoutHead(git, from: "side", to: "main")
            try pair.ben.wait(for: "pkg/other.py", toHold: "return 70")
            #expect(try pair.ben.text(Self.path).contains("return 3\n"))
            #expect(try pair.ada.status().counters.changesAcknowledged <= 1)
        }
    }

    @Test func filesOfACheckoutThatWasKilledAreHeldAlsoWithoutItsLock() async throws {
        try await inSandbox { sandbox in
            let (pair, git) = try forked(in: sandbox)
            let text = try git.require(["show", "side:" + Self.path]).output
            let lock = pair.ada.path(".git/index.lock")
            try FileAccess.replace(lock, with: [])
            try pair.ada.wait(for: "the lock") { $0.causes == ["git holds index.lock"] }
            try pair.ada.save(Self.path, text)
            try #require(unlink(lock) == 0)
            try pair.ada.wait(for: "the pause") { $0.causes == Self.leftover }
            try expectNothingPushed(pair)
            try git.require(["checkout", "--quiet", "--", Self.path])
            try pair.ada.wait(for: "the end of the pause") { $0.lifecycle == .active }
            try expectNothingPushed(pair)
        }
    }

    @Test func anAgentThatStartsOnABrokenSwitchSaysSo() async throws {
        try await inSandbox { sandbox in
            let (pair, git) = try forked(in: sandbox)
            try pair.ada.killAgent()
            try switchWithoutHead(git, from: "main", to: "side")
            try pair.ada.enable()
            try pair.ada.wait(for: "the pause") { $0.causes == Self.leftover }
            try expectNothingPushed(pair)
            try switchWithoutHead(git, from: "side", to: "main")
            try pair.ada.wait(for: "the end of the pause") { $0.lifecycle == .active }
            try pair.ada.edit("pkg/other.py", "return 7", "return 70")
            try pair.ben.wait(for: "pkg/other.py", toHold: "return 70")
            #expect(try pair.ben.text(Self.path).contains("return 3\n"))
        }
    }

    /// A soft reset leaves an index that is another commit's, and that is nobody's broken switch.
    @Test func anAgentThatStartsAfterASoftResetGoesOn() async throws {
        try await inSandbox { sandbox in
            let (pair, git) = try forked(in: sandbox)
            try pair.ada.killAgent()
            try pair.ada.edit("pkg/other.py", "return 7", "return 70")
            try git.require(ToyRepository.commit("Other"))
            try git.require(["branch", "kept"])
            try git.require(["reset", "--quiet", "--soft", "HEAD~1"])
            try pair.ada.enable()
            try pair.ben.wait(for: "pkg/other.py", toHold: "return 70")
        }
    }

    /// What a commit brings along comes to others with the commit.
    @Test func aMergeThatOnlyMovesTheBranchPushesNothing() async throws {
        try await inSandbox { sandbox in
            let (pair, git) = try forked(in: sandbox)
            try git.require(["merge", "--quiet", "--ff-only", "side"])
            try pair.ada.edit("pkg/other.py", "return 7", "return 70")
            try pair.ben.wait(for: "pkg/other.py", toHold: "return 70")
            #expect(try pair.ada.status().counters.setsSent == 1)
            #expect(try pair.ben.text(Self.path).contains("return 3\n"))
        }
    }

    @Test func manySwitchesInARowPushNothing() async throws {
        try await inSandbox { sandbox in
            let (pair, git) = try forked(in: sandbox)
            for _ in 0..<15 {
                try git.require(["switch", "--quiet", "side"])
                try git.require(["switch", "--quiet", "main"])
            }
            try pair.ada.wait(for: "the end of the pauses") { $0.lifecycle == .active }
            try pair.ada.edit("pkg/other.py", "return 7", "return 70")
            try pair.ben.wait(for: "pkg/other.py", toHold: "return 70")
            #expect(try pair.ada.status().counters.setsSent == 1)
            #expect(try pair.ben.text(Self.path).contains("return 3\n"))
        }
    }
}
