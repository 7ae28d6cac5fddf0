// Identities: derived ids agree between clones, digests and hexadecimal text round-trip.

import Testing

@testable import Support

@Suite struct IdentityTests {
    @Test func derivedIdsDependOnEveryPart() {
        let reference = FunctionID.derived(
            repository: "r", path: "a.py", kind: .function, qualifiedName: "a::f", ordinal: 0)
        let others = [
            FunctionID.derived(
                repository: "s", path: "a.py", kind: .function, qualifiedName: "a::f", ordinal: 0),
            FunctionID.derived(
                repository: "r", path: "b.py", kind: .function, qualifiedName: "a::f", ordinal: 0),
            FunctionID.derived(
                repository: "r", path: "a.py", kind: .method, qualifiedName: "a::f", ordinal: 0),
            FunctionID.derived(
                repository: "r", path: "a.py", kind: .function, qualifiedName: "a::g", ordinal: 0),
            FunctionID.derived(
                repository: "r", path: "a.py", kind: .function, qualifiedName: "a::f", ordinal: 1),
        ]

        #expect(
            reference
                == .derived(
                    repository: "r", path: "a.py", kind: .function, qualifiedName: "a::f",
                    ordinal: 0))
        #expect(Set(others + [reference]).count == 6)
    }

    @Test func digestMatchesTheStandardVector() {
        #expect(
            ContentDigest.of(Array("abc".utf8)).hex
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test(arguments: ["0", "zz", "0g", "abc"])
    func invalidHexadecimalIsRefused(text: String) {
        #expect(Hex.decode(text) == nil)
    }

    @Test func seededGeneratorsRepeatTheirSequence() {
        var first = SeededGenerator(seed: 42)
        var second = SeededGenerator(seed: 42)
        var other = SeededGenerator(seed: 43)

        let values = (0..<8).map { _ in first.next() }

        #expect(values == (0..<8).map { _ in second.next() })
        #expect(values != (0..<8).map { _ in other.next() })
    }
}
