// What is packed and stands where text is expected: it is unpacked and scrubbed, or it does not go in.

import Foundation
import Redaction
import Support
import Testing

@testable import IssueBundle

@Suite struct PackedContentTests {
    private static let secret = "heron-lantern-4471-quay"

    /// A zip with one packed member: header, deflated bytes, directory's end.
    private static func zip(_ content: [UInt8]) throws -> [UInt8] {
        let packed = try HandTar.gzip(content).dropFirst(10).dropLast(8)
        return [0x50, 0x4B, 3, 4, 20, 0, 0, 0, 8, 0] + [UInt8](repeating: 0, count: 8)
            + [UInt8(packed.count & 255), UInt8(packed.count >> 8), 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]
            + Array("x".utf8) + packed + Array("PK\u{5}\u{6}".utf8)
            + [UInt8](repeating: 0, count: 18)
    }

    private static func packed(_ format: String) throws -> [UInt8] {
        let content = Array("password=\(secret)\n".utf8)
        switch format {
        case "zip": return try zip(content)
        case "gzip": return try HandTar.gzip(content)
        default:
            // What only a program of its own would pack: its mark, and bytes without order.
            let magics: [String: [UInt8]] = [
                "xz": [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "zstd": [0x28, 0xB5, 0x2F, 0xFD],
                "bzip2": Array("BZh91AY&SY".utf8), "7z": [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C],
            ]
            var random = SeededGenerator(seed: 9)
            return (magics[format] ?? [])
                + (0..<900).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        }
    }

    @Test(arguments: ["zip", "gzip", "xz", "zstd", "bzip2", "7z", "noise"])
    func packedBytesInTheMiddleOfALogDoNotGetOut(format: String) throws {
        let scratch = try Sample.prepared()
        let packed = try Self.packed(format)
        let (before, after) = (Sample.logs(200, "before"), Sample.logs(200, "after"))
        try scratch.write("logs/agent.jsonl", Array(before.utf8) + packed + Array(after.utf8))
        var request = Sample.request(scratch)
        request.sources = [request.sources[0]]

        _ = try BundleMaker(request, gate: .open, wrappings: [.plain]).make()

        let log = try #require(try Sample.members(request.path)["logs/agent.jsonl"])
        let text = String(decoding: log, as: UTF8.self)
        for place in stride(from: 0, to: packed.count - 24, by: 24) {
            // What a block of noise begins with may read as text.
            guard format != "noise" || place > 256 else { continue }
            #expect(!log.holds(Array(packed[place..<place + 24])), "byte \(place)")
        }
        for number in [0, 100, 198] {
            #expect(text.contains("before \(number)\"") && text.contains("after \(number + 1)\""))
        }
    }

    @Test(arguments: ["zip", "xz", "zstd", "bzip2", "7z"])
    func aFileThatIsPackedOtherwiseIsLeftOutAndListed(format: String) throws {
        let scratch = try Sample.prepared()
        try scratch.write("logs/agent.2.jsonl", try Self.packed(format))
        var request = Sample.request(scratch)
        request.sources = [request.sources[0]]

        let summary = try BundleMaker(request, gate: .open, wrappings: [.plain]).make()

        #expect(try Sample.members(request.path)["logs/agent.2.jsonl"] == nil)
        #expect(summary.omissions.contains { $0.member == "logs/agent.2.jsonl" })
    }

    @Test func packedBytesInLettersAreTakenToo() throws {
        for format in ["zip", "gzip", "xz", "zstd", "bzip2", "7z"] {
            let letters = Data(try Self.packed(format)).base64EncodedString()
            let line = "{\"attachment\":\"\(letters)\",\"n\":4}\n"
            let scrubbed = try Sample.redactor().redact(Array(line.utf8), as: .log).bytes
            let text = String(decoding: scrubbed, as: UTF8.self)
            #expect(!text.contains(letters.prefix(24)) && text.contains("\"n\":4"), "\(format)")
        }
    }
}

extension [UInt8] {
    fileprivate func holds(_ part: [UInt8]) -> Bool {
        indices.dropLast(part.count - 1).contains { self[$0...].starts(with: part) }
    }
}
