// Whose call means which unit, per language. A call that is resolved wrongly is the worst error.

import Testing

@testable import SourceAnalysis

@Suite struct PythonCallTests {
    @Test func importsDecideWhichOfTwoFunctionsIsCalled() throws {
        let tree = try CallTree([
            ("app/a.py", "def load(x): return x\n"), ("app/b.py", "def load(x): return 2\n"),
            ("app/__init__.py", ""),
            ("app/one.py", "from .a import load\ndef use(): load(1)\n"),
            ("app/two.py", "from app.b import load as get\ndef use(): get(1)\n"),
            ("app/three.py", "import app.a\nimport app.b as c\ndef use(): app.a.load(c.load(1))\n"),
            ("app/four.py", "from . import a, b as z\ndef use(): z.load(1)\n"),
            ("main.py", "from app import a\ndef use():\n    from app.b import load\n    load(a)\n"),
        ])

        try tree.expectCallers(of: "app/a.py load", ["app/one.py use", "app/three.py use"])
        try tree.expectCallers(
            of: "app/b.py load",
            [
                "app/four.py use", "app/three.py use", "app/two.py use", "main.py use",
            ])
    }

    @Test func packagesHandTheirNamesOn() throws {
        let tree = try CallTree([
            ("lib/pkg/__init__.py", "from .impl import load as fetch, save\n"),
            ("lib/pkg/impl.py", "def load(): pass\ndef save(): pass\n"),
            (
                "run.py",
                "import pkg\nfrom pkg import save\ndef go():\n    pkg.fetch()\n    save()\n"
            ),
        ])

        try tree.expectCallers(of: "lib/pkg/impl.py load", ["run.py go"])
        try tree.expectCallers(of: "lib/pkg/impl.py save", ["run.py go"])
    }

    @Test func localNamesHideTheOthers() throws {
        let tree = try CallTree([
            ("a.py", "def load(): pass\ndef save(): pass\ndef kept(): load()\n"),
            (
                "b.py",
                """
                from a import load, save
                def parameter(load): load()
                def variable():
                    save = 1
                    save()
                def inner():
                    def load(): pass
                    load()
                def plain(x: load = 1): return save()

                """
            ),
            ("c.py", "def load(): pass\ndef own(): load()\n"),
            ("d.py", "import json\ndef none(): json.load(); load()\n"),
        ])

        try tree.expectCallers(of: "a.py load", ["a.py kept", "b.py inner?", "b.py parameter?"])
        try tree.expectCallers(of: "a.py save", ["b.py plain", "b.py variable?"])
        try tree.expectCallers(of: "c.py load", ["c.py own"])
    }

    @Test func methodsAreResolvedThroughSelfAndTypesOnly() throws {
        let tree = try CallTree([
            (
                "a.py",
                """
                class A:
                    def __init__(self): self.run()
                    def run(self): pass
                class B:
                    def run(self): pass
                    def go(self): self.run()
                    def far(self): self.a.run()
                def other(x): x.run()
                def named(): A.run(1)
                def made(): return A()

                """
            )
        ])

        try tree.expectCallers(
            of: "a.py A::run",
            [
                "a.py A::__init__", "a.py B::far?", "a.py named", "a.py other?",
            ])
        try tree.expectCallers(of: "a.py B::run", ["a.py B::far?", "a.py B::go", "a.py other?"])
        try tree.expectCallers(of: "a.py A::__init__", ["a.py made"])
        try tree.expectCallers(of: "a.py A", ["a.py made"])
    }

    @Test func starsResolveWhenOneModuleAloneHasTheName() throws {
        let files = [
            ("a.py", "def one(): pass\ndef both(): pass\n"), ("b.py", "def both(): pass\n"),
            ("c.py", "from a import *\nfrom b import *\ndef f(): one()\ndef g(): both()\n"),
        ]
        var tree = try CallTree(files)

        try tree.expectCallers(of: "a.py one", ["c.py f"])
        try tree.expectCallers(of: "a.py both", ["c.py g?"])
        try tree.set("c.py", "from a import *\nfrom elsewhere import *\ndef f(): one()\n")
        try tree.expectCallers(of: "a.py one", ["c.py f?"])
    }

