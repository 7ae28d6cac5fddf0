// Which paths sync: globs, built-in rules, and a seeded comparison with a slow reference.

import Support
import Testing

@testable import LiveSync

extension Glob {
    /// True when the pattern matches `path` or a folder above it that it covers.
    fileprivate func matches(_ path: String) -> Bool {
        var state = GlobState(self)
        for part in path.utf8.split(separator: UInt8(ascii: "/")) { state.descend(part, in: self) }
        return state.isMatch
    }
}

extension SelectiveFilter {
    /// True for a file that takes part and is in a language that is taken apart into functions.
    fileprivate func isAdmittedCode(_ path: String) -> Bool {
        isCode(path) && decide(path).admitted
    }
}

@Suite struct SelectiveFilterTests {
    @Test(arguments: [
        ("*.rs", "a.rs", true), ("*.rs", "x/y/a.rs", true), ("*.rs", "a.rsx", false),
        ("src/*.rs", "src/a.rs", true), ("src/*.rs", "src/x/a.rs", false),
        ("src/*.rs", "lib/src/a.rs", false), ("src/**", "src/a/b/c", true),
        ("src/**", "src", false), ("src/**/t.rs", "src/t.rs", true),
        ("src/**/t.rs", "src/a/b/t.rs", true), ("**/t/*.c", "t/a.c", true),
        ("**/t/*.c", "x/y/t/a.c", true), ("**", "any/thing", true),
        ("gen", "gen/a/b.rs", true), ("gen", "x/gen/b.rs", true), ("gen/", "gen/b.rs", true),
        ("gen/", "gen", false), ("src/gen", "src/gen/deep/b.rs", true),
        ("src/*", "src/deep/b.rs", false), ("a?c", "abc", true), ("a?c", "aüc", true),
        ("a?c", "ac", false), ("[a-c]x", "bx", true), ("[!a-c]x", "bx", false),
        ("[^a-c]x", "dx", true), ("[]a]x", "]x", true), ("[é-ü]x", "öx", true),
        ("*.{c,h}", "a.h", true), ("*.{c,h}", "a.m", false), ("{a,b{c,d}}/x", "bd/x", true),
        ("{a,b{c,d}}/x", "b/x", false), ("*a*b*c", "xaybzc", true), ("*a*b*c", "xaybz", false),
        ("**/**/a", "a", true), ("a/**/**/b", "a/b", true), ("*", "x/y", true),
    ])
    func globMatches(pattern: String, path: String, expected: Bool) throws {
        #expect(try Glob(pattern).matches(path) == expected)
    }

    @Test(arguments: [
        "", "/a", "a\\b", "a//b", "../a", "a/./b", "[a", "{a", "a}", "[!]", "{a,{b,c}",
        "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}",
    ])
    func brokenGlobIsRefused(pattern: String) {
        #expect(throws: GlobFailure.self) { try Glob(pattern) }
    }

    @Test func withoutSettingsAllCodeTakesPartAndBuildOutputDoesNot() throws {
        let filter = try filter()

        #expect(filter.isAdmittedCode("src/main.rs"))
        #expect(filter.isAdmittedCode("a.swift"))
        #expect(!filter.isAdmittedCode("README.md"))
        for path in [
            "node_modules/x/a.js", "a/node_modules/x.js", "target/debug/a.rs", ".build/a.swift",
            ".git/hooks/x.py", "sub/.git/x.py", ".aura/live/x.py", "vendor/a.go", "x.min.js",
            "dist/a.ts", ".aura-tmp-1-x.rs",
        ] {
            let decision = filter.decide(path)
            #expect(decision.verdict == .excluded, "\(path)")
            #expect(decision.origin == .builtIn)
            #expect(decision.line == nil)
            #expect(!decision.rule.isEmpty)
        }
    }

