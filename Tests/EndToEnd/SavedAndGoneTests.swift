// Saves that something overtakes: a commit right behind them, a folder that gets another name, many
// at once.

import Drills
import Foundation
import Glibc
import LiveSync
import Support
import Testing

@Suite struct SavedAndGoneTests {
    private func file(_ number: Int, says value: Int) -> String {
        "def f\(number)():\n    return \(value)\n\n\ndef g\(number)():\n    return f\(number)()\n"
    }

    /// As scripts and agents do it: nobody waits for the saves to be seen.
    @Test func whatIsCommittedAtOnceTravelsLikeAnySave() async throws {
        try await inSandbox { sandbox in
            let numbers = 0..<120
            let pair = try Pair(
                in: sandbox,
                extra: Dictionary(
                    uniqueKeysWithValues: numbers.map { ("m\($0).py", file($0, says: 1)) }))
            let git = sandbox.git(in: pair.ada.root)
            for number in numbers { try pair.ada.save("m\(number).py", file(number, says: 2)) }
            try git.require(["add", "--all"])
            try git.require(ToyRepository.commit("All at once"))
            for number in numbers {
                try pair.ben.wait(for: "m\(number).py", toHold: "return 2")
            }
            try pair.settle()
            #expect(try pair.ben.status().conflicts.isEmpty)
        }
    }

    @Test(arguments: [true, false])
    func aFolderThatGetsAnotherNameMovesThere(_ isNew: Bool) async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(
                in: sandbox, extra: isNew ? [:] : ["lib/u.py": file(0, says: 1)])
            if isNew {
                // The agents met this folder after they had walked the tree.
                try FileAccess.makeFolder(pair.ada.root + "/lib")
                try pair.ada.save("lib/u.py", file(0, says: 1))
                try pair.ben.wait(for: "lib/u.py", toHold: "def f0")
                try pair.settle()
            }
            try FileManager.default.moveItem(
                atPath: pair.ada.root + "/lib", toPath: pair.ada.root + "/library")
            try pair.ben.wait(for: "library/u.py", toHold: "def g0")
            try Waiting.until("the old file to go") {
                !FileAccess.exists(pair.ben.root + "/lib/u.py")
            }
            try pair.settle()
            #expect(try pair.ben.status().conflicts.isEmpty)
        }
    }

    /// As modules grow: `x.js` becomes `x.js/index.js`, and another one shrinks.
    @Test func aFileThatBecomesAFolderOfItsNameArrives() async throws {
        try await inSandbox { sandbox in
            let (x, y) = (
                "function f(a) {\n  return a + 1\n}\n", "function g(b) {\n  return [b, b]\n}\n"
            )
            let pair = try Pair(in: sandbox, extra: ["x.js": x, "y.js/index.js": y])
            for (old, new, text) in [("x.js", "x.js/index.js", x), ("y.js", "y.js", y)] {
                try FileManager.default.removeItem(atPath: pair.ada.root + "/" + old)
                try pair.ada.save(new, text)
            }
            for path in ["x.js/index.js", "y.js"] {
                try Waiting.until("\(path)") {
                    var status = stat()
                    return stat(pair.ben.root + "/" + path, &status) == 0
                        && status.st_mode & S_IFMT == S_IFREG
                }
            }
            try pair.settle()
            #expect(try pair.ben.text("x.js/index.js") == x)
            #expect(try pair.ben.text("y.js") == y)
            #expect(try pair.ben.status().conflicts.isEmpty)
        }
    }

    /// Each adds a name to one list in brackets.
    @Test func twoImportsInOneBlockBothArrive() async throws {
        try await inSandbox { sandbox in
            func go(_ imports: String) -> String {
                "package main\n\nimport (\n\t\"fmt\"\n\(imports))\n\nfunc main() {\n\tfmt.Println()\n}\n"
            }
            let pair = try Pair(in: sandbox, extra: ["main.go": go("")])
            for peer in [pair.ada, pair.ben] { try peer.aura(["live", "sync", "disable"]) }
            try pair.ada.save("main.go", go("\t\"os\"\n"))
            try pair.ben.save("main.go", go("\t\"io\"\n"))
            for peer in [pair.ada, pair.ben] { try peer.aura(["live", "sync", "enable"]) }
            for peer in [pair.ada, pair.ben] {
                try peer.wait(for: "main.go", toHold: "\"os\"")
                try peer.wait(for: "main.go", toHold: "\"io\"")
            }
            try pair.settle()
            #expect(try pair.ada.text("main.go") == pair.ben.text("main.go"))
            for peer in [pair.ada, pair.ben] {
                #expect(try peer.status().conflicts.isEmpty)
                #expect(try peer.text("main.go").contains("\"\n)\n\nfunc main"))
            }
        }
    }
}
