// What changes a unit's aura_id and what does not.

import Testing

@testable import SourceAnalysis

@Suite struct IdentityTests {
    @Test func statementMovedOutOfAnIfChangesTheHashInPython() throws {
        let inside = "def f(a):\n    if a:\n        b()\n        c()\n"
        let outside = "def f(a):\n    if a:\n        b()\n    c()\n"

        #expect(try auraID("f", in: inside, "m.py") != auraID("f", in: outside, "m.py"))
    }

    @Test func statementMovedOutOfAnIfChangesOpaqueTextInPython() throws {
        let inside = "if a:\n    b()\n    c()\n"
        let outside = "if a:\n    b()\nc()\n"

        let name = UnitName.opaque
        #expect(try auraID(name, in: inside, "m.py") != auraID(name, in: outside, "m.py"))
    }

    @Test(arguments: [
        ("m.rs", "fn f() { g(\"abc\") }", "fn f() { g(\"a bc\") }"),
        ("m.go", "package m\nfunc f() { g(\"abc\") }\n", "package m\nfunc f() { g(\"a bc\") }\n"),
        ("m.py", "def f(): g('abc')\n", "def f(): g('a bc')\n"),
        ("m.swift", "func f() { g(\"abc\") }\n", "func f() { g(\"a bc\") }\n"),
        ("m.ts", "function f() { g(`abc`) }\n", "function f() { g(`a bc`) }\n"),
        ("m.swift", "func f() { g(\"x\\(abc)\") }\n", "func f() { g(\"x\\(ab)\") }\n"),
        ("m.ts", "function f() { return /ab/ }\n", "function f() { return /a b/ }\n"),
        ("m.rs", "fn f() { g('a') }", "fn f() { g('b') }"),
    ])
    func blanksInAStringChangeTheHash(path: String, left: String, right: String) throws {
        #expect(try auraID("f", in: left, path) != auraID("f", in: right, path))
    }

    @Test(arguments: [
        (
            "m.rs", "/// old\nfn f(a: u8) -> u8 { a + 1 }\n",
            "\n\n// new\n// more\nfn f( a : u8 )\n    -> u8\n{\n    /* why */ a + 1 // sum\n}\n"
        ),
        (
            "m.py", "def f(a, b):\n    return a + b\n",
            "# new\n\ndef f(\n    a,  # first\n    b\n):\n\n        # deep\n        return a + b  # sum\n"
        ),
        (
            "m.py", "def f():\n    return a + b\n", "def f():\n    return a \\\n        + b\n"
        ),
        (
            "m.swift", "func f(a: Int) -> Int { a + 1 }\n",
            "/** doc */\nfunc f(a: Int)\n    -> Int\n{\n    // why\n    a + 1\n}\n"
        ),
        (
            "m.ts", "function f(a: string) { return a; }\n",
            "/** doc */\nfunction f(\n  a : string\n) {\n  return a; // it\n}\n"
        ),
        (
            "m.go", "package m\nfunc f() { a()\nb() }\n",
            "package m\nfunc f() {\n\ta()\n\n\n\tb()\n}\n"
        ),
        ("m.py", "def f():\n    return 1\n", "def f():\r\n\r\n    return 1\r\n"),
    ])
    func blanksAndCommentsDoNotChangeTheHash(path: String, left: String, right: String) throws {
        #expect(try auraID("f", in: left, path) == auraID("f", in: right, path))
    }

    @Test(arguments: [
        ("m.rs", "#[inline]\nfn f() {}\n", "#[cold]\nfn f() {}\n"),
        ("m.rs", "#[inline]\nfn f() {}\n", "fn f() {}\n"),
        ("m.py", "@a\ndef f(): pass\n", "@b\ndef f(): pass\n"),
        ("m.swift", "@A func f() {}\n", "@B func f() {}\n"),
        ("m.ts", "class C { @A() f() {} }\n", "class C { @B() f() {} }\n"),
    ])
    func attributeChangesTheHash(path: String, left: String, right: String) throws {
        #expect(try auraID("f", in: left, path) != auraID("f", in: right, path))
    }

