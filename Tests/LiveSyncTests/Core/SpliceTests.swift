// Edits of a file leave every byte alone that they do not name.

import LiveProtocol
import LiveSync
import Support
import Testing

/// A file written as its units' texts: `[name, head]`, types with a tail and members.
private struct ToyFile {
    var bytes: [UInt8] = []
    var spans: [UnitSpan] = []

    mutating func add(_ name: String, _ head: String, parent: String? = nil) {
        let start = bytes.count
        bytes += Array(head.utf8)
        spans.append(
            UnitSpan(
                head: start..<bytes.count, tail: nil, parent: parent.flatMap(index), id: id(name)))
    }

    mutating func close(_ name: String, _ tail: String) {
        guard let index = index(name) else { return }
        let start = bytes.count
        bytes += Array(tail.utf8)
        spans[index].tail = start..<bytes.count
    }

    private func index(_ name: String) -> Int? { spans.firstIndex { $0.id == id(name) } }

    func splice(_ edits: SpliceEdit...) throws -> String {
        String(
            decoding: try SourceSplice.apply(edits, to: bytes, spans: spans).bytes, as: UTF8.self)
    }
}

private func id(_ name: String) -> FunctionID {
    .derived(repository: "r", path: "p", kind: .function, qualifiedName: name, ordinal: 0)
}

private func text(_ head: String, _ tail: String? = nil) -> UnitText {
    UnitText(head: Array(head.utf8), tail: tail.map { Array($0.utf8) })
}

@Suite struct SpliceTests {
    private func sample(_ end: String = "\n") -> ToyFile {
        var file = ToyFile()
        file.add("imports", "import x\(end)")
        file.add("T", "\(end)class T {\(end)")
        file.add("m", "    func m() {}\(end)", parent: "T")
        file.add("N", "\(end)    class N {\(end)", parent: "T")
        file.add("n", "        func n() {}\(end)", parent: "N")
        file.close("N", "    }\(end)")
        file.close("T", "}\(end)")
        file.add("z", "\(end)func z() {}\(end)")
        return file
    }

    @Test func noEditChangesNoByte() throws {
        let file = sample()

        let result = try SourceSplice.apply([], to: file.bytes, spans: file.spans)

        #expect(result.bytes == file.bytes)
        #expect(result.order == file.spans.map(\.id))
    }

