// Where new text arrives: above what stands in a file, between guards, out of a type that goes. What
// arrives must parse, and mean at the teammate's what it meant.

import Drills
import Foundation
import LiveSync
import Support
import Testing

@Suite struct PlacementTests {
    struct Save: CustomTestStringConvertible {
        let path: String
        let before: String
        let after: String
        var testDescription: String { path }

        init(_ path: String, _ before: String, _ after: String) {
            (self.path, self.before, self.after) = (path, before, after)
        }
    }

    private static let prologues = [
        Save(
            "m.py", "def f():\n    return 1\n",
            "\"\"\"Doc.\"\"\"\nfrom __future__ import annotations\n\n\ndef f():\n    return 1\n"),
        Save("A.java", "class A {}\n", "package p;\n\nimport java.util.List;\n\nclass A {}\n"),
        Save(
            "t.ts", "export function f() {}\n",
            "\"use client\";\nimport a from \"a\";\nexport function f() {}\n"),
        Save(
            "l.rs", "fn f() -> i32 {\n    1\n}\n",
            "#![allow(dead_code)]\n\nuse std::fmt;\n\nfn f() -> i32 {\n    1\n}\n"),
        Save(
            "c.cpp", "int f() { return 1; }\n",
            "#pragma once\n#include <map>\n\nint f() { return 1; }\n"),
        Save(
            "b.py", "def y(b=1):\n    return b\n",
            "class Base1:\n    pass\n\n\nclass Base2(Base1):\n    pass\n\n\n"
                + "def y(b=1):\n    return b\n"),
        Save("k.kt", "fun f() = 1\n", "package p\n\nimport a.B\n\nfun f() = 1\n"),
    ]

