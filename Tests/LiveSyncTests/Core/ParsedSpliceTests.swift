// Splices of real source, parsed again: every unit is what was announced.

import LiveProtocol
import LiveSync
import SourceAnalysis
import Support
import Testing

/// Splices of real source text, judged by a second parse as the driver judges them.
@Suite struct ParsedSpliceTests {
    private let swift = """
        import Foundation

        // What a box holds.
        struct Box<Value> {
            let value: Value

            /// Takes the value out.
            func open() -> Value { value }

            enum Kind {
                case small
                func name() -> String { "small" }
            }
        }

        func free(_ number: Int) -> Int {
            number + 1
        }
        """

    private let python = """
        import os

        class Box:
            # the only one
            def __init__(self, value):
                self.value = value

            def open(self):
                if self.value:
                    return self.value
                return None

        def free(number):
            return number + 1

        """

    private func parse(_ bytes: [UInt8], _ path: String) throws -> SourceFile {
        let language = try #require(Language.forPath(path))
        return try SourceAnalyzer().analyze(bytes, path: path, language: language)
    }

    private func ids(_ file: SourceFile) -> [FunctionID] {
        file.units.map {
            .derived(
                repository: "r", path: "p", kind: $0.kind, qualifiedName: $0.qualifiedName,
                ordinal: $0.ordinal)
        }
    }

    private func text(_ unit: SourceUnit, _ bytes: [UInt8]) -> UnitText {
        UnitText(head: Array(bytes[unit.head]), tail: unit.tail.map { Array(bytes[$0]) })
    }

    /// Every leaf of the file, taken out and put back by its neighbours, is the unit it was.
    @Test(arguments: ["box.swift", "box.py"], ["\n", "\r\n"])
    func aUnitThatIsTakenOutAndPutBackIsTheSame(path: String, lineEnd: String) throws {
        let source = (path.hasSuffix("py") ? python : swift).replacing("\n", with: lineEnd)
        let bytes = Array(source.utf8)
        let file = try parse(bytes, path)
        let ids = ids(file)
        #expect(file.units.count > 4)
        for (index, unit) in file.units.enumerated() where unit.tail == nil {
            let siblings = file.units.indices.filter { file.units[$0].parent == unit.parent }
            guard siblings.count > 1, let place = siblings.firstIndex(of: index) else { continue }
            let placement = Placement(
                parent: unit.parent.map { ids[$0] },
                previous: place > 0 ? ids[siblings[place - 1]] : nil,
                next: place + 1 < siblings.count ? ids[siblings[place + 1]] : nil)

            let without = try SourceSplice.apply(
                [.delete(ids[index])], to: bytes, spans: file.spans(ids: ids))
            let shorter = try parse(without.bytes, path)
            #expect(shorter.units.count == file.units.count - 1, "\(unit.qualifiedName)")
            let back = try SourceSplice.apply(
                [.insert(ids[index], text(unit, bytes), unit.kind, placement)],
                to: without.bytes, spans: shorter.spans(ids: without.order))

            let whole = try parse(back.bytes, path)
            #expect(whole.units.map(\.auraID) == file.units.map(\.auraID), "\(unit.qualifiedName)")
            #expect(back.order == ids)
        }
    }

    /// The mark of an encoding is the file's: no unit takes it along, and nothing stands before it.
    @Test(arguments: ["box.swift", "box.py"])
    func aFileKeepsItsByteOrderMark(path: String) throws {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let bytes = mark + Array((path.hasSuffix("py") ? python : swift).utf8)
        let file = try parse(bytes, path)
        let ids = ids(file)
        let first = try #require(file.units.first)
        let last = try #require(file.units.indices.last)
        #expect(text(first, bytes).head.starts(with: Array("import".utf8)))

        let result = try SourceSplice.apply(
            [
                .delete(ids[0]),
                .move(
                    ids[last], text(file.units[last], bytes), .function, Placement(next: ids[1])),
            ], to: bytes, spans: file.spans(ids: ids))

        let whole = try parse(result.bytes, path)
        #expect(result.bytes.starts(with: mark))
        #expect(!result.bytes.dropFirst().contains(0xEF))
        #expect(whole.units.count == file.units.count - 1 && !whole.hasErrors)
        #expect(whole.units.first?.auraID == file.units[last].auraID)
    }

    /// Before a function, a comment would be that function's own.
    @Test func aCommentThatEndsAFileIsPutAtTheEnd() throws {
        let bytes = Array(python.utf8)
        let comment = UnitText(head: Array("# vim: ts=4\n".utf8))
        let file = try parse(bytes, "box.py")
        let ids = ids(file)
        let new = FunctionID.derived(
            repository: "r", path: "p", kind: .opaque, qualifiedName: "new", ordinal: 0)
        let edit = SpliceEdit.insert(new, comment, .opaque, Placement(previous: ids[0]))

        let beside = try SourceSplice.apply(
            [edit], to: bytes, spans: file.spans(ids: ids), layout: .verbatim)
        #expect(try parse(beside.bytes, "box.py").units.count == beside.order.count - 1)

        let last = try SourceSplice.apply(
            [edit], to: bytes, spans: file.spans(ids: ids), layout: .opaqueLast)
        #expect(last.bytes == bytes + comment.head)
        let whole = try parse(last.bytes, "box.py")
        #expect(whole.units.count == last.order.count && last.order.last == new)

        let function = UnitText(head: Array("\ndef more():\n    return 2\n\n".utf8))
        let more = FunctionID.derived(
            repository: "r", path: "p", kind: .function, qualifiedName: "more", ordinal: 0)
        let grown = try SourceSplice.apply(
            [.insert(more, function, .function, Placement())], to: last.bytes,
            spans: whole.spans(ids: last.order), layout: .opaqueLast)
        #expect(grown.order.suffix(2) == [more, new])
    }

