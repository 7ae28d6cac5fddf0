// Things made up to look like secrets, one for every class a bundle must not hold. They are
// planted, scrubbed with everything else, and looked for in the finished bytes: whichever is found
// there shows a hole in the rule that should have caught it.

import Redaction
import Support

/// One made-up secret or name in its usual surroundings.
struct Canary: Sendable {
    /// As it would stand in a file: `Authorization: Bearer …`.
    let text: String
    /// The part that must not survive.
    let secret: String
    /// A name rather than a secret: looked for as a whole.
    var isName = false
    /// What the redactor must know beforehand to see it.
    var known: Known?

    enum Known: Sendable {
        case secret(name: String)
        case identity(KnownValues.Identity.Kind)
    }
}

/// A class of canaries.
struct CanaryClass: Sendable {
    /// `github-token`.
    let name: String
    /// The rule that has to catch it.
    let rule: RedactionRule
    let make: @Sendable (inout Letters) -> Canary

    init(
        _ name: String, _ rule: RedactionRule, _ make: @escaping @Sendable (inout Letters) -> Canary
    ) {
        self.name = name
        self.rule = rule
        self.make = make
    }

    /// A secret behind its words: `prefix` and `suffix` may stay, `secret` may not.
    init(
        _ name: String, _ rule: RedactionRule, _ prefix: String,
        _ secret: @escaping @Sendable (inout Letters) -> String, _ suffix: String = ""
    ) {
        self.init(name, rule) { letters in
            let secret = secret(&letters)
            return Canary(text: prefix + secret + suffix, secret: secret)
        }
    }
}

/// Random text of chosen alphabets.
struct Letters {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    static let digits = Array("0123456789")
    static let upper = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    static let lower = Array("abcdefghijklmnopqrstuvwxyz")
    static let hexadecimal = Array("0123456789abcdef")
    static let base32 = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    static let base62 = digits + upper + lower
    static let base64 = base62 + Array("+/")
    /// What people put into passwords, apart from what ends a value somewhere.
    static let password = base62 + Array("!.+~*_-")

    mutating func some(_ count: Int, of alphabet: [Character]) -> String {
        String((0..<count).map { _ in alphabet.randomElement(using: &generator) ?? "x" })
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &generator)
    }

    /// A password that a dictionary does not hold and that has letters of three kinds.
    mutating func password() -> String {
        some(1, of: Self.upper) + some(14, of: Self.password) + some(1, of: Self.digits)
            + some(2, of: Self.lower)
    }

    /// Letters and digits that are no word of any language: what follows `-p` may be a port or a
    /// path as well.
    mutating func opaque() -> String {
        (0..<4).map { _ in
            some(2, of: Self.digits) + some(2, of: Self.upper) + some(2, of: Self.lower)
        }.joined()
    }

    mutating func word(_ count: Int = 11) -> String { some(count, of: Self.lower) }

    /// Base64url of a JSON object, as web tokens begin.
    mutating func json(_ text: String) -> String {
        Wrapping.base64(Array(text.utf8), isURL: true)
    }
}
