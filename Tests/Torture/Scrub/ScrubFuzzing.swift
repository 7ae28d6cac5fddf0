// Bytes that nobody wrote, for the redactor and for the reader of bundles. The redactor never
// crashes, gives the same bytes however its input is cut, and changes nothing of what it gave; the
// reader refuses by name what is no bundle, and takes neither long nor much memory for it.

import Foundation
import Redaction
import Support
import TortureSuite

/// What the bytes are for.
public enum ScrubTarget: String, CaseIterable, Sendable {
    case redactor
    case bundle
}

public struct ScrubFuzzing: Sendable {
    private let tally: Tally
    private let loop: FuzzLoop

    public init(_ tally: Tally, seed: UInt64) {
        self.tally = tally
        // A look at some kilobytes takes a millisecond, without optimisation thirty.
        loop = FuzzLoop(tally, seed: seed, lookMax: .seconds(5))
    }

    /// Mutates for so long, or so often.
    public func run(
        _ target: ScrubTarget, atMost duration: Duration, cases: Int = .max
    ) throws {
        let redactor = try Self.redactor()
        let reader = try BundleArena()
        defer { reader.remove() }
        try loop.run("\(target)", atMost: duration, cases: cases) { _, what, random in
            switch target {
            case .redactor: try redact(redactor, what, &random)
            case .bundle: try reader.look(what, tally, &random)
            }
        }
    }

    private static let secret = "brass lantern over wide water 77"

    private static func redactor() throws -> Redactor {
        Redactor(
            policy: RedactionPolicy(key: try AliasKey(bytes: [UInt8](repeating: 7, count: 32))),
            known: KnownValues(
                secrets: [.init(name: "gate", value: secret)],
                identities: [.init(.user, "mirela"), .init(.host, "quartzbox")]))
    }

    private func redact(
        _ redactor: Redactor, _ what: String, _ random: inout SeededGenerator
    ) throws {
        let bytes = Fragments.text(&random, secret: Self.secret)
        let kind = ContentKind.allCases.randomElement(using: &random) ?? .log
        let once: Redacted
        do throws(RedactionFailure) { once = try redactor.redact(bytes, as: kind) } catch {
            // Noise is refused, and nothing else is.
            if case .notText = error { return }
            return tally.broke("\(what): \(error)")
        }
        if once.report.bytesOut != once.bytes.count || once.report.bytesIn != bytes.count {
            tally.broke("\(what): the report miscounts")
        }
        if String(decoding: once.bytes, as: UTF8.self).contains(Self.secret) {
            tally.broke("\(what): a known secret is left")
        }
        if let pieces = try cut(bytes, redactor, kind, &random), pieces != once.bytes {
            tally.broke("\(what): in pieces it comes out otherwise")
        }
        let twice: Redacted
        do throws(RedactionFailure) { twice = try redactor.redact(once.bytes, as: kind) } catch {
            return tally.broke("\(what): what came out is refused: \(error)")
        }
        if twice.bytes != once.bytes {
            tally.broke(
                "\(what): a second pass changes something, as \(kind)"
                    + Self.difference(once.bytes, twice.bytes))
        }
    }

    /// The places where two texts differ first.
    private static func difference(_ one: [UInt8], _ two: [UInt8]) -> String {
        let at = zip(one, two).prefix { $0 == $1 }.count
        func piece(_ bytes: [UInt8]) -> String {
            let part = bytes[max(0, min(at, bytes.count) - 60)..<min(bytes.count, at + 60)]
            return String(decoding: part, as: UTF8.self).debugDescription
        }
        return " at \(at)\n    \(piece(one))\n    \(piece(two))"
    }

    private func cut(
        _ bytes: [UInt8], _ redactor: Redactor, _ kind: ContentKind,
        _ random: inout SeededGenerator
    ) throws -> [UInt8]? {
        var stream = redactor.stream(as: kind)
        var result = Redacted.empty
        var at = 0
        while at < bytes.count {
            let next = min(bytes.count, at + Int.random(in: 1...700, using: &random))
            result.append(try stream.feed(Array(bytes[at..<next])))
            at = next
        }
        result.append(try stream.finish())
        return result.bytes
    }
}

/// Pieces that rules look for, put together at random and then damaged.
enum Fragments {
    private static let pieces: [String] = [
        "password=", "token: ", "api_key\":\"", "Authorization: Bearer ", "Cookie: sid=", "ghp_",
        "sk_live_", "AKIA", "eyJhbGciOiJub25l.", "-----BEGIN PRIVATE KEY-----\n",
        "-----END PRIVATE KEY-----\n", "postgres://svc:", "@db.internal.corp:5432/main",
        "https://app.orlo.com/cb?code=", "&page=2", "machine a login b password ", "-u svc:",
        " -p ", "--token ", "@@ -1,3 +1,4 @@ fn a()\n", "<<<<<<< ours\n", ">>>>>>> theirs\n",
        "14 |   let x = y;\n", "   ^^^\n", "body=", "\"before\":\"", "10.1.2.3", "2a01:4f8::77",
        "a4:83:e7:11:22:33", "/home/mirela/x", "did:key:z6Mk", "ada@orlo.co.uk", "quartzbox",
        "device=", "=3D", "=\n", "\\n", "\\\\n", "\\u0041", "\\\"", "%41%42", "%2525", "&#65;",
        "&quot;", "\u{1B}[1;31m", "\u{1B}[0m", "\0", "\n", "\n    ", " ", "{\"a\":\"", "\"}", "[",
        "]", ",",
        "2026-05-04T10:20:30.400Z INFO ", "note: ", "12345678901234.5", "::", "...", "\u{FEFF}",
    ]

    static func text(_ random: inout SeededGenerator, secret: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...60, using: &random) {
            switch Int.random(in: 0...9, using: &random) {
            case 0...5: bytes += (pieces.randomElement(using: &random) ?? "").utf8
            case 6: bytes += word("abcdefghijklmnopqrstuvwxyz", &random)
            case 7: bytes += word("ABCDEFabcdefghijklmnop0123456789+/-_", &random)
            case 8: bytes += Data(word("abc =:\"\n{}", &random)).base64EncodedString().utf8
            default: bytes += secret.utf8
            }
        }
        for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
            let at = Int.random(in: bytes.indices, using: &random)
            switch Int.random(in: 0...2, using: &random) {
            case 0: bytes[at] = UInt8.random(in: .min ... .max, using: &random)
            case 1: bytes.remove(at: at)
            default: bytes.insert(contentsOf: bytes.suffix(20), at: at)
            }
        }
        return bytes
    }

    private static func word(_ letters: String, _ random: inout SeededGenerator) -> [UInt8] {
        let alphabet = Array(letters.utf8)
        return (0..<Int.random(in: 1...70, using: &random)).map { _ in
            alphabet.randomElement(using: &random) ?? 65
        }
    }
}
