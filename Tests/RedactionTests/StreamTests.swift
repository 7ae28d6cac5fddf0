// Files that do not fit a window: lines without end, keys across its edge, values that fill it.

import Redaction
import Support
import Testing

@Suite struct StreamTests {
    private func run(_ parts: [[UInt8]], as kind: ContentKind = .log) throws -> (Redacted, Int) {
        var stream = try Bench.redactor().stream(as: kind)
        var result = Redacted.empty
        var held = 0
        var given = 0
        for part in parts {
            result.append(try stream.feed(part))
            given += part.count
            held = max(
                held, given - result.report.bytesIn + (result.report.bytesIn - result.bytes.count))
        }
        result.append(try stream.finish())
        return (result, held)
    }

    private static let line = Array(
        "2026-05-04T10:20:30.400Z INFO  live::sync wal append seq=7 len=9 kind=OUTBOUND\n".utf8)

    private func lines(_ bytes: Int) -> [UInt8] {
        Array(repeatElement(Self.line, count: bytes / Self.line.count).joined())
    }

    @Test func aSecretAcrossTheEdgeOfAWindowIsSeen() throws {
        let secret = "ghp_" + String(repeating: "aB3dE6", count: 6)
        for shift in [0, 7, 19, 33, 52] {
            // Around the end of a window less what is held back, and around the end itself.
            for edge in [720 << 10, 768 << 10] {
                var file = lines(edge - 200)
                file += Array(repeating: UInt8(ascii: "#"), count: edge - file.count - shift)
                file += Array(" handshake used \(secret) now\n".utf8) + lines(300 << 10)
                let (result, _) = try run([file])
                #expect(!result.bytes.holds(Array("aB3dE6aB".utf8)), "edge \(edge) shift \(shift)")
                #expect(result.bytes.count == file.count - secret.utf8.count + 21)
            }
        }
    }

    @Test func aLineWithoutEndIsReadInBoundedMemory() throws {
        let element = Array(#"{"noise":"scan tick took 4ms","n":12},"#.utf8)
        let secret = Array(#"{"api_key":"77aa88bb99cc00dd77aa88bb99cc00dd","n":1},"#.utf8)
        var parts: [[UInt8]] = [[91]]
        for _ in 0..<40 {
            parts.append(Array(repeatElement(element, count: 2000).joined()) + secret)
        }
        let (result, held) = try run(parts)

        #expect(!result.bytes.holds(Array("77aa88bb".utf8)))
        #expect(result.report.rules == [.keyedSecret: 40])
        #expect(held < 2 << 20, "held \(held) bytes")
    }

    @Test func aKeyOfManyLinesWithTimesBeforeThemIsSeenAcrossWindows() throws {
        var random = SeededGenerator(seed: 3)
        let pem = Draw.pem("RSA PRIVATE KEY", 2400, &random)
        let head = "2026-05-04T10:20:30.400Z INFO  live::sync "
        for edge in [718 << 10, 719 << 10, 720 << 10] {
            let file =
                lines(edge)
                + Array((head + pem.replacing("\n", with: "\n" + head) + "\n").utf8)
                + lines(400 << 10)
            let (result, _) = try run([file])
            for part in pem.split(separator: "\n").dropFirst().dropLast() {
                #expect(!result.bytes.holds(Array(part.utf8.prefix(12))))
            }
        }
    }

    @Test func aValueThatFillsWindowsIsDroppedWhole() throws {
        let part = Array(
            repeatElement(Array("dGhpcyBpcyBzZWNyZXQgdGV4dCB0aGF0".utf8), count: 20_000).joined())
        let (result, held) = try run([Array("payload=".utf8), part, part, Array(" len=4\n".utf8)])
        let output = String(decoding: result.bytes, as: UTF8.self)

        #expect(
            output.hasPrefix("payload=REDACTED-") && output.hasSuffix(" len=4\n"),
            "\(output.prefix(200))")
        #expect(result.bytes.count < 200)
        #expect(held < 2 << 20)
    }

    @Test func utf16StaysUTF16() throws {
        let text = "time=1 password=Fox77den höst=ok\n"
        for isBig in [false, true] {
            let bytes = Array(("\u{FEFF}" + text).utf16).flatMap { unit -> [UInt8] in
                let pair = [UInt8(unit >> 8), UInt8(unit & 255)]
                return isBig ? pair : pair.reversed()
            }
            let (result, _) = try run(bytes.map { [$0] })
            let units = stride(from: 0, to: result.bytes.count - 1, by: 2).map {
                UInt16(result.bytes[$0 + (isBig ? 0 : 1)]) << 8
                    | UInt16(result.bytes[$0 + (isBig ? 1 : 0)])
            }
            #expect(
                String(decoding: units, as: UTF16.self)
                    == "\u{FEFF}time=1 password=REDACTED-password höst=ok\n")
        }
    }

    @Test func bytesThatAreNoUTF8ComeOutAsTheyWere() throws {
        let bytes: [UInt8] =
            Array("caf\u{E9} ".unicodeScalars.map { UInt8($0.value) }) + [0xFF, 0xC3, 10]
        let (result, _) = try run([bytes])
        #expect(result.bytes == bytes)
    }

    /// A tag in the header of a key is no place to begin again from.
    @Test(arguments: ["Proc-Type: 4<x", "Version: 1\n<", "DEK-Info: AES<b>x</b>", "A:<", "<A:<"])
    func aKeyWithATagInItsHeaderEnds(header: String) throws {
        let text = "x -----BEGIN PRIVATE KEY-----\n\(header)\nrest of it\n"
        for kind in ContentKind.allCases {
            #expect(try !Bench.redactor().redact(Array(text.utf8), as: kind).bytes.isEmpty)
        }
    }
}
