// Headers of C that C++ may read too.

import Support
import Testing

@testable import SourceAnalysis

@Suite struct LinkageFrameTests {
    private static let header = """
        #ifndef M_H
        #define M_H
        #include <stddef.h>
        #ifdef __cplusplus
        extern "C" {
        #endif

        /* Adds. */
        int add(int a, int b);
        static inline int twice(int a)
        {
            return a + a;
        }
        #ifdef __cplusplus
        } /* extern "C" */
        #endif
        #endif /* M_H */

        """

    @Test(arguments: ["m.h", "m.hpp"])
    func whatIsInAFrameIsUnitsOfItsOwn(path: String) throws {
        let sample = try Sample(Self.header, path)
        #expect(!sample.file.hasErrors && !sample.file.hasContainerError)
        let named = sample.file.units.filter { $0.kind != .opaque }.map(\.name)
        #expect(named == ["M_H", "(imports)", "add", "twice"])
        let texts = sample.file.units.map { sample.text($0.head) }
        #expect(texts.joined() == Self.header)
        // A function that goes leaves the frame where it is.
        let frames = zip(sample.file.units, texts).filter { $1.contains("__cplusplus") }
        #expect(frames.count == 2 && frames.allSatisfy { $0.0.kind == .opaque })
    }

    @Test func anEditOfAFunctionIsNoneOfTheFrame() throws {
        let before = try Sample(Self.header, "m.h").file.units
        let after = try Sample(
            Self.header.replacing("return a + a;", with: "return 2 * a;"), "m.h"
        ).file.units
        let changed = zip(before, after).filter { $0.auraID != $1.auraID }.map(\.0.name)
        #expect(before.count == after.count && changed == ["twice"])
    }

    @Test(arguments: [
        "#if defined(__cplusplus)\nextern \"C\"\n{\n#endif\nint f(void);\n#if defined(__cplusplus)\n}\n#endif\n",
        "#  ifdef __cplusplus /* C++ */\nextern \"C\" { // begin\n#  endif\nint f(void);\n#  ifdef __cplusplus\n}\n#  endif // end\n",
        "#ifdef __cplusplus\r\nextern \"C\" {\r\n#endif\r\nint f(void);\r\n#ifdef __cplusplus\r\n}\r\n#endif\r\n",
        "#if defined __cplusplus\n\nextern \"C\" {\n#endif\nint f(void);\n#ifdef __cplusplus\n}\n#endif",
    ])
    func formsOfTheFrame(text: String) throws {
        let file = try Sample(text, "m.h").file
        #expect(!file.hasErrors && !file.hasContainerError)
        #expect(file.units.contains { $0.name == "f" && $0.auraID != nil })
    }

    @Test(arguments: [
        "int f(void);\n",
        "#ifdef __cplusplus\nextern \"C\" {\n#endif\nint f(void);\n",
        "#ifdef __cplusplus\n}\n#endif\nint f(void);\n",
        "#ifdef __cplusplus\nclass A;\n#endif\nint f(void);\n",
        "#ifdef __cplusplus\nextern \"C\" {\n#else\nint g(void);\n#endif\n#ifdef __cplusplus\n}\n#endif\n",
    ])
    func whatIsNoWholeFrameIsShownAsItIs(text: String) {
        let bytes = Array(text.utf8)
        #expect(bytes.withUnsafeBufferPointer { LinkageFrame.masked($0) } == nil)
    }

    @Test func everyOtherByteStaysInItsPlace() throws {
        let bytes = Array(Self.header.utf8)
        let shown = try #require(bytes.withUnsafeBufferPointer { LinkageFrame.masked($0) })
        #expect(shown.count == bytes.count)
        let opening = Array("#ifdef __cplusplus\nextern \"C\" {\n#endif".utf8)
        let closing = Array("#ifdef __cplusplus\n} /* extern \"C\" */\n#endif".utf8)
        let hidden = [opening, closing].flatMap { half -> [Int] in
            let start = bytes.indices.first { bytes[$0...].starts(with: half) } ?? 0
            return Array(start..<start + half.count)
        }
        let changed = Set(bytes.indices.filter { bytes[$0] != shown[$0] })
        #expect(!changed.isEmpty && changed.isSubset(of: hidden))
    }
}
