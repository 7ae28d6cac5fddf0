// Annotations with arguments in front of Kotlin's declarations.

import Support
import Testing

@testable import SourceAnalysis

@Suite struct AnnotationArgumentsTests {
    /// Before functions like these the grammar takes the annotation for an expression.
    private static let before = """
        fun first(a: Int): Int {
        }
        /** Tells. */
        fun second(a: Int): Int {
        }

        """
    private static let annotated = """
        @Deco("f (1", b = [2])
        suspend fun <T> List<T>.f(a: T): Int {
        }

        """
    private static let after = """
        data class Last(val a: Int) {
            fun member(): Int {
            }
        }

        """

    @Test func anAnnotationBelongsToItsFunctionWhateverStandsAround() throws {
        let among = try Sample(Self.before + Self.annotated + Self.after, "m.kt")
        let alone = try Sample(Self.annotated, "m.kt")

        #expect(!among.fullOutline.contains { $0.hasPrefix("opaque") })
        #expect(try among.head("f") == Self.annotated)
        #expect(try among.unit("f").auraID == alone.unit("f").auraID)
    }

    @Test func argumentsCount() throws {
        let other = Self.annotated.replacing("[2]", with: "[3]")
        #expect(try auraID("f", in: Self.annotated, "m.kt") != auraID("f", in: other, "m.kt"))
    }

    @Test(arguments: [
        ("@A(1) @b.C(\"\"\"x)\"\"\") fun f() {}\n", "@A___ @b.C__________ fun f() {}\n"),
        ("@file:A(\n  1)\n", "@file:A______\n"),
        ("    @A(1)\nfun f() {}\n", nil),
        ("@A (1)\n", nil),
        ("@A(\"\n", nil),
    ])
    func whatTheParserIsShown(text: String, shown: String?) {
        let bytes = Array(text.utf8)
        let masked = bytes.withUnsafeBufferPointer { AnnotationArguments.masked($0) }
        #expect(masked.map { String(decoding: $0, as: UTF8.self) } == shown)
    }
}