    @Test func conditionalDefinitionsAreOnlySuspected() throws {
        let tree = try CallTree([
            ("a.py", "def f(): pass\n"),
            (
                "b.py",
                "try:\n    from a import f\nexcept ImportError:\n    f = None\ndef g(): f()\n"
            ),
        ])

        try tree.expectCallers(of: "a.py f", ["b.py g?"])
    }

    @Test func removedFilesAndFunctionsAreForgotten() throws {
        var tree = try CallTree([
            ("a.py", "def f(): pass\ndef g(): f()\n"), ("b.py", "from a import f\ndef h(): f()\n"),
        ])

        try tree.expectCallers(of: "a.py f", ["a.py g", "b.py h"])
        try tree.set("b.py", "from a import f\ndef h(): pass\n")
        try tree.expectCallers(of: "a.py f", ["a.py g"])
        try tree.set("b.py", "from a import f\ndef h(): f()\n")
        try tree.set("a.py", "def g(): pass\n")
        #expect(tree.callers(ofGone: "f", "a::f", in: "a.py") == ["b.py h"])
        #expect(tree.callers(ofGone: "f", "z::f", in: "z.py").isEmpty)
        try tree.set("a.py", nil)
        #expect(tree.callers(ofGone: "f", "a::f", in: "a.py") == ["b.py h"])
        try tree.set("b.py", nil)
        #expect(tree.callers(ofGone: "f", "a::f", in: "a.py").isEmpty)
        #expect(tree.graph.files.isEmpty && tree.graph.definitions.isEmpty)
    }
}

@Suite struct ScriptCallTests {
    @Test func importsDecideWhichOfTwoFunctionsIsCalled() throws {
        let tree = try CallTree([
            ("src/a.ts", "export function load() {}\nexport default function main() {}\n"),
            ("src/b/index.ts", "export const load = () => 1;\n"),
            ("src/c.tsx", "import { load } from './a';\nexport const C = () => <p x={load()}/>;\n"),
            ("src/d.ts", "import { load as get } from './b';\nfunction use() { get(); }\n"),
            ("src/e.js", "import * as b from './b/index.js';\nfunction use() { b.load(); }\n"),
            ("src/f.ts", "import start from './a';\nfunction use() { start(); }\n"),
            ("src/g.js", "const { load } = require('./a');\nfunction use() { load(); }\n"),
            ("src/h.js", "const a = require('./a');\nfunction use() { a.load(); }\n"),
            ("src/i.ts", "import { load } from 'pkg';\nfunction use() { load(); }\n"),
        ])

        try tree.expectCallers(
            of: "src/a.ts load", ["src/c.tsx C", "src/g.js use", "src/h.js use"])
        try tree.expectCallers(of: "src/b/index.ts load", ["src/d.ts use", "src/e.js use"])
        try tree.expectCallers(of: "src/a.ts main", ["src/f.ts use"])
    }

    @Test func reExportsAreFollowed() throws {
        let tree = try CallTree([
            (
                "x/impl.ts",
                "export function f() {}\nexport function g() {}\nfunction h() {}\nexport { h as shown };\n"
            ),
            ("x/index.ts", "export { f as open } from './impl';\nexport * from './impl';\n"),
            (
                "m.ts",
                "import { open, g, shown } from './x';\nfunction a() { open(); }\nfunction b() { g(); shown(); }\n"
            ),
        ])

        try tree.expectCallers(of: "x/impl.ts f", ["m.ts a"])
        try tree.expectCallers(of: "x/impl.ts g", ["m.ts b"])
        try tree.expectCallers(of: "x/impl.ts h", ["m.ts b"])
    }

    @Test func localNamesHideTheOthersAndThisIsTheMethodsOwn() throws {
        let tree = try CallTree([
            (
                "a.ts",
                """
                export function f() {}
                export class A {
                  constructor() { this.m(); }
                  m() { f(); }
                  late = () => { this.m(); };
                  lost() { setTimeout(function () { this.m(); }); }
                }
                class B { m() {} n(a: A) { a.m(); } }
                function p(f) { f(); }
                function q() { const { f } = x; return f(); }
                const r = () => new A();

                """
            )
        ])

        try tree.expectCallers(of: "a.ts f", ["a.ts A::m", "a.ts p?", "a.ts q?"])
        try tree.expectCallers(
            of: "a.ts A::m",
            [
                "a.ts A::constructor", "a.ts A::late", "a.ts A::lost?", "a.ts B::n?",
            ])
        try tree.expectCallers(of: "a.ts B::m", ["a.ts A::lost?", "a.ts B::n?"])
        try tree.expectCallers(of: "a.ts A::constructor", ["a.ts r"])
    }
}

