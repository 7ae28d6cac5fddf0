// The front of the redactor: what goes in, what comes out, what is refused.

import Redaction
import Support
import Testing

@Suite struct RedactorTests {
    private let known = KnownValues(
        secrets: [
            .init(name: "device-key", value: "plum/granite+velvet-9"),
            .init(name: "gate_word", value: "owl"),
        ],
        identities: [
            .init(.user, "mirela"), .init(.host, "quartzbox"), .init(.homeFolder, "/srv/mirela"),
            .init(.device, "5f1e77aa90c2"),
        ])

    @Test(arguments: [
        "a plum/granite+velvet-9 b", "x=706c756d2f6772616e6974652b76656c7665742d39",
        "frame cGx1bS9ncmFuaXRlK3ZlbHZldC05", "q=plum%2Fgranite%2Bvelvet-9&n=1",
        #"{"m":"plum\/granite\u002bvelvet-9"}"#, "seen plum/granite+\n  velvet-9 there",
        "\u{1B}[32mplum/granite\u{1B}[0m+velvet-9",
    ])
    func aKnownSecretIsFoundInEveryEncoding(line: String) throws {
        let output = try Bench.redact(line, by: Bench.redactor(known: known))

        #expect(output.contains("REDACTED-"), "\(output)")
        #expect(!output.contains("granite"), "\(output)")
        #expect(!output.contains("velvet"), "\(output)")
        #expect(!output.contains("Z3Jhbml0Z"), "\(output)")
    }

    @Test func aKnownSecretBetweenBytesThatAreNoTextIsFoundAtEachAlignment() throws {
        let redactor = try Bench.redactor(known: known, without: [.seeThroughRuns])
        for shift in 0...2 {
            let noise = [UInt8](repeating: 0xF1, count: 6 + shift)
            let frame = CorpusEncoding.base64(noise + Array("plum/granite+velvet-9".utf8) + noise)
            let output = try Bench.redact("frame=\(frame)\n", by: redactor)
            #expect(output == "frame=REDACTED-known-secret\n")
        }
    }

    /// A key that is kept as digits, printed as the bytes they stand for.
    @Test(arguments: [
        "950A157D73435311B0B1457909CE73D3869769E16BB3EAE5954E443089248F8A",
        "lQoVfXNDUxGwsUV5Cc5z04aXaeFrs+rllU5EMIkkj4o=",
        "eJUKFX1zQ1MRsLFFeQnOc9OGl2nha7Pq5ZVORDCJJI+K",
        "lQoVfXNDUxGwsUV5Cc5z04aXaeFrs-rllU5EMIkkj4o",
        "SUFBK7LTINJRDMFRIV4QTTTT2ODJO2PBNOZ6VZMVJZCDBCJER6FA====",
        "95:0a:15:7d:73:43:53:11:b0:b1:45:79:09:ce:73:d3:86:97:69:e1:6b:b3:ea:e5:95:4e:44:30:"
            + "89:24:8f:8a",
        "%95%0A%15%7D%73%43%53%11%B0%B1%45%79%09%CE%73%D3%86%97%69%E1%6B%B3%EA%E5%95%4E%44%30"
            + "%89%24%8F%8A",
        "950a157d-73435311-b0b14579-09ce73d3-869769e1-6bb3eae5-954e4430-89248f8a",
        "0x95, 0x0a, 0x15, 0x7d, 0x73, 0x43, 0x53, 0x11, 0xb0, 0xb1, 0x45, 0x79, 0x09, 0xce, 0x73, "
            + "0xd3, 0x86, 0x97, 0x69, 0xe1, 0x6b, 0xb3, 0xea, 0xe5, 0x95, 0x4e, 0x44, 0x30, 0x89, "
            + "0x24, 0x8f, 0x8a",
        "[149, 10, 21, 125, 115, 67, 83, 17, 176, 177, 69, 121, 9, 206, 115, 211, 134, 151, 105, 225, "
            + "107, 179, 234, 229, 149, 78, 68, 48, 137, 36, 143, 138]",
        "[149,10,21,125,115,67,83,17,176,177,69,121,9,206,115,211,134,151,105,225,107,179,234,229,149,"
            + "78,68,48,137,36,143,138]",
    ])
    func aKnownKeyIsFoundHoweverItsBytesArePrinted(text: String) throws {
        let key = "950a157d73435311b0b1457909ce73d3869769e16bb3eae5954e443089248f8a"
        let known = KnownValues(secrets: [.init(name: "device key", value: key)])
        let head = "2026-05-04T10:20:30.400Z INFO  live::sync saw "

        let output = try Bench.redact(head + text + " here\n", by: Bench.redactor(known: known))

        let plain = output.replacing("[REDACTED-known-secret]", with: "REDACTED-known-secret")
        #expect(plain.replacing("=", with: "") == head + "REDACTED-known-secret here\n")
    }

