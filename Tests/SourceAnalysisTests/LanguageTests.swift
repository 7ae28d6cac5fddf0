// What is a unit in each language, and what it is called.

import Testing

@testable import SourceAnalysis

@Suite struct LanguageTests {
    @Test(arguments: Language.all)
    func everyKindInATableExistsInItsGrammar(language: Language) {
        #expect(language.grammar.unknownKinds == [])
        #expect(language.grammar.unknownFields == [])
    }

    @Test func pathsFindTheirLanguageAndModule() throws {
        #expect(Language.forPath("a/b.rs")?.name == "rust")
        #expect(Language.forPath("a/b.TSX")?.name == "tsx")
        #expect(Language.forPath("a/Makefile") == nil)
        #expect(Language.forPath(".py") == nil)
        for (path, module) in [
            ("src/billing.rs", "billing"), ("src/billing/mod.rs", "billing"), ("mod.rs", "mod"),
            ("a/pkg/__init__.py", "pkg"), ("web/app/index.ts", "app"), ("index.swift", "index"),
            ("x.test.ts", "x.test"),
        ] {
            #expect(try #require(Language.forPath(path)).module(forPath: path) == module)
        }
    }

    @Test func swiftUnits() throws {
        let sample = try Sample(
            """
            import Foundation
            @testable import Foo

            public final class A<T>: B where T: C {
                private(set) var x: Int = 1
                var computed: Int { foo.bar(1) }
                init?(a: Int) { self.x = a }
                deinit { }
                subscript(i: Int) -> Int { x }
                func f(_ u: Int) {}
                func f(_ u: String) {}
                static func == (l: A, r: A) -> Bool { true }
                struct Inner { enum E { case a; func m() {} } }
            }
            extension A.Inner: P { func e() { Self.make(); g<Int>() } }
            protocol P {
                associatedtype Q
                func r()
                var s: Int { get }
            }
            actor Act {}
            typealias T1 = Int
            let top = 5
            #if DEBUG
            func dbg() {}
            #else
            func dbg() { x() }
            #endif
            run("hi")

            """, "m.swift")

        #expect(!sample.file.hasErrors)
        #expect(
            sample.outline == [
                "imports (imports)", "type A", "constant A::x", "method A::computed",
                "method A::init", "method A::deinit", "method A::subscript", "method A::f",
                "method A::f#1", "method A::==", "type A::Inner", "type A::Inner::E",
                "method A::Inner::E::m", "type A::Inner#1", "method A::Inner::e", "type P",
                "constant P::Q", "method P::r", "constant P::s", "type Act", "constant T1",
                "constant top", "function dbg", "function dbg#1",
            ])
        #expect(try sample.unit("computed").calls == ["bar"])
        #expect(try sample.unit("e").calls.contains("make"))
        #expect(try sample.unit(UnitName.imports).importedNames.contains("Foundation"))
        #expect(try sample.unit("E").parent.map { sample.file.units[$0].name } == "Inner")
    }

    @Test func rustUnits() throws {
        let sample = try Sample(
            """
            #![allow(x)]
            use std::io;
            use a::{b, c};

            #[derive(Debug)]
            pub struct S<T> { a: T }
            impl<T> fmt::Display for S<T> where T: X {
                fn fmt(&self) { a.b::<T>(); c::d::<u8>(1); }
                const K: u8 = 1;
                type O = u8;
            }
            impl<T> S<T> { fn fmt(&self) {} }
            trait Tr { type A; fn sig(&self); fn def() {} }
            mod inner { use x; fn f() {} }
            extern "C" { fn ext(); }
            const A: u8 = 1;
            static B: u8 = 2;
            type C = u8;
            enum E { A, B }
            macro_rules! m { () => {} }
            thread_local! { static X: u8 = 1; }
            pub async fn g() { fn nested() {} }

            """, "m.rs")

        #expect(!sample.file.hasErrors)
        #expect(
            sample.outline == [
                "imports (imports)", "type S", "type S#1", "method S::fmt", "constant S::K",
                "constant S::O", "type S#2", "method S::fmt#1", "type Tr", "constant Tr::A",
                "method Tr::sig", "method Tr::def", "type inner", "imports inner::(imports)",
                "function inner::f", "type extern", "function extern::ext", "constant A",
                "constant B", "constant C", "type E", "function m", "function g",
            ])
        #expect(try sample.unit("fmt").calls == ["b", "d"])
        #expect(try sample.unit("S").startLine == 6)
        #expect(try sample.head("S").contains("#[derive(Debug)]"))
    }

    @Test func pythonUnits() throws {
        let sample = try Sample(
            """
            #!/usr/bin/env python
            \"\"\"doc\"\"\"
            from __future__ import annotations
            import os, sys
            from a import (b,
               c)
            X = 1
            y: int = 2
            a.b = 3
            def f(x): return x
            @dec
            @dec2(1)
            class A(B):
                \"\"\"doc\"\"\"
                z = 1
                @property
                async def n(self): os.path.join(self.g())
                class In:
                    def n(self): pass
                @overload
                def o(self): ...
                def o(self): ...
            if True:
                def cond(): pass
            type T = int
            def g():
                def nested(): pass
                return f"{h(1)}"

            """, "pkg/__init__.py")

        #expect(!sample.file.hasErrors)
        #expect(
            sample.outline == [
                "imports (imports)", "constant X", "constant y", "function f", "type A",
                "constant A::z", "method A::n", "type A::In", "method A::In::n", "method A::o",
                "method A::o#1", "constant T", "function g",
            ])
        #expect(try sample.unit("f").qualifiedName == "pkg::f")
        #expect(try sample.unit("n").calls == ["g", "join"])
        #expect(try sample.unit("g").calls == ["h"])
        #expect(try sample.unit("A").startLine == 11)
        #expect(try sample.unit("n").startLine == 16)
        #expect(try sample.unit("n").endLine == 17)
        #expect(try sample.unit(UnitName.imports).importedNames.contains("sys"))
    }

    @Test func typeScriptUnits() throws {
        let sample = try Sample(
            """
            #!/usr/bin/env node
            import a from "a";
            export * from "c";
            @Dec()
            export class A<T> extends B implements C {
              @Input() x: number = 1;
              handler = () => { this.f() };
              constructor(private y: string) { super(); }
              get z() { return 1 }
              over(a: string): void;
              over(a: number): void;
              over(a: any) { f(a); }
              @HostListener("x")
              async m() {}
            }
            abstract class B2 { abstract q(): void; }
            export default function def() {}
            interface I { m(): void; p: number }
            enum E { A, B }
            type T1 = string;
            const c = 1, d = 2;
            export const arrow = async (x: number) => x + 1;
            namespace N { export function f() {} }
            declare module "x" { function g(): void; }
            declare function h(): void;
            function over2(a: string): void;
            function over2(a: any) { new Foo(a); b.c.d() }
            function* gen() {}
            foo();

            """, "m.ts")

        #expect(!sample.file.hasErrors)
        #expect(
            sample.outline == [
                "imports (imports)", "type A", "constant A::x", "method A::handler",
                "method A::constructor", "method A::z", "method A::over", "method A::over#1",
                "method A::over#2", "method A::m", "type B2", "method B2::q", "function def",
                "type I", "method I::m", "constant I::p", "type E", "constant T1", "constant c",
                "function arrow", "type N", "function N::f", "type \"x\"", "function \"x\"::g",
                "function h", "function over2", "function over2#1", "function gen",
            ])
        #expect(try sample.unit("over2", ordinal: 1).calls == ["Foo", "d"])
        #expect(try sample.head("m").contains("@HostListener"))
    }

    @Test(arguments: [
        (
            "m.h",
            "#ifndef H\n#define H\n#if X\nint f(void) { return 1; }\n#else\nint g(void) { return 2; }\n#endif\n#endif\n",
            ["constant H", "function f", "function g"]
        ),
        (
            "E.java", "enum E { A, B; int x; void f() {} }\n",
            ["type E", "constant E::x", "method E::f"]
        ),
        (
            "c.js", "exports.f = function () {};\nA.prototype.m = () => 1;\nx.y = 2;\n",
            ["function f", "method A::m"]
        ),
        (
            "M.cs",
            "class C {\n  int a;\n#if X\n  void F() {}\n#endif\n  int this[int i] => i;\n}\n",
            ["type C", "constant C::a", "method C::F", "method C::this"]
        ),
        (
            "n.lua",
            "M.f = function(a) end\nlocal g = function() end\nfunction A.B:c() end\nM.x = 1\n",
            ["method M::f", "function g", "method A::B::c", "constant M::x"]
        ),
        (
            "c.sh", "_a() {\n  b\n} &&\n  complete -F _a a\n", ["function _a"]
        ),
        (
            "e.php",
            "<?php\nnamespace A;\nenum E: int {\n  case X = 1;\n  public function m() {}\n}\n",
            ["type A", "type E", "method E::m"]
        ),
        (
            "e.kt", "enum class E {\n  A, B;\n  fun m() {}\n}\n", ["type E", "method E::m"]
        ),
        (
            "s.rb", "class A\n  class << self\n    def f; end\n  end\nend\n",
            ["type A", "type A::self", "method A::self::f"]
        ),
        (
            "m.tsx", "export const V = () => <a b={f()}>x</a>;\nclass C { r() { return <p/> } }\n",
            ["function V", "type C", "method C::r"]
        ),
        (
            "m.js",
            "import a from 'a'\nclass C { #x = 1; f() {} }\nconst g = function () {}\nvar v = 1\n",
            [
                "imports (imports)", "type C", "constant C::#x", "method C::f", "function g",
                "constant v",
            ]
        ),
        (
            "m.go",
            "package m\n\nimport \"fmt\"\n\ntype T struct{}\n\nfunc (t *T) F() { fmt.Println() }\n\nfunc G[K any](k K) {}\n\nconst C = 1\n\nvar v = 2\n",
            [
                "imports (imports)", "type T", "method T::F", "function G", "constant C",
                "constant v",
            ]
        ),
        (
            "M.java",
            "package p;\nimport a.B;\npublic class M<T> {\n  @A int x = 1;\n  M() {}\n  void f(int a) { g.h(); }\n  void f(String a) {}\n  class In { void q() {} }\n}\n",
            [
                "imports (imports)", "type M", "constant M::x", "method M::M", "method M::f",
                "method M::f#1", "type M::In", "method M::In::q",
            ]
        ),
        (
            "m.c",
            "#include <a.h>\n#include \"b.h\"\n#define N 1\nstatic int v = 1;\nstruct S { int a; };\nchar *f(int a) { return g(a); }\nint p(void);\n",
            ["imports (imports)", "constant N", "constant v", "type S", "function f", "constant p"]
        ),
        (
            "m.cpp",
            "#include <a>\nnamespace n {\nclass C : B {\npublic:\n  C();\n  int f() const { return 1; }\n  int x;\n};\nint C::g() { return h(); }\n}\ntemplate <class T> T id(T t) { return t; }\n",
            [
                "imports (imports)", "type n", "type n::C", "constant n::C::C", "method n::C::f",
                "constant n::C::x", "method n::C::g", "function id",
            ]
        ),
        (
            "M.cs",
            "using A;\nnamespace N {\n  class C {\n    public C() {}\n    int P { get; set; }\n    void F() { G(); }\n  }\n}\n",
            [
                "imports (imports)", "type N", "type N::C", "method N::C::C", "constant N::C::P",
                "method N::C::F",
            ]
        ),
        (
            "m.rb",
            "require 'a'\nX = 1\nclass A < B\n  def f(x)\n    g\n  end\n  def self.s; end\nend\ndef h; end\n",
            ["constant X", "type A", "method A::f", "method A::s", "function h"]
        ),
        (
            "m.php",
            "<?php\nuse A\\B;\nfunction f() { g(); }\nclass C {\n  const K = 1;\n  public function m() {}\n}\n",
            ["imports (imports)", "function f", "type C", "constant C::K", "method C::m"]
        ),
        (
            "m.kt",
            "package p\nimport a.B\nval x = 1\nfun <T> f(a: T) { g() }\nclass C {\n  fun m() {}\n  companion object {\n    fun s() {}\n  }\n}\n",
            [
                "imports (imports)", "constant x", "function f", "type C", "method C::m",
                "type C::Companion", "method C::Companion::s",
            ]
        ),
        (
            "m.scala",
            "import a.B\nobject O {\n  val x = 1\n  def f(a: Int): Int = g(a)\n}\ntrait T { def h: Int }\n",
            [
                "imports (imports)", "type O", "constant O::x", "method O::f", "type T",
                "method T::h",
            ]
        ),
        (
            "m.lua", "local x = 1\nlocal function f() g() end\nfunction M.h(a) end\n",
            ["constant x", "function f", "method M::h"]
        ),
        (
            "m.sh", "#!/bin/bash\nX=1\nf() { g; }\nfunction h { :; }\nf\n",
            ["constant X", "function f", "function h"]
        ),
    ])
    func unitsOfTheOtherLanguages(path: String, text: String, outline: [String]) throws {
        let sample = try Sample(text, path)

        #expect(!sample.file.hasErrors)
        #expect(sample.outline == outline)
    }
}
