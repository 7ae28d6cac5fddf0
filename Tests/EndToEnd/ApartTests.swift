// What two people add to one file apart comes together, also where the two texts stand side by side.

import Drills
import Foundation
import Testing

@Suite struct ApartTests {
    private static let path = "pkg/billing.py"

    /// Both blocks are accepted before either side sees the other's; side by side they are one.
    @Test(arguments: ["pkg/first.py", "pkg/second.py", "pkg/third.py"])
    func twoFirstImportsOfAFileBecomeOneBlock(path: String) async throws {
        try await inSandbox { sandbox in
            let text = "def one():\n    return 1\n"
            let pair = try Pair(in: sandbox, extra: [path: text])
            try pair.apart(in: sandbox) {
                try pair.ada.save(path, "import os\n\n\n" + text)
                try pair.ben.save(path, "import sys\n\n\n" + text)
            }
            try Waiting.until("both imports on both sides") {
                try pair.both.allSatisfy { peer in
                    let text = try peer.text(path)
                    return text.contains("import os\n") && text.contains("import sys\n")
                }
            }
            try pair.settle()
            for peer in pair.both {
                let lines = try peer.text(path).split(separator: "\n").filter {
                    $0.hasPrefix("import ")
                }
                #expect(lines.sorted() == ["import os", "import sys"], "\(lines)")
                #expect(try peer.status().conflicts.isEmpty)
            }
        }
    }

    /// Before a function, the comment would be that function's own.
    @Test func aCommentAtTheEndStaysBehindAFunctionThatWasAdded() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let text = try pair.ada.text(Self.path)
            let (function, comment) = ("\n\ndef last():\n    return 9\n", "\n# vim: ts=4\n")
            try pair.apart(in: sandbox) {
                try pair.ada.save(Self.path, text + function)
                try pair.ben.save(Self.path, text + comment)
            }
            let whole = Array((text + function + comment).utf8)
            for peer in pair.both { try peer.wait(for: Self.path, toBe: whole) }
            try pair.settle()
        }
    }

    /// To commit is not to push: the others still wait for what was queued.
    @Test func aChangeThatIsCommittedBeforeItIsPushedStillArrives() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            try sandbox.killMothership()
            for peer in pair.both { try peer.wait(for: "offline") { $0.link.state == .offline } }
            try pair.ada.edit(Self.path, "return 3", "return 30")
            try pair.ada.wait(for: "queue") { $0.wal.pendingOut == 1 }
            try commitAll(pair.ada, sandbox)
            // A later save is looked at after the commit.
            try pair.ada.save("pkg/later.py", "def later():\n    return 1\n")
            try pair.ada.wait(for: "both in the queue") { $0.wal.pendingOut == 2 }
            try sandbox.startMothership()
            try pair.ben.wait(for: Self.path, toHold: "return 30")
            try pair.settle()
        }
    }

    /// What was committed while sync was off is nowhere else, though git's HEAD has it.
    @Test func whatWasCommittedHereIsNotReplacedByAChangeOfTheOlderText() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            try pair.ada.aura(["live", "sync", "disable"])
            try pair.ada.edit(Self.path, "return 3", "return 30")
            try commitAll(pair.ada, sandbox)
            try pair.ben.edit(Self.path, "return 3", "return 4")
            try pair.ben.wait(for: "the push") { $0.wal.pendingOut == 0 }
            try pair.ada.enable()
            try pair.ada.wait(for: "the conflict") { $0.conflicts.count == 1 }
            #expect(try pair.ada.text(Self.path).contains("return 30\n"))
            // Who takes the own change back has decided.
            try pair.ada.edit(Self.path, "return 30", "return 4")
            try pair.ada.wait(for: "the end of the conflict") { $0.conflicts.isEmpty }
        }
    }

    /// Between the marks of a merge a file says two things at once.
    @Test func nothingOfAnUnfinishedMergeTravels() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            let text = try pair.ada.text(Self.path)
            let (own, finished) = ("def last():\n    return 3\n", "def last():\n    return 33\n")
            let marked = "<<<<<<< HEAD\n\(own)=======\n\(finished)>>>>>>> side\n"
            try pair.ben.save(
                Self.path,
                text.replacingOccurrences(of: own, with: marked).replacingOccurrences(
                    of: "return 2", with: "return 22"))
            try pair.ben.save("pkg/later.py", "def later():\n    return 1\n")
            try pair.ada.wait(for: "pkg/later.py", toHold: "return 1")
            #expect(try pair.ada.text(Self.path) == text)

            try pair.ben.save(Self.path, text.replacingOccurrences(of: own, with: finished))
            try pair.ada.wait(for: Self.path, toHold: "return 33")
        }
    }

    private func commitAll(_ peer: SandboxPeer, _ sandbox: Sandbox) throws {
        let git = sandbox.git(in: peer.root)
        try git.require(["add", "--all"])
        try git.require(ToyRepository.commit("work"))
    }

    /// Units of one name are told apart by what they say; their numbers shift with every insertion.
    @Test(arguments: Namesakes.all)
    func oneOfSeveralOfANameIsPutBeforeTheOthers(_ units: Namesakes) async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox, extra: [units.path: units.before])
            try pair.ada.save(units.path, units.after)
            try Waiting.until("every unit on the other side") {
                try lines(of: pair.ben.text(units.path)) == lines(of: units.after)
            }
            try pair.settle()
            #expect(try pair.ada.text(units.path) == units.after)
            #expect(try pair.both.allSatisfy { try $0.status().conflicts.isEmpty })
        }
    }

    /// Without empty ones, and in no order: layout is each file's own.
    private func lines(of text: String) -> [String] {
        text.split(separator: "\n").map(String.init).sorted()
    }

    struct Namesakes: Sendable, CustomTestStringConvertible {
        let path: String
        let before: String
        let after: String

        var testDescription: String { path }

        static let all = [
            Namesakes(
                path: "src/s.swift",
                before: """
                    class S {
                        init(a: Int) { print(a) }
                        init(b: String) { print(b) }
                    }

                    """,
                after: """
                    class S {
                        init() { print(0) }
                        init(a: Int) { print(a) }
                        init(b: String) { print(b, b) }
                    }

                    """),
            Namesakes(
                path: "src/s.rs",
                before: "impl S {\n    fn a() -> u8 { 1 }\n}\n",
                after: """
                    impl Drop for S {
                        fn drop(&mut self) { log() }
                    }

                    impl S {
                        fn a() -> u8 { 1 }
                    }

                    """),
            Namesakes(
                path: "src/s.go",
                before: """
                    package s

                    func init() { a(1) }

                    func init() { b(2) }

                    func init() { c(3) }

                    """,
                after: """
                    package s

                    func init() { a(1) }

                    func init() { d(4) }

                    func init() { b(2) }

                    func init() { c(33) }

                    """),
        ]
    }
}