@Suite struct RustCallTests {
    @Test func pathsAndUsesDecide() throws {
        let tree = try CallTree([
            ("src/lib.rs", "mod a;\nmod b;\npub use a::load as fetch;\nfn top() { a::load(); }\n"),
            (
                "src/a.rs",
                "pub fn load() {}\npub struct S;\nimpl S { pub fn new() -> S { S::check(); S }\n fn check() {} }\n"
            ),
            (
                "src/b/mod.rs",
                "mod c;\nuse crate::a::{load as get, S};\nfn use_it() { get(); }\nfn make() { S::new(); String::new(); }\npub fn load() {}\n"
            ),
            (
                "src/b/c.rs",
                "use super::load;\nfn go() { load(); super::load(); crate::fetch(); }\n"
            ),
        ])

        try tree.expectCallers(
            of: "src/a.rs load",
            [
                "src/b/c.rs go", "src/b/mod.rs use_it", "src/lib.rs top",
            ])
        try tree.expectCallers(of: "src/b/mod.rs load", ["src/b/c.rs go"])
        try tree.expectCallers(of: "src/a.rs S::new", ["src/b/mod.rs make"])
        try tree.expectCallers(of: "src/a.rs S::check", ["src/a.rs S::new"])
    }

    @Test func methodsOfOtherTypesAreSuspectedAndModulesSeeTheirOwn() throws {
        let tree = try CallTree([
            (
                "src/main.rs",
                """
                fn f() {}
                struct A;
                impl A { fn run(&self) {} fn go(&self) { self.run(); Self::run(self); } }
                struct B;
                impl B { fn run(&self) {} fn far(&self, a: A) { a.run(); } }
                fn closure(f: u8) { let g = || f(); }
                mod tests {
                    use super::*;
                    fn t() { f(); }
                    mod deep { fn f() {} fn u() { f(); } }
                }
                mod blind { fn v() { f(); } }

                """
            )
        ])

        try tree.expectCallers(
            of: "src/main.rs A::run", ["src/main.rs A::go", "src/main.rs B::far?"])
        try tree.expectCallers(of: "src/main.rs B::run", ["src/main.rs B::far?"])
        try tree.expectCallers(
            of: "src/main.rs f", ["src/main.rs closure?", "src/main.rs tests::t"])
        try tree.expectCallers(of: "src/main.rs tests::deep::f", ["src/main.rs tests::deep::u"])
    }
}

@Suite struct OtherCallTests {
    @Test func goResolvesWithinPackagesAndThroughTheModulesFolders() throws {
        let tree = try CallTree([
            (
                "main.go",
                "package main\nimport (\n\t\"ex.com/m/store\"\n\tu \"ex.com/m/util\"\n\t\"strings\"\n)\nfunc main() { store.Open(); u.Trim(); strings.Trim(); helper() }\n"
            ),
            ("helper.go", "package main\nfunc helper() {}\n"),
            (
                "store/s.go",
                "package store\ntype S struct{}\nfunc Open() {}\nfunc (s *S) Put() { s.sync() }\nfunc (s *S) Other(o *T) { o.sync() }\n"
            ),
            ("store/t.go", "package store\nfunc (x *S) sync() {}\n"),
            ("util/u.go", "package util\nfunc Trim() {}\nfunc helper() {}\n"),
            ("strings/s.go", "package strings\nfunc Trim() {}\n"),
        ])

        try tree.expectCallers(of: "helper.go helper", ["main.go main"])
        try tree.expectCallers(of: "util/u.go helper", [])
        try tree.expectCallers(of: "store/s.go Open", ["main.go main"])
        try tree.expectCallers(of: "util/u.go Trim", ["main.go main"])
        #expect(try tree.callers("strings/s.go Trim").allSatisfy { $0.hasSuffix("?") })
        try tree.expectCallers(
            of: "store/t.go S::sync", ["store/s.go S::Other?", "store/s.go S::Put"])
    }

