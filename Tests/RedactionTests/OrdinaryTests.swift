// What a diagnosis needs stays: times, levels, counts, ids, digests, codes, names of functions.

import Foundation
import Redaction
import Support
import Testing

@Suite struct OrdinaryTests {
    private static let time = "2026-05-04T10:20:30.400Z"

    static func ordinary(_ random: inout SeededGenerator) -> [String] {
        func hex(_ count: Int) -> String { Draw.text(Draw.hex, count, &random) }
        func number(_ range: Range<Int>) -> Int { Draw.number(range, &random) }
        let uuid = [8, 4, 4, 4, 12].map(hex).joined(separator: "-")
        return [
            "commit=\(hex(40)) parent \(hex(40))", "segment checksum sha256:\(hex(64))",
            "aura_id=\(hex(64)) function id \(hex(32))", "request_id=\(uuid) session=\(uuid)",
            "ulid=01J\(Draw.text(Draw.digits, 23, &random))",
            "token_count=\(number(0..<9999)) keys=\(number(0..<99)) max_tokens=4096",
            "password_required=true secret_set=false token_expired=no",
            "function auth::refresh_token -> billing::password_reset (src/secret_santa.rs:88)",
            "auth token expired; run aura live auth refresh (attempt \(number(0..<9)))",
            "password=******** token=[REDACTED] secret=<hidden> key=${KEY}",
            "listening on 127.0.0.1:\(number(1024..<65000)), [::1]:7070 and 0.0.0.0:80",
            "client 1.\(number(0..<20)).\(number(0..<20))+build.\(number(0..<9999)) schema 4",
            "frame rip=0x00007f\(hex(10)) rsp=0x00007ffd\(hex(8))",
            "ws close code=4001 rtt=\(number(0..<900))ms backoff=\(number(1..<60))s state=ACTIVE",
            "integrity sha512-\(CorpusEncoding.base64(Draw.bytes(64, &random)))",
            "base_ts=17\(Draw.text(Draw.digits, 8, &random)).\(number(100000..<999999))",
            "cursor=\(number(0..<1_000_000))/\(number(0..<1_000_000)) crc32=\(hex(8))",
            "log_level = \"info\"  # trace | debug | info | warn | error",
            "etag=\"\(hex(32))\" version 4.18.0.3 uptime 3d04:05:06 seq=\(number(0..<9999))",
            "presence heartbeat peers=\(number(0..<40)) age=\(number(0..<99))s local=4 remote=4",
            "conflict check base ok local=7 remote=7 src/ledger/billing_7.rs:42",
            "auth=ok session opened signature valid key rotated",
            "key=peer.heartbeat value=30 source=watcher auth_state=ready",
            "grant: token refreshed, credentials renewed, cookie absent",
            "wal append seq=\(number(0..<9999)) len=\(number(0..<999)) kind=OUTBOUND_SENT",
            "thread 'live-sync' panicked at src/live/auth.rs:88:14:",
            "retry in 00:00:05.250 at 10:20:30 (3 of 8), pass=12 fail=0",
        ]
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func ordinaryLinesComeOutAsTheyWere(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for line in Self.ordinary(&random) {
            let plain = "\(Self.time) INFO  live::sync \(line)\n"
            #expect(try Bench.redact(plain) == plain)
            let quoted = CorpusEncoding.json(line)
            let json =
                "{\"time\":\"\(Self.time)\",\"level\":\"info\",\"msg\":\"\(quoted)\",\"n\":4}\n"
            #expect(try Bench.redact(json) == json)
        }
    }

    @Test func linesThatLoseSomethingKeepTheRestAndStayJSON() throws {
        var random = SeededGenerator(seed: 5)
        for planted in PlantedClass.all {
            for transport in [Transport.json, .json2, .json3, .argvJSON] {
                guard let item = transport.plant(planted, &random) else { continue }
                let output = try Bench.redactor().redact(item.bytes, as: .log).bytes
                for line in output.split(separator: 10) {
                    let parsed: Void? = try? {
                        _ = try JSONSerialization.jsonObject(with: Data(line))
                    }()
                    #expect(
                        parsed != nil, "\(planted.name): \(String(decoding: line, as: UTF8.self))")
                }
            }
        }
    }

    @Test func aDocumentOverManyLinesStaysJSON() throws {
        let text = """
            {
              "password": 12345,
              "credentials": {"name": "x", "value": "Fox77den"},
              "hosts": ["db1.corp.orlo.internal", "10.2.3.4"],
              "pin": null,
              "seq": 7
            }
            """
        let output = try Bench.redact(text, as: .json)
        let parsed = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]

        #expect(parsed?["seq"] as? Int == 7)
        #expect(parsed?["password"] as? String == "REDACTED-password")
        #expect(!output.contains("Fox77") && !output.contains("orlo"))
    }
}