    @Test func aUnitIsReplacedWhereItStands() throws {
        let result = try sample().splice(.replace(id("m"), text("    func m() { 1 }\n")))

        #expect(
            result == """
                import x

                class T {
                    func m() { 1 }

                    class N {
                        func n() {}
                    }
                }

                func z() {}

                """)
    }

    @Test func aTypeIsReplacedAroundItsMembers() throws {
        let result = try sample().splice(
            .replace(id("N"), text("\n    struct N: P {\n", "    } // N\n")))

        #expect(result.contains("    struct N: P {\n        func n() {}\n    } // N\n}\n"))
    }

    @Test func neighboursDecideWhereAUnitGoes() throws {
        let new = text("    func new() {}\n")
        let after = Placement(parent: id("T"), previous: id("m"), next: id("gone"))
        let before = Placement(parent: id("T"), previous: id("gone"), next: id("m"))
        let nowhere = Placement(parent: id("T"), previous: id("gone"), next: id("gone2"))

        #expect(
            try sample().splice(.insert(id("new"), new, .method, after))
                .contains("func m() {}\n    func new() {}\n\n    class N"))
        #expect(
            try sample().splice(.insert(id("new"), new, .method, before))
                .contains("class T {\n    func new() {}\n    func m()"))
        #expect(
            try sample().splice(.insert(id("new"), new, .method, nowhere))
                .contains("    }\n    func new() {}\n}\n"))
        #expect(
            try sample().splice(.insert(id("new"), text("import y\n"), .imports, Placement()))
                .hasPrefix("import y\nimport x\n"))
    }

    @Test func anInsertedUnitTakesItsSiblingsIndentation() throws {
        let result = try sample().splice(
            .insert(
                id("new"), text("\n  func new() {\n    1\n\n  }\n"), .method,
                Placement(parent: id("N"), previous: id("n"))))

        #expect(
            result.contains(
                "        func n() {}\n\n        func new() {\n          1\n\n        }\n    }\n"))
    }

    @Test func verbatimTextIsLeftAsItIs() throws {
        let file = sample()
        let edit = SpliceEdit.insert(
            id("new"), text("func new() {}\n"), .method,
            Placement(parent: id("N"), previous: id("n")))

        let result = try SourceSplice.apply(
            [edit], to: file.bytes, spans: file.spans, layout: .verbatim)

        #expect(String(decoding: result.bytes, as: UTF8.self).contains("\nfunc new() {}\n    }\n"))
    }

    @Test func anEmptyTypeGetsItsFirstMember() throws {
        var file = ToyFile()
        file.add("E", "class E {\n")
        file.close("E", "}\n")

        let result = try file.splice(
            .insert(id("m"), text("    func m() {}\n"), .method, Placement(parent: id("E"))))

        #expect(result == "class E {\n    func m() {}\n}\n")
    }

    @Test func aTypeOnOneLineIsOpened() throws {
        var file = ToyFile()
        file.add("E", "class E {")
        file.close("E", "}\n")

        let result = try file.splice(
            .insert(id("m"), text("    func m() {}"), .method, Placement(parent: id("E"))))

        #expect(result == "class E {\n    func m() {}\n}\n")
    }

    @Test func aWholeNewFileIsItsUnitsInOrder() throws {
        let result = try ToyFile().splice(
            .insert(id("T"), text("class T {\n", "}\n"), .type, Placement()),
            .insert(id("m"), text("    func m() {}\n"), .method, Placement(parent: id("T"))),
            .insert(id("z"), text("\nfunc z() {}\n"), .function, Placement(previous: id("T"))))

        #expect(result == "class T {\n    func m() {}\n}\n\nfunc z() {}\n")
    }

    @Test func deletionTakesLeadingCommentsAlong() throws {
        var file = ToyFile()
        file.add("a", "func a() {}\n")
        file.add("b", "\n// about b\nfunc b() {}\n")
        file.add("c", "\nfunc c() {}\n")

        #expect(try file.splice(.delete(id("b"))) == "func a() {}\n\nfunc c() {}\n")
        #expect(try file.splice(.delete(id("a"))).hasPrefix("\n// about b"))
        #expect(try file.splice(.delete(id("c"))) == "func a() {}\n\n// about b\nfunc b() {}\n")
    }

    @Test func aTypeGoesAfterItsMembersOnly() throws {
        let file = sample()

        #expect(throws: SpliceFailure.hasMembers(id("N"))) { try file.splice(.delete(id("N"))) }
        #expect(
            try file.splice(.delete(id("n")), .delete(id("N")))
                .contains("    func m() {}\n}\n"))
    }

    @Test func carriageReturnsFollowTheFile() throws {
        let result = try sample("\r\n").splice(
            .replace(id("m"), text("    func m() {\n        1\n    }\n")))
        let back = try sample().splice(.replace(id("m"), text("    func m() {\r\n    }\r\n")))

        #expect(!result.replacing("\r\n", with: "").contains("\n"))
        #expect(!back.contains("\r"))
    }

    @Test func aFileWithoutLastLineEndIsContinuedOnALineOfItsOwn() throws {
        var file = ToyFile()
        file.add("a", "func a() {}\n")
        file.add("b", "func b() {}")

        #expect(
            try file.splice(
                .insert(id("c"), text("func c() {}\n"), .function, Placement(previous: id("b"))))
                == "func a() {}\nfunc b() {}\nfunc c() {}\n")
        #expect(try file.splice(.replace(id("b"), text("func b() { 1 }\n"))).hasSuffix("1 }"))
        #expect(try file.splice(.replace(id("a"), text("func a() { 1 }"))).contains("1 }\nfunc b"))
    }

    @Test func aUnitMovesIntoAnotherTypeWithItsMembers() throws {
        let file = sample()

        let method = try file.splice(
            .move(
                id("m"), text("    func m() {}\n"), .method,
                Placement(parent: id("N"), next: id("n"))))
        let type = try file.splice(
            .move(id("N"), text("\nclass N {\n", "}\n"), .type, Placement(next: id("z"))))

        #expect(method.contains("class N {\n        func m() {}\n        func n() {}\n"))
        #expect(type.contains("}\n\nclass N {\n        func n() {}\n}\n\nfunc z()"))
        #expect(throws: SpliceFailure.unknownParent(id("T"))) {
            try file.splice(
                .move(id("T"), text("class T {\n", "}\n"), .type, Placement(parent: id("N"))))
        }
    }

    @Test func impossibleEditsAreRefused() throws {
        let file = sample()

        #expect(throws: SpliceFailure.unknownUnit(id("?"))) { try file.splice(.delete(id("?"))) }
        #expect(throws: SpliceFailure.unitExists(id("m"))) {
            try file.splice(.insert(id("m"), text("x"), .method, Placement()))
        }
        #expect(throws: SpliceFailure.noRoomForMembers(id("z"))) {
            try file.splice(.insert(id("q"), text("x"), .method, Placement(parent: id("z"))))
        }
        #expect(throws: SpliceFailure.unitsDoNotCover) {
            try SourceSplice.apply([], to: file.bytes + [0], spans: file.spans)
        }
    }

    @Test(arguments: UInt64(0)..<40) func unitsThatNoEditNamesKeepTheirBytes(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let file = sample(seed % 2 == 0 ? "\n" : "\r\n")
        let leaves = ["imports", "m", "n", "z"]
        let edited = Set(leaves.filter { _ in Bool.random(using: &generator) })
        let edits = edited.sorted().map { name in
            Bool.random(using: &generator)
                ? SpliceEdit.delete(id(name)) : .replace(id(name), text("<\(name)>\n"))
        }

        let result = try SourceSplice.apply(edits, to: file.bytes, spans: file.spans)

        for span in file.spans where !edited.contains(where: { id($0) == span.id }) {
            for range in [span.head, span.tail].compactMap({ $0 }) {
                let bytes = Array(file.bytes[range])
                #expect(result.bytes.contains(bytes), "seed \(seed)")
            }
        }
    }
}