    // MARK: What a file begins with

    private let script = """
        #!/usr/bin/env python3
        # Copyright of somebody.

        # Counts.
        def count():
            return 1


        def more():
            return 2

        """

    private func splice(_ edit: (_ ids: [FunctionID]) -> SpliceEdit) throws -> String {
        let bytes = Array(script.utf8)
        let file = try parse(bytes, "run.py")
        let ids = ids(file)
        let result = try SourceSplice.apply([edit(ids)], to: bytes, spans: file.spans(ids: ids))
        #expect(try parse(result.bytes, "run.py").units.count == result.order.count)
        return String(decoding: result.bytes, as: UTF8.self)
    }

    @Test func aFirstFunctionThatGoesLeavesTheHeader() throws {
        let left = try splice { .delete($0[0]) }
        #expect(left.hasPrefix("#!/usr/bin/env python3\n# Copyright of somebody.\n\n"))
        #expect(!left.contains("Counts") && left.contains("def more"))
    }

    @Test func whoPutsAnImportFirstBringsNoSecondHeader() throws {
        let head = "#!/usr/bin/env python3\n# Copyright of somebody.\n\n"
        let new = FunctionID.derived(
            repository: "r", path: "p", kind: .imports, qualifiedName: "new", ordinal: 0)
        let grown = try splice {
            .insert(
                new, UnitText(head: Array((head + "import os\n").utf8)), .imports,
                Placement(next: $0[0]))
        }
        #expect(grown.hasPrefix(head + "import os\n"))
        #expect(grown.components(separatedBy: "Copyright").count == 2)
        #expect(grown.components(separatedBy: "#!").count == 2 && grown.contains("# Counts.\ndef"))
    }

    @Test(arguments: [true, false])
    func aFirstFunctionWithANewTextKeepsWhatItsAuthorHas(withHeader: Bool) throws {
        let head = withHeader ? "#!/usr/bin/env python3\n# Copyright of somebody.\n\n" : ""
        let changed = try splice {
            .replace($0[0], UnitText(head: Array((head + "def count():\n    return 3\n").utf8)))
        }
        #expect(changed.hasPrefix("#!/usr/bin/env python3\n"))
        #expect(changed.contains("Copyright") == withHeader)
        #expect(changed.contains("return 3") && !changed.contains("return 1"))
    }

    /// What stood between two blocks of imports goes: they are one then, under the first one's name.
    @Test func blocksWithNothingLeftBetweenThemBecomeOne() throws {
        let bytes = Array(
            "import a\n\n\ndef f():\n    return 1\n\n\nimport b\n\n\ndef g():\n    return 2\n".utf8)
        let file = try parse(bytes, "two.py")
        let ids = ids(file)
        let function = try #require(file.units.firstIndex { $0.qualifiedName == "two::f" })
        let spans = file.spans(ids: ids)

        let apart = try SourceSplice.apply([.delete(ids[function])], to: bytes, spans: spans)
        #expect(try parse(apart.bytes, "two.py").units.count == apart.order.count - 1)

        let joined = try SourceSplice.apply(
            [.delete(ids[function])], to: bytes, spans: spans, layout: .joined)
        #expect(try parse(joined.bytes, "two.py").units.count == joined.order.count)
        #expect(joined.order == [ids[0], ids[ids.count - 1]])
    }

    @Test func aMethodFromAFileWithOtherIndentationKeepsItsMeaning() throws {
        let theirs = Array(
            """
            class Box:
              def more(self):
                if self.value:
                  return 1
                return 2

            """.utf8)
        let remote = try parse(theirs, "box.py")
        let method = try #require(remote.units.first { $0.kind == .method })
        let bytes = Array(python.utf8)
        let file = try parse(bytes, "box.py")
        let ids = ids(file)
        let type = try #require(file.units.firstIndex { $0.kind == .type })
        let new = FunctionID.derived(
            repository: "r", path: "p", kind: .method, qualifiedName: "new", ordinal: 0)

        let result = try SourceSplice.apply(
            [.insert(new, text(method, theirs), .method, Placement(parent: ids[type]))],
            to: bytes, spans: file.spans(ids: ids))

        let whole = try parse(result.bytes, "box.py")
        #expect(!whole.hasErrors)
        let index = try #require(result.order.firstIndex(of: new))
        #expect(whole.units[index].auraID == method.auraID)
        #expect(whole.units[index].parent == type)
        #expect(String(decoding: result.bytes, as: UTF8.self).contains("\n    def more(self):"))
    }
}
