// What happens to files while their agent is dead or stands still: it travels like any save once
// the agent looks again, also for files that nobody ever pushed and only git knows.

import Drills
import Glibc
import LiveSync
import Support
import Testing

@Suite struct WhileAwayTests {
    private static let path = "pkg/billing.py"
    private static let extra = [
        "pkg/other.py": "def other():\n    return 7\n",
        "pkg/moved.py": "def to_move():\n    return 8\n",
    ]

    @Test(arguments: [Absence.killed, .stopped])
    func filesThatWentOrMovedWhileTheAgentWasAwayDoSoEverywhere(absence: Absence) async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, extra: Self.extra)
            // One file the ledger knows, and two it has never heard of.
            try pair.ada.edit(Self.path, "return 3", "return 30")
            try pair.ben.wait(for: Self.path, toHold: "return 30")
            try pair.settle()
            let text = try pair.ada.read("pkg/moved.py")
            try absence.during(at: pair.ada) {
                for path in [Self.path, "pkg/other.py"] {
                    try #require(unlink(pair.ada.path(path)) == 0)
                }
                try #require(
                    rename(pair.ada.path("pkg/moved.py"), pair.ada.path("pkg/new.py")) == 0)
            }
            try pair.ben.wait(for: "pkg/new.py", toBe: text)
            for path in [Self.path, "pkg/other.py", "pkg/moved.py"] {
                try Waiting.until("\(path) to go") { !FileAccess.exists(pair.ben.path(path)) }
            }
            try pair.settle()
            #expect(try pair.both.allSatisfy { try $0.status().conflicts.isEmpty })
            try pair.ben.edit("pkg/new.py", "return 8", "return 88")
            try pair.ada.wait(for: "pkg/new.py", toHold: "return 88")
        }
    }

    /// What stands in a file that somebody removed while away is not brought back by what others
    /// did to it, and does not hold up anything else.
    @Test func aFileRemovedHereAndEditedThereIsAConflictAndHoldsNothingElse() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, extra: Self.extra)
            try pair.ada.edit(Self.path, "return 3", "return 30")
            try pair.ben.wait(for: Self.path, toHold: "return 30")
            try pair.settle()
            try pair.ada.killAgent()
            try #require(unlink(pair.ada.path(Self.path)) == 0)
            try pair.ben.edit(Self.path, "return 30", "return 31")
            try pair.ben.edit("pkg/other.py", "return 7", "return 70")
            try pair.ben.wait(for: "the pushes") { $0.wal.pendingOut == 0 }
            try pair.ada.enable()
            try pair.ada.wait(for: "pkg/other.py", toHold: "return 70")
            try pair.ada.wait(for: "the conflict") { !$0.conflicts.isEmpty }
            #expect(!FileAccess.exists(pair.ada.path(Self.path)))
            try pair.ada.edit("pkg/other.py", "return 70", "return 71")
            try pair.ben.wait(for: "pkg/other.py", toHold: "return 71")
        }
    }

    enum Absence: Sendable {
        case killed, stopped

        func during(at peer: SandboxPeer, _ body: () throws -> Void) throws {
            switch self {
            case .killed:
                try peer.killAgent()
                try body()
                try peer.enable()
            case .stopped:
                let process = try peer.agentProcess()
                _ = try process.signal(SIGSTOP)
                defer {
                    do { _ = try process.signal(SIGCONT) } catch { Issue.record(error) }
                }
                try body()
            }
        }
    }
}
