// Every CRC32C implementation that can run here gives the same answer.

import CHardware
import Support
import Testing

@testable import WriteAheadLog

@Suite struct ChecksumTests {
    typealias Implementation = @Sendable (UInt32, UnsafeRawPointer?, Int) -> UInt32

    /// Those that can run on this machine.
    static var implementations: [(name: String, run: Implementation)] {
        var all: [(String, Implementation)] = [
            ("chosen", { aura_crc32c($0, $1, $2) }), ("table", { aura_crc32c_table($0, $1, $2) }),
        ]
        if aura_crc32c_hardware_available() {
            all.append(("hardware", { aura_crc32c_hardware($0, $1, $2) }))
        }
        if aura_crc32c_folding_available() {
            all.append(("folding", { aura_crc32c_folding($0, $1, $2) }))
        }
        return all
    }

    @Test func theCheckValueOfTheStandardComesOut() {
        for (name, run) in Self.implementations {
            let value = Array("123456789".utf8).withUnsafeBytes { run(0, $0.baseAddress, $0.count) }
            #expect(value == 0xE306_9283, "\(name)")
        }
    }

    @Test func allImplementationsAgreeAtEveryLengthAndAlignment() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let bytes = (0..<40_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        bytes.withUnsafeBytes { raw in
            var lengths = Array(0...300) + [1535, 1536, 1537, 6143, 6144, 6145, 39_000]
            lengths += (0..<100).map { _ in Int.random(in: 0...39_000, using: &random) }
            for length in lengths {
                let part = raw.slice(length % 17..<length % 17 + length)
                let from = UInt32.random(in: 0...UInt32.max, using: &random)
                let wanted = aura_crc32c_table(from, part.baseAddress, part.count)
                for (name, run) in Self.implementations {
                    let value = run(from, part.baseAddress, part.count)
                    #expect(value == wanted, "\(name), \(length) bytes, seed \(seed)")
                }
            }
        }
    }

    @Test func aChecksumContinuesWhereAnotherEnded() {
        let bytes = Array("the log is written before the effect".utf8)
        for cut in 0...bytes.count {
            let first = Checksum.of(Array(bytes[..<cut]))
            #expect(Checksum.of(Array(bytes[cut...]), from: first) == Checksum.of(bytes))
        }
    }
}