    @Test func numbersInARowThatAreNoKeyStay() throws {
        let text = "sizes [149, 10, 21, 125, 115, 67, 83, 17, 176, 177, 69, 121, 9, 206, 115]\n"
        let key = "950a157d73435311b0b1457909ce73d3869769e16bb3eae5954e443089248f8a"
        let known = KnownValues(secrets: [.init(name: "device key", value: key)])
        #expect(try Bench.redact(text, by: Bench.redactor(known: known)) == text)
    }

    @Test func aShortSecretIsTakenOnlyBehindItsName() throws {
        let output = try Bench.redact(
            "the owl flies; gate_word=owl n=1", by: Bench.redactor(known: known))
        #expect(output == "the owl flies; gate_word=REDACTED-known-secret n=1")
    }

    @Test func identitiesAreWholeWords() throws {
        let output = try Bench.redact(
            "mirela on QuartzBox, mirelapp, at /srv/mirela/x by 5f1e77aa90c2",
            by: Bench.redactor(known: known))

        #expect(output.contains("mirelapp"))
        #expect(!output.lowercased().contains("quartzbox"))
        #expect(!output.contains("mirela "))
        #expect(output.contains("device-"))
        let user = output.prefix { $0 != " " }
        #expect(output.contains("/srv/\(user)/x"), "one person, one alias: \(output)")
    }

    @Test func aliasesAreEqualWithinABundleAndDifferWithTheKey() throws {
        let text = "10.1.2.3 -> 10.1.2.3, 10.1.2.9, 8.8.4.4"
        let other = Redactor(
            policy: RedactionPolicy(key: try AliasKey(bytes: Array(repeating: 8, count: 32))))
        let output = try Bench.redact(text)
        let parts = output.split { " ,->".contains($0) }

        #expect(parts[0] == parts[1] && parts[0] != parts[2])
        #expect(
            parts[0].split(separator: ".").prefix(3) == parts[2].split(separator: ".").prefix(3))
        #expect(parts[0].hasPrefix("198.19.") && parts[3].hasPrefix("198.18."))
        #expect(try Bench.redact(text, by: other) != output)
        #expect(try Bench.redact(text) == output)
    }

    @Test func aShortKeyIsRefused() {
        #expect(throws: RedactionFailure.keyTooShort(bytes: 3)) { try AliasKey(bytes: [1, 2, 3]) }
    }

    @Test(
        arguments: [
            ([0x1F, 0x8B, 8, 0], "gzip"), (Array("SQLite format 3\0".utf8), "SQLite"),
            ([0xFF, 0xFE, 0, 0, 65, 0, 0, 0], "UTF-32"),
            ((0..<4000).map { UInt8(truncatingIfNeeded: $0 &* 167 >> 2) }, "binary"),
        ] as [([UInt8], String)])
    func whatIsNoTextIsRefused(bytes: [UInt8], name: String) throws {
        let redactor = try Bench.redactor()
        let failure = #expect(throws: RedactionFailure.self) {
            try redactor.redact(bytes, as: .log)
        }
        #expect(failure?.reason.contains(name) == true)
        #expect(failure?.exitStatus == .redactionFailed)
    }

    @Test func afterAFailureNothingComesOut() throws {
        var stream = try Bench.redactor().stream(as: .log)
        _ = try stream.feed(Array("PK\u{3}\u{4}rest".utf8))
        do { _ = try stream.finish() } catch { #expect(error == .notText("a zip file")) }
        do {
            _ = try stream.feed([65])
            Issue.record("a failed stream took more")
        } catch { #expect(error == .streamEnded) }
    }

    @Test func settingsOfAbsurdSizeAreRefused() throws {
        var stream = try Bench.redactor().stream(as: .config)
        let part = [UInt8](repeating: 97, count: 1 << 20)
        do {
            for _ in 0..<10 { _ = try stream.feed(part) }
            Issue.record("ten MiB of settings were taken")
        } catch {
            #expect(error.reason.contains("more than"))
        }
    }

    @Test func theReportCountsAndIsJSON() throws {
        let result = try Bench.redactor().redact(
            Array("password=Fox!77den from 10.0.0.9\n".utf8), as: .log)
        let decoded = try JSONText.decode(
            RedactionReport.self, from: JSONText.encode(result.report))

        #expect(decoded == result.report)
        #expect(decoded.rules == [.keyedSecret: 1, .ipv4: 1])
        #expect(decoded.classes == ["password": 1, "ipv4": 1])
        #expect(decoded.bytesIn == 33 && decoded.bytesOut == result.bytes.count)
        #expect(decoded.replacements == 2)
    }
}