    @Test func javaResolvesThroughImportsAndNeighbours() throws {
        let tree = try CallTree([
            (
                "src/a/b/C.java",
                "package a.b;\npublic class C { public static void m() { own(); } static void own() {} C() {} }\n"
            ),
            ("src/x/C.java", "package x;\npublic class C { public static void m() {} }\n"),
            (
                "src/x/D.java",
                "package x;\nimport a.b.C;\nclass D { void f() { C.m(); } void g(D d) { d.m(); } C h() { return new C(); } }\n"
            ),
            (
                "src/x/E.java",
                "package x;\nimport static a.b.C.m;\nclass E { void f() { m(); } void g() { new Object() { void own() {} void k() { own(); } }; } }\n"
            ),
            ("src/x/F.java", "package x;\nclass F { void f() { C.m(); } }\n"),
        ])

        try tree.expectCallers(
            of: "src/a/b/C.java C::m",
            [
                "src/x/D.java D::f", "src/x/D.java D::g?", "src/x/E.java E::f",
            ])
        try tree.expectCallers(
            of: "src/x/C.java C::m", ["src/x/D.java D::g?", "src/x/F.java F::f"])
        try tree.expectCallers(
            of: "src/a/b/C.java C::own", ["src/a/b/C.java C::m", "src/x/E.java E::g?"])
        try tree.expectCallers(of: "src/a/b/C.java C::C", ["src/x/D.java D::h"])
    }

    @Test func swiftResolvesTheOnlyFunctionAndMembersOfTheSameType() throws {
        let tree = try CallTree([
            (
                "A.swift",
                "func only() {}\nfunc twice() {}\nstruct A {\n    init() {}\n    func m() { n(); self.n(); only() }\n    static func make() {}\n}\n"
            ),
            (
                "B.swift",
                "extension A { func n() { Self.make() } }\nfunc twice(_ x: Int) {}\nstruct B {\n    func m() {}\n    func k(a: A) { a.m(); twice(); A.make(); _ = A() }\n    func only(x: Int) { let only = x }\n}\n"
            ),
            ("C.swift", "func top(_ only: () -> Void) { only(); twice(1) }\n"),
        ])

        try tree.expectCallers(of: "B.swift A::n", ["A.swift A::m"])
        try tree.expectCallers(of: "A.swift A::make", ["B.swift A::n", "B.swift B::k"])
        try tree.expectCallers(of: "A.swift A::m", ["B.swift B::k?"])
        try tree.expectCallers(of: "A.swift only", ["A.swift A::m?", "C.swift top?"])
        try tree.expectCallers(of: "A.swift twice", ["B.swift B::k?", "C.swift top?"])
        try tree.expectCallers(of: "A.swift A::init", ["B.swift B::k"])
    }

    @Test func cNeedsAHeaderBeyondTheFile() throws {
        let tree = try CallTree([
            ("a.c", "int shared(int a) { return own(a); }\nstatic int own(int a) { return a; }\n"),
            ("a.h", "int shared(int a);\n"),
            ("b.c", "#include \"a.h\"\nint use(void) { return shared(1) + own(2); }\n"),
        ])

        try tree.expectCallers(of: "a.c shared", ["b.c use"])
        try tree.expectCallers(of: "a.c own", ["a.c shared", "b.c use?"])
    }

    @Test func otherLanguagesResolveWithinAFile() throws {
        let tree = try CallTree([
            (
                "a.lua",
                "local M = {}\nfunction M.f() M.g() end\nfunction M.g() end\nfunction M:h() self:k() end\nfunction M:k() end\n"
            ),
            ("b.rb", "class A\n  def f\n    g(1)\n    self.g(2)\n  end\n  def g(x); end\nend\n"),
            ("c.sh", "f() { g; }\ng() { :; }\n"),
            (
                "d.php",
                "<?php\nclass A { function f() { $this->g(); self::g(); } function g() {} }\n"
            ),
        ])

        try tree.expectCallers(of: "a.lua M::g", ["a.lua M::f"])
        try tree.expectCallers(of: "a.lua M::k", ["a.lua M::h"])
        try tree.expectCallers(of: "b.rb A::g", ["b.rb A::f"])
        try tree.expectCallers(of: "c.sh g", ["c.sh f"])
        try tree.expectCallers(of: "d.php A::g", ["d.php A::f"])
    }

    @Test func languagesDoNotCallEachOther() throws {
        let tree = try CallTree([
            ("a.py", "def f(): pass\n"), ("b.rb", "def g\n  f(1)\nend\n"),
        ])

        try tree.expectCallers(of: "a.py f", [])
    }
}
