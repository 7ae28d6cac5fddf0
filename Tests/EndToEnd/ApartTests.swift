// What two people add to one file apart comes together, also where the two texts stand side by side.

import Drills
import Support
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
}