    @Test func whatIsPutAboveArrivesAbove() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(
                in: sandbox,
                extra: Dictionary(
                    uniqueKeysWithValues: Self.prologues.map { ($0.path, $0.before) }))
            for save in Self.prologues { try pair.ada.save(save.path, save.after) }
            for save in Self.prologues {
                try Waiting.until("\(save.path) to read as it was saved") {
                    lines(try pair.ben.text(save.path)) == lines(save.after)
                }
            }
            try pair.settle()
            #expect(try pair.ben.status().conflicts.isEmpty)
        }
    }

    /// Layout is each file's own; the order of what is said is not.
    private func lines(_ text: String) -> [Substring] { text.split(separator: "\n") }

    @Test func aGuardedBlockArrivesInItsGuard() async throws {
        try await inSandbox { sandbox in
            let save = Save(
                "c.c", "#ifdef A\nint p(void) { return 1; }\n#endif\n\nint f(void) { return 2; }\n",
                "#ifdef A\nint p(void) { return 1; }\n#endif\n\n#ifdef Z\n"
                    + "int z(void) { return 1; }\n#endif\n\nint f(void) { return 2; }\n")
            let pair = try Pair(in: sandbox, extra: [save.path: save.before])
            try pair.ada.save(save.path, save.after)
            try pair.ben.wait(for: save.path, toHold: "int z")
            try pair.settle()
            #expect(try pair.ben.status().conflicts.isEmpty)
            #expect(lines(try pair.ben.text(save.path)) == lines(save.after))
        }
    }

    @Test func aTypeThatIsUnwrappedGoesWithItsHead() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(
                in: sandbox, extra: ["u.py": "class A:\n    def f(self):\n        return 1\n"])
            try pair.ada.save("u.py", "def f(self):\n    return 1\n")
            try Waiting.until("the class to go") { try !pair.ben.text("u.py").contains("class") }
            try pair.settle()
            #expect(try pair.ben.text("u.py").contains("def f(self):"))
            #expect(try pair.ben.status().conflicts.isEmpty)
        }
    }

    /// A worktree, a clone or a submodule inside of the working copy is somebody else's.
    @Test func anotherRepositoryBelowStaysAtHome() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            try sandbox.git(in: pair.ada.root).require([
                "worktree", "add", "-q", "wt", "-b", "feat",
            ])
            try pair.ada.save("wt/pkg/billing.py", "def elsewhere():\n    return 1\n")
            try pair.ada.save("pkg/own.py", "def own():\n    return 1\n")
            try pair.ben.wait(for: "pkg/own.py", toHold: "def own")
            try pair.settle()
            #expect(!FileAccess.exists(pair.ben.path("wt")))
            try pair.ada.aura(["live", "sync", "disable"])
            try pair.ada.aura(["live", "sync", "enable"])
            try pair.ada.save("pkg/own.py", "def own():\n    return 2\n")
            try pair.ben.wait(for: "pkg/own.py", toHold: "return 2")
            try pair.settle()
            #expect(!FileAccess.exists(pair.ben.path("wt")))
            let why = try pair.ada.aura(["live", "selective", "why", "wt/pkg/billing.py"])
            #expect(why.output.contains("wt is a repository of its own"))
        }
    }

    /// What was another repository's and is it no more takes part; what arrives stays out of one.
    @Test func aRepositoryBelowIsLeftAloneUntilItIsNone() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            try sandbox.git(in: pair.ben.root).require(["init", "-q", "lib"])
            try pair.ada.save("lib/a.py", "def a():\n    return 1\n")
            try pair.ada.save("pkg/own.py", "def own():\n    return 1\n")
            try pair.ben.wait(for: "pkg/own.py", toHold: "def own")
            try pair.settle()
            #expect(!FileAccess.exists(pair.ben.path("lib/a.py")))

            try sandbox.git(in: pair.ada.root).require(["init", "-q", "vendored"])
            try pair.ada.save("vendored/v.py", "def v():\n    return 1\n")
            try FileManager.default.removeItem(atPath: pair.ada.path("vendored/.git"))
            try pair.ben.wait(for: "vendored/v.py", toHold: "def v")
            try pair.ada.edit("vendored/v.py", "return 1", "return 2")
            try pair.ben.wait(for: "vendored/v.py", toHold: "return 2")
        }
    }

    /// The neighbour is gone where the new function arrives, and a prologue has come.
    @Test func aNewFunctionStaysBelowTheOthersPrologue() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, extra: ["f.py": "def f():\n    return 1\n"])
            let prologue = "\"\"\"Doc.\"\"\"\nfrom __future__ import annotations\n"
            try pair.apart(in: sandbox) {
                try pair.ada.save("f.py", "def n():\n    return 2\n\n\ndef f():\n    return 1\n")
                try pair.ben.save("f.py", prologue + "\n\ndef g():\n    return 3\n")
            }
            try pair.ben.wait(for: "f.py", toHold: "def n")
            #expect(try pair.ben.text("f.py").hasPrefix(prologue))
        }
    }

    @Test func manyNewFunctionsAtOnceArriveInOrder() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, extra: ["many.py": "def last():\n    return 0\n"])
            let names = (0..<400).map { "f\($0)" }
            let text =
                names.map { "def \($0)():\n    return \($0.dropFirst())\n\n\n" }.joined()
                + "def last():\n    return 0\n"
            try pair.ada.save("many.py", text)
            try pair.ben.wait(for: "many.py", toHold: "def f399")
            try Waiting.until("all of them") {
                lines(try pair.ben.text("many.py")) == lines(text)
            }
        }
    }

    /// Root may set what nobody else may: an agent without its powers must find its Mothership.
    @Test func anAgentWithoutPowersConnects() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            try pair.ada.aura(["live", "sync", "disable"])
            let tool = Tool(
                "/usr/bin/setpriv", environment: sandbox.environment(user: "ada"),
                folder: pair.ada.root)
            try tool.require([
                "--bounding-set=-net_admin", "--inh-caps=-net_admin", sandbox.executable, "live",
                "sync", "enable",
            ])
            try pair.ada.wait(for: "the link") { $0.link.state == .online }
        }
    }
}
