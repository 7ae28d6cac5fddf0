// The postcard codec: golden bytes, round trips, and every way to cut or damage a pack.

import Support
import Testing

@testable import LiveProtocol

@Suite struct CodecTests {
    @Test(arguments: [
        (UInt64(0), [UInt8(0)]), (UInt64(127), [UInt8(127)]), (UInt64(128), [UInt8(0x80), 1]),
        (UInt64(300), [UInt8(0xAC), 2]),
        (UInt64.max, [UInt8(255), 255, 255, 255, 255, 255, 255, 255, 255, 1]),
    ])
    func unsignedNumbersAreLEB128(value: UInt64, bytes: [UInt8]) throws {
        var writer = PostcardWriter()
        writer.write(value)
        #expect(writer.bytes == bytes)
        var reader = PostcardReader(bytes)
        #expect(try reader.readUnsigned("n") == value)
    }

    @Test func numbersLongerThan64BitsAreRefused() {
        var reader = PostcardReader([255, 255, 255, 255, 255, 255, 255, 255, 255, 2])
        #expect(throws: PostcardFailure.invalid(field: "n", offset: 9)) {
            try reader.readUnsigned("n")
        }
    }

    @Test(arguments: [Int64.min, -1, 0, 1, .max])
    func signedNumbersRoundTrip(value: Int64) throws {
        var writer = PostcardWriter()
        writer.write(value)
        var reader = PostcardReader(writer.bytes)
        #expect(try reader.readSigned("n") == value)
    }

    /// The released format. A change here breaks every peer in the field.
    @Test func aChangeSetHasItsGoldenBytes() throws {
        let set = Sample.changeSet()
        let golden =
            "01" + String(repeating: "11", count: 16) + "0472657069" + "046d61696e" + "0463303030"
            + "06707974686f6e" + String(repeating: "22", count: 32) + "f0db0b" + "01"
            + String(repeating: "33", count: 16) + "0000" + "04612e7079" + "04613a3a66" + "00"
            + "07" + "01" + String(repeating: "44", count: 32) + "01"
            + String(repeating: "55", count: 32) + "01" + "0370617300" + "000000"

        #expect(Hex.encode(set.postcard) == golden)
        #expect(try ChangeSet(postcard: set.postcard) == set)
    }

    @Test func everyCutOfADeliveryIsRefused() throws {
        let bytes = try Sample.delivery().postcard
        for length in 0..<bytes.count {
            #expect(throws: PostcardFailure.self) {
                try Delivery(postcard: Array(bytes.prefix(length)))
            }
        }
        #expect(throws: PostcardFailure.trailing(count: 1)) {
            try Delivery(postcard: bytes + [0])
        }
    }

    @Test func randomDamageNeverCrashesAndNeverAllocatesByItsLengths() throws {
        let seed = UInt64.random(in: .min ... .max)
        print("seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let bytes = try Sample.delivery().postcard
        var refused = 0
        for _ in 0..<20_000 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                damaged[Int.random(in: 0..<damaged.count, using: &generator)] = .random(
                    in: .min ... .max, using: &generator)
            }
            do { _ = try Delivery(postcard: damaged) } catch { refused += 1 }
        }
        #expect(refused > 0)
    }

    @Test func aSignatureHoldsForItsBytesAndItsDeviceOnly() throws {
        let key = DeviceKey()
        let signed = try key.sign(Sample.changeSet())
        var altered = signed.payload
        altered[20] ^= 1

        #expect(signed.isAuthentic)
        #expect(
            !SignedChangeSet(payload: altered, signature: signed.signature, device: key.device)
                .isAuthentic)
        #expect(
            !SignedChangeSet(
                payload: signed.payload, signature: signed.signature, device: DeviceKey().device
            ).isAuthentic)
    }
}

enum Sample {
    static func changeSet() -> ChangeSet {
        ChangeSet(
            id: ChangeSetID(bytes: [UInt8](repeating: 0x11, count: 16))!,  // 16 bytes
            repository: "repi", branch: "main", commit: "c000",
            grammar: GrammarStamp(language: "python", digest: digest(0x22)),
            madeAt: Timestamp(rawValue: 95_992),
            changes: [
                UnitChange(
                    function: FunctionID(bytes: [UInt8](repeating: 0x33, count: 16))!,  // 16 bytes
                    kind: .put, unit: .function, path: "a.py", qualifiedName: "a::f", ordinal: 0,
                    baseRevision: 7, baseAuraID: digest(0x44), auraID: digest(0x55),
                    text: UnitText(head: Array("pas".utf8)), placement: Placement())
            ])
    }

    static func delivery() throws -> Delivery {
        Delivery(
            after: 3, through: 9,
            sets: [
                DeliveredChangeSet(
                    signed: try DeviceKey().sign(changeSet()),
                    places: [LedgerPlace(index: 0, sequence: 9, revision: 8)],
                    receivedAt: Timestamp(rawValue: 1))
            ])
    }

    static func digest(_ byte: UInt8) -> ContentDigest {
        ContentDigest(bytes: [UInt8](repeating: byte, count: 32))!  // 32 bytes
    }
}
