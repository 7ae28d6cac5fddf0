// What travels besides new text: renames, moves between files, a renamed file, many at once.

import Drills
import LiveSync
import Support
import Testing

@Suite struct TravelTests {
    private static let path = "pkg/billing.py"

    @Test func aFunctionThatMovesKeepsItsIdentity() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(
                in: sandbox, extra: ["pkg/other.py": "def first():\n    return 0\n"])
            try pair.ada.edit(Self.path, "def last():\n    return 3\n", "")
            try pair.ada.save(
                "pkg/other.py", "def first():\n    return 0\n\ndef last():\n    return 3\n")
            try pair.ben.wait(for: "pkg/other.py", toBe: try pair.ada.read("pkg/other.py"))
            try Waiting.until("the function to leave") {
                try !pair.ben.text(Self.path).contains("def last")
            }
            try pair.settle()
            // One change on the wire, not a deletion and an addition.
            #expect(try pair.ada.status().counters.changesAcknowledged == 1)
            try pair.ben.edit("pkg/other.py", "return 3", "return 33")
            try pair.ada.wait(for: "pkg/other.py", toHold: "return 33")
        }
    }

    @Test func aRenamedFileTravelsWithEveryUnit() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let text = try pair.ada.read(Self.path)
            try sandbox.git(in: pair.ada.root).require(["mv", Self.path, "pkg/invoices.py"])
            try pair.ben.wait(for: "pkg/invoices.py", toBe: text)
            try Waiting.until("the old file to go") {
                !FileAccess.exists(pair.ben.path(Self.path))
            }
            try pair.settle()
            #expect(try pair.ben.status().conflicts.isEmpty)
        }
    }

    @Test func aRenameReachesTheTeammateAsOne() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            try pair.ada.edit(Self.path, "def compute_tax(amount)", "def tax_of(amount)")
            try pair.ben.wait(for: Self.path, toBe: try pair.ada.read(Self.path))
            try pair.settle()
            #expect(try pair.ada.status().counters.changesAcknowledged == 1)
        }
    }

    @Test func aThousandFunctionsOfOneSaveArrive() async throws {
        try await inSandbox { sandbox in
            func source(_ value: Int) -> String {
                (0..<1_000).map { "def f\($0)():\n    return \(value) + \($0)\n\n" }.joined()
            }
            let pair = try Pair(in: sandbox, extra: ["pkg/many.py": source(1)])
            try pair.ada.save("pkg/many.py", source(2))
            try pair.ben.wait(
                for: "pkg/many.py", toBe: Array(source(2).utf8), limit: .seconds(120))
            try pair.settle(limit: .seconds(120))
            #expect(try pair.ada.status().counters.changesAcknowledged == 1_000)
            #expect(try pair.ben.status().conflicts.isEmpty)
        }
    }

    /// 100 functions, each saved 100 times while the teammate's agent is off.
    @Test func aPeerThatWasAwayForTenThousandRevisionsCatchesUp() async throws {
        try await inSandbox { sandbox in
            func source(_ value: Int) -> String {
                (0..<100).map { "def f\($0)():\n    return \(value) + \($0)\n\n" }.joined()
            }
            let pair = try Pair(in: sandbox, extra: ["pkg/many.py": source(0)])
            try pair.ben.aura(["live", "sync", "disable"])
            for round in 1...100 {
                try pair.ada.save("pkg/many.py", source(round))
                try pair.ada.wait(for: "round \(round)", limit: .seconds(60)) {
                    $0.counters.changesAcknowledged == UInt64(round * 100)
                }
            }
            try pair.ben.enable()
            try pair.ben.wait(
                for: "pkg/many.py", toBe: Array(source(100).utf8), limit: .seconds(120))
            try pair.settle(limit: .seconds(120))
            let status = try pair.ben.status()
            #expect(status.counters.changesReceived == 10_000)
            #expect(status.conflicts.isEmpty)
            #expect(status.counters.changesApplied <= 1_000, "only the newest has to be applied")
        }
    }

    @Test func aBranchSwitchUnderTrafficLosesAndMixesNothing() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let git = sandbox.git(in: pair.ben.root)
            try git.require(["branch", "side"])
            for round in 1...6 {
                try pair.ada.edit(
                    Self.path, round == 1 ? "return 3" : "return 3\(round - 1)",
                    "return 3\(round)")
                if round == 2 {
                    try pair.ben.wait(for: Self.path, toHold: "return 32")
                    try git.require(ToyRepository.commit("What came so far"))
                    try git.require(["checkout", "--quiet", "side"])
                    try pair.ben.wait(for: "the pause") { $0.lifecycle == .paused }
                }
                if round == 4 {
                    #expect(try !pair.ben.text(Self.path).contains("return 34"))
                    try git.require(["checkout", "--quiet", "main"])
                }
            }
            try pair.ben.wait(for: "the end of the pause") { $0.lifecycle == .active }
            try pair.settle()
            try Waiting.until("both to agree, or a conflict", limit: .seconds(60)) {
                let isEqual = try pair.ben.read(Self.path) == pair.ada.read(Self.path)
                return try isEqual || !pair.ben.status().conflicts.isEmpty
            }
            #expect(try pair.ada.text(Self.path).contains("return 36"))
        }
    }
}