    @Test func nameParametersAndLocalNamesChangeTheHash() throws {
        let base = try auraID("f", in: "fn f(a: u8) { let x = a; }", "m.rs")

        #expect(try base != auraID("g", in: "fn g(a: u8) { let x = a; }", "m.rs"))
        #expect(try base != auraID("f", in: "fn f(b: u8) { let x = b; }", "m.rs"))
        #expect(try base != auraID("f", in: "fn f(a: u8) { let y = a; }", "m.rs"))
        #expect(try base != auraID("f", in: "fn f(a: u16) { let x = a; }", "m.rs"))
    }

    @Test func typesAroundAMethodChangeTheHashAndTheModuleDoesNot() throws {
        let base = try auraID("f", in: "class A:\n    def f(self): pass\n", "m.py")

        #expect(try base == auraID("f", in: "class A:\n    def f(self): pass\n", "other.py"))
        #expect(try base != auraID("f", in: "class B:\n    def f(self): pass\n", "m.py"))
    }

    @Test func typeIsAHoleForItsMembers() throws {
        let small = try auraID("A", in: "struct A: P {\n    func f() {}\n}\n", "m.swift")
        let large = "// c\nstruct A: P {\n    func f() { g() }\n    let x = 1\n    // end\n}\n"

        #expect(try small == auraID("A", in: large, "m.swift"))
        #expect(try small != auraID("A", in: "struct A: Q {\n    func f() {}\n}\n", "m.swift"))
        #expect(try small != auraID("A", in: "class A: P {\n    func f() {}\n}\n", "m.swift"))
    }

    @Test func importsAreHashedByTheirTrimmedLines() throws {
        let base = try auraID(UnitName.imports, in: "import a\nimport b\n", "m.py")

        #expect(
            try base == auraID(UnitName.imports, in: "# x\nimport a  \n\nimport b\r\n", "m.py"))
        #expect(try base != auraID(UnitName.imports, in: "import b\nimport a\n", "m.py"))
        #expect(try base != auraID(UnitName.imports, in: "import a\nimport c\n", "m.py"))
    }

    @Test func opaqueTextIsHashedWithItsCommentsAndWithoutBlanks() throws {
        let base = try auraID(UnitName.opaque, in: "# note\nrun(1)\n", "m.py")

        #expect(try base == auraID(UnitName.opaque, in: "\n# note\n\nrun( 1 )\n", "m.py"))
        #expect(try base != auraID(UnitName.opaque, in: "# other\nrun(1)\n", "m.py"))
    }

    /// Bash leaves the first words of a heredoc in no node; without the rule that a heredoc is an
    /// atom, only the bytes between the nodes tell these two apart.
    @Test func bytesThatNoNodeCoversChangeTheHash() throws {
        let known = try #require(Language.named("bash"))
        let rules = LanguageRules(
            units: ["function_definition": .function()], comments: ["comment"], atoms: [])
        let bare = try #require(
            Language("bash", extensions: [], grammar: known.grammar.pointer.raw, rules: rules))
        let hashes = try ["a", "b"].map { word in
            let text = "f() { cat <<X\n\(word) $v c\nX\n}\n"
            return try SourceAnalyzer().analyze(Array(text.utf8), path: "m.sh", language: bare)
                .units[0].auraID
        }

        #expect(hashes[0] != nil && hashes[0] != hashes[1])
    }

    @Test func grammarsHaveDigestsOfTheirOwn() {
        let digests = Set(Language.all.map(\.grammarDigest))

        #expect(Language.all.count == 17)
        #expect(digests.count == Language.all.count)
    }

    @Test func shapeSurvivesARenameAndNothingElse() throws {
        let base = try Sample("def f(a):\n    return a + 1\n", "m.py").unit("f").shape
        let renamed = try Sample("def g(a):\n    return a + 1\n", "m.py").unit("g").shape
        let edited = try Sample("def f(a):\n    return a + 2\n", "m.py").unit("f").shape

        #expect(base == renamed)
        #expect(base != edited)
    }
}
