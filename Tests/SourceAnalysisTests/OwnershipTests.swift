// Every byte has one owner: leading trivia, line ends, holes, and files that are no clean text.

import Support
import Testing

@testable import SourceAnalysis

@Suite struct OwnershipTests {
    @Test func leadingTriviaBelongsToTheNextUnit() throws {
        let sample = try Sample(
            "// a\nfn a() {} // same line\n\n/// b\n#[inline]\nfn b() {}\n// end\n", "m.rs")

        #expect(try sample.head("a") == "// a\nfn a() {} // same line\n")
        #expect(try sample.head("b") == "\n/// b\n#[inline]\nfn b() {}\n")
        #expect(try sample.head(UnitName.opaque) == "// end\n")
        #expect(try sample.text(sample.unit("b").declaration) == "fn b() {}")
    }

    @Test func blanksAtTheEndBelongToTheLastUnit() throws {
        let sample = try Sample("fn a() {}\nfn b() {}\n\n  \n", "m.rs")

        #expect(sample.fullOutline == ["function a", "function b"])
        #expect(try sample.head("b") == "fn b() {}\n\n  \n")
    }

    @Test func typeHasAHeadAndATail() throws {
        let text =
            "struct A { // open\n    // f\n    func f() {}\n\n    // rest\n} // close\nlet x = 1\n"
        let sample = try Sample(text, "m.swift")

        #expect(try sample.head("A") == "struct A { // open\n")
        #expect(try sample.head("f") == "    // f\n    func f() {}\n")
        #expect(try sample.tail("A") == "\n    // rest\n} // close\n")
        #expect(try sample.head("x") == "let x = 1\n")
    }

    @Test func emptyTypeSplitsBetweenItsBraces() throws {
        let sample = try Sample("struct A {}\nstruct B {\n    // none\n}\n", "m.swift")

        #expect(try sample.head("A") == "struct A {")
        #expect(try sample.tail("A") == "}\n")
        #expect(try sample.head("B") == "struct B {\n")
        #expect(try sample.tail("B") == "    // none\n}\n")
    }

    @Test func indentedCommentsStayWithTheirBlockInPython() throws {
        let text = """
            class A:
                def f(self):
                    pass
                    # in f

                # in A
            # before g
            def g():
                pass
                # in g

            """
        let sample = try Sample(text, "m.py")

        #expect(try sample.head("A") == "class A:\n")
        #expect(try sample.head("f").hasSuffix("# in f\n"))
        #expect(try sample.tail("A") == "\n    # in A\n")
        #expect(try sample.head("g") == "# before g\ndef g():\n    pass\n    # in g\n")
        #expect(try sample.unit("g").endLine == 9)
    }

    @Test(arguments: [
        (
            "m.rs", "fn a() {} fn b() {} struct S; fn c() {}",
            ["function a", "function b", "type S", "function c"]
        ),
        ("m.py", "x = 1; y = 2; z = 3\n", ["constant x", "constant y", "constant z"]),
        (
            "m.ts", "class A { f() {} g() {} } function h() {}",
            ["type A", "method A::f", "method A::g", "function h"]
        ),
        ("m.swift", "let a = 1; let b = 2\n", ["constant a", "constant b"]),
        ("m.py", "class A: x = 1\n", ["type A", "constant A::x"]),
    ])
    func unitsOnOneLineAreKeptApart(path: String, text: String, outline: [String]) throws {
        let sample = try Sample(text, path)

        #expect(sample.outline == outline)
        #expect(sample.file.units.allSatisfy { !$0.head.isEmpty && $0.startLine == 1 })
    }

    @Test func commentOverSeveralLinesIsNotCut() throws {
        let sample = try Sample("fn a() {} /* one\ntwo */\nfn b() {}\n", "m.rs")

        #expect(try sample.head("a") == "fn a() {} ")
        #expect(try sample.head("b") == "/* one\ntwo */\nfn b() {}\n")
    }

    @Test(arguments: ["py", "rs", "swift", "ts", "go", "sh"])
    func emptyAndBlankFilesHaveNoNamedUnits(ending: String) throws {
        #expect(try Sample("", "m.\(ending)").fullOutline.isEmpty)
        #expect(try Sample("\n \n", "m.\(ending)").outline.isEmpty)
        #expect(try Sample("\n \n", "m.\(ending)").file.units.count == 1)
    }

