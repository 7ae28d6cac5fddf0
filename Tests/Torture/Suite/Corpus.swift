// The corpus of the fuzzers: the same bytes in every run, made of what a reader expects.

/// Inputs that have broken readers of their kind, made of what the reader expects.
public enum Corpus {
    public static func made(of sample: [UInt8]) -> [(name: String, bytes: [UInt8])] {
        var corpus: [(name: String, bytes: [UInt8])] = [
            ("nothing", []), ("one zero", [0]), ("zeros", [UInt8](repeating: 0, count: 4096)),
            ("ones", [UInt8](repeating: 0xFF, count: 4096)),
            ("longest number", [UInt8](repeating: 0x80, count: 32)),
            ("twice", sample + sample), ("backwards", sample.reversed()),
            ("behind a mark", [0xEF, 0xBB, 0xBF] + sample),
            ("half", Array(sample.prefix(sample.count / 2))),
            ("without its end", Array(sample.dropLast())),
            ("with more", sample + [0x7D, 0x0A]),
            ("another format", Array("SQLite format 3\0".utf8) + sample),
            ("not UTF-8", sample.map { $0 == 0x61 ? 0xC3 : $0 }),
        ]
        for (name, text) in texts { corpus.append((name, Array(text.utf8))) }
        for (name, old, new) in swaps {
            let text = String(decoding: sample, as: UTF8.self)
            corpus.append((name, Array(text.replacing(old, with: new).utf8)))
        }
        return corpus
    }

    private static let texts: [(String, String)] = [
        ("a deep list", String(repeating: "[", count: 100_000)),
        (
            "a deep object",
            String(repeating: "{\"a\":", count: 5000) + "1" + String(repeating: "}", count: 5000)
        ),
        ("half a surrogate", "{\"v\":1,\"type\":\"ping\",\"id\":1,\"nonce\":\"\\ud800\"}"),
        ("a number without end", "{\"v\":1e999,\"type\":\"ping\",\"id\":" + digits + "}"),
        ("one key twice", "{\"v\":1,\"v\":2,\"type\":\"bye\",\"id\":1,\"id\":2}"),
        ("a table without a name", "[]\n[[]]\n[.]\n"),
        ("a deep table", String(repeating: "a = [", count: 20_000)),
        ("a long key", String(repeating: "a.", count: 5_000) + "b = 1\n"),
        ("a number too large", "[live.scan]\ntick_ms = " + digits + "\n"),
        ("a date for a number", "[live.scan]\ntick_ms = 1979-05-27T07:32:00Z\n"),
        ("a text without end", "[live]\nroom = \"\"\"\n"),
    ]

    private static let digits = String(repeating: "9", count: 400)

    private static let swaps: [(String, String, String)] = [
        ("numbers below zero", ":1", ":-1"), ("numbers for texts", "\":\"", "\":7,\"x\":\""),
        ("nothing for values", ":1", ":null"), ("another version", "version\":1", "version\":2"),
        ("largest numbers", ":1", ":18446744073709551615"), ("settings below zero", "= ", "= -"),
        ("settings for lists", "= ", "= [["),
    ]
}
