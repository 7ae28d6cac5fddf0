// Every class in every transport, anywhere in a file, read in pieces of any size.

import Foundation
import Redaction
import Support
import Testing

@Suite struct CorpusTests {
    private func check(_ item: Planted, _ output: [UInt8], _ seed: UInt64) {
        // Printed as it is, a text that holds NUL ends the report.
        let left = item.survivor(in: output)?.debugDescription
        #expect(
            left == nil,
            """
            seed \(seed): \(item.className) in \(item.transport) left \(left ?? "")
            \(String(decoding: output.prefix(600), as: UTF8.self).debugDescription)
            planted as \(String(decoding: item.bytes.prefix(900), as: UTF8.self).debugDescription)
            """)
    }

    private func kind(_ item: Planted) -> ContentKind { ContentKind(rawValue: item.kind) ?? .log }

    /// Two that are always the same, and one that is drawn; `AURA_SEED=N` runs that one.
    private static let seeds: [UInt64] =
        ProcessInfo.processInfo.environment["AURA_SEED"].flatMap(UInt64.init).map { [$0] }
        ?? [11, 12, .random(in: 1...1_000_000)]

    @Test(arguments: seeds)
    func nothingPlantedIsLeft(seed: UInt64) throws {
        let redactor = try Bench.redactor()
        var random = SeededGenerator(seed: seed)
        for planted in PlantedClass.all {
            for transport in Transport.allCases {
                guard let item = transport.plant(planted, &random) else { continue }
                let output = try redactor.redact(item.bytes, as: kind(item)).bytes
                check(item, output, seed)
            }
        }
    }

    /// Text that was redacted is not redacted again.
    @Test(arguments: seeds)
    func aSecondPassChangesNothing(seed: UInt64) throws {
        let redactor = try Bench.redactor()
        var random = SeededGenerator(seed: seed)
        for planted in PlantedClass.all {
            for transport in Transport.allCases {
                guard let item = transport.plant(planted, &random) else { continue }
                let once = try redactor.redact(item.bytes, as: kind(item)).bytes
                let twice = try redactor.redact(once, as: kind(item)).bytes
                #expect(
                    once == twice,
                    """
                    seed \(seed): \(planted.name) in \(transport)
                    \(String(decoding: once.prefix(500), as: UTF8.self))
                    \(String(decoding: twice.prefix(500), as: UTF8.self))
                    """)
            }
        }
    }

    /// A file of ordinary lines with secrets strewn in, fed in random pieces: the same bytes come
    /// out as in one piece, and nothing planted.
    @Test(arguments: [31, 32, 33] as [UInt64])
    func piecesOfAnySizeGiveTheSameBytes(seed: UInt64) throws {
        let redactor = try Bench.redactor()
        var random = SeededGenerator(seed: seed)
        let transports: [Transport] = [
            .plain, .logfmt, .json, .json2, .base64, .hex, .url, .pemPrefix,
        ]
        var file: [UInt8] = []
        var items: [Planted] = []
        for _ in 0..<60 {
            for line in OrdinaryTests.ordinary(&random).shuffled(using: &random).prefix(4) {
                file += Array("2026-05-04T10:20:30.400Z INFO  live::sync \(line)\n".utf8)
            }
            let planted = PlantedClass.all[Draw.number(0..<PlantedClass.all.count, &random)]
            let transport = transports[Draw.number(0..<transports.count, &random)]
            guard let item = transport.plant(planted, &random) else { continue }
            file += item.bytes
            items.append(item)
        }
        let whole = try redactor.redact(file, as: .log).bytes
        var stream = redactor.stream(as: .log)
        var pieces = Redacted.empty
        var index = 0
        while index < file.count {
            let next = min(file.count, index + Draw.number(1..<4000, &random))
            pieces.append(try stream.feed(Array(file[index..<next])))
            index = next
        }
        pieces.append(try stream.finish())

        #expect(pieces.bytes == whole, "seed \(seed)")
        #expect(pieces.report.bytesIn == file.count)
        for item in items { check(item, whole, seed) }
    }

    @Test func randomAndMangledBytesNeverCrashAndNeverComeBackLonger() throws {
        let redactor = try Bench.redactor()
        let seed: UInt64 = 41
        var random = SeededGenerator(seed: seed)
        for round in 0..<150 {
            let planted = PlantedClass.all[round % PlantedClass.all.count]
            let transport = Transport.allCases[Draw.number(0..<Transport.allCases.count, &random)]
            var bytes = transport.plant(planted, &random)?.bytes ?? Draw.bytes(300, &random)
            for _ in 0..<6 where !bytes.isEmpty {
                let at = Draw.number(0..<bytes.count, &random)
                switch Draw.number(0..<4, &random) {
                case 0: bytes[at] = UInt8.random(in: .min ... .max, using: &random)
                case 1: bytes.remove(at: at)
                case 2: bytes.insert(contentsOf: Array("\\\"'={[".utf8), at: at)
                default: bytes.insert(contentsOf: bytes.suffix(20), at: at)
                }
            }
            for kind in ContentKind.allCases {
                do throws(RedactionFailure) {
                    let result = try redactor.redact(bytes, as: kind)
                    #expect(result.report.bytesOut == result.bytes.count)
                } catch {
                    guard case .notText = error else {
                        Issue.record("seed \(seed), round \(round): \(error)")
                        continue
                    }
                }
            }
        }
    }
}
