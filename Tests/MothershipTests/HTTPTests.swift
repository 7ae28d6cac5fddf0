// The plain side of the port: liveness, readiness, numbers, and refusals that name their class.

import Foundation
import LiveProtocol
import Mothership
import Support
import Testing

@Suite struct HTTPTests {
    struct Refusal: Decodable {
        let reject: RejectClass

        enum CodingKeys: String, CodingKey { case reject = "class" }
    }

    @Test func healthSaysWhoAnswersAndHowMuchItHolds() async throws {
        try await TestMothership.run { ship in
            let ada = try TestDevice(1)
            var client = try await ship.peer(ada).client
            try client.push(try ada.signed(1, [put(1, "one"), put(2, "two")]), count: 2)
            _ = try await client.result()
            ship.clock.advance(.seconds(7))
            let (status, body) = try await PlainRequest.get("/health", port: ship.port)
            let health = try JSONText.decode(Health.self, from: body)
            #expect(status == 200 && health.status == .ok && health.version == "1.2.3")
            #expect(health.instance == ship.context.instance && health.durable)
            #expect(health.rooms == 1 && health.records == 2 && health.head == 2)
            #expect(health.why == nil && health.uptimeSeconds == 7)
        }
    }

    @Test func readinessAndThePageForPeopleAnswer() async throws {
        try await TestMothership.run { ship in
            let (status, body) = try await PlainRequest.get("/ready", port: ship.port)
            #expect(status == 200)
            #expect(try JSONText.decode([String: Bool].self, from: body) == ["ready": true])
            let page = try await PlainRequest.get("/", port: ship.port)
            #expect(page.status == 200 && page.body.contains("<h1>Mothership: ok</h1>"))
            let head = try await PlainRequest.send(
                "HEAD /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", port: ship.port)
            #expect(head.status == 200 && head.body.isEmpty)
        }
    }

    struct Request: Sendable, CustomTestStringConvertible {
        let line: String
        let status: Int
        let reject: RejectClass
        var testDescription: String { line }
    }

    @Test(arguments: [
        Request(line: "GET /nothing", status: 404, reject: .protocolUnsupportedCommand),
        Request(line: "POST /health", status: 405, reject: .protocolUnsupportedCommand),
        Request(line: "GET /ws/", status: 400, reject: .protocolInvalidField),
        Request(line: "GET /ws/a/b", status: 400, reject: .protocolInvalidField),
        Request(line: "GET /ws/unknown", status: 404, reject: .repositoryNotRegistered),
        Request(line: "GET /ws/repo-1", status: 400, reject: .protocolInvalidMessage),
    ])
    func aRequestThatCannotBeServedIsRefusedByItsClass(_ request: Request) async throws {
        try await TestMothership.run { ship in
            let (status, body) = try await PlainRequest.send(
                "\(request.line) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", port: ship.port)
            #expect(status == request.status)
            #expect(try JSONText.decode(Refusal.self, from: body).reject == request.reject)
        }
    }

    struct Upgrade: Sendable, CustomTestStringConvertible {
        let line: String
        var version = "13"
        var more = ""
        let status: Int
        let reject: RejectClass
        var testDescription: String { "\(line) \(version) \(more.prefix(17))" }
    }

    /// The HTTP library drops the head of an upgrade it refuses; it has to be answered all the
    /// same. A request with a body would be upgraded in the middle of it.
    @Test(arguments: [
        Upgrade(line: "GET /ws/unknown", status: 404, reject: .repositoryNotRegistered),
        Upgrade(line: "GET /elsewhere", status: 404, reject: .protocolUnsupportedCommand),
        Upgrade(
            line: "GET /ws/repo-1", version: "12", status: 400, reject: .protocolInvalidMessage),
        Upgrade(
            line: "POST /ws/repo-1", more: "Content-Length: 3\r\n", status: 400,
            reject: .protocolInvalidMessage),
        Upgrade(
            line: "GET /ws/repo-1", more: "Transfer-Encoding: chunked\r\n", status: 400,
            reject: .protocolInvalidMessage),
    ])
    func anUpgradeThatIsRefusedIsAnsweredWithItsClass(_ upgrade: Upgrade) async throws {
        try await TestMothership.run { ship in
            let (status, body) = try await PlainRequest.send(
                "\(upgrade.line) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
                    + "Upgrade: websocket\r\nSec-WebSocket-Version: \(upgrade.version)\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\(upgrade.more)\r\n"
                    + (upgrade.more.isEmpty ? "" : "3\r\nabc\r\n0\r\n\r\n"),
                port: ship.port)
            #expect(status == upgrade.status)
            #expect(try JSONText.decode(Refusal.self, from: body).reject == upgrade.reject)
            #expect(ship.context.metrics.value(.opened) == 0)
        }
    }

    @Test func socketsBeyondTheLimitAreRefused() async throws {
        try await TestMothership.run {
            $0.connectionsMax = 1
        } _: { ship in
            let first = try await ship.peer(try TestDevice(1)).client
            await #expect(throws: Unexpected.self) { _ = try await ship.socket() }
            let answer = try await PlainRequest.get("/ws/\(repository)", port: ship.port)
            #expect(answer.status == 503)
            try await first.cut()
        }
    }

    /// Every line of the page is a comment, or a name of ours, labels, and a number; every name
    /// has a type before its first sample.
    @Test func metricsAreAPageThatPrometheusCanRead() async throws {
        try await TestMothership.run { ship in
            let ada = try TestDevice(1)
            var client = try await ship.peer(ada).client
            try client.push(
                try ada.signed(1, [put(1, "one"), put(2, "stale", base: 4)]), count: 2)
            _ = try await client.result()
            let (status, body) = try await PlainRequest.get("/metrics", port: ship.port)
            #expect(status == 200)
            let samples = try parse(body)
            #expect(samples["aura_rooms_total"] == 1)
            #expect(samples[#"aura_peers_total{room="repo-1"}"#] == 1)
            #expect(samples[#"aura_nodes_accepted_total{room="repo-1"}"#] == 1)
            #expect(samples[#"aura_reject_total{class="reject.base_mismatch"}"#] == 1)
            #expect(samples["aura_ws_opened_total"] == 1)
            #expect(samples["aura_merge_batch_seconds_count"] == 1)
            #expect(samples[#"aura_persistence_write_seconds_bucket{le="+Inf"}"#] ?? 0 >= 1)
        }
    }

    func parse(_ page: String) throws -> [String: Double] {
        let sample = /^(aura_[a-z_]+?)(?:_bucket|_sum|_count)?(\{[a-z]+="[^"]*"\})? ([0-9.e+-]+)$/
        var types: Set<Substring> = []
        var samples: [String: Double] = [:]
        for line in page.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("#") {
                try #require(words.count > 3 && ["HELP", "TYPE"].contains(words[1]), "\(line)")
                if words[1] == "TYPE" { #expect(types.insert(words[2]).inserted, "\(line)") }
                continue
            }
            let match = try #require(try sample.wholeMatch(in: line), "\(line)")
            let full = try #require(words.first?.prefix { $0 != "{" })
            #expect(types.contains(match.1) || types.contains(full), "\(line) has no type")
            let name = String(line.prefix(line.count - match.3.count - 1))
            #expect(samples.updateValue(try #require(Double(match.3)), forKey: name) == nil)
        }
        return samples
    }
}
