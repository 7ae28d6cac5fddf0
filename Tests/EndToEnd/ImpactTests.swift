// A function that is called here changes on another branch: who resolves what, and when it ends.

import Drills
import LiveSync
import Support
import Testing

@Suite struct ImpactTests {
    private static let files = [
        "pkg/tax.py": "def rate(kind):\n    return 20\n\ndef spare():\n    return 0\n",
        "pkg/shop.py":
            "from pkg.tax import rate\n\ndef price(net):\n    return net * rate(\"food\")\n",
        "pkg/till.py": "def ring(thing):\n    return thing.spare()\n",
    ]

    /// ben works on `side`, ada on `main`.
    private func branches(in sandbox: Sandbox) throws -> Pair {
        let pair = try Pair(in: sandbox, extra: Self.files)
        try pair.ben.aura(["live", "sync", "disable"])
        try sandbox.git(in: pair.ben.root).require(["checkout", "--quiet", "-b", "side"])
        try FileAccess.replace(
            pair.ben.workspace.liveFolder + "/session.json",
            with: Array("{\"branch\":\"side\"}".utf8))
        try pair.ben.enable()
        try pair.ben.wait(for: "the link") { $0.link.state == .online && $0.branch == "side" }
        return pair
    }

    @Test func aResolvedCallWarnsAndEndsWhenTheCallerAdapts() async throws {
        try await inSandbox { sandbox in
            let pair = try branches(in: sandbox)
            try pair.ben.edit("pkg/tax.py", "return 20", "return 21")
            try pair.ada.wait(for: "the impact") { $0.impacts.count == 1 }
            let row = try #require(try pair.ada.status().impacts.first)
            #expect(row.function == "tax::rate" && row.caller == "shop::price")
            #expect(row.branch == "side" && !row.isSuspected && row.id.count == 8)
            #expect(try pair.ada.doctor().codes.contains("impacts.unresolved"))

            try pair.ada.edit("pkg/shop.py", "return net *", "return 2 * net *")
            try pair.ada.wait(for: "the impact to end") { $0.impacts.isEmpty }
            #expect(try !pair.ada.doctor().allCodes.contains("impacts.unresolved"))
        }
    }

    @Test func whoWasAwayIsToldOnceAndOfTheNewestVersion() async throws {
        try await inSandbox { sandbox in
            let pair = try branches(in: sandbox)
            // Somebody was here before, else there is nothing to have missed.
            try pair.ada.edit("pkg/till.py", "return thing", "return 1 + thing")
            try pair.settle()
            try pair.ada.aura(["live", "sync", "disable"])
            for value in [21, 22, 23] {
                try pair.ben.edit("pkg/tax.py", "return \(value - 1)", "return \(value)")
                try pair.ben.wait(for: "the push") {
                    $0.counters.changesAcknowledged == UInt64(value - 20)
                }
            }
            try pair.ada.enable()
            try pair.ada.wait(for: "the impact") { $0.impacts.count == 1 }
            #expect(try pair.ada.status().impacts.first?.function == "tax::rate")
            try pair.ada.aura(["live", "impacts", "resolve", "--all"])
            try pair.ada.aura(["live", "sync", "disable"])
            try pair.ada.enable()
            try pair.ben.edit("pkg/tax.py", "return 23", "return 24")
            try pair.ada.wait(for: "the next") { $0.impacts.count == 1 }
        }
    }

    @Test func aCallThatOnlyItsNameSuggestsIsNoWarning() async throws {
        try await inSandbox { sandbox in
            let pair = try branches(in: sandbox)
            try pair.ben.edit("pkg/tax.py", "return 0", "return 1")
            try pair.ada.wait(for: "the impact") { $0.impacts.count == 1 }
            #expect(try pair.ada.status().impacts.map(\.isSuspected) == [true])
            #expect(try !pair.ada.doctor().codes.contains("impacts.unresolved"))
            let list = try pair.ada.aura(["live", "impacts", "list"]).output
            #expect(list.contains("suspected"), "\(list)")
        }
    }

    @Test func anImpactIsResolvedByTheBeginningOfItsId() async throws {
        try await inSandbox { sandbox in
            let pair = try branches(in: sandbox)
            try pair.ben.edit("pkg/tax.py", "def rate(kind):\n    return 20\n\n", "")
            try pair.ada.wait(for: "the impact") { $0.impacts.count == 1 }
            let row = try #require(try pair.ada.status().impacts.first)
            #expect(row.kind == "delete")
            try pair.ada.aura(["live", "impacts", "resolve", String(row.id.prefix(5))])
            #expect(try pair.ada.status().impacts.isEmpty)
            try pair.ben.edit("pkg/tax.py", "return 0", "return 1")
            try pair.ada.wait(for: "the next") { $0.impacts.count == 1 }
            try pair.ada.aura(["live", "impacts", "resolve", "--all"])
            #expect(try pair.ada.status().impacts.isEmpty)
        }
    }
}