    @Test func decisionNamesTheRuleAndItsLine() throws {
        let filter = try filter(include: ["src/**"], exclude: ["old.rs", "src/gen/"])

        #expect(
            filter.decide("src/a.rs")
                == .init(verdict: .included, rule: "src/**", origin: .settings, line: 1))
        #expect(
            filter.decide("src/gen/a.rs")
                == .init(verdict: .excluded, rule: "src/gen/", origin: .settings, line: 2))
        #expect(filter.decide("lib/a.rs").verdict == .notIncluded)
        #expect(filter.decide("src/notes.txt").admitted)
        #expect(!filter.isAdmittedCode("src/notes.txt"))
    }

    @Test func orderOfRulesDoesNotMatter() throws {
        let one = try filter(include: ["a/**", "b/**"], exclude: ["x.rs", "y.rs"])
        let other = try filter(include: ["b/**", "a/**"], exclude: ["y.rs", "x.rs"])

        #expect(one.digest == other.digest)
        for path in ["a/x.rs", "b/y.rs", "a/z.rs", "c/z.rs"] {
            #expect(one.decide(path).verdict == other.decide(path).verdict)
        }
        #expect(one.digest != (try filter(include: ["a/**"], exclude: ["x.rs", "y.rs"])).digest)
        #expect(one.digest != (try filter()).digest)
    }

    @Test func builtInFolderYieldsToAnIncludeThatNamesIt() throws {
        let filter = try filter(include: ["src/**", "vendor/ours/**"])

        #expect(filter.isAdmittedCode("vendor/ours/a.go"))
        #expect(!filter.isAdmittedCode("vendor/theirs/a.go"))
        #expect(!filter.prunes(folder: "vendor"))
        #expect(filter.prunes(folder: "vendor/theirs"))
        #expect(!filter.prunes(folder: "vendor/ours"))
        // Excluding it in the settings is still stronger.
        let strict = try LiveSyncTests.filter(include: ["vendor/**"], exclude: ["vendor/"])
        #expect(!strict.isAdmittedCode("vendor/a.go"))
    }

    @Test func gitAndOwnFoldersNeverYield() throws {
        let filter = try filter(include: ["**", ".git/**", ".aura/**"])

        #expect(!filter.decide(".git/hooks/a.py").admitted)
        #expect(!filter.decide(".aura/checks.d/a.py").admitted)
        #expect(filter.prunes(folder: ".git"))
        #expect(filter.prunes(folder: "sub/.aura"))
    }

    @Test func wholeFilesTravelWholeUnlessTheyAreCode() throws {
        let filter = try filter(wholeFiles: ["*.md", "*.rs"])

        #expect(filter.travelsWhole("docs/a.md"))
        #expect(!filter.isAdmittedCode("docs/a.md"))
        #expect(!filter.travelsWhole("a.rs"))
        #expect(filter.isAdmittedCode("a.rs"))
        #expect(!filter.travelsWhole("target/a.md"))
        #expect(!filter.travelsWhole("a.txt"))
    }

    @Test func prunedFolderHoldsNoAdmittedPath() throws {
        // The walk relies on pruning; whatever is admitted must never lie below a pruned folder.
        let seed: UInt64 = 0xA17A
        var generator = SeededGenerator(seed: seed)
        let names = ["src", "vendor", "gen", "a", "target", "x.rs", "y.md", ".git", "build"]
        let globs = [
            "src/**", "**/gen/*.rs", "vendor", "a/*/x.rs", "{src,a}/gen/**", "*.rs", "build/a/**",
            "**", "gen/", "src/[a-g]*",
        ]
        for round in 0..<300 {
            let include = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                globs.randomElement(using: &generator) ?? "**"
            }
            let exclude = (0..<Int.random(in: 0...2, using: &generator)).map { _ in
                globs.randomElement(using: &generator) ?? "gen"
            }
            let filter = try filter(include: round % 5 == 0 ? nil : include, exclude: exclude)
            for _ in 0..<40 {
                let parts = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                    names.randomElement(using: &generator) ?? "a"
                }
                let path = parts.joined(separator: "/")
                guard filter.decide(path).admitted else { continue }
                for count in 1..<max(1, parts.count) {
                    let folder = parts.prefix(count).joined(separator: "/")
                    #expect(
                        !filter.prunes(folder: folder),
                        "seed \(seed) round \(round): \(path), \(include), \(exclude)")
                }
            }
        }
    }

    @Test func ignoreListCoversFoldersBelow() throws {
        let scope = try scope(ignored: IgnoreList(files: ["a.rs"], folders: ["out2", "x/y"]))

        #expect(scope.decide("a.rs").verdict == .gitIgnored)
        #expect(scope.decide("x/y/z/b.rs").verdict == .gitIgnored)
        #expect(scope.admits("x/b.rs"))
        #expect(!scope.enters(folder: "out2"))
        #expect(!scope.enters(folder: "out2/deep"))
        #expect(scope.enters(folder: "x"))
    }
}