    @Test func fileWithoutFinalNewlineIsOwnedToItsEnd() throws {
        for (path, text) in [
            ("m.py", "class A:\n    def f(self):\n        pass"),
            ("m.rs", "fn a() {}\nfn b() {} // x"),
            ("m.swift", "struct A {\n    let x = 1\n}"), ("m.ts", "class A {\n  f() {}\n}  "),
        ] {
            let sample = try Sample(text, path)
            let last = try #require(sample.file.units.indices.last)
            let ends = sample.file.units.indices.map { sample.file.extent(of: $0).upperBound }
            #expect(ends.max() == text.utf8.count && !sample.file.hasErrors, "\(path) \(last)")
        }
    }

    @Test(arguments: ["py", "rs", "swift", "ts"])
    func windowsLineEndsChangeNothing(ending: String) throws {
        let texts = [
            "py": "import a\n\n# c\nclass A:\n    x = 1\n    def f(self):\n        return 1\n",
            "rs": "use a;\n\n// c\nimpl A {\n    fn f() {}\n}\nconst X: u8 = 1;\n",
            "swift": "import A\n\n// c\nstruct A {\n    func f() {}\n}\n",
            "ts": "import a from \"a\"\n\n// c\nclass A {\n  f() {}\n}\n",
        ]
        let text = try #require(texts[ending])
        let unix = try Sample(text, "m.\(ending)")
        let windows = try Sample(
            text.split(separator: "\n", omittingEmptySubsequences: false)
                .joined(separator: "\r\n"), "m.\(ending)")

        #expect(unix.outline == windows.outline)
        #expect(unix.file.units.map(\.auraID) == windows.file.units.map(\.auraID))
        #expect(unix.file.units.map(\.startLine) == windows.file.units.map(\.startLine))
        for unit in windows.file.units where unit.kind != .type {
            #expect(windows.text(unit.head).hasSuffix("\r\n"))
        }
    }

    @Test(arguments: ["py", "rs", "swift", "ts"])
    func byteOrderMarkIsTheFilesAndChangesNothing(ending: String) throws {
        let text =
            ["py": "def f():\n    pass\n", "rs": "fn f() {}\n"][ending]
            ?? (ending == "ts" ? "function f() {}\n" : "func f() {}\n")
        let plain = try Sample(text, "m.\(ending)")
        let marked = try Sample(bytes: [0xEF, 0xBB, 0xBF] + Array(text.utf8), "m.\(ending)")

        #expect(marked.outline == ["function f"])
        #expect(try marked.unit("f").auraID == plain.unit("f").auraID)
        #expect(try marked.unit("f").head.lowerBound == 3)
    }

    @Test func bytesThatAreNoTextAreOwnedToo() throws {
        let latin = try Sample(
            bytes: Array("def f():\n    return '".utf8) + [0xE9] + Array("'\ndef g(): pass\n".utf8),
            "m.py")
        var generator = SeededGenerator(seed: 11)
        let noise = (0..<4096).map { _ in UInt8.random(in: .min ... .max, using: &generator) }

        #expect(latin.file.units.contains { $0.name == "g" && !$0.isHeldBack })
        for language in Language.all {
            _ = try Sample(bytes: noise, "m.\(language.extensions[0])")
        }
    }

    @Test func brokenFunctionIsHeldBackAndItsNeighboursAreNot() throws {
        let rust = try Sample("fn a() {}\nfn b() { let x = ; }\nfn c() {}\n", "m.rs")
        let python = try Sample("def a(): pass\ndef b():\n    x = = 1\ndef c(): pass\n", "m.py")
        let member = try Sample(
            "class A {\n  f() { let = = ; }\n  g() {}\n}\nfunction h() {}\n", "m.ts")

        #expect(rust.outline == ["function a", "function b held", "function c"])
        #expect(rust.file.hasErrors && !rust.file.hasContainerError)
        #expect(python.outline.first == "function a" && python.outline.last == "function c")
        #expect(member.outline == ["type A", "method A::f held", "method A::g", "function h"])
    }

    /// Python's grammar takes a head without a body for a whole declaration; Python does not.
    @Test func aHeadWithoutItsBodyIsHeldBack() throws {
        let emptied = try Sample("class A:\n\ndef g(): pass\n", "m.py")
        let begun = try Sample("class A:\n    def f(self):\n\ndef g():\n    # soon\n", "m.py")
        let whole = try Sample("class A: ...\nclass B:\n    'says'\ndef g(): pass\n", "m.py")

        #expect(emptied.outline == ["type A held", "function g"])
        #expect(emptied.file.hasErrors && emptied.file.hasContainerError)
        #expect(begun.outline.filter { $0.hasSuffix("held") }.count >= 2)
        #expect(begun.file.hasErrors)
        #expect(!whole.file.hasErrors && !whole.outline.contains { $0.hasSuffix("held") })
    }

