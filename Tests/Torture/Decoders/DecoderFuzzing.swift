// Bytes that nobody wrote, for every decoder: a corpus that is the same each time, and mutations
// drawn by a seed. No decoder may crash, hang, throw what has no next step, or take in what it then
// writes otherwise.

import TortureSuite

public struct DecoderFuzzing: Sendable {
    private let tally: Tally
    private let loop: FuzzLoop

    public init(_ tally: Tally, seed: UInt64) {
        self.tally = tally
        // A look at some kilobytes takes a millisecond, without optimisation and on a busy machine a
        // few hundred times that.
        loop = FuzzLoop(tally, seed: seed, lookMax: .seconds(5))
    }

    /// Mutates for so long, or so often.
    public func run(_ decoder: Decoder, atMost duration: Duration, cases: Int = .max) {
        loop.run(decoder.name, atMost: duration, cases: cases) { number, what, random in
            let sample = decoder.samples[number % decoder.samples.count]
            let bytes =
                decoder.isText && number % 2 == 0
                ? TextMutation.mutated(sample, &random) : Mutation.mutated(sample, &random)
            look(bytes, decoder, what)
        }
    }

    /// Every sample, and all of the corpus.
    ///
    /// - Returns: how many were taken in.
    @discardableResult
    public func replay(_ decoder: Decoder) -> Int {
        var taken = 0
        for sample in decoder.samples {
            let what = "sample of \(decoder.name)"
            loop.look(what, counting: what) {
                if look(sample, decoder, what) { taken += 1 }
            }
            for (name, bytes) in Corpus.made(of: sample) {
                let what = "corpus \(name) of \(decoder.name)"
                loop.look(what, counting: "corpus of \(decoder.name)") {
                    look(bytes, decoder, what)
                }
            }
        }
        return taken
    }

    /// - Returns: whether it was taken in.
    @discardableResult
    private func look(_ bytes: [UInt8], _ decoder: Decoder, _ what: String) -> Bool {
        do {
            switch try decoder.look(bytes) {
            case .taken: return true
            case .refused: return false
            case .altered(let difference):
                tally.broke("\(what): \(difference)")
            }
        } catch {
            tally.broke("\(what): throws \(error), which names no next step")
        }
        return false
    }
}

extension Decoder {
    fileprivate var isText: Bool {
        samples.allSatisfy { sample in sample.allSatisfy { $0 >= 0x20 || $0 == 0x0A } }
    }
}

/// Changes that leave most of a text what it was: words and numbers take each other's places.
enum TextMutation {
    private static let pieces = [
        "-1", "0", "1e308", "18446744073709551616", "null", "true", "\"\"", "{}", "[]", "\\u0000",
        "\\ud83d", "\u{202E}", "é", "\"", ":", ",", "}", "]", "=", "\n", "#", ".", "  ",
    ]

    static func mutated(
        _ bytes: [UInt8], _ random: inout some RandomNumberGenerator
    ) -> [UInt8] {
        var words = String(decoding: bytes, as: UTF8.self)
            .split(omittingEmptySubsequences: false) { ",:{}[]=\n\"".contains($0) }
            .map(String.init)
        let joints = String(decoding: bytes, as: UTF8.self).filter { ",:{}[]=\n\"".contains($0) }
        for _ in 0..<Int.random(in: 1...4, using: &random) where words.count > 1 {
            let at = Int.random(in: words.indices, using: &random)
            words[at] =
                Bool.random(using: &random)
                ? words[Int.random(in: words.indices, using: &random)]
                : pieces[Int.random(in: pieces.indices, using: &random)]
        }
        var text = ""
        for (word, joint) in zip(words, Array(joints).map(String.init) + [""]) {
            text += word + joint
        }
        return Array(text.utf8)
    }
}
