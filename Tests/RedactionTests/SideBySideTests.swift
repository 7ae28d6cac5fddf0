// Texts that are redacted at the same time have the aliases of one after the other.

import Testing

@testable import Redaction

@Suite struct SideBySideTests {
    private static func redactor() throws -> Redactor {
        Redactor(
            policy: RedactionPolicy(key: try AliasKey(bytes: Array(repeating: 7, count: 32))))
    }

    /// So many that several of them want one alias.
    private static let texts: [[UInt8]] = (0..<3).map { text in
        let lines = (0..<700).map { line in
            "peer 10.\(line % 3).\((line * 5 + text) % 250).\((line * 13) % 250 + 1) is up\n"
        }
        return Array(lines.joined().utf8)
    }

    private static func foreseen(
        _ text: [UInt8], _ redactor: Redactor, pieces: Int = .max
    ) -> ForeseenAddresses {
        var addresses = ForeseenAddresses(for: redactor)
        for start in stride(from: 0, to: text.count, by: min(pieces, text.count)) {
            addresses.read(Array(text[start..<min(start + min(pieces, text.count), text.count)]))
        }
        addresses.finish()
        return addresses
    }

    @Test func theOrderOfThreadsDoesNotShow() throws {
        let (turns, together) = (try Self.redactor(), try Self.redactor())
        let expected = try Self.texts.map { try turns.redact($0, as: .log).bytes }

        let list = Self.texts.map { Self.foreseen($0, together) }
        let found = try together.sideBySide(list) {
            try Self.texts.reversed().map { try together.redact($0, as: .log).bytes }
        }

        #expect(Array(found.reversed()) == expected)
        // Two addresses, two aliases: what was asked for first does not count either.
        let book = list.flatMap(\.list)
        #expect(Set(book.map(\.wanted)).count < Set(book.map(\.address)).count)
    }

    @Test(arguments: [1, 2, 5, 19, 64])
    func aSurveyMayBeCutAnywhere(pieces: Int) throws {
        let redactor = try Self.redactor()
        let text = Self.texts[0]
        let whole = Self.foreseen(text, redactor).list.map(\.address)
        let cut = Self.foreseen(text, redactor, pieces: pieces).list.map(\.address)
        #expect(cut == whole && whole.count > 600)
    }

    @Test func whatNobodyForesawDependsOnNoOrder() throws {
        let strays = (0..<40).map { number in
            Array("peer \\u0031\\u0030.9.\(number).\(number + 1) is up\n".utf8)
        }
        func aliases(_ order: [Int]) throws -> [[UInt8]] {
            let redactor = try Self.redactor()
            let list = [Self.foreseen(Self.texts[0], redactor)]
            var found = strays
            try redactor.sideBySide(list) {
                for index in order {
                    found[index] = try redactor.redact(strays[index], as: .log).bytes
                }
            }
            // And it stays what it was.
            for index in strays.indices {
                #expect(try redactor.redact(strays[index], as: .log).bytes == found[index])
            }
            return found
        }

        let forth = try aliases(Array(strays.indices))
        #expect(try aliases(strays.indices.reversed()) == forth)
        #expect(!forth.contains { String(decoding: $0, as: UTF8.self).contains(".9.") })
    }

    @Test func anAddressIsWrittenAsUsual() {
        for (address, text) in [
            (0, "0.0.0.0"), (0x0A00_01FF, "10.0.1.255"), (0xFFFF_FFFF, "255.255.255.255"),
            (0xC612_0963, "198.18.9.99"),
        ] as [(UInt32, String)] {
            let dotted = DottedAddress(address)
            #expect(String(decoding: dotted.bytes, as: UTF8.self) == text)
            let pieces = (0..<dotted.pieceCount).map { index in
                Array(text.utf8)[index..<index + 6].reduce(0) { $0 << 8 | UInt64($1) }
            }
            #expect((0..<dotted.pieceCount).map(dotted.piece) == pieces)
        }
    }

    @Test func aRunIsMadeOfTheAlphabetsOfBase64() {
        let alphabet = Set(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_".utf8)
        for byte in UInt8.min...UInt8.max {
            #expect(Byte.isRun(byte) == alphabet.contains(byte), "\(byte)")
        }
    }

    @Test func theFirstBlankIsFoundWhereverItStands() {
        for place in 0..<40 {
            for blank in [UInt8(0), 9, 10, 32] {
                var bytes = (0..<40).map { UInt8(33 + $0 * 5 % 223) }
                bytes[place] = blank
                Text.with(bytes) { text in
                    #expect(text.firstBlank(0, limit: 40) == place)
                    #expect(text.firstBlank(0, limit: place) == place)
                    #expect(text.firstBlank(place + 1, limit: 99) == 40)
                }
            }
        }
    }
}