    @Test(arguments: [
        ("m.rs", "fn a() {}\n\nfn b() {\n    if x {\n}\n\nfn c() {}\n"),
        ("m.swift", "func a() {}\n\nfunc b() {\n    if x {\n}\n\nfunc c() {}\n"),
        ("m.ts", "function a() {}\n\nfunction b() {\n  if (x) {\n}\n\nfunction c() {}\n"),
        ("m.py", "def a(): pass\n\ndef b(:\n    pass\n\ndef c(): pass\n"),
        ("m.swift", "func a() {}\n\n}\n\nfunc c() {}\n"),
        ("m.rs", "fn a() {}\n\nimpl X {\n    fn c() {}\n"),
    ])
    func unbalancedTextKeepsWhatComesBeforeAndSaysSo(path: String, text: String) throws {
        let sample = try Sample(text, path)

        #expect(sample.file.hasErrors)
        #expect(try !sample.unit("a").isHeldBack)
        // Whatever happened to c: it is here, inside a unit that is held back, or missing with
        // the flag that forbids to read that as a deletion.
        let isHere = sample.file.units.contains { $0.name == "c" }
        let isInside = sample.file.units.contains { $0.isHeldBack && $0.name == "b" }
        #expect(isHere || isInside || sample.file.hasContainerError)
    }

    @Test func localOnlyTagMarksTheUnitAndItsMembers() throws {
        let sample = try Sample(
            """
            // @aura-local
            func a() {}
            // @aura-locally grown
            func b() {}
            func c() { /* @aura-local */ }
            /// Secret. @aura-local
            @MainActor struct S {
                func f() {}
            }
            struct T {
                // @aura-local
                let x = 1
                let y = 1
            }

            """, "m.swift")
        let marked = sample.file.units.filter(\.isLocalOnly).map(\.name)

        #expect(marked == ["a", "S", "f", "x"])
        #expect(try Sample("# @aura-local\n@dec\ndef f(): pass\n", "m.py").unit("f").isLocalOnly)
        #expect(try Sample("@dec\n# @aura-local\ndef f(): pass\n", "m.py").unit("f").isLocalOnly)
    }

    @Test(arguments: ["py", "rs", "swift", "ts"])
    func hostileNestingEndsWithoutACrash(ending: String) throws {
        let count = 1 << 20
        for text in [
            String(repeating: "(", count: count),
            String(repeating: "class A{", count: count / 64),
            "x = " + String(repeating: "[", count: count / 4)
                + String(repeating: "]", count: count / 4),
        ] {
            let analyzer = SourceAnalyzer(deadline: .seconds(5))
            let language = try #require(Language.forPath("m.\(ending)"))
            let bytes = Array(text.utf8)
            do {
                let file = try analyzer.analyze(bytes, path: "m.\(ending)", language: language)
                expectEveryByteOwnedOnce(file, bytes, "m.\(ending)")
            } catch {
                #expect(error == .tooSlow(path: "m.\(ending)", deadline: .seconds(5)))
            }
        }
    }

    @Test func deeplyNestedTypesStopBeingSplit() throws {
        let depth = 200
        let text =
            (0..<depth).map { "struct A\($0) {\n" }.joined()
            + String(repeating: "}\n", count: depth)
        let sample = try Sample(text, "m.swift")

        #expect(sample.file.units.count == 65)
        #expect(!sample.file.hasErrors)
    }

    @Test func longFileAndPassedDeadlineAreRefused() throws {
        let language = try #require(Language.forPath("m.py"))
        let long = [UInt8](repeating: UInt8(ascii: "\n"), count: SourceAnalyzer.bytesMax + 1)
        let impatient = SourceAnalyzer(deadline: .zero)
        let text = Array(String(repeating: "def f(): pass\n", count: 2000).utf8)

        #expect(throws: AnalysisFailure.tooLarge(path: "m.py", bytes: long.count)) {
            try Sample.analyzer.analyze(long, path: "m.py", language: language)
        }
        #expect(throws: AnalysisFailure.tooSlow(path: "m.py", deadline: .zero)) {
            try impatient.analyze(text, path: "m.py", language: language)
        }
        // The parser that was stopped is as good as new.
        #expect(throws: AnalysisFailure.tooSlow(path: "m.py", deadline: .zero)) {
            try impatient.analyze(text, path: "m.py", language: language)
        }
    }
}
